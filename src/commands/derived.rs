//! What is derived from definitions: schema, completions, man page.

use super::{Cli, Exit, output};
use crate::spec;
use clap::CommandFactory;

/// Prints the JSON Schema of a spec.
pub fn schema() -> Exit {
    output::json(spec::schema().as_value())
}

/// Prints completions.
pub fn completions(shell: clap_complete::Shell) -> Exit {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "plimsoll", &mut out);
    output::data(&String::from_utf8_lossy(&out))
}

/// Prints the man page, with every command's own below it.
pub fn man() -> Exit {
    let mut out = Vec::new();
    if clap_mangen::Man::new(Cli::command()).render(&mut out).is_err() {
        return output::bug("the man page cannot be made");
    }
    output::data(&String::from_utf8_lossy(&out))
}
