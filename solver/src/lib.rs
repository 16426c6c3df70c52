//! Lexicographic programs over whole numbers whose every row carries a cause, solved exactly and explained.
//!
//! ```
//! use plimsoll_solver::{Direction, Model, Unit, arithmetic, binding, solve};
//!
//! const MI: Unit = Unit { symbol: "Mi", per: 1024, scale: 1 << 20 };
//! let mut m = Model::new();
//! let pods = m.integer("pods", Unit::COUNT, 0, 1000);
//! let reserved = m.derived("kube-reserved", MI, 1 << 40);
//! m.define(reserved, pods * (11 * 1024) + 255 * 1024).because("kubelet-memory");
//! let memory = m.at_most(pods * (256 * 1024) + reserved, 7680 * 1024).because("node-memory");
//! m.at_most(pods, 234).because("addresses");
//! m.maximize("pods", pods);
//!
//! let solution = solve(&m)?.solution().expect("27 pods fit");
//! assert_eq!(solution.value(pods), 27);
//! let text = arithmetic(&m, memory, &|v| solution.value(v));
//! assert_eq!(text, "27 × 256Mi + 552Mi kube-reserved = 7464Mi of 7680Mi");
//! let bound = binding(&m, &solution, pods, Direction::Up)?;
//! assert_eq!(bound.tight, [("node-memory", 27)]);
//! assert_eq!(bound.next.map(|next| (next.value, next.causes)), Some((234, vec!["addresses"])));
//! # Ok::<(), plimsoll_solver::Fault>(())
//! ```
//!
//! Nothing here knows what the variables mean. `README.md` says how programs are formulated and why.

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
mod statistics;
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
pub use statistics::Statistics;
pub use text::{Line, arithmetic, arithmetic_of, lines};
pub use unit::Unit;
pub use verify::verify;
