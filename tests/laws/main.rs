//! Laws: what holds for every plan, whatever the spec.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod aligned;
mod around_pins;
mod cluster;
mod follow;
mod local;
mod mutated;
mod program;
mod provenance;
mod random;
mod refused;
mod relations;
mod same_bytes;
mod shuffle;
mod specs;
