//! `plimsoll init`.

use super::{Exit, cli, output};
use crate::catalog;
use crate::diag::nearest;
use minijinja::context;

/// Prints a commented spec.
pub fn run(args: &cli::Init) -> Exit {
    let Some(goal) = catalog::goal(&args.goal) else {
        let all = catalog::goal_names().collect::<Vec<_>>().join(", ");
        return refuse("goal-unknown", &format!("no goal is called `{}`; the goals are {all}", args.goal));
    };
    if let Some(kind) = args.instance_type.as_ref().filter(|t| catalog::instance(t).is_none()) {
        let near =
            nearest(kind, catalog::instance_names()).map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
        return refuse("instance-type-unknown", &format!("unknown instance type `{kind}`{near}"));
    }
    let pad = " ".repeat(25_usize.saturating_sub(args.goal.len()));
    let newest = catalog::versions().newest.to_string();
    let context = context! { kubernetes => newest, goal => &args.goal, sentence => &goal.sentence, pad, instance_type => &args.instance_type };
    match minijinja::Environment::new().render_str(include_str!("../../templates/init.toml.j2"), context) {
        Ok(text) => output::data(&format!("{text}\n")),
        Err(error) => output::bug(&format!("init.toml: {error}")),
    }
}

fn refuse(id: &str, message: &str) -> Exit {
    output::talk(&format!("error[{id}]: {message}\n"));
    Exit::BadInput
}
