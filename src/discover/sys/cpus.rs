//! Processors: which are online, which are one core, which share a cache, which are slow on purpose.

use super::super::known::Known;
use super::super::mask;
use super::super::tree::Tree;
use super::{number, within};
use crate::quantity::{CpuSet, Fault};
use std::collections::{BTreeMap, BTreeSet};

const CPU: &str = "sys/devices/system/cpu/";

/// Adds them.
pub fn read(tree: &Tree, known: &mut Known) -> Result<(), Fault> {
    let present = CpuSet(tree.numbers(CPU, "cpu"));
    let path = format!("{CPU}online");
    let online = match tree.get(&path) {
        Some(text) => mask::list(text).map_err(within(&path))?,
        None => CpuSet(present.0.iter().copied().filter(|c| runs(tree, *c)).collect()),
    };
    if online.is_empty() {
        return Ok(());
    }
    let path = format!("{CPU}offline");
    // Kernels list there what could be plugged in, too; what is there has a folder.
    let off = tree.get(&path).map_or(Ok(CpuSet::default()), mask::list).map_err(within(&path))?;
    known.offline =
        CpuSet(off.0.union(&present.0).filter(|c| present.0.contains(c) && !online.0.contains(c)).copied().collect());
    known.cores = groups(&online, |cpu| siblings(tree, cpu))?;
    known.caches = groups(&online, |cpu| last_level(tree, cpu))?;
    known.sockets = sockets(tree, &online);
    known.efficiency = efficiency(tree, &online, known.arch.as_deref())?;
    known.online = Some(online);
    Ok(())
}

fn runs(tree: &Tree, cpu: u32) -> bool {
    match tree.get(&format!("{CPU}cpu{cpu}/online")) {
        Some(state) => state == "1",
        // The first CPU often has no switch; any other one without a topology is off.
        None => tree.below(&format!("{CPU}cpu{cpu}/topology/")).next().is_some(),
    }
}

/// The sets that `of` tells for each CPU, where it tells one for all. CPUs of a set must tell the same set.
fn groups(
    online: &CpuSet,
    of: impl Fn(u32) -> Result<Option<(String, CpuSet)>, Fault>,
) -> Result<Option<Vec<CpuSet>>, Fault> {
    let mut out: BTreeMap<CpuSet, BTreeSet<u32>> = BTreeMap::new();
    for cpu in &online.0 {
        let Some((path, set)) = of(*cpu)? else { return Ok(None) };
        let set = CpuSet(set.0.intersection(&online.0).copied().collect());
        if !set.0.contains(cpu) {
            return Err(Fault(format!("`{path}` does not name CPU {cpu} itself")));
        }
        out.entry(set).or_default().insert(*cpu);
    }
    for (set, named_by) in &out {
        if let Some(other) = set.0.difference(named_by).next() {
            let first = named_by.iter().next().copied().unwrap_or_default();
            return Err(Fault(format!("CPU {first} shares with CPUs {set}, but CPU {other} tells of others")));
        }
    }
    let mut sets: Vec<CpuSet> = out.into_keys().collect();
    sets.sort();
    Ok(Some(sets))
}

fn siblings(tree: &Tree, cpu: u32) -> Result<Option<(String, CpuSet)>, Fault> {
    let folder = format!("{CPU}cpu{cpu}/topology/");
    for name in ["core_cpus_list", "thread_siblings_list"] {
        let path = format!("{folder}{name}");
        if let Some(text) = tree.get(&path) {
            return mask::list(text).map_err(within(&path)).map(|set| Some((path.clone(), set)));
        }
    }
    let path = format!("{folder}thread_siblings");
    let set = tree.get(&path).map(mask::mask).transpose().map_err(within(&path))?;
    Ok(set.map(|set| (path.clone(), set)))
}

/// The cache of the highest level from three on: what is below is a core's own, and no reason to place anything.
fn last_level(tree: &Tree, cpu: u32) -> Result<Option<(String, CpuSet)>, Fault> {
    let folder = format!("{CPU}cpu{cpu}/cache/");
    let levels = tree.numbers(&folder, "index").into_iter();
    let highest = levels.filter_map(|i| Some((number(tree, &format!("{folder}index{i}/level"))?, i))).max();
    let Some((3.., index)) = highest else { return Ok(None) };
    let path = format!("{folder}index{index}/shared_cpu_list");
    let map = format!("{folder}index{index}/shared_cpu_map");
    let set = mask::either(tree.get(&path), tree.get(&map)).map_err(within(&path))?;
    Ok(set.map(|set| (path.clone(), set)))
}

/// Kernels number sockets as the firmware does, with gaps; -1 is not known.
fn sockets(tree: &Tree, online: &CpuSet) -> Option<i64> {
    let id = |cpu: &u32| number(tree, &format!("{CPU}cpu{cpu}/topology/physical_package_id")).filter(|n| *n >= 0);
    let all: Option<BTreeSet<i64>> = online.0.iter().map(id).collect();
    i64::try_from(all?.len()).ok()
}

/// Intel lists its efficiency cores. Arm states a capacity per CPU; that of other architectures also tells favoured cores
/// of one kind apart, so only Arm's is used.
fn efficiency(tree: &Tree, online: &CpuSet, arch: Option<&str>) -> Result<Option<CpuSet>, Fault> {
    let path = "sys/devices/cpu_atom/cpus";
    if let Some(text) = tree.get(path) {
        let set = mask::list(text).map_err(within(path))?;
        return Ok(Some(CpuSet(set.0.intersection(&online.0).copied().collect())).filter(|s| !s.is_empty()));
    }
    if arch != Some("arm64") {
        return Ok(None);
    }
    let capacity = |cpu: &u32| Some((number(tree, &format!("{CPU}cpu{cpu}/cpu_capacity"))?, *cpu));
    let Some(all) = online.0.iter().map(capacity).collect::<Option<Vec<_>>>() else { return Ok(None) };
    let most = all.iter().map(|(n, _)| *n).max().unwrap_or_default();
    let small: BTreeSet<u32> = all.iter().filter(|(n, _)| *n < most).map(|(_, cpu)| *cpu).collect();
    Ok(Some(CpuSet(small)).filter(|s| !s.is_empty()))
}
