//! What the solver says of maxPods: the tight rules, what comes next, and what lies behind; and arithmetic at any number.

use super::model::ClassModel;
use super::pods;
use crate::quantity::ceil_div;
use crate::rules::{Bound, Next, Why};
use plimsoll_solver::{Direction, Expr, Fault, RowKind, Solution, Var, arithmetic, binding};
use std::collections::BTreeMap;

/// Bounds of one value.
pub struct Bounds {
    /// Rules that hold it where it is.
    pub tight: Vec<Bound>,
    /// The value and the rules once the tight ones are gone.
    pub next: Vec<Next>,
    /// Other rules that limit it, nearest first.
    pub behind: Vec<Bound>,
}

/// Asks the solver about maxPods.
pub fn of(m: &ClassModel, solution: &Solution) -> Result<Bounds, Fault> {
    let binding = binding(&m.model, solution, m.vars.pods, Direction::Up)?;
    let bound = |(why, limit): &(Why, i64)| Bound {
        rule: why.rule.to_string(),
        limit: (*limit).into(),
        arithmetic: demands(m, why, *limit).join("; "),
    };
    let next = binding.next.map_or_else(Vec::new, |next| {
        next.causes.iter().map(|why| Next { rule: why.rule.to_string(), limit: next.value.into() }).collect()
    });
    Ok(Bounds {
        tight: binding.tight.iter().map(bound).collect(),
        next,
        behind: binding.others.iter().map(bound).collect(),
    })
}

/// Every variable's value when the node has this many pods.
pub fn at(m: &ClassModel, count: i64) -> BTreeMap<Var, i64> {
    let model = &m.model;
    let mut values: BTreeMap<Var, i64> = model.vars().map(|v| (v, 0)).collect();
    values.insert(m.vars.pods, count);
    let definitions: Vec<_> =
        model.rows().filter_map(|r| model.statement(r)).filter(|s| s.kind.is_definition()).collect();
    // Definitions feed on variables stated before them or after; a few rounds settle any order.
    for _ in 0..=definitions.len() {
        let mut changed = false;
        for row in &definitions {
            let Some(var) = row.defines else { continue };
            let eval = |e: &Expr| {
                e.vars()
                    .map(|v| e.coefficient(v).saturating_mul(values[&v]))
                    .fold(e.constant_sum(), i64::saturating_add)
            };
            let value = match row.kind {
                RowKind::DefineMin => eval(&row.lhs).min(eval(&row.rhs)),
                RowKind::DefineCeil => ceil_div(eval(&row.lhs), row.divisor),
                _ => eval(&row.lhs),
            };
            if value > values[&var] {
                values.insert(var, value);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    values
}

/// Arithmetic of the rows of a cause at this many pods, definitions left out where there are demands.
fn demands(m: &ClassModel, why: &Why, count: i64) -> Vec<String> {
    let values = at(m, count);
    let read = |v: Var| values.get(&v).copied().unwrap_or(0);
    let all: Vec<_> = m.model.rows_of(why).collect();
    let is_demand = |r: &plimsoll_solver::Row| m.model.statement(*r).is_some_and(|s| !s.kind.is_definition());
    let demands: Vec<_> = all.iter().copied().filter(is_demand).collect();
    let shown = if demands.is_empty() { all } else { demands };
    shown.into_iter().map(|r| arithmetic(&m.model, r, &read)).collect()
}

/// Arithmetic of one cause in a conflict, at the number of pods that was asked for. A ceiling of its own is not worth a
/// line when the pin says the same number.
pub fn lines(m: &ClassModel, why: &Why, count: i64) -> Vec<String> {
    if why.rule == pods::PIN.id {
        return vec![format!("{} is pinned", why.subject)];
    }
    demands(m, why, count)
}

/// Memory at a solution, in one line: why this many pods work.
pub fn at_solution(m: &ClassModel, solution: &Solution) -> Option<String> {
    let count = solution.value(m.vars.pods);
    demands(m, &Why::of(&super::capacity::NODE_MEMORY), count).into_iter().next()
}
