//! How far one cause alone would let a variable go: the number behind "this is what holds it".

use std::collections::BTreeSet;
use std::fmt::Debug;

use crate::compile::{View, compile};
use crate::expr::Var;
use crate::fault::Fault;
use crate::lin::Lin;
use crate::model::Model;
use crate::row::Row;
use crate::search::{Path, Search};
use crate::solution::Solution;

/// Which way a variable is asked to go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Direction {
    /// To the largest value.
    Up,
    /// To the smallest value.
    Down,
}

/// The best value of the integer `var` (base units) when of all rows only those of `cause` are kept, with the
/// definitions they feed on and `var`'s own domain; the other integers stay where the solution has them, and
/// preferences may not miss by more than they do there.
///
/// `None`: `cause` does not limit `var` within its domain. So it is for a derived `var`, which has no freedom of its
/// own.
pub fn limit_of<C: Clone + Ord + Debug>(
    m: &Model<C>,
    solution: &Solution,
    var: Var,
    direction: Direction,
    cause: &C,
) -> Option<i64> {
    limit_within(m, &|_| true, solution.values(), var, direction, cause).ok().flatten()
}

/// As [`limit_of`], in the part of the model that `keep` leaves.
pub(crate) fn limit_within<C: Clone + Ord + Debug>(
    m: &Model<C>,
    keep: &dyn Fn(Row) -> bool,
    values: &[i64],
    var: Var,
    direction: Direction,
    cause: &C,
) -> Result<Option<i64>, Fault> {
    if !m.is_integer(var) || values.len() < m.vars.len() {
        return Ok(None);
    }
    let (rows, reaches) = rows_with_feeds(m, keep, cause, var);
    if !reaches {
        return Ok(None);
    }
    let kept = |row: Row| rows.contains(&row);
    let view = View { keep: Some(&kept), held: Some(values), ..View::default() };
    let mut problem = compile(m, &view)?.problem;
    for (number, slot) in problem.slots.iter_mut().enumerate() {
        if !slot.integer {
            // A derived variable's own bound is nobody's cause; `cause` must not be blamed for it.
            slot.hi = i64::MAX / 2;
        } else if number != var.0 {
            (slot.lo, slot.hi) = (values[number], values[number]);
        }
    }
    let (end, sign) = match direction {
        Direction::Up => (m.bounds(var).1, -1),
        Direction::Down => (m.bounds(var).0, 1),
    };
    let best = Search::new(&problem, Path::Exact).minimise(&Lin::single(var.0, sign), None)?;
    Ok(best.map(|best| best.values[var.0]).filter(|value| *value != end))
}

/// The demands of `cause`, all definitions they feed on, and whether `var` is anywhere among them.
fn rows_with_feeds<C: Clone + Ord + Debug>(
    m: &Model<C>,
    keep: &dyn Fn(Row) -> bool,
    cause: &C,
    var: Var,
) -> (BTreeSet<Row>, bool) {
    let mut rows = BTreeSet::new();
    let mut seen = vec![false; m.vars.len()];
    let mut open: Vec<Row> = m
        .rows_of(cause)
        .filter(|row| keep(*row) && m.statement(*row).is_some_and(|row| !row.kind.is_definition()))
        .collect();
    let mut reaches = false;
    while let Some(row) = open.pop() {
        rows.insert(row);
        let Some(statement) = m.statement(row) else { continue };
        for used in statement.lhs.vars().chain(statement.rhs.vars()) {
            reaches |= used == var;
            if !std::mem::replace(&mut seen[used.0], true) && !m.is_integer(used) {
                let defines = |row: &Row| m.statement(*row).is_some_and(|row| row.defines == Some(used));
                open.extend(m.rows().filter(|row| keep(*row) && defines(row)));
            }
        }
    }
    (rows, reaches)
}
