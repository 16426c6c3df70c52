//! That every setting of a kubelet that is stated exists in the version, in the form in which it is stated.

use super::asked::{generic, in_document, map_of, row, short, stated, weighed, within};
use super::{Find, kubelet};
use crate::catalog::{self, Form, Role, Tunable, Type};
use crate::check::constraint::{Consequence, Constraint};
use crate::check::report;
use crate::check::scene::At;
use crate::current::Stated;
use crate::diag::{Finding, nearest};
use crate::quantity::Minor;
use crate::yaml::{Node, Value};
use std::collections::BTreeSet;

pub(super) const KUBELET: &[(&str, Find)] =
    &[("unknown-setting", unknown), ("setting-of-another-version", another_version)];

/// What a kubelet makes of a setting that it does not have: strict decoding fails, and the file is read again without it; a
/// command line is read once.
fn lacking(at: &At<'_>, stated: &Stated) -> Consequence {
    if in_document(at, stated) { Consequence::Ignored } else { Consequence::Refuses }
}

fn unknown(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (name, stated) in stated(at) {
        if known(at, name, stated) {
            parts(at, constraint, (name, stated), &stated.node, out);
            continue;
        }
        let prefix = format!("{}/", at.component);
        let names = catalog::names().filter_map(|n| n.strip_prefix(prefix.as_str()));
        let near = nearest(short(name), names).filter(|near| *near != short(name));
        let says = format!("{} has no setting called `{}`", at.component, short(name));
        let help = match row(name) {
            Some(Tunable { role: Role::Alias(field), .. }) => Some(format!("in a file it is `{}`", short(field))),
            Some(flag) => Some(format!("only the flag `--{}` sets it", flag.path())),
            None => flag_of(name).map(|flag| format!("only the flag `--{flag}` sets it")),
        };
        let help = help.or_else(|| near.map(|n| format!("did you mean `{n}`?")));
        out.push(weighed(at, constraint, lacking(at, stated), &says, &[name.to_string()]).help_if(help));
    }
}

/// Whether any version has it, in the form in which it is stated.
fn known(at: &At<'_>, name: &str, stated: &Stated) -> bool {
    let own = row(name);
    if own.is_some_and(|row| row.form() == Form::Flag) && in_document(at, stated) {
        return false;
    }
    match catalog::find(name) {
        // Fields of a structure are all there, once there is one.
        Some(found) if found.key.is_some() && found.tunable.kind == Type::Object => {
            own.is_some() || !has_fields(found.tunable.name)
        }
        Some(_) => true,
        None => own.is_some(),
    }
}

fn has_fields(name: &str) -> bool {
    let (fields, elements) = (format!("{name}."), format!("{name}[]."));
    catalog::rows().iter().any(|r| r.name.starts_with(&fields) || r.name.starts_with(&elements))
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

/// Fields, that nobody knows, of the elements of a list that is one value.
fn parts(
    at: &At<'_>,
    constraint: &'static Constraint,
    (name, of): (&str, &Stated),
    node: &Node,
    out: &mut Vec<Finding>,
) {
    let Value::List(items) = &node.value else { return };
    let name = format!("{}[]", generic(name));
    if !has_fields(&generic(name.trim_end_matches("[]"))) {
        return;
    }
    for member in items.iter().flat_map(Node::members) {
        let field = format!("{name}.{}", member.key);
        if row(&field).is_some() {
            parts(at, constraint, (&field, of), &member.node, out);
            continue;
        }
        let own = Constraint { consequence: lacking(at, of), ..constraint.clone() };
        let says = format!("{} has no setting called `{}`", at.component, short(&field));
        out.push(report::finding(at, &own, &says, &[]).at(&within(of, &member.at), ""));
    }
}

fn another_version(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    let mut told = BTreeSet::new();
    for (name, stated) in stated(at) {
        let Some((name, tunable)) = missing(name, version) else { continue };
        if kubelet::unread(at, name) || !told.insert(name.to_string()) {
            continue;
        }
        let when = match (tunable.since().filter(|s| *s > version), tunable.removed()) {
            (Some(since), _) => format!("it came with {since}"),
            (None, Some(removed)) => format!("it was removed in {removed}"),
            (None, None) => String::new(),
        };
        let says = format!("{} {version} has no `{}`: {when}", at.component, short(name));
        // Keys of a map are no fields: who reads the map knows them or not.
        let consequence = if map_of(name).is_some() { Consequence::Refuses } else { lacking(at, stated) };
        out.push(weighed(at, constraint, consequence, &says, &[name.to_string()]));
    }
}

/// The outermost part of a name that the version does not have: of a structure that is missing, its fields say nothing.
fn missing(name: &str, version: Minor) -> Option<(&str, &'static Tunable)> {
    let ends = name.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(at, _)| at).chain([name.len()]);
    ends.filter_map(|end| row(&name[..end]).map(|row| (&name[..end], row))).find(|(_, row)| !row.exists_in(version))
}
