//! The machine of a class as JSON: what the judge gives upstream's start-up code, and what a reader can check.

use crate::facts::{ClassFacts, NumaNode};
use crate::quantity::Bytes;
use serde_json::{Map, Value, json};

/// One NUMA node. Huge pages are counts by page size; cores and distances are there where the spec states them.
fn node(id: usize, node: &NumaNode) -> Value {
    let pages = |(size, bytes): (&String, &Bytes)| {
        let page = Bytes::parse(size).map_or(i64::MAX, |b| b.0.max(1));
        (size.clone(), json!(bytes.0 / page))
    };
    let pages: Map<String, Value> = node.hugepages.iter().map(pages).collect();
    let mut out = json!({
        "id": id, "cpus": node.cpus.to_string(), "memoryBytes": node.memory.0, "hugepages": pages,
    });
    if !node.cores.is_empty() {
        out["cores"] = node.cores.iter().map(ToString::to_string).collect();
    }
    if !node.distances.is_empty() {
        out["distances"] = json!(node.distances);
    }
    out
}

/// CPUs, memory, NUMA nodes and what the host already has.
pub(super) fn json(facts: &ClassFacts) -> Value {
    let machine = &facts.machine;
    let numa: Vec<Value> = machine.numa.iter().enumerate().map(|(id, n)| node(id, n)).collect();
    let mut sysctl = Map::new();
    sysctl.insert("kernel.pid_max".into(), json!(facts.pid_max.value));
    if let Some(host) = &facts.host_conntrack {
        sysctl.insert("net.netfilter.nf_conntrack_max".into(), json!(host.value));
    }
    let mut out = json!({
        "cpus": machine.cpus.value,
        "onlineCpus": machine.online.to_string(),
        "threadsPerCore": machine.threads_per_core.value,
        "sockets": machine.sockets.value,
        "memoryBytes": machine.memory.value.0,
        "numa": numa,
        "arch": facts.arch.value,
        "cgroup": facts.cgroup.value,
        "swapBytes": machine.swap.as_ref().map_or(0, |s| s.value.0),
        "runtime": facts.runtime.value,
        "sysctl": sysctl,
    });
    if let Some(nodefs) = &machine.disks.nodefs {
        out["ephemeralStorageBytes"] = json!(nodefs.value.0);
    }
    if let Some(imagefs) = &machine.disks.imagefs {
        out["imagefsBytes"] = json!(imagefs.value.0);
    }
    if machine.disks.split.is_some() {
        out["containerfs"] = json!("nodefs");
    }
    if let Some(kernel) = &facts.kernel {
        out["kernel"] = json!(kernel.value.to_string());
    }
    if let Some(version) = &facts.runtime_version {
        out["runtimeVersion"] = json!(version.value.to_string());
    }
    out
}
