//! Exact bound propagation: what rows and definitions leave of a box, in whole numbers.

use crate::lin::{Bounds, Lin};
use crate::problem::{Def, Problem};

/// Passes over all rows before the search branches instead: two rows can push each other up one step at a time.
const PASSES: usize = 12;

/// A box being tightened.
struct Tightening<'a> {
    bounds: &'a mut Bounds,
    changed: bool,
}

/// Shrinks `bounds` to what `problem` and the further rows `cuts` (each `≤ 0`) can still take; `false` if nothing is
/// left.
///
/// Nothing feasible is lost. A box of one point that survives satisfies every row exactly.
pub(crate) fn propagate(problem: &Problem, cuts: &[&Lin], bounds: &mut Bounds) -> bool {
    let mut box_ = Tightening { bounds, changed: false };
    for _ in 0..PASSES {
        box_.changed = false;
        for &var in &problem.order {
            if !box_.close(var, &problem.defs[var]) {
                return false;
            }
        }
        let rows = problem.rows.iter().chain(cuts.iter().copied());
        for row in rows {
            if !box_.at_most(row, 0) {
                return false;
            }
        }
        // Backwards, so that a bound on a sum reaches what the sum is made of in one pass.
        for &var in problem.order.iter().rev() {
            if !box_.open(var, &problem.defs[var]) {
                return false;
            }
        }
        if !box_.changed {
            break;
        }
    }
    true
}

impl Tightening<'_> {
    fn raise(&mut self, var: usize, lo: i128) -> bool {
        if lo > i128::from(self.bounds.lo[var]) {
            if lo > i128::from(self.bounds.hi[var]) {
                return false;
            }
            self.bounds.lo[var] = i64::try_from(lo).unwrap_or(i64::MAX);
            self.changed = true;
        }
        true
    }

    fn lower(&mut self, var: usize, hi: i128) -> bool {
        if hi < i128::from(self.bounds.hi[var]) {
            if hi < i128::from(self.bounds.lo[var]) {
                return false;
            }
            self.bounds.hi[var] = i64::try_from(hi).unwrap_or(i64::MIN);
            self.changed = true;
        }
        true
    }

    /// From what a derived variable is made of to its own bounds.
    fn close(&mut self, var: usize, defs: &[Def]) -> bool {
        let (mut lo, mut hi) = (0, 0);
        for def in defs {
            let (low, high) = def.over(self.bounds);
            lo = lo.max(low);
            hi = hi.max(high);
        }
        self.raise(var, lo) && self.lower(var, hi)
    }

    /// `form ≤ limit`.
    fn at_most(&mut self, form: &Lin, limit: i128) -> bool {
        let slack = limit - form.min(self.bounds);
        if slack < 0 {
            return false;
        }
        for &(var, coefficient) in &form.terms {
            let steps = slack / i128::from(coefficient).abs();
            let kept = if coefficient > 0 {
                self.lower(var, i128::from(self.bounds.lo[var]) + steps)
            } else {
                self.raise(var, i128::from(self.bounds.hi[var]) - steps)
            };
            if !kept {
                return false;
            }
        }
        true
    }

    /// `form ≥ limit`.
    fn at_least(&mut self, form: &Lin, limit: i128) -> bool {
        let slack = form.max(self.bounds) - limit;
        if slack < 0 {
            return false;
        }
        for &(var, coefficient) in &form.terms {
            let steps = slack / i128::from(coefficient).abs();
            let kept = if coefficient > 0 {
                self.raise(var, i128::from(self.bounds.hi[var]) - steps)
            } else {
                self.lower(var, i128::from(self.bounds.lo[var]) + steps)
            };
            if !kept {
                return false;
            }
        }
        true
    }

    /// From the bounds of a derived variable to what it is made of.
    fn open(&mut self, var: usize, defs: &[Def]) -> bool {
        let hi = i128::from(self.bounds.hi[var]);
        for def in defs {
            let kept = match def {
                Def::Max(a) => self.at_most(a, hi),
                Def::Ceil(a, divisor) => self.at_most(a, hi * i128::from(*divisor)),
                Def::Min(a, b) if a.min(self.bounds) > hi => self.at_most(b, hi),
                Def::Min(a, b) if b.min(self.bounds) > hi => self.at_most(a, hi),
                Def::Min(..) => true,
            };
            if !kept {
                return false;
            }
        }
        let lo = i128::from(self.bounds.lo[var]);
        if lo <= 0 {
            return true;
        }
        // Where one definition alone can lift the variable to its lower bound, that one must.
        let mut able = defs.iter().filter(|def| def.over(self.bounds).1 >= lo);
        match (able.next(), able.next()) {
            (None, _) => false,
            (Some(Def::Max(a)), None) => self.at_least(a, lo),
            (Some(Def::Ceil(a, divisor)), None) => self.at_least(a, (lo - 1) * i128::from(*divisor) + 1),
            (Some(Def::Min(a, b)), None) => self.at_least(a, lo) && self.at_least(b, lo),
            (Some(_), Some(_)) => true,
        }
    }
}
