//! `plimsoll check`.

use super::{Exit, Format, cli, gather, output};
use crate::catalog;
use crate::check::{self, assemble};
use crate::current;
use crate::diag::{Finding, Severity, Sources, formats, in_order};
use crate::quantity::Minor;

/// Checks files that are there.
pub fn run(args: &cli::Check) -> Exit {
    let input = args.paths.join(", ");
    let mut sources = Sources::default();
    let (given, mut faults) = read(args, &mut sources);
    let versions = versions(&args.kubernetes, catalog::versions().oldest, catalog::versions().newest, &mut faults);
    let etcd: Vec<String> = args.etcd.iter().cloned().collect();
    let etcd = self::versions(&etcd, catalog::versions().etcd_oldest, catalog::versions().etcd_newest, &mut faults);
    in_order(&mut faults);
    if faults.iter().any(|f| f.severity == Severity::Error) {
        return output::refuse(&faults, &sources, &input, args.format);
    }
    let newest = catalog::versions().etcd_newest;
    let found = check::check_all(&assemble::scenes(given), &versions, etcd.first().copied().unwrap_or(newest));
    print(&found, &sources, &input, args.format);
    if found.iter().any(|f| f.severity != Severity::Advice) { Exit::Differs } else { Exit::Ok }
}

fn print(found: &[Finding], sources: &Sources, input: &str, format: Format) {
    if output::formatted(found, sources, input, format) {
        return;
    }
    if format == Format::Json {
        output::json(&serde_json::json!({ "formatVersion": "1.0", "findings": formats::json(found, sources) }));
    } else {
        output::findings(found, sources, input);
    }
}

fn read(args: &cli::Check, sources: &mut Sources) -> (Vec<assemble::Given>, Vec<Finding>) {
    let (files, mut faults) = gather::gather(&args.paths, None);
    let mut given = Vec::new();
    for file in files {
        sources.add(&file.name, &file.text);
        match current::read_as_upstream(&file.name, &file.text) {
            Ok(list) if list.is_empty() && file.named => faults.push(gather::unrecognised(&file.name)),
            Ok(list) => given.extend(list.into_iter().map(|reading| assemble::Given {
                class: file.class.clone(),
                drop_in: file.drop_in,
                reading,
            })),
            Err(fault) => faults.push(*fault),
        }
    }
    (given, faults)
}

/// The minors that are asked for, or the newest.
fn versions(asked: &[String], oldest: Minor, newest: Minor, faults: &mut Vec<Finding>) -> Vec<Minor> {
    let mut out = Vec::new();
    for text in asked {
        match Minor::parse(text).filter(|m| (oldest..=newest).contains(m)) {
            Some(minor) => out.push(minor),
            None => faults.push(Finding::error(
                "version-unknown",
                format!("`{text}` is no minor from {oldest} to {newest}, which are the ones that plimsoll knows"),
            )),
        }
    }
    if out.is_empty() {
        out.push(newest);
    }
    out
}
