//! The lexicographic solve: tier after tier, then every integer in name order, so that one answer is left.

use crate::compile::{View, compile};
use crate::fault::Fault;
use crate::lin::Lin;
use crate::model::Model;
use crate::problem::Problem;
use crate::search::{Path, Search};
use crate::solution::{Outcome, Solution};
use crate::verify;

/// The name of the tier that the preferences of a model form before all others.
pub const PROMISES: &str = "promises";

/// The one answer of `m`, or the proof that there is none.
///
/// Tiers are solved in the order they were stated, after the preferences. What they leave open is decided by making
/// every integer as small as possible, in the order of names: the answer does not depend on the order of statements.
/// It is checked against every row in exact arithmetic before it is returned.
///
/// # Errors
///
/// A [`Fault`] is never an answer: the model is malformed, the solver failed, or the exact check did.
pub fn solve<C: Clone + Ord + std::fmt::Debug>(m: &Model<C>) -> Result<Outcome, Fault> {
    solve_view(m, &View::default(), None)
}

/// As [`solve`], with the floating-point solver used always (`true`) or never. For tests that compare the two.
#[doc(hidden)]
pub fn solve_by<C: Clone + Ord + std::fmt::Debug>(m: &Model<C>, solver: bool) -> Result<Outcome, Fault> {
    solve_view(m, &View::default(), Some(if solver { Path::Solver } else { Path::Exact }))
}

/// The answer of `m` as `view` sees it.
pub(crate) fn solve_view<C: Clone + Ord + std::fmt::Debug>(
    m: &Model<C>,
    view: &View<'_>,
    path: Option<Path>,
) -> Result<Outcome, Fault> {
    let problem = compile(m, view)?.problem;
    let Some((values, solves)) = lexicographic(&problem, path)? else { return Ok(Outcome::Infeasible) };
    verify::exact(m, view, &values)?;
    Ok(Outcome::Solved(Solution::new(m, &problem, values, solves)))
}

/// The unique best point and the number of relaxations it took.
pub(crate) fn lexicographic(problem: &Problem, path: Option<Path>) -> Result<Option<(Vec<i64>, usize)>, Fault> {
    // One integer is a line: bisection over exact propagation needs no relaxation.
    let path = path.unwrap_or(if problem.integers.len() < 2 { Path::Exact } else { Path::Solver });
    let mut search = Search::new(problem, path);
    let mut known = None;
    for cost in &problem.costs {
        let Some(best) = search.minimise(cost, known)? else { return Ok(None) };
        fix(&mut search, problem, cost, best.cost);
        known = Some(best.values);
    }
    for &var in &problem.integers {
        let Some(best) = search.minimise(&Lin::single(var, 1), known)? else { return Ok(None) };
        search.fix(var, best.values[var]);
        known = Some(best.values);
    }
    // A model without integers and tiers still has rows to satisfy.
    if known.is_none() {
        known = search.minimise(&Lin::default(), None)?.map(|best| best.values);
    }
    Ok(known.map(|values| (values, search.solves)))
}

/// Holds a tier at its value. A single integer is fixed by its bounds, which costs the solver no row; all others by a
/// row that is exact here and half a step wide where floats see it.
fn fix(search: &mut Search<'_>, problem: &Problem, cost: &Lin, value: i128) {
    if let [(var, coefficient)] = cost.terms.as_slice()
        && problem.slots[*var].integer
        && let Ok(bound) = i64::try_from((value - cost.constant) / i128::from(*coefficient))
    {
        return search.fix(*var, bound);
    }
    search.require(Lin { constant: cost.constant - value, ..cost.clone() });
}
