//! What can go wrong that is not an answer: every variant is a bug of ours or of the caller's model, never "no plan".

use std::fmt;

/// A failure of the machinery. Infeasibility is not one; it is an [`Outcome`](crate::Outcome).
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// The model cannot be meant: bounds outside the solver's range, an overflow, a definition that feeds on itself.
    Model(String),
    /// The floating-point solver failed with something else than "infeasible", and exact search could not do without.
    Solver(String),
    /// The floating-point solver ran into its time fuse. What it had by then is machine dependent and not an answer.
    Fuse,
    /// An answer did not survive the exact check; the text names the row.
    Check(String),
    /// The search used up its number of solves without a proof.
    Budget {
        /// Nodes that had been searched.
        nodes: usize,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(what) => write!(f, "the model is malformed: {what}"),
            Self::Solver(what) => write!(f, "the solver failed: {what}"),
            Self::Fuse => write!(f, "the solver ran into its time fuse"),
            Self::Check(what) => write!(f, "an answer failed the exact check: {what}"),
            Self::Budget { nodes } => write!(f, "the search gave up after {nodes} nodes without a proof"),
        }
    }
}

impl std::error::Error for Fault {}
