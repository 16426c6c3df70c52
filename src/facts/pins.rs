//! Pins held against the catalogue: does the tunable exist in this version, may it be set here, and may it have this value?

use super::typed::{canonical, magnitude};
use crate::catalog::{self, Found, Scope, Tunable, Type};
use crate::diag::{Finding, nearest};
use crate::quantity::Minor;
use crate::spec::{At, Pin, Pins, Spec};
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
        exists(spec, name, at, &found, version, findings);
        if findings.len() > mistakes {
            continue;
        }
        match allowed(&at.value, &found, version) {
            Ok(allowed) => {
                let pinned = Pinned { allowed, at: at.with(()), kind: found.kind() };
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
                out.insert(full.clone(), Pinned { allowed, at: at.with(()), kind: found.kind() });
            }
            Ok(_) => {}
            Err((text, help)) => {
                let finding = Finding::error("pin-bad-value", format!("`{key}` in the pin `{name}` {text}"));
                findings.push(finding.at(&spec.place(at), "pinned here").help_if(help));
            }
        }
    }
}

fn unknown(spec: &Spec, name: &str, at: &At<Pin>) -> Finding {
    let component = name.split('/').next().unwrap_or_default();
    let place = spec.key_place(at);
    let finding =
        Finding::error("unknown-tunable", format!("no tunable is called `{name}`")).at(&place, "not in the catalogue");
    if !name.contains('/') {
        let close = catalog::names().find(|n| n.ends_with(&format!("/{name}")));
        return finding
            .help_if(close.map(|c| format!("did you mean `{c}`?")))
            .help("a tunable is named `component/path`");
    }
    if !catalog::components().any(|c| c == component) {
        let all: Vec<_> = catalog::components().collect();
        return finding.help(format!("the components are {}", all.join(", ")));
    }
    finding.help_if(nearest(name, catalog::names()).map(|c| format!("did you mean `{c}`?")))
}

fn belongs(spec: &Spec, name: &str, at: &At<Pin>, table: Table, tunable: &Tunable, findings: &mut Vec<Finding>) {
    let per_class =
        tunable.scope != Scope::Cluster || (tunable.component() == "kube-proxy" && table == Table::Class(true));
    let place = spec.key_place(at);
    match table {
        Table::Class(_) if !per_class => {
            let finding = Finding::error("pin-wrong-scope", format!("`{name}` has one value for the whole cluster"))
                .at(&place, "pinned for one class")
                .help("pin it in `[pin]`");
            let proxy = (tunable.component() == "kube-proxy").then(|| {
                "with one kube-proxy DaemonSet per class, say so: `kube-proxy-per-class = true` in `[cluster]`"
                    .to_string()
            });
            findings.push(finding.help_if(proxy));
        }
        Table::Cluster(true) if tunable.component() == "kube-proxy" => {
            let finding = Finding::error(
                "pin-wrong-scope",
                format!("each node class has a kube-proxy of its own, so `{name}` has no one value"),
            )
            .at(&place, "pinned for the cluster")
            .help("pin it in `[defaults.pin]` or `[node-class.NAME.pin]`");
            findings.push(finding);
        }
        Table::Cluster(_) if tunable.scope != Scope::Cluster => {
            let finding = Finding::error("pin-wrong-scope", format!("`{name}` differs between node classes"))
                .at(&place, "pinned for the cluster")
                .help("pin it in `[defaults.pin]` or `[node-class.NAME.pin]`");
            findings.push(finding);
        }
        _ => {}
    }
}

fn exists(spec: &Spec, name: &str, at: &At<Pin>, found: &Found<'_>, version: Minor, findings: &mut Vec<Finding>) {
    let tunable = found.tunable;
    let component = tunable.component();
    let place = spec.key_place(at);
    if !tunable.exists_in(version) {
        let when = match (tunable.since().filter(|s| *s > version), tunable.removed()) {
            (Some(since), _) => format!("added in {since}"),
            (None, Some(removed)) => format!("removed in {removed}"),
            (None, None) => "never there".to_string(),
        };
        let message = format!("{component} {version} has no `{}`", tunable.name.split_once('/').map_or("", |(_, p)| p));
        findings.push(Finding::error("version-unsupported-field", message).at(&place, when));
        return;
    }
    if let (Some(keys), Some(key)) = (&tunable.key_values, found.key)
        && !keys.iter().any(|k| k == key)
    {
        let finding = Finding::error("unknown-key", format!("`{}` has no key `{key}`", tunable.name))
            .at(&place, "upstream refuses it")
            .help_if(nearest(key, keys.iter().map(String::as_str)).map(|c| format!("did you mean `{c}`?")))
            .note(format!("its keys are {}", keys.join(", ")));
        findings.push(finding);
    }
    let below = format!("{}.", tunable.name);
    let mut entries = catalog::names().filter(|n| n.starts_with(&below)).peekable();
    if let (Some(key), Some(_)) = (found.key, entries.peek()) {
        // The catalogue lists this map's keys one by one, so one that it lacks does not exist.
        let keys: Vec<&str> = entries.filter_map(|n| n.strip_prefix(&below)).collect();
        let finding = Finding::error("unknown-key", format!("`{}` has no key `{key}`", tunable.name))
            .at(&place, "upstream refuses it")
            .help_if(nearest(key, keys.iter().copied()).map(|c| format!("did you mean `{c}`?")))
            .note(format!("its keys are {}", keys.join(", ")));
        findings.push(finding);
    }
    if tunable.name.ends_with("/featureGates")
        && let Some(gate) = found.key
    {
        gate_exists(name, gate, &at.value, version, &place, findings);
    }
}

fn gate_exists(
    name: &str,
    gate: &str,
    pin: &Pin,
    version: Minor,
    place: &crate::diag::Place,
    findings: &mut Vec<Finding>,
) {
    match catalog::gate(gate, version) {
        None => {
            let ever = catalog::gate_names().any(|g| g == gate);
            let label = if ever { "not in this minor" } else { "no minor has it" };
            let close = nearest(gate, catalog::gate_names().filter(|g| catalog::gate(g, version).is_some()));
            let finding =
                Finding::error("unknown-feature-gate", format!("Kubernetes {version} has no feature gate `{gate}`"))
                    .at(place, label)
                    .note("a component that is given an unknown gate does not start")
                    .help_if(close.filter(|_| !ever).map(|c| format!("did you mean `{c}`?")));
            findings.push(finding);
        }
        Some(state) if state.locked => {
            let sets_default = matches!(pin, Pin::Default) || *pin == Pin::Value(Value::Bool(state.default));
            let message = format!("feature gate `{gate}` is locked to {} in {version}", state.default);
            let note = if sets_default {
                "setting it says nothing and will be fatal once the gate is removed"
            } else {
                "a component does not start with another value"
            };
            findings.push(
                Finding::error("locked-feature-gate", message).at(place, format!("`{name}` cannot be set")).note(note),
            );
        }
        Some(_) => {}
    }
}

type Wrong = (String, Option<String>);

fn allowed(pin: &Pin, found: &Found<'_>, version: Minor) -> Result<Allowed, Wrong> {
    let one = |value: &Value| -> Result<Value, Wrong> {
        let value = canonical(value, found.kind()).map_err(|text| (text, None))?;
        in_range(&value, found, version)?;
        Ok(value)
    };
    Ok(match pin {
        Pin::Value(value) => Allowed::Exactly(one(value)?),
        Pin::AnyOf(_) | Pin::Range { .. } if matches!(found.kind(), Type::Map | Type::Object | Type::List) => {
            return Err((
                "is a choice or a range, but it is a map or a list".into(),
                Some("pin its keys, or one value".into()),
            ));
        }
        Pin::Range { min, max }
            if found.kind() == Type::Threshold
                && !(found.key == Some("memory.available") && quantities(&[min, max])) =>
        {
            let help = "pin one value, or `{ any-of = [...] }`";
            return Err((
                "is a range of thresholds, and percentages and quantities have no common order".into(),
                Some(help.into()),
            ));
        }
        Pin::AnyOf(values) => Allowed::AnyOf(values.iter().map(one).collect::<Result<_, _>>()?),
        Pin::Range { min, max } => {
            let (min, max) = (min.as_ref().map(one).transpose()?, max.as_ref().map(one).transpose()?);
            let size = |v: &Option<Value>| v.as_ref().map(|v| magnitude(v, found.kind()));
            match (size(&min), size(&max)) {
                (Some(None), _) | (_, Some(None)) => {
                    return Err(("is a range, but its values have no order".into(), None));
                }
                (Some(Some(low)), Some(Some(high))) if low > high => {
                    return Err(("has a `min` above its `max`".into(), None));
                }
                _ => {}
            }
            Allowed::Range(min, max)
        }
        Pin::Default => match found.default_in(version) {
            Some(value) => Allowed::Exactly(one(&value).unwrap_or(value)),
            None => {
                return Err((
                    format!("is \"default\", but {version} leaves it unset"),
                    Some("leave the pin out".into()),
                ));
            }
        },
    })
}

/// Whether every stated end of a range is a quantity: memory thresholds are never percentages, so these have an order.
fn quantities(ends: &[&Option<Value>]) -> bool {
    ends.iter().filter_map(|e| e.as_ref()).all(|e| e.as_str().is_some_and(|t| !t.ends_with('%')))
}

fn in_range(value: &Value, found: &Found<'_>, version: Minor) -> Result<(), Wrong> {
    let tunable = found.tunable;
    if let (None, Some(number)) = (found.key, value.as_f64())
        && (tunable.min.is_some_and(|m| number < m) || tunable.max.is_some_and(|m| number > m))
    {
        let bound = |b: Option<f64>, word: &str| b.map(|b| format!("{word} {b}"));
        let limits: Vec<_> =
            [bound(tunable.min, "at least"), bound(tunable.max, "at most")].into_iter().flatten().collect();
        return Err((format!("is {value}; upstream accepts {}", limits.join(" and ")), None));
    }
    if let (None, Some(words)) = (found.key, tunable.words_in(version))
        && !value.is_array()
        && !words.contains(value)
    {
        let list: Vec<String> =
            words.iter().map(|w| format!("`{}`", w.as_str().map_or_else(|| w.to_string(), Into::into))).collect();
        let close = value.as_str().and_then(|v| nearest(v, words.iter().filter_map(Value::as_str)));
        let shown = value.as_str().map_or_else(|| value.to_string(), |t| format!("`{t}`"));
        return Err((
            format!("is {shown}; {version} accepts {}", list.join(", ")),
            close.map(|c| format!("did you mean `{c}`?")),
        ));
    }
    Ok(())
}
