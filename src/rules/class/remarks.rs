//! Findings about a class that fits: what is only nominal, unknown, assumed, or short.

use super::ledger::Ledger;
use super::reservation::{self, Level};
use crate::catalog::Policy;
use crate::diag::Finding;
use crate::facts::ClassFacts;
use crate::quantity::{Bytes, CpuSet};
use crate::rules::Values;

/// Findings about a class that fits.
pub fn remarks(facts: &ClassFacts, ledger: &Ledger, pods: i64, entries: i64, values: &Values) -> Vec<Finding> {
    let mut out = Vec::new();
    let name = &facts.name;
    if !facts.machine.exact {
        let message = format!("{name}: memory is the vendor's figure; measure MemTotal for exact promises");
        out.push(Finding::warning("capacity-nominal", message).at(&facts.place, "this class"));
    }
    if facts.machine.disks.nodefs.is_none() {
        let message = format!(
            "{name}: no disk holds `nodefs`, so storage, logs and image collection stay at upstream's defaults"
        );
        out.push(
            Finding::advice("disk-unknown", message)
                .at(&facts.place, "this class")
                .help("add a disk with its size to `hardware.disks`"),
        );
    }
    if ledger.storage.is_none() && facts.machine.disks.nodefs.is_some() {
        let message = format!("{name}: localStorageCapacityIsolation is off, so the nodes report no ephemeral storage");
        let pin = facts.pins.get("kubelet/localStorageCapacityIsolation");
        let place = pin.map_or_else(|| facts.place.clone(), |p| facts.pin_place(p));
        out.push(
            Finding::warning("storage-not-counted", message)
                .at(&place, "none is counted, reserved or limited")
                .note("a pod that requests ephemeral storage does not fit such a node"),
        );
    }
    let static_cpus = values.get("kubelet/cpuManagerPolicy").is_some_and(|v| v.value == "static");
    let place = |tunable: &str| facts.pins.get(tunable).map_or_else(|| facts.place.clone(), |p| facts.pin_place(p));
    let exclusive = facts.mix.fixed.iter().chain(&facts.mix.shared).find(|k| k.exclusive);
    if let Some(kind) = exclusive.filter(|_| !static_cpus) {
        let message = format!("{name}: `{}` wants CPUs of its own, and cpuManagerPolicy is not static", kind.name);
        out.push(
            Finding::warning("exclusive-shared", message)
                .at(&place("kubelet/cpuManagerPolicy"), "its containers share CPUs with all others"),
        );
    }
    let reserved = values.get("kubelet/reservedSystemCPUs").and_then(|v| CpuSet::parse(v.value.as_str()?).ok());
    let cores = || facts.machine.numa.iter().flat_map(|n| &n.cores);
    if let Some(set) = reserved
        && let Some(core) = cores().find(|c| !c.0.is_subset(&set.0) && c.0.iter().any(|cpu| set.0.contains(cpu)))
    {
        let message = format!("{name}: reservedSystemCPUs {set} has a part of the core {core}");
        out.push(
            Finding::warning("reserved-half-core", message)
                .at(&place("kubelet/reservedSystemCPUs"), "the system shares this core with pods")
                .help("name all threads of a core, or leave it to the plan"),
        );
    }
    if !static_cpus && (facts.system_cpus.place.is_some() || facts.system_cpus.near.is_some()) {
        let message = format!("{name}: `system-cpus` is stated, and no pods want CPUs of their own");
        out.push(
            Finding::warning("system-cpus-unused", message)
                .at(&facts.place, "the system shares all CPUs with pods")
                .help("state `exclusive = true` of a workload, or leave `system-cpus` out"),
        );
    }
    if let Some(preset) = &facts.mix.preset {
        let message = format!("{name}: no workload is stated, so the preset `{preset}` stands in");
        out.push(
            Finding::advice("workload-preset", message)
                .at(&facts.place, "this class")
                .help("add `[[node-class.NAME.workload]]`"),
        );
    }
    if let (Some(most), Some(place)) = (&facts.measured.pods_max, &facts.measured.pods_max_at)
        && pods > most.value
    {
        let message =
            format!("{name}: costs were measured with up to {} pods a node, and the plan has {pods}", most.value);
        out.push(
            Finding::warning("measured-beyond", message)
                .at(place, "most pods of a measured node")
                .note("beyond that the line is carried on, which nothing confirms")
                .help("measure again on nodes that hold more pods, or pin `kubelet/maxPods` to what was measured"),
        );
    }
    if let Some(policy) = facts.policy() {
        out.extend(shortfall(facts, ledger, (pods, entries), policy));
    }
    out
}

/// What a published formula does not cover is compared with what it leaves.
fn shortfall(facts: &ClassFacts, ledger: &Ledger, (pods, entries): (i64, i64), policy: &Policy) -> Option<Finding> {
    let planned = ledger.memory[1] + ledger.memory[2];
    let [kube, system] = reservation::components(facts, pods, entries, Level::Low);
    (kube + system > planned).then(|| {
        let message = format!(
            "{}: `{}` reserves {}, and at {pods} pods the components use {} even at the low end",
            facts.name,
            policy.policy,
            Bytes(planned),
            Bytes(kube + system)
        );
        let table = reservation::conntrack_kib(entries, Level::Low) / 1024;
        Finding::warning("reservation-shortfall", message)
            .at(&facts.place, "this class")
            .note(format!(
                "{} for kubelet and runtime + {} for kernel and host, of it {table}Mi of conntrack table for {entries} entries",
                Bytes(kube),
                Bytes(system)
            ))
            .help("use `reservation = \"fitted\"`, or pin more")
    })
}
