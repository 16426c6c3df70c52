//! That every value of a kubelet is of its setting's type in Go, within its range, and one of its choices.

use super::asked::{broken_at, existing, generic, go_type, map_of, row, short, stated};
use super::{Find, kubelet};
use crate::catalog::{self, Bound, Form, Found, Tunable, Type};
use crate::check::constraint::Constraint;
use crate::check::go;
use crate::check::report::{self, shown};
use crate::check::scene::At;
use crate::current::{Stated, is_drop_in};
use crate::diag::{Finding, Place, nearest};
use crate::facts::typed;
use crate::quantity::Minor;
use crate::yaml::{Node, Value};
use serde_json::Value as Json;
use std::cmp::Ordering;
use std::sync::Arc;

pub(super) const KUBELET: &[(&str, Find)] = &[
    ("wrong-type", wrong_type),
    ("out-of-range", out_of_range),
    ("unknown-word", unknown_word),
    ("unknown-key", unknown_key),
];

fn wrong_type(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for (name, stated) in stated(at) {
        if let Some(go) = decoded_as(name, version) {
            match go::fault(&stated.node, go, has_fields(name)) {
                Some(fault) => {
                    let says = format!("`{}` {}", short(name), fault.says);
                    out.push(broken_at(at, constraint, &says, stated, &fault.at));
                }
                None => inner(at, constraint, (name, stated), &stated.node, out),
            }
            unparsed(at, constraint, name, stated, out);
        } else if let Some(found) = catalog::find(name).filter(|f| f.tunable.exists_in(version)) {
            of_kind(at, constraint, name, stated, &found, out);
        }
    }
    // In a drop-in file null takes a value back.
    let objects = at.scene.parts.get(at.component).into_iter().flat_map(|c| &c.documents);
    for (path, object) in objects.filter(|(path, _)| !is_drop_in(path)) {
        nulls(at, constraint, path, (&format!("{}/", at.component), object), out);
    }
}

/// What is written without a value and is not read as unset: durations, and what maps hold.
fn nulls(
    at: &At<'_>,
    constraint: &'static Constraint,
    path: &Arc<str>,
    (prefix, object): (&str, &Node),
    out: &mut Vec<Finding>,
) {
    for member in object.members() {
        let name = format!("{prefix}{}", member.key);
        if !member.node.is_null() {
            nulls(at, constraint, path, (&format!("{name}."), &member.node), out);
            continue;
        }
        let Some(go) = decoded_as(&name, at.minor(at.component)) else { continue };
        let parsed = catalog::find(&name).is_some_and(|found| {
            let text =
                !matches!(found.kind(), Type::String) || found.tunable.words_in(at.minor(at.component)).is_some();
            text && (found.key.is_some() || map_of(&name).is_some()) && go == "string"
        });
        if go == "v1.Duration" || parsed {
            let says = format!("`{}` is empty, which is not the same as leaving it out", short(&name));
            let place = Place::new(path, member.at.clone());
            out.push(
                report::finding(at, constraint, &says, &[])
                    .at(&place, "")
                    .help("take the line out, or give it a value"),
            );
        }
    }
}

/// The Go type that a name decodes into: its own, or that of the map's values.
fn decoded_as(name: &str, version: Minor) -> Option<&'static str> {
    if row(name).is_some() && map_of(name).is_none() {
        return go_type(name, version);
    }
    let map = match map_of(name) {
        Some(map) => map,
        None => catalog::find(name).filter(|f| f.key.is_some() && f.tunable.kind == Type::Map)?.tunable,
    };
    go::element(go_type(map.name, version)?.trim_start_matches('*'))
}

fn has_fields(name: &str) -> bool {
    let name = generic(name);
    let (fields, elements) = (format!("{name}."), format!("{name}[]."));
    // Keys of a map may have entries, too.
    let map = row(&name).is_some_and(|r| r.kind == Type::Map);
    !map && [fields, elements].iter().any(|prefix| catalog::rows_starting(prefix).next().is_some())
}

/// Fields of the elements of a list that is one value.
fn inner(
    at: &At<'_>,
    constraint: &'static Constraint,
    (name, of): (&str, &Stated),
    node: &Node,
    out: &mut Vec<Finding>,
) {
    let Value::List(items) = &node.value else { return };
    for member in items.iter().flat_map(Node::members) {
        let field = format!("{}[].{}", generic(name), member.key);
        let Some(go) = go_type(&field, at.minor(at.component)) else { continue };
        match go::fault(&member.node, go, has_fields(&field)) {
            Some(fault) => {
                let says = format!("`{}` {}", short(&field), fault.says);
                out.push(broken_at(at, constraint, &says, of, &fault.at));
            }
            None => inner(at, constraint, (&field, of), &member.node, out),
        }
    }
}

/// A text that decodes, and that who reads it cannot read.
fn unparsed(at: &At<'_>, constraint: &'static Constraint, name: &str, stated: &Stated, out: &mut Vec<Finding>) {
    let Some(found) = catalog::find(name) else { return };
    let Some(text) = stated.value.as_str() else { return };
    let text_is_read = decoded_as(name, at.minor(at.component)) == Some("string");
    let what = match found.kind_in(at.minor(at.component)) {
        // Quantities of thresholds are the eviction manager's to read.
        Type::Quantity | Type::Cpu | Type::Bytes if go::Quantity::parse(text).is_none() => "a quantity such as `512Mi`",
        Type::Duration if go::duration(text).is_none() => "a duration such as `1m30s`",
        _ => return,
    };
    let unset = found.key.is_none() && text.is_empty();
    if text_is_read && !unset {
        let says = format!("`{}` is `{text}`, not {what}", short(name));
        out.push(report::finding(at, constraint, &says, &[name.to_string()]));
    }
}

/// Flags and fields whose Go type nobody extracted are read by the catalogue's type.
fn of_kind(
    at: &At<'_>,
    constraint: &'static Constraint,
    name: &str,
    stated: &Stated,
    found: &Found<'_>,
    out: &mut Vec<Finding>,
) {
    let kind = found.kind_in(at.minor(at.component));
    // Below an object that the catalogue does not look into, nobody knows the type.
    // The members of a structure have rows of their own.
    let span = found.tunable.span(at.minor(at.component));
    let structure = span.is_some_and(|s| s.form == catalog::Form::Field && !s.go.starts_with("map["));
    if found.key.is_some() && (kind == Type::Object || structure) {
        return;
    }
    let negative = kind == Type::Duration && stated.value.as_str().is_some_and(|t| go::duration(t).is_some());
    if let Err(what) = typed::canonical(&stated.value, kind)
        && !negative
    {
        let says = format!("`{}` {what}", short(name));
        out.push(report::finding(at, constraint, &says, &[name.to_string()]));
    }
}

fn out_of_range(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for (name, stated, found) in existing(at) {
        let unset = typed::zero_is_unset(&found, &stated.value, version);
        if found.key.is_none() && !unset && outside(found.tunable, &stated.value, version) {
            let range = range(found.tunable, version);
            let says = format!("`{}` is {}, and has to be {range}", short(name), shown(&stated.value));
            out.push(report::finding(at, constraint, &says, &[name.to_string()]));
        }
    }
}

fn outside(tunable: &Tunable, value: &Json, version: Minor) -> bool {
    let beyond = |bound: Option<Bound>, wrong: Ordering| {
        let order = match bound {
            None => None,
            Some(Bound::Number(bound)) => value.as_f64().and_then(|v| v.partial_cmp(&bound)),
            Some(Bound::Duration(bound)) => {
                value.as_str().and_then(go::duration).zip(go::duration(bound)).map(|(v, bound)| v.cmp(&bound))
            }
        };
        order == Some(wrong)
    };
    beyond(tunable.min_in(version), Ordering::Less) || beyond(tunable.max, Ordering::Greater)
}

fn range(tunable: &Tunable, version: Minor) -> String {
    let end = |bound: Option<Bound>, word: &str| {
        bound.map(|b| match b {
            Bound::Number(number) => format!("{word} {number}"),
            Bound::Duration(text) => format!("{word} {text}"),
        })
    };
    let ends = [end(tunable.min_in(version), "at least"), end(tunable.max, "at most")];
    ends.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

fn unknown_word(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for (name, stated, found) in existing(at).filter(|(name, ..)| !kubelet::unread(at, name)) {
        let Some(words) = found.tunable.words_in(version).filter(|_| found.key.is_none()) else { continue };
        let items = stated.value.as_array().map_or(std::slice::from_ref(&stated.value), Vec::as_slice);
        for item in items.iter().filter(|i| !takes(found.tunable, &words, i, version)) {
            let list: Vec<String> = words.iter().filter(|w| w.as_str() != Some("")).map(shown).collect();
            let near = item.as_str().and_then(|typed| nearest(typed, list.iter().map(String::as_str)));
            let says =
                format!("`{}` has no choice `{}`; {version} knows {}", short(name), shown(item), list.join(", "));
            let finding = report::finding(at, constraint, &says, &[name.to_string()]);
            out.push(finding.help_if(near.map(|n| format!("did you mean `{n}`?"))));
        }
    }
}

fn takes(tunable: &Tunable, words: &[Json], item: &Json, version: Minor) -> bool {
    if words.contains(item) {
        return true;
    }
    // An element that is null is one that says nothing.
    let Some(text) = item.as_str().or((item.is_null() && tunable.kind == Type::List).then_some("")) else {
        // What is of another type is a finding of its own.
        return !item.is_boolean() || !words.iter().any(Json::is_boolean);
    };
    let truth = words.iter().all(|w| w.as_str().and_then(go::boolean).is_some());
    let span = tunable.span(version);
    // No text is unset, where Go cannot tell the two apart.
    let unset = span.is_some_and(|s| s.form == Form::Field && !s.go.starts_with(['*', '[']) && !s.go.is_empty());
    truth && go::boolean(text).is_some() || text.is_empty() && unset
}

fn unknown_key(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (name, _, found) in existing(at).filter(|(name, ..)| !kubelet::unread(at, name)) {
        let Some((keys, key)) = found.tunable.key_values.zip(found.key).filter(|(keys, key)| !keys.contains(key))
        else {
            continue;
        };
        if found.tunable.also_takes(key, at.minor(at.component)) {
            continue;
        }
        let map = short(found.tunable.name);
        let says = format!("`{map}` has no key `{key}`; it knows {}", keys.join(", "));
        let near = nearest(key, keys.iter().copied());
        let finding = report::finding(at, constraint, &says, &[name.to_string()]);
        out.push(finding.help_if(near.map(|n| format!("did you mean `{n}`?"))));
    }
}
