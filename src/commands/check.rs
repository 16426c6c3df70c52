//! `plimsoll check`.

use super::{Exit, Format, cli, collect, output};
use crate::catalog;
use crate::check::{self, assemble, nodes};
use crate::current::{self, precedence};
use crate::diag::{Finding, Severity, Sources, formats, in_order};
use crate::quantity::Minor;
use std::collections::BTreeMap;

/// Checks files that are there.
pub fn run(args: &cli::Check) -> Exit {
    let input = args.paths.join(", ");
    let mut sources = Sources::default();
    let (given, mut faults) = read(args, &mut sources);
    let known = catalog::versions();
    let versions = asked(&args.kubernetes, &given, "kubernetes", (known.oldest, known.newest), &mut faults);
    let etcd: Vec<String> = args.etcd.iter().cloned().collect();
    let etcd = asked(&etcd, &given, "etcd", (known.etcd_oldest, known.etcd_newest), &mut faults);
    in_order(&mut faults);
    if faults.iter().any(|f| f.severity == Severity::Error) {
        return output::refuse(&faults, &sources, &input, args.format);
    }
    let found = check::check_all(&assemble::scenes(given), &versions, etcd.first().copied().unwrap_or(known.etcd_newest));
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

/// Everything that the files state, each value with its node.
fn read(args: &cli::Check, sources: &mut Sources) -> (Vec<assemble::Given>, Vec<Finding>) {
    let (files, mut faults) = collect::collect(&args.paths);
    let mut given = Vec::new();
    let mut by_node: BTreeMap<String, Vec<collect::Found>> = BTreeMap::new();
    for file in files {
        let node = file.class.clone().unwrap_or_else(|| nodes::root(&file.name).to_string());
        by_node.entry(node).or_default().push(file);
    }
    for files in by_node.into_values() {
        let (hiding, plain): (Vec<_>, Vec<_>) = files.into_iter().partition(|f| precedence::hides(&f.name));
        let files: Vec<_> = precedence::ordered(hiding, |f| f.name.as_str()).into_iter().chain(plain).collect();
        let texts: Vec<current::File<'_>> = files.iter().map(|f| (f.name.as_str(), f.text.as_str())).collect();
        let commands = current::commands(&texts);
        for file in &files {
            sources.add(&file.name, &file.text);
            let given_by = |reading| assemble::Given { class: file.class.clone(), drop_in: false, reading };
            let of_command = |r: &&current::Reading| r.path == file.name;
            given.extend(commands.iter().filter(of_command).cloned().map(given_by));
            match current::read_as_upstream(&file.name, &file.text) {
                Ok(list) if list.is_empty() && file.named && !commands.iter().any(|r| uses(r, &file.name)) => {
                    faults.push(collect::unrecognised(&file.name));
                }
                Ok(list) => given.extend(list.into_iter().map(|reading| {
                    let drop_in = reading.component == "kubelet" && current::is_drop_in(&file.name);
                    assemble::Given { drop_in, ..given_by(reading) }
                })),
                Err(fault) => faults.push(*fault),
            }
        }
    }
    (given, faults)
}

/// Whether a command line is from a file, or has a value of one.
fn uses(reading: &current::Reading, path: &str) -> bool {
    reading.path == path || reading.stated.values().any(|entry| entry.from.as_deref() == Some(path))
}

/// The minors to check for: those that are asked for, else those that the files say, else the newest.
fn asked(asked: &[String], given: &[assemble::Given], of: &str, range: (Minor, Minor), faults: &mut Vec<Finding>) -> Vec<Minor> {
    let said = assemble::said(given, of);
    let covered: Vec<Minor> = said.keys().copied().filter(|m| (range.0..=range.1).contains(m)).collect();
    if !asked.is_empty() || covered.is_empty() {
        return versions(asked, range.0, range.1, faults);
    }
    for minor in &covered {
        let from = said.get(minor).map_or("", String::as_str);
        output::talk(&format!("checked for {of} {minor}, which `{from}` says\n"));
    }
    covered
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
