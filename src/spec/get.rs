//! Typed access to a table of nodes that the shape has already checked.

use super::node::{Node, Pin, Table, Val};
use super::shape::At;
use super::{Class, Pins};
use crate::diag::{Finding, Place};
use crate::quantity::{Bytes, CpuSet, GoDuration, Kernel, Micro, Milli, Version};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Where findings of the later reading steps go.
pub struct Get<'a> {
    file: Arc<str>,
    findings: &'a mut Vec<Finding>,
}

macro_rules! getter {
    ($name:ident, $variant:ident, $type:ty, $doc:literal) => {
        #[doc = $doc]
        pub fn $name(table: &Table, key: &str) -> Option<At<$type>> {
            let node = table.get(key)?;
            match &node.value {
                Val::$variant(value) => Some(At::of(node, value.clone())),
                _ => None,
            }
        }
    };
}

getter!(boolean, Bool, bool, "A yes or no.");
getter!(int, Int, i64, "A whole number.");
getter!(ppm, Ppm, i64, "A ratio in millionths.");
getter!(text, Text, String, "A text.");
getter!(version, Version, Version, "A version.");
getter!(kernel, Kernel, Kernel, "A kernel release.");
getter!(bytes, Bytes, Bytes, "A size.");
getter!(cpu, Cpu, Milli, "A CPU quantity.");
getter!(micro, Micro, Micro, "A CPU quantity in millionths.");
getter!(duration, Duration, GoDuration, "A duration.");
getter!(cpus, Cpus, CpuSet, "A CPU list.");

/// A list of address ranges.
pub fn cidrs(table: &Table, key: &str) -> Vec<At<IpNet>> {
    let items = table.get(key).map(Node::items).unwrap_or_default();
    items
        .iter()
        .filter_map(|node| match node.value {
            Val::Cidr(net) => Some(At::of(node, net)),
            _ => None,
        })
        .collect()
}

/// A list of CPU lists.
pub fn cpu_lists(table: &Table, key: &str) -> Vec<At<CpuSet>> {
    let items = table.get(key).map(Node::items).unwrap_or_default();
    let set = |node: &Node| match &node.value {
        Val::Cpus(set) => Some(At::of(node, set.clone())),
        _ => None,
    };
    items.iter().filter_map(set).collect()
}

/// Sizes by name.
pub fn sizes(within: &Table, key: &str) -> BTreeMap<String, At<Bytes>> {
    let size = |(name, node): (&String, &Node)| match node.value {
        Val::Bytes(bytes) => Some((name.clone(), At::of(node, bytes))),
        _ => None,
    };
    table(within, key).map(|t| t.iter().filter_map(size).collect()).unwrap_or_default()
}

/// Whole numbers by name.
pub fn counts(within: &Table, key: &str) -> BTreeMap<String, At<i64>> {
    let count = |(name, node): (&String, &Node)| match node.value {
        Val::Int(n) => Some((name.clone(), At::of(node, n))),
        _ => None,
    };
    table(within, key).map(|t| t.iter().filter_map(count).collect()).unwrap_or_default()
}

/// A table within a table.
pub fn table<'a>(table: &'a Table, key: &str) -> Option<&'a Table> {
    table.get(key).and_then(Node::table)
}

impl<'a> Get<'a> {
    pub(super) fn new(file: &Arc<str>, findings: &'a mut Vec<Finding>) -> Self {
        Self { file: Arc::clone(file), findings }
    }

    /// Reports a mistake at a place.
    pub(super) fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        Place::new(&self.file, span.clone())
    }

    /// The pins of a table that has a `pin` key. A whole map and one of its keys cannot both be pinned.
    pub(super) fn pins(&mut self, owner: &Table) -> Pins {
        let empty = Table::new();
        let stated = owner.get("pin").and_then(Node::table).unwrap_or(&empty);
        let pins: Pins = stated
            .iter()
            .filter_map(|(name, node)| match &node.value {
                Val::Pin(pin) => Some((name.clone(), At::of(node, pin.clone()))),
                _ => None,
            })
            .collect();
        for (name, pin) in &pins {
            let inner =
                pins.iter().find(|(other, _)| other.strip_prefix(name.as_str()).is_some_and(|r| r.starts_with('.')));
            if let Some((key, below)) = inner {
                let message = format!("`{name}` is pinned whole and by its key `{key}`");
                let finding = Finding::error("pin-twice", message)
                    .at(&self.place(&below.key_span), "one key of it")
                    .clash(&self.place(&pin.key_span), "the whole of it")
                    .help("pin the whole or its keys, not both");
                self.report(finding);
            }
        }
        pins
    }

    /// Checks that reach over several tables.
    pub(super) fn whole_file(&mut self, classes: &BTreeMap<String, At<Class>>, spec: &Table) {
        let any_stated = spec.get("node-class").and_then(Node::table).is_some_and(|t| !t.is_empty());
        if !any_stated && classes.is_empty() {
            let place = spec.get("cluster").map_or(0..0, |n| n.key_span.clone());
            let finding = Finding::error("spec-no-class", "the spec has no node class, so there is nothing to plan")
                .at(&self.place(&place), "a cluster without nodes")
                .help("add `[node-class.NAME]`; `plimsoll init` prints a commented example");
            self.report(finding);
        }
        let control = table(spec, "control-plane");
        let etcd = control.and_then(|t| table(t, "etcd"));
        for (what, within) in [("the control plane", control), ("etcd", etcd)] {
            let Some(named) = within.and_then(|t| text(t, "node-class")) else { continue };
            if !classes.contains_key(&named.value) {
                let message = format!("{what} names node class `{}`, which does not exist", named.value);
                let close = crate::diag::nearest(&named.value, classes.keys().map(String::as_str));
                let finding = Finding::error("class-unknown", message)
                    .at(&self.place(&named.span), "no such class")
                    .help_if(close.map(|c| format!("did you mean `{c}`?")));
                self.report(finding);
            }
        }
    }
}

/// Reads `Pin::Value` and friends back as JSON for the canonical form.
pub fn pin_json(pin: &Pin) -> serde_json::Value {
    use serde_json::json;
    match pin {
        Pin::Value(value) => json!({ "value": value }),
        Pin::Range { min, max } => json!({ "min": min, "max": max }),
        Pin::AnyOf(values) => json!({ "any-of": values }),
        Pin::Default => json!("default"),
    }
}
