//! The memory manager: Static where it has nodes to choose from, and the bytes that the system keeps on each.

use super::{Aligned, Placement};
use crate::facts::Cause;
use crate::quantity::{Bytes, Threshold};
use crate::rules::{Draft, Origin, Rule};
use serde_json::{Value as Json, json};

/// Memory next to the CPUs.
pub static STATIC: Rule = Rule {
    id: "memory-manager-static",
    why: "only the Static policy keeps a pod's memory on the NUMA nodes of its CPUs",
    source: "kubernetes/website tasks/administer-cluster/memory-manager",
};
/// The exact sum.
pub static SUM: Rule = Rule {
    id: "reserved-memory-split",
    why: "reservedMemory adds up to kubeReserved + systemReserved + evictionHard to the byte, and no node keeps more than it has",
    source: "kubernetes/kubernetes pkg/kubelet/cm/memorymanager/memory_manager.go validateReservedMemory",
};

/// Deals `total` bytes out to nodes: in proportion to their size in whole MiB, or `first` one node and then the others. A node
/// never gets more than it has free; what is finer than a MiB lies with the first that has room. Empty where it does not fit.
pub(super) fn split(total: i64, weights: &[i64], free: &[i64], first: Option<usize>) -> Vec<i64> {
    let whole: i64 = weights.iter().sum::<i64>().max(1);
    let mut out: Vec<i64> = weights
        .iter()
        .zip(free)
        .map(|(weight, free)| {
            let part = i128::from(total) * i128::from(*weight) / i128::from(whole);
            let part = i64::try_from(part >> 20).unwrap_or(0) << 20;
            if first.is_some() { 0 } else { part.min(*free).max(0) }
        })
        .collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|n| (first != Some(*n), *n));
    let mut left = total - out.iter().sum::<i64>();
    for node in order {
        let more = left.min(free[node] - out[node]).max(0);
        out[node] += more;
        left -= more;
    }
    out
}

/// Sets the policy and what every node keeps, from the reservations as they are written.
pub(super) fn decide(aligned: &Aligned<'_>, placement: &Placement, draft: &mut Draft<'_>) {
    if !aligned.static_memory {
        return;
    }
    let facts = aligned.facts;
    let kinds: Vec<String> = aligned.kinds.iter().map(|k| format!("`{}`", k.name)).collect();
    let wants = if kinds.is_empty() { String::new() } else { format!("{} next to the CPUs", kinds.join(", ")) };
    draft
        .set("kubelet/memoryManagerPolicy", "Static", Origin::Derived, &STATIC)
        .reason(wants)
        .because(aligned.causes());
    let text = |name: &str| draft.get(name).and_then(Json::as_str).map(ToString::to_string);
    let names =
        ["kubelet/kubeReserved.memory", "kubelet/systemReserved.memory", "kubelet/evictionHard.memory.available"];
    let parts: Vec<i64> = names
        .iter()
        .map(|name| {
            let text = text(name).unwrap_or_default();
            let bytes = Threshold::parse(&text).ok().map(|t| t.of(facts.machine.memory.value).0);
            bytes.unwrap_or(0)
        })
        .collect();
    let total: i64 = parts.iter().sum();
    let free: Vec<i64> = placement.nodes.iter().map(|n| n.left).collect();
    let weights: Vec<i64> = facts.machine.numa.iter().map(crate::facts::NumaNode::ordinary).collect();
    let list: Vec<Json> = split(total, &weights, &free, placement.first)
        .iter()
        .enumerate()
        .filter(|(_, bytes)| **bytes > 0)
        .map(|(node, bytes)| json!({ "numaNode": node, "limits": { "memory": Bytes(*bytes).to_string() } }))
        .collect();
    let sum: Vec<String> = parts.iter().map(|b| Bytes(*b).to_string()).collect();
    let dealt = if list.len() > 1 { format!(", dealt out to {} NUMA nodes", list.len()) } else { String::new() };
    let mut because: Vec<Cause> = names.map(|n| Cause::Value(n.to_string())).to_vec();
    because.extend(facts.machine.memory.causes().cloned());
    draft
        .set("kubelet/reservedMemory", list, Origin::Derived, &SUM)
        .reason(format!("{} = {}{dealt}", sum.join(" + "), Bytes(total)))
        .because(because);
}
