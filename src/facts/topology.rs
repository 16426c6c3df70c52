//! How a machine's CPUs, memory and devices hang together: physical cores, NUMA nodes, caches, and what is near what.
//!
//! Which CPUs share a core is known only where the spec says so; nothing is taken for granted of sibling threads.

use crate::diag::Finding;
use crate::quantity::{Bytes, CpuSet};
use crate::spec::{At, Hardware, Spec};
use std::collections::{BTreeMap, BTreeSet};

/// A NUMA node.
#[derive(Clone, Debug, Default)]
pub struct NumaNode {
    /// Its CPUs.
    pub cpus: CpuSet,
    /// Its MemTotal.
    pub memory: Bytes,
    /// Its physical cores with their CPUs, in the order of their first CPU; empty when siblings are not known.
    pub cores: Vec<CpuSet>,
    /// Bytes in huge pages per page size.
    pub hugepages: BTreeMap<String, Bytes>,
    /// Distance to every node; empty when not stated.
    pub distances: Vec<i64>,
    /// Groups of its CPUs that share a last-level cache; empty when not stated.
    pub caches: Vec<CpuSet>,
    /// Devices attached to it, by name and by extended resource.
    pub devices: BTreeMap<String, i64>,
}

impl NumaNode {
    /// MemTotal less huge pages: what reservations and ordinary memory of pods share.
    #[must_use]
    pub fn ordinary(&self) -> i64 {
        self.hugepages.values().fold(self.memory.0, |left, pages| left.saturating_sub(pages.0))
    }
}

/// What is stated of devices that stand on no node, and of efficiency cores.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Devices without a node, by extended resource.
    pub devices: BTreeMap<String, i64>,
    /// Keys of the spec that state devices, on a node or on none.
    pub stated_by: BTreeSet<String>,
    /// CPUs of efficiency cores.
    pub efficiency: BTreeSet<u32>,
    /// Whether NUMA nodes were stated; else there is one, of which only CPUs and memory are known.
    pub stated: bool,
}

/// Fills the nodes with what the spec states of cores, caches, huge pages and devices.
pub(super) fn fill(
    spec: &Spec,
    hardware: &Hardware,
    threads: i64,
    nodes: &mut [NumaNode],
    findings: &mut Vec<Finding>,
) -> Beside {
    let mut beside = Beside { stated: !hardware.numa.is_empty(), ..Beside::default() };
    cores(spec, hardware, threads, nodes, findings);
    for cache in &hardware.caches {
        match nodes.iter_mut().find(|n| cache.value.0.is_subset(&n.cpus.0)) {
            Some(node) => node.caches.push(cache.value.clone()),
            None => findings.push(
                Finding::error("cache-of-no-node", format!("the CPUs {} are not all of one NUMA node", cache.value))
                    .at(&spec.place(cache), "cannot share a last-level cache"),
            ),
        }
    }
    for (at, stated) in hardware.numa.iter().enumerate() {
        nodes[at].hugepages = pages(spec, &stated.hugepages, stated.memory.value, findings);
        nodes[at].distances = stated.distances.iter().map(|d| d.value).collect();
        if let Some(first) = stated.distances.first().filter(|_| stated.distances.len() != hardware.numa.len()) {
            let message = format!("{} distances for {} NUMA nodes", stated.distances.len(), hardware.numa.len());
            findings
                .push(Finding::error("numa-distances", message).at(&spec.place(first), "one per node, its own first"));
        }
    }
    if let Some(size) = hardware.hugepages.values().next() {
        if beside.stated {
            findings.push(
                Finding::error("hugepages-of-no-node", "`hugepages` of the whole machine stand beside NUMA nodes")
                    .at(&spec.key_place(size), "on which node?")
                    .help("state `hugepages` of each entry of `numa`"),
            );
        } else if let [node] = nodes {
            node.hugepages = pages(spec, &hardware.hugepages, node.memory, findings);
        }
    }
    for device in &hardware.devices {
        let count = device.count.as_ref().map_or(1, |c| c.value);
        beside.stated_by.insert(device.name.path.to_string());
        let names = [Some(&device.name), device.resource.as_ref()].into_iter().flatten().map(|n| n.value.clone());
        let on = match &device.numa {
            Some(numa) => match usize::try_from(numa.value).ok().and_then(|n| nodes.get_mut(n)) {
                Some(node) => &mut node.devices,
                None => {
                    let message = format!("`{}` is on NUMA node {}", device.name.value, numa.value);
                    let have = format!("the machine has {}, counted from 0", nodes.len());
                    findings.push(Finding::error("device-of-no-node", message).at(&spec.place(numa), have));
                    continue;
                }
            },
            None => &mut beside.devices,
        };
        for name in names {
            *on.entry(name).or_default() += count;
        }
    }
    if let Some(stated) = &hardware.efficiency {
        beside.efficiency = stated.value.0.clone();
        if let Some(cpu) = stated.value.0.iter().find(|cpu| !nodes.iter().any(|n| n.cpus.0.contains(cpu))) {
            let message = format!("`efficiency` names CPU {cpu}, which the machine does not have");
            findings.push(Finding::error("cpu-of-no-node", message).at(&spec.place(stated), "not online"));
        }
    }
    beside
}

/// Huge pages of a node, which must fit its memory.
fn pages(
    spec: &Spec,
    stated: &BTreeMap<String, At<Bytes>>,
    memory: Bytes,
    findings: &mut Vec<Finding>,
) -> BTreeMap<String, Bytes> {
    let sum = stated.values().fold(0_i64, |sum, b| sum.saturating_add(b.value.0));
    for (size, amount) in stated {
        let page = Bytes::parse(size).ok().map(|b| b.0).filter(|b| *b > 0);
        let message = match page {
            None => format!("`{size}` is not the size of a page"),
            Some(page) if amount.value.0 % page != 0 => format!("{} is not a multiple of {size}", amount.value),
            Some(_) if sum >= memory.0 => format!("{} in huge pages leave nothing of {memory}", Bytes(sum)),
            Some(_) => continue,
        };
        findings.push(Finding::error("hugepages", message).at(&spec.place(amount), "huge pages of this node"));
    }
    stated.iter().map(|(size, bytes)| (size.clone(), bytes.value)).collect()
}

/// Fills in physical cores, from a list of them or from how siblings are numbered.
fn cores(spec: &Spec, hardware: &Hardware, threads: i64, nodes: &mut [NumaNode], findings: &mut Vec<Finding>) {
    if let Some(first) = hardware.cores.first() {
        for stated in
            [&hardware.siblings.as_ref().map(|s| s.with(())), &hardware.threads_per_core.as_ref().map(|t| t.with(()))]
                .into_iter()
                .flatten()
        {
            findings.push(
                Finding::error("cores-twice", "`cores` says which CPUs share a core, so nothing else may")
                    .at(&spec.key_place(stated), "would have no effect")
                    .clash(&spec.place(first), "stated here"),
            );
        }
        listed(spec, &hardware.cores, nodes, findings);
        return;
    }
    let alone = hardware.threads_per_core.as_ref().is_some_and(|t| t.value == 1);
    if let (Some(siblings), 1) = (&hardware.siblings, threads) {
        findings.push(
            Finding::error("siblings-alone", "`siblings` says how threads of a core are numbered, and a core has one")
                .at(&spec.key_place(siblings), "would have no effect")
                .help("state `threads-per-core`"),
        );
        return;
    }
    let Ok(per_core) = usize::try_from(threads) else { return };
    // Siblings are numbered over all CPUs of a machine, those that are off among them.
    let off = hardware.offline.as_ref().filter(|_| hardware.numa.is_empty());
    for node in nodes {
        let mut all = node.cpus.clone();
        all.0.extend(off.iter().flat_map(|o| &o.value.0).copied());
        let cpus: Vec<u32> = all.0.iter().copied().collect();
        let count = cpus.len() / per_core.max(1);
        if !cpus.len().is_multiple_of(per_core.max(1)) {
            continue; // reported where CPUs are counted
        }
        node.cores = match hardware.siblings.as_ref().map(|s| s.value.as_str()) {
            Some("adjacent") => cpus.chunks(per_core).map(|c| CpuSet(c.iter().copied().collect())).collect(),
            // `0-31,64-95` says it by itself: as many equal ranges as a core has threads.
            siblings if siblings.is_some() || per_core > 1 && planes(&all, per_core) => {
                (0..count).map(|c| CpuSet((0..per_core).map(|t| cpus[c + t * count]).collect())).collect()
            }
            _ if alone => cpus.iter().map(|c| CpuSet(BTreeSet::from([*c]))).collect(),
            _ => Vec::new(),
        };
        for core in &mut node.cores {
            core.0.retain(|cpu| node.cpus.0.contains(cpu));
        }
        node.cores.retain(|core| !core.is_empty());
    }
}

/// Whether CPUs are numbered in `count` ranges of equal length.
fn planes(cpus: &CpuSet, count: usize) -> bool {
    let mut lengths: Vec<usize> = Vec::new();
    let mut last = None;
    for cpu in &cpus.0 {
        match lengths.last_mut() {
            Some(length) if last == Some(cpu - 1) => *length += 1,
            _ => lengths.push(1),
        }
        last = Some(*cpu);
    }
    lengths.len() == count && lengths.windows(2).all(|pair| pair[0] == pair[1])
}

/// Cores that are listed one by one: each of one node, each CPU once, none left over.
fn listed(spec: &Spec, cores: &[At<CpuSet>], nodes: &mut [NumaNode], findings: &mut Vec<Finding>) {
    let mut seen: BTreeMap<u32, &At<CpuSet>> = BTreeMap::new();
    for core in cores {
        for cpu in &core.value.0 {
            if let Some(first) = seen.insert(*cpu, core) {
                findings.push(
                    Finding::error("core-overlap", format!("CPU {cpu} is of two cores"))
                        .at(&spec.place(core), "again here")
                        .clash(&spec.place(first), "first here"),
                );
            }
        }
        match nodes.iter_mut().find(|n| core.value.0.is_subset(&n.cpus.0)) {
            Some(node) => node.cores.push(core.value.clone()),
            None => findings.push(
                Finding::error("core-of-no-node", format!("the CPUs {} are not all of one NUMA node", core.value))
                    .at(&spec.place(core), "cannot be one core"),
            ),
        }
    }
    let left = nodes.iter().flat_map(|n| &n.cpus.0).find(|cpu| !seen.contains_key(cpu));
    if let (Some(cpu), Some(last)) = (left, cores.last()) {
        findings.push(
            Finding::error("core-missing", format!("CPU {cpu} is of no core"))
                .at(&spec.place(last), "the last of the cores that are listed"),
        );
    }
    for node in nodes {
        node.cores.sort();
    }
}
