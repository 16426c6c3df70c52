//! The problem that is searched: a model without its causes, reduced to the rows one question is about.

use std::collections::VecDeque;

use crate::fault::Fault;
use crate::lin::{Bounds, Lin};

/// One lower bound of a derived variable; its value is the largest of them and zero.
#[derive(Clone, Debug)]
pub(crate) enum Def {
    /// The form itself.
    Max(Lin),
    /// The smaller of two forms.
    Min(Lin, Lin),
    /// The form over a positive divisor, rounded up.
    Ceil(Lin, i64),
}

/// What the search needs to know of a variable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub lo: i64,
    pub hi: i64,
    pub integer: bool,
    /// Base units in one unit of the floating-point solver.
    pub scale: f64,
}

/// Whole variables, derived variables in closed form, rows `form ≤ 0`, and costs to minimise in turn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problem {
    pub slots: Vec<Slot>,
    /// Definitions by variable; empty for integers.
    pub defs: Vec<Vec<Def>>,
    /// Derived variables, each after those its definitions use.
    pub order: Vec<usize>,
    /// Integers in name order: the order in which ties are broken.
    pub integers: Vec<usize>,
    /// Forms that must not exceed zero.
    pub rows: Vec<Lin>,
    /// Costs in the order they count.
    pub costs: Vec<Lin>,
}

impl Def {
    /// The forms inside.
    pub fn forms(&self) -> impl Iterator<Item = &Lin> {
        let (first, second) = match self {
            Self::Max(a) | Self::Ceil(a, _) => (a, None),
            Self::Min(a, b) => (a, Some(b)),
        };
        std::iter::once(first).chain(second)
    }

    /// The bound at a point.
    pub fn at(&self, values: &[i64]) -> i128 {
        match self {
            Self::Max(a) => a.at(values),
            Self::Min(a, b) => a.at(values).min(b.at(values)),
            Self::Ceil(a, divisor) => ceil_div(a.at(values), *divisor),
        }
    }

    /// The smallest and the largest bound over a box. Both ends are taken by monotony, each variable on its own.
    pub fn over(&self, bounds: &Bounds) -> (i128, i128) {
        match self {
            Self::Max(a) => (a.min(bounds), a.max(bounds)),
            Self::Min(a, b) => (a.min(bounds).min(b.min(bounds)), a.max(bounds).min(b.max(bounds))),
            Self::Ceil(a, divisor) => (ceil_div(a.min(bounds), *divisor), ceil_div(a.max(bounds), *divisor)),
        }
    }
}

/// `⌈a / d⌉` for a positive `d`.
pub(crate) fn ceil_div(a: i128, d: i64) -> i128 {
    -((-a).div_euclid(i128::from(d)))
}

impl Problem {
    /// The box of all domains.
    pub fn domains(&self) -> Bounds {
        Bounds { lo: self.slots.iter().map(|s| s.lo).collect(), hi: self.slots.iter().map(|s| s.hi).collect() }
    }

    /// Fills in the derived variables of a point whose integers are set; `false` where one leaves its domain.
    pub fn close(&self, values: &mut [i64]) -> bool {
        for &var in &self.order {
            let value = self.defs[var].iter().map(|def| def.at(values)).max().unwrap_or(0).max(0);
            match i64::try_from(value) {
                Ok(value) if value <= self.slots[var].hi => values[var] = value,
                _ => return false,
            }
        }
        true
    }

    /// Whether a complete point satisfies every row.
    pub fn satisfied(&self, values: &[i64]) -> bool {
        self.rows.iter().all(|row| row.at(values) <= 0)
    }

    /// Puts the derived variables in an order in which each comes after what it is made of.
    pub fn arrange(&mut self) -> Result<(), Fault> {
        let derived: Vec<usize> = (0..self.slots.len()).filter(|v| !self.slots[*v].integer).collect();
        let feeds = |var: usize| {
            let forms = self.defs[var].iter().flat_map(Def::forms);
            forms.flat_map(|form| form.terms.iter().map(|(v, _)| *v)).filter(|v| !self.slots[*v].integer)
        };
        let mut waits: Vec<usize> = vec![0; self.slots.len()];
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); self.slots.len()];
        for &var in &derived {
            for feed in feeds(var) {
                waits[var] += 1;
                users[feed].push(var);
            }
        }
        let mut ready: VecDeque<usize> = derived.iter().copied().filter(|v| waits[*v] == 0).collect();
        let mut order = Vec::with_capacity(derived.len());
        while let Some(var) = ready.pop_front() {
            order.push(var);
            for &user in &users[var] {
                waits[user] -= 1;
                if waits[user] == 0 {
                    ready.push_back(user);
                }
            }
        }
        if order.len() < derived.len() {
            return Err(Fault::Model("a derived variable is defined by itself".into()));
        }
        self.order = order;
        Ok(())
    }
}
