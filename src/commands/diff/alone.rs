//! `plimsoll diff` without a spec: files against files, or against themselves after an upgrade.

use super::{Read, Side, covered, named, read};
use crate::catalog;
use crate::commands::{Exit, Format, cli, output};
use crate::diag::{Finding, Severity, Sources};
use crate::diff::{self, Assigned, Versions};
use crate::view;

/// Compares files with files.
pub(super) fn run(args: &cli::Diff) -> Exit {
    let (mut sources, mut others) = (Sources::default(), Sources::default());
    let Read { assigned: before, mut findings, .. } = read(args, Side::Current, None, &mut sources);
    let after = if args.against.is_empty() {
        before.clone()
    } else {
        // A path may be given on both sides, and a text is known by its path.
        let Read { assigned: after, findings: more, .. } = read(args, Side::Against, None, &mut others);
        findings.extend(more);
        after
    };
    let versions = versions(args, &before, &after, &mut findings);
    if findings.iter().any(|f| f.severity == Severity::Error) {
        let paths: Vec<String> = [named(args)].into_iter().chain(args.against.iter().cloned()).collect();
        for path in &args.against {
            sources.add(path, others.text(path));
        }
        return output::refuse(&findings, &sources, &paths.join(", "), args.format);
    }
    let difference = diff::files(&before, &after, &versions);
    let (from, to) = versions.kubernetes;
    let title = if from == to { format!("files of {from}") } else { format!("upgrade from {from} to {to}") };
    let printed = match args.format {
        Format::Json => output::json(&difference.document()),
        Format::Markdown => output::data(&view::diff_markdown(&title, &difference)),
        _ => output::data(&view::diff(&title, &difference, args.all)),
    };
    if printed != Exit::Ok {
        return printed;
    }
    if args.text && !args.against.is_empty() {
        output::data(&texts(&before, &after, &sources, &others, args.format));
    }
    output::findings(&findings, &sources, &named(args));
    if difference.differs() { Exit::Differs } else { Exit::Ok }
}

/// The minors that read the two sides, where they are stated and make sense.
fn versions(args: &cli::Diff, before: &Assigned, after: &Assigned, findings: &mut Vec<Finding>) -> Versions {
    let known = catalog::versions();
    let is_etcd = |component: &str| component.starts_with("etcd");
    let has = |etcd: bool| before.keys().chain(after.keys()).any(|(_, component)| is_etcd(component) == etcd);
    let mut of = |minors: Option<cli::Minors>, etcd: bool| {
        let (option, newest) = if etcd { ("etcd", known.etcd_newest) } else { ("kubernetes", known.newest) };
        let Some(minors) = minors else {
            if has(etcd) {
                let message = format!("defaults depend on the version, and no `--{option}` says it");
                let help = format!("write `--{option} {newest}`, or `--{option} A..B` for an upgrade");
                findings.push(Finding::error("diff-minors", message).help(help));
            }
            return (newest, newest);
        };
        let ends = if minors.from == minors.to { vec![minors.from] } else { vec![minors.from, minors.to] };
        findings.extend(ends.into_iter().filter_map(|minor| covered(minor, etcd)));
        if minors.from > minors.to {
            let message =
                format!("`--{option} {}..{}` goes down: upstream supports no downgrade", minors.from, minors.to);
            findings.push(Finding::error("diff-minors", message));
        }
        (minors.from, minors.to)
    };
    let out = Versions { kubernetes: of(args.kubernetes, false), etcd: of(args.etcd, true) };
    if args.against.is_empty() && out.kubernetes.0 == out.kubernetes.1 && out.etcd.0 == out.etcd.1 {
        let finding = Finding::error("diff-nothing", "the current files are compared with nothing");
        findings.push(finding.help("give a spec, files with `--against`, or an upgrade with `--kubernetes A..B`"));
    }
    out
}

/// Unified diffs of the files that are on both sides.
fn texts(before: &Assigned, after: &Assigned, sources: &Sources, others: &Sources, format: Format) -> String {
    let mut out = String::new();
    for (key, current) in before {
        let (Some(old), Some(new)) = (current.paths.first(), after.get(key).and_then(|c| c.paths.first())) else {
            continue;
        };
        let text = view::unified((old, sources.text(old)), (new, others.text(new)), format == Format::Markdown);
        out.push_str(&text);
    }
    out
}
