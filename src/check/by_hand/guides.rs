//! Advice of published guides whose mark in a file takes more than a line to find.

use super::Find;
use super::profiles::profiles;
use crate::check::constraint::Constraint;
use crate::check::report;
use crate::check::scene::At;
use crate::diag::Finding;
use crate::yaml::Node;
use serde_json::Value as Json;

pub(super) const FIND: &[(&str, Find)] =
    &[("scheduler-fixed-sampling", sampling), ("scheduler-disable-all-filters", filters)];

/// Everything that the asked component states, by name and value.
fn stated<'s>(at: &At<'s>) -> impl Iterator<Item = (&'s str, &'s Json)> {
    let current = at.scene.parts.get(at.component);
    current.into_iter().flat_map(|c| &c.stated).map(|(name, stated)| (name.as_str(), &stated.value))
}

fn sampling(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let fixed = |(name, value): &(&str, &Json)| {
        name.ends_with("percentageOfNodesToScore") && value.as_i64().is_some_and(|n| (1..=100).contains(&n))
    };
    for (name, value) in stated(at).filter(fixed) {
        let says = format!("the scheduler looks at {value} percent of the nodes, however many there are");
        out.push(report::finding(at, constraint, &says, &[name.to_string()]));
    }
}

fn filters(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for profile in profiles(at) {
        let list = profile.node.at(&["plugins", "filter", "disabled"]).map_or(&[][..], Node::items);
        for node in list.iter().filter(|node| node.get("name").and_then(Node::text) == Some("*")) {
            out.push(profile.finding(at, constraint, "every filter plugin is disabled with a star", node));
        }
    }
}
