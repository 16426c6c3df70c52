//! How sibling threads are numbered: the short words of a spec where they hold, else the cores one by one.

use crate::quantity::CpuSet;
use std::collections::BTreeSet;

/// What a spec says of physical cores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cores {
    /// One thread each: nothing.
    Single,
    /// As many threads each, numbered side by side within each NUMA node.
    Adjacent(usize),
    /// As many threads each, numbered a part of the node's CPUs apart.
    Split(usize),
    /// Anything else.
    Listed(Vec<CpuSet>),
}

/// The shortest true statement about `cores`, given the CPUs of the NUMA nodes.
pub fn shape(cores: &[CpuSet], nodes: &[&CpuSet]) -> Cores {
    let threads = cores.iter().map(CpuSet::len).max().unwrap_or(1);
    if threads <= 1 {
        return Cores::Single;
    }
    let all: BTreeSet<&CpuSet> = cores.iter().collect();
    let alike = cores.iter().all(|c| c.len() == threads);
    let hold = |of: &dyn Fn(&[u32], usize) -> Vec<CpuSet>| {
        nodes.iter().all(|node| {
            let cpus: Vec<u32> = node.0.iter().copied().collect();
            cpus.len().is_multiple_of(threads) && of(&cpus, threads).iter().all(|core| all.contains(core))
        })
    };
    match () {
        () if alike && hold(&adjacent) => Cores::Adjacent(threads),
        () if alike && hold(&split) => Cores::Split(threads),
        () => Cores::Listed(cores.to_vec()),
    }
}

fn adjacent(cpus: &[u32], threads: usize) -> Vec<CpuSet> {
    cpus.chunks(threads).map(|core| CpuSet(core.iter().copied().collect())).collect()
}

fn split(cpus: &[u32], threads: usize) -> Vec<CpuSet> {
    let step = cpus.len() / threads;
    (0..step).map(|k| CpuSet(cpus.iter().skip(k).step_by(step).copied().collect())).collect()
}
