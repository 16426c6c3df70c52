//! `plimsoll check`: every constraint by its examples, and what the command prints.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cluster;
mod command;
mod constraints;
mod cross;
mod directory;
mod faults;
mod hosts;
mod merge;
mod planned;
mod published;
mod readers;
mod safety;
mod versions;
mod yaml;
