//! The machine of a class as JSON: what the judge gives upstream's start-up code, and what a reader can check.

use crate::facts::ClassFacts;
use serde_json::{Map, Value, json};

/// CPUs, memory, NUMA nodes and what the host already has.
pub(super) fn json(facts: &ClassFacts) -> Value {
    let machine = &facts.machine;
    let numa: Vec<Value> = machine
        .numa
        .iter()
        .enumerate()
        .map(|(id, n)| json!({ "id": id, "cpus": n.cpus.to_string(), "memoryBytes": n.memory.0, "hugepages": {} }))
        .collect();
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
