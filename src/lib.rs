//! What plimsoll thinks about Kubernetes: facts, rules, plans, and the files and explanations made from them.
//!
//! Arrows of imports point down: commands → view → {diff, render, explain} → plan → rules → facts → {catalog, spec} →
//! {quantity, diag}, with the solver below all. `calibrate` stands beside `catalog`: it knows `quantity` and `diag` only.

pub mod alerts;
pub mod calibrate;
pub mod catalog;
pub mod check;
pub mod commands;
pub mod compare;
pub mod current;
pub mod diag;
pub mod diff;
pub mod discover;
pub mod facts;
pub mod plan;
pub mod quantity;
pub mod render;
pub mod rules;
pub mod spec;
pub mod upgrade;
pub mod view;
pub mod yaml;
