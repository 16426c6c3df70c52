//! Many seeds of many classes: shares of seeds that break, and what is left of each limit.

use super::hour::simulate;
use super::inputs::Inputs;
use super::node::{Node, of_example};
use super::outcome::{Limit, Outcome};
use rayon::prelude::*;

/// Examples whose classes are simulated.
pub const EXAMPLES: [&str; 3] = ["bare-metal", "kubeadm", "eks-web"];
/// Percent of the plan's reservations.
pub const PARTS: [i64; 4] = [100, 90, 75, 50];
/// Percent of seeds at which margins are stated.
pub const QUANTILE: usize = 95;
/// All outcomes of one class.
pub struct Study {
    /// The class as planned.
    pub node: Node,
    /// By part of the reservations, then by seed.
    pub outcomes: Vec<Vec<Outcome>>,
}

/// A limit: what there is of it, and how to read its use.
pub struct Line {
    pub name: &'static str,
    pub unit: &'static str,
    pub planned: i64,
    pub of: fn(&Outcome) -> i64,
}

/// Simulates seeds 1 to `seeds` of every class, with each part of its reservations.
pub fn studies(seeds: u64) -> Vec<Study> {
    let inputs = Inputs::read();
    let nodes = EXAMPLES.iter().flat_map(|example| of_example(example));
    nodes
        .map(|node| Study { outcomes: PARTS.iter().map(|p| part(&node, *p, &inputs, seeds)).collect(), node })
        .collect()
}

fn part(node: &Node, percent: i64, inputs: &Inputs, seeds: u64) -> Vec<Outcome> {
    let node = node.with_reservations(percent);
    (1..=seeds).into_par_iter().map(|seed| simulate(&node, inputs, seed)).collect()
}

impl Study {
    /// Seeds on which something holds, with the part of the reservations at this place of `PARTS`.
    pub fn count(&self, part: usize, holds: impl Fn(&Outcome) -> bool) -> usize {
        self.outcomes[part].iter().filter(|o| holds(o)).count()
    }

    /// What the plan's own seeds used of something, at a percentage of seeds.
    pub fn used(&self, percent: usize, of: impl Fn(&Outcome) -> i64) -> i64 {
        let mut all: Vec<i64> = self.outcomes[0].iter().map(of).collect();
        all.sort_unstable();
        all[(all.len() * percent).div_ceil(100).clamp(1, all.len()) - 1]
    }

    /// Whether the plan's reservations hold on so many percent of seeds: memory, the limit that they decide.
    pub fn holds(&self, percent: usize) -> bool {
        self.count(0, |o| o.has(Limit::Memory)) * 100 <= self.outcomes[0].len() * (100 - percent)
    }

    /// Each limit, in the order of reports.
    pub fn limits(&self) -> Vec<Line> {
        let n = &self.node;
        let line = |name, unit, planned, of| Line { name, unit, planned, of };
        let logs = n.kinds.iter().map(|k| k.containers).max().unwrap_or(1) * n.pods * n.log.0 * n.log.1;
        let mut out = vec![
            line("memory outside of pods", "Mi", n.reserved / 1024, |o| o.outside / 1024),
            line("cpu that cannot wait", "m", n.reserved_cpu / 1000, |o| o.cpu / 1000),
            line("the same, by weights", "m", n.weighed_cpu / 1000, |o| o.cpu / 1000),
            line("connections", "", n.entries, |o| o.entries),
            line("tasks", "", n.tasks, |o| o.tasks),
            line("logs", "Mi", logs >> 20, |o| o.logs / 1024),
        ];
        if let Some(disk) = n.disk {
            out.push(line("disk", "Mi", disk.size / 1024, |o| o.disk / 1024));
        }
        out
    }

    /// Seeds on which each limit broke.
    pub fn by_limit(&self, part: usize) -> [usize; 5] {
        Limit::ALL.map(|limit| self.count(part, |o| o.has(limit)))
    }
}
