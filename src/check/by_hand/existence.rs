//! That everything that is stated exists in the version, in the form in which it is stated, and stands there once.

use super::Find;
use super::asked::{OWN_KEYS, in_document, is_flag, map_of, row, short, stated, weighed};
use super::fields::{Field, fields, read_in};
use super::kubelet;
use crate::catalog::{self, Form, Role, Tunable};
use crate::check::constraint::{Consequence, Constraint};
use crate::check::report;
use crate::check::scene::At;
use crate::current::{Stated, is_drop_in};
use crate::diag::{Finding, nearest};
use crate::quantity::Minor;
use std::collections::BTreeSet;

pub(super) const FIND: &[(&str, Find)] = &[
    ("unknown-setting", unknown),
    ("setting-of-another-version", another_version),
    ("key-twice", twice),
    ("empty-document-first", empty_first),
];

/// Components that read a file that strict decoding refuses once more without the strictness, and etcd, which never is strict.
const LENIENT: [&str; 4] = ["kubelet", "kube-proxy", "etcd", "etcd-events"];
/// Components of the host, of which the catalogue names some settings only.
const OPEN: [&str; 6] = ["containerd", "crio", "logind", "module", "sysctl", "systemd"];
/// Minors that merge drop-ins as structures, each decoded as a main file is.
const STRUCT: &str = "kubelet-drop-in-struct-merge";

/// What a component makes of a field that it does not have.
fn lacking(at: &At<'_>, field: &Field<'_>) -> Consequence {
    let own = super::asked::row_name(&field.name);
    // Keys of a map are no fields: who reads the map knows them or not.
    if field.map.is_none() && (LENIENT.contains(&at.component) || !read_in(&own, at.minor(at.component))) {
        Consequence::Ignored
    } else {
        Consequence::Refuses
    }
}

fn unknown(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let own_keys = OWN_KEYS.contains(&at.component);
    if own_keys {
        super::etcd_file::keys(at, constraint, out);
    }
    for field in fields(at).iter().filter(|f| !own_keys && f.row.is_none_or(|row| is_flag(at, row))) {
        let near = near(at, short(&field.name));
        let own = Constraint { consequence: lacking(at, field), ..constraint.clone() };
        let says = format!("{} has no setting called `{}`", at.component, short(&field.name));
        let help = instead(field).or_else(|| near.map(|n| format!("did you mean `{n}`?")));
        out.push(report::finding(at, &own, &says, &[]).at(&field.name_place(), "").help_if(help));
    }
    // Below what has a row, whatever it is, an entry is a part of it.
    let known = |name: &str| row(name).is_some() || catalog::find(name).is_some();
    let outside = |name: &str| !OPEN.contains(&at.component) && !known(name);
    for (name, stated) in stated(at).filter(|(name, stated)| outside(name) && !in_document(at, stated)) {
        let says = format!("{} has no setting called `{}`", at.component, short(name));
        let help = near(at, short(name)).map(|n| format!("did you mean `{n}`?"));
        out.push(weighed(at, constraint, outside_files(at, stated), &says, &[name.to_string()]).help_if(help));
    }
}

/// What a component makes of a setting that it does not have and that is in no file: etcd goes on beside a variable that it does not know.
fn outside_files(at: &At<'_>, stated: &Stated) -> Consequence {
    let flags = at.scene.parts.get(at.component).into_iter().flat_map(|c| &c.flags);
    let variable = OWN_KEYS.contains(&at.component) && !flags.into_iter().any(|flag| flag.key == stated.key);
    if variable { Consequence::Ignored } else { Consequence::Refuses }
}

/// A setting with nearly this name. What is longer than any setting is near none.
fn near(at: &At<'_>, name: &str) -> Option<&'static str> {
    let component = if OWN_KEYS.contains(&at.component) { "etcd" } else { at.component };
    let version = at.minor(at.component);
    let names = catalog::names().filter_map(|n| n.strip_prefix(component)?.strip_prefix('/'));
    let there =
        |n: &&str| !OWN_KEYS.contains(&at.component) || row(&format!("etcd/{n}")).is_some_and(|r| r.exists_in(version));
    nearest(name, names.filter(|_| name.len() < 100).filter(there)).filter(|near| *near != name)
}

/// Where a name belongs that is no field.
fn instead(field: &Field<'_>) -> Option<String> {
    match field.row {
        Some(Tunable { role: Role::Alias(of), .. }) => Some(format!("in a file it is `{}`", short(of))),
        Some(flag) => Some(format!("only the flag `--{}` sets it", flag.path())),
        None => flag_of(&field.name).map(|flag| format!("only the flag `--{flag}` sets it")),
    }
}

/// The flag that a field's name would be: `hostnameOverride` as `hostname-override`.
fn flag_of(name: &str) -> Option<String> {
    let (component, path) = name.split_once('/')?;
    let mut flag = String::new();
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            flag.push('-');
        }
        flag.push(c.to_ascii_lowercase());
    }
    let row = catalog::row(&format!("{component}/{flag}"))?;
    (row.form() == Form::Flag).then_some(flag)
}

fn another_version(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for field in fields(at) {
        let Some(row) = field.row.filter(|row| !row.exists_in(version) && !is_flag(at, row)) else { continue };
        if field.map.is_some() && kubelet::unread(at, row.name) {
            continue;
        }
        let own = Constraint { consequence: lacking(at, &field), ..constraint.clone() };
        out.push(report::finding(at, &own, &when(at, &field.name, row), &[]).at(&field.name_place(), ""));
    }
    let mut told = BTreeSet::new();
    for (name, stated) in stated(at).filter(|(_, stated)| !in_document(at, stated) && !by_a_flag(at, stated)) {
        let Some((name, tunable)) = missing(name, version) else { continue };
        if told.insert(name) && !(map_of(name).is_some() && kubelet::unread(at, name)) {
            let consequence = outside_files(at, stated);
            out.push(weighed(at, constraint, consequence, &when(at, name, tunable), &[name.to_string()]));
        }
    }
}

/// Whether a flag that the version has states it: the field that it writes may have come later.
fn by_a_flag(at: &At<'_>, stated: &Stated) -> bool {
    let flags = at.scene.parts.get(at.component).into_iter().flat_map(|c| &c.flags);
    let mut own = flags.filter(|flag| flag.key == stated.key);
    own.any(|flag| catalog::is_flag(&format!("{}/{}", at.component, flag.name), at.minor(at.component)))
}

fn when(at: &At<'_>, name: &str, tunable: &Tunable) -> String {
    let version = at.minor(at.component);
    let when = match (tunable.since().filter(|s| *s > version), tunable.removed()) {
        (Some(since), _) => format!("it came with {since}"),
        (None, Some(removed)) => format!("it was removed in {removed}"),
        (None, None) => "it comes and goes".to_string(),
    };
    format!("{} {version} has no `{}`: {when}", at.component, short(name))
}

/// The outermost part of a name that the version does not have: of a structure that is missing, its fields say nothing.
fn missing(name: &str, version: Minor) -> Option<(&str, &'static Tunable)> {
    let ends = name.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(at, _)| at).chain([name.len()]);
    ends.filter_map(|end| row(&name[..end]).map(|row| (&name[..end], row))).find(|(_, row)| !row.exists_in(version))
}

fn twice(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(current) = at.scene.parts.get(at.component) else { return };
    for (key, first, last) in &current.twice {
        // Only files have keys: where decoding that is not strict follows, the last one counts. A drop-in that is merged as
        // a document is decoded strictly only.
        let merged = is_drop_in(&last.path) && catalog::behaviour(STRUCT, at.minor(at.component)).is_none();
        let lost = LENIENT.contains(&at.component) && !merged;
        let consequence = if lost { Consequence::Ignored } else { Consequence::Refuses };
        let own = Constraint { consequence, ..constraint.clone() };
        let says = match lost {
            true => format!("`{key}` stands twice, and the first value is lost"),
            false => format!("`{key}` stands twice"),
        };
        let labels = if lost { ("this one counts", "this one is lost") } else { ("again", "first") };
        out.push(report::finding(at, &own, &says, &[]).at(last, labels.0).clash(first, labels.1));
    }
}

fn empty_first(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for place in at.scene.parts.get(at.component).into_iter().flat_map(|c| &c.ahead) {
        let says = format!("`{}` begins with an empty document, and no other is read", place.path);
        out.push(report::finding(at, constraint, &says, &[]).at(place, ""));
    }
}
