//! What Karpenter expects of a node before there is one, against what the plan leaves for pods.
//!
//! Karpenter places pods on nodes that it only imagines. Where it imagines more than there will be, pods stay pending and the
//! node was made for nothing; where it imagines less, nodes are made that are not needed.

use crate::catalog::{self, Karpenter};
use crate::diag::Finding;
use crate::facts::{ClassFacts, NodeRange};
use crate::quantity::{Bytes, Milli, ceil_div};
use crate::rules::class::ClassResult;

/// What Karpenter expects for pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Bytes of capacity.
    pub capacity: i64,
    /// Bytes that it counts as kept from pods by eviction.
    pub eviction: i64,
    /// Bytes for pods.
    pub memory: i64,
    /// Milli-CPU for pods.
    pub cpu: i64,
}

/// Karpenter's arithmetic, in its order: the same rounding, whole MiB.
#[must_use]
pub fn expected(facts: &Karpenter, nominal: i64, arch: &str, vcpus: i64, result: &ClassResult) -> Expected {
    let mib = (nominal >> 20) - if arch == "arm64" { facts.arm64_memory } else { 0 };
    let capacity = (mib - ceil_div(mib * facts.memory_overhead, 1_000_000)) << 20;
    let read = |name: &str| {
        let text = result.values.get(name).and_then(|v| v.value.as_str());
        text.and_then(|t| Bytes::parse(t).ok()).map_or(0, |b| b.0)
    };
    let hard = read("kubelet/evictionHard.memory.available");
    let eviction = hard.max(read("kubelet/evictionSoft.memory.available"));
    let ledger = &result.ledger;
    let memory = capacity - ledger.memory[1] - ledger.memory[2] - eviction;
    Expected { capacity, eviction, memory, cpu: vcpus * 1000 - ledger.cpu[1] - ledger.cpu[2] }
}

/// Says what Karpenter will count differently.
pub fn check(class: &ClassFacts, range: &NodeRange, result: &ClassResult) -> Vec<Finding> {
    let mut out = Vec::new();
    let Some(instance) = class.instance_type.as_ref().and_then(|t| catalog::instance(t)) else {
        let message = format!("node class `{}` names no instance type, and Karpenter makes machines by it", class.name);
        let finding = Finding::error("karpenter-machine", message).at(&range.place, "to be scaled");
        out.push(finding.help("name an `instance-type`, or scale the class with cluster-autoscaler"));
        return out;
    };
    if range.min.as_ref().is_some_and(|m| m.value > 0) {
        let message = format!("`min` of `{}` is not kept: Karpenter has no fewest number of nodes", class.name);
        out.push(Finding::advice("autoscale-minimum", message).at(&range.place, "this range"));
    }
    let nominal = instance.memory_mib << 20;
    let expected = expected(catalog::karpenter(), nominal, instance.arch, instance.vcpus, result);
    let ledger = &result.ledger;
    let (memory, cpu) = (ledger.allocatable_memory(), ledger.allocatable_cpu());
    if (expected.memory, expected.cpu) == (memory, cpu) {
        return out;
    }
    let message = format!(
        "for pods on a node, Karpenter expects {} and {} of `{}`, and the kubelet leaves {} and {}",
        Milli(expected.cpu),
        Bytes(expected.memory),
        class.name,
        Milli(cpu),
        Bytes(memory)
    );
    let over = expected.memory > memory || expected.cpu > cpu;
    let finding = match over {
        true => Finding::warning("karpenter-prediction", message),
        false => Finding::advice("karpenter-prediction", message),
    };
    let less = |b: i64| Bytes(b).to_string();
    out.push(
        finding
            .at(&range.place, "this class is scaled")
            .note(format!(
                "Karpenter: {} capacity − {} kube-reserved − {} system-reserved − {} eviction",
                less(expected.capacity),
                less(ledger.memory[1]),
                less(ledger.memory[2]),
                less(expected.eviction)
            ))
            .note(format!(
                "the kubelet: {} capacity − the same reservations − {} hard eviction; soft thresholds do not count",
                less(ledger.memory[0]),
                less(ledger.memory[3])
            )),
    );
    out
}
