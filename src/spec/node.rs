//! A spec value after reading: typed, with its place in the file and the path that set it.

use crate::quantity::{Bytes, CpuSet, GoDuration, Kernel, Micro, Milli, Version};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// What was typed, understood.
    pub value: Val,
    /// Byte range of the value.
    pub span: Range<usize>,
    /// Byte range of its key; the value's own range for list items.
    pub key_span: Range<usize>,
    /// Dotted path of the key.
    pub path: Arc<str>,
}

/// An understood value.
#[derive(Clone, Debug)]
pub enum Val {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A decimal number in millionths.
    Ppm(i64),
    /// Text, names and words of a choice.
    Text(String),
    /// A version.
    Version(Version),
    /// A kernel release.
    Kernel(Kernel),
    /// Memory, storage, or bytes per second.
    Bytes(Bytes),
    /// CPU.
    Cpu(Milli),
    /// CPU in millionths.
    Micro(Micro),
    /// A duration.
    Duration(GoDuration),
    /// An address range.
    Cidr(IpNet),
    /// A CPU list.
    Cpus(CpuSet),
    /// A list.
    List(Vec<Node>),
    /// A table.
    Table(Table),
    /// What a tunable is pinned to.
    Pin(Pin),
}

/// A table's values by key.
pub type Table = BTreeMap<String, Node>;

/// What a tunable is pinned to.
#[derive(Clone, Debug, PartialEq)]
pub enum Pin {
    /// Exactly this value.
    Value(serde_json::Value),
    /// Any value from `min` to `max`.
    Range {
        /// Smallest value, when bounded.
        min: Option<serde_json::Value>,
        /// Largest value, when bounded.
        max: Option<serde_json::Value>,
    },
    /// One of these.
    AnyOf(Vec<serde_json::Value>),
    /// Upstream's default in the planned version.
    Default,
}

impl Node {
    /// The table, when it is one.
    #[must_use]
    pub fn table(&self) -> Option<&Table> {
        match &self.value {
            Val::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The items, when it is a list.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Val::List(items) => items,
            _ => &[],
        }
    }
}
