//! The only file that names the solver library: a scaled linear program in, a point or "infeasible" out.

use good_lp::{
    Expression, ResolutionError, Solution as _, SolutionStatus, SolverModel, Variable, WithTimeLimit, microlp,
    variable, variables,
};

use crate::fault::Fault;

/// A fuse, not a parameter: no model of ours comes near it, and one that does is reported as a bug.
const FUSE_SECONDS: f64 = 10.0;

/// A variable of a program, in solver units.
pub(crate) struct Column {
    pub lo: f64,
    pub hi: f64,
}

/// `Σ coefficient × column ≤ limit`.
pub(crate) struct Inequality {
    pub terms: Vec<(usize, f64)>,
    pub limit: f64,
}

/// A linear program to be minimised.
#[derive(Default)]
pub(crate) struct Program {
    pub columns: Vec<Column>,
    pub rows: Vec<Inequality>,
    pub cost: Vec<(usize, f64)>,
}

/// A program's best point.
pub(crate) struct Point {
    pub values: Vec<f64>,
    pub cost: f64,
}

/// Solves `program`; `None` means infeasible and nothing else does.
pub(crate) fn minimise(program: &Program) -> Result<Option<Point>, Fault> {
    let mut stock = variables!();
    let columns: Vec<Variable> =
        program.columns.iter().map(|column| stock.add(variable().min(column.lo).max(column.hi))).collect();
    let sum = |terms: &[(usize, f64)]| {
        let mut sum = Expression::with_capacity(terms.len());
        for (column, coefficient) in terms {
            sum.add_mul(*coefficient, columns[*column]);
        }
        sum
    };
    let mut model = stock.minimise(sum(&program.cost)).using(microlp).with_time_limit(FUSE_SECONDS);
    for row in &program.rows {
        model.add_constraint(sum(&row.terms).leq(row.limit));
    }
    match model.solve() {
        Ok(solution) if matches!(solution.status(), SolutionStatus::TimeLimit) => Err(Fault::Fuse),
        Ok(solution) => {
            let values: Vec<f64> = columns.iter().map(|column| solution.value(*column)).collect();
            let cost = program.cost.iter().map(|(column, c)| c * values[*column]).sum();
            Ok(Some(Point { values, cost }))
        }
        Err(ResolutionError::Infeasible) => Ok(None),
        // good_lp has no variant of its own for a limit that was hit before any point was found.
        Err(ResolutionError::Other(text)) if text.contains("Time limit") => Err(Fault::Fuse),
        Err(error) => Err(Fault::Solver(error.to_string())),
    }
}
