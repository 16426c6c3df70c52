//! Pods that need several NUMA nodes: each gets a group of nodes of its own, and all other pods lie on the nodes that are left.
//!
//! Upstream's managers do not mix the two: a node that holds a pod of one node is no part of a group, and a group is of exactly
//! as few nodes as the pod needs. Every choice of groups is tried, neighbours first, since node numbers follow sockets.

use super::packing::{Bin, Effort, Item, Packed, Reserve, holds, pack};
use std::cmp::Reverse;

/// Choices of all groups after which the search gives up.
const CHOICES: usize = 1_000;
/// Groups considered for one pod, where a machine has many nodes that differ.
const GROUPS: usize = 4_096;

/// Pods on nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Pods per node, then per item; a pod of several nodes is counted on the first of them.
    pub pods: Vec<Vec<i64>>,
    /// Nodes of each pod that needs several.
    pub groups: Vec<Vec<usize>>,
}

impl Placed {
    /// What is left per node of what it has: in a group one node after the other is used up.
    pub fn left(&self, mut left: Vec<i64>) -> Vec<i64> {
        for pair in self.groups.iter().flat_map(|g| g.windows(2)) {
            if left[pair[0]] < 0 {
                left[pair[1]] += left[pair[0]];
                left[pair[0]] = 0;
            }
        }
        left
    }
}

/// Places every item; `widths` says how many nodes one pod of each needs. `None` where there is no way, or none was found.
pub fn place(bins: &[Bin], items: &[Item], widths: &[usize], reserve: Reserve, effort: &mut Effort) -> Option<Placed> {
    let pods = |at: usize| if widths[at] > 1 { usize::try_from(items[at].count).unwrap_or(0) } else { 0 };
    if (0..items.len()).map(|at| pods(at).saturating_mul(widths[at])).fold(0, usize::saturating_add) > bins.len() {
        return None;
    }
    let mut wide: Vec<usize> = (0..items.len()).flat_map(|at| std::iter::repeat_n(at, pods(at))).collect();
    wide.sort_by_key(|at| (Reverse(widths[*at]), Reverse(items[*at].cpus), *at));
    let mut search = Search { bins, items, widths, reserve, wide: &wide, groups: Vec::new(), choices: CHOICES, effort };
    search.next(0)
}

struct Search<'a> {
    bins: &'a [Bin],
    items: &'a [Item],
    widths: &'a [usize],
    reserve: Reserve,
    wide: &'a [usize],
    groups: Vec<Vec<usize>>,
    choices: usize,
    effort: &'a mut Effort,
}

impl Search<'_> {
    /// Gives groups to the wide pods from `at` on.
    fn next(&mut self, at: usize) -> Option<Placed> {
        let Some(item) = self.wide.get(at).copied() else { return self.finish() };
        let free: Vec<usize> = (0..self.bins.len()).filter(|n| !self.groups.iter().flatten().any(|g| g == n)).collect();
        let mut seen: Vec<Vec<&Bin>> = Vec::new();
        for group in choices(&free, self.widths[item]) {
            // Groups of nodes that are alike are the same choice again.
            let mut alike: Vec<&Bin> = group.iter().map(|n| &self.bins[*n]).collect();
            alike.sort_by_key(|b| (b.cpus, b.memory, &b.other));
            if seen.contains(&alike) || holds(&merged(self.bins, &group), &self.items[item]) == 0 {
                continue;
            }
            seen.push(alike);
            self.groups.push(group);
            let found = self.next(at + 1);
            if found.is_some() || self.choices == 0 {
                return found;
            }
            self.groups.pop();
        }
        None
    }

    /// Places the other pods on the nodes that no group has.
    fn finish(&mut self) -> Option<Placed> {
        let Some(choices) = self.choices.checked_sub(1) else {
            self.effort.undecided += 1;
            return None;
        };
        self.choices = choices;
        let small: Vec<Item> = self
            .items
            .iter()
            .zip(self.widths)
            .map(|(i, width)| Item { count: if *width > 1 { 0 } else { i.count }, ..i.clone() })
            .collect();
        let mut reserve = self.reserve;
        // What the system keeps may lie anywhere, in what pods leave of their groups as well.
        for (group, item) in self.groups.iter().zip(self.wide) {
            let whole = merged(self.bins, group);
            reserve.cores -= (whole.cpus - self.items[*item].cpus) / reserve.threads.max(1);
            reserve.memory -= whole.memory - self.items[*item].memory;
        }
        reserve = Reserve { cores: reserve.cores.max(0), memory: reserve.memory.max(0), ..reserve };
        let singles: Vec<usize> =
            (0..self.bins.len()).filter(|n| !self.groups.iter().flatten().any(|g| g == n)).collect();
        let bins: Vec<Bin> = singles.iter().map(|n| self.bins[*n].clone()).collect();
        let Packed::Fits(placed) = pack(&bins, &small, reserve, self.effort) else { return None };
        let mut pods = vec![vec![0; self.items.len()]; self.bins.len()];
        for (node, placed) in singles.into_iter().zip(placed) {
            pods[node] = placed;
        }
        for (group, item) in self.groups.iter().zip(self.wide) {
            pods[group[0]][*item] = 1;
        }
        Some(Placed { pods, groups: self.groups.clone() })
    }
}

/// A group as one node.
pub(super) fn merged(bins: &[Bin], group: &[usize]) -> Bin {
    let sum = |pick: &dyn Fn(&Bin) -> i64| group.iter().map(|n| pick(&bins[*n])).fold(0, i64::saturating_add);
    let others = bins.first().map_or(0, |b| b.other.len());
    let other = (0..others).map(|o| sum(&|b| b.other[o])).collect();
    Bin { cpus: sum(&|b| b.cpus), memory: sum(&|b| b.memory), other }
}

/// Groups of `width` nodes, those that lie closest together first.
pub(super) fn choices(nodes: &[usize], width: usize) -> Vec<Vec<usize>> {
    let mut out: Vec<Vec<usize>> = nodes.windows(width).map(<[usize]>::to_vec).collect();
    let mut at: Vec<usize> = (0..width).collect();
    while out.len() < GROUPS && width <= nodes.len() {
        out.push(at.iter().map(|n| nodes[*n]).collect());
        // The next combination: the last index that can grow does, and those behind it follow.
        let Some(grows) = (0..width).rfind(|i| at[*i] < nodes.len() - width + i) else { break };
        at[grows] += 1;
        for i in grows + 1..width {
            at[i] = at[i - 1] + 1;
        }
    }
    let apart = |group: &Vec<usize>| group.last().copied().unwrap_or(0) - group.first().copied().unwrap_or(0);
    out.sort_by_key(|group| (apart(group), group.clone()));
    out.dedup();
    out
}
