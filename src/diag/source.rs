//! The texts that spans point into, and the way from a byte offset to line and column.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A stretch of a named source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Name of the source, as the user gave it.
    pub path: Arc<str>,
    /// Byte range.
    pub span: std::ops::Range<usize>,
}

impl Place {
    /// A place in the source called `path`.
    #[must_use]
    pub fn new(path: &Arc<str>, span: Range<usize>) -> Self {
        Self { path: Arc::clone(path), span }
    }
}

/// Every text that findings may point into, by name.
#[derive(Clone, Debug, Default)]
pub struct Sources(BTreeMap<String, String>);

impl Sources {
    /// Adds a text.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.0.insert(name.into(), text.into());
    }

    /// The text called `name`, empty when there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Length of all texts.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.values().map(String::len).sum()
    }

    /// One-based line and column (in characters) of a byte offset.
    #[must_use]
    pub fn line_column(&self, name: &str, offset: usize) -> (usize, usize) {
        let text = self.text(name);
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}
