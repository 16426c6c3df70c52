//! Calibration: lines are the best there are, documents are read as upstream writes them, and what is printed holds in a plan.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod command;
mod documents;
mod exact;
mod in_plans;
mod nodes;
