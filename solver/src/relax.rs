//! The floating-point relaxation of a box: linear, scaled, slightly widened, and never tighter than the exact problem.
//!
//! Whole numbers are left to the search. Handed to the solver as integers, some small models took it seconds; as linear
//! programs of a few columns they cannot.

use crate::backend::{Column, Inequality, Program};
use crate::lin::{Bounds, Lin};
use crate::problem::{Def, Problem};

/// What every row may be missed by after scaling. Wide enough that rounding in floats cannot make a feasible edge
/// infeasible; what slips through is caught by the exact check.
const SLACK: f64 = 1e-7;

/// A program with the way back to the problem's variables.
pub(crate) struct Relaxation {
    pub program: Program,
    /// The problem's variable of each column; switches have none.
    pub origin: Vec<Option<usize>>,
    /// Base units of cost in one unit of the program's cost.
    pub cost_unit: f64,
    /// Cost in base units of what is fixed.
    pub cost_constant: f64,
}

struct Builder<'a> {
    problem: &'a Problem,
    bounds: &'a Bounds,
    column: Vec<Option<usize>>,
    out: Relaxation,
}

/// Relaxes `problem` in `bounds` with the further rows `cuts`, to minimise `cost`.
///
/// Variables with one value left are put in as numbers, integers become continuous. A derived variable becomes
/// continuous between the bounds that exact propagation found; where some row would gain from a larger value, its
/// definition holds from above as well.
pub(crate) fn relax(problem: &Problem, cuts: &[&Lin], bounds: &Bounds, cost: &Lin) -> Relaxation {
    let out = Relaxation { program: Program::default(), origin: Vec::new(), cost_unit: 1.0, cost_constant: 0.0 };
    let mut builder = Builder { problem, bounds, column: vec![None; problem.slots.len()], out };
    for var in 0..problem.slots.len() {
        builder.add_column(var);
    }
    let (used, gains) = uses(problem, cuts, cost);
    for row in &problem.rows {
        builder.add_row(row);
    }
    for cut in cuts {
        builder.add_row(cut);
    }
    for &var in problem.order.iter().filter(|var| used[**var] && !bounds.is_fixed(**var)) {
        builder.define(var, gains[var]);
    }
    builder.set_cost(cost);
    builder.out
}

/// Which derived variables matter at all, and which of them some row or the cost would gain from raising.
fn uses(problem: &Problem, cuts: &[&Lin], cost: &Lin) -> (Vec<bool>, Vec<bool>) {
    let mut used = vec![false; problem.slots.len()];
    let mut gains = vec![false; problem.slots.len()];
    for form in problem.rows.iter().chain(cuts.iter().copied()).chain([cost]) {
        for &(var, coefficient) in &form.terms {
            used[var] = true;
            gains[var] |= coefficient < 0;
        }
    }
    for &user in problem.order.iter().rev().filter(|var| !problem.defs[**var].is_empty()) {
        if !used[user] {
            continue;
        }
        for &(var, coefficient) in problem.defs[user].iter().flat_map(Def::forms).flat_map(|form| &form.terms) {
            used[var] = true;
            gains[var] |= coefficient < 0 || gains[user];
        }
    }
    (used, gains)
}

/// Which derived variables some row would gain from raising.
pub(crate) fn gains_of_rows(problem: &Problem) -> Vec<bool> {
    uses(problem, &[], &Lin::default()).1
}

impl Builder<'_> {
    fn add_column(&mut self, var: usize) {
        let slot = self.problem.slots[var];
        if self.bounds.is_fixed(var) {
            return;
        }
        let (lo, hi) = (self.bounds.lo[var] as f64 / slot.scale, self.bounds.hi[var] as f64 / slot.scale);
        self.column[var] = Some(self.push(Column { lo, hi }, Some(var)));
    }

    fn push(&mut self, column: Column, origin: Option<usize>) -> usize {
        self.out.program.columns.push(column);
        self.out.origin.push(origin);
        self.out.origin.len() - 1
    }

    /// `form` over columns, with what is fixed added to the constant.
    fn scaled(&self, form: &Lin) -> (Vec<(usize, f64)>, f64) {
        let mut constant = form.constant;
        let mut terms = Vec::with_capacity(form.terms.len() + 1);
        for &(var, coefficient) in &form.terms {
            match self.column[var] {
                Some(column) => terms.push((column, coefficient as f64 * self.problem.slots[var].scale)),
                None => constant += i128::from(coefficient) * i128::from(self.bounds.lo[var]),
            }
        }
        (terms, constant as f64)
    }

    /// `form ≤ 0`.
    fn add_row(&mut self, form: &Lin) {
        // Propagation has already shown that a row nothing can break holds everywhere in the box.
        if form.max(self.bounds) > 0 {
            let (terms, constant) = self.scaled(form);
            self.push_row(terms, -constant);
        }
    }

    /// Divides by the largest coefficient: microlp calls wide rows singular.
    fn push_row(&mut self, mut terms: Vec<(usize, f64)>, limit: f64) {
        let size = terms.iter().fold(0.0_f64, |size, (_, c)| size.max(c.abs()));
        if size == 0.0 {
            return;
        }
        terms.iter_mut().for_each(|(_, c)| *c /= size);
        let limit = limit / size;
        let rounding = 1e-13 * limit.abs();
        self.out.program.rows.push(Inequality { terms, limit: limit + SLACK + rounding });
    }

    /// `form ≤ factor × var`, or the other way round.
    fn add_bound(&mut self, form: &Lin, var: usize, factor: i64, below: bool) {
        let mut row = form.clone();
        if row.add(var, -factor).is_none() {
            return;
        }
        self.add_row(&if below { row } else { row.negated() });
    }

    fn define(&mut self, var: usize, from_above: bool) {
        let defs = &self.problem.defs[var];
        for def in defs {
            match def {
                Def::Max(form) => self.add_bound(form, var, 1, true),
                Def::Ceil(form, divisor) => self.add_bound(form, var, *divisor, true),
                Def::Min(a, b) => self.add_switch(var, a, b),
            }
        }
        // With one definition that cannot be below zero the variable is that definition; with several, the bounds of
        // the box and the exact check must do.
        let [def] = defs.as_slice() else { return };
        if !from_above || def.over(self.bounds).0 < 0 {
            return;
        }
        match def {
            Def::Max(form) => self.add_bound(form, var, 1, false),
            Def::Ceil(form, divisor) => {
                let mut above = form.clone();
                above.constant += i128::from(*divisor) - 1;
                self.add_bound(&above, var, *divisor, false);
            }
            Def::Min(a, b) => {
                self.add_bound(a, var, 1, false);
                self.add_bound(b, var, 1, false);
            }
        }
    }

    /// `var ≥ min(a, b)`: a switch says which of the two holds, and costs the other one at most what the box lets it.
    fn add_switch(&mut self, var: usize, a: &Lin, b: &Lin) {
        let above = |form: &Lin| {
            let mut row = form.clone();
            row.add(var, -1).map(|()| row)
        };
        let (Some(over_a), Some(over_b)) = (above(a), above(b)) else { return };
        let (most_a, most_b) = (over_a.max(self.bounds), over_b.max(self.bounds));
        if most_a <= 0 || most_b <= 0 {
            return;
        }
        if over_a.min(self.bounds) > 0 {
            return self.add_row(&over_b);
        }
        if over_b.min(self.bounds) > 0 {
            return self.add_row(&over_a);
        }
        let switch = self.push(Column { lo: 0.0, hi: 1.0 }, None);
        let (mut terms, constant) = self.scaled(&over_a);
        terms.push((switch, -(most_a as f64)));
        self.push_row(terms, -constant);
        let (mut terms, constant) = self.scaled(&over_b);
        terms.push((switch, most_b as f64));
        self.push_row(terms, most_b as f64 - constant);
    }

    fn set_cost(&mut self, cost: &Lin) {
        let (mut terms, constant) = self.scaled(cost);
        let size = terms.iter().fold(0.0_f64, |size, (_, c)| size.max(c.abs()));
        if size > 0.0 {
            terms.iter_mut().for_each(|(_, c)| *c /= size);
            self.out.cost_unit = size;
        }
        self.out.program.cost = terms;
        self.out.cost_constant = constant;
    }
}
