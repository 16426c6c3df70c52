//! A broken constraint as a finding: the sentence with its values, the places, what comes of it, the way out.

use super::constraint::{Consequence, Constraint};
use super::scene::At;
use crate::current::Stated;
use crate::diag::{Finding, Place, Severity};
use serde_json::Value as Json;
use std::ops::Range;
use std::sync::Arc;

/// A finding about a constraint. `blamed`: the settings that break it, the one to change first; those that are stated are
/// pointed at, and of the others the default is told.
#[must_use]
pub fn finding(at: &At<'_>, constraint: &Constraint, says: &str, blamed: &[String]) -> Finding {
    let finding = Finding::of(constraint.id, severity(constraint.consequence), filled(at, says))
        .consequence(constraint.consequence.word());
    let mut finding =
        blamed.iter().fold(finding, |finding, name| point(at, constraint, finding, name, blamed.len() > 1));
    let component = component(at, constraint, blamed);
    if let Some(outcome) = outcome(at, constraint.consequence, component) {
        finding = finding.note(outcome);
    }
    finding.note(constraint.why.clone()).help_if(constraint.help.as_ref().map(|text| filled(at, text)))
}

/// A name without its component.
pub(in crate::check) fn short(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, path)| path)
}

fn severity(consequence: Consequence) -> Severity {
    match consequence {
        Consequence::Refuses => Severity::Error,
        Consequence::Ignored | Consequence::Dangerous => Severity::Warning,
        Consequence::Wasteful | Consequence::Style => Severity::Advice,
    }
}

fn component<'a>(at: &At<'a>, constraint: &'a Constraint, blamed: &'a [String]) -> &'a str {
    match constraint.component {
        "cluster" | "any" => blamed.first().and_then(|n| n.split_once('/')).map_or(at.component, |(c, _)| c),
        _ => at.component,
    }
}

fn outcome(at: &At<'_>, consequence: Consequence, component: &str) -> Option<String> {
    let who =
        if is_versioned(component) { format!("{component} {}", at.minor(component)) } else { component.to_string() };
    match consequence {
        Consequence::Refuses if component == "sysctl" => {
            Some("the kernel takes no such value, and keeps the one that it has".to_string())
        }
        Consequence::Refuses if matches!(component, "logind" | "systemd") => {
            Some("systemd warns, and goes on without it".to_string())
        }
        Consequence::Refuses => Some(format!("{who} does not start with it")),
        Consequence::Ignored => Some(format!("{who} takes no notice of it, and says nothing")),
        Consequence::Dangerous | Consequence::Wasteful | Consequence::Style => None,
    }
}

/// Whether a component has the minors that are checked for: Kubernetes' own, and etcd.
fn is_versioned(component: &str) -> bool {
    component.starts_with("etcd") || component.starts_with("kube")
}

/// A finding with something of another file beside it.
#[must_use]
pub fn beside(finding: Finding, place: &Place, text: &str) -> Finding {
    match finding.labels.is_empty() {
        true => finding.at(place, text),
        false => finding.clash(place, text),
    }
}

fn point(at: &At<'_>, constraint: &Constraint, finding: Finding, name: &str, several: bool) -> Finding {
    let short = name.split_once('/').map_or(name, |(_, path)| path);
    let stated = at.part(name).and_then(|(_, current)| current.place(name));
    match stated {
        Some(stated) if constraint.names && finding.labels.is_empty() => {
            finding.at(&Place::new(&stated.key.path, stated.key.span.clone()), "")
        }
        Some(stated) if finding.labels.is_empty() => finding.at(&place(stated), if several { "this" } else { "" }),
        Some(stated) => finding.clash(&place(stated), format!("against {short}")),
        None if name.starts_with("machine/") => match at.json(name) {
            Some(value) => finding.note(format!("the machine has {} = {}", short, shown(&value))),
            None => finding,
        },
        None => {
            let Some(value) = at.json(name).filter(|v| !v.is_null()) else { return finding };
            let component = name.split_once('/').map_or(name, |(c, _)| c);
            let of = if is_versioned(component) { format!(" of {}", at.minor(component)) } else { String::new() };
            finding.note(format!("{short} is not stated: the default{of} is {}", shown(&value)))
        }
    }
}

/// The value; the name where the value stands before it, as that of an anchor does.
pub(in crate::check) fn place(stated: &Stated) -> Place {
    place_of(&stated.key.path, &stated.key.span, &stated.node.span)
}

/// The same of a member of a file.
pub(in crate::check) fn place_of(path: &Arc<str>, key: &Range<usize>, value: &Range<usize>) -> Place {
    let span = if value.start >= key.start { value.clone() } else { key.clone() };
    Place::new(path, span)
}

/// A sentence with `{setting}` replaced by the setting's value.
pub(super) fn filled(at: &At<'_>, text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        out.push_str(before);
        out.push_str(&at.json(name).map_or_else(|| "unset".to_string(), |v| shown(&v)));
        rest = after;
    }
    out + rest
}

/// A value as people read it.
#[must_use]
pub fn shown(value: &Json) -> String {
    match value {
        Json::Null => "unset".to_string(),
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Json::Object(map) if map.is_empty() => "empty".to_string(),
        other => other.to_string(),
    }
}
