//! From a model to the problem one question is about: which rows are kept, which are moved, which may give way.

use std::collections::BTreeMap;

use crate::expr::Expr;
use crate::fault::Fault;
use crate::lin::Lin;
use crate::model::{Kind, Model, TIER_LIMIT};
use crate::problem::{Def, Problem, Slot};
use crate::row::{Row, RowKind, Statement};

/// What a question changes in a model before it is solved. The default changes nothing.
#[derive(Default)]
pub(crate) struct View<'a> {
    /// Rows to leave out; `None` keeps all.
    pub keep: Option<&'a dyn Fn(Row) -> bool>,
    /// Amounts to add to the right side of rows, in base units.
    pub shifts: &'a [(Row, i64)],
    /// Rows that may be missed; each gets a derived variable that measures by how much.
    pub elastic: &'a [Row],
    /// Holds preferences to the shortfall they have at this point: the question is what more costs.
    pub held: Option<&'a [i64]>,
}

/// A problem and where its elastic rows' misses are.
pub(crate) struct Compiled {
    pub problem: Problem,
    pub misses: Vec<usize>,
}

/// `lhs − rhs` as one form.
fn difference(lhs: &Expr, rhs: &Expr, shift: i64) -> Option<Lin> {
    let mut form = Lin::default();
    for (var, coefficient) in &lhs.terms {
        form.add(var.0, *coefficient)?;
    }
    for (var, coefficient) in &rhs.terms {
        form.add(var.0, coefficient.checked_neg()?)?;
    }
    let sum = |expr: &Expr| expr.constants.iter().map(|(value, _)| i128::from(*value)).sum::<i128>();
    form.constant = sum(lhs) - sum(rhs) - i128::from(shift);
    Some(form)
}

fn form(expr: &Expr) -> Option<Lin> {
    difference(expr, &Expr::new(), 0)
}

/// What a comparison must keep at or below zero: one form, or two for an equality.
fn forms<C>(row: &Statement<C>, shift: i64) -> Option<Vec<Lin>> {
    let over = difference(&row.lhs, &row.rhs, shift)?;
    Some(match row.kind {
        RowKind::AtMost | RowKind::PreferAtMost => vec![over],
        RowKind::AtLeast | RowKind::PreferAtLeast => vec![over.negated()],
        _ => vec![over.negated(), over],
    })
}

/// Builds the problem of `m` as `view` sees it.
pub(crate) fn compile<C: Clone + Ord + std::fmt::Debug>(m: &Model<C>, view: &View<'_>) -> Result<Compiled, Fault> {
    if let Some(mistake) = m.mistakes.first() {
        return Err(Fault::Model(mistake.clone()));
    }
    if m.tiers.len() > TIER_LIMIT {
        return Err(Fault::Model(format!("{} tiers, at most {TIER_LIMIT} are solved", m.tiers.len())));
    }
    let mut problem = Problem::default();
    for info in &m.vars {
        let integer = info.kind == Kind::Integer;
        problem.slots.push(Slot { lo: info.min, hi: info.max, integer, scale: scale(integer, info.unit.scale) });
        problem.defs.push(Vec::new());
    }
    problem.integers = m.by_name.values().map(|v| v.0).filter(|v| problem.slots[*v].integer).collect();
    let mut misses = Vec::new();
    let shifts: BTreeMap<Row, i64> = view.shifts.iter().copied().collect();
    for (number, row) in m.rows.iter().enumerate() {
        if view.keep.is_some_and(|keep| !keep(Row(number))) {
            continue;
        }
        let shift = shifts.get(&Row(number)).copied().unwrap_or(0);
        let miss = view.elastic.contains(&Row(number));
        add_row(&mut problem, &mut misses, row, shift, (miss, view.held)).ok_or_else(|| overflow(&row.cause))?;
    }
    add_costs(&mut problem, m).ok_or_else(|| Fault::Model("the numbers of a tier leave the 64-bit range".into()))?;
    problem.arrange()?;
    Ok(Compiled { problem, misses })
}

/// Integers stay as they are, so that one step is one; what follows from them is handed over in solver units.
fn scale(integer: bool, scale: i64) -> f64 {
    if integer { 1.0 } else { scale as f64 }
}

fn overflow<C: std::fmt::Debug>(cause: &C) -> Fault {
    Fault::Model(format!("the numbers of a row of {cause:?} leave the 64-bit range"))
}

fn add_row<C>(
    problem: &mut Problem,
    misses: &mut Vec<usize>,
    row: &Statement<C>,
    shift: i64,
    (elastic, held): (bool, Option<&[i64]>),
) -> Option<()> {
    if let Some(var) = row.defines {
        let defs = match row.kind {
            RowKind::DefineMin => vec![Def::Min(form(&row.lhs)?, form(&row.rhs)?)],
            RowKind::DefineCeil => vec![Def::Ceil(form(&row.lhs)?, row.divisor)],
            RowKind::Define => vec![Def::Max(form(&row.lhs)?)],
            _ => forms(row, shift)?.into_iter().map(Def::Max).collect(),
        };
        problem.defs[var.0].extend(defs);
        if let Some(held) = held.filter(|_| row.kind.is_soft()) {
            let mut cap = Lin::single(var.0, 1);
            cap.constant = -i128::from(held.get(var.0).copied().unwrap_or(0));
            problem.rows.push(cap);
        }
    } else if elastic {
        misses.push(problem.slots.len());
        problem.slots.push(Slot { lo: 0, hi: i64::MAX / 2, integer: false, scale: scale(false, row.unit.scale) });
        problem.defs.push(forms(row, shift)?.into_iter().map(Def::Max).collect());
    } else {
        problem.rows.extend(forms(row, shift)?);
    }
    Some(())
}

/// The preferences' tier first, then the model's own.
fn add_costs<C>(problem: &mut Problem, m: &Model<C>) -> Option<()> {
    let soft: Vec<(usize, i64)> = m
        .rows
        .iter()
        .filter(|row| row.kind.is_soft())
        .filter_map(|row| row.defines.map(|var| (var.0, row.unit.scale)))
        .collect();
    if !soft.is_empty() {
        let mut cost = Lin::default();
        // A shortfall counts in solver units. To stay whole, each is multiplied by what its unit lacks to the common
        // one.
        let common = soft.iter().try_fold(1, |common, (_, scale)| lcm(common, *scale))?;
        for (var, scale) in soft {
            cost.add(var, common / scale)?;
        }
        problem.costs.push(cost);
    }
    for tier in &m.tiers {
        if tier.cost.overflow {
            return None;
        }
        problem.costs.push(form(&tier.cost)?);
    }
    Some(())
}

fn lcm(a: i64, b: i64) -> Option<i64> {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    (a / x).checked_mul(b)
}
