//! Feature gates that several components need together: a pin on one of them must not leave another behind.

use crate::catalog::{self, Together};
use crate::diag::{Finding, Place};
use crate::facts::{Allowed, Facts, Pinned};
use crate::quantity::Minor;
use crate::rules::Rule;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&AGREE];

/// Gates agree.
static AGREE: Rule = Rule {
    id: "feature-gate-agrees",
    why: "each of these components does a part of the feature; where one has it off, what the others allow is dropped or never done",
    source: "catalog/gates-together.toml: feature-gates of the features' kep.yaml",
};

/// One component, of the cluster or of a node class, and whether it has a gate on.
struct Side<'a> {
    who: String,
    on: bool,
    pin: Option<&'a Pinned>,
}

/// A finding for each pinned gate that another component has otherwise.
pub fn remarks(facts: &Facts) -> Vec<Finding> {
    let Some(file) = facts.classes.values().next().map(|c| Arc::clone(&c.file)) else { return Vec::new() };
    catalog::together().iter().filter_map(|gate| disagree(facts, gate, &file)).collect()
}

fn disagree(facts: &Facts, gate: &Together, file: &Arc<str>) -> Option<Finding> {
    let mut sides = Vec::new();
    for component in &gate.components {
        if component == "kubelet" {
            let classes = facts.classes.values();
            sides.extend(classes.map(|c| side(gate, component, Some(&c.name), &c.pins, c.minor())));
        } else {
            sides.push(side(gate, component, None, &facts.cluster.pins, facts.cluster.minor()));
        }
    }
    let pinned = sides.iter().find(|s| s.pin.is_some())?;
    // Two pins against each other say most; else a pin against what a component does by default.
    let others = || sides.iter().filter(|s| s.on != pinned.on);
    let other = others().find(|s| s.pin.is_some()).or_else(|| others().next())?;
    let word = |on: bool| if on { "on" } else { "off" };
    let message = format!(
        "feature gate `{}` is {} in {} and {} in {}",
        gate.name,
        word(pinned.on),
        pinned.who,
        word(other.on),
        other.who
    );
    let mut finding = Finding::warning("feature-gate-agrees", message);
    if let Some(pin) = pinned.pin {
        finding = finding.at(&Place::new(file, pin.at.span.clone()), "pinned here");
    }
    finding = match other.pin {
        Some(pin) => finding.clash(&Place::new(file, pin.at.span.clone()), "and otherwise here"),
        None => finding
            .note(format!("nothing is pinned for {}: that is its default, or its minor has no such gate", other.who)),
    };
    Some(finding.note(format!("{} must have it alike ({})", gate.components.join(", "), gate.source)))
}

/// What a component comes to: pinned, or by default; a minor after the gate's last has the feature for good.
fn side<'a>(
    gate: &Together,
    component: &str,
    class: Option<&str>,
    pins: &'a BTreeMap<String, Pinned>,
    version: Minor,
) -> Side<'a> {
    let flag = if component == "kubelet" { "featureGates" } else { "feature-gates" };
    let pin = pins.get(&format!("{component}/{flag}.{}", gate.name));
    let said = pin.and_then(|p| match &p.allowed {
        Allowed::Exactly(value) => value.as_bool(),
        Allowed::AnyOf(_) | Allowed::Range(..) => None,
    });
    let before = |g: &&catalog::Gate| g.spans.first().is_some_and(|s| s.since <= version);
    let usual = match catalog::gate(&gate.name, version) {
        Some(state) => state.default,
        None => catalog::gates().iter().find(|g| g.name == gate.name).filter(before).is_some(),
    };
    let who = class.map_or_else(|| component.to_string(), |name| format!("the kubelets of `{name}`"));
    Side { who, on: said.unwrap_or(usual), pin: pin.filter(|_| said.is_some()) }
}
