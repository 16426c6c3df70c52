//! The topology manager: the strictest policy that every pod with CPUs of its own can satisfy, its scope and its options.

use super::groups;
use super::packing::{Bin, Item, holds};
use super::place::UNTIED;
use super::{Aligned, Placement};
use crate::because;
use crate::catalog;
use crate::facts::Cause;
use crate::rules::class::model::ClassModel;
use crate::rules::{Draft, Origin, Rule};

/// The strictest policy.
pub static STRICTEST: Rule = Rule {
    id: "topology-manager-strictest",
    why: "the strictest policy that every pod with CPUs of its own can satisfy keeps them next to their memory",
    source: "kubernetes/website tasks/administer-cluster/topology-manager",
};
/// What is aligned.
pub static SCOPE: Rule = Rule {
    id: "topology-manager-scope",
    why: "containers of one pod talk to each other, so a pod of several is aligned as a whole",
    source: "kubernetes/kubernetes pkg/kubelet/cm/topologymanager scope_pod.go",
};
/// Options.
pub static OPTIONS: Rule = Rule {
    id: "topology-manager-options",
    why: "an option is set where the machine needs it and the version has it without an alpha gate",
    source: "kubernetes/kubernetes pkg/kubelet/cm/topologymanager/policy_options.go",
};

/// A policy of the topology manager, strictest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Everything of a pod on one NUMA node.
    SingleNumaNode,
    /// On as few as it needs.
    Restricted,
    /// As near as happens to be free.
    BestEffort,
    /// Not looked at.
    None,
}

impl Policy {
    /// Upstream's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::SingleNumaNode => "single-numa-node",
            Self::Restricted => "restricted",
            Self::BestEffort => "best-effort",
            Self::None => "none",
        }
    }

    /// Reads upstream's word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::SingleNumaNode, Self::Restricted, Self::BestEffort, Self::None].into_iter().find(|p| p.name() == text)
    }
}

impl Aligned<'_> {
    /// The policy that is planned, and why it is not a stricter one.
    pub(super) fn policy(&self, m: &ClassModel, least: i64) -> (Policy, Option<String>) {
        if let Some(pinned) = self.pinned {
            return (pinned, None);
        }
        let machine = &self.facts.machine;
        if !self.static_cpus || !machine.beside.stated || machine.numa.len() < 2 {
            return (Policy::None, None);
        }
        let nodes = i64::try_from(machine.numa.len()).unwrap_or(i64::MAX);
        let most = catalog::limit_value("topology-manager-nodes");
        if nodes > most && !self.option("max-allowable-numa-nodes") {
            let why = format!("the machine has {nodes} NUMA nodes, and {} goes to {most}", self.facts.minor());
            return (Policy::None, Some(why));
        }
        let mut prevents = None;
        for policy in [Policy::SingleNumaNode, Policy::Restricted] {
            if let Some(why) = self.too_large(policy) {
                prevents = Some(why);
                continue;
            }
            if self.place(m, least, policy).is_some() {
                return (policy, prevents);
            }
            prevents = Some(self.short(m, least, policy));
        }
        (Policy::BestEffort, prevents)
    }

    /// A kind that cannot satisfy a policy on this machine, whatever else runs there.
    fn too_large(&self, policy: Policy) -> Option<String> {
        let bins = self.bins();
        let ones = vec![1; self.kinds.len()];
        for (kind, item) in self.kinds.iter().zip(self.items(&ones)) {
            if bins.iter().any(|b| holds(b, &item) > 0) {
                continue;
            }
            let most = bins.iter().map(|b| b.cpus).max().unwrap_or(0);
            let memory = bins.iter().map(|b| b.memory).max().unwrap_or(0);
            let why = if item.cpus > most {
                format!("`{}` wants {} CPUs, and a NUMA node has {most}", kind.name, item.cpus)
            } else if item.memory > memory {
                format!("`{}` wants {}, and a NUMA node has {}", kind.name, kind.memory, crate::quantity::Bytes(memory))
            } else {
                format!("`{}` finds its CPUs, memory, huge pages and devices on no one NUMA node", kind.name)
            };
            match policy {
                Policy::SingleNumaNode => return Some(why),
                // Upstream asks every manager how few nodes it could do with, and refuses where they differ.
                _ if self.widths(&item).is_none() => {
                    return Some(format!("{why}, nor do they all need the same number of nodes"));
                }
                _ => {}
            }
        }
        None
    }

    /// Whether a pod can satisfy a strict policy on this machine, whatever else runs there.
    pub(super) fn satisfies(&self, item: &Item, policy: Policy) -> bool {
        self.bins().iter().any(|b| holds(b, item) > 0)
            || policy == Policy::Restricted && self.widths(item).is_some_and(|width| width > 1)
    }

    /// How many nodes one pod needs that no single one holds: the fewest that have its CPUs, which must be the fewest that have
    /// its memory with its huge pages, and the fewest that have each of its devices; and some so many must have all of it.
    fn widths(&self, item: &Item) -> Option<usize> {
        let bins = self.bins();
        let fewest = |need: i64, mut has: Vec<i64>| {
            has.sort_unstable_by_key(|h| std::cmp::Reverse(*h));
            let mut sum = 0_i64;
            let last = has.iter().position(|h| {
                sum = sum.saturating_add(*h);
                sum >= need
            });
            last.map(|n| n + 1)
        };
        let width = fewest(item.cpus, bins.iter().map(|b| b.cpus).collect()).filter(|width| *width > 1)?;
        let names = self.others();
        let (pages, devices): (Vec<usize>, Vec<usize>) = (0..names.len())
            .filter(|at| item.other[*at] > 0)
            .partition(|at| self.kinds.iter().any(|k| k.hugepages.contains_key(&names[*at])));
        for at in devices.into_iter().filter(|at| bins.iter().any(|b| b.other[*at] < UNTIED)) {
            if fewest(item.other[at], bins.iter().map(|b| b.other[at]).collect()) != Some(width) {
                return None;
            }
        }
        let all: Vec<usize> = (0..bins.len()).collect();
        let any = |size: usize, enough: &dyn Fn(&Bin) -> bool| {
            groups::choices(&all, size).iter().any(|group| enough(&groups::merged(&bins, group)))
        };
        let kept = |b: &Bin| b.memory >= item.memory && pages.iter().all(|at| b.other[*at] >= item.other[*at]);
        let fewer = item.memory > 0 && (1..width).any(|size| any(size, &kept));
        (!fewer && any(width, &|b| holds(b, item) > 0)).then_some(width)
    }

    /// How many nodes one pod of a kind needs.
    pub(super) fn width(&self, item: &Item) -> usize {
        if item.count == 0 || self.bins().iter().any(|b| holds(b, item) > 0) {
            return 1;
        }
        self.widths(item).unwrap_or(1)
    }

    /// Whether an option of the topology manager is there without a gate that is off.
    fn option(&self, option: &str) -> bool {
        available(self.facts, &format!("kubelet/topologyManagerPolicyOptions.{option}"))
    }
}

/// Whether the class's version has a setting, and no gate that it needs is off.
pub(super) fn available(facts: &crate::facts::ClassFacts, name: &str) -> bool {
    let minor = facts.minor();
    let Some(found) = catalog::find(name) else { return false };
    let on = |gate: &str| {
        let pinned = facts.stated(&format!("featureGates.{gate}")).and_then(|k| k.value.as_bool());
        pinned.unwrap_or_else(|| catalog::gate(gate, minor).is_none_or(|g| g.default))
    };
    found.tunable.exists_in(minor) && found.tunable.needs(&"true".into(), minor).all(|n| on(n.gate))
}

/// Sets policy, scope and options.
pub(super) fn decide(aligned: &Aligned<'_>, placement: &Placement, draft: &mut Draft<'_>) {
    let facts = aligned.facts;
    let policy = placement.policy;
    let mut because = aligned.causes();
    because.extend(because![facts.version]);
    if policy == Policy::None {
        if let Some(why) = &placement.prevents {
            draft.keep_because("kubelet/topologyManagerPolicy", &STRICTEST, why, because);
        }
        return;
    }
    let kinds: Vec<String> = aligned.kinds.iter().map(|k| format!("`{}`", k.name)).collect();
    let reason = match &placement.prevents {
        Some(why) => format!("no stricter: {why}"),
        None if kinds.is_empty() => String::new(),
        None if policy == Policy::SingleNumaNode => format!("every pod of {} fits one NUMA node", kinds.join(", ")),
        None => format!("for {}", kinds.join(", ")),
    };
    draft
        .set("kubelet/topologyManagerPolicy", policy.name(), Origin::Derived, &STRICTEST)
        .reason(reason)
        .because(because.clone());
    match aligned.kinds.iter().find(|k| k.containers > 1) {
        Some(kind) => draft
            .set("kubelet/topologyManagerScope", "pod", Origin::Derived, &SCOPE)
            .reason(format!("a pod of `{}` has {} containers", kind.name, kind.containers))
            .because(kind.causes.clone()),
        None => draft.keep("kubelet/topologyManagerScope", &SCOPE, "every pod that is aligned has one container"),
    }
    let numa = &facts.machine.numa;
    let most = catalog::limit_value("topology-manager-nodes");
    if i64::try_from(numa.len()).is_ok_and(|n| n > most) && aligned.option("max-allowable-numa-nodes") {
        let mut because = because.clone();
        because.push(Cause::Fact("behaviour/topology-manager-nodes".into()));
        draft
            .set(
                "kubelet/topologyManagerPolicyOptions.max-allowable-numa-nodes",
                numa.len().to_string(),
                Origin::Derived,
                &OPTIONS,
            )
            .reason(format!(
                "the machine has {} NUMA nodes, and without it the kubelet starts with {most} at most",
                numa.len()
            ))
            .because(because);
    }
    let uneven = numa.iter().enumerate().any(|(own, node)| {
        let mut remote = node.distances.iter().enumerate().filter(|(at, _)| *at != own).map(|(_, d)| d);
        remote.next().is_some_and(|first| remote.any(|d| d != first))
    });
    let spans = policy != Policy::SingleNumaNode;
    if uneven && spans && aligned.option("prefer-closest-numa-nodes") {
        draft
            .set("kubelet/topologyManagerPolicyOptions.prefer-closest-numa-nodes", "true", Origin::Derived, &OPTIONS)
            .reason("pods may need several NUMA nodes, and these are not all equally far from each other")
            .because(because);
    }
}
