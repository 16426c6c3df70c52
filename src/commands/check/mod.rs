//! `plimsoll check`.

mod allow;
mod fix;
mod machine;

use super::cli::FailOn;
use super::{Exit, Format, cli, gather, load, output};
use crate::catalog;
use crate::check::{self, Scene, assemble};
use crate::current;
use crate::diag::{Finding, Severity, Sources, formats, in_order};
use crate::facts::Facts;
use crate::quantity::Minor;
use crate::view;
use allow::Allowed;
use serde_json::json;
use std::collections::BTreeSet;

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
    let allow = allow::read(args.config.as_deref(), &mut sources);
    let (given, mut faults) = read(args, facts.as_ref(), &mut sources);
    let files = sources_of(&given);
    let etcd = etcd(args, facts.as_ref(), &mut faults);
    let versions = kubernetes(args, facts.as_ref(), &mut faults);
    let allow = allow.unwrap_or_else(|list| {
        faults.extend(list);
        allow::Config::default()
    });
    in_order(&mut faults);
    if faults.iter().any(|f| f.severity == Severity::Error) {
        return Err(output::refuse(&faults, &sources, &input, args.format));
    }
    let scenes = scenes(given, facts.as_ref());
    let found = check::mended(check::check_all(&scenes, &versions, etcd), &sources);
    Ok(Ready { allowed: allow.split(found), sources, files, versions })
}

fn sources_of(given: &[assemble::Given]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for one in given {
        if !out.contains(&one.reading.path) {
            out.push(one.reading.path.clone());
        }
    }
    out
}

/// Scenes with what the spec says of their machines. Files of no class are of each.
fn scenes(given: Vec<assemble::Given>, facts: Option<&Facts>) -> Vec<Scene> {
    let mut scenes = assemble::scenes(given);
    let Some(facts) = facts else { return scenes };
    if let [only] = scenes.as_slice()
        && only.name.is_empty()
    {
        let named = |class: &String| Scene { name: class.clone(), ..only.clone() };
        scenes = facts.classes.keys().map(named).collect();
    }
    for scene in &mut scenes {
        if let Some(class) = facts.classes.get(&scene.name) {
            machine::describe(class, scene);
        }
    }
    scenes
}

fn read(args: &cli::Check, facts: Option<&Facts>, sources: &mut Sources) -> (Vec<assemble::Given>, Vec<Finding>) {
    let classes: BTreeSet<String> = facts.map(|f| f.classes.keys().cloned().collect()).unwrap_or_default();
    let (files, mut faults) = gather::gather(&args.paths, &classes);
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

/// The minors that are asked for, else the spec's, else the newest.
fn kubernetes(args: &cli::Check, facts: Option<&Facts>, faults: &mut Vec<Finding>) -> Vec<Minor> {
    let known = catalog::versions();
    let other = facts.map_or(known.newest, |f| f.cluster.minor());
    versions(&args.kubernetes, (known.oldest, known.newest), other, faults)
}

fn etcd(args: &cli::Check, facts: Option<&Facts>, faults: &mut Vec<Finding>) -> Minor {
    let known = catalog::versions();
    let stated = facts.and_then(|f| f.cluster.control_plane.as_ref()?.etcd_version.as_ref()).map(|v| v.value.minor);
    let asked: Vec<String> = args.etcd.iter().cloned().collect();
    let other = stated.unwrap_or(known.etcd_newest);
    versions(&asked, (known.etcd_oldest, known.etcd_newest), other, faults).first().copied().unwrap_or(other)
}

fn versions(asked: &[String], known: (Minor, Minor), other: Minor, faults: &mut Vec<Finding>) -> Vec<Minor> {
    let mut out = Vec::new();
    for text in asked {
        match Minor::parse(text).filter(|m| (known.0..=known.1).contains(m)) {
            Some(minor) if !out.contains(&minor) => out.push(minor),
            Some(_) => {}
            None => faults.push(Finding::error(
                "version-unknown",
                format!("`{text}` is no minor from {} to {}, which are the ones that plimsoll knows", known.0, known.1),
            )),
        }
    }
    if out.is_empty() {
        out.push(other);
    }
    out
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
