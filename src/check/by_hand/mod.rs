//! Constraints whose condition takes more than a line, by id. Their texts are data as those of all others.

mod address;
mod apiserver;
mod arguments;
mod asked;
mod cluster;
mod controllers;
mod etcd;
mod etcd_file;
mod existence;
mod extenders;
mod fields;
mod flag_forms;
mod flags_apiserver;
mod flags_shared;
mod gate_prefix;
mod gates;
mod guides;
mod host;
mod karpenter;
mod kubelet;
mod label;
mod layers;
mod local;
mod profiles;
mod proxy;
mod ranges;
mod reported;
mod types;
mod values;

use super::constraint::Constraint;
use super::report;
use super::scene::At;
use crate::current::Stated;
use crate::diag::{Finding, Place};
use crate::yaml::Node;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// Adds a finding for everything that breaks the constraint.
type Find = fn(&At<'_>, &'static Constraint, &mut Vec<Finding>);

/// Every function, by the constraint's id.
const BY_HAND: &[&[(&str, Find)]] = &[
    existence::FIND,
    types::FIND,
    values::FIND,
    gate_prefix::FIND,
    gates::FIND,
    flag_forms::FIND,
    flags_apiserver::FIND,
    flags_shared::FIND,
    layers::FIND,
    local::FIND,
    proxy::FIND,
    controllers::FIND,
    apiserver::FIND,
    etcd::FIND,
    profiles::FIND,
    arguments::FIND,
    extenders::FIND,
    cluster::FIND,
    ranges::FIND,
    reported::FIND,
    karpenter::FIND,
    host::FIND,
    guides::FIND,
    kubelet::cgroups::FIND,
    kubelet::cpus::FIND,
    kubelet::eviction::FIND,
    kubelet::images::FIND,
    kubelet::labels::FIND,
    kubelet::late_gates::FIND,
    kubelet::loading::FIND,
    kubelet::memory::FIND,
    kubelet::node::FIND,
    kubelet::reservations::FIND,
    kubelet::start::FIND,
    kubelet::topology::FIND,
];

/// Asks the function of a constraint.
pub(super) fn find(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    if let Some(find) = index().get(constraint.id) {
        find(at, constraint, out);
    }
}

/// The functions by id: a plan of a thousand classes asks for one half a million times.
fn index() -> &'static HashMap<&'static str, Find> {
    static ONCE: OnceLock<HashMap<&'static str, Find>> = OnceLock::new();
    ONCE.get_or_init(|| BY_HAND.iter().flat_map(|list| list.iter().copied()).collect())
}

/// A finding at a part of a value that is stated.
fn at_node(at: &At<'_>, constraint: &'static Constraint, says: &str, stated: &Stated, node: &Node) -> Finding {
    let place = Place::new(&Arc::clone(&stated.key.path), node.span.clone());
    report::finding(at, constraint, says, &[]).at(&place, "")
}

#[cfg(test)]
mod tests {
    use crate::check::constraints;

    #[test]
    fn every_function_has_a_constraint_and_the_reverse() {
        let functions: Vec<&str> = super::BY_HAND.iter().flat_map(|list| list.iter()).map(|(id, _)| *id).collect();
        for id in &functions {
            assert!(constraints().iter().any(|c| c.id == *id && c.needs.is_none()), "no constraint is called {id}");
        }
        for constraint in constraints().iter().filter(|c| c.needs.is_none()) {
            assert!(functions.contains(&constraint.id), "{} has neither a condition nor a function", constraint.id);
        }
    }
}
