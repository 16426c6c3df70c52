//! `plimsoll diff`.

mod alone;
mod cluster;
mod read;
mod usage;

use super::{Exit, Format, cli, load, output};
use crate::catalog;
use crate::current;
use crate::diag::{Finding, Severity, Sources, in_order};
use crate::diff::{self, Assigned, Minors};
use crate::plan::Plan;
use crate::quantity::Minor;
use crate::{render, view};
use std::collections::BTreeSet;
use std::path::Path;

/// Compares what is there with a plan, or with other files.
pub fn run(args: &cli::Diff) -> Exit {
    match &args.spec {
        Some(spec) => with_plan(args, spec),
        None => alone::run(args),
    }
}

fn with_plan(args: &cli::Diff, spec: &Path) -> Exit {
    let load::Loaded { plan, mut sources, input, .. } = match load::load(spec, args.format) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let Read { assigned, mut findings, minors } = read(args, Side::Current, Some(&plan), &mut sources);
    let from = from(args, &mut findings).map_or(minors, Minors::one);
    let nodes = usage::read(args, &mut findings);
    if findings.iter().any(|f| f.severity == Severity::Error) {
        output::refuse(&findings, &sources, &named(args), args.format);
        return Exit::BadInput;
    }
    let mut difference = diff::diff(&plan, &assigned, from);
    if let Some(nodes) = nodes {
        difference.usage = Some(diff::usage_of(&plan, &difference, &nodes, args.class_label.as_deref()));
    }
    let printed = match args.format {
        Format::Json => output::json(&difference.document()),
        Format::Markdown => output::data(&view::diff_markdown(&plan.cluster, &difference)),
        _ => output::data(&view::diff(&plan.cluster, &difference, args.all)),
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

/// The minor that reads the current files, where that is not the plan's.
fn from(args: &cli::Diff, findings: &mut Vec<Finding>) -> Option<Minor> {
    let minors = args.kubernetes?;
    if minors.from != minors.to {
        let message =
            format!("`--kubernetes {}..{}` beside a spec, which says the second minor itself", minors.from, minors.to);
        let help = format!("write `--kubernetes {}`, the minor that reads the current files", minors.from);
        findings.push(Finding::error("diff-minors", message).help(help));
    }
    findings.extend(covered(minors.from, false));
    Some(minors.from)
}

/// A finding where the catalogue does not cover a minor.
fn covered(minor: Minor, etcd: bool) -> Option<Finding> {
    if catalog::covers(minor, etcd) {
        return None;
    }
    let versions = catalog::versions();
    let (of, oldest, newest) = match etcd {
        true => ("etcd", versions.etcd_oldest, versions.etcd_newest),
        false => ("Kubernetes", versions.oldest, versions.newest),
    };
    let message = format!("the catalogue covers {of} {oldest} to {newest}, not {minor}");
    Some(Finding::error("version-not-covered", message))
}

/// The option that names files.
#[derive(Clone, Copy)]
enum Side {
    Current,
    Against,
}

/// What the command line names as current.
fn named(args: &cli::Diff) -> String {
    let cluster = args.cluster.from_cluster.then_some("--from-cluster");
    let names: Vec<&str> = args.current.iter().map(String::as_str).chain(cluster).collect();
    names.join(", ")
}

/// One side of the comparison.
struct Read {
    assigned: Assigned,
    findings: Vec<Finding>,
    /// The minors that a cluster runs.
    minors: Minors,
}

/// Everything of one side, sorted into scopes, with all that is wrong with any of it.
fn read(args: &cli::Diff, side: Side, plan: Option<&Plan>, sources: &mut Sources) -> Read {
    let (option, paths) = match side {
        Side::Current => ("--current", &args.current),
        Side::Against => ("--against", &args.against),
    };
    let classes: Option<BTreeSet<String>> = plan.map(|plan| plan.classes.keys().cloned().collect());
    let (mut given, mut findings) = read::read(paths, classes.as_ref(), sources);
    let mut minors = Minors::default();
    if args.cluster.from_cluster && matches!(side, Side::Current) {
        let mut answered = cluster::read(args, plan, sources);
        given.append(&mut answered.given);
        findings.append(&mut answered.findings);
        minors = answered.minors;
    }
    let (assigned, more) = diff::assign(plan, given);
    findings.extend(more);
    if args.text && args.format == Format::Json {
        let message = "`--text` prints a text, which `--format json` has no place for";
        findings.push(Finding::error("text-not-json", message));
    }
    if assigned.is_empty() && findings.iter().all(|f| f.severity != Severity::Error) {
        let asked = args.cluster.from_cluster && paths.is_empty() && matches!(side, Side::Current);
        let option = if asked { "--from-cluster" } else { option };
        let message = format!("nothing under `{option}` is a configuration that can be compared");
        let finding = Finding::error("current-nothing", message);
        findings.push(finding.help("give a kubelet, kube-proxy or kube-scheduler configuration, flags, a static pod manifest, or a folder of them"));
    }
    in_order(&mut findings);
    Read { assigned, findings, minors }
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
