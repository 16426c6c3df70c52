//! How a kubelet comes to its settings: what it lacks without a file, what its oldest drop-ins undo, and what is stated from
//! other times.

use super::super::Find;
use super::super::asked::{broken, broken_at, gate, stated_as, was_answered};
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::report::{self, place, short, shown};
use crate::check::scene::At;
use crate::current::{Current, Layer, is_drop_in};
use crate::diag::Finding;
use crate::facts::typed::is_zero;
use crate::yaml::Node;
use serde_json::Value as Json;
use std::sync::Arc;

pub(in super::super) const FIND: &[(&str, Find)] = &[
    ("eviction-without-file", without_file),
    ("drop-in-resets", resets),
    ("throttling-turned-on", throttling),
    ("control-plane-taint", old_taint),
];

const HARD: &str = "kubelet/evictionHard";
const FILE: &str = "kubelet/config";
const TAINTS: &str = "registerWithTaints";
const OLD_ROLE: &str = "node-role.kubernetes.io/master";
const FACTOR: &str = "kubelet/memoryThrottlingFactor";

fn current<'s>(at: &At<'s>) -> Option<&'s Current> {
    at.scene.parts.get(at.component).map(Arc::as_ref)
}

/// Whether a path is a unit of systemd or belongs to one, where a command line stands as a whole.
fn is_unit(path: &str) -> bool {
    path.ends_with(".service") || path.contains(".service.d/")
}

fn without_file(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(current) = current(at) else { return };
    let has_file = current.documents.iter().any(|(path, _)| !is_drop_in(path)) || current.states(FILE);
    let started = current.stated.values().find(|s| s.layer == Layer::Flags && is_unit(&s.key.path));
    if let Some(started) = started.filter(|_| !has_file && !current.states(HARD)) {
        let says = "the kubelet is started without --config and without --eviction-hard: it evicts for no shortage";
        out.push(report::finding(at, constraint, says, &[]).at(&place(started), ""));
    }
}

/// What the main file states, no drop-in does, and a default other than nothing takes the place of.
fn resets(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(current) = current(at) else { return };
    if !current.documents.iter().any(|(path, _)| is_drop_in(path)) {
        return;
    }
    let version = at.minor(at.component);
    // One threshold in a drop-in keeps the default map out.
    let keeps = current.below(HARD).any(|(_, s)| s.layer == Layer::DropIn);
    let usual = |name: &str| catalog::find(name).and_then(|f| f.default_in(version)).filter(|v| !is_nothing(v));
    let lost = |(name, stated): (&String, &crate::current::Stated)| {
        let kept = stated.layer != Layer::File || (keeps && name.starts_with(HARD));
        let usual = usual(name).filter(|usual| !kept && *usual != stated.value)?;
        Some((name.clone(), format!("`{}` is {} again", short(name), shown(&usual))))
    };
    let (names, told): (Vec<String>, Vec<String>) = current.stated.iter().filter_map(lost).unzip();
    if let Some(first) = told.first() {
        let more =
            if told.len() > 1 { format!(", and {} more are at their defaults", told.len() - 1) } else { String::new() };
        let says = format!("a drop-in brings its defaults with it: {first}{more}");
        out.push(report::finding(at, constraint, &says, &names));
    }
}

fn is_nothing(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::Object(map) => map.is_empty(),
        Json::Array(items) => items.is_empty(),
        other => is_zero(other),
    }
}

fn throttling(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let factor = current(at).and_then(|c| Some((c, c.stated.get(FACTOR)?)));
    if let Some((_, factor)) =
        factor.filter(|(c, s)| !was_answered(c, s) && s.value.is_number() && gate(at, "MemoryQoS"))
    {
        let says = format!(
            "memoryThrottlingFactor is {}, with which containers are slowed down before they reach their limit",
            shown(&factor.value)
        );
        out.push(broken(at, constraint, &says, &[FACTOR]));
    }
}

fn old_taint(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(stated) = stated_as(at, TAINTS) else { return };
    for item in stated.node.items().iter().filter(|i| i.get("key").and_then(Node::text) == Some(OLD_ROLE)) {
        let says = format!("the node gets a taint of the former name {OLD_ROLE}");
        out.push(broken_at(at, constraint, &says, stated, &item.span));
    }
}
