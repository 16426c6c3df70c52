//! Feature gates that are set for nothing, and those that settings and other gates need.

use super::asked::{existing, gate, map_of, stated_as};
use super::{Find, kubelet};
use crate::catalog::{self, Form, Tunable};
use crate::check::constraint::Constraint;
use crate::check::report;
use crate::check::scene::At;
use crate::diag::Finding;
use crate::facts::typed::{is_zero, magnitude};
use crate::quantity::Minor;
use serde_json::Value as Json;

pub(super) const FIND: &[(&str, Find)] = &[("settled-gate", settled), ("gate-dependency", dependency)];

/// A kubelet's options of its managers need gates as a map and one by one.
pub(super) const KUBELET: &[(&str, Find)] = &[("gate-needed", needed)];

fn settled(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (name, stated, found) in existing(at) {
        let Some(gate) = found.gate() else { continue };
        let Some(state) = catalog::gate(gate, at.kubernetes).filter(|s| s.locked) else { continue };
        if stated.value.as_bool() == Some(state.default) {
            let says = format!("the feature gate {gate} is set to the only value that {} lets it have", at.kubernetes);
            out.push(report::finding(at, constraint, &says, &[name.to_string()]));
        }
    }
}

fn needed(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    let prefix = format!("{}/", at.component);
    for tunable in catalog::starting(&prefix).filter(|t| t.exists_in(version)) {
        let Some(value) = needing(at, tunable, version) else { continue };
        for needs in tunable.needs(&value, version) {
            // What the whole map needs is told of the map.
            let of_map =
                map_of(tunable.name).is_some_and(|map| map.needs(&value, version).any(|n| n.gate == needs.gate));
            let told = of_map || kubelet::unread(at, tunable.name);
            if told || catalog::gate(needs.gate, version).is_none() || gate(at, needs.gate) {
                continue;
            }
            let says = format!("`{}` needs the feature gate {}, which is off", tunable.path(), needs.gate);
            let own = Constraint { source: needs.source.to_string(), ..constraint.clone() };
            let finding = report::finding(at, &own, &says, &[tunable.name.to_string()]);
            let named =
                ["featureGates", "feature-gates"].iter().find_map(|m| stated_as(at, &format!("{m}.{}", needs.gate)));
            let finding = match named {
                Some(stated) => finding.clash(&report::place(stated), "off here"),
                None => finding.note(format!("{} is off by default in {version}", needs.gate)),
            };
            let other = if named.is_some() { "" } else { ", or turn the gate on" };
            out.push(finding.help(format!("take `{}` out{other}", tunable.path())));
        }
    }
}

/// What is stated of a tunable, where it is something that its gates could be needed for.
fn needing(at: &At<'_>, tunable: &Tunable, version: Minor) -> Option<Json> {
    let current = at.scene.parts.get(at.component)?;
    current.place(tunable.name)?;
    let Some(stated) = current.stated.get(tunable.name) else {
        // A structure or list of which parts are stated.
        return Some(Json::Object(serde_json::Map::new()));
    };
    let value = &stated.value;
    let span = tunable.span(version)?;
    let pointer = span.form == Form::Field && (span.go.starts_with('*') || span.go.is_empty());
    // What says nothing needs nothing: no elements, or a zero that cannot be told from unset.
    let nothing = match value {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::Bool(on) => !on && !pointer,
        Json::Object(_) => false,
        scalar => is_zero(scalar) && !pointer,
    };
    let kind = tunable.kind_in(version);
    let same = tunable.default_in(version).is_some_and(|default| {
        default == *value || magnitude(&default, kind).is_some_and(|m| Some(m) == magnitude(value, kind))
    });
    (!nothing && !same).then(|| value.clone())
}

fn dependency(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let map = ["featureGates", "feature-gates"]
        .into_iter()
        .find(|m| at.part(&at.full(m)).is_some_and(|(_, c)| c.states(&at.full(m))));
    let Some(map) = map else { return };
    for known in catalog::gates() {
        let Some(state) = known.state(at.kubernetes).filter(|s| s.components.contains(&at.component)) else { continue };
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
