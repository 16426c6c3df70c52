//! The second opinion: every row of the model, as it was stated, in 128-bit whole numbers.
//!
//! Shares no code with the search: it reads the statements, not the problem made of them.

use crate::compile::View;
use crate::expr::Expr;
use crate::fault::Fault;
use crate::model::Model;
use crate::row::{Row, RowKind, Statement};
use crate::solution::Solution;
use crate::text;

/// Checks `solution` against every domain, definition and hard row of `m`, exactly.
///
/// # Errors
///
/// [`Fault::Check`] with the arithmetic of the first thing that does not hold.
pub fn verify<C: Clone + Ord + std::fmt::Debug>(m: &Model<C>, solution: &Solution) -> Result<(), Fault> {
    exact(m, &View::default(), solution.values())
}

pub(crate) fn exact<C: Clone + Ord + std::fmt::Debug>(
    m: &Model<C>,
    view: &View<'_>,
    values: &[i64],
) -> Result<(), Fault> {
    if values.len() < m.vars.len() {
        return Err(Fault::Check("the solution is of another model".into()));
    }
    for (info, value) in m.vars.iter().zip(values) {
        if *value < info.min || *value > info.max {
            return Err(Fault::Check(format!("{} = {value} is outside {} to {}", info.name, info.min, info.max)));
        }
    }
    let mut needed = vec![0_i128; m.vars.len()];
    for (number, row) in m.rows.iter().enumerate() {
        if view.keep.is_some_and(|keep| !keep(Row(number))) || view.elastic.contains(&Row(number)) {
            continue;
        }
        let shift = view.shifts.iter().find(|(moved, _)| moved.0 == number).map_or(0, |(_, shift)| *shift);
        match row.defines {
            Some(var) => needed[var.0] = needed[var.0].max(lower_bound(row, values, shift)),
            None if holds(row, values, shift) => {}
            None => {
                let text = text::arithmetic(m, Row(number), &|var| values[var.0]);
                return Err(Fault::Check(format!("{:?}: {text}", row.cause)));
            }
        }
    }
    for ((info, value), needed) in m.vars.iter().zip(values).zip(&needed) {
        if info.kind == crate::model::Kind::Derived && i128::from(*value) != *needed {
            return Err(Fault::Check(format!("{} is {value}, its definitions come to {needed}", info.name)));
        }
    }
    Ok(())
}

fn eval(expr: &Expr, values: &[i64]) -> i128 {
    let terms = expr.terms.iter().map(|(var, c)| i128::from(*c) * i128::from(values[var.0]));
    terms.chain(expr.constants.iter().map(|(value, _)| i128::from(*value))).sum()
}

fn holds<C>(row: &Statement<C>, values: &[i64], shift: i64) -> bool {
    let (lhs, rhs) = (eval(&row.lhs, values), eval(&row.rhs, values) + i128::from(shift));
    match row.kind {
        RowKind::AtMost => lhs <= rhs,
        RowKind::AtLeast => lhs >= rhs,
        _ => lhs == rhs,
    }
}

/// What a definition or a preference asks of the variable it defines.
pub(crate) fn lower_bound<C>(row: &Statement<C>, values: &[i64], shift: i64) -> i128 {
    let (lhs, rhs) = (eval(&row.lhs, values), eval(&row.rhs, values) + i128::from(shift));
    let divisor = i128::from(row.divisor);
    match row.kind {
        RowKind::DefineMin => lhs.min(rhs),
        // Rounded up by remainder, where the search rounds a negated quotient down.
        RowKind::DefineCeil => lhs / divisor + i128::from(lhs % divisor > 0),
        RowKind::PreferAtMost => lhs - rhs,
        RowKind::PreferAtLeast => rhs - lhs,
        _ => lhs,
    }
}
