//! What `check` reads, and the versions that it checks for.

use super::super::{cli, collect, output};
use super::cluster;
use crate::catalog;
use crate::check::{assemble, nodes};
use crate::current::{self, precedence};
use crate::diag::{Finding, Sources};
use crate::facts::Facts;
use crate::quantity::Minor;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that the files state, each value with its node.
pub(super) fn read(
    args: &cli::Check,
    facts: Option<&Facts>,
    sources: &mut Sources,
) -> (Vec<assemble::Given>, Vec<Finding>) {
    let (mut files, mut faults) = collect::collect(&args.paths);
    if args.cluster.from_cluster {
        let (mut answers, mut findings) = cluster::files(args, facts);
        files.append(&mut answers);
        faults.append(&mut findings);
    }
    let mut given = Vec::new();
    let mut by_node: BTreeMap<String, Vec<collect::Found>> = BTreeMap::new();
    let more = environments(args, &files);
    let own = files.into_iter().map(|file| (nodes::root(&file.name).to_string(), file));
    for (root, file) in own.chain(more) {
        by_node.entry(file.class.clone().unwrap_or(root)).or_default().push(file);
    }
    for files in by_node.into_values() {
        let (hiding, plain): (Vec<_>, Vec<_>) = files.into_iter().partition(|f| precedence::hides(&f.name));
        let files: Vec<_> = precedence::ordered(hiding, |f| f.name.as_str()).into_iter().chain(plain).collect();
        let texts: Vec<current::File<'_>> = files.iter().map(|f| (f.name.as_str(), f.text.as_str())).collect();
        let commands = current::commands(&texts).unwrap_or_else(|fault| {
            faults.push(*fault);
            Vec::new()
        });
        let more = configurations(args, &files, &commands);
        let files: Vec<_> = files.into_iter().chain(more).collect();
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
                    let in_folder = file.name.contains(".d/") && file.name.ends_with(".conf");
                    let drop_in = reading.component == "kubelet" && in_folder;
                    assemble::Given { drop_in, ..given_by(reading) }
                })),
                Err(fault) => faults.push(*fault),
            }
        }
    }
    faults.extend(given.iter_mut().flat_map(|g| std::mem::take(&mut g.reading.unread)));
    if given.is_empty() && faults.is_empty() {
        faults.push(collect::nothing(&args.paths));
    }
    (given, faults)
}

/// Files that one tree's units may name in it, beyond those that are found by their names.
const MOST_NAMED: usize = 64;

/// The files of the environment that units name, wherever they keep them, each with the root of its unit's node.
fn environments(args: &cli::Check, files: &[collect::Found]) -> Vec<(String, collect::Found)> {
    let mut names: BTreeSet<String> = files.iter().map(|f| f.name.clone()).collect();
    let mut out = Vec::new();
    for unit in files.iter().filter(|f| precedence::hides(&f.name)) {
        for path in current::environment_files(&unit.text).into_iter().take(MOST_NAMED) {
            let found = collect::named(&args.paths, unit, &path);
            let found = found.filter(|f| current::looks_like_environment(&f.text) && names.insert(f.name.clone()));
            out.extend(found.map(|file| (nodes::root(&unit.name).to_string(), file)));
        }
        if out.len() > MOST_NAMED {
            break;
        }
    }
    out
}

/// Flags that name a component's configuration file.
const CONFIG: [&str; 4] = ["kubelet/config", "kube-proxy/config", "kube-scheduler/config", "etcd/config-file"];

/// The configuration files that a node's command lines name and that are not found by their names.
fn configurations(args: &cli::Check, files: &[collect::Found], commands: &[current::Reading]) -> Vec<collect::Found> {
    let mut out: Vec<collect::Found> = Vec::new();
    for reading in commands {
        let Some(by) = files.iter().find(|f| f.name == reading.path) else { continue };
        let paths = CONFIG.iter().filter_map(|flag| reading.stated.get(*flag)?.value.as_str());
        for found in paths.filter_map(|path| collect::named(&args.paths, by, path)) {
            // One that lies in no folder of a host's would count as another node's.
            let own = nodes::root(&found.name) == nodes::root(&by.name);
            let known = files.iter().chain(&out).any(|f| f.name == found.name);
            if own && !known && current::could_be_read(&found.name, &found.text) {
                out.push(found);
            }
        }
    }
    out
}

/// Whether a command line is from a file, or has a value of one.
fn uses(reading: &current::Reading, path: &str) -> bool {
    reading.path == path || reading.stated.values().any(|entry| entry.from.as_deref() == Some(path))
}

/// The minors of Kubernetes to check for: those that are asked for, else the spec's, else those that the files say, else the
/// newest.
pub(super) fn kubernetes(
    args: &cli::Check,
    facts: Option<&Facts>,
    given: &[assemble::Given],
    faults: &mut Vec<Finding>,
) -> Vec<Minor> {
    let known = catalog::versions();
    let spec = facts.map(|f| f.cluster.minor());
    asked(&args.kubernetes, spec, given, ("kubernetes", known.oldest, known.newest), faults)
}

/// The minor of etcd, likewise.
pub(super) fn etcd(
    args: &cli::Check,
    facts: Option<&Facts>,
    given: &[assemble::Given],
    faults: &mut Vec<Finding>,
) -> Minor {
    let known = catalog::versions();
    let spec = facts.and_then(|f| f.cluster.control_plane.as_ref()?.etcd_version.as_ref()).map(|v| v.value.minor);
    let stated: Vec<String> = args.etcd.iter().cloned().collect();
    let list = asked(&stated, spec, given, ("etcd", known.etcd_oldest, known.etcd_newest), faults);
    list.first().copied().unwrap_or(known.etcd_newest)
}

fn asked(
    asked: &[String],
    spec: Option<Minor>,
    given: &[assemble::Given],
    (of, oldest, newest): (&str, Minor, Minor),
    faults: &mut Vec<Finding>,
) -> Vec<Minor> {
    if !asked.is_empty() {
        return versions(asked, oldest, newest, faults);
    }
    if let Some(spec) = spec {
        return vec![spec];
    }
    let said = assemble::said(given, of);
    let covered: Vec<Minor> = said.keys().copied().filter(|m| (oldest..=newest).contains(m)).collect();
    let name = if of == "etcd" { of } else { "Kubernetes" };
    for (minor, from) in &said {
        output::talk(&match covered.contains(minor) {
            true => format!("checked for {name} {minor}, which `{from}` says\n"),
            false => format!("`{from}` says {name} {minor}, which is none of {oldest} to {newest}\n"),
        });
    }
    if covered.is_empty() { vec![newest] } else { covered }
}

fn versions(asked: &[String], oldest: Minor, newest: Minor, faults: &mut Vec<Finding>) -> Vec<Minor> {
    let mut out = Vec::new();
    for text in asked {
        match Minor::parse(text).filter(|m| (oldest..=newest).contains(m)) {
            Some(minor) if !out.contains(&minor) => out.push(minor),
            Some(_) => {}
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
