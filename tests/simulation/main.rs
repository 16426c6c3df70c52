//! A node, simulated: does a plan keep it alive when its pods press, and would less have been enough? See README.md.
//!
//! A test tool. Nothing in the product reads it, and no figure of its inputs comes from the catalogue.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod connections;
mod disk;
mod hour;
mod inputs;
mod kubelet;
mod laws;
mod mix;
mod node;
mod outcome;
mod place;
mod pod;
mod random;
mod report;
mod side;
mod study;
