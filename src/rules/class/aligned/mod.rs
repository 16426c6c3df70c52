//! Pods with CPUs of their own: what the CPU, memory and topology managers are told, and where the system's share lies.
//!
//! Three steps. Before solving, rows that count whole cores ([`Aligned::constrain`]). After it, an exact look whether the
//! pods find NUMA nodes ([`Aligned::settle`]), which caps the pods where they do not. Then the values ([`Aligned::decide`]).

mod cpus;
mod devices;
mod groups;
mod memory;
pub mod packing;
mod place;
mod policy;
mod say;

pub use devices::constrain as constrain_devices;
pub use place::{NodeUse, Placement};

use super::model::{CPU, ClassModel};
use crate::because;
use crate::diag::Finding;
use crate::facts::{Cause, ClassFacts, PodKind};
use crate::quantity::CpuSet;
use crate::rules::{Draft, Rule};
use packing::Effort;
use plimsoll_solver::{Expr, Solution, Unit};
use policy::Policy;
use std::cell::Cell;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[
    &cpus::STATIC,
    &cpus::WHOLE_CORES,
    &cpus::OPTIONS,
    &EXCLUSIVE,
    &memory::STATIC,
    &memory::SUM,
    &policy::STRICTEST,
    &policy::SCOPE,
    &policy::OPTIONS,
    &ALIGNED,
    &devices::HUGE_PAGES,
    &devices::DEVICES,
];

/// Exclusive CPUs come from what is not reserved.
pub static EXCLUSIVE: Rule = Rule {
    id: "node-exclusive-cpus",
    why: "CPUs of their own are whole CPUs that are not reserved; the static policy rounds the reservation up to whole ones",
    source: "kubernetes/kubernetes pkg/kubelet/cm/cpumanager/policy_static.go NewStaticPolicy",
};
/// Pods find their node.
pub static ALIGNED: Rule = Rule {
    id: "numa-alignment",
    why: "a pod whose CPUs, memory and devices must be of one NUMA node (or of as few as it needs) is refused where none has room for it",
    source: "kubernetes/kubernetes pkg/kubelet/cm/topologymanager policy_single_numa_node.go, policy_restricted.go",
};

/// What is in force of the resource managers before anything is solved.
pub struct Aligned<'a> {
    facts: &'a ClassFacts,
    /// Kinds of pods that want CPUs of their own.
    kinds: Vec<&'a PodKind>,
    /// Whether the static CPU manager is in force.
    static_cpus: bool,
    /// Whether the Static memory manager is in force.
    static_memory: bool,
    /// CPUs that a pin or the base reserves.
    reserved: Option<CpuSet>,
    /// Threads of a physical core where cores are known, else 1.
    threads: i64,
    /// The topology manager policy that a pin or the base insists on.
    pinned: Option<Policy>,
    /// How much has been searched.
    effort: Cell<Effort>,
}

impl<'a> Aligned<'a> {
    /// What the class's pods, pins and base come to; `None` when nothing is aligned.
    pub fn of(facts: &'a ClassFacts) -> Option<Self> {
        let text = |field: &str| facts.stated(field).and_then(|k| k.value.as_str().map(ToString::to_string));
        let all = facts.mix.fixed.iter().chain(&facts.mix.shared);
        let kinds: Vec<&PodKind> = all.filter(|k| k.exclusive).collect();
        let static_cpus = text("cpuManagerPolicy").map_or(!kinds.is_empty(), |p| p == "static");
        let several = facts.machine.beside.stated && facts.machine.numa.len() > 1;
        let static_memory =
            text("memoryManagerPolicy").map_or(static_cpus && !kinds.is_empty() && several, |p| p == "Static");
        let pinned = text("topologyManagerPolicy").and_then(|p| Policy::parse(&p));
        if !static_cpus && !static_memory && pinned.is_none_or(|p| p == Policy::None) {
            return None;
        }
        let reserved = text("reservedSystemCPUs").and_then(|t| CpuSet::parse(&t).ok()).filter(|s| !s.is_empty());
        let most = facts.machine.numa.iter().flat_map(|n| &n.cores).map(CpuSet::len).max().unwrap_or(1);
        let threads = if facts.machine.cores_known() { i64::try_from(most).unwrap_or(1) } else { 1 };
        Some(Self {
            facts,
            kinds: if static_cpus { kinds } else { Vec::new() },
            static_cpus,
            static_memory,
            reserved,
            threads,
            pinned,
            effort: Cell::default(),
        })
    }

    /// Whether reservedSystemCPUs is ours to choose: cores are known, nothing else has chosen, and no slice is enforced,
    /// which upstream refuses beside it.
    fn chooses_cpus(&self) -> bool {
        let enforced = ["systemReservedCgroup", "kubeReservedCgroup"]
            .iter()
            .any(|f| self.facts.stated(f).is_some_and(|k| k.value.as_str().is_some_and(|t| !t.is_empty())));
        let stated = self.facts.stated("reservedSystemCPUs").is_some();
        self.static_cpus && self.facts.machine.cores_known() && !enforced && !stated
    }

    /// States how many CPUs the system keeps, in whole cores, and that exclusive pods share the others.
    pub fn constrain(&self, m: &mut ClassModel) {
        if !self.static_cpus {
            return;
        }
        let machine = &self.facts.machine;
        // CPUs that a pin reserves are those and no more, whole cores or not.
        let per = if self.reserved.is_some() { 1 } else { self.threads };
        let because = because![machine.cpus, machine.threads_per_core, self.facts.reservation];
        let cores = m.model.derived("reserved cores", Unit::COUNT, 1 << 16);
        let why = ClassModel::why_on(&mut m.causes, &cpus::WHOLE_CORES, "reserved cores", because.clone());
        let demand = match &self.reserved {
            Some(set) => Expr::from(i64::try_from(set.len()).unwrap_or(i64::MAX >> 24) * 1_000_000),
            None => m.vars.kube_cpu + Expr::from(m.vars.system_cpu),
        };
        m.model.define_ceil(cores, demand, per * 1_000_000).because(why.clone());
        // With no CPU reserved the static policy does not start.
        m.model.define(cores, 1).because(why);
        if self.chooses_cpus() {
            m.reserved_cpus = Some((cores, per));
        }
        let mut because = because;
        because.extend(self.facts.mix.causes());
        let why = ClassModel::why(&mut m.causes, &EXCLUSIVE, because);
        let mut taken = cores * (per * 1_000_000);
        for kind in &self.kinds {
            taken += super::capacity::pods_of(self.facts, m, kind, &why) * (kind.cpu * 1000);
        }
        m.model.at_most(taken, machine.cpus.value * 1_000_000).shown_in(CPU).because(why);
    }

    /// Findings that do not depend on the solution.
    pub fn remarks(&self, findings: &mut Vec<Finding>) {
        let (facts, machine) = (self.facts, &self.facts.machine);
        if self.kinds.is_empty() {
            return;
        }
        let unknown = match (machine.cores_known(), machine.beside.stated) {
            (true, true) => return,
            (true, false) => "its NUMA nodes",
            (false, true) => "which of its CPUs share a core",
            (false, false) => "its NUMA nodes, nor which of its CPUs share a core",
        };
        let message = format!("{}: pods want CPUs of their own, and the hardware does not state {unknown}", facts.name);
        let mut finding = Finding::warning("topology-unknown", message)
            .at(&facts.place, "planned without")
            .help("state `numa`, `threads-per-core` and `siblings`; `plimsoll discover` prints them on the machine");
        if !machine.cores_known() {
            finding = finding.note("the kubelet picks the reserved CPUs itself, lowest cores first");
            if facts.system_cpus.place.is_some() || facts.system_cpus.near.is_some() {
                finding = finding.note("so `system-cpus` has no effect");
            }
        }
        if !machine.beside.stated {
            finding = finding.note("memory and topology manager stay at upstream's default");
        }
        findings.push(finding);
    }

    /// Looks whether the pods of a solution find their NUMA nodes.
    ///
    /// # Errors
    /// The most pods that do, with what stops the next one; nothing fits where that is below `least`.
    pub fn settle(&self, m: &ClassModel, least: i64, solution: &Solution) -> Result<Placement, Capped> {
        let pods = solution.value(m.vars.pods);
        let (policy, prevents) = self.policy(m, least);
        let at = |count: i64| self.place(m, count, policy);
        let cap = |most: i64| Capped { most, arithmetic: self.short(m, most.max(least - 1) + 1, policy) };
        match at(pods) {
            Some(placement) => return Ok(Placement { policy, prevents, ..placement }),
            None if at(least).is_none() => return Err(cap(least - 1)),
            None => {}
        }
        // What pods and the system need only grows with the pods, so halving finds the most that fit.
        let (mut fits, mut fails) = (least, pods);
        while fails - fits > 1 {
            let middle = fits + (fails - fits) / 2;
            if at(middle).is_some() { fits = middle } else { fails = middle }
        }
        Err(cap(fits))
    }

    /// Sets every value of the three managers.
    pub fn decide(&self, placement: &Placement, draft: &mut Draft<'_>) {
        cpus::decide(self, placement, draft);
        memory::decide(self, placement, draft);
        policy::decide(self, placement, draft);
    }

    /// What the pods with CPUs of their own rest on: what the spec says of them.
    fn causes(&self) -> Vec<Cause> {
        let stated = |c: &Cause| matches!(c, Cause::Spec(_));
        let mut out: Vec<Cause> =
            self.kinds.iter().flat_map(|k| k.causes.iter().filter(|c| stated(c)).cloned()).collect();
        out.extend(because![self.facts.machine.cpus, self.facts.machine.memory]);
        out.sort();
        out.dedup();
        out
    }
}

/// More pods than find a NUMA node.
pub struct Capped {
    /// The most that do.
    pub most: i64,
    /// What stops the next one.
    pub arithmetic: String,
}
