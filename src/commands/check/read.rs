//! What `check` reads, and the versions that it checks for.

use super::super::{cli, collect};
use super::cluster;
use crate::catalog;
use crate::check::{assemble, nodes, reported};
use crate::current::{self, precedence};
use crate::diag::Finding;
use crate::facts::Facts;
use crate::quantity::Minor;
use std::collections::{BTreeMap, BTreeSet};

/// What is read.
pub(super) struct Files {
    /// The files.
    pub files: Vec<collect::Found>,
    /// The roots of the nodes of those files whose names do not say them.
    roots: BTreeMap<String, String>,
}

/// The files, and what cannot be read of them.
pub(super) fn files(args: &cli::Check, facts: Option<&Facts>) -> (Files, Vec<Finding>) {
    let (mut files, mut faults) = collect::collect(&args.paths);
    if args.cluster.from_cluster {
        let (mut answers, mut findings) = cluster::files(args, facts);
        files.append(&mut answers);
        faults.append(&mut findings);
    }
    let more = environments(args, &files);
    let roots = more.iter().map(|(root, file)| (file.name.clone(), root.clone())).collect();
    files.extend(more.into_iter().map(|(_, file)| file));
    let mut all = Files { files, roots };
    let more = configurations(args, &all);
    all.files.extend(more);
    (all, faults)
}

/// The files by node, without those that others of their names hide.
fn by_node(all: &Files) -> Vec<Vec<&collect::Found>> {
    let mut out: BTreeMap<String, Vec<&collect::Found>> = BTreeMap::new();
    for file in &all.files {
        let root = || all.roots.get(&file.name).map_or_else(|| nodes::root(&file.name), String::as_str);
        let node = file.class.clone().unwrap_or_else(|| root().to_string());
        out.entry(node).or_default().push(file);
    }
    out.into_values().map(counting).collect()
}

fn counting(files: Vec<&collect::Found>) -> Vec<&collect::Found> {
    let (hiding, plain): (Vec<_>, Vec<_>) = files.into_iter().partition(|f| precedence::hides(&f.name));
    precedence::ordered(hiding, |f| f.name.as_str()).into_iter().chain(plain).collect()
}

/// Everything that the files state, each value with its node. `changed`: texts that count instead of what a file holds.
pub(super) fn read<'f>(all: &'f Files, changed: &'f BTreeMap<String, String>) -> (Vec<assemble::Given>, Vec<Finding>) {
    let (mut given, mut faults) = (Vec::new(), Vec::new());
    for files in by_node(all) {
        let text = |file: &'f collect::Found| changed.get(&file.name).unwrap_or(&file.text).as_str();
        let texts: Vec<(&collect::Found, &str)> = files.into_iter().map(|f| (f, text(f))).collect();
        of_node(&texts, &mut given, &mut faults);
    }
    faults.extend(given.iter_mut().flat_map(|g| std::mem::take(&mut g.reading.unread)));
    (given, faults)
}

fn of_node(files: &[(&collect::Found, &str)], given: &mut Vec<assemble::Given>, faults: &mut Vec<Finding>) {
    let texts: Vec<current::File<'_>> = files.iter().map(|(f, text)| (f.name.as_str(), *text)).collect();
    let commands = current::commands(&texts).unwrap_or_else(|fault| {
        faults.push(*fault);
        Vec::new()
    });
    for (file, text) in files {
        let given_by = |reading| assemble::Given { class: file.class.clone(), drop_in: false, reading };
        let of_command = |r: &&current::Reading| r.path == file.name;
        given.extend(commands.iter().filter(of_command).cloned().map(given_by));
        match current::read_as_upstream(&file.name, text) {
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

/// The configuration files that the nodes' command lines name and that are not found by their names.
fn configurations(args: &cli::Check, all: &Files) -> Vec<collect::Found> {
    let mut out: Vec<collect::Found> = Vec::new();
    for files in by_node(all) {
        let texts: Vec<current::File<'_>> = files.iter().map(|f| (f.name.as_str(), f.text.as_str())).collect();
        // What cannot be read is told where all is read.
        for reading in current::commands(&texts).unwrap_or_default() {
            let Some(by) = files.iter().find(|f| f.name == reading.path) else { continue };
            let paths = CONFIG.iter().filter_map(|flag| reading.stated.get(*flag)?.value.as_str());
            for found in paths.filter_map(|path| collect::named(&args.paths, by, path)) {
                // One that lies in no folder of a host's would count as another node's.
                let own = nodes::root(&found.name) == nodes::root(&by.name);
                let known = all.files.iter().chain(&out).any(|f| f.name == found.name);
                if own && !known && current::could_be_read(&found.name, &found.text) {
                    out.push(found);
                }
            }
        }
    }
    out
}

/// Whether a command line is from a file, or has a value of one.
fn uses(reading: &current::Reading, path: &str) -> bool {
    reading.path == path || reading.stated.values().any(|entry| entry.from.as_deref() == Some(path))
}

/// Minors to check for, and how they are known.
pub(super) struct Versions {
    /// The minors, at least one.
    pub list: Vec<Minor>,
    /// Whether the newest was taken, or of what the files say only a part is covered: another version may read them.
    pub guessed: bool,
    /// What to say of it.
    pub talk: String,
}

/// The minors of Kubernetes to check for: those that are asked for, else the spec's, else those that the files say, else the
/// newest.
pub(super) fn kubernetes(
    args: &cli::Check,
    facts: Option<&Facts>,
    given: &[assemble::Given],
    faults: &mut Vec<Finding>,
) -> Versions {
    let known = catalog::versions();
    let of_classes = |f: &Facts| f.classes.values().map(|c| c.version.value.minor).collect::<Vec<_>>();
    let spec: Vec<Minor> = facts.iter().flat_map(|f| std::iter::once(f.cluster.minor()).chain(of_classes(f))).collect();
    asked(&args.kubernetes, &spec, given, ("kubernetes", known.oldest, known.newest), faults)
}

/// The minors of etcd, likewise.
pub(super) fn etcd(
    args: &cli::Check,
    facts: Option<&Facts>,
    given: &[assemble::Given],
    faults: &mut Vec<Finding>,
) -> Versions {
    let known = catalog::versions();
    let spec = facts.and_then(|f| f.cluster.control_plane.as_ref()?.etcd_version.as_ref()).map(|v| v.value.minor);
    let stated: Vec<String> = args.etcd.iter().cloned().collect();
    asked(&stated, spec.as_slice(), given, ("etcd", known.etcd_oldest, known.etcd_newest), faults)
}

/// Every minor of etcd that the catalogue covers.
pub(super) fn etcd_minors() -> Vec<Minor> {
    let (oldest, newest) = (catalog::versions().etcd_oldest, catalog::versions().etcd_newest);
    (oldest.1..=newest.1).map(|minor| Minor(oldest.0, minor)).collect()
}

fn asked(
    asked: &[String],
    spec: &[Minor],
    given: &[assemble::Given],
    (of, oldest, newest): (&str, Minor, Minor),
    faults: &mut Vec<Finding>,
) -> Versions {
    let name = if of == "etcd" { of } else { "Kubernetes" };
    if !asked.is_empty() {
        let list = versions(asked, oldest, newest, faults);
        let others: BTreeSet<Minor> = spec.iter().copied().filter(|spec| !list.contains(spec)).collect();
        let minors =
            |list: &mut dyn Iterator<Item = &Minor>| list.map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let (own, others) = (minors(&mut list.iter()), minors(&mut others.iter()));
        let talk = format!("checked for {name} {own}, which `--{of}` says; the spec says {others}\n");
        return Versions { list, guessed: false, talk: if others.is_empty() { String::new() } else { talk } };
    }
    if let Some(spec) = spec.first() {
        return Versions { list: vec![*spec], guessed: false, talk: String::new() };
    }
    let said = assemble::said(given, of);
    let covered: Vec<Minor> = said.keys().copied().filter(|m| (oldest..=newest).contains(m)).collect();
    let mut talk = String::new();
    for (minor, from) in &said {
        talk.push_str(&match covered.iter().position(|m| m == minor) {
            // One etcd is checked for.
            Some(at) if at > 0 && of == "etcd" => format!("`{from}` says etcd {minor}, which is not checked for\n"),
            Some(_) => format!("checked for {name} {minor}, which `{from}` says\n"),
            None => format!("`{from}` says {name} {minor}, which is none of {oldest} to {newest}\n"),
        });
    }
    let matters = given.iter().any(|g| g.reading.component.starts_with("etcd") == (of == "etcd"));
    if covered.is_empty() && matters {
        talk.push_str(&format!("checked for {name} {newest}, the newest, since no file says another: see `--{of}`\n"));
    }
    let guessed = covered.len() < said.len() || covered.is_empty();
    Versions { list: if covered.is_empty() { vec![newest] } else { covered }, guessed, talk }
}

fn versions(asked: &[String], oldest: Minor, newest: Minor, faults: &mut Vec<Finding>) -> Vec<Minor> {
    let mut out = Vec::new();
    for text in asked {
        match reported::minor(text).filter(|m| (oldest..=newest).contains(m)) {
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
