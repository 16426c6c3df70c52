//! kube-scheduler: profiles from goals, sampling left adaptive, parallelism from the control plane's CPUs.

use crate::because;
use crate::catalog;
use crate::facts::{Cause, Facts};
use crate::rules::{Draft, Origin, Rule};
use std::collections::BTreeMap;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&PROFILES, &SAMPLING, &PARALLELISM, &RATES, &KUBECONFIG];

/// One profile per goal.
pub static PROFILES: Rule = Rule {
    id: "scheduler-profiles",
    why: "dense classes are packed and others spread; the goal of most nodes is the default scheduler's, each other goal has a profile",
    source: "kubernetes/kubernetes pkg/scheduler/apis/config NodeResourcesFitArgs.scoringStrategy",
};
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
/// Rates.
pub static RATES: Rule = Rule {
    id: "scheduler-rates",
    why: "priority and fairness protects the API server; the scheduler's own limits stay at upstream's",
    source: "kubernetes/kubernetes pkg/scheduler/apis/config/v1/defaults.go",
};

/// Where it finds the API server.
pub static KUBECONFIG: Rule = Rule {
    id: "scheduler-kubeconfig",
    why: "a scheduler that is given a file takes its kubeconfig from there and no longer from its flag",
    source: "kubernetes/kubernetes cmd/kube-scheduler/app/options/options.go ApplyTo",
};

/// Sets the scheduler's values.
pub fn decide(facts: &Facts, draft: &mut Draft<'_>) {
    let workers = facts.classes.values().filter(|c| c.role.value == "worker" || facts.classes.len() == 1);
    let mut nodes: BTreeMap<&str, (i64, &str, Vec<Cause>)> = BTreeMap::new();
    for class in workers {
        let entry = nodes.entry(&class.goal_name.value).or_insert((0, &class.goal.scoring, Vec::new()));
        entry.0 += class.count.value;
        entry.2.extend(because![class.goal_name, class.count; class.goal_cause.clone()]);
    }
    // Most nodes first, then by name, so that equal shares do not depend on order.
    let mut goals: Vec<_> = nodes.into_iter().collect();
    goals.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(a.0.cmp(b.0)));
    for (at, (goal, (count, scoring, because))) in goals.into_iter().enumerate() {
        let profile = if at == 0 { "default-scheduler".to_string() } else { format!("{goal}-scheduler") };
        let name =
            format!("kube-scheduler/profiles[{profile}].pluginConfig[NodeResourcesFit].args.scoringStrategy.type");
        draft
            .set(&name, scoring, Origin::Derived, &PROFILES)
            .reason(format!("goal {goal}, {count} nodes"))
            .because(because);
    }
    if let Some(path) = &facts.cluster.platform_facts.scheduler_kubeconfig {
        let platform = &facts.cluster.platform;
        let fact = Cause::Fact(format!("platform/{}", platform.value));
        draft
            .set("kube-scheduler/clientConnection.kubeconfig", path.as_str(), Origin::Platform, &KUBECONFIG)
            .reason(format!("where {} puts it", platform.value))
            .because(because![platform; fact]);
    }
    draft.keep("kube-scheduler/percentageOfNodesToScore", &SAMPLING, "adaptive");
    parallelism(facts, draft);
    for name in ["kube-scheduler/clientConnection.qps", "kube-scheduler/clientConnection.burst"] {
        draft.keep(name, &RATES, "upstream's default");
    }
    for name in ["kube-scheduler/podInitialBackoffSeconds", "kube-scheduler/podMaxBackoffSeconds"] {
        draft.keep(name, &RATES, "upstream's default");
    }
}

fn parallelism(facts: &Facts, draft: &mut Draft<'_>) {
    const NAME: &str = "kube-scheduler/parallelism";
    let machines =
        facts.classes.values().filter(|c| c.role.value == "control-plane").min_by_key(|c| c.machine.cpus.value);
    let default = catalog::default_number(NAME, draft.version());
    match machines {
        Some(class)
            if facts.cluster.nodes.value >= catalog::menus().scheduler_many_nodes
                && class.machine.cpus.value * 2 > default =>
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
