//! What `--current` and `--against` name, as `check` reads it: files, and the command lines that units and files of the
//! environment come to.

use crate::check::nodes;
use crate::commands::gather::{self, Found};
use crate::current::{self, Reading, precedence};
use crate::diag::{Finding, Sources};
use crate::diff::Given;
use std::collections::{BTreeMap, BTreeSet};

/// Every configuration that the files hold, each for its class.
pub(super) fn read(
    paths: &[String],
    classes: Option<&BTreeSet<String>>,
    sources: &mut Sources,
) -> (Vec<Given>, Vec<Finding>) {
    let (files, mut findings) = gather::gather(paths, classes);
    let mut by_node: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    for file in files {
        let node = file.class.clone().unwrap_or_else(|| nodes::root(&file.name).to_string());
        by_node.entry(node).or_default().push(file);
    }
    let mut given = Vec::new();
    for (node, files) in by_node {
        // A unit of the administrator's hides the vendor's.
        let (hiding, plain): (Vec<_>, Vec<_>) = files.into_iter().partition(|f| precedence::hides(&f.name));
        let files: Vec<Found> = precedence::ordered(hiding, |f| f.name.as_str()).into_iter().chain(plain).collect();
        given.extend(of_node(&node, &files, sources, &mut findings));
    }
    (given, findings)
}

fn of_node(node: &str, files: &[Found], sources: &mut Sources, findings: &mut Vec<Finding>) -> Vec<Given> {
    let texts: Vec<current::File<'_>> = files.iter().map(|f| (f.name.as_str(), f.text.as_str())).collect();
    let lines = current::commands(&texts).unwrap_or_else(|fault| {
        findings.push(fault.note(gather::SKIPPED));
        Vec::new()
    });
    let mut given = Vec::new();
    for file in files {
        sources.add(&file.name, &file.text);
        let own = match current::read(&file.name, &file.text) {
            Ok(own) => own,
            Err(fault) => {
                findings.push(fault.note(gather::SKIPPED));
                continue;
            }
        };
        if own.is_empty() && file.named && !lines.iter().any(|line| uses(line, &file.name)) {
            findings.push(gather::unrecognised(&file.name));
        }
        let of = |drop_in: bool, reading: Reading| Given {
            class: file.class.clone(),
            node: node.to_string(),
            drop_in,
            reading,
        };
        let line = |line: &&Reading| line.path == file.name && (!line.stated.is_empty() || !line.flags.is_empty());
        let own = own.into_iter().map(|reading| of(file.drop_in, reading));
        given.extend(own.chain(lines.iter().filter(line).map(|line| of(false, line.clone()))));
    }
    given.retain(|given| current::is_compared(given.reading.component));
    given
}

/// Whether a command line is from a file, or has a value of one.
fn uses(line: &Reading, path: &str) -> bool {
    line.path == path || line.stated.values().any(|entry| entry.from.as_deref() == Some(path))
}
