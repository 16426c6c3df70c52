//! A row as arithmetic a reader can follow: `225 × 256Mi + 2730Mi kube-reserved + 100Mi eviction = 60430Mi of 60620Mi`.

use std::fmt::Debug;

use crate::expr::{Expr, Var};
use crate::model::Model;
use crate::row::{Row, RowKind, Statement};
use crate::unit::Unit;

/// One row's arithmetic with the cause it is stated for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Line<C> {
    /// Why the row is stated.
    pub cause: C,
    /// The row in numbers, without a final stop.
    pub text: String,
}

/// A side of a row in words, and what it comes to.
struct Side {
    text: String,
    total: i128,
    /// More than one amount: the total says something the text does not.
    composed: bool,
}

/// The arithmetic of `row` at `values`; empty for a row of another model.
///
/// A row that holds is shown as `… of limit` (`≥`, `exactly`), one that does not as `… > limit` (`<`, `≠`). A
/// definition is shown as `11Mi × 225 + 255Mi = 2730Mi kube-reserved`, or with `≤` where another definition asks for
/// more.
pub fn arithmetic<C: Clone + Ord + Debug>(m: &Model<C>, row: Row, values: &dyn Fn(Var) -> i64) -> String {
    match m.statement(row) {
        Some(row) if row.kind.is_definition() => definition(m, row, values),
        Some(row) => comparison(m, row, values),
        None => String::new(),
    }
}

/// The arithmetic of every row of `cause`, in stated order.
pub fn lines<C: Clone + Ord + Debug>(m: &Model<C>, cause: &C, values: &dyn Fn(Var) -> i64) -> Vec<Line<C>> {
    m.rows_of(cause).map(|row| Line { cause: cause.clone(), text: arithmetic(m, row, values) }).collect()
}

/// The arithmetic of every row of `cause` in one line, separated by semicolons.
pub fn arithmetic_of<C: Clone + Ord + Debug>(m: &Model<C>, cause: &C, values: &dyn Fn(Var) -> i64) -> String {
    let texts: Vec<String> = m.rows_of(cause).map(|row| arithmetic(m, row, values)).collect();
    texts.join("; ")
}

fn comparison<C: Clone + Ord + Debug>(m: &Model<C>, row: &Statement<C>, values: &dyn Fn(Var) -> i64) -> String {
    let (lhs, rhs) = (side(m, &row.lhs, row.unit, values, false), side(m, &row.rhs, row.unit, values, false));
    let relation = match row.kind {
        RowKind::AtMost | RowKind::PreferAtMost if lhs.total <= rhs.total => " of ",
        RowKind::AtMost | RowKind::PreferAtMost => " > ",
        RowKind::AtLeast | RowKind::PreferAtLeast if lhs.total >= rhs.total => " ≥ ",
        RowKind::AtLeast | RowKind::PreferAtLeast => " < ",
        _ if lhs.total == rhs.total => ", exactly ",
        _ => " ≠ ",
    };
    format!("{}{relation}{}", with_total(&lhs, row.unit), with_total(&rhs, row.unit))
}

fn with_total(side: &Side, unit: Unit) -> String {
    match side.composed {
        true => format!("{} = {}", side.text, unit.show_wide(side.total)),
        false => side.text.clone(),
    }
}

fn definition<C: Clone + Ord + Debug>(m: &Model<C>, row: &Statement<C>, values: &dyn Fn(Var) -> i64) -> String {
    let Some(var) = row.defines else { return String::new() };
    let lhs = side(m, &row.lhs, row.unit, values, true);
    let (text, total) = match row.kind {
        RowKind::DefineMin => {
            let rhs = side(m, &row.rhs, row.unit, values, true);
            (format!("min({}, {})", lhs.text, rhs.text), lhs.total.min(rhs.total))
        }
        RowKind::DefineCeil => {
            let rounded = crate::problem::ceil_div(lhs.total, row.divisor);
            // Amounts in a finer unit than the variable's: dividing is no more than rounding to that.
            let finer = row.unit != m.unit(var);
            let text = match (finer, lhs.composed) {
                (true, _) => format!("⌈{}⌉", lhs.text),
                (false, true) => format!("⌈({}) / {}⌉", lhs.text, row.divisor),
                (false, false) => format!("⌈{} / {}⌉", lhs.text, row.divisor),
            };
            (text, rounded)
        }
        _ => (lhs.text, lhs.total),
    };
    let value = values(var);
    let shown = m.unit(var).show(value);
    let name = m.called(var);
    match total.cmp(&i128::from(value)) {
        std::cmp::Ordering::Equal => format!("{text} = {shown} {name}"),
        // Another definition asks for more, or the values are not an answer: say what this one comes to as well.
        order => {
            let relation = if order.is_lt() { "≤" } else { ">" };
            format!("{text} = {} {relation} {shown} {name}", m.unit(var).show_wide(total))
        }
    }
}

/// `expr` at `values`. In a definition the amount comes first (`11Mi × 225`), elsewhere the number (`225 × 256Mi`).
fn side<C: Clone + Ord + Debug>(
    m: &Model<C>,
    expr: &Expr,
    unit: Unit,
    values: &dyn Fn(Var) -> i64,
    amount_first: bool,
) -> Side {
    // One number times an amount needs no name; two would be told apart by nothing else.
    let priced = expr.terms.iter().filter(|(var, _)| m.unit(*var) != unit).count();
    let mut parts: Vec<(bool, String)> = Vec::new();
    let mut total = 0_i128;
    let mut products = 0;
    for (var, coefficient) in &expr.terms {
        let value = values(*var);
        total += i128::from(*coefficient) * i128::from(value);
        // An amount of nothing beside others tells a reader nothing.
        if value == 0 && m.unit(*var) == unit && expr.terms.len() + expr.constants.len() > 1 {
            continue;
        }
        let (own, name, size) = (m.unit(*var), m.called(*var), i128::from(*coefficient).abs());
        let shown = own.show(value);
        let text = match (own == unit, size) {
            (true, 1) => format!("{shown} {name}"),
            (true, _) => format!("{size} × {shown} {name}"),
            // The same amount in another base unit reads the same.
            _ if own.symbol == unit.symbol && size * i128::from(own.per) == i128::from(unit.per) && unit.per > 1 => {
                format!("{shown} {name}")
            }
            (false, _) => {
                let amount = unit.show_wide(size * i128::from(own.per));
                let number = if priced > 1 { format!("{shown} {name}") } else { shown };
                if amount_first { format!("{amount} × {number}") } else { format!("{number} × {amount}") }
            }
        };
        products += usize::from(text.contains('×'));
        parts.push((*coefficient < 0, text));
    }
    for (value, label) in &expr.constants {
        total += i128::from(*value);
        let shown = unit.show_wide(i128::from(*value).abs());
        parts.push((*value < 0, label.as_ref().map_or(shown.clone(), |label| format!("{shown} {label}"))));
    }
    let mut text = String::new();
    for (at, (negative, part)) in parts.iter().enumerate() {
        text.push_str(match (at, negative) {
            (0, false) => "",
            (0, true) => "-",
            (_, false) => " + ",
            (_, true) => " - ",
        });
        text.push_str(part);
    }
    if parts.is_empty() {
        text = unit.show(0);
    }
    Side { text, total, composed: parts.len() > 1 || products > 0 }
}
