//! The catalogue: what it says of known traps, of defaults read by hand, and how it is used.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod citations;
mod command;
mod layers;
mod literals;
mod neighbours;
mod pins;
mod traps;
