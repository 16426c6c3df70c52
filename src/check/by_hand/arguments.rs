//! kube-scheduler: arguments of plugins.

use super::profiles::{Profile, profiles};
use super::{Find, label};
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::expression::Settings;
use crate::check::scene::At;
use crate::diag::Finding;
use crate::yaml::Node;
use std::collections::BTreeSet;

pub(super) const FIND: &[(&str, Find)] = &[
    ("plugin-arguments-form", form),
    ("plugin-arguments-kind", kind),
    ("preemption-candidates", candidates),
    ("scoring-strategy", strategy),
    ("resource-weights", weights),
    ("resource-names", resource_names),
    ("utilization-shape", shape),
    ("storage-shape", storage),
    ("spread-constraints", spread),
];

/// The arguments of a plugin in every profile that states them.
fn arguments<'s>(at: &At<'s>, plugin: &str) -> Vec<(Profile<'s>, &'s Node)> {
    let of = |profile: Profile<'s>| {
        let found = profile.config().find(|(name, _)| *name == plugin).and_then(|(_, entry)| entry.get("args"));
        found.map(|args| (profile, args))
    };
    profiles(at).into_iter().filter_map(of).collect()
}

/// Those of the plugin that upstream only validates when it makes it.
fn fit<'s>(at: &At<'s>) -> Vec<(Profile<'s>, &'s Node)> {
    arguments(at, FIT).into_iter().filter(|(profile, _)| profile.runs(at, FIT)).collect()
}

const FIT: &str = "NodeResourcesFit";
const BALANCED: &str = "NodeResourcesBalancedAllocation";

fn number(node: Option<&Node>) -> Option<i64> {
    node?.json().as_i64()
}

/// Whether the scheduler knows the fields of a plugin's arguments; it leaves all others to the plugin.
fn known(at: &At<'_>, plugin: &str) -> bool {
    let fields = format!("kube-scheduler/profiles[].pluginConfig[{plugin}].args.");
    catalog::rows_starting(&fields).any(|row| row.exists_in(at.kubernetes))
}

fn form(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for profile in profiles(at) {
        for (name, entry) in profile.config().filter(|(name, _)| known(at, name)) {
            if let Some(args) = entry.get("args").filter(|args| !args.is_map() && !args.is_null()) {
                out.push(profile.finding(at, constraint, &format!("the arguments of {name} are no mapping"), args));
            }
        }
    }
}

fn kind(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for profile in profiles(at) {
        for (name, entry) in profile.config().filter(|(name, _)| known(at, name)) {
            let Some(stated) = entry.get("args").and_then(|args| args.get("kind")) else { continue };
            let wanted = format!("{name}Args");
            // Without one, or with an empty one, they are of the kind that they should be.
            if !stated.is_null() && !matches!(stated.text(), Some(text) if text.is_empty() || text == wanted) {
                let says = format!("the arguments of {name} are of the kind {wanted}");
                out.push(profile.finding(at, constraint, &says, stated));
            }
        }
    }
}

fn candidates(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (profile, args) in arguments(at, "DefaultPreemption") {
        let zero = |field: &str| number(args.get(field)) == Some(0);
        if zero("minCandidateNodesPercentage") && zero("minCandidateNodesAbsolute") {
            let says = "minCandidateNodesPercentage and minCandidateNodesAbsolute are both 0";
            out.push(profile.finding(at, constraint, says, args));
        }
    }
}

fn strategy(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let exact = catalog::behaviour("scheduler-ratio-required", at.kubernetes).is_some();
    for (profile, args) in fit(at) {
        let Some(strategy) = args.get("scoringStrategy").filter(|s| s.is_map()) else { continue };
        let ratio = strategy.get("requestedToCapacityRatio").filter(|r| !r.is_null());
        let kind = strategy.get("type").and_then(Node::text).unwrap_or_default();
        let says = match (kind, ratio) {
            ("", _) => "a scoringStrategy is stated without its type".to_string(),
            ("RequestedToCapacityRatio", None) => {
                format!("the type is {kind}, and requestedToCapacityRatio is missing")
            }
            ("LeastAllocated" | "MostAllocated", Some(_)) if exact => {
                format!("the type is {kind}, and requestedToCapacityRatio is stated")
            }
            _ => continue,
        };
        out.push(profile.finding(at, constraint, &says, strategy));
    }
}

fn weights(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let fit = fit(at).into_iter().map(|(p, args)| (p, args.at(&["scoringStrategy", "resources"]), 100));
    let balanced = arguments(at, BALANCED).into_iter().map(|(p, args)| (p, args.get("resources"), 1));
    for (profile, list, most) in fit.chain(balanced) {
        let mut seen = BTreeSet::new();
        for resource in list.map_or(&[][..], Node::items) {
            let name = resource.get("name").and_then(Node::text).unwrap_or_default();
            // Zero counts as unset and becomes 1.
            let weight = number(resource.get("weight")).filter(|w| *w != 0).unwrap_or(1);
            let says = match most {
                1 if weight != 1 => format!("the weight of {name} is {weight}, and has to be 1"),
                1 if !seen.insert(name) => format!("the resource {name} is there twice"),
                most if weight < 1 || weight > most => {
                    format!("the weight of {name} is {weight}, and has to be from 1 to {most}")
                }
                _ => continue,
            };
            out.push(profile.finding(at, constraint, &says, resource));
        }
    }
}

fn resource_names(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (profile, args) in fit(at) {
        for (list, slash) in [("ignoredResources", true), ("ignoredResourceGroups", false)] {
            for item in args.get(list).map_or(&[][..], Node::items) {
                let text = item.text().unwrap_or_default();
                let what = if !slash && text.contains('/') {
                    "is a group, and may have no `/`"
                } else if !label::qualified(text) {
                    "is no name that a resource can have"
                } else {
                    continue;
                };
                out.push(profile.finding(at, constraint, &format!("`{text}` in {list} {what}"), item));
            }
        }
    }
}

/// What is wrong with points of utilization and score, and where.
fn points(list: &Node) -> Option<(String, &Node)> {
    let items = list.items();
    if items.is_empty() {
        return Some(("a shape needs at least one point".to_string(), list));
    }
    let of = |item: &Node, field: &str| number(item.get(field)).unwrap_or_default();
    for pair in items.windows(2) {
        let (before, after) = (of(&pair[0], "utilization"), of(&pair[1], "utilization"));
        if before >= after {
            return Some((format!("the utilization of a point is {after}, after one of {before}"), &pair[1]));
        }
    }
    for item in items {
        for (field, most) in [("utilization", 100), ("score", 10)] {
            let value = of(item, field);
            if !(0..=most).contains(&value) {
                return Some((format!("the {field} of a point is {value}, and has to be from 0 to {most}"), item));
            }
        }
    }
    None
}

fn shape(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let exact = catalog::behaviour("scheduler-ratio-required", at.kubernetes).is_some();
    for (profile, args) in fit(at) {
        let Some(strategy) = args.get("scoringStrategy") else { continue };
        let kind = strategy.get("type").and_then(Node::text);
        let ratio = strategy.get("requestedToCapacityRatio").filter(|r| !r.is_null());
        let asked = !exact || kind == Some("RequestedToCapacityRatio");
        let Some(ratio) = ratio.filter(|_| asked) else { continue };
        if let Some((says, node)) = points(ratio.get("shape").unwrap_or(ratio)) {
            out.push(profile.finding(at, constraint, &says, node));
        }
    }
}

fn storage(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let on = ["VolumeCapacityPriority", "StorageCapacityScoring"].iter().any(|g| at.gate(g) == Some(true));
    for (profile, args) in arguments(at, "VolumeBinding") {
        let Some(shape) = args.get("shape").filter(|s| !s.is_null()) else { continue };
        let fault = match on {
            false => Some(("`shape` is stated, and its feature gate is off".to_string(), shape)),
            // An empty one is given the default.
            true if shape.items().is_empty() => None,
            true => points(shape),
        };
        if let Some((says, node)) = fault {
            out.push(profile.finding(at, constraint, &says, node));
        }
    }
}

fn spread(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (profile, args) in arguments(at, "PodTopologySpread") {
        let Some(list) = args.get("defaultConstraints").filter(|l| !l.items().is_empty()) else { continue };
        let kind = args.get("defaultingType").and_then(Node::text).unwrap_or_default();
        if kind.is_empty() || kind == "System" {
            let says = "defaultConstraints are stated, and defaultingType is System";
            out.push(profile.finding(at, constraint, says, list).help("set defaultingType to List"));
        }
        let mut seen = BTreeSet::new();
        for item in list.items() {
            if let Some(says) = constraint_fault(item, &mut seen) {
                out.push(profile.finding(at, constraint, &says, item));
            }
        }
    }
}

fn constraint_fault<'n>(item: &'n Node, seen: &mut BTreeSet<(&'n str, &'n str)>) -> Option<String> {
    let text = |field: &str| item.get(field).and_then(Node::text).unwrap_or_default();
    let (key, action) = (text("topologyKey"), text("whenUnsatisfiable"));
    let skew = number(item.get("maxSkew")).unwrap_or_default();
    if skew <= 0 {
        return Some(format!("maxSkew is {skew}, and has to be above 0"));
    }
    if !label::qualified(key) {
        return Some(format!("topologyKey is `{key}`, which is no name of a label"));
    }
    if !matches!(action, "DoNotSchedule" | "ScheduleAnyway") {
        return Some(format!("whenUnsatisfiable is `{action}`, and has to be DoNotSchedule or ScheduleAnyway"));
    }
    if item.get("labelSelector").is_some_and(|s| !s.is_null()) {
        return Some("a default constraint has a labelSelector, which upstream works out for each pod".to_string());
    }
    (!seen.insert((key, action))).then(|| format!("topologyKey {key} with {action} is there twice"))
}
