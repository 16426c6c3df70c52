//! The exact search: boxes that propagation shrinks, the floating-point relaxation bounds, and whole points decide.

use crate::backend;
use crate::fault::Fault;
use crate::lin::{Bounds, Lin};
use crate::problem::Problem;
use crate::propagate::propagate;
use crate::relax::relax;

/// Nodes before a search is given up. Plans need a handful; the count, not the clock, keeps reports reproducible.
const NODES: usize = 200_000;

/// Relaxations before a search goes on with propagation alone.
const SOLVES: usize = 5_000;

/// How a search may prove its answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Path {
    /// Relaxations from the first node that needs one.
    Solver,
    /// Propagation and halving only. For one integer this is a bisection.
    Exact,
    /// Halving for a few nodes, then relaxations: most questions of a conflict search are answered at once.
    Mixed,
}

/// Nodes a mixed search halves on its own.
const HALVINGS: usize = 12;

/// A search over one problem. Rows can be added between questions, and stay.
pub(crate) struct Search<'p> {
    problem: &'p Problem,
    path: Path,
    cuts: Vec<Lin>,
    root: Bounds,
    /// Relaxations handed to the solver so far.
    pub solves: usize,
    /// The last error of the solver that a search went on without.
    error: Option<Fault>,
}

/// A point with its cost, in base units.
#[derive(Clone, Debug)]
pub(crate) struct Best {
    pub cost: i128,
    pub values: Vec<i64>,
}

impl<'p> Search<'p> {
    pub fn new(problem: &'p Problem, path: Path) -> Self {
        Self { problem, path, cuts: Vec::new(), root: problem.domains(), solves: 0, error: None }
    }

    /// From now on `form ≤ 0`.
    pub fn require(&mut self, form: Lin) {
        self.cuts.push(form);
    }

    /// From now on `var = value`.
    pub fn fix(&mut self, var: usize, value: i64) {
        self.root.lo[var] = value;
        self.root.hi[var] = value;
    }

    /// The exact values of a point with the given integers, if it satisfies everything.
    fn accept(&self, integers: &[i64]) -> Option<Vec<i64>> {
        let mut values = integers.to_vec();
        let good = self.problem.close(&mut values)
            && self.problem.broken(&values).is_none()
            && self.cuts.iter().all(|cut| cut.at(&values) <= 0);
        good.then_some(values)
    }

    /// The smallest `cost` there is, or `None` where nothing satisfies the rows. `known` is a point that does.
    pub fn minimise(&mut self, cost: &Lin, known: Option<Vec<i64>>) -> Result<Option<Best>, Fault> {
        let mut best = known.map(|values| Best { cost: cost.at(&values), values });
        let cuts: Vec<&Lin> = self.cuts.iter().collect();
        // Without "better than what is known", so that it holds for later questions too.
        if !propagate(self.problem, &cuts, &mut self.root) {
            return Ok(None);
        }
        let mut open = vec![(self.root.clone(), 0_usize)];
        let mut nodes = 0;
        while let Some((mut bounds, depth)) = open.pop() {
            nodes += 1;
            if nodes > NODES {
                return Err(self.error.take().unwrap_or(Fault::Budget { nodes }));
            }
            if !self.shrink(cost, best.as_ref(), &mut bounds) {
                continue;
            }
            if let Some(found) = self.corner(cost, &bounds) {
                let proven = found.cost <= cost.min(&bounds);
                replace(&mut best, found);
                if proven {
                    continue;
                }
            }
            if self.problem.integers.iter().all(|var| bounds.is_fixed(*var)) {
                continue;
            }
            let relaxed = match self.path {
                Path::Solver => true,
                Path::Exact => false,
                Path::Mixed => nodes > HALVINGS,
            };
            let hint = match relaxed && self.solves < SOLVES {
                true => match self.relaxed(cost, &mut best, &bounds)? {
                    Hint::Closed => continue,
                    Hint::Split(point) => Some(point),
                    Hint::Unknown => None,
                },
                false => None,
            };
            self.split(cost, bounds, depth, hint, &mut open);
        }
        Ok(best)
    }

    /// Propagates rows, cuts and "better than what is known"; `false` where nothing of the box is left.
    fn shrink(&self, cost: &Lin, best: Option<&Best>, bounds: &mut Bounds) -> bool {
        let better = best.map(|best| Lin { constant: cost.constant - best.cost + 1, ..cost.clone() });
        let cuts: Vec<&Lin> = self.cuts.iter().chain(better.as_ref()).collect();
        propagate(self.problem, &cuts, bounds)
    }

    /// Tries the corner where each integer on its own is cheapest.
    fn corner(&self, cost: &Lin, bounds: &Bounds) -> Option<Best> {
        let mut corner = bounds.lo.clone();
        for &(var, coefficient) in &cost.terms {
            if coefficient < 0 {
                corner[var] = bounds.hi[var];
            }
        }
        let values = self.accept(&corner)?;
        Some(Best { cost: cost.at(&values), values })
    }

    /// Asks the solver for a bound and a point.
    fn relaxed(&mut self, cost: &Lin, best: &mut Option<Best>, bounds: &Bounds) -> Result<Hint, Fault> {
        let better = best.as_ref().map(|best| Lin { constant: cost.constant - best.cost + 1, ..cost.clone() });
        let cuts: Vec<&Lin> = self.cuts.iter().chain(better.as_ref()).collect();
        let relaxation = relax(self.problem, &cuts, bounds, cost);
        self.solves += 1;
        let point = match backend::minimise(&relaxation.program) {
            Ok(Some(point)) => point,
            Ok(None) => return Ok(Hint::Closed),
            Err(Fault::Fuse) => return Err(Fault::Fuse),
            // Not an answer: the box is halved, and what halving cannot prove ends as this fault.
            Err(fault) => {
                self.error = Some(fault);
                return Ok(Hint::Unknown);
            }
        };
        let mut values = bounds.lo.clone();
        for (value, var) in point.values.iter().zip(&relaxation.origin) {
            if let Some(var) = var.filter(|var| self.problem.slots[*var].integer) {
                values[var] = (value.round() as i64).clamp(bounds.lo[var], bounds.hi[var]);
            }
        }
        let margin = 1e-6 * (1.0 + point.cost.abs() * 1e-3);
        let bound = ((point.cost - margin) * relaxation.cost_unit + relaxation.cost_constant).ceil();
        if let Some(values_closed) = self.accept(&values) {
            let found = Best { cost: cost.at(&values_closed), values: values_closed };
            let proven = found.cost as f64 <= bound;
            replace(best, found);
            if proven {
                return Ok(Hint::Closed);
            }
        }
        match best {
            Some(best) if best.cost as f64 <= bound => Ok(Hint::Closed),
            _ => Ok(Hint::Split(values)),
        }
    }

    /// Splits at the point the solver proposed and in the middle in turn: the first isolates a point that only rounding
    /// made infeasible, the second shrinks what the relaxation is blind to.
    fn split(&self, cost: &Lin, bounds: Bounds, depth: usize, hint: Option<Vec<i64>>, open: &mut Vec<(Bounds, usize)>) {
        let at_point = hint.filter(|_| depth % 2 == 0);
        let counts = |var: &usize| at_point.is_some() && cost.coefficient(*var) != 0;
        let Some(var) = self
            .problem
            .integers
            .iter()
            .copied()
            .filter(|var| !bounds.is_fixed(*var))
            .max_by_key(|var| (counts(var), bounds.width(*var), std::cmp::Reverse(*var)))
        else {
            return;
        };
        let (lo, hi) = (bounds.lo[var], bounds.hi[var]);
        let mut parts: Vec<(i64, i64)> = match &at_point {
            Some(point) => vec![(lo, point[var] - 1), (point[var] + 1, hi), (point[var], point[var])],
            None => {
                let middle = lo + (hi - lo) / 2;
                vec![(middle + 1, hi), (lo, middle)]
            }
        };
        parts.retain(|(lo, hi)| lo <= hi);
        let mut boxes: Vec<Bounds> = parts
            .into_iter()
            .map(|(lo, hi)| {
                let mut part = bounds.clone();
                (part.lo[var], part.hi[var]) = (lo, hi);
                part
            })
            .collect();
        if at_point.is_none() {
            // The last is searched first: let it be the one that may hold the cheaper point.
            boxes.sort_by_key(|part| std::cmp::Reverse(cost.min(part)));
        }
        open.extend(boxes.into_iter().map(|part| (part, depth + 1)));
    }
}

/// What a relaxation told about a box.
enum Hint {
    /// Nothing better in it.
    Closed,
    /// Look around this point.
    Split(Vec<i64>),
    /// Nothing.
    Unknown,
}

fn replace(best: &mut Option<Best>, found: Best) {
    if best.as_ref().is_none_or(|best| found.cost < best.cost) {
        *best = Some(found);
    }
}
