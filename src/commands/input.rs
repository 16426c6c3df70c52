//! Files that a user names, or standard input where the name is `-`: read no further than is ever used.

use std::io::Read;
use std::path::Path;

/// What messages call a file.
pub fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { "<stdin>".to_string() } else { path.display().to_string() }
}

/// A file's text, at most one byte longer than `most` bytes: a folder or a log given by accident would only take memory.
///
/// # Errors
/// Why it cannot be read, or from which byte on it is no text.
pub fn text(path: &Path, most: usize) -> Result<String, String> {
    let mut bytes = Vec::new();
    let limit = most as u64 + 1;
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|f| f.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(|e| e.to_string())?;
    String::from_utf8(bytes).map_err(|e| format!("it is not UTF-8 from byte {} on", e.utf8_error().valid_up_to()))
}
