//! Random models described twice: as a `Model`, and as plain data that exhaustive enumeration can answer.

#![allow(dead_code)] // each test binary uses its own part

use plimsoll_solver::{Expr, Model, Row, RowKind, Unit, Var};

/// KiB shown as Mi and solved in GiB.
pub const MEMORY: Unit = Unit { symbol: "Mi", per: 1024, scale: 1 << 20 };

/// Marsaglia's xorshift64*: seeded, so that a failure names the model that made it.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    /// From `lo` to `hi`, both included.
    pub fn within(&mut self, lo: i64, hi: i64) -> i64 {
        lo + (self.next() % (hi - lo + 1) as u64) as i64
    }

    pub fn chance(&mut self, percent: i64) -> bool {
        self.within(1, 100) <= percent
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.within(0, at as i64) as usize);
        }
    }
}

/// Coefficients by variable number (integers first, then derived) and a constant.
#[derive(Clone, Debug, PartialEq)]
pub struct Sum {
    pub terms: Vec<(usize, i64)>,
    pub constant: i64,
}

#[derive(Clone, Debug)]
pub struct Stated {
    pub cause: u8,
    pub kind: RowKind,
    pub defines: usize,
    pub lhs: Sum,
    pub rhs: Sum,
    pub divisor: i64,
}

#[derive(Clone, Debug)]
pub struct Goal {
    pub cost: Sum,
    pub maximize: bool,
}

/// A model as data.
#[derive(Clone, Debug)]
pub struct Plain {
    /// Name, smallest and largest value.
    pub integers: Vec<(String, i64, i64)>,
    /// Name, unit and bound; each uses only integers and derived variables before it.
    pub derived: Vec<(String, Unit, i64)>,
    pub rows: Vec<Stated>,
    pub goals: Vec<Goal>,
}

/// What enumeration finds: all variables' values, and the tiers' values in the caller's sense.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub values: Vec<i64>,
    pub tiers: Vec<i64>,
}

/// What kind of model to make.
#[derive(Clone, Copy)]
pub struct Shape {
    pub max_integers: i64,
    /// Derived variables are only ever wanted small, as the reservations of a node are.
    pub one_way: bool,
    pub soft: bool,
    /// How much the right sides give: smaller makes more models infeasible.
    pub ease: i64,
}

impl Sum {
    fn at(&self, values: &[i64]) -> i64 {
        self.terms.iter().map(|(v, c)| c * values[*v]).sum::<i64>() + self.constant
    }
}

pub fn random(r: &mut Random, shape: Shape) -> Plain {
    let count = r.within(1, shape.max_integers) as usize;
    let names = ["pods", "cores", "entries", "pids"];
    let widest = [24, 9, 6, 5][count - 1];
    let integers: Vec<_> = (0..count)
        .map(|at| {
            let lo = r.within(-2, 3);
            (names[at].to_owned(), lo, lo + r.within(0, widest))
        })
        .collect();
    let memory = r.chance(50);
    let (unit, size) = if memory { (MEMORY, 300_000) } else { (Unit::COUNT, 4) };
    let derived: Vec<_> = (0..r.within(0, 4))
        .map(|at| {
            let max = if r.chance(10) { size * r.within(1, 12) } else { size * 100_000 };
            (format!("need-{at}"), unit, max)
        })
        .collect();
    let mut plain = Plain { integers, derived, rows: Vec::new(), goals: Vec::new() };
    let causes = r.within(1, 7);
    for at in 0..plain.derived.len() {
        let fewest = i64::from(r.chance(90));
        for _ in 0..r.within(fewest, 2) {
            let cause = r.within(1, causes) as u8;
            let kind = [RowKind::Define, RowKind::DefineMin, RowKind::DefineCeil][r.within(0, 2) as usize];
            let lhs = sum(r, &plain, at, size, shape.one_way);
            let rhs = if kind == RowKind::DefineMin { sum(r, &plain, at, size, shape.one_way) } else { nothing() };
            let divisor = if kind == RowKind::DefineCeil { r.within(1, 7) } else { 1 };
            plain.rows.push(Stated { cause, kind, defines: count + at, lhs, rhs, divisor });
        }
    }
    for _ in 0..r.within(1, 7) {
        let cause = r.within(1, causes) as u8;
        let stated = demand(r, &plain, size, shape, cause);
        plain.rows.push(stated);
    }
    for _ in 0..r.within(0, 4) {
        let all = plain.derived.len();
        plain.goals.push(Goal { cost: sum(r, &plain, all, 3, false), maximize: r.chance(50) });
    }
    plain
}

fn nothing() -> Sum {
    Sum { terms: Vec::new(), constant: 0 }
}

/// A sum over integers and the first `derived` derived variables.
fn sum(r: &mut Random, plain: &Plain, derived: usize, size: i64, one_way: bool) -> Sum {
    let mut terms = Vec::new();
    for v in 0..plain.integers.len() {
        if r.chance(55) {
            terms.push((v, r.within(-size, size)));
        }
    }
    for d in 0..derived {
        if r.chance(40) {
            terms.push((plain.integers.len() + d, r.within(if one_way { 0 } else { -2 }, 2)));
        }
    }
    terms.retain(|(_, c)| *c != 0);
    Sum { terms, constant: r.within(-size, 3 * size) }
}

fn demand(r: &mut Random, plain: &Plain, size: i64, shape: Shape, cause: u8) -> Stated {
    use RowKind::{AtLeast, AtMost, Exactly, PreferAtLeast, PreferAtMost};
    let soft = shape.soft && r.chance(25);
    // Exact equalities of random sums hardly ever hold: keep them rare and over one integer.
    if r.chance(8) {
        let lhs = Sum { terms: vec![(r.within(0, plain.integers.len() as i64 - 1) as usize, 1)], constant: 0 };
        return stated(cause, Exactly, lhs, Sum { terms: Vec::new(), constant: r.within(0, 4) });
    }
    let mut lhs = sum(r, plain, plain.derived.len(), size, shape.one_way);
    lhs.constant = 0;
    let limit = Sum { terms: Vec::new(), constant: r.within(-2 * size, shape.ease * size) };
    let only_integers = lhs.terms.iter().all(|(v, _)| *v < plain.integers.len());
    if r.chance(60) || (shape.one_way && !only_integers) {
        stated(cause, if soft { PreferAtMost } else { AtMost }, lhs, limit)
    } else {
        stated(cause, if soft { PreferAtLeast } else { AtLeast }, lhs, Sum { constant: -limit.constant, ..limit })
    }
}

fn stated(cause: u8, kind: RowKind, lhs: Sum, rhs: Sum) -> Stated {
    Stated { cause, kind, defines: usize::MAX, lhs, rhs, divisor: 1 }
}

impl Plain {
    pub fn count(&self) -> usize {
        self.integers.len() + self.derived.len()
    }

    /// The model, with variables and rows stated in the given orders; also its variables by number and rows by number.
    pub fn model_in(&self, vars_order: &[usize], rows_order: &[usize]) -> (Model<u8>, Vec<Var>, Vec<Row>) {
        let mut m = Model::new();
        let mut vars = vec![None; self.count()];
        for &v in vars_order {
            vars[v] = Some(match v.checked_sub(self.integers.len()) {
                None => m.integer(&*self.integers[v].0, Unit::COUNT, self.integers[v].1, self.integers[v].2),
                Some(d) => m.derived(&*self.derived[d].0, self.derived[d].1, self.derived[d].2),
            });
        }
        let vars: Vec<Var> = vars.into_iter().map(Option::unwrap).collect();
        let expr = |sum: &Sum| {
            let terms: Expr = sum.terms.iter().map(|(v, c)| vars[*v] * *c).sum();
            terms + sum.constant
        };
        let mut rows = vec![None; self.rows.len()];
        for &at in rows_order {
            let row = &self.rows[at];
            let (lhs, rhs) = (expr(&row.lhs), expr(&row.rhs));
            let pending = match row.kind {
                RowKind::Define => m.define(vars[row.defines], lhs),
                RowKind::DefineMin => m.define_min(vars[row.defines], lhs, rhs),
                RowKind::DefineCeil => m.define_ceil(vars[row.defines], lhs, row.divisor),
                RowKind::AtMost => m.at_most(lhs, rhs),
                RowKind::AtLeast => m.at_least(lhs, rhs),
                RowKind::Exactly => m.exactly(lhs, rhs),
                RowKind::PreferAtMost => m.prefer_at_most(lhs, rhs).shown_in(Unit::COUNT),
                RowKind::PreferAtLeast => m.prefer_at_least(lhs, rhs).shown_in(Unit::COUNT),
            };
            rows[at] = Some(pending.because(row.cause));
        }
        for (at, goal) in self.goals.iter().enumerate() {
            match goal.maximize {
                true => m.maximize(format!("goal {at}"), expr(&goal.cost)),
                false => m.minimize(format!("goal {at}"), expr(&goal.cost)),
            }
        }
        (m, vars, rows.into_iter().map(Option::unwrap).collect())
    }

    pub fn model(&self) -> (Model<u8>, Vec<Var>, Vec<Row>) {
        let vars: Vec<usize> = (0..self.count()).collect();
        let rows: Vec<usize> = (0..self.rows.len()).collect();
        self.model_in(&vars, &rows)
    }

    /// All points of the integers' domains.
    pub fn points(&self) -> Vec<Vec<i64>> {
        let mut points = vec![Vec::new()];
        for (_, lo, hi) in &self.integers {
            points = points.iter().flat_map(|p: &Vec<i64>| (*lo..=*hi).map(move |v| [&p[..], &[v]].concat())).collect();
        }
        points
    }

    /// Derived values at a point, with the rows `keep` leaves; `None` where one exceeds its bound.
    pub fn closed(&self, point: &[i64], keep: &dyn Fn(usize) -> bool) -> Option<Vec<i64>> {
        let mut values = point.to_vec();
        for (d, (_, _, max)) in self.derived.iter().enumerate() {
            let mut value = 0;
            for (at, row) in self.rows.iter().enumerate() {
                if keep(at) && row.defines == self.integers.len() + d {
                    value = value.max(match row.kind {
                        RowKind::Define => row.lhs.at(&values),
                        RowKind::DefineMin => row.lhs.at(&values).min(row.rhs.at(&values)),
                        _ => (row.lhs.at(&values) + row.divisor - 1).div_euclid(row.divisor),
                    });
                }
            }
            if value > *max {
                return None;
            }
            values.push(value);
        }
        Some(values)
    }

    /// By how much a demand is missed at complete values.
    pub fn miss(&self, at: usize, values: &[i64]) -> i64 {
        let row = &self.rows[at];
        let over = row.lhs.at(values) - row.rhs.at(values);
        match row.kind {
            RowKind::AtMost | RowKind::PreferAtMost => over.max(0),
            RowKind::AtLeast | RowKind::PreferAtLeast => (-over).max(0),
            RowKind::Exactly => over.abs(),
            _ => 0,
        }
    }

    /// Whether values satisfy the hard demands among the kept rows.
    pub fn holds(&self, values: &[i64], keep: &dyn Fn(usize) -> bool) -> bool {
        (0..self.rows.len()).all(|at| !keep(at) || self.rows[at].kind.is_soft() || self.miss(at, values) == 0)
    }

    /// Whether anything satisfies the kept rows.
    pub fn feasible(&self, keep: &dyn Fn(usize) -> bool) -> bool {
        self.points().iter().any(|p| self.closed(p, keep).is_some_and(|values| self.holds(&values, keep)))
    }

    /// The unique best answer by enumeration.
    pub fn best(&self, keep: &dyn Fn(usize) -> bool) -> Option<Answer> {
        let soft: Vec<usize> = (0..self.rows.len()).filter(|at| keep(*at) && self.rows[*at].kind.is_soft()).collect();
        let any_soft = self.rows.iter().any(|row| row.kind.is_soft());
        let mut by_name: Vec<usize> = (0..self.integers.len()).collect();
        by_name.sort_by_key(|v| &self.integers[*v].0);
        let rank = |values: &Vec<i64>| {
            let mut rank: Vec<i64> = Vec::new();
            if any_soft {
                rank.push(soft.iter().map(|at| self.miss(*at, values)).sum());
            }
            rank.extend(self.goals.iter().map(|g| if g.maximize { -g.cost.at(values) } else { g.cost.at(values) }));
            rank.extend(by_name.iter().map(|v| values[*v]));
            rank
        };
        let points = self.points();
        let all = points.iter().filter_map(|p| self.closed(p, keep)).filter(|values| self.holds(values, keep));
        let values = all.min_by_key(rank)?;
        let signs = std::iter::repeat_n(1, usize::from(any_soft));
        let signs = signs.chain(self.goals.iter().map(|goal| if goal.maximize { -1 } else { 1 }));
        let tiers = rank(&values).iter().zip(signs).map(|(value, sign)| value * sign).collect();
        Some(Answer { values, tiers })
    }
}
