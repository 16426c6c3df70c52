//! The nearest change that works: how far one demand, or the fewest together, must move for an answer to exist.

use std::cmp::Ordering;
use std::fmt::Debug;

use crate::compile::{View, compile};
use crate::fault::Fault;
use crate::lin::Lin;
use crate::model::Model;
use crate::row::{Row, RowKind};
use crate::solution::{Outcome, Solution};
use crate::solve::{lexicographic, solve_view};

/// Combinations tried before the fewest rows are looked for by elimination instead.
const COMBINATIONS: usize = 200;

/// A demand against a constant that the user could change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Relax {
    /// An [`AtMost`](RowKind::AtMost), [`AtLeast`](RowKind::AtLeast) or [`Exactly`](RowKind::Exactly) row; others are
    /// passed over.
    pub row: Row,
}

/// A change with which the model was solved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change<C> {
    /// Why the row is stated.
    pub cause: C,
    /// The row whose right side moves.
    pub row: Row,
    /// The constant of its right side as stated, in base units.
    pub from: i64,
    /// The constant it needs, in base units.
    pub to: i64,
    /// The verified answer of the changed model.
    pub solution: Solution,
    /// This change works only with all others returned beside it.
    pub together: bool,
}

/// What moving some rows costs.
struct Move {
    shifts: Vec<(Row, i64)>,
    cost: i128,
}

/// For each row of `relax` alone, the smallest change of its constant with which `m` has an answer: smallest relative
/// change first, then by cause and row. Rows that cannot cure the model alone are left out. Where none can, the fewest
/// rows that can together, with the smallest total relative change, all marked [`Change::together`].
///
/// Empty where `m` has an answer as it stands, or no change of these rows gives it one.
///
/// # Errors
///
/// As [`solve`](fn@crate::solve).
pub fn nearest<C: Clone + Ord + Debug>(m: &Model<C>, relax: &[Relax]) -> Result<Vec<Change<C>>, Fault> {
    let mut rows: Vec<Row> = relax.iter().map(|relax| relax.row).collect();
    rows.retain(|row| m.statement(*row).is_some_and(|row| row.kind.is_hard()));
    rows.sort_by_key(|row| (m.cause(*row), *row));
    rows.dedup();
    let mut changes = Vec::new();
    for row in &rows {
        match smallest(m, &[*row])? {
            Some(found) if found.shifts.is_empty() => return Ok(Vec::new()),
            Some(found) => changes.extend(solved(m, &found.shifts, false)?),
            None => {}
        }
    }
    if changes.is_empty() && rows.len() > 1 {
        return match fewest(m, &rows)? {
            Some(found) => solved(m, &found.shifts, true),
            None => Ok(changes),
        };
    }
    changes.sort_by(relative);
    Ok(changes)
}

/// Compares changes by their size relative to what was stated, exactly.
fn relative<C: Ord>(a: &Change<C>, b: &Change<C>) -> Ordering {
    let size = |change: &Change<C>| i128::from(change.to.abs_diff(change.from));
    let base = |change: &Change<C>| i128::from(change.from.unsigned_abs().max(1));
    let order = (size(a) * base(b)).cmp(&(size(b) * base(a)));
    order.then_with(|| a.cause.cmp(&b.cause)).then_with(|| a.row.cmp(&b.row))
}

/// Solves `m` with its rows moved.
fn solved<C: Clone + Ord + Debug>(
    m: &Model<C>,
    shifts: &[(Row, i64)],
    together: bool,
) -> Result<Vec<Change<C>>, Fault> {
    let view = View { shifts, ..View::default() };
    let Outcome::Solved(solution) = solve_view(m, &view, None)? else {
        return Err(Fault::Check("a change that was found to work does not".into()));
    };
    let change = |(row, shift): &(Row, i64)| {
        let statement = m.statement(*row)?;
        let (cause, from) = (statement.cause.clone(), statement.rhs.constant_sum());
        Some(Change { cause, row: *row, from, to: from.saturating_add(*shift), solution: solution.clone(), together })
    };
    Ok(shifts.iter().filter_map(change).collect())
}

/// The moves of `rows` with the smallest total relative size, or `None` where no moves suffice. Rows that stay are not
/// in the result.
fn smallest<C: Clone + Ord + Debug>(m: &Model<C>, rows: &[Row]) -> Result<Option<Move>, Fault> {
    let mut compiled = compile(m, &View { elastic: rows, ..View::default() })?;
    // `misses` come in the order of the model's rows.
    let mut ordered = rows.to_vec();
    ordered.sort();
    let mut total = Lin::default();
    for (miss, row) in compiled.misses.iter().zip(&ordered) {
        let stated = m.statement(*row).map_or(1, |row| row.rhs.constant_sum().saturating_abs().max(1));
        let weight = if rows.len() == 1 { 1 } else { (1_000_000_000 / stated).max(1) };
        total.terms.push((*miss, weight));
    }
    compiled.problem.costs = vec![total.clone()];
    let Some((values, _)) = lexicographic(&compiled.problem, None)? else { return Ok(None) };
    let mut shifts = Vec::new();
    for row in rows {
        let Some(statement) = m.statement(*row) else { continue };
        let value = |expr: &crate::Expr| {
            let terms = expr.terms.iter().map(|(var, c)| i128::from(*c) * i128::from(values[var.0]));
            terms.chain(expr.constants.iter().map(|(value, _)| i128::from(*value))).sum::<i128>()
        };
        let over = value(&statement.lhs) - value(&statement.rhs);
        let shift = match statement.kind {
            RowKind::AtMost => over.max(0),
            RowKind::AtLeast => over.min(0),
            _ => over,
        };
        if shift != 0 {
            let shift = i64::try_from(shift).map_err(|_| Fault::Model("a change leaves the 64-bit range".into()))?;
            shifts.push((*row, shift));
        }
    }
    Ok(Some(Move { shifts, cost: total.at(&values) }))
}

/// The fewest rows that cure the model together; among equally many the cheapest, then the first.
fn fewest<C: Clone + Ord + Debug>(m: &Model<C>, rows: &[Row]) -> Result<Option<Move>, Fault> {
    let Some(mut all) = smallest(m, rows)? else { return Ok(None) };
    let mut tried = 0;
    for size in 2..rows.len() {
        let mut best: Option<Move> = None;
        for subset in subsets(rows, size, COMBINATIONS - tried) {
            tried += 1;
            if let Some(found) = smallest(m, &subset)?
                && best.as_ref().is_none_or(|best| found.cost < best.cost)
            {
                best = Some(found);
            }
        }
        if tried >= COMBINATIONS {
            break;
        }
        if best.is_some() {
            return Ok(best);
        }
    }
    // Too many to try: start from the cheapest move of all and leave out what can be left out.
    let mut needed: Vec<Row> = all.shifts.iter().map(|(row, _)| *row).collect();
    for row in needed.clone().into_iter().rev() {
        let fewer: Vec<Row> = needed.iter().copied().filter(|other| *other != row).collect();
        if let Some(found) = smallest(m, &fewer)? {
            (all, needed) = (found, fewer);
        }
    }
    Ok(Some(all))
}

/// The first `limit` subsets of `size` rows, in order.
fn subsets(rows: &[Row], size: usize, limit: usize) -> Vec<Vec<Row>> {
    let mut found = Vec::new();
    let mut picked: Vec<usize> = (0..size).collect();
    while found.len() < limit && picked.last().is_some_and(|last| *last < rows.len()) {
        found.push(picked.iter().map(|at| rows[*at]).collect());
        // Advance the last index that still has room, and pack the rest behind it.
        let Some(at) = (0..size).rev().find(|at| picked[*at] < rows.len() - (size - at)) else { break };
        let next = picked[at] + 1;
        (at..size).for_each(|later| picked[later] = next + later - at);
    }
    found
}
