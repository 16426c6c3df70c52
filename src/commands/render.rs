//! `plimsoll render`.

use super::tree::{self, DifferenceKind, Report, TreeError};
use super::{Exit, Format, cli, load, output};
use crate::render;
use crate::view;

/// Writes the files of a plan, or checks them.
pub fn run(args: &cli::Render) -> Exit {
    let loaded = match load::load(&args.spec, args.format) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let load::Loaded { plan, sources, input, .. } = &loaded;
    let mut targets: Vec<String> = args.target.clone();
    targets.extend(render::natural_target(&plan.platform).map(ToString::to_string));
    targets.sort();
    targets.dedup();
    let options = render::Options { comments: !args.no_comments, targets };
    let files = match render::files(plan, &options) {
        Ok(files) => files,
        Err(bug) => return output::bug(&bug.0),
    };
    let exit = if args.check { check(args, &plan.cluster, &files) } else { write(args, &plan.cluster, &files) };
    if !output::formatted(&plan.findings, sources, input, args.format) {
        match args.format {
            Format::Markdown => {
                output::data(&view::markdown(plan));
            }
            Format::Json => {
                output::json(&crate::plan::document(plan, Some(sources)));
            }
            _ => output::findings(&plan.findings, sources, input),
        }
    }
    exit
}

fn write(args: &cli::Render, cluster: &str, files: &tree::Files) -> Exit {
    match tree::write(&args.out, cluster, files, args.force) {
        Ok(report) => {
            said(args, cluster, &report);
            Exit::Ok
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &TreeError) -> Exit {
    output::talk(&format!("error[{}]: {error}\n", error_id(error)));
    Exit::BadInput
}

fn error_id(error: &TreeError) -> &'static str {
    match error {
        TreeError::EditedByHand { .. } => "tree-edited",
        TreeError::InTheWay { .. } => "tree-in-the-way",
        TreeError::Locked { .. } => "tree-locked",
        _ => "tree-unwritable",
    }
}

fn said(args: &cli::Render, cluster: &str, report: &Report) {
    let folder = args.out.join(cluster);
    let mut text = String::new();
    if report.recovered {
        text.push_str("put in order what a killed run had left\n");
    }
    for path in &report.removed {
        text.push_str(&format!("removed {path}\n"));
    }
    let (new, same) = (report.written.len(), report.unchanged.len());
    text.push_str(&format!("{}: {new} files written, {same} unchanged", folder.display()));
    if !report.kept_foreign.is_empty() {
        text.push_str(&format!(", {} of others kept", report.kept_foreign.len()));
    }
    text.push('\n');
    output::talk(&text);
}

fn check(args: &cli::Render, cluster: &str, files: &tree::Files) -> Exit {
    match tree::check(&args.out, cluster, files) {
        Ok(list) if list.is_empty() => Exit::Ok,
        Ok(list) => {
            for difference in &list {
                let word = match difference.kind {
                    DifferenceKind::Missing => "missing",
                    DifferenceKind::Changed => "changed",
                    DifferenceKind::Stale => "no longer written",
                    DifferenceKind::Edited => "edited by hand",
                    DifferenceKind::InTheWay => "in the way",
                    DifferenceKind::Interrupted => "interrupted",
                };
                output::talk(&format!("{word:18} {}\n", difference.path));
            }
            output::talk(&format!(
                "{}: {} of its files are not what would be written\n",
                args.out.join(cluster).display(),
                list.len()
            ));
            Exit::Differs
        }
        Err(error) => failed(&error),
    }
}
