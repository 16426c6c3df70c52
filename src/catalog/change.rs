//! What changed between minors: fields, flags, defaults, words, feature gates, behaviours. Read off the tables' spans, so
//! that a release note and a plan cannot disagree.

use super::gate::{Gate, GateState, gates};
use super::tunable::{Form, Role, Tunable, rows};
use super::{behaviours, controllers, plugins, versions};
use crate::quantity::Minor;
use serde_json::{Value, json};

/// One change, in the minor that brought it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// First minor that has it so.
    pub minor: Minor,
    /// Tunable, `gate NAME`, `plugin NAME`, `controller NAME`, or `behaviour ID`.
    pub name: String,
    /// What changed.
    pub what: What,
}

/// Kinds of change.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// It is there now; with its default.
    Added(Value),
    /// It is gone.
    Removed,
    /// Its default before and after.
    Default(Value, Value),
    /// Go type before and after.
    Type(&'static str, &'static str),
    /// Words accepted before and after.
    Words(Vec<Value>, Vec<Value>),
    /// Upstream warns of it from here on.
    Deprecated,
    /// State of a gate before and after.
    Gate(Option<&'static GateState>, Option<&'static GateState>),
    /// Upstream begins to do something.
    Begins(&'static str),
    /// Upstream no longer does something.
    Ends(&'static str),
}

/// Everything that changed after `from`, up to and including `to`, in order of minor and name. Tunables of etcd go by
/// etcd's minors, all else by Kubernetes'.
#[must_use]
pub fn changes(from: Minor, to: Minor, etcd: bool) -> Vec<Change> {
    let mut out = Vec::new();
    for minor in steps(from, to) {
        let before = previous(minor);
        // In order of name a structure comes before its members, which come and go with it.
        let mut whole: Option<&str> = None;
        for tunable in rows().iter().filter(|t| (t.component() == "etcd") == etcd) {
            if whole.is_some_and(|w| tunable.name.strip_prefix(w).is_some_and(|rest| rest.starts_with(['.', '[']))) {
                continue;
            }
            for what in of_tunable(tunable, before, minor) {
                if matches!(what, What::Added(_) | What::Removed) && tunable.role != Role::Group {
                    whole = Some(tunable.name);
                }
                if tunable.role != Role::Group {
                    out.push(Change { minor, name: tunable.name.to_string(), what });
                }
            }
        }
        if etcd {
            continue;
        }
        for gate in gates() {
            out.extend(of_gate(gate, before, minor).map(|what| Change {
                minor,
                name: format!("gate {}", gate.name),
                what,
            }));
        }
        for (kind, part) in
            plugins().iter().map(|p| ("plugin", p)).chain(controllers().iter().map(|c| ("controller", c)))
        {
            let text = |on: bool| Value::from(if on { "on" } else { "off" });
            let what = match (part.default_in(before), part.default_in(minor)) {
                (None, Some(on)) => What::Added(text(on)),
                (Some(_), None) => What::Removed,
                (Some(was), Some(is)) if was != is => What::Default(text(was), text(is)),
                _ => continue,
            };
            out.push(Change { minor, name: format!("{kind} {}", part.name), what });
        }
        for it in behaviours() {
            let what = match (it.holds(before), it.holds(minor)) {
                (false, true) => What::Begins(&it.summary),
                (true, false) => What::Ends(&it.summary),
                _ => continue,
            };
            out.push(Change { minor, name: format!("behaviour {}", it.id), what });
        }
    }
    out
}

/// Minors after `from` up to `to`.
fn steps(from: Minor, to: Minor) -> impl Iterator<Item = Minor> {
    (from.1 + 1..=to.1).map(move |minor| Minor(to.0, minor))
}

fn previous(minor: Minor) -> Minor {
    Minor(minor.0, minor.1.saturating_sub(1))
}

fn of_tunable(tunable: &'static Tunable, before: Minor, after: Minor) -> Vec<What> {
    let (old, new) = match (tunable.span(before), tunable.span(after)) {
        (Some(old), Some(new)) => (old, new),
        (None, Some(_)) => return vec![What::Added(tunable.default_in(after).unwrap_or_default())],
        (Some(_), None) => return vec![What::Removed],
        (None, None) => return Vec::new(),
    };
    let mut out = Vec::new();
    if old.go != new.go {
        out.push(What::Type(old.go, new.go));
    }
    let (was, is) = (tunable.default_in(before), tunable.default_in(after));
    if was != is {
        out.push(What::Default(was.unwrap_or_default(), is.unwrap_or_default()));
    }
    if let (Some(was), Some(is)) = (tunable.words_in(before), tunable.words_in(after))
        && was != is
    {
        out.push(What::Words(was, is));
    }
    if new.deprecated && !old.deprecated {
        out.push(What::Deprecated);
    }
    out
}

fn of_gate(gate: &Gate, before: Minor, after: Minor) -> Option<What> {
    let (was, is) = (gate.state(before), gate.state(after));
    (was != is).then_some(What::Gate(was, is))
}

impl Change {
    /// Whether a flag, and not a field, changed.
    #[must_use]
    pub fn form(&self) -> Option<Form> {
        super::row(&self.name).map(Tunable::form)
    }

    /// The change as JSON: `kind`, and `before` and `after` where there are such.
    #[must_use]
    pub fn json(&self) -> Value {
        let state = |state: &Option<&GateState>| {
            state.map_or(Value::Null, |s| json!({ "stage": s.stage, "default": s.default, "locked": s.locked }))
        };
        let (kind, before, after) = match &self.what {
            What::Added(default) => ("added", Value::Null, default.clone()),
            What::Removed => ("removed", Value::Null, Value::Null),
            What::Default(before, after) => ("default", before.clone(), after.clone()),
            What::Type(before, after) => ("type", json!(before), json!(after)),
            What::Words(before, after) => ("words", json!(before), json!(after)),
            What::Deprecated => ("deprecated", Value::Null, Value::Null),
            What::Gate(before, after) => ("gate", state(before), state(after)),
            What::Begins(summary) => ("begins", Value::Null, json!(summary)),
            What::Ends(summary) => ("ends", json!(summary), Value::Null),
        };
        json!({ "since": self.minor.to_string(), "name": self.name, "kind": kind, "before": before, "after": after })
    }
}

/// Whether the catalogue covers `minor` of Kubernetes or etcd.
#[must_use]
pub fn covers(minor: Minor, etcd: bool) -> bool {
    let versions = versions();
    let (oldest, newest) =
        if etcd { (versions.etcd_oldest, versions.etcd_newest) } else { (versions.oldest, versions.newest) };
    oldest <= minor && minor <= newest
}
