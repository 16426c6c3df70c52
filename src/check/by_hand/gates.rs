//! Feature gates: that they exist and may be set, those that are set for nothing, and those that settings and gates need.

use super::asked::{existing, gate, in_document, is_flag, map_of, row, short, stated, stated_as};
use super::fields::fields;
use super::{Find, kubelet};
use crate::catalog::{self, Form, Role, Tunable, Type};
use crate::check::constraint::Constraint;
use crate::check::expression::Settings;
use crate::check::go;
use crate::check::report;
use crate::check::scene::At;
use crate::diag::{Finding, nearest};
use crate::facts::typed::{is_zero, magnitude};
use crate::quantity::Minor;
use serde_json::Value as Json;
use std::collections::BTreeMap;

pub(super) const FIND: &[(&str, Find)] = &[
    ("unknown-gate", unknown),
    ("locked-gate", locked),
    ("settled-gate", settled),
    ("gate-needed", needed),
    ("gate-dependency", dependency),
];

/// Names that stand for all gates of a stage.
const SETS: [&str; 2] = ["AllAlpha", "AllBeta"];

fn unknown(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (name, stated, found) in existing(at) {
        let Some(gate) = found.gate().filter(|g| !SETS.contains(g)) else { continue };
        if catalog::gate(gate, at.minor(at.component)).is_some_and(|state| state.components.contains(&at.component)) {
            continue;
        }
        let near = nearest(gate, catalog::gate_names().filter(|g| catalog::gate(g, at.minor(at.component)).is_some()));
        let removed = catalog::gates().iter().any(|g| g.name == gate);
        let says = match removed {
            true => format!(
                "{} {} no longer knows the feature gate {gate}, or does not know it yet",
                at.component,
                at.minor(at.component)
            ),
            false => format!("no feature gate is called {gate}"),
        };
        // On a command line the place of the value has the name in it.
        let own = Constraint { names: in_document(at, stated), ..constraint.clone() };
        let finding = report::finding(at, &own, &says, &[name.to_string()]);
        out.push(finding.help_if(near.filter(|_| !removed).map(|n| format!("did you mean `{n}`?"))));
    }
}

/// Gates that are stated and locked, with what is stated and what they are.
fn of_locked<'s>(at: &At<'s>) -> impl Iterator<Item = (&'s str, String, bool, bool)> {
    let version = at.minor(at.component);
    existing(at).filter_map(move |(name, stated, found)| {
        let gate = found.gate()?;
        let state = catalog::gate(gate, version).filter(|s| s.locked)?;
        Some((name, gate.to_string(), stated.value.as_bool()?, state.default))
    })
}

fn locked(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (name, gate, _, locked) in of_locked(at).filter(|(_, _, stated, locked)| stated != locked) {
        let says = format!("the feature gate {gate} is locked to {locked} in {}", at.minor(at.component));
        out.push(report::finding(at, constraint, &says, &[name.to_string()]));
    }
}

fn settled(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (name, gate, ..) in of_locked(at).filter(|(_, _, stated, locked)| stated == locked) {
        let says =
            format!("the feature gate {gate} is set to the only value that {} lets it have", at.minor(at.component));
        out.push(report::finding(at, constraint, &says, &[name.to_string()]));
    }
}

/// Everything that is stated in whole or in part, as the catalogue has settings: the name, the entry, and the value where
/// it is stated as a whole.
fn wholes(at: &At<'_>) -> BTreeMap<String, (&'static Tunable, Option<Json>)> {
    let mut out = BTreeMap::new();
    // A structure without fields is there all the same.
    for field in fields(at).into_iter().filter(|f| f.member.node.is_map() && f.member.node.members().next().is_none()) {
        if let Some(tunable) = field.row.filter(|row| row.exists_in(at.minor(at.component)) && !is_flag(at, row)) {
            out.insert(field.name, (tunable, Some(Json::Object(serde_json::Map::new()))));
        }
    }
    for (name, stated) in stated(at) {
        let ends = name.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(at, _)| at);
        for end in ends.chain([name.len()]) {
            let whole = &name[..end];
            let setting = row(whole).filter(|row| row.role == Role::Setting && row.exists_in(at.minor(at.component)));
            if let Some(tunable) = setting {
                out.insert(whole.to_string(), (tunable, (end == name.len()).then(|| stated.value.clone())));
            }
        }
    }
    out
}

fn needed(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for (name, (tunable, value)) in wholes(at) {
        let says_something = needing(tunable, value.clone(), version);
        let Some(value) = says_something.clone().or(value).filter(|v| !v.is_null()) else { continue };
        let (name, short) = (name.as_str(), short(&name));
        for needs in tunable.needs(&value, version).filter(|n| n.stated || says_something.is_some()) {
            // What the whole map needs is told of the map.
            let of_map =
                map_of(tunable.name).is_some_and(|map| map.needs(&value, version).any(|n| n.gate == needs.gate));
            // A gate that the version no longer knows is on for good.
            if of_map || kubelet::unread(at, tunable.name) || at.gate(needs.gate) != Some(false) {
                continue;
            }
            let says = format!("`{short}` needs the feature gate {}, which is off", needs.gate);
            let own = Constraint { source: needs.source.to_string(), ..constraint.clone() };
            let finding = report::finding(at, &own, &says, &[name.to_string()]);
            let named =
                ["featureGates", "feature-gates"].iter().find_map(|m| stated_as(at, &format!("{m}.{}", needs.gate)));
            let finding = match named {
                Some(stated) => finding.clash(&report::place(stated), "off here"),
                None => finding.note(format!("{} is off by default in {version}", needs.gate)),
            };
            let other = if named.is_some() { "" } else { ", or turn the gate on" };
            out.push(finding.help(format!("take `{short}` out{other}")));
        }
    }
}

/// What is stated of a tunable, where it is something that its gates could be needed for.
fn needing(tunable: &Tunable, value: Option<Json>, version: Minor) -> Option<Json> {
    let Some(value) = value else {
        // A structure or list of which parts are stated.
        return Some(Json::Object(serde_json::Map::new()));
    };
    let span = tunable.span(version)?;
    let pointer = span.form == Form::Flag || span.go.starts_with('*') || span.go.is_empty();
    // What says nothing needs nothing: no elements, or a zero that cannot be told from unset.
    let nothing = match &value {
        Json::Null => true,
        Json::String(text) if text.is_empty() && span.form == Form::Flag => true,
        Json::Array(items) => items.is_empty(),
        Json::Bool(on) => !on && !pointer,
        Json::Object(fields) => fields.is_empty() && !pointer,
        scalar => (is_zero(scalar) || is_past(scalar, tunable.kind_in(version))) && !pointer,
    };
    let kind = tunable.kind_in(version);
    let same = tunable.default_in(version).is_some_and(|default| {
        default == value || magnitude(&default, kind).is_some_and(|m| Some(m) == magnitude(&value, kind))
    });
    (!nothing && !same).then_some(value)
}

/// Whether it is a time below zero, which turns nothing on.
fn is_past(value: &Json, kind: Type) -> bool {
    kind == Type::Duration && value.as_str().and_then(go::duration).is_some_and(|time| time < 0)
}

fn dependency(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let map = ["featureGates", "feature-gates"]
        .into_iter()
        .find(|m| at.part(&at.full(m)).is_some_and(|(_, c)| c.states(&at.full(m))));
    let Some(map) = map else { return };
    for known in catalog::gates() {
        let Some(state) = known.state(at.minor(at.component)).filter(|s| s.components.contains(&at.component)) else {
            continue;
        };
        let off: Vec<&str> = state.requires.iter().copied().filter(|r| !gate(at, r)).collect();
        if off.is_empty() || !gate(at, known.name) {
            continue;
        }
        let says = format!("the feature gate {} is on, and needs {}, which is off", known.name, off.join(" and "));
        let named = |gate: &&str| stated_as(at, &format!("{map}.{gate}")).is_some();
        let blamed: Vec<String> = std::iter::once(known.name)
            .chain(off.iter().copied())
            .filter(|g| named(g))
            .map(|g| at.full(&format!("{map}.{g}")))
            .collect();
        let blamed = if blamed.is_empty() { vec![at.full(map)] } else { blamed };
        out.push(report::finding(at, constraint, &says, &blamed));
    }
}
