//! That every value is within its setting's range, one of its choices, under one of its keys, and not taken for unset.

use super::Find;
use super::asked::{existing, short};
use super::kubelet;
use crate::catalog::{Bound, Form, Found, Tunable, Type};
use crate::check::constraint::Constraint;
use crate::check::expression;
use crate::check::go;
use crate::check::report::{self, shown};
use crate::check::scene::At;
use crate::current::{Current, Stated};
use crate::diag::{Finding, nearest};
use crate::facts::typed;
use crate::quantity::Minor;
use serde_json::Value as Json;
use std::cmp::Ordering;
use std::collections::BTreeSet;

pub(super) const FIND: &[(&str, Find)] = &[
    ("out-of-range", out_of_range),
    ("unknown-word", unknown_word),
    ("unknown-key", unknown_key),
    ("zero-means-unset", zero),
];

/// Whether upstream looks at a value at all: it holds some against range and words while another setting wants it only.
fn is_asked(at: &At<'_>, found: &Found<'_>, name: &str) -> bool {
    let when = found.tunable.asked_when(at.minor(at.component)).map(expression::parse);
    let asked = when.is_none_or(|when| when.is_ok_and(|when| expression::holds(&when, at) == Some(true)));
    asked && !kubelet::unread(at, name)
}

fn out_of_range(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for (name, stated, found) in existing(at).filter(|(_, _, found)| found.key.is_none()) {
        let unset = is_unset(name, &found, stated, version);
        if !unset && outside(found.tunable, &stated.value, version) && is_asked(at, &found, name) {
            let range = typed::ends(found.tunable.min_in(version), found.tunable.max);
            let says = format!("`{}` is {}, and has to be {range}", short(name), shown(&stated.value));
            out.push(report::finding(at, constraint, &says, &[name.to_string()]));
        }
    }
}

fn is_unset(name: &str, found: &Found<'_>, stated: &Stated, version: Minor) -> bool {
    Current::is_defaulted(stated, name, version) && typed::zero_is_unset(found, &stated.value, version)
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

fn unknown_word(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for (name, stated, found) in
        existing(at).filter(|(name, _, found)| found.key.is_none() && is_asked(at, found, name))
    {
        let Some(words) = found.tunable.words_in(version) else { continue };
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
    // No text is unset, where Go cannot tell the two apart; on a command line it is a word like any other.
    let unset = span.is_some_and(|s| s.form == Form::Field && !s.go.starts_with(['*', '[']) && !s.go.is_empty());
    truth && go::boolean(text).is_some() || text.is_empty() && unset
}

fn unknown_key(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (name, _, found) in existing(at).filter(|(name, ..)| !kubelet::unread(at, name)) {
        let Some((keys, key)) = found.tunable.key_values.zip(found.key) else { continue };
        if keys.contains(&key) || found.tunable.also_takes(key, at.minor(at.component)) {
            continue;
        }
        let map = short(found.tunable.name);
        let says = format!("`{map}` has no key `{key}`; it knows {}", keys.join(", "));
        let near = nearest(key, keys.iter().copied());
        let finding = report::finding(at, constraint, &says, &[name.to_string()]);
        out.push(finding.help_if(near.map(|n| format!("did you mean `{n}`?"))));
    }
}

/// Files that a program has written from the Go type, as kubeadm does: it writes every field that is set to nothing, so their zeros say
/// nothing. They are told by an empty text or a duration of no time, which few write by hand (docs/decisions/0010).
fn written<'s>(at: &At<'s>) -> BTreeSet<&'s str> {
    let version = at.minor(at.component);
    let nothing = |name: &str, found: &Found<'_>, stated: &Stated| {
        let duration = found.kind_in(version) == Type::Duration && is_unset(name, found, stated, version);
        stated.value.as_str() == Some("") || duration
    };
    let of_nothing = existing(at).filter(|(name, stated, found)| nothing(name, found, stated));
    of_nothing.map(|(_, stated, _)| &*stated.key.path).collect()
}

fn zero(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    let written = written(at);
    for (name, stated, found) in existing(at).filter(|(_, _, found)| found.key.is_none()) {
        let number = matches!(found.kind_in(version), Type::Integer | Type::Number);
        if number && is_unset(name, &found, stated, version) && !written.contains(&*stated.key.path) {
            let default = found.default_in(version).unwrap_or_default();
            let short = found.tunable.path();
            let says =
                format!("`{short}` is {}, which counts as unset and becomes {}", shown(&stated.value), shown(&default));
            out.push(report::finding(at, constraint, &says, &[name.to_string()]));
        }
    }
}
