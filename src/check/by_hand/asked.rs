//! What functions ask of a scene: settings that are stated, their places, and findings about them.

use super::fields;
use crate::catalog::{self, Form, Found, Tunable};
use crate::check::constraint::{Consequence, Constraint};
use crate::check::report;
use crate::check::scene::At;
use crate::current::{Current, Layer, Stated};
use crate::diag::{Finding, Place};
use crate::quantity::Minor;
use serde_json::Value as Json;
use std::ops::Range;
use std::sync::Arc;

/// Everything stated of the component that is asked, except flags in its file, which nobody reads.
pub(super) fn stated<'s>(at: &At<'s>) -> impl Iterator<Item = (&'s str, &'s Stated)> {
    let current = at.scene.parts.get(at.component);
    let stated = current.into_iter().flat_map(|c| &c.stated).map(|(name, stated)| (name.as_str(), stated));
    stated.filter(|(name, stated)| {
        let flag = catalog::find(name).is_some_and(|found| is_flag(at, found.tunable));
        !(flag && in_document(at, stated))
    })
}

/// Components whose file has the flags as keys, and keys of its own that are no flags and none of ours.
pub(super) const OWN_KEYS: [&str; 2] = ["etcd", "etcd-events"];

/// Whether a row is a flag, which a file has no field for.
pub(super) fn is_flag(at: &At<'_>, row: &Tunable) -> bool {
    let form = row.span(at.minor(at.component)).map_or_else(|| row.form(), |span| span.form);
    form == Form::Flag && !OWN_KEYS.contains(&at.component)
}

/// Settings that the version has, with their entry.
pub(super) fn existing<'s>(at: &At<'s>) -> impl Iterator<Item = (&'s str, &'s Stated, Found<'s>)> {
    let version = at.minor(at.component);
    stated(at).filter_map(move |(name, stated)| {
        let found = catalog::find(name)?;
        // An element of a list that says nothing is entered with null.
        (found.tunable.exists_in(version) && !stated.value.is_null()).then_some((name, stated, found))
    })
}

/// Whether a value stands in a configuration object, and not among flags, which one text may hold beside it.
pub(super) fn in_document(at: &At<'_>, stated: &Stated) -> bool {
    let current = at.scene.parts.get(at.component);
    stated.layer != Layer::Flags
        && current.is_some_and(|c| c.documents.iter().any(|(path, _)| *path == stated.key.path))
}

/// Whether a value is of what a kubelet answers at /configz: all that it has, whoever stated it.
pub(super) fn was_answered(current: &Current, stated: &Stated) -> bool {
    let mut documents = current.documents.iter();
    documents.any(|(path, object)| *path == stated.key.path && object.get("kind").is_none())
}

/// The name without its component.
pub(super) fn short(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, path)| path)
}

/// The row of a name, whatever its role, keys of lists left out.
pub(super) fn row(name: &str) -> Option<&'static Tunable> {
    catalog::row(name).or_else(|| catalog::row(&row_name(name)))
}

/// The name that the row of a name has: keys of lists left out, except the plugin's where it has arguments of its own.
pub(super) fn row_name(name: &str) -> String {
    let name = name.strip_prefix("etcd-events/").map_or(name.to_string(), |path| format!("etcd/{path}"));
    let mut out = String::with_capacity(name.len());
    let mut rest = name.as_str();
    while let Some((before, after)) = rest.split_once('[') {
        let Some((key, after)) = after.split_once(']') else { break };
        out.push_str(before);
        out = fields::element(&out, key);
        rest = after;
    }
    out + rest
}

/// Go's type of a field; nothing of a flag, and of what nobody extracted a type of.
pub(super) fn go_type(name: &str, version: Minor) -> Option<&'static str> {
    let span = row(name)?.span(version)?;
    Some(span.go).filter(|go| span.form == Form::Field && !go.is_empty())
}

/// The map that a key with an entry of its own is in.
pub(super) fn map_of(name: &str) -> Option<&'static Tunable> {
    let own = row(name)?;
    let above = row(name.rsplit_once('.')?.0)?;
    (own.spans.iter().all(|s| s.go.is_empty()) && above.kind == catalog::Type::Map).then_some(above)
}

/// A finding about settings, the first of which is the one to change.
pub(super) fn broken(at: &At<'_>, constraint: &'static Constraint, says: &str, blamed: &[&str]) -> Finding {
    let blamed: Vec<String> = blamed.iter().map(|name| at.full(name)).collect();
    report::finding(at, constraint, says, &blamed)
}

/// A finding about a part of what a setting states.
pub(super) fn broken_at(
    at: &At<'_>,
    constraint: &'static Constraint,
    says: &str,
    of: &Stated,
    part: &Range<usize>,
) -> Finding {
    report::finding(at, constraint, says, &[]).at(&within(of, part), "")
}

/// A finding of other weight than the constraint's.
pub(super) fn weighed(
    at: &At<'_>,
    constraint: &'static Constraint,
    consequence: Consequence,
    says: &str,
    blamed: &[String],
) -> Finding {
    let own = Constraint { consequence, ..constraint.clone() };
    report::finding(at, &own, says, blamed)
}

/// A place in the file that states a setting.
pub(super) fn within(of: &Stated, part: &Range<usize>) -> Place {
    Place::new(&Arc::clone(&of.key.path), part.clone())
}

/// The effective text of a setting.
pub(super) fn text(at: &At<'_>, name: &str) -> Option<String> {
    at.json(name)?.as_str().map(ToString::to_string)
}

/// The effective truth value of a setting; off where it is unset.
pub(super) fn is_on(at: &At<'_>, name: &str) -> bool {
    at.json(name).as_ref().and_then(Json::as_bool).unwrap_or(false)
}

/// Whether a feature gate is on; a gate that is no longer there is of a feature that always is.
pub(super) fn gate(at: &At<'_>, name: &str) -> bool {
    crate::check::expression::Settings::gate(at, name).unwrap_or(true)
}

/// A fact of the machine that is a whole number.
pub(super) fn machine(at: &At<'_>, name: &str) -> Option<i64> {
    at.scene.machine.get(name).and_then(Json::as_i64)
}

/// The keys that are stated of a map, with what is stated of each.
pub(super) fn keys<'s>(at: &At<'s>, map: &str) -> Vec<(&'s str, &'s Stated)> {
    let full = at.full(map);
    let Some((_, current)) = at.part(&full) else { return Vec::new() };
    let prefix = format!("{full}.");
    let own = current.stated.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix));
    own.map(|(name, stated)| (&name[prefix.len()..], stated)).collect()
}

/// What is stated of exactly this setting.
pub(super) fn stated_as<'s>(at: &At<'s>, name: &str) -> Option<&'s Stated> {
    let full = at.full(name);
    at.part(&full)?.1.stated.get(&full)
}
