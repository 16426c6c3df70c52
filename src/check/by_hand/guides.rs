//! Advice of published guides whose mark in a file takes more than a line to find.

use super::Find;
use super::asked::{was_answered, weighed};
use super::profiles::profiles;
use crate::catalog;
use crate::check::constraint::{Consequence, Constraint};
use crate::check::report;
use crate::check::scene::At;
use crate::diag::Finding;
use crate::yaml::Node;
use serde_json::Value as Json;

pub(super) const FIND: &[(&str, Find)] = &[
    ("eviction-by-one-key", partial),
    ("kubelet-rates-that-are-defaults", rates),
    ("scheduler-fixed-sampling", sampling),
    ("scheduler-disable-all-filters", filters),
];

const HARD: &str = "kubelet/evictionHard";
const OFF: [&str; 2] = ["0%", "100%"];
const RATES: [&str; 2] = ["kubelet/kubeAPIQPS", "kubelet/kubeAPIBurst"];

/// Everything that the asked component states, by name and value.
fn stated<'s>(at: &At<'s>) -> impl Iterator<Item = (&'s str, &'s Json)> {
    let current = at.scene.parts.get(at.component);
    current.into_iter().flat_map(|c| &c.stated).map(|(name, stated)| (name.as_str(), &stated.value))
}

fn partial(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(current) = at.scene.parts.get("kubelet").filter(|c| c.states(HARD)) else { return };
    let version = at.minor("kubelet");
    let usual = catalog::find(HARD).and_then(|f| f.default_in(version)).unwrap_or_default();
    let lost = |key: &&String| {
        let name = format!("{HARD}.{key}");
        let now = current.effective(&name, version);
        !current.stated.contains_key(&name) && now.as_str().is_some_and(|t| OFF.contains(&t))
    };
    let lost: Vec<&str> =
        usual.as_object().into_iter().flat_map(|m| m.keys()).filter(lost).map(String::as_str).collect();
    if lost.is_empty() {
        return;
    }
    let list = lost.join(", ");
    // Where images are on the kubelet's own filesystem, its thresholds are those of the images, too.
    let (consequence, says) = if lost.iter().all(|key| key.starts_with("imagefs.")) {
        let says = format!("evictionHard leaves out {list}, which counts where images have a filesystem of their own");
        (Consequence::Style, says)
    } else {
        let them = if lost.len() == 1 { "it" } else { "these" };
        (constraint.consequence, format!("evictionHard leaves out {list}: nothing is evicted for {them}"))
    };
    out.push(weighed(at, constraint, consequence, &says, &[HARD.to_string()]));
}

/// Rates that are stated as what they are without. A kubelet answers at /configz with all that it has, whoever stated it; and a
/// value that takes the place of another one is no default.
fn rates(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(current) = at.scene.parts.get("kubelet") else { return };
    let version = at.minor("kubelet");
    let idle = |name: &&&str| {
        let instead = current.overridden.iter().any(|o| o.name == ***name);
        let stated = current.stated.get(**name).filter(|s| !instead && !was_answered(current, s));
        stated.is_some_and(|s| s.value == current.default_of(name, version))
    };
    let idle: Vec<String> = RATES.iter().filter(idle).map(ToString::to_string).collect();
    if !idle.is_empty() {
        let says = "the kubelet's request rate is set to what it is without being set";
        out.push(report::finding(at, constraint, says, &idle));
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
