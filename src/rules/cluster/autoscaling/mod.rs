//! What makes and removes nodes: limits from the stated ranges, consolidation from goals, and whether it counts as we do.

pub mod prediction;
pub mod vertical;

use crate::because;
use crate::catalog;
use crate::diag::Finding;
use crate::facts::{Cause, ClassFacts, Facts, Known, NodeRange};
use crate::rules::class::ClassResult;
use crate::rules::{Draft, Origin, Rule, Values};
use std::collections::BTreeMap;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&RANGE, &CONSOLIDATION, &SETTLED, &vertical::ROOM, &vertical::REQUESTS];

/// Ranges.
pub static RANGE: Rule = Rule {
    id: "autoscale-range",
    why: "an autoscaler makes no more nodes than addresses, control plane and etcd are planned for",
    source: "kubernetes-sigs/karpenter pkg/apis/v1/nodepool.go Limits; kubernetes/autoscaler cluster-autoscaler/config/flags/flags.go",
};
/// Consolidation.
pub static CONSOLIDATION: Rule = Rule {
    id: "autoscale-consolidation",
    why: "removing a node that still has pods moves them, which goals want or do not",
    source: "opinion; profiles/opinions/autoscaling.toml",
};
/// Defaults that are kept.
pub static SETTLED: Rule = Rule {
    id: "autoscale-settled",
    why: "upstream's default holds whatever the plan is",
    source: "catalog/tunables/karpenter.toml; catalog/tunables/cluster-autoscaler.toml",
};

/// What autoscaling comes to.
#[derive(Default)]
pub struct Scaled {
    /// Values of classes.
    pub per_class: BTreeMap<String, Values>,
    /// Findings.
    pub findings: Vec<Finding>,
}

/// Plans the autoscalers of pods and of nodes; nothing where the spec names none.
pub fn decide(facts: &Facts, classes: &BTreeMap<String, ClassResult>, shared: &mut Draft<'_>) -> Scaled {
    let mut out = Scaled::default();
    vertical::decide(facts, classes, shared);
    let Some((which, place)) = &facts.cluster.autoscaling.nodes else { return out };
    let platform = facts.cluster.platform_facts;
    if !platform.settable(&format!("{}/nodes", which.value)) {
        let message = format!(
            "{} has an autoscaler of its own, and `{}` is not planned there",
            facts.cluster.platform.value, which.value
        );
        out.findings.push(Finding::error("autoscaler-not-yours", message).at(place, "stated here"));
        return out;
    }
    let scaled: Vec<(&ClassFacts, &NodeRange, &ClassResult)> = facts
        .classes
        .values()
        .filter_map(|class| Some((class, class.autoscale.as_ref()?, classes.get(&class.name)?)))
        .collect();
    if scaled.is_empty() {
        let message = format!("`{}` is to make and remove nodes, and no class says how many", which.value);
        let finding = Finding::error("autoscaler-idle", message).at(place, "stated here");
        out.findings.push(finding.help("add `autoscale = { min = …, max = … }` to a node class"));
    }
    for (class, range, result) in &scaled {
        let mut draft = Draft::new(class.minor(), &class.pins);
        if which.value == "karpenter" {
            pool(class, range, which, &mut draft);
            out.findings.extend(prediction::check(class, range, result));
        } else {
            group(class, range, which, &mut draft);
        }
        out.per_class.insert(class.name.clone(), draft.values);
    }
    if which.value == "cluster-autoscaler" && !scaled.is_empty() {
        flags(facts, &scaled, which, shared);
    }
    out
}

/// A text of `profiles/opinions/autoscaling.toml`, with its cause.
fn opinion(key: &str) -> (String, Cause) {
    let id = format!("autoscaling/{key}");
    let text = catalog::opinion(&id).and_then(|o| o.value.as_str()).unwrap_or_default();
    (text.to_string(), Cause::Fact(format!("opinion/{id}")))
}

/// Karpenter's NodePool of a class.
fn pool(class: &ClassFacts, range: &NodeRange, which: &Known<String>, draft: &mut Draft<'_>) {
    let cpus = class.machine.cpus.join(&range.max, |cpus, max| cpus.saturating_mul(*max));
    draft
        .set("karpenter/limits.cpu", cpus.value.to_string(), Origin::Derived, &RANGE)
        .reason(format!("{} nodes × {} CPUs", range.max.value, class.machine.cpus.value))
        .because(because![cpus, which]);
    let goal = &class.goal_name.value;
    let (policy, cause) = opinion(&format!("consolidation-{goal}"));
    if !policy.is_empty() {
        draft
            .set("karpenter/disruption.consolidationPolicy", policy, Origin::Derived, &CONSOLIDATION)
            .reason(format!("goal {goal}"))
            .because(because![class.goal_name, which; cause]);
    }
    let (after, cause) = opinion("consolidate-after");
    draft
        .set("karpenter/disruption.consolidateAfter", after, Origin::Derived, &CONSOLIDATION)
        .reason("longer than a rollout needs to refill a node")
        .because(because![which; cause]);
    draft.keep_because("karpenter/template.spec.expireAfter", &SETTLED, "upstream's default", which.causes().cloned());
}

/// A node group of Cluster Autoscaler.
fn group(class: &ClassFacts, range: &NodeRange, which: &Known<String>, draft: &mut Draft<'_>) {
    let least = range.min.as_ref().map_or(0, |m| m.value);
    let mut causes = because![range.max, which];
    causes.extend(range.min.iter().flat_map(|m| m.causes().cloned()));
    draft
        .set("cluster-autoscaler/nodes", format!("{least}:{}:{}", range.max.value, class.name), Origin::Derived, &RANGE)
        .reason("fewest and most nodes, and the group; here it is called as the class")
        .because(causes);
}

/// Flags that hold for all groups.
fn flags(
    facts: &Facts,
    scaled: &[(&ClassFacts, &NodeRange, &ClassResult)],
    which: &Known<String>,
    draft: &mut Draft<'_>,
) {
    let fixed = facts.classes.values().filter(|c| c.autoscale.is_none()).map(|c| &c.count);
    let all: Vec<&Known<i64>> = fixed.chain(scaled.iter().map(|(_, range, _)| &range.max)).collect();
    let total = Known::<i64>::fold(0_i64, all.iter().copied(), |sum, n| sum.saturating_add(*n));
    let sum: Vec<String> = all.iter().map(|n| n.value.to_string()).collect();
    draft
        .set("cluster-autoscaler/max-nodes-total", total.value, Origin::Derived, &RANGE)
        .reason(format!("{} nodes of all classes: those without a range count too", sum.join(" + ")))
        .because(because![total, which]);
    // One threshold holds for all groups: the most careful goal decides.
    let wanted = scaled.iter().map(|(class, ..)| {
        let (share, cause) = opinion(&format!("scale-down-{}", class.goal_name.value));
        (share, cause, &class.goal_name)
    });
    if let Some((share, cause, goal)) = wanted.filter(|(share, ..)| !share.is_empty()).min_by(|a, b| a.0.cmp(&b.0)) {
        draft
            .set("cluster-autoscaler/scale-down-utilization-threshold", share, Origin::Derived, &CONSOLIDATION)
            .reason(format!("goal {} is the most careful of the classes", goal.value))
            .because(because![goal, which; cause]);
    }
    for name in ["cluster-autoscaler/expendable-pods-priority-cutoff", "cluster-autoscaler/max-node-provision-time"] {
        draft.keep_because(name, &SETTLED, "upstream's default", which.causes().cloned());
    }
}
