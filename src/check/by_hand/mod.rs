//! Constraints whose condition takes more than a line, by id. Their texts are data as those of all others.

mod address;
mod apiserver;
mod arguments;
mod asked;
mod cluster;
mod controllers;
mod etcd;
mod existence;
mod extenders;
mod flag_forms;
mod flags_apiserver;
mod flags_shared;
mod gates;
mod generic;
mod guides;
mod kubelet;
mod label;
mod layers;
mod parts;
mod profiles;
mod proxy;
mod ranges;
mod unmet;
mod values;

use super::constraint::Constraint;
use super::report;
use super::scene::At;
use crate::current::Stated;
use crate::diag::{Finding, Place};
use crate::yaml::Node;
use std::sync::Arc;

/// Adds a finding for everything that breaks the constraint.
type Find = fn(&At<'_>, &'static Constraint, &mut Vec<Finding>);

/// Every function, by the constraint's id.
const BY_HAND: &[&[(&str, Find)]] = &[
    generic::FIND,
    unmet::FIND,
    flag_forms::FIND,
    flags_apiserver::FIND,
    flags_shared::FIND,
    layers::FIND,
    proxy::FIND,
    controllers::FIND,
    apiserver::FIND,
    etcd::FIND,
    profiles::FIND,
    arguments::FIND,
    extenders::FIND,
    cluster::FIND,
    ranges::FIND,
    guides::FIND,
    gates::FIND,
    kubelet::cgroups::FIND,
    kubelet::cpus::FIND,
    kubelet::eviction::FIND,
    kubelet::images::FIND,
    kubelet::labels::FIND,
    kubelet::loading::FIND,
    kubelet::memory::FIND,
    kubelet::node::FIND,
    kubelet::reservations::FIND,
    kubelet::topology::FIND,
];

/// What the kubelet has instead: its fields are read by their Go types, and its maps of options by whoever uses them.
const KUBELET: &[&[(&str, Find)]] = &[existence::KUBELET, gates::KUBELET, values::KUBELET];

/// Asks the function of a constraint.
pub(super) fn find(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let own = if at.component == "kubelet" { KUBELET } else { &[] };
    let mut lists = own.iter().chain(BY_HAND).flat_map(|list| list.iter());
    let found = lists.find(|(id, _)| *id == constraint.id);
    if let Some((_, find)) = found {
        find(at, constraint, out);
    }
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
