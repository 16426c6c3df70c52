//! What holds a variable where it is, what would hold it next, and how far away that is.

use std::collections::BTreeSet;
use std::fmt::Debug;

use crate::compile::View;
use crate::expr::Var;
use crate::fault::Fault;
use crate::limit::{Direction, limit_within};
use crate::model::Model;
use crate::row::Row;
use crate::solution::{Outcome, Solution};
use crate::solve::solve_view;

/// The causes that limit a variable at a solution.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding<C> {
    /// Causes whose limit is the value itself, in cause order, each with that limit in base units.
    pub tight: Vec<(C, i64)>,
    /// Causes with room left, nearest limit first, then in cause order.
    pub others: Vec<(C, i64)>,
    /// What the tight causes keep the variable from; `None` where nothing is tight.
    pub next: Option<Next<C>>,
}

/// Where a variable ends up when the causes that hold it are gone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Next<C> {
    /// Its value in the answer of the model without the tight causes, in base units.
    pub value: i64,
    /// The causes that are tight there, in cause order; none where the domain or a goal ends it.
    pub causes: Vec<C>,
}

/// What limits `var` at `solution`, by cause, and what comes after (the model is solved again without the tight
/// causes).
///
/// # Errors
///
/// As [`solve`](fn@crate::solve).
pub fn binding<C: Clone + Ord + Debug>(
    m: &Model<C>,
    solution: &Solution,
    var: Var,
    direction: Direction,
) -> Result<Binding<C>, Fault> {
    let limits = limits(m, &|_| true, &m.causes(), solution, (var, direction))?;
    let value = solution.value(var);
    let (tight, mut others): (Vec<_>, Vec<_>) = limits.into_iter().partition(|(_, limit)| *limit == value);
    others.sort_by_key(|(_, limit)| limit.abs_diff(value));
    let next = match tight.is_empty() {
        true => None,
        false => next(m, &tight.iter().map(|(cause, _)| cause.clone()).collect(), (var, direction))?,
    };
    Ok(Binding { tight, others, next })
}

/// The limits of all `causes` that have one, in cause order.
fn limits<C: Clone + Ord + Debug>(
    m: &Model<C>,
    keep: &dyn Fn(Row) -> bool,
    causes: &BTreeSet<C>,
    solution: &Solution,
    (var, direction): (Var, Direction),
) -> Result<Vec<(C, i64)>, Fault> {
    let mut limits = Vec::new();
    for cause in causes {
        if let Some(limit) = limit_within(m, keep, solution.values(), var, direction, cause)? {
            limits.push((cause.clone(), limit));
        }
    }
    Ok(limits)
}

fn next<C: Clone + Ord + Debug>(
    m: &Model<C>,
    gone: &BTreeSet<C>,
    (var, direction): (Var, Direction),
) -> Result<Option<Next<C>>, Fault> {
    let keep = |row: Row| m.cause(row).is_some_and(|cause| !gone.contains(cause));
    let view = View { keep: Some(&keep), ..View::default() };
    let Outcome::Solved(solution) = solve_view(m, &view, None)? else { return Ok(None) };
    let left: BTreeSet<C> = m.causes().difference(gone).cloned().collect();
    let value = solution.value(var);
    let limits = limits(m, &keep, &left, &solution, (var, direction))?;
    let causes = limits.into_iter().filter(|(_, limit)| *limit == value).map(|(cause, _)| cause).collect();
    Ok(Some(Next { value, causes }))
}

/// The causes whose definitions give the derived `var` the value it has at `solution`, in cause order; none where it is
/// zero because nothing asks for more.
pub fn defining<C: Clone + Ord + Debug>(m: &Model<C>, solution: &Solution, var: Var) -> Vec<C> {
    let value = i128::from(solution.value(var));
    let asks = |row: &Row| {
        m.statement(*row)
            .filter(|row| row.defines == Some(var))
            .is_some_and(|row| crate::verify::lower_bound(row, solution.values(), 0) == value)
    };
    let causes: BTreeSet<C> = m.rows().filter(asks).filter_map(|row| m.cause(row).cloned()).collect();
    causes.into_iter().collect()
}
