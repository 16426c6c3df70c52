//! NUMA nodes with their CPUs, memory, huge pages and distances.

use super::super::known::{Known, Node};
use super::super::mask;
use super::super::tree::Tree;
use super::{host, within};
use crate::quantity::{Bytes, CpuSet, Fault};
use std::collections::{BTreeMap, BTreeSet};

const NODE: &str = "sys/devices/system/node/";

/// Adds them.
pub fn read(tree: &Tree, known: &mut Known) -> Result<(), Fault> {
    known.hugepages = pages(tree, "sys/kernel/mm/hugepages/");
    let path = format!("{NODE}online");
    let mut ids = tree.numbers(NODE, "node");
    if let Some(text) = tree.get(&path) {
        let online = mask::list(text).map_err(within(&path))?;
        ids.retain(|id| online.0.contains(id));
    }
    let Some(online) = known.online.as_ref().filter(|_| !ids.is_empty()) else { return Ok(()) };
    let nodes = ids.iter().map(|id| node(tree, *id, &ids, online)).collect::<Result<Option<Vec<_>>, _>>()?;
    let Some(nodes) = nodes else { return Ok(()) };
    let mut placed = BTreeSet::new();
    for node in &nodes {
        if let Some(cpu) = node.cpus.0.iter().find(|cpu| !placed.insert(**cpu)) {
            return Err(Fault(format!("CPU {cpu} is on two NUMA nodes, of which {} is one", node.id)));
        }
    }
    if let Some(cpu) = online.0.difference(&placed).next() {
        known.remarks.push(format!("CPU {cpu} is online and on no NUMA node that is, so the nodes are left out"));
        return Ok(());
    }
    known.nodes = Some(nodes);
    Ok(())
}

/// One node; `None` when nothing tells its CPUs.
fn node(tree: &Tree, id: u32, ids: &BTreeSet<u32>, online: &CpuSet) -> Result<Option<Node>, Fault> {
    let file = |name: &str| format!("{NODE}node{id}/{name}");
    let path = file("cpulist");
    let Some(cpus) = mask::either(tree.get(&path), tree.get(&file("cpumap"))).map_err(within(&path))? else {
        return Ok(None);
    };
    let row: Vec<i64> =
        tree.get(&file("distance")).unwrap_or_default().split_whitespace().filter_map(|d| d.parse().ok()).collect();
    // A row that is not one number per node is of another kernel's making; without it nothing is lost but preference.
    let fits = row.len() == ids.len() && row.iter().all(|d| (1..=255).contains(d));
    let distances = if fits { ids.iter().copied().zip(row).collect() } else { BTreeMap::new() };
    Ok(Some(Node {
        id,
        cpus: CpuSet(cpus.0.intersection(&online.0).copied().collect()),
        memory: tree.get(&file("meminfo")).and_then(host::total),
        hugepages: pages(tree, &file("hugepages/")).unwrap_or_default(),
        distances,
    }))
}

/// Memory in huge pages below a folder, per page size; sizes without a page are left out. `None` without the folder.
fn pages(tree: &Tree, folder: &str) -> Option<BTreeMap<Bytes, Bytes>> {
    let names = tree.names(folder);
    let held = names.iter().filter_map(|name| {
        let kib: i64 = name.strip_prefix("hugepages-")?.strip_suffix("kB")?.parse().ok()?;
        let count: i64 = tree.get(&format!("{folder}{name}/nr_hugepages"))?.parse().ok()?;
        let size = kib.checked_mul(1024)?;
        let sum = size.checked_mul(count).filter(|sum| (1..=1 << 50).contains(sum))?;
        Some((Bytes(size), Bytes(sum)))
    });
    (!names.is_empty()).then(|| held.collect())
}
