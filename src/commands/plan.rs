//! `plimsoll plan`.

use super::{Exit, Format, cli, load, output};
use crate::{plan, view};

/// Solves a spec and prints the plan.
pub fn run(args: &cli::Plan) -> Exit {
    let loaded = match load::load(&args.spec, args.format) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let load::Loaded { plan: made, sources, input, .. } = &loaded;
    if output::formatted(&made.findings, sources, input, args.format) {
        return Exit::Ok;
    }
    match args.format {
        Format::Json => output::json(&plan::document(made, Some(sources))),
        Format::Markdown => output::data(&view::markdown(made)),
        _ => {
            let exit = output::data(&view::plan(made, input));
            output::findings(&made.findings, sources, input);
            exit
        }
    }
}
