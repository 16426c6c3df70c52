//! Pins held against the catalogue: does the tunable exist in this version, may it be set here, and may it have this value?

mod allowed;
mod place;

use super::typed::magnitude;
use crate::catalog::{self, Type};
use crate::diag::Finding;
use crate::quantity::Minor;
use crate::spec::{At, Pin, Pins, Spec};
use allowed::allowed;
use place::{belongs, exists, settable, unknown};
use serde_json::Value;
use std::collections::BTreeMap;

/// A pin that the catalogue accepts.
#[derive(Clone, Debug)]
pub struct Pinned {
    /// What is allowed.
    pub allowed: Allowed,
    /// Where it was stated.
    pub at: At<()>,
    /// Type of the value.
    pub kind: Type,
}

/// The values that a pin allows, in canonical form.
#[derive(Clone, Debug, PartialEq)]
pub enum Allowed {
    /// This one.
    Exactly(Value),
    /// From one to the other, both included.
    Range(Option<Value>, Option<Value>),
    /// One of these, the first preferred.
    AnyOf(Vec<Value>),
}

impl Pinned {
    /// Whether the pin allows `value`.
    #[must_use]
    pub fn allows(&self, value: &Value) -> bool {
        match &self.allowed {
            Allowed::Exactly(only) => only == value,
            Allowed::AnyOf(choices) => choices.contains(value),
            // A range without a lower end allows what upstream leaves unset.
            Allowed::Range(None, _) if value.is_null() => true,
            Allowed::Range(min, max) => {
                let size = |v: &Value| magnitude(v, self.kind);
                let Some(at) = size(value) else { return false };
                min.as_ref().and_then(size).is_none_or(|m| m <= at)
                    && max.as_ref().and_then(size).is_none_or(|m| at <= m)
            }
        }
    }

    /// Smallest and largest magnitude that the pin allows.
    #[must_use]
    pub fn bounds(&self) -> (Option<i64>, Option<i64>) {
        let size = |v: &Value| magnitude(v, self.kind);
        match &self.allowed {
            Allowed::Exactly(only) => (size(only), size(only)),
            Allowed::Range(min, max) => (min.as_ref().and_then(size), max.as_ref().and_then(size)),
            Allowed::AnyOf(choices) => (choices.iter().filter_map(size).min(), choices.iter().filter_map(size).max()),
        }
    }

    /// Values to try for a menu: the pinned ones when they are a list, else those of the menu that the pin allows, and the
    /// pin's own bounds, so that a range off the menu still has candidates.
    #[must_use]
    pub fn candidates(&self, menu: &[Value]) -> Vec<Value> {
        match &self.allowed {
            Allowed::Exactly(only) => vec![only.clone()],
            Allowed::AnyOf(choices) => choices.clone(),
            Allowed::Range(min, max) => {
                let mut out: Vec<Value> = menu.iter().filter(|v| self.allows(v)).cloned().collect();
                out.extend([max, min].into_iter().flatten().filter(|v| self.allows(v)).cloned());
                out.dedup();
                out
            }
        }
    }
}

/// Which pins a table may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// A node class; with `true`, one that has a kube-proxy of its own.
    Class(bool),
    /// The cluster; with `true`, one where each class has a kube-proxy of its own.
    Cluster(bool),
}

/// Checks the pins of one table.
pub fn pins(
    spec: &Spec,
    pins: &Pins,
    table: Table,
    version: Minor,
    etcd: Option<Minor>,
    findings: &mut Vec<Finding>,
) -> BTreeMap<String, Pinned> {
    let mut out = BTreeMap::new();
    if let Some(joined) = reserved_memory(spec, pins, findings) {
        out.insert(RESERVED_MEMORY.to_string(), joined);
    }
    for (name, at) in pins.iter().filter(|(n, _)| !n.starts_with("kubelet/reservedMemory[")) {
        let Some(found) = catalog::find(name) else {
            findings.push(unknown(spec, name, at));
            continue;
        };
        let version =
            if found.tunable.component() == "etcd" { etcd.unwrap_or(catalog::versions().etcd_newest) } else { version };
        let mistakes = findings.len();
        belongs(spec, name, at, table, found.tunable, findings);
        if found.tunable.component() == "etcd" && etcd.is_none() {
            let message = format!("`{name}` is pinned, and the version of etcd is not stated");
            findings.push(
                Finding::error("pin-needs-version", message)
                    .at(&spec.key_place(at), "pinned here")
                    .note("which flags etcd has, and what they may be, depends on it")
                    .help(format!(
                        "add `version`, such as \"{}\", to `[control-plane.etcd]`",
                        catalog::versions().etcd_newest
                    )),
            );
            continue;
        }
        exists(spec, name, at, &found, version, findings);
        if findings.len() > mistakes {
            continue;
        }
        settable(spec, name, at, findings);
        match allowed(&at.value, &found, version) {
            Ok(allowed) => {
                let pinned = Pinned { allowed, at: at.with(()), kind: found.kind_in(version) };
                if found.tunable.kind == Type::Map && found.key.is_none() {
                    keys(spec, name, at, &pinned, version, &mut out, findings);
                }
                out.insert(name.clone(), pinned);
            }
            Err((text, help)) => {
                let id = "pin-bad-value";
                findings.push(
                    Finding::error(id, format!("the pin `{name}` {text}"))
                        .at(&spec.place(at), "pinned here")
                        .help_if(help),
                );
            }
        }
    }
    out
}

const RESERVED_MEMORY: &str = "kubelet/reservedMemory";

/// Pins such as `kubelet/reservedMemory[0].limits.memory`, as the one list that they are elements of.
fn reserved_memory(spec: &Spec, pins: &Pins, findings: &mut Vec<Finding>) -> Option<Pinned> {
    let mut nodes: BTreeMap<i64, serde_json::Map<String, Value>> = BTreeMap::new();
    let mut first = None;
    for (name, at) in pins {
        let Some(rest) = name.strip_prefix("kubelet/reservedMemory[") else { continue };
        let element = rest.split_once("].limits.").and_then(|(node, key)| Some((node.parse::<i64>().ok()?, key)));
        match (element, &at.value) {
            (Some((node, key)), Pin::Value(value)) if value.is_string() => {
                nodes.entry(node).or_default().insert(key.to_string(), value.clone());
            }
            _ => {
                let finding =
                    Finding::error("pin-bad-value", format!("the pin `{name}` is not one quantity of one NUMA node"));
                findings.push(
                    finding
                        .at(&spec.key_place(at), "here")
                        .help("write `\"kubelet/reservedMemory[0].limits.memory\" = \"…\"`"),
                );
            }
        }
        first.get_or_insert(at);
    }
    let at = first?;
    if let Some(whole) = pins.get(RESERVED_MEMORY) {
        let finding = Finding::error("pin-twice", format!("`{RESERVED_MEMORY}` is pinned whole and by its elements"));
        findings.push(
            finding.at(&spec.key_place(at), "one element of it").clash(&spec.key_place(whole), "the whole of it"),
        );
    }
    let list: Vec<Value> =
        nodes.into_iter().map(|(node, limits)| serde_json::json!({ "numaNode": node, "limits": limits })).collect();
    Some(Pinned { allowed: Allowed::Exactly(Value::Array(list)), at: at.with(()), kind: Type::List })
}

/// A pinned map is a pin on each of its keys, so that every rule that asks for a key sees it.
fn keys(
    spec: &Spec,
    name: &str,
    at: &At<Pin>,
    whole: &Pinned,
    version: Minor,
    out: &mut BTreeMap<String, Pinned>,
    findings: &mut Vec<Finding>,
) {
    let Allowed::Exactly(Value::Object(map)) = &whole.allowed else { return };
    for (key, value) in map {
        let full = format!("{name}.{key}");
        let Some(found) = catalog::find(&full) else { continue };
        let pin = at.with(Pin::Value(value.clone()));
        let mistakes = findings.len();
        exists(spec, &full, &pin, &found, version, findings);
        match allowed(&pin.value, &found, version) {
            Ok(allowed) if findings.len() == mistakes => {
                out.insert(full.clone(), Pinned { allowed, at: at.with(()), kind: found.kind_in(version) });
            }
            Ok(_) => {}
            Err((text, help)) => {
                let finding = Finding::error("pin-bad-value", format!("`{key}` in the pin `{name}` {text}"));
                findings.push(finding.at(&spec.place(at), "pinned here").help_if(help));
            }
        }
    }
}
