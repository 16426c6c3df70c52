//! Flags as they are typed: that the component has them as flags, and that their texts are of their types.

use super::Find;
use super::asked::{row, short};
use crate::catalog::{self, Form, Role};
use crate::check::constraint::Constraint;
use crate::check::go;
use crate::check::report;
use crate::check::scene::At;
use crate::current::{self, Typed, is_command};
use crate::diag::{Finding, Place, Severity};
use std::collections::BTreeSet;

pub(super) const FIND: &[(&str, Find)] = &[("flag-form", form), ("field-as-flag", field)];

/// The flags that are typed, with their full names. Upstream takes `_` for `-`; etcd does not.
pub(super) fn typed<'s>(at: &At<'s>) -> impl Iterator<Item = (String, &'s Typed)> {
    let component = at.component.trim_end_matches("-events");
    let current = at.scene.parts.get(at.component);
    current.into_iter().flat_map(|c| &c.flags).map(move |flag| {
        let name = if component == "etcd" { flag.name.clone() } else { flag.name.replace('_', "-") };
        (format!("{component}/{name}"), flag)
    })
}

fn is_open(flag: &Typed) -> bool {
    current::is_open(&flag.text)
}

/// Texts of one flag that are looked at. Nobody states more.
const MOST: usize = 1000;

/// The texts of one flag, in order, as far as they are known.
pub(super) fn texts<'s>(at: &At<'s>, flag: &'s str) -> impl Iterator<Item = &'s Typed> {
    typed(at).filter(move |(name, typed)| short(name) == flag && !is_open(typed)).map(|(_, typed)| typed).take(MOST)
}

/// The name and the text, so that a reader sees both.
pub(super) fn place(flag: &Typed) -> Place {
    if flag.at.span.start >= flag.key.span.start { flag.at.clone() } else { flag.key.clone() }
}

/// The places of which it is said already that they stop the component.
fn told(out: &[Finding]) -> BTreeSet<(String, usize)> {
    let refused = out.iter().filter(|f| f.severity == Severity::Error);
    refused.filter_map(|f| f.labels.first()).map(|label| (label.path.clone(), label.span.start)).collect()
}

fn is_told(told: &BTreeSet<(String, usize)>, flag: &Typed) -> bool {
    [&flag.at, &flag.key].iter().any(|place| told.contains(&(place.path.to_string(), place.span.start)))
}

fn form(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    let bare = catalog::behaviour("flag-address-empty", at.minor(at.component)).is_some();
    let told = told(out);
    let mut seen = BTreeSet::new();
    for (name, flag) in typed(at).filter(|(name, flag)| seen.insert((name.clone(), flag.text.as_str()))) {
        let Some(kind) = catalog::flag_type(&name, version).filter(|_| !is_open(flag) && !is_told(&told, flag)) else {
            continue;
        };
        if let Some(what) = go::wanted(kind, &flag.text, bare) {
            let says = format!("`--{}` is `{}`, not {what}", flag.name, flag.text);
            out.push(report::finding(at, constraint, &says, &[]).at(&place(flag), ""));
        }
    }
}

fn field(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    // Of others, such as the autoscaler, the catalogue names some flags only.
    if !is_command(at.component) {
        return;
    }
    let version = at.minor(at.component);
    let told = told(out);
    // Of a flag that is given several times the last is the one that others tell.
    let mut seen = BTreeSet::new();
    let all: Vec<_> = typed(at).collect();
    for (name, flag) in all.into_iter().rev().filter(|(name, _)| seen.insert(name.clone())) {
        // What else is not there is told by others, where it comes to a setting.
        if catalog::is_flag(&name, version) || is_told(&told, flag) {
            continue;
        }
        let says = format!("{} {version} has no flag called `--{}`", at.component, flag.name);
        let sets = |r: &&catalog::Tunable| {
            matches!(r.role, Role::Alias(of) if of == name) && r.span(version).is_some_and(|s| s.form == Form::Flag)
        };
        let own = catalog::rows().iter().find(sets);
        let is_field = row(&name).is_some_and(|r| r.form() == Form::Field);
        let help = match own {
            Some(own) => Some(format!("the flag `--{}` sets it", own.path())),
            None => is_field.then(|| "it is a field of the configuration file, which no flag sets".to_string()),
        };
        out.push(report::finding(at, constraint, &says, &[]).at(&flag.key, "").help_if(help));
    }
}
