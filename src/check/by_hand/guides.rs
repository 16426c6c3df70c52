//! Advice of published guides whose mark in a file takes more than a line to find.

use super::Find;
use super::profiles::profiles;
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::report;
use crate::check::scene::At;
use crate::diag::Finding;
use crate::yaml::Node;
use serde_json::Value as Json;

pub(super) const FIND: &[(&str, Find)] = &[
    ("eviction-by-one-key", partial),
    ("scheduler-fixed-sampling", sampling),
    ("scheduler-disable-all-filters", filters),
];

const HARD: &str = "kubelet/evictionHard";
const OFF: [&str; 2] = ["0%", "100%"];

/// Everything that the asked component states, by name and value.
fn stated<'s>(at: &At<'s>) -> impl Iterator<Item = (&'s str, &'s Json)> {
    let current = at.scene.parts.get(at.component);
    current.into_iter().flat_map(|c| &c.stated).map(|(name, stated)| (name.as_str(), &stated.value))
}

fn partial(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(current) = at.scene.parts.get("kubelet").filter(|c| c.states(HARD)) else { return };
    let version = at.kubernetes;
    let usual = catalog::find(HARD).and_then(|f| f.default_in(version)).unwrap_or_default();
    let lost = |key: &&String| {
        let name = format!("{HARD}.{key}");
        let now = current.effective(&name, version);
        !current.stated.contains_key(&name) && now.as_str().is_some_and(|t| OFF.contains(&t))
    };
    let lost: Vec<&str> =
        usual.as_object().into_iter().flat_map(|m| m.keys()).filter(lost).map(String::as_str).collect();
    if !lost.is_empty() {
        let says = format!(
            "evictionHard leaves out {}: nothing is evicted for {}",
            lost.join(", "),
            if lost.len() == 1 { "it" } else { "these" }
        );
        out.push(report::finding(at, constraint, &says, &[HARD.to_string()]));
    }
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
