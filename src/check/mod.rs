//! What upstream, the settings among themselves and the machine would say of configurations that are there.
//!
//! `check` stands beside `plan`: it knows `catalog`, `current` and `diag`, and nothing of how plans are solved. Its
//! constraints are the same data that `plan` holds its own values against and that `explain` prints.

pub mod assemble;
mod by_hand;
pub mod constraint;
pub mod example;
pub mod expression;
pub mod go;
pub mod nodes;
pub mod report;
pub mod scene;
mod versions;

pub use constraint::{Consequence, Constraint, Example, constraint, constraints};
pub use scene::{At, Scene};
pub use versions::check_all;

use crate::diag::{Finding, in_order};
use crate::quantity::Minor;

/// Everything wrong with a scene at one version, in file order.
#[must_use]
pub fn check(scene: &Scene, kubernetes: Minor, etcd: Minor) -> Vec<Finding> {
    let mut out = Vec::new();
    for constraint in constraints() {
        for component in applied_to(constraint, scene) {
            let at = At { scene, kubernetes, etcd, component };
            if constraint.holds_in(at.minor(component)) {
                one(&at, constraint, &mut out);
            }
        }
    }
    in_order(&mut out);
    out
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

fn one(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    match &constraint.needs {
        Some(needs) => {
            if expression::holds(needs, at) == Some(false) {
                let blamed: Vec<String> = needs.names().iter().map(|n| at.full(n)).collect();
                out.push(report::finding(at, constraint, &constraint.says, &blamed));
            }
        }
        None => by_hand::find(at, constraint, out),
    }
}
