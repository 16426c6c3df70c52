//! The form of a spec, as data: which keys a table may have, of what kind, and what each means.
//!
//! One definition serves the reader, the JSON Schema, the suggestions and the reference page, so that a key cannot be
//! accepted without being documented.

use super::node::Node;
use std::sync::Arc;

/// What a value must be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number within the bounds, both included.
    Int(i64, i64),
    /// A decimal number within the bounds, given in millionths.
    Ratio(i64, i64),
    /// Any text.
    Text,
    /// Lower-case letters, digits and dashes: names that become paths and object names.
    Name,
    /// A Kubernetes version that the catalogue knows.
    Kubernetes,
    /// A version of another program: `2.1`, `3.6.14`.
    Version,
    /// A kernel release.
    Kernel,
    /// A Kubernetes quantity of memory or storage.
    Bytes,
    /// A Kubernetes quantity of CPU.
    Cpu,
    /// A Kubernetes quantity of CPU down to a millionth of a core.
    MicroCpu,
    /// Bytes per second: `1.2Gi/s`.
    Rate,
    /// A Go duration.
    Duration,
    /// An address range in CIDR form.
    Cidr,
    /// A CPU list such as `0-31,64-95`.
    Cpus,
    /// One of the words.
    OneOf(&'static [&'static str]),
    /// A list of one kind.
    List(&'static Kind),
    /// A table of known keys.
    Table(&'static Shape),
    /// A list of tables of known keys.
    Tables(&'static Shape),
    /// A table whose keys are names of the user's.
    Named(&'static Shape),
    /// A table of free keys with values of one kind.
    Map(&'static Kind),
    /// Pins: tunables of the catalogue with a value, a range or a choice.
    Pins,
}

/// One key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As the user writes it.
    pub name: &'static str,
    /// What its value must be.
    pub kind: Kind,
    /// Whether the table is useless without it.
    pub required: bool,
    /// One or two sentences for schema and reference.
    pub doc: &'static str,
}

/// A table's keys.
#[derive(Debug)]
pub struct Shape {
    /// Every key, in the order the reference shows them.
    pub keys: &'static [Key],
}

impl Shape {
    /// The key called `name`.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|k| k.name == name)
    }
}

/// A key that may be left out.
pub(super) const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, required: false, doc }
}

/// A key that must be there.
pub(super) const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, required: true, doc }
}

/// Where a value of the spec came from: its dotted path, the way a person would say it, and its place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Dotted path of the key that set it, such as `defaults.reservation`.
    pub path: Arc<str>,
    /// Byte range of the value.
    pub span: std::ops::Range<usize>,
    /// Byte range of the key.
    pub key_span: std::ops::Range<usize>,
}

impl<T> At<T> {
    /// The value `value` where `node` stands.
    pub(super) fn of(node: &Node, value: T) -> Self {
        Self { value, path: Arc::clone(&node.path), span: node.span.clone(), key_span: node.key_span.clone() }
    }

    /// Another value at the same place.
    pub fn with<U>(&self, value: U) -> At<U> {
        At { value, path: Arc::clone(&self.path), span: self.span.clone(), key_span: self.key_span.clone() }
    }
}
