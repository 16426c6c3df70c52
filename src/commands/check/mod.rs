//! `plimsoll check`.

mod cluster;
mod fix;
mod read;

use super::cli::FailOn;
use super::{Exit, Format, cli, collect, input, load, output};
use crate::catalog;
use crate::check::allow::{self, Allowed};
use crate::check::{self, Scene, assemble, safe};
use crate::diag::{Finding, Severity, Sources, formats, in_order, nearest, plain};
use crate::facts::Facts;
use crate::quantity::Minor;
use crate::view;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{self, Path, PathBuf};

/// Where the list of what is accepted lies when nobody says.
const ALLOWED: &str = ".plimsoll-check.toml";
/// Larger than any list of reasons, in bytes.
const LARGEST_LIST: usize = 1 << 20;

/// Checks files that are there.
pub fn run(args: &cli::Check) -> Exit {
    match gather(args).and_then(|input| prepare(args, &input).map(|ready| (input, ready))) {
        Ok((input, ready)) => {
            output::talk(&plain(&ready.talk));
            if args.fix { fix::run(args, input, &ready) } else { report(args, &input.sources, &ready) }
        }
        Err(exit) => exit,
    }
}

/// What was read: each file once, since standard input gives its text once.
struct Input {
    sources: Sources,
    facts: Option<Facts>,
    allow: allow::Config,
    files: read::Files,
    /// What could not be read.
    faults: Vec<Finding>,
}

/// What is wrong with it.
struct Ready {
    /// Names of the files, in the order in which they were read.
    files: Vec<String>,
    versions: Vec<Minor>,
    /// Whether nobody said the version.
    guessed: bool,
    allowed: Allowed,
    /// What to say of the versions.
    talk: String,
}

fn gather(args: &cli::Check) -> Result<Input, Exit> {
    let mut sources = Sources::default();
    let facts = args.spec.as_ref().map(|path| load::facts(path, &mut sources, args.format)).transpose()?;
    let allow = accepted(args.config.as_deref(), &mut sources);
    let (files, mut faults) = read::files(args, facts.as_ref());
    files.files.iter().for_each(|file| sources.add(&file.name, &file.text));
    let allow = allow.unwrap_or_else(|list| {
        faults.extend(list);
        allow::Config::default()
    });
    Ok(Input { sources, facts, allow, files, faults })
}

fn prepare(args: &cli::Check, input: &Input) -> Result<Ready, Exit> {
    let Input { sources, facts, .. } = input;
    let unchanged = BTreeMap::new();
    let (given, unread) = read::read(&input.files, &unchanged);
    let mut faults: Vec<Finding> = input.faults.iter().cloned().chain(unread).collect();
    if given.is_empty() && faults.is_empty() {
        faults.push(collect::nothing(&args.paths));
    }
    let files = files(&given);
    faults.extend(facts.iter().flat_map(|facts| other_classes(&given, facts)));
    let kubernetes = read::kubernetes(args, facts.as_ref(), &given, &mut faults);
    let etcd = read::etcd(args, facts.as_ref(), &given, &mut faults);
    in_order(&mut faults);
    let talk = kubernetes.talk + &etcd.talk;
    if faults.iter().any(|f| f.severity == Severity::Error) {
        output::talk(&plain(&talk));
        return Err(output::refuse(&faults, sources, &args.paths.join(", "), args.format));
    }
    let scenes = scenes(args, given, facts.as_ref());
    let again = |changed: &BTreeMap<String, String>| {
        let (given, faults) = read::read(&input.files, changed);
        let unread = faults.iter().any(|f| f.severity == Severity::Error);
        (!unread).then(|| self::scenes(args, given, facts.as_ref()))
    };
    let first = etcd.list.first().copied().unwrap_or(catalog::versions().etcd_newest);
    let etcd = if etcd.guessed { read::etcd_minors() } else { etcd.list };
    let held = safe::Held { scenes: &scenes, versions: &kubernetes.list, etcd: &etcd, sources, again: &again };
    let mended = check::mended(check::check_all(&scenes, &kubernetes.list, first), sources);
    let mut found = safe::settled(&held, mended);
    // What could not be read, and does not stop the rest.
    found.append(&mut faults);
    in_order(&mut found);
    let asks = |id: &str| scenes.iter().any(|s| kubernetes.list.iter().any(|v| check::asks(s, *v, first, id)));
    let folder = folder(args.config.as_deref());
    let names = |path: &str| names(path, &folder);
    let allowed = input.allow.split(found, &allow::Checked { names: &names, files: &files, asked: &asks });
    let (versions, guessed) = (kubernetes.list, kubernetes.guessed);
    Ok(Ready { allowed, files, versions, guessed, talk })
}

/// The folder of the list of what is accepted, as it is named and with no symbolic link in it.
fn folder(named: Option<&Path>) -> Vec<PathBuf> {
    let list = named.unwrap_or(Path::new(ALLOWED));
    let folder = list.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    path::absolute(folder).into_iter().chain(fs::canonicalize(folder)).collect()
}

/// A file's names by which the list may mean it: as it was given, and from the list's folder.
fn names(path: &str, folder: &[PathBuf]) -> Vec<String> {
    let full: Vec<PathBuf> = path::absolute(path).into_iter().chain(fs::canonicalize(path)).collect();
    let below = full.iter().flat_map(|full| folder.iter().filter_map(|folder| full.strip_prefix(folder).ok()));
    let below = below.map(|p| p.display().to_string());
    std::iter::once(path.to_string()).chain(below).collect()
}

/// Reads the list of what is accepted: the one that is named, or the usual one where it is there.
fn accepted(named: Option<&Path>, sources: &mut Sources) -> Result<allow::Config, Vec<Finding>> {
    let path = named.unwrap_or(Path::new(ALLOWED));
    if named.is_none() && !path.exists() {
        return Ok(allow::Config::default());
    }
    let name = path.display().to_string();
    let text = input::text(path, LARGEST_LIST)
        .map_err(|what| vec![Finding::error("allow-unreadable", format!("cannot read `{name}`: {what}"))])?;
    sources.add(&name, &text);
    allow::read(&name, &text)
}

fn files(given: &[assemble::Given]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for one in given {
        if !out.contains(&one.reading.path) {
            out.push(one.reading.path.clone());
        }
    }
    out
}

/// Classes that the command line names and the spec has not.
fn other_classes(given: &[assemble::Given], facts: &Facts) -> Vec<Finding> {
    let mut named: Vec<&str> = given.iter().filter_map(|g| g.class.as_deref()).map(assemble::class_of).collect();
    named.dedup();
    let unknown = named.into_iter().filter(|class| !facts.classes.contains_key(*class));
    let finding = |class: &str| {
        let near = nearest(class, facts.classes.keys().map(String::as_str));
        let finding = Finding::error("class-unknown", format!("no node class is called `{class}`"));
        finding.help_if(near.map(|n| format!("did you mean `{n}`?")))
    };
    unknown.map(finding).collect()
}

/// Scenes with what the spec says of their machines, and the versions of what runs there. Files of no class are of each.
fn scenes(args: &cli::Check, given: Vec<assemble::Given>, facts: Option<&Facts>) -> Vec<Scene> {
    let mut scenes = assemble::scenes(given);
    if let Some(facts) = facts {
        scenes = of_classes(scenes, facts);
    }
    // A version that was asked for is that of everything.
    if args.kubernetes.is_empty() {
        check::reported::versions(&mut scenes);
    } else {
        scenes.iter_mut().for_each(|scene| scene.versions.clear());
    }
    scenes
}

/// Scenes of the spec's classes.
fn of_classes(scenes: Vec<Scene>, facts: &Facts) -> Vec<Scene> {
    let each = |scene: Scene| -> Vec<Scene> {
        let own = scene.class.clone().unwrap_or_else(|| scene.name.clone());
        let known = facts.classes.contains_key(&own);
        let classes = facts.classes.keys().filter(|class| !known || **class == own);
        let of = |class: &String| Scene { class: Some(class.clone()), ..scene.clone() };
        classes.map(of).collect()
    };
    let mut scenes: Vec<Scene> = scenes.into_iter().flat_map(each).collect();
    for scene in &mut scenes {
        if let Some(class) = scene.class.as_ref().and_then(|class| facts.classes.get(class)) {
            check::describe(class, scene);
        }
    }
    scenes
}

/// Prints what was found.
fn report(args: &cli::Check, sources: &Sources, ready: &Ready) -> Exit {
    let Ready { files, versions, guessed, allowed, talk: _ } = ready;
    let input = args.paths.join(", ");
    if args.format == Format::Sarif {
        // Whoever reads it is to see what was accepted, and why.
        let mut all: Vec<Finding> = allowed.found.iter().chain(&allowed.accepted).cloned().collect();
        in_order(&mut all);
        output::formatted(&all, sources, &input, args.format);
        return status(args, &allowed.found);
    }
    if output::formatted(&allowed.found, sources, &input, args.format) {
        return status(args, &allowed.found);
    }
    if args.format == Format::Json {
        let minors: Vec<String> = versions.iter().map(ToString::to_string).collect();
        output::json(&json!({
            "formatVersion": "1.0",
            "kubernetes": minors,
            "findings": formats::json(&allowed.found, sources),
            "rules": view::constraints_json(&allowed.found, versions),
            "allowed": allowed.counts,
            "allowedFindings": formats::json(&allowed.accepted, sources),
        }));
        return status(args, &allowed.found);
    }
    let how = match (args.explain, args.quiet) {
        (true, _) => view::Detail::Lines,
        (_, true) => view::Detail::One,
        _ => view::Detail::Grouped,
    };
    output::data(&view::check(&allowed.found, sources, how, output::colour_of_data()));
    output::talk(&plain(&view::check_summary(&allowed.found, files, versions, *guessed, &allowed.counts)));
    status(args, &allowed.found)
}

/// Whether anything found is as severe as is asked for.
fn status(args: &cli::Check, found: &[Finding]) -> Exit {
    let least = match args.fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Advice => Severity::Advice,
    };
    // The worst is the least of the order.
    if found.iter().any(|f| f.severity <= least) { Exit::Differs } else { Exit::Ok }
}
