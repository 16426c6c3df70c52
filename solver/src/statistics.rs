//! The size of a model as the solver sees it, and how far apart its numbers are.

use std::fmt::Debug;

use crate::compile::{View, compile};
use crate::fault::Fault;
use crate::lin::Lin;
use crate::model::Model;
use crate::relax::relax;

/// What a model amounts to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Statistics {
    /// Variables the search decides.
    pub integers: usize,
    /// Variables that follow from them.
    pub continuous: usize,
    /// Stated rows, definitions and preferences included.
    pub rows: usize,
    /// The largest coefficient by the smallest, over all scaled rows before anything is fixed; one for no rows.
    /// Beyond about 10^7 the floating-point solver begins to fail.
    pub largest_coefficient_ratio: f64,
}

impl<C: Clone + Ord + Debug> Model<C> {
    /// The size and the spread of the model.
    ///
    /// # Errors
    ///
    /// [`Fault::Model`], as [`solve`](fn@crate::solve).
    pub fn statistics(&self) -> Result<Statistics, Fault> {
        let problem = compile(self, &View::default())?.problem;
        // Every definition counts, whether a row needs it or not.
        let mut all = Lin::default();
        all.terms.extend(problem.order.iter().map(|var| (*var, 1)));
        let program = relax(&problem, &[], &problem.domains(), &all).program;
        let sizes = program.rows.iter().flat_map(|row| row.terms.iter().map(|(_, c)| c.abs()));
        let (least, most) = sizes.fold((f64::INFINITY, 0.0_f64), |(least, most), c| (least.min(c), most.max(c)));
        let integers = problem.integers.len();
        Ok(Statistics {
            integers,
            continuous: problem.slots.len() - integers,
            rows: self.rows.len(),
            largest_coefficient_ratio: if most > 0.0 { most / least } else { 1.0 },
        })
    }
}
