//! The commands: the only place that touches files, processes and the terminal.

mod calibrate;
mod check;
mod cli;
mod cluster;
mod collect;
mod compare;
mod derived;
mod diff;
mod discover;
mod explain;
mod fields;
mod gather;
mod init;
mod input;
mod load;
mod output;
mod plan;
mod render;
pub mod tree;

pub use cli::{Cli, Command, Format};

use std::process::ExitCode;

/// How a run ends. The numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done; nothing differs.
    Ok = 0,
    /// Something differs, or there are findings.
    Differs = 1,
    /// The input cannot be used.
    BadInput = 2,
    /// No plan fits.
    Unfit = 3,
    /// A bug of ours.
    Bug = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Runs one command.
#[must_use]
pub fn run(cli: &Cli) -> Exit {
    match &cli.command {
        Command::Init(args) => init::run(args),
        Command::Discover(args) => discover::run(args),
        Command::Plan(args) => plan::run(args),
        Command::Calibrate(args) => calibrate::run(args),
        Command::Render(args) => render::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Check(args) => check::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Fields(args) => fields::run(args),
        Command::Schema => derived::schema(),
        Command::Completions { shell } => derived::completions(*shell),
        Command::Man => derived::man(),
    }
}
