//! How many pods a node may have: pins, addresses, and the ceilings of goal, platform and upstream's tests.

use super::model::ClassModel;
use crate::because;
use crate::catalog;
use crate::diag::Finding;
use crate::facts::{Addresses, Cause, ClassFacts, ClusterFacts, Known};
use crate::rules::Rule;
use plimsoll_solver::Expr;

/// Rules of this concern.
pub static RULES: &[&Rule] =
    &[&PIN, &GOAL_CEILING, &PLATFORM_CEILING, &PER_CORE, &PODS_PER_CORE, &AWS, &NODE_RANGE, &POOL];

/// A pin on maxPods.
pub static PIN: Rule = Rule { id: "pin", why: "the spec insists on it", source: "the spec" };
/// What the goal goes to.
pub static GOAL_CEILING: Rule = Rule {
    id: "goal-pods-ceiling",
    why: "a goal does not go beyond a number of pods that somebody runs or tests, unless a pin says so",
    source: "profiles/goals.toml",
};
/// What the platform publishes.
pub static PLATFORM_CEILING: Rule = Rule {
    id: "platform-pods-ceiling",
    why: "the provider publishes a ceiling of pods per node for machines of this size",
    source: "catalog/platforms.toml",
};
/// Pods per core.
pub static PER_CORE: Rule = Rule {
    id: "goal-pods-per-core",
    why: "upstream's scalability thresholds count ten pods per core",
    source: "kubernetes/community sig-scalability/configs-and-limits/thresholds.md",
};
/// The kubelet's own limit by cores.
pub static PODS_PER_CORE: Rule = Rule {
    id: "kubelet-pods-per-core",
    why: "a kubelet with podsPerCore reports the lesser of it × CPUs and maxPods",
    source: "kubernetes/kubernetes pkg/kubelet/nodestatus/setters.go MachineInfo",
};
/// ENI addresses.
pub static AWS: Rule = Rule {
    id: "aws-pod-addresses",
    why: "with the AWS VPC CNI a pod needs an address of one of the machine's interfaces",
    source: "awslabs/amazon-eks-ami nodeadm/internal/kubelet/eni_max_pods.go; files/max-pods-calculator.sh",
};
/// A node's own range.
pub static NODE_RANGE: Rule = Rule {
    id: "node-cidr-addresses",
    why: "a pod needs an address of its node's range, of which the plugin keeps some",
    source: "containernetworking/plugins host-local; cilium cluster pool",
};
/// A pool all nodes share.
pub static POOL: Rule = Rule {
    id: "pool-addresses",
    why: "all nodes take their blocks of addresses from one pool",
    source: "projectcalico/calico IPPool blocks of 64 addresses",
};

/// Ceilings that are opinions: dropped, in this order, when a pin or the workload goes beyond them.
pub fn opinions(facts: &ClassFacts, cluster: &ClusterFacts, m: &mut ClassModel, findings: &mut Vec<Finding>) {
    let goal = &facts.goal;
    let pinned = facts.pins.get("kubelet/maxPods");
    let least = pinned.and_then(|p| p.bounds().0).unwrap_or(0).max(facts.mix.fixed_pods());
    let goal_cause = facts.goal_cause.clone();
    let mut ceilings = vec![(
        &GOAL_CEILING,
        goal.pods_ceiling,
        format!("at most with goal {}", facts.goal_name.value),
        because![facts.goal_name; goal_cause.clone()],
    )];
    if let Some(ceiling) = cluster.platform_facts.pods_ceiling.iter().rfind(|c| c.cpus <= facts.machine.cpus.value) {
        let text = format!("published by {} for machines of {} CPUs", cluster.platform.value, facts.machine.cpus.value);
        let because =
            because![cluster.platform, facts.machine.cpus; Cause::Fact(format!("platform/{}", cluster.platform.value))];
        ceilings.push((&PLATFORM_CEILING, ceiling.pods, text, because));
    }
    if let Some(per_core) = goal.pods_per_core {
        let text = format!("at {per_core} × {} CPUs", facts.machine.cpus.value);
        ceilings.push((
            &PER_CORE,
            per_core * facts.machine.cpus.value,
            text,
            because![facts.goal_name, facts.machine.cpus; goal_cause],
        ));
    }
    for (rule, most, text, because) in ceilings {
        if least > most {
            let message = format!("{}: {least} pods are more than {most}", facts.name);
            let mut finding = Finding::warning("beyond-ceiling", message).note(format!("{most} {text}"));
            if let Some(pinned) = pinned {
                finding = finding.at(&facts.pin_place(pinned), "pinned beyond it");
            }
            findings.push(finding.note(rule.why));
            continue;
        }
        let why = ClassModel::why(&mut m.causes, rule, because);
        m.model.at_most(m.vars.pods, Expr::constant(most, text)).because(why);
    }
    let tested = catalog::limit_value("pods-per-node");
    if least > tested && goal.pods_ceiling >= least {
        let message = format!("{}: {least} pods per node are more than the {tested} that upstream tests", facts.name);
        findings.push(Finding::advice("beyond-envelope", message).at(&facts.place, "this class"));
    }
}

/// The pin, and the addresses. `mask_cap` is the most addresses that any allowed node mask gives.
pub fn constrain(facts: &ClassFacts, cluster: &ClusterFacts, mask_cap: Option<&super::Cap>, m: &mut ClassModel) {
    let pods = m.vars.pods;
    if let Some(pinned) = facts.pins.get("kubelet/maxPods") {
        let (least, most) = pinned.bounds();
        let cause = vec![Cause::Spec(pinned.at.path.to_string())];
        let why = ClassModel::why_on(&mut m.causes, &PIN, "kubelet/maxPods", cause);
        let row = match (least, most) {
            (Some(low), Some(high)) if low == high => Some(m.model.exactly(pods, low).because(why)),
            (low, high) => {
                let upper = high.map(|h| m.model.at_most(pods, h).because(why.clone()));
                low.map(|l| m.model.at_least(pods, l).because(why)).or(upper)
            }
        };
        m.asked.extend(row.map(|row| (row, "kubelet/maxPods".to_string())));
    }
    if let Some(per_core) = facts.stated("podsPerCore")
        && let Some(each) = per_core.value.as_i64().filter(|n| *n > 0)
    {
        let cpus = &facts.machine.cpus;
        let why = ClassModel::why(&mut m.causes, &PODS_PER_CORE, because![per_core, cpus]);
        let text = format!("at {each} × {} CPUs", cpus.value);
        m.model.at_most(pods, Expr::constant(each.saturating_mul(cpus.value), text)).because(why);
    }
    let host = facts.mix.fixed.iter().filter(|k| k.host_network).map(|k| k.amount).sum::<i64>();
    match &facts.addresses {
        Addresses::Interfaces { pods: most, arithmetic, .. } => {
            let why = ClassModel::why(&mut m.causes, &AWS, because![most, cluster.cni]);
            m.model.at_most(pods, Expr::constant(most.value, format!("addresses: {arithmetic}"))).because(why);
        }
        Addresses::NodeRange { taken } => {
            let Some(cap) = mask_cap else { return };
            let text = format!("addresses: 2^{} − {} kept by the plugin{}", cap.bits, taken.value, on_host(host));
            let mut because = because![taken];
            because.extend(cap.because.clone());
            because.extend(facts.mix.causes());
            let why = ClassModel::why(&mut m.causes, &NODE_RANGE, because);
            let free = (1_i64 << cap.bits.min(40)) - taken.value + host;
            let lhs = addressed(facts, m);
            m.model.at_most(lhs, Expr::constant(free, text)).because(why);
        }
        Addresses::Pool { addresses } => {
            let (nodes, block) = (cluster.nodes.value.max(1), cluster.block());
            let most = Known::limit("calico-blocks-per-node");
            // Whole blocks per node, so that no node starves when all are full.
            // One address of a node's blocks is its tunnel's.
            let blocks = (addresses.value / nodes / block.value).min(most.value);
            let each = (blocks * block.value - 1).max(0);
            let text = format!(
                "addresses: {} over {nodes} nodes, in blocks of {} and at most {} a node, less the tunnel's{}",
                addresses.value,
                block.value,
                most.value,
                on_host(host)
            );
            let why =
                ClassModel::why(&mut m.causes, &POOL, because![addresses, cluster.nodes, cluster.cni, block, most]);
            let lhs = addressed(facts, m);
            m.model.at_most(lhs, Expr::constant(each + host, text)).because(why);
        }
        Addresses::Elsewhere => {}
    }
}

/// Pods less those of the mix that use the node's own address; their share of an average node is rounded down.
fn addressed(facts: &ClassFacts, m: &mut ClassModel) -> Expr {
    let share: i64 = facts.mix.shared.iter().filter(|k| k.host_network).map(|k| k.amount).sum();
    if share == 0 {
        return Expr::from(m.vars.pods);
    }
    let with = m.model.derived("pods with an address", plimsoll_solver::Unit::COUNT, super::model::MOST_PODS);
    let why = ClassModel::why_on(&mut m.causes, &NODE_RANGE, "host network", facts.mix.causes());
    // first + (pods − first) × (1 − share), rounded up.
    let first = facts.mix.fixed_pods();
    let total = m.vars.pods * (1_000_000 - share) + Expr::from(first.saturating_mul(share));
    m.model.define_ceil(with, total, 1_000_000).because(why);
    Expr::from(with)
}

/// Pods that need no address of the plugin's.
fn on_host(pods: i64) -> String {
    if pods == 0 { String::new() } else { format!(" + {pods} on the host's network") }
}
