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

/// Nodes a mixed search halves on its own.
const HALVINGS: usize = 12;

/// By how much a relaxation's cost may be off, in units of its largest coefficient. The solver's own tolerance is 1e-8;
/// too wide a margin only costs a further node, too narrow a one would cost the proof.
const MARGIN: f64 = 1e-6;

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

/// What a relaxation told about a box.
enum Hint {
    /// Nothing better in it.
    Closed,
    /// Look around this point.
    Near(Vec<i64>),
    /// Nothing.
    Unknown,
}

/// A box still to be searched, and how often it has been split.
struct Node {
    bounds: Bounds,
    depth: usize,
}

impl<'p> Search<'p> {
    /// A search over all domains of `problem`.
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

    /// The smallest `cost` there is, or `None` where nothing satisfies the rows. `known` is a point that does.
    pub fn minimise(&mut self, cost: &Lin, known: Option<Vec<i64>>) -> Result<Option<Best>, Fault> {
        let mut best = known.map(|values| Best { cost: cost.at(&values), values });
        // Without "better than what is known", so that what is found holds for later questions too.
        let cuts: Vec<&Lin> = self.cuts.iter().collect();
        if !propagate(self.problem, &cuts, &mut self.root) {
            return Ok(None);
        }
        let mut open = vec![Node { bounds: self.root.clone(), depth: 0 }];
        let mut nodes = 0;
        while let Some(node) = open.pop() {
            nodes += 1;
            if nodes > NODES {
                return Err(self.error.take().unwrap_or(Fault::Budget { nodes }));
            }
            self.visit(cost, node, nodes, &mut best, &mut open)?;
        }
        Ok(best)
    }

    /// Settles a box or splits it.
    fn visit(
        &mut self,
        cost: &Lin,
        Node { mut bounds, depth }: Node,
        nodes: usize,
        best: &mut Option<Best>,
        open: &mut Vec<Node>,
    ) -> Result<(), Fault> {
        let better = better_than(cost, best.as_ref());
        let cuts: Vec<&Lin> = self.cuts.iter().chain(&better).collect();
        if !propagate(self.problem, &cuts, &mut bounds) {
            return Ok(());
        }
        if let Some(found) = self.corner(cost, &bounds) {
            let proven = found.cost <= cost.min(&bounds);
            replace(best, found);
            if proven {
                return Ok(());
            }
        }
        if self.problem.integers.iter().all(|var| bounds.is_fixed(*var)) {
            return Ok(());
        }
        let relaxing = match self.path {
            Path::Solver => true,
            Path::Exact => false,
            Path::Mixed => nodes > HALVINGS,
        };
        let hint = match relaxing && self.solves < SOLVES {
            true => self.relaxed(cost, best, &bounds)?,
            false => Hint::Unknown,
        };
        match hint {
            Hint::Closed => {}
            // At the point the solver proposed and in the middle in turn: the first isolates a point that only rounding
            // made infeasible, the second shrinks what the relaxation is blind to.
            Hint::Near(point) if depth % 2 == 0 => self.split_at(cost, &bounds, depth, &point, open),
            _ => self.halve(cost, &bounds, depth, open),
        }
        Ok(())
    }

    /// The exact values of a point with the given integers, if it satisfies everything.
    fn accept(&self, cost: &Lin, mut values: Vec<i64>) -> Option<Best> {
        let good = self.problem.close(&mut values)
            && self.problem.satisfied(&values)
            && self.cuts.iter().all(|cut| cut.at(&values) <= 0);
        good.then(|| Best { cost: cost.at(&values), values })
    }

    /// Tries the corner where each integer on its own is cheapest.
    fn corner(&self, cost: &Lin, bounds: &Bounds) -> Option<Best> {
        let mut corner = bounds.lo.clone();
        for &(var, coefficient) in &cost.terms {
            if coefficient < 0 {
                corner[var] = bounds.hi[var];
            }
        }
        self.accept(cost, corner)
    }

    /// Asks the solver for a bound on what the box holds and for a point worth trying.
    fn relaxed(&mut self, cost: &Lin, best: &mut Option<Best>, bounds: &Bounds) -> Result<Hint, Fault> {
        let better = better_than(cost, best.as_ref());
        let cuts: Vec<&Lin> = self.cuts.iter().chain(&better).collect();
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
        if let Some(found) = self.accept(cost, values.clone()) {
            replace(best, found);
        }
        let margin = MARGIN * (1.0 + point.cost.abs() * 1e-3);
        let bound = ((point.cost - margin) * relaxation.cost_unit + relaxation.cost_constant).ceil();
        match best {
            Some(best) if best.cost as f64 <= bound => Ok(Hint::Closed),
            _ => Ok(Hint::Near(values)),
        }
    }

    /// The integer with the most values left; among those `first` prefers, if any. Ties go to the first stated.
    fn widest(&self, bounds: &Bounds, first: impl Fn(usize) -> bool) -> Option<usize> {
        let open = self.problem.integers.iter().copied().filter(|var| !bounds.is_fixed(*var));
        open.max_by_key(|var| (first(*var), bounds.width(*var), std::cmp::Reverse(*var)))
    }

    fn split_at(&self, cost: &Lin, bounds: &Bounds, depth: usize, point: &[i64], open: &mut Vec<Node>) {
        let Some(var) = self.widest(bounds, |var| cost.coefficient(var) != 0) else { return };
        let (lo, at, hi) = (bounds.lo[var], point[var], bounds.hi[var]);
        // The last is searched first.
        for (lo, hi) in [(lo, at - 1), (at + 1, hi), (at, at)] {
            if lo <= hi {
                open.push(Node { bounds: bounds.with(var, lo, hi), depth: depth + 1 });
            }
        }
    }

    fn halve(&self, cost: &Lin, bounds: &Bounds, depth: usize, open: &mut Vec<Node>) {
        let Some(var) = self.widest(bounds, |_| true) else { return };
        let (lo, hi) = (bounds.lo[var], bounds.hi[var]);
        let middle = lo + (hi - lo) / 2;
        let mut halves = [bounds.with(var, middle + 1, hi), bounds.with(var, lo, middle)];
        // The last is searched first: let it be the one that may hold the cheaper point.
        halves.sort_by_key(|half| std::cmp::Reverse(cost.min(half)));
        open.extend(halves.map(|bounds| Node { bounds, depth: depth + 1 }));
    }
}

/// The row that only a cheaper point than `best` satisfies.
fn better_than(cost: &Lin, best: Option<&Best>) -> Option<Lin> {
    best.map(|best| Lin { constant: cost.constant - best.cost + 1, ..cost.clone() })
}

fn replace(best: &mut Option<Best>, found: Best) {
    if best.as_ref().is_none_or(|best| found.cost < best.cost) {
        *best = Some(found);
    }
}
