//! The minimal ways to hit every known conflict, kept up to date as conflicts are added.

use std::collections::BTreeSet;

/// Ways kept at most. Beyond that the conflicts found so far are reported as not complete.
const WAYS: usize = 4096;

/// All minimal sets that share a member with every conflict added so far.
pub(crate) struct HittingSets {
    ways: BTreeSet<(usize, Vec<usize>)>,
    settled: BTreeSet<Vec<usize>>,
}

impl HittingSets {
    /// No conflict yet: the empty set hits all.
    pub fn new() -> Self {
        Self { ways: BTreeSet::from([(0, Vec::new())]), settled: BTreeSet::new() }
    }

    /// The smallest way (then the first in order) that has not been settled.
    pub fn next_untried(&self) -> Option<Vec<usize>> {
        self.ways.iter().map(|(_, way)| way).find(|way| !self.settled.contains(*way)).cloned()
    }

    /// `way` has been tried and cures.
    pub fn settle(&mut self, way: Vec<usize>) {
        self.settled.insert(way);
    }

    /// Makes every way hit `conflict` too; `false` when there are more ways than are worth keeping.
    pub fn add(&mut self, conflict: &[usize]) -> bool {
        let (hit, missed): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.ways).into_iter().partition(|(_, way)| way.iter().any(|at| conflict.contains(at)));
        let mut grown = BTreeSet::new();
        for (_, way) in missed {
            for at in conflict {
                let mut longer = way.clone();
                longer.push(*at);
                longer.sort_unstable();
                // A way that hit the conflict before is still minimal, and makes every larger one needless.
                if !hit.iter().any(|(_, way)| way.iter().all(|at| longer.contains(at))) {
                    grown.insert((longer.len(), longer));
                }
            }
        }
        self.ways = hit.into_iter().collect();
        self.ways.extend(grown);
        self.ways.len() <= WAYS
    }
}
