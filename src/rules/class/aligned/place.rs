//! Where pods and the system's share lie: nodes as bins, what is kept on each, and the free rest.

use super::groups::{self, Placed};
use super::packing::{Bin, Effort, Item, Reserve};
use super::policy::Policy;
use super::{Aligned, memory};
use crate::quantity::CpuSet;
use crate::rules::class::bounds;
use crate::rules::class::model::ClassModel;
use std::collections::BTreeSet;

/// Amount on every node of what ties a pod to none.
pub(super) const UNTIED: i64 = i64::MAX >> 20;

/// Everything that lies on one NUMA node.
#[derive(Clone, Debug, Default)]
pub struct NodeUse {
    /// Pods per kind with CPUs of their own.
    pub pods: Vec<(String, i64)>,
    /// Nodes of a pod that needs several and is counted here, the first of them; else empty.
    pub across: Vec<usize>,
    /// CPUs that the system keeps; empty where the kubelet picks them.
    pub reserved_cpus: CpuSet,
    /// Bytes that the system keeps.
    pub reserved_memory: i64,
    /// CPUs and bytes for shared pods; unknown where nothing says which node a pod is on.
    pub free: Option<(i64, i64)>,
    /// Bytes that pods leave to the system and to shared pods.
    pub(super) left: i64,
}

/// Where everything lies.
#[derive(Clone, Debug)]
pub struct Placement {
    /// Per NUMA node.
    pub nodes: Vec<NodeUse>,
    /// Topology manager policy.
    pub(super) policy: Policy,
    /// Why it is not a stricter one.
    pub(super) prevents: Option<String>,
    /// `pack`, `spread`, or empty where only what pods leave was looked at.
    pub(super) how: &'static str,
    /// How much was searched for it.
    pub effort: Effort,
    /// Node on which the system's memory lies as far as there is room.
    pub(super) first: Option<usize>,
    /// Cores that the system keeps.
    pub(super) cores: i64,
    /// CPUs the system asks for, in thousandths.
    pub(super) milli: i64,
}

/// Amounts at a number of pods.
pub(super) struct Amounts {
    /// Pods per kind.
    pub counts: Vec<i64>,
    /// Physical cores.
    pub cores: i64,
    /// Thousandths of a CPU that the system asks for.
    pub milli: i64,
    /// Bytes of reservations and hard eviction.
    pub memory: i64,
}

impl Aligned<'_> {
    /// What pods and system need when the node has `pods` pods.
    pub(super) fn amounts(&self, m: &ClassModel, pods: i64) -> Amounts {
        let values = bounds::at(m, pods);
        let read = |v| values.get(&v).copied().unwrap_or(0);
        let milli = (read(m.vars.kube_cpu) + read(m.vars.system_cpu) + 999) / 1000;
        let asked = self.reserved.as_ref().map_or(milli, |set| i64::try_from(set.len()).unwrap_or(0) * 1000);
        let memory = (read(m.vars.kube_memory) + read(m.vars.system_memory)) * 1024 + m.eviction * 1024;
        Amounts {
            counts: self.kinds.iter().map(|k| self.facts.mix.count_of(k, pods)).collect(),
            cores: if self.static_cpus { ((asked + 999) / 1000 + self.threads - 1).max(1) / self.threads } else { 0 },
            milli: asked,
            memory,
        }
    }

    /// Names of huge pages and devices that kinds ask for, in one order for bins and items.
    pub(super) fn others(&self) -> Vec<String> {
        // Only the memory manager asks on which node a huge page is.
        let pages = self.kinds.iter().filter(|_| self.static_memory).flat_map(|k| k.hugepages.keys());
        let names = pages.chain(self.kinds.iter().flat_map(|k| k.devices.keys()));
        names.cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// NUMA nodes as bins, without what the system keeps.
    pub(super) fn bins(&self) -> Vec<Bin> {
        let others = self.others();
        let on_node = |device: &String| self.facts.machine.numa.iter().any(|n| n.devices.contains_key(device));
        let bin = |node: &crate::facts::NumaNode| Bin {
            cpus: i64::try_from(node.cpus.len()).unwrap_or(0),
            memory: node.ordinary(),
            other: others
                .iter()
                .map(|name| match (node.hugepages.get(name), node.devices.get(name)) {
                    (Some(pages), _) => pages.0,
                    (None, Some(count)) => *count,
                    // A device whose place nobody stated does not tie a pod to a node.
                    (None, None) if !on_node(name) && self.facts.machine.beside.devices.contains_key(name) => UNTIED,
                    (None, None) => 0,
                })
                .collect(),
        };
        self.facts.machine.numa.iter().map(bin).collect()
    }

    /// Kinds as items. Memory binds only where the memory manager looks at it.
    pub(super) fn items(&self, counts: &[i64]) -> Vec<Item> {
        let others = self.others();
        let item = |(kind, count): (&&crate::facts::PodKind, &i64)| Item {
            count: *count,
            cpus: kind.cpu / 1000,
            memory: if self.static_memory { kind.memory.0 } else { 0 },
            other: others
                .iter()
                .map(|name| kind.hugepages.get(name).or_else(|| kind.devices.get(name)).copied().unwrap_or(0))
                .collect(),
        };
        self.kinds.iter().zip(counts).map(item).collect()
    }

    /// Places everything at a number of pods under a policy; `None` where it does not fit.
    pub(super) fn place(&self, m: &ClassModel, pods: i64, policy: Policy) -> Option<Placement> {
        let amounts = self.amounts(m, pods);
        let bins = self.bins();
        let strict = matches!(policy, Policy::SingleNumaNode | Policy::Restricted);
        let items = if strict { self.items(&amounts.counts) } else { Vec::new() };
        if items.iter().any(|i| i.count > 0 && !self.satisfies(i, policy)) {
            return None;
        }
        for (how, kept) in self.layouts(&bins, amounts.cores) {
            let reserve = match &kept {
                Some(_) => Reserve { cores: 0, threads: 1, memory: amounts.memory },
                None => Reserve { cores: amounts.cores, threads: self.threads, memory: amounts.memory },
            };
            let mut left = bins.clone();
            for (bin, cpus) in left.iter_mut().zip(kept.iter().flatten()) {
                bin.cpus -= cpus;
            }
            let widths: Vec<usize> = items.iter().map(|i| self.width(i)).collect();
            let mut effort = self.effort.get();
            let placed = groups::place(&left, &items, &widths, reserve, &mut effort);
            self.effort.set(effort);
            let Some(placed) = placed else { continue };
            let kept = kept.unwrap_or_else(|| self.behind(&left, &items, &placed, amounts.cores));
            return Some(self.placement(how, &bins, &placed, &kept, &amounts, policy));
        }
        None
    }

    /// Ways to lay out the system's cores, best first: CPUs kept per node, or nothing where pods go first.
    fn layouts(&self, bins: &[Bin], cores: i64) -> Vec<(&'static str, Option<Vec<i64>>)> {
        if let Some(set) = &self.reserved {
            let on = |n: &crate::facts::NumaNode| i64::try_from(n.cpus.0.intersection(&set.0).count()).unwrap_or(0);
            return vec![("", Some(self.facts.machine.numa.iter().map(on).collect()))];
        }
        let order = self.order();
        let most: Vec<i64> = bins.iter().map(|b| b.cpus / self.threads).collect();
        let pack = || ("pack", Some(self.cpus_of(pack_cores(&order, &most, cores))));
        let spread = || ("spread", Some(self.cpus_of(spread_cores(&order, &most, cores))));
        match self.facts.system_cpus.place.as_ref().map(|p| p.value.as_str()) {
            // Where the kubelet picks the CPUs itself it takes the lowest.
            _ if self.static_cpus && !self.chooses_cpus() => vec![pack()],
            Some("pack") => vec![pack()],
            Some(_) => vec![spread()],
            None if self.facts.system_cpus.near.is_some() || self.facts.goal.system_cpus == "pack" => {
                vec![pack(), spread(), ("", None)]
            }
            None => vec![spread(), pack(), ("", None)],
        }
    }

    fn cpus_of(&self, cores: Vec<i64>) -> Vec<i64> {
        cores.into_iter().map(|c| c * self.threads).collect()
    }

    /// Nodes in the order in which the system takes them: the one of the device it should be near first.
    fn order(&self) -> Vec<usize> {
        let nodes = &self.facts.machine.numa;
        let near = self.facts.system_cpus.near.as_ref().filter(|_| self.chooses_cpus()).map(|n| n.value.as_str());
        let first = near.and_then(|name| nodes.iter().position(|n| n.devices.contains_key(name)));
        let mut order: Vec<usize> = (0..nodes.len()).collect();
        let distance = |n: &usize| first.and_then(|f| nodes[f].distances.get(*n)).copied().unwrap_or(0);
        order.sort_by_key(|n| (first.is_some() && first != Some(*n), distance(n), *n));
        order
    }

    /// Cores for the system from what pods leave.
    fn behind(&self, bins: &[Bin], items: &[Item], placed: &Placed, cores: i64) -> Vec<i64> {
        let taken = |bin: usize| items.iter().zip(&placed.pods[bin]).map(|(i, n)| i.cpus * n).sum::<i64>();
        let free = placed.left(bins.iter().enumerate().map(|(b, bin)| bin.cpus - taken(b)).collect());
        let free: Vec<i64> = free.iter().map(|cpus| cpus / self.threads).collect();
        self.cpus_of(pack_cores(&self.order(), &free, cores))
    }

    fn placement(
        &self,
        how: &'static str,
        bins: &[Bin],
        placed: &Placed,
        kept: &[i64],
        amounts: &Amounts,
        policy: Policy,
    ) -> Placement {
        let items = self.items(&amounts.counts);
        let strict = !placed.pods.iter().all(|p| p.is_empty());
        let used = |bin: usize, pick: fn(&Item) -> i64| -> i64 {
            if strict { items.iter().zip(&placed.pods[bin]).map(|(i, n)| pick(i) * n).sum() } else { 0 }
        };
        let left_cpus =
            placed.left(bins.iter().enumerate().map(|(b, bin)| bin.cpus - kept[b] - used(b, |i| i.cpus)).collect());
        let left = placed.left(bins.iter().enumerate().map(|(b, bin)| bin.memory - used(b, |i| i.memory)).collect());
        let weights: Vec<i64> = bins.iter().map(|b| b.memory).collect();
        let first = if how == "pack" { self.order().first().copied() } else { None };
        let memory = memory::split(if self.static_memory { amounts.memory } else { 0 }, &weights, &left, first);
        let chosen = match &self.reserved {
            Some(set) => {
                let on = |n: &crate::facts::NumaNode| CpuSet(n.cpus.0.intersection(&set.0).copied().collect());
                self.facts.machine.numa.iter().map(on).collect()
            }
            None if self.chooses_cpus() => self.pick(kept, amounts.milli),
            None => vec![CpuSet::default(); bins.len()],
        };
        let nodes = (0..bins.len())
            .map(|b| {
                let pods = self.kinds.iter().zip(placed.pods[b].iter()).filter(|(_, n)| **n > 0);
                let fewer =
                    if chosen[b].is_empty() { 0 } else { kept[b] - i64::try_from(chosen[b].len()).unwrap_or(0) };
                NodeUse {
                    pods: pods.map(|(k, n)| (k.name.clone(), *n)).collect(),
                    across: placed.groups.iter().find(|g| g[0] == b).cloned().unwrap_or_default(),
                    free: strict.then(|| (left_cpus[b] + fewer, left[b] - memory[b])),
                    left: left[b],
                    reserved_memory: memory[b],
                    reserved_cpus: chosen[b].clone(),
                }
            })
            .collect();
        Placement {
            nodes,
            policy,
            prevents: None,
            how,
            first,
            effort: self.effort.get(),
            cores: amounts.cores,
            milli: amounts.milli,
        }
    }
}

/// Cores of one node after the other.
fn pack_cores(order: &[usize], most: &[i64], cores: i64) -> Vec<i64> {
    let (mut out, mut left) = (vec![0; most.len()], cores);
    for node in order {
        out[*node] = left.min(most[*node]).max(0);
        left -= out[*node];
    }
    out
}

/// Cores from all nodes in turn.
fn spread_cores(order: &[usize], most: &[i64], cores: i64) -> Vec<i64> {
    let (mut out, mut left) = (vec![0; most.len()], cores);
    while left > 0 {
        let before = left;
        for node in order {
            if left > 0 && out[*node] < most[*node] {
                out[*node] += 1;
                left -= 1;
            }
        }
        if left == before {
            break; // more than the machine has; the capacity rule says so
        }
    }
    out
}
