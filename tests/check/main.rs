//! `plimsoll check`: every constraint by its examples, and what the command prints.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod constraints;
mod readers;
