//! What a node has, what is reserved of it, and what is left: computed from the values that are written.

use super::model::ClassModel;
use super::reservation::{self, Level};
use crate::facts::{ClassFacts, PodKind};
use crate::quantity::{Bytes, CpuSet, Milli, Threshold};
use crate::rules::Values;
use plimsoll_solver::Solution;

/// The table that `plan` opens with.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Milli-CPU: capacity, kube-reserved, system-reserved.
    pub cpu: [i64; 3],
    /// Bytes: capacity, kube-reserved, system-reserved, hard eviction.
    pub memory: [i64; 4],
    /// Bytes in huge pages, which are no ordinary memory.
    pub hugepages: i64,
    /// Bytes of nodefs: capacity, kube-reserved, system-reserved, hard eviction; when known, and counted by the kubelet.
    pub storage: Option<[i64; 4]>,
    /// Milli-CPU that the pods request.
    pub used_cpu: i64,
    /// Bytes that the pods request.
    pub used_memory: i64,
    /// Milli-CPU and bytes that the goal keeps free of the mix; nothing where the pods needed that, too.
    pub kept: (i64, i64),
    /// Milli-CPU and bytes that one more pod of the mix would request, large kinds counted whole.
    pub next: (i64, i64),
    /// Bytes of allocatable memory when component costs are all low, and all high.
    pub spread: Option<[i64; 2]>,
}

impl Ledger {
    /// Allocatable milli-CPU.
    #[must_use]
    pub fn allocatable_cpu(&self) -> i64 {
        (self.cpu[0] - self.cpu[1] - self.cpu[2]).max(0)
    }

    /// Allocatable bytes of memory.
    #[must_use]
    pub fn allocatable_memory(&self) -> i64 {
        (self.memory[0] - self.memory[1] - self.memory[2] - self.memory[3] - self.hugepages).max(0)
    }

    /// Allocatable bytes of storage.
    #[must_use]
    pub fn allocatable_storage(&self) -> Option<i64> {
        self.storage.map(|s| (s[0] - s[1] - s[2] - s[3]).max(0))
    }
}

/// What is reserved and left, computed from the values that are written.
pub fn of(facts: &ClassFacts, m: &ClassModel, solution: &Solution, values: &Values) -> Ledger {
    let text = |name: &str| values.get(name).and_then(|v| v.value.as_str());
    let bytes = |name: &str| text(name).and_then(|t| Bytes::parse(t).ok()).map_or(0, |b| b.0);
    let milli = |name: &str| text(name).and_then(|t| Milli::parse(t).ok()).map_or(0, |c| c.0);
    let threshold = |name: &str, of: Bytes| text(name).and_then(|t| Threshold::parse(t).ok()).map_or(0, |t| t.of(of).0);
    let memory = facts.machine.memory.value;
    let pods = solution.value(m.vars.pods);
    let mix = &facts.mix;
    // A kubelet that does not isolate storage reports none, neither as capacity nor as allocatable.
    let isolated = values.get("kubelet/localStorageCapacityIsolation").is_none_or(|v| v.value != false);
    let storage = facts.machine.disks.nodefs.as_ref().filter(|_| isolated).map(|n| {
        let reserved = |field: &str| bytes(&format!("kubelet/{field}.ephemeral-storage"));
        [
            n.value.0,
            reserved("kubeReserved"),
            reserved("systemReserved"),
            threshold("kubelet/evictionHard.nodefs.available", n.value),
        ]
    });
    let mut ledger = Ledger {
        cpu: match text("kubelet/reservedSystemCPUs").and_then(|t| CpuSet::parse(t).ok()).filter(|s| !s.is_empty()) {
            Some(set) => {
                [facts.machine.cpus.value * 1000, 0, i64::try_from(set.len()).unwrap_or(i64::MAX / 1000) * 1000]
            }
            None => [
                facts.machine.cpus.value * 1000,
                milli("kubelet/kubeReserved.cpu"),
                milli("kubelet/systemReserved.cpu"),
            ],
        },
        memory: [
            memory.0,
            bytes("kubelet/kubeReserved.memory"),
            bytes("kubelet/systemReserved.memory"),
            threshold("kubelet/evictionHard.memory.available", memory),
        ],
        hugepages: facts.machine.hugepages(),
        storage,
        used_cpu: mix.fixed(|k| k.cpu) + mix.demand(pods, |k| k.cpu),
        used_memory: mix.fixed(|k| k.memory.0) + mix.demand(pods, |k| k.memory.0),
        kept: (0, 0),
        next: one_more(facts, pods),
        spread: spread(facts, pods, solution.value(m.vars.entries)),
    };
    let free = (ledger.allocatable_cpu() - ledger.used_cpu, ledger.allocatable_memory() - ledger.used_memory);
    let kept = (super::capacity::kept(facts, ledger.cpu[0], 1), super::capacity::kept(facts, memory.0, Bytes::MI));
    if kept.0 <= free.0 && kept.1 <= free.1 {
        ledger.kept = kept;
    }
    ledger
}

/// What one more pod of the mix would request.
fn one_more(facts: &ClassFacts, pods: i64) -> (i64, i64) {
    let mix = &facts.mix;
    let step = |demand: fn(&PodKind) -> i64| mix.demand(pods + 1, demand) - mix.demand(pods, demand);
    (step(|k| k.cpu), step(|k| k.memory.0))
}

/// Memory left by reservations, before eviction, when every component cost is low, and when every one is high.
fn spread(facts: &ClassFacts, pods: i64, entries: i64) -> Option<[i64; 2]> {
    let pinned =
        ["kubelet/kubeReserved.memory", "kubelet/systemReserved.memory"].iter().any(|n| facts.pins.contains_key(*n));
    // A published formula or a pin does not move with what components cost.
    if facts.policy().is_some() || pinned {
        return None;
    }
    let at = |level: Level| {
        let reserved: i64 = reservation::components(facts, pods, entries, level).iter().sum();
        (facts.machine.memory.value.0 - reserved).max(0)
    };
    Some([at(Level::Low), at(Level::High)])
}
