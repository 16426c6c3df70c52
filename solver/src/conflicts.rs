//! All minimal conflicts: the smallest sets of causes that no values satisfy together.

use std::collections::BTreeSet;
use std::fmt::Debug;

use crate::compile::{View, compile};
use crate::fault::Fault;
use crate::hitting::HittingSets;
use crate::lin::Lin;
use crate::model::Model;
use crate::relax::gains_of_rows;
use crate::row::Row;
use crate::search::{Path, Search};

/// Where a conflict search stops. Counts, not seconds: a report must not depend on the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Conflicts to find.
    pub sets: usize,
    /// Feasibility questions to ask.
    pub solves: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { sets: 8, solves: 1000 }
    }
}

/// Why a model has no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflicts<C> {
    /// Minimal sets of causes that are infeasible together: smallest first, then by cause. Empty where the model has an
    /// answer. One empty set where the domains alone, or definitions no demand can do without, are infeasible.
    pub sets: Vec<Vec<C>>,
    /// Whether these are all there are.
    pub complete: bool,
    /// Feasibility questions asked.
    pub solves: usize,
}

struct Oracle<'m, C> {
    m: &'m Model<C>,
    /// Rows by candidate cause; `None` for rows that are always kept or never count.
    candidate: Vec<Option<usize>>,
    solves: usize,
    limit: usize,
}

/// The minimal conflicts of `m`, in an order and to an extent that depend on the model and `limits` only.
///
/// Definitions belong to their cause and can be what a conflict needs. The exception is the definition of a variable
/// that some row wants *large*: without it that row could only get worse, so it is always kept and never part of a
/// conflict.
///
/// # Errors
///
/// As [`solve`](fn@crate::solve).
pub fn conflicts<C: Clone + Ord + Debug>(m: &Model<C>, limits: Limits) -> Result<Conflicts<C>, Fault> {
    let problem = compile(m, &View::default())?.problem;
    let wanted_large = gains_of_rows(&problem);
    let counts = |row: Row| {
        m.statement(row).is_some_and(|row| match row.defines {
            Some(var) => row.kind.is_definition() && !wanted_large[var.0],
            None => true,
        })
    };
    let causes: Vec<C> = {
        let all: BTreeSet<C> = m.rows().filter(|row| counts(*row)).filter_map(|row| m.cause(row).cloned()).collect();
        all.into_iter().collect()
    };
    let index = |row: Row| m.cause(row).and_then(|cause| causes.binary_search(cause).ok());
    let candidate = m.rows().map(|row| if counts(row) { index(row) } else { None }).collect();
    let mut oracle = Oracle { m, candidate, solves: 0, limit: limits.solves };
    let (mut found, complete) = oracle.enumerate(causes.len(), limits.sets)?;
    found.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    let sets = found.into_iter().map(|set| set.into_iter().map(|at| causes[at].clone()).collect()).collect();
    Ok(Conflicts { sets, complete, solves: oracle.solves })
}

impl<C: Clone + Ord + Debug> Oracle<'_, C> {
    /// Whether the causes in `kept` can be satisfied together; `None` when the questions are used up.
    fn feasible(&mut self, kept: &[bool]) -> Result<Option<bool>, Fault> {
        if self.solves >= self.limit {
            return Ok(None);
        }
        self.solves += 1;
        let keep = |row: Row| self.candidate.get(row.0).is_some_and(|cause| cause.is_none_or(|at| kept[at]));
        let view = View { keep: Some(&keep), ..View::default() };
        let problem = compile(self.m, &view)?.problem;
        Ok(Some(Search::new(&problem, Path::Mixed).minimise(&Lin::default(), None)?.is_some()))
    }

    /// Conflicts as sets of candidates, and whether they are all.
    ///
    /// A set of causes whose removal cures the model hits every conflict. So: take the smallest way to hit all
    /// conflicts known; if the model is cured, remember it; if not, what is left holds a conflict not known. When
    /// every way to hit the known ones cures, there is no other.
    fn enumerate(&mut self, count: usize, sets: usize) -> Result<(Vec<Vec<usize>>, bool), Fault> {
        let mut hitting = HittingSets::new();
        let mut found: Vec<Vec<usize>> = Vec::new();
        while let Some(removed) = hitting.next_untried() {
            let kept: Vec<bool> = (0..count).map(|at| !removed.contains(&at)).collect();
            match self.feasible(&kept)? {
                None => return Ok((found, false)),
                Some(true) => hitting.settle(removed),
                Some(false) if found.len() >= sets => return Ok((found, false)),
                Some(false) => {
                    let Some(conflict) = self.shrink(kept)? else { return Ok((found, false)) };
                    let room = hitting.add(&conflict);
                    found.push(conflict);
                    if !room {
                        return Ok((found, false));
                    }
                }
            }
        }
        Ok((found, true))
    }

    /// A minimal conflict within `kept`, which is one: halves are tried first, then each cause, last in order first.
    fn shrink(&mut self, mut kept: Vec<bool>) -> Result<Option<Vec<usize>>, Fault> {
        let members = |kept: &[bool]| (0..kept.len()).filter(|at| kept[*at]).collect::<Vec<_>>();
        let mut chunk = members(&kept).len() / 2;
        loop {
            let chunk_now = chunk.max(1);
            let set = members(&kept);
            for part in set.rchunks(chunk_now) {
                let mut fewer = kept.clone();
                part.iter().for_each(|at| fewer[*at] = false);
                match self.feasible(&fewer)? {
                    None => return Ok(None),
                    Some(false) => kept = fewer,
                    Some(true) => {}
                }
            }
            if chunk_now == 1 {
                return Ok(Some(members(&kept)));
            }
            chunk /= 2;
        }
    }
}
