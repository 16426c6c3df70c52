//! The command line: reads arguments, runs one command, ends with its status.

use clap::Parser;
use plimsoll::commands::{Cli, Exit, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // A panic is a bug of ours, and its status must say so: a pipeline tells it from bad input by the number.
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&cli)));
    outcome.unwrap_or(Exit::Bug).into()
}
