//! Profiles from goals and devices: which node a pod gets where several would do.

use crate::because;
use crate::facts::{Cause, ClassFacts, Facts, Known};
use crate::rules::{Draft, Origin, Rule};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// One profile per goal, and per set of devices.
pub static PROFILES: Rule = Rule {
    id: "scheduler-profiles",
    why: "dense classes are packed and others spread; the goal of most nodes is the default scheduler's, each other goal and each kind of device has a profile. One plugin, NodeResourcesFit, scores by a strategy of the profile: NodeResourcesLeastAllocated and NodeResourcesMostAllocated are plugins no more, in any minor that the catalogue knows",
    source: "kubernetes/kubernetes pkg/scheduler/framework/plugins/registry.go and noderesources/fit.go; catalog/generated/plugins.tsv",
};
/// Devices are packed.
pub static DEVICES: Rule = Rule {
    id: "scheduler-devices",
    why: "pods that ask for devices are packed by them, so that nodes with all of theirs free stay; a pod that asks for none is scored by CPU and memory alone",
    source: "kubernetes/kubernetes pkg/scheduler/framework/plugins/noderesources/resource_allocation.go; opinion",
};
/// Built-in spreading.
pub static SPREAD: Rule = Rule {
    id: "scheduler-spread",
    why: "the built-in constraints spread the pods of a service or replica set over nodes and zones, with twice the weight of packing; a profile that packs has none",
    source: "kubernetes/kubernetes pkg/scheduler/framework/plugins/podtopologyspread/plugin.go systemDefaultConstraints; catalog/generated/plugins.tsv",
};
/// Arguments that stay.
pub static ARGUMENTS: Rule = Rule {
    id: "scheduler-arguments",
    why: "nothing that is stated speaks for another value of these arguments",
    source: "kubernetes/kubernetes pkg/scheduler/apis/config/v1/defaults.go",
};

/// Classes that are scheduled alike.
struct Group<'a> {
    goal: &'a str,
    scoring: &'a str,
    devices: BTreeSet<&'a str>,
    classes: Vec<&'a str>,
    nodes: i64,
    causes: Vec<Cause>,
}

/// Extended resources of a class's machines: names with a domain, which pods ask for.
fn devices(class: &ClassFacts) -> BTreeSet<&str> {
    let nodes = class.machine.numa.iter().flat_map(|n| n.devices.keys()).chain(class.machine.beside.devices.keys());
    nodes.map(String::as_str).filter(|name| name.contains('/')).collect()
}

/// Groups of worker classes, the default scheduler's first.
fn groups(facts: &Facts) -> Vec<Group<'_>> {
    let workers = facts.classes.values().filter(|c| c.role.value == "worker" || facts.classes.len() == 1);
    let mut by: BTreeMap<(BTreeSet<&str>, &str), Group<'_>> = BTreeMap::new();
    for class in workers {
        let devices = devices(class);
        // A device's profile packs, whatever else the class is for.
        let goal = if devices.is_empty() { class.goal_name.value.as_str() } else { "" };
        let group = by.entry((devices.clone(), goal)).or_insert_with(|| Group {
            goal: &class.goal_name.value,
            scoring: &class.goal.scoring,
            devices,
            classes: Vec::new(),
            nodes: 0,
            causes: Vec::new(),
        });
        group.nodes += class.count.value;
        group.classes.push(&class.name);
        group.causes.extend(because![class.goal_name, class.count; class.goal_cause.clone()]);
        if !group.devices.is_empty() {
            group.causes.extend(class.machine.beside.stated_by.iter().cloned().map(Cause::Spec));
        }
    }
    let mut out: Vec<Group<'_>> = by.into_values().collect();
    // Ordinary nodes first, most of them first, then by name, so that equal shares do not depend on order.
    out.sort_by(|a, b| {
        (!a.devices.is_empty(), -a.nodes, a.goal, &a.classes).cmp(&(
            !b.devices.is_empty(),
            -b.nodes,
            b.goal,
            &b.classes,
        ))
    });
    out
}

/// The names of the groups' profiles, in their order.
fn names(groups: &[Group<'_>]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        let class = group.classes.first().copied().unwrap_or_default();
        let name = match at {
            0 => "default-scheduler".to_string(),
            _ if group.devices.is_empty() => format!("{}-scheduler", group.goal),
            _ => format!("{class}-scheduler"),
        };
        let taken = out.contains(&name);
        out.push(if taken { format!("{class}-device-scheduler") } else { name });
    }
    out
}

/// Sets every profile.
pub(super) fn decide(facts: &Facts, draft: &mut Draft<'_>) {
    let groups = groups(facts);
    for (group, name) in groups.iter().zip(names(&groups)) {
        let args =
            |plugin: &str, rest: &str| format!("kube-scheduler/profiles[{name}].pluginConfig[{plugin}].args.{rest}");
        let packs = scoring(group, &args, draft);
        spreading(packs, &args, draft);
        arguments(facts, &args, draft);
    }
}

/// How nodes are scored; whether that packs them.
fn scoring(group: &Group<'_>, args: &impl Fn(&str, &str) -> String, draft: &mut Draft<'_>) -> bool {
    let strategy = args("NodeResourcesFit", "scoringStrategy.type");
    if group.devices.is_empty() {
        draft
            .set(&strategy, group.scoring, Origin::Derived, &PROFILES)
            .reason(format!("goal {}, {} nodes", group.goal, group.nodes))
            .because(group.causes.clone());
        return group.scoring == "MostAllocated";
    }
    let weight = Known::opinion("scheduler/device-weight");
    let named: Vec<&str> = group.devices.iter().copied().collect();
    let reason = format!("{} nodes with {}", group.nodes, named.join(", "));
    let causes = || group.causes.iter().cloned().chain(because![weight]);
    draft
        .set(&strategy, "MostAllocated", Origin::Derived, &DEVICES)
        .rule(&PROFILES)
        .reason(reason.clone())
        .because(group.causes.clone());
    let mut resources: Vec<Json> = ["cpu", "memory"].map(|name| json!({ "name": name, "weight": 1 })).into();
    resources.extend(named.iter().map(|name| json!({ "name": name, "weight": weight.value })));
    draft
        .set(&args("NodeResourcesFit", "scoringStrategy.resources"), resources, Origin::Derived, &DEVICES)
        .reason(reason)
        .because(causes());
    true
}

fn spreading(packs: bool, args: &impl Fn(&str, &str) -> String, draft: &mut Draft<'_>) {
    let name = args("PodTopologySpread", "defaultingType");
    if !packs {
        draft.keep(&name, &SPREAD, "upstream's default: over nodes and zones, where a pod states nothing");
        return;
    }
    let cause = Cause::Value(args("NodeResourcesFit", "scoringStrategy.type"));
    draft
        .set(&name, "List", Origin::Derived, &SPREAD)
        .reason("an empty list: pods are spread as they state it, and packed otherwise")
        .because([cause]);
}

fn arguments(facts: &Facts, args: &impl Fn(&str, &str) -> String, draft: &mut Draft<'_>) {
    const PREEMPTION: &str = "DefaultPreemption";
    let nodes = facts.cluster.nodes.value;
    let [percent, least] = ["minCandidateNodesPercentage", "minCandidateNodesAbsolute"]
        .map(|field| crate::catalog::default_number(&args(PREEMPTION, field), draft.version()));
    // The same for both: the share of nodes, and no fewer than that many.
    let looked = (nodes.saturating_mul(percent) / 100).max(least).min(nodes);
    let mut keep = |plugin: &str, field: &str, reason: String| draft.keep(&args(plugin, field), &ARGUMENTS, &reason);
    keep(
        "InterPodAffinity",
        "hardPodAffinityWeight",
        "upstream's default: what other pods require of this one counts a little, and never against it".into(),
    );
    keep("VolumeBinding", "bindTimeoutSeconds", "upstream's default: a volume may take that long to be made".into());
    for field in ["minCandidateNodesPercentage", "minCandidateNodesAbsolute"] {
        keep(PREEMPTION, field, format!("upstream's default: both come to {looked} of {nodes} nodes"));
    }
}
