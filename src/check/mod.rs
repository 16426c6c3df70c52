//! What upstream, the settings among themselves and the machine would say of configurations that are there.
//!
//! `check` stands beside `plan`: it knows `catalog`, `current` and `diag`, and nothing of how plans are solved. Its
//! constraints are the same data that `plan` holds its own values against and that `explain` prints.

pub mod allow;
pub mod assemble;
mod by_hand;
pub mod constraint;
pub mod example;
pub mod expression;
pub mod go;
mod machine;
mod mend;
pub mod nodes;
mod propose;
pub mod report;
pub mod reported;
pub mod safe;
pub mod scene;
mod versions;

pub use constraint::{Consequence, Constraint, Example, Mend, constraint, constraints};
pub use machine::describe;
pub use mend::{applied, mended};
pub use scene::{At, Scene};
pub use versions::check_all;

use crate::diag::{Finding, in_order};
use crate::quantity::Minor;
use expression::Settings;

/// Everything wrong with a scene at one version, in file order.
#[must_use]
pub fn check(scene: &Scene, kubernetes: Minor, etcd: Minor) -> Vec<Finding> {
    check_of(scene, kubernetes, etcd, &|_| true)
}

/// What is wrong with the settings of some components, and with `cluster` between components.
#[must_use]
pub fn check_of(scene: &Scene, kubernetes: Minor, etcd: Minor, wanted: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut out = Vec::new();
    for constraint in constraints() {
        let between = constraint.component == "cluster";
        for component in applied_to(constraint, scene) {
            let at = At { scene, kubernetes, etcd, component };
            if is_asked(&at, constraint) && wanted(if between { "cluster" } else { component }) {
                one(&at, constraint, &mut out);
            }
        }
    }
    in_order(&mut out);
    out
}

/// Whether the version that is looked at has a constraint. Between components, that is the cluster's.
fn is_asked(at: &At<'_>, constraint: &Constraint) -> bool {
    constraint.holds_in(if constraint.component == "cluster" { at.kubernetes } else { at.minor(at.component) })
}

/// Whether a rule is asked of anything in a scene at a version.
#[must_use]
pub fn asks(scene: &Scene, kubernetes: Minor, etcd: Minor, id: &str) -> bool {
    constraints().iter().filter(|c| c.id == id).any(|constraint| {
        let at = |component| At { scene, kubernetes, etcd, component };
        applied_to(constraint, scene).into_iter().any(|component| is_asked(&at(component), constraint))
    })
}

/// The components of a scene that a constraint is asked of: its own, or, when it is between components, one of any.
fn applied_to<'s>(constraint: &Constraint, scene: &'s Scene) -> Vec<&'s str> {
    match constraint.component {
        "any" => scene.parts.keys().copied().collect(),
        "cluster" => scene.parts.keys().copied().take(1).collect(),
        // The etcd of events keeps etcd's constraints.
        own => scene.parts.keys().copied().filter(|c| *c == own || (own == "etcd" && *c == "etcd-events")).collect(),
    }
}

/// The settings that a condition names, each once, and the gates that somebody states. Of one component, what departs from
/// its default comes first: that is what somebody has changed, and can change again.
fn blamed(at: &At<'_>, needs: &expression::Expr, between: bool) -> Vec<String> {
    let gates = needs.gates().into_iter().flat_map(|gate| {
        let (component, gate) = gate.split_once('/').unwrap_or((at.component, gate));
        ["featureGates", "feature-gates"].map(|map| format!("{component}/{map}.{gate}"))
    });
    let gates: Vec<String> = gates.filter(|name| at.stated(name)).collect();
    let mut out: Vec<String> = Vec::new();
    for name in needs.names().into_iter().map(|n| at.full(n)).chain(gates) {
        if !out.contains(&name) {
            out.push(name);
        }
    }
    let departs = |name: &String| {
        let Some((component, current)) = at.part(name) else { return false };
        let version = at.minor(component);
        current.stated(name, version).is_some_and(|value| *value != current.default_of(name, version))
    };
    if !between {
        out.sort_by_key(|name| !departs(name));
    }
    out
}

fn one(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let before = out.len();
    match &constraint.needs {
        Some(needs) => {
            if expression::holds(needs, at) == Some(false) {
                let between = constraint.component == "cluster";
                out.push(report::finding(at, constraint, &constraint.says, &blamed(at, needs, between)));
            }
        }
        None => by_hand::find(at, constraint, out),
    }
    for finding in &mut out[before..] {
        propose::propose(at, constraint, finding);
    }
}
