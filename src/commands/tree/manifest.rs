//! `SHA256SUMS`: the list of what was written, in the format that `sha256sum -c` reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::{Files, MANIFEST, names};

/// A SHA-256 sum.
pub(super) type Digest = [u8; 32];

/// The manifest's lines by path.
pub(super) type Lines = BTreeMap<String, Digest>;

/// The sum of bytes in memory.
pub(super) fn digest(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// The lines for a set of files.
pub(super) fn lines(files: &Files) -> Lines {
    files.iter().map(|(path, bytes)| (path.clone(), digest(bytes))).collect()
}

/// The manifest's bytes: a line for each file, by path in byte order.
pub(super) fn print(lines: &Lines) -> Vec<u8> {
    let mut text = String::new();
    for (path, digest) in lines {
        for byte in digest {
            // Writing to a String cannot fail; the result is there for writers that can.
            let _ = write!(text, "{byte:02x}");
        }
        text.push_str("  ");
        text.push_str(path);
        text.push('\n');
    }
    text.into_bytes()
}

/// Reads a manifest. Its paths are held to the same rules as ours, since files are removed by what it says.
pub(super) fn parse(bytes: &[u8]) -> Result<Lines, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    let mut lines = Lines::new();
    for (at, line) in text.lines().enumerate() {
        let (path, digest) = parse_line(line).map_err(|fault| format!("line {}: {fault}", at + 1))?;
        if lines.insert(path.to_owned(), digest).is_some() {
            return Err(format!("line {}: `{path}` is listed twice", at + 1));
        }
    }
    Ok(lines)
}

fn parse_line(line: &str) -> Result<(&str, Digest), String> {
    let (hex, path) = line.split_once("  ").ok_or("needs a sum, two spaces and a path")?;
    let digest = parse_hex(hex).ok_or("needs a sum of 64 hexadecimal digits")?;
    match names::path_fault(path) {
        _ if path == MANIFEST => Err(format!("`{path}` lists itself")),
        Some(fault) => Err(format!("path `{}` {fault}", path.escape_debug())),
        None => Ok((path, digest)),
    }
}

fn parse_hex(hex: &str) -> Option<Digest> {
    let mut digest = Digest::default();
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    if pairs.len() != digest.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in digest.iter_mut().zip(pairs) {
        let nibble = |c: &u8| char::from(*c).to_digit(16).and_then(|n| u8::try_from(n).ok());
        *byte = nibble(high)? << 4 | nibble(low)?;
    }
    Some(digest)
}
