//! `plimsoll diff`.

use super::{Exit, Format, cli, gather, load, output};
use crate::current;
use crate::diag::{Finding, Severity, Sources, in_order};
use crate::diff::{self, Assigned, Given};
use crate::plan::Plan;
use crate::{render, view};

/// Compares a plan with what is there.
pub fn run(args: &cli::Diff) -> Exit {
    let load::Loaded { plan, mut sources, input, .. } = match load::load(&args.spec, args.format) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let (assigned, findings) = read(args, &plan, &mut sources);
    if findings.iter().any(|f| f.severity == Severity::Error) {
        output::refuse(&findings, &sources, &args.current.join(", "), args.format);
        return Exit::BadInput;
    }
    let difference = diff::diff(&plan, &assigned);
    let printed = match args.format {
        Format::Json => output::json(&difference.document()),
        Format::Markdown => output::data(&view::diff_markdown(&plan, &difference)),
        _ => output::data(&view::diff(&plan, &difference, args.all)),
    };
    if printed != Exit::Ok {
        return printed;
    }
    if args.text {
        match texts(&plan, &assigned, &sources, args.format) {
            Ok(text) => output::data(&text),
            Err(bug) => return output::bug(&bug),
        };
    }
    output::findings(&findings, &sources, &input);
    if difference.differs() { Exit::Differs } else { Exit::Ok }
}

/// Every current file, sorted into scopes, with all that is wrong with any of them.
fn read(args: &cli::Diff, plan: &Plan, sources: &mut Sources) -> (Assigned, Vec<Finding>) {
    let (files, mut findings) = gather::gather(&args.current, &plan.classes.keys().cloned().collect());
    let mut given = Vec::new();
    for file in files {
        sources.add(&file.name, &file.text);
        match current::read(&file.name, &file.text) {
            Ok(list) if list.is_empty() && file.named => findings.push(gather::unrecognised(&file.name)),
            Ok(list) => given.extend(list.into_iter().filter(|r| current::is_compared(r.component)).map(|reading| Given {
                class: file.class.clone(),
                drop_in: file.drop_in,
                reading,
            })),
            Err(fault) => findings.push(fault.note(gather::SKIPPED)),
        }
    }
    let (assigned, more) = diff::assign(plan, given);
    findings.extend(more);
    if args.text && args.format == Format::Json {
        let message = "`--text` prints a text, which `--format json` has no place for";
        findings.push(Finding::error("text-not-json", message));
    }
    if assigned.is_empty() && findings.iter().all(|f| f.severity != Severity::Error) {
        let finding =
            Finding::error("current-nothing", "nothing under `--current` is a configuration that can be compared");
        findings.push(finding.help("give a kubelet, kube-proxy or kube-scheduler configuration, flags, a static pod manifest, or a folder of them"));
    }
    in_order(&mut findings);
    (assigned, findings)
}

/// Unified diffs of the current files against the ones that `render` writes.
fn texts(plan: &Plan, assigned: &Assigned, sources: &Sources, format: Format) -> Result<String, String> {
    // Reasons are part of the comparison only where the current file has ours.
    let files = |comments| render::files(plan, &render::Options { comments, targets: Vec::new() }).map_err(|bug| bug.0);
    let (plain, reasoned) = (files(false)?, files(true)?);
    let mut out = String::new();
    for ((scope, component), current) in assigned {
        let (Some(path), true) = (current.paths.first(), current.verbatim && current.paths.len() == 1) else {
            continue;
        };
        let text = sources.text(path);
        let files = if text.contains("Written by plimsoll") { &reasoned } else { &plain };
        let rendered = files.iter().find(|(name, _)| written_for(name, scope, component));
        let Some((name, bytes)) = rendered else { continue };
        let after = String::from_utf8_lossy(bytes);
        out.push_str(&view::unified((path, text), (name, &after), format == Format::Markdown));
    }
    Ok(out)
}

/// Whether `render` writes the file `name` for a component of a scope.
fn written_for(name: &str, scope: &str, component: &str) -> bool {
    let folder = match scope {
        diff::CLUSTER | diff::CONTROL_PLANE => scope.to_string(),
        class => format!("node-class/{class}"),
    };
    let file = if current::is_flags(component) { format!("{component}.flags") } else { format!("{component}.yaml") };
    name == format!("{folder}/{file}")
}
