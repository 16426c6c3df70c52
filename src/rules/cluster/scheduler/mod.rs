//! kube-scheduler: profiles from goals and devices, sampling left adaptive, threads from CPUs, rates from pods that start.

mod profiles;
mod rates;

use super::election;
use super::load::Load;
use crate::because;
use crate::catalog;
use crate::facts::{Cause, Facts, Known};
use crate::rules::{Draft, Origin, Rule};

/// Rules of this concern.
pub static RULES: &[&Rule] = &[
    &profiles::PROFILES,
    &profiles::DEVICES,
    &profiles::SPREAD,
    &profiles::ARGUMENTS,
    &SAMPLING,
    &PARALLELISM,
    &rates::RATES,
    &rates::BACKOFF,
    &STANDBY,
    &KUBECONFIG,
];

/// Sampling stays adaptive.
pub static SAMPLING: Rule = Rule {
    id: "scheduler-sampling",
    why: "0 lets the scheduler look at max(5, 50 − nodes ÷ 125) percent of nodes and at least 100; a fixed share is worse at both ends",
    source: "kubernetes/kubernetes pkg/scheduler/schedule_one.go numFeasibleNodesToFind",
};
/// Parallelism.
pub static PARALLELISM: Rule = Rule {
    id: "scheduler-parallelism",
    why: "filtering many nodes uses as many threads as the control plane has CPUs to spare, and upstream's 16 at least",
    source: "kubernetes/kubernetes pkg/scheduler/apis/config/v1/defaults.go",
};
/// Caches of a scheduler that waits.
pub static STANDBY: Rule = Rule {
    id: "scheduler-standby",
    why: "a scheduler that keeps its caches while it waits for the lease schedules at once when it gets it; it costs the API servers a second set of watches",
    source: "kubernetes/kubernetes cmd/kube-scheduler/app/server.go, pkg/scheduler/apis/config/types.go DelayCacheUntilActive",
};

/// Where it finds the API server.
pub static KUBECONFIG: Rule = Rule {
    id: "scheduler-kubeconfig",
    why: "a scheduler that is given a file takes its kubeconfig from there and no longer from its flag",
    source: "kubernetes/kubernetes cmd/kube-scheduler/app/options/options.go ApplyTo",
};

/// Sets the scheduler's values. etcd's and the API servers' are planned before.
pub fn decide(facts: &Facts, load: &Load, draft: &mut Draft<'_>) {
    profiles::decide(facts, draft);
    if let Some(path) = &facts.cluster.platform_facts.scheduler_kubeconfig {
        let platform = &facts.cluster.platform;
        let fact = Cause::Fact(format!("platform/{}", platform.value));
        draft
            .set("kube-scheduler/clientConnection.kubeconfig", path.as_str(), Origin::Platform, &KUBECONFIG)
            .reason(format!("where {} puts it", platform.value))
            .because(because![platform; fact]);
    }
    sampling(facts, draft);
    parallelism(facts, draft);
    rates::decide(facts, load, draft);
    draft.keep(
        "kube-scheduler/delayCacheUntilActive",
        &STANDBY,
        "upstream's default: the next leader is ready at once",
    );
    election::decide(&election::SCHEDULER, draft);
}

/// Nodes that are enough for the adaptive scheduler: the share of them in percent, and how many; all where there are few.
#[must_use]
pub fn sample(nodes: i64) -> Option<(i64, i64)> {
    let [least, percent, step, floor] = ["least", "percent", "step", "percent-least"]
        .map(|what| catalog::limit_value(&format!("scheduler-sample-{what}")));
    if nodes < least {
        return None;
    }
    let share = (percent - nodes / step.max(1)).max(floor);
    Some((share, (nodes.saturating_mul(share) / 100).max(least)))
}

fn sampling(facts: &Facts, draft: &mut Draft<'_>) {
    let nodes = &facts.cluster.nodes;
    let reason = match sample(nodes.value) {
        None => format!("adaptive: all {} nodes", nodes.value),
        Some((share, enough)) => format!("adaptive: {share}% of {} nodes, {enough} are enough", nodes.value),
    };
    let limits = ["least", "percent", "step", "percent-least"];
    let limits = limits.map(|what| Cause::Fact(format!("behaviour/scheduler-sample-{what}")));
    let causes = nodes.causes().cloned().chain(limits);
    draft.keep_because("kube-scheduler/percentageOfNodesToScore", &SAMPLING, &reason, causes);
}

fn parallelism(facts: &Facts, draft: &mut Draft<'_>) {
    const NAME: &str = "kube-scheduler/parallelism";
    let machines =
        facts.classes.values().filter(|c| c.role.value == "control-plane").min_by_key(|c| c.machine.cpus.value);
    let default = Known::default_of(NAME, draft.version());
    match machines {
        Some(class)
            if facts.cluster.nodes.value >= catalog::menus().scheduler_many_nodes
                && class.machine.cpus.value * 2 > default.value =>
        {
            let cpus = &class.machine.cpus;
            draft
                .set(NAME, cpus.value * 2, Origin::Derived, &PARALLELISM)
                .reason(format!("2 × {} CPUs of {}", cpus.value, class.name))
                .because(because![cpus, facts.cluster.nodes; Cause::Fact("menu/scheduler-many-nodes".into())]);
        }
        _ => draft.keep(NAME, &PARALLELISM, "upstream's default"),
    }
}
