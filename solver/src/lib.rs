//! Lexicographic programs over whole numbers whose every row carries a cause, solved exactly and explained.

#![forbid(unsafe_code)]

mod backend;
mod binding;
mod compile;
mod conflicts;
mod expr;
mod fault;
mod hitting;
mod limit;
mod lin;
mod model;
mod nearest;
mod problem;
mod propagate;
mod relax;
mod row;
mod search;
mod solution;
mod solve;
mod text;
mod unit;
mod verify;

pub use binding::{Binding, Next, binding, defining};
pub use conflicts::{Conflicts, Limits, conflicts};
pub use expr::{Expr, Var};
pub use fault::Fault;
pub use limit::{Direction, limit_of};
pub use model::{INTEGER_LIMIT, Model, TIER_LIMIT};
pub use nearest::{Change, Relax, nearest};
pub use row::{Pending, Row, RowKind, Statement};
pub use solution::{Outcome, Solution};
pub use solve::{PROMISES, solve, solve_by};
pub use text::{Line, arithmetic, arithmetic_of, lines};
pub use unit::Unit;
pub use verify::verify;
