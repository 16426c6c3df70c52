//! `plimsoll check`.

mod cluster;
mod fix;
mod read;

use super::cli::FailOn;
use super::{Exit, Format, cli, collect, input, load, output};
use crate::check::allow::{self, Allowed};
use crate::check::{self, Scene, assemble};
use crate::diag::{Finding, Severity, Sources, formats, in_order, nearest};
use crate::facts::Facts;
use crate::quantity::Minor;
use crate::view;
use serde_json::json;
use std::path::Path;

/// Where the list of what is accepted lies when nobody says.
const ALLOWED: &str = ".plimsoll-check.toml";
/// Larger than any list of reasons, in bytes.
const LARGEST_LIST: usize = 1 << 20;

/// Checks files that are there.
pub fn run(args: &cli::Check) -> Exit {
    match prepare(args) {
        Ok(ready) if args.fix => fix::run(args, ready),
        Ok(ready) => report(args, &ready),
        Err(exit) => exit,
    }
}

/// What was read, and what is wrong with it.
struct Ready {
    sources: Sources,
    /// Names of the files, in the order in which they were read.
    files: Vec<String>,
    versions: Vec<Minor>,
    allowed: Allowed,
}

fn prepare(args: &cli::Check) -> Result<Ready, Exit> {
    let input = args.paths.join(", ");
    let mut sources = Sources::default();
    let facts = args.spec.as_ref().map(|path| load::facts(path, &mut sources, args.format)).transpose()?;
    let allow = accepted(args.config.as_deref(), &mut sources);
    let (given, mut faults) = read::read(args, facts.as_ref(), &mut sources);
    if given.is_empty() && faults.is_empty() {
        faults.push(collect::nothing(&args.paths));
    }
    let files = files(&given);
    faults.extend(facts.iter().flat_map(|facts| other_classes(&given, facts)));
    let versions = read::kubernetes(args, facts.as_ref(), &given, &mut faults);
    let etcd = read::etcd(args, facts.as_ref(), &given, &mut faults);
    let allow = allow.unwrap_or_else(|list| {
        faults.extend(list);
        allow::Config::default()
    });
    in_order(&mut faults);
    if faults.iter().any(|f| f.severity == Severity::Error) {
        return Err(output::refuse(&faults, &sources, &input, args.format));
    }
    let mut scenes = scenes(given, facts.as_ref());
    if args.kubernetes.is_empty() {
        check::reported::versions(&mut scenes);
    }
    let mut found = check::mended(check::check_all(&scenes, &versions, etcd), &sources);
    // What could not be read, and does not stop the rest.
    found.append(&mut faults);
    in_order(&mut found);
    Ok(Ready { allowed: allow.split(found), sources, files, versions })
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

/// Scenes with what the spec says of their machines. Files of no class are of each.
fn scenes(given: Vec<assemble::Given>, facts: Option<&Facts>) -> Vec<Scene> {
    let scenes = assemble::scenes(given);
    let Some(facts) = facts else { return scenes };
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
fn report(args: &cli::Check, ready: &Ready) -> Exit {
    let Ready { sources, files, versions, allowed } = ready;
    let input = args.paths.join(", ");
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
        }));
        return status(args, &allowed.found);
    }
    let how = match (args.explain, args.quiet) {
        (true, _) => view::Detail::Lines,
        (_, true) => view::Detail::One,
        _ => view::Detail::Grouped,
    };
    output::data(&view::check(&allowed.found, sources, how, output::colour_of_data()));
    output::talk(&view::check_summary(&allowed.found, files, versions, &allowed.counts));
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
