//! Whether pods find NUMA nodes: node after node over the pods that are left, every state once. Nothing of the product's
//! own search is in it, which goes kind after kind and backtracks.

use std::collections::BTreeMap;

/// What a node has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Has {
    /// CPUs that pods and the system's cores share.
    pub cpus: i64,
    /// Bytes that pods and the system share.
    pub memory: i64,
    /// Huge pages and devices.
    pub other: Vec<i64>,
}

/// What one pod of a kind needs.
#[derive(Clone, Debug)]
pub struct Needs {
    /// How many.
    pub count: i64,
    /// CPUs.
    pub cpus: i64,
    /// Bytes.
    pub memory: i64,
    /// Huge pages and devices.
    pub other: Vec<i64>,
    /// Nodes that one pod lies on, alone.
    pub width: usize,
}

/// What the system keeps, wherever there is room.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keeps {
    /// Cores.
    pub cores: i64,
    /// Threads of each.
    pub threads: i64,
    /// Bytes.
    pub memory: i64,
}

/// Most steps; nothing is claimed beyond them.
const MOST: usize = 400_000;

/// Whether everything finds a place; `None` where that takes too long to say.
pub fn fits(nodes: &[Has], kinds: &[Needs], keeps: Keeps) -> Option<bool> {
    let kinds: Vec<Needs> = kinds.iter().filter(|k| k.count > 0).cloned().collect();
    let sum = |of: &dyn Fn(&Needs) -> i64| kinds.iter().map(|k| k.count * of(k)).sum::<i64>();
    let memory: i64 = nodes.iter().map(|n| n.memory).sum();
    let cpus: i64 = nodes.iter().map(|n| n.cpus).sum();
    if sum(&|k| k.memory) + keeps.memory > memory || sum(&|k| k.cpus) + keeps.cores * keeps.threads > cpus {
        return Some(false);
    }
    let mut steps = MOST;
    groups(nodes.to_vec(), Vec::new(), &kinds, keeps, &mut steps)
}

/// Gives each wide pod a group of nodes of its own, in every way, and looks at the rest.
fn groups(free: Vec<Has>, taken: Vec<Has>, kinds: &[Needs], keeps: Keeps, steps: &mut usize) -> Option<bool> {
    let Some(at) = kinds.iter().position(|k| k.width > 1 && k.count > 0) else {
        return singles(&free, &taken, kinds, keeps, steps);
    };
    let wide = &kinds[at];
    let mut rest = kinds.to_vec();
    rest[at].count -= 1;
    let mut seen: Vec<Vec<Has>> = Vec::new();
    let mut unsure = false;
    for mask in 0_u32..1 << free.len() {
        if mask.count_ones() as usize != wide.width {
            continue;
        }
        *steps = steps.checked_sub(1)?;
        let inside = |n: usize| mask >> n & 1 == 1;
        let group: Vec<Has> = (0..free.len()).filter(|n| inside(*n)).map(|n| free[n].clone()).collect();
        // Groups of nodes that are alike are the same group.
        let mut sorted = group.clone();
        sorted.sort_by_key(|h| (h.cpus, h.memory, h.other.clone()));
        if seen.contains(&sorted) {
            continue;
        }
        seen.push(sorted);
        let sum = |of: &dyn Fn(&Has) -> i64| group.iter().map(of).sum::<i64>();
        let others = (0..wide.other.len()).all(|o| sum(&|h| h.other[o]) >= wide.other[o]);
        if sum(&|h| h.cpus) < wide.cpus || sum(&|h| h.memory) < wide.memory || !others {
            continue;
        }
        let left: Vec<Has> = (0..free.len()).filter(|n| !inside(*n)).map(|n| free[n].clone()).collect();
        // What the pod leaves of its group is one lump for the system: a core may be cut by a node's edge, so this allows
        // more than there is by less than a core per node.
        let mut taken = taken.clone();
        taken.push(Has { cpus: sum(&|h| h.cpus) - wide.cpus, memory: 0, other: Vec::new() });
        match groups(left, taken, &rest, keeps, steps) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unsure = true,
        }
    }
    if unsure { None } else { Some(false) }
}

/// Places pods of one node each.
fn singles(free: &[Has], taken: &[Has], kinds: &[Needs], keeps: Keeps, steps: &mut usize) -> Option<bool> {
    let kinds: Vec<Needs> = kinds.iter().filter(|k| k.count > 0).cloned().collect();
    let threads = keeps.threads.max(1);
    let lumps: i64 = taken.iter().map(|h| h.cpus / threads).sum();
    // Pods left → most whole cores that stay free on the nodes looked at so far.
    let mut states: BTreeMap<Vec<i64>, i64> = BTreeMap::from([(kinds.iter().map(|k| k.count).collect(), lumps)]);
    for node in free {
        let mut next: BTreeMap<Vec<i64>, i64> = BTreeMap::new();
        for (left, cores) in &states {
            place(node, &kinds, 0, left.clone(), &mut |left, cpus| {
                let cores = cores + cpus / threads;
                next.entry(left.to_vec()).and_modify(|c| *c = (*c).max(cores)).or_insert(cores);
                *steps = steps.saturating_sub(1);
                *steps > 0
            })?;
        }
        states = next;
    }
    let none = vec![0; kinds.len()];
    Some(states.get(&none).is_some_and(|cores| *cores >= keeps.cores))
}

/// Calls `each` with every choice of pods for one node: what is left, and the CPUs that stay free. `None` when told to stop.
fn place(
    node: &Has,
    kinds: &[Needs],
    at: usize,
    left: Vec<i64>,
    each: &mut dyn FnMut(&[i64], i64) -> bool,
) -> Option<()> {
    let Some(kind) = kinds.get(at) else { return each(&left, node.cpus).then_some(()) };
    let mut node = node.clone();
    let mut left = left;
    loop {
        place(&node, kinds, at + 1, left.clone(), each)?;
        node.cpus -= kind.cpus;
        node.memory -= kind.memory;
        left[at] -= 1;
        for (has, need) in node.other.iter_mut().zip(&kind.other) {
            *has -= need;
        }
        if left[at] < 0 || node.cpus < 0 || node.memory < 0 || node.other.iter().any(|o| *o < 0) {
            return Some(());
        }
    }
}
