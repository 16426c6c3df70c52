//! Cores, caches, kinds of core and sockets of the fragment.

use super::super::cores::{self, Cores};
use super::super::known::Known;
use super::Text;
use crate::quantity::CpuSet;

/// Writes them, for CPUs that are written by NUMA node.
pub fn write(known: &Known, nodes: &[CpuSet], out: &mut Text) {
    let list = |sets: &[CpuSet]| sets.iter().map(|s| format!("\"{s}\"")).collect::<Vec<_>>().join(", ");
    let sets: Vec<&CpuSet> = nodes.iter().collect();
    match (&known.cores, known.threads) {
        (Some(cores), _) if sets.is_empty() => {
            let threads = cores.iter().map(CpuSet::len).max().unwrap_or(1);
            if cores.iter().all(|c| c.len() == threads) {
                out.line(&format!("threads-per-core = {threads}"));
            }
        }
        (Some(cores), _) => match cores::shape(cores, &sets) {
            Cores::Single => out.line("threads-per-core = 1"),
            Cores::Adjacent(threads) => out.line(&format!("threads-per-core = {threads}\nsiblings = \"adjacent\"")),
            Cores::Split(threads) => out.line(&format!("threads-per-core = {threads}\nsiblings = \"split\"")),
            Cores::Listed(cores) => out.line(&format!("cores = [{}]", list(&cores))),
        },
        (None, Some(threads @ 2..=8)) if known.count.is_some_and(|n| n % threads == 0) => {
            out.line(&format!("threads-per-core = {threads}"));
            out.comment("which threads are siblings: not in what was read; `lscpu --json --extended` tells it");
        }
        (None, Some(1)) => out.line("threads-per-core = 1"),
        (None, _) => out.comment("threads per core: not in what was read"),
    }
    let several = |n: &CpuSet| known.caches.iter().flatten().filter(|c| !c.0.is_disjoint(&n.0)).count() > 1;
    if let Some(caches) = known.caches.as_ref().filter(|_| nodes.iter().any(several)) {
        out.line(&format!("caches = [{}]", list(caches)));
    }
    if let Some(set) = known.efficiency.as_ref().filter(|_| !nodes.is_empty()) {
        out.line(&format!("efficiency = \"{set}\""));
    } else if known.cores.as_ref().is_some_and(|cores| mixed(cores)) && known.offline.is_empty() {
        out.comment("cores have different numbers of threads; which are efficiency cores is not in what was read");
    }
    match known.sockets {
        Some(sockets @ 1..=64) => out.line(&format!("sockets = {sockets}")),
        Some(many) => out.comment(&format!("sockets: {many}, more than a spec can state")),
        None => out.comment("sockets: not in what was read"),
    }
}

/// Whether cores of several threads stand beside cores of one.
fn mixed(cores: &[CpuSet]) -> bool {
    cores.iter().any(|c| c.len() > 1) && cores.iter().any(|c| c.len() == 1)
}
