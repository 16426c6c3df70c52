//! The CPU manager: static where pods want CPUs of their own, its options, and which whole cores the system keeps.

use super::policy::available;
use super::{Aligned, Placement};
use crate::because;
use crate::facts::{Cause, NumaNode};
use crate::quantity::{CpuSet, Milli};
use crate::rules::{Draft, Origin, Rule};

/// CPUs of their own need the static policy.
pub static STATIC: Rule = Rule {
    id: "cpu-manager-static",
    why: "only the static policy gives a container CPUs that no other container runs on",
    source: "kubernetes/website tasks/administer-cluster/cpu-management-policies",
};
/// The system keeps whole cores.
pub static WHOLE_CORES: Rule = Rule {
    id: "reserved-whole-cores",
    why: "the system keeps physical cores with all their threads, so that no pod shares a core with it",
    source: "kubernetes/kubernetes pkg/kubelet/cm/cpumanager/policy_static.go; cmd/kubelet/app/server.go reservedSystemCPUs",
};
/// Options.
pub static OPTIONS: Rule = Rule {
    id: "cpu-manager-options",
    why: "an option is set where the goal wants it, the machine and the pods allow it, and the version has it without an alpha gate",
    source: "kubernetes/kubernetes pkg/kubelet/cm/cpumanager/policy_options.go; profiles/goals.toml",
};

impl Aligned<'_> {
    /// Whole cores per node for the CPUs that each keeps. On a machine whose cores differ fewer CPUs may do.
    pub(super) fn pick(&self, kept: &[i64], milli: i64) -> Vec<CpuSet> {
        let mut need = (milli + 999) / 1000;
        let efficiency = &self.facts.machine.beside.efficiency;
        let node = |(node, cpus): (&NumaNode, &i64)| {
            // Efficiency cores serve the system well and pods badly. No more CPUs than are kept: pods count on the others.
            let mut cores: Vec<&CpuSet> = node.cores.iter().collect();
            cores.sort_by_key(|c| !c.0.is_subset(efficiency));
            let len = |set: &CpuSet| i64::try_from(set.len()).unwrap_or(i64::MAX);
            let alike = node.cores.windows(2).all(|pair| pair[0].len() == pair[1].len());
            let wanted = if alike { *cpus } else { need.min(*cpus) };
            let take = |cores: &[&CpuSet]| {
                let mut out = CpuSet::default();
                for core in cores {
                    if len(&out) < wanted && len(&out) + len(core) <= *cpus {
                        out.0.extend(&core.0);
                    }
                }
                out
            };
            let mut out = take(&cores);
            if len(&out) < wanted {
                // Small cores did not add up: large ones first, and small ones fill what these leave.
                cores.sort_by_key(|c| std::cmp::Reverse(c.len()));
                out = take(&cores);
            }
            need -= len(&out);
            out
        };
        self.facts.machine.numa.iter().zip(kept).map(node).collect()
    }
}

/// Sets policy, options and the system's CPUs.
pub(super) fn decide(aligned: &Aligned<'_>, placement: &Placement, draft: &mut Draft<'_>) {
    if !aligned.static_cpus {
        return;
    }
    let facts = aligned.facts;
    let because = aligned.causes();
    let kinds: Vec<String> = aligned.kinds.iter().map(|k| format!("`{}`", k.name)).collect();
    let wants = match kinds.as_slice() {
        [] => String::new(),
        [one] => format!("{one} wants CPUs of its own"),
        several => format!("{} want CPUs of their own", several.join(", ")),
    };
    draft.set("kubelet/cpuManagerPolicy", "static", Origin::Derived, &STATIC).reason(wants).because(because.clone());
    options(aligned, draft, &because);
    if !aligned.chooses_cpus() {
        return;
    }
    let sets: Vec<&CpuSet> = placement.nodes.iter().map(|n| &n.reserved_cpus).collect();
    let all = CpuSet(sets.iter().flat_map(|s| s.0.iter().copied()).collect());
    let per_node: Vec<String> = sets.iter().map(|s| s.len().to_string()).filter(|n| n != "0").collect();
    let near = facts.system_cpus.near.as_ref().map_or_else(String::new, |n| format!(" near {}", n.value));
    let placed = match (placement.how, per_node.len()) {
        (_, 0 | 1) => near,
        ("pack" | "spread", _) => {
            format!(", {}: {}{near}", if placement.how == "pack" { "packed" } else { "spread" }, per_node.join(" + "))
        }
        (_, _) => format!(", where pods leave room: {}", per_node.join(" + ")),
    };
    let threads = aligned.threads;
    let cores = if threads > 1 { format!(" of {threads} threads") } else { String::new() };
    let reason = format!("{} asked for, so {} whole cores{cores}{placed}", Milli(placement.milli), placement.cores,);
    let mut causes = because![facts.reservation, facts.machine.cpus, facts.machine.threads_per_core; Cause::Value("kubelet/maxPods".into())];
    causes.extend(facts.system_cpus.causes());
    draft
        .set("kubelet/reservedSystemCPUs", all.to_string(), Origin::Derived, &WHOLE_CORES)
        .reason(reason)
        .because(causes);
}

/// Options that the goal wants and this machine, these pods and this version allow.
fn options(aligned: &Aligned<'_>, draft: &mut Draft<'_>, because: &[Cause]) {
    let (facts, goal) = (aligned.facts, &aligned.facts.goal);
    let name = |option: &str| format!("kubelet/cpuManagerPolicyOptions.{option}");
    let mut because = because.to_vec();
    because.extend(because![facts.version, facts.goal_name; facts.goal_cause.clone()]);
    let mut on = |option: &str, reason: String, wanted: bool| {
        let name = name(option);
        if wanted && available(facts, &name) {
            draft.set(&name, "true", Origin::Derived, &OPTIONS).reason(reason).because(because.clone());
        }
    };
    let threads = aligned.threads;
    // Upstream counts threads per core over the whole machine.
    let alike = facts.machine.numa.iter().flat_map(|n| &n.cores).all(|c| i64::try_from(c.len()) == Ok(threads));
    let odd = aligned.kinds.iter().find(|k| (k.cpu / 1000) % threads != 0);
    on(
        "full-pcpus-only",
        format!("no two pods share a core of {threads} threads"),
        goal.isolate && threads > 1 && alike && odd.is_none() && !aligned.kinds.is_empty(),
    );
    on(
        "strict-cpu-reservation",
        "pods without CPUs of their own stay off the system's cores, too".into(),
        goal.isolate && aligned.chooses_cpus(),
    );
    let cached = facts.machine.numa.iter().any(|n| n.caches.len() > 1);
    let ones = vec![1; aligned.kinds.len()];
    let wide = aligned.kinds.iter().zip(aligned.items(&ones)).find(|(_, i)| aligned.width(i) > 1).map(|(k, _)| &k.name);
    on(
        "distribute-cpus-across-numa",
        format!(
            "`{}` needs several NUMA nodes, and runs as fast as the one that has least of it",
            wide.map_or("", |n| n)
        ),
        wide.is_some() && !(goal.isolate && cached),
    );
    on("prefer-align-cpus-by-uncorecache", "a NUMA node has several last-level caches".into(), goal.isolate && cached);
}
