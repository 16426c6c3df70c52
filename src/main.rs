//! The command line: reads arguments, runs one command, ends with its status.

use clap::Parser;
use plimsoll::commands::{Cli, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(&Cli::parse()).into()
}
