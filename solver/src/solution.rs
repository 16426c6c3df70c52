//! Answers: the values of all variables, exact, and what each tier came to.

use crate::expr::{Expr, Var};
use crate::model::Model;
use crate::problem::Problem;
use crate::solve::PROMISES;

/// What solving a model comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The one best answer.
    Solved(Solution),
    /// Proven: no values satisfy all rows. [`conflicts`](fn@crate::conflicts) says why.
    Infeasible,
}

impl Outcome {
    /// The answer, if there is one.
    pub fn solution(self) -> Option<Solution> {
        match self {
            Self::Solved(solution) => Some(solution),
            Self::Infeasible => None,
        }
    }
}

/// The values of one model's variables, in base units.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Solution {
    values: Vec<i64>,
    tiers: Vec<(String, i64)>,
    solves: usize,
}

impl Solution {
    pub(crate) fn new<C>(m: &Model<C>, problem: &Problem, values: Vec<i64>, solves: usize) -> Self {
        let own = problem.costs.len() - m.tiers.len().min(problem.costs.len());
        let names = std::iter::repeat_n((PROMISES, false), own);
        let names = names.chain(m.tiers.iter().map(|tier| (tier.name.as_str(), tier.maximized)));
        let tiers = names
            .zip(&problem.costs)
            .map(|((name, maximized), cost)| {
                let cost = cost.at(&values);
                (name.to_owned(), saturated(if maximized { -cost } else { cost }))
            })
            .collect();
        Self { values, tiers, solves }
    }

    /// The value of `v` in base units; zero for a variable of another model.
    pub fn value(&self, v: Var) -> i64 {
        self.values.get(v.0).copied().unwrap_or(0)
    }

    /// What each tier came to, in the order they count and in the caller's sense (a maximised tier shows its maximum).
    ///
    /// The tier [`PROMISES`] comes first where the model has preferences: the sum of shortfalls in base units, or,
    /// where their units differ, in the finest step all their solver units share.
    pub fn tiers(&self) -> &[(String, i64)] {
        &self.tiers
    }

    /// `expr` at this solution, in base units (saturating).
    pub fn eval(&self, expr: &Expr) -> i64 {
        let sum = expr.terms.iter().map(|(var, c)| i128::from(*c) * i128::from(self.value(*var))).sum::<i128>();
        saturated(sum + expr.constants.iter().map(|(value, _)| i128::from(*value)).sum::<i128>())
    }

    /// How many programs the floating-point solver was given.
    pub fn solves(&self) -> usize {
        self.solves
    }

    pub(crate) fn values(&self) -> &[i64] {
        &self.values
    }
}

fn saturated(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}
