//! What every component asks of every setting: that it exists in the version, and that its value is one it can take.

use super::Find;
use super::parts::{self, Part};
use crate::catalog::{self, Form, Found, Role, Tunable, Type};
use crate::check::constraint::{Consequence, Constraint};
use crate::check::expression;
use crate::check::report::{self, shown};
use crate::check::scene::At;
use crate::current::Stated;
use crate::diag::{Finding, nearest};
use crate::facts::typed;

pub(super) const FIND: &[(&str, Find)] = &[
    ("unknown-setting", unknown),
    ("setting-of-another-version", another_version),
    ("wrong-type", wrong_type),
    ("out-of-range", out_of_range),
    ("unknown-word", unknown_word),
    ("unknown-key", unknown_key),
    ("unknown-gate", unknown_gate),
    ("locked-gate", locked_gate),
    ("key-twice", twice),
];

/// Everything stated of the component that is asked.
fn stated<'s>(at: &At<'s>) -> impl Iterator<Item = (&'s str, &'s Stated)> {
    let current = at.scene.parts.get(at.component);
    current.into_iter().flat_map(|c| &c.stated).map(|(name, stated)| (name.as_str(), stated))
}

/// Settings that the version has, with their entry.
fn existing<'s>(at: &At<'s>) -> impl Iterator<Item = (&'s str, &'s Stated, Found<'s>)> {
    let version = at.minor(at.component);
    stated(at).filter_map(move |(name, stated)| {
        let found = catalog::find(name)?;
        // An element of a list that says nothing is entered with null.
        (found.tunable.exists_in(version) && !stated.value.is_null()).then_some((name, stated, found))
    })
}

fn short(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, path)| path)
}

fn push(at: &At<'_>, constraint: &'static Constraint, name: &str, says: String, out: &mut Vec<Finding>) {
    out.push(report::finding(at, constraint, &says, &[name.to_string()]));
}

/// Whether a value stands in a configuration object, and not among flags.
fn in_document(at: &At<'_>, stated: &Stated) -> bool {
    let current = at.scene.parts.get(at.component);
    current.is_some_and(|c| c.documents.iter().any(|(path, _)| *path == stated.key.path))
}

/// What a component makes of a setting that it does not have.
fn lacking(at: &At<'_>, name: &str, stated: &Stated) -> Consequence {
    match at.component {
        // Strict decoding fails, and the file is read again without it. An unknown flag ends the process.
        "kubelet" | "kube-proxy" if in_document(at, stated) => Consequence::Ignored,
        // etcd does not decode its file strictly.
        "etcd" | "etcd-events" if in_document(at, stated) => Consequence::Ignored,
        _ if !parts::read_in(name, at.minor(at.component)) => Consequence::Ignored,
        _ => Consequence::Refuses,
    }
}

fn absent(at: &At<'_>, constraint: &'static Constraint, consequence: Consequence, name: &str, says: String) -> Finding {
    let own = Constraint { consequence, ..constraint.clone() };
    report::finding(at, &own, &says, &[name.to_string()])
}

/// A finding about a member of what is carried whole.
fn of_part(
    at: &At<'_>,
    constraint: &'static Constraint,
    consequence: Consequence,
    part: &Part<'_>,
    says: String,
) -> Finding {
    let own = Constraint { consequence, ..constraint.clone() };
    report::finding(at, &own, &says, &[]).at(&part.place, "")
}

/// Whether upstream holds the value against its range and its words at all.
fn asked(at: &At<'_>, found: &Found<'_>) -> bool {
    let when = found.tunable.asked_when(at.minor(at.component)).map(expression::parse);
    when.is_none_or(|when| when.is_ok_and(|when| expression::holds(&when, at) == Some(true)))
}

/// Components of the host, of which the catalogue names some settings only.
const OPEN: [&str; 6] = ["containerd", "crio", "logind", "module", "sysctl", "systemd"];

fn unknown(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for (name, stated) in stated(at).filter(|_| !OPEN.contains(&at.component)) {
        let row = catalog::find(name).map(|f| f.tunable).or_else(|| catalog::row(name));
        let flag = row.and_then(|r| r.span(version)).is_some_and(|s| s.form == Form::Flag) && has_file(at.component);
        if flag && in_document(at, stated) {
            let says = format!("`{}` is a flag of {}, and no field of its file", short(name), at.component);
            out.push(absent(at, constraint, lacking(at, name, stated), name, says));
        }
        if row.is_some() {
            continue;
        }
        let prefix = format!("{}/", at.component);
        let known = catalog::names().filter_map(|n| n.strip_prefix(prefix.as_str()));
        // What is longer than any setting is near none.
        let near = nearest(short(name), known.filter(|_| name.len() < 100));
        let says = format!("{} has no setting called `{}`", at.component, short(name));
        let finding = absent(at, constraint, lacking(at, name, stated), name, says);
        out.push(finding.help_if(near.map(|n| format!("did you mean `{n}`?"))));
    }
    super::etcd_file::keys(at, constraint, out);
    for part in parts::parts(at).iter().filter(|p| p.row.is_none()) {
        let says = format!("{} has nothing called `{}`", at.component, short(&part.name));
        out.push(of_part(at, constraint, lacking(at, &part.name, part.stated), part, says));
    }
}

/// Whether the component has a file whose keys are no flags.
fn has_file(component: &str) -> bool {
    matches!(component, "kubelet" | "kube-proxy" | "kube-scheduler")
}

fn another_version(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    let says = |name: &str, tunable: &Tunable| {
        let when = match (tunable.since().filter(|s| *s > version), tunable.removed()) {
            (Some(since), _) => format!("it came with {since}"),
            (None, Some(removed)) => format!("it was removed in {removed}"),
            (None, None) => "it comes and goes".to_string(),
        };
        format!("{} {version} has no `{}`: {when}", at.component, short(name))
    };
    for (name, stated) in stated(at) {
        let row = catalog::find(name).map(|f| f.tunable).or_else(|| catalog::row(name));
        let Some(tunable) = row.filter(|t| !t.exists_in(version)) else { continue };
        out.push(absent(at, constraint, lacking(at, name, stated), name, says(name, tunable)));
    }
    for part in parts::parts(at) {
        let Some(row) = part.row.filter(|row| !row.exists_in(version)) else { continue };
        let consequence = lacking(at, &part.name, part.stated);
        out.push(of_part(at, constraint, consequence, &part, says(&part.name, row)));
    }
}

fn wrong_type(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for (name, stated, found) in existing(at) {
        // Below an object that the catalogue does not look into, nobody knows the type.
        // The members of a structure have rows of their own.
        let span = found.tunable.span(version);
        let structure = span.is_some_and(|s| s.form == Form::Field && !s.go.is_empty() && !s.go.starts_with("map["));
        if found.key.is_some() && (found.kind_in(version) == Type::Object || structure) {
            continue;
        }
        let negative = found.kind_in(version) == catalog::Type::Duration
            && stated.value.as_str().is_some_and(|t| t.starts_with('-'));
        let Some(kind) = read_as(at, stated, found.kind_in(version)) else { continue };
        let go = found.tunable.span(version).filter(|_| found.key.is_none()).map_or("", |s| s.go);
        let what = match typed::canonical(&stated.value, kind) {
            Err(what) => Some(what).filter(|_| !negative),
            Ok(_) => beyond(go, &stated.value),
        };
        if let Some(what) = what {
            push(at, constraint, name, format!("`{}` {what}", short(name)), out);
        }
    }
    for (name, stated) in stated(at).filter(|(name, _)| catalog::find(name).is_none()) {
        let row = catalog::row(name).filter(|r| r.role == Role::Group && r.exists_in(version));
        if row.is_some() && !stated.value.is_object() {
            push(at, constraint, name, format!("`{}` is {}, not a table", short(name), shown(&stated.value)), out);
        }
    }
    for (place, name) in parts::null_durations(at) {
        let says = format!("`{}` is null, which upstream cannot read as a duration", short(&name));
        out.push(report::finding(at, constraint, &says, &[]).at(&place, ""));
    }
    for part in parts::parts(at) {
        if let Some(what) = parts::mistyped(&part, version).filter(|_| parts::read_in(&part.name, version)) {
            let says = format!("`{}` {what}", short(&part.name));
            out.push(of_part(at, constraint, constraint.consequence, &part, says));
        }
    }
}

/// The type that a value is read as; none where any will do. etcd's file turns scalars into text where text is wanted, and
/// has its durations in nanoseconds.
fn read_as(at: &At<'_>, stated: &Stated, kind: Type) -> Option<Type> {
    if !at.component.starts_with("etcd") || !in_document(at, stated) {
        return Some(kind);
    }
    match kind {
        Type::Duration => Some(Type::Integer),
        Type::Boolean | Type::Integer | Type::Number => Some(kind),
        _ => None,
    }
}

/// What is wrong with a whole number that its Go type cannot hold.
fn beyond(go: &str, value: &serde_json::Value) -> Option<String> {
    let number = value.as_i64()?;
    let least = match go.trim_start_matches('*') {
        "int32" => i64::from(i32::MIN),
        "uint32" | "uint64" | "flag.uintValue" | "flag.uint64Value" | "flags.uint32Value" => 0,
        _ => return None,
    };
    let most = match go.trim_start_matches('*') {
        "int32" => i64::from(i32::MAX),
        "uint32" | "flags.uint32Value" => i64::from(u32::MAX),
        _ => i64::MAX,
    };
    (!(least..=most).contains(&number)).then(|| format!("is {number}, and its type holds {least} to {most}"))
}

fn out_of_range(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (name, stated, found) in existing(at) {
        let unset = typed::zero_is_unset(&found, &stated.value, at.minor(at.component));
        if found.key.is_none() && !unset && typed::outside(found.tunable, &stated.value) && asked(at, &found) {
            let range = typed::range(found.tunable);
            let says = format!("`{}` is {}, and has to be {range}", short(name), shown(&stated.value));
            push(at, constraint, name, says, out);
        }
    }
}

fn unknown_word(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for (name, stated, found) in existing(at) {
        let Some(words) = found.tunable.words_in(version).filter(|_| found.key.is_none() && asked(at, &found)) else {
            continue;
        };
        // What is of another type is told as that.
        if typed::canonical(&stated.value, found.kind_in(version)).is_err() {
            continue;
        }
        let items = stated.value.as_array().map_or(std::slice::from_ref(&stated.value), Vec::as_slice);
        // An empty text is unset in a file; on a command line it is a word like any other.
        let field = found.tunable.span(version).is_some_and(|s| s.form == Form::Field);
        for item in items.iter().filter(|i| !words.contains(i) && (i.as_str() != Some("") || !field)) {
            let list: Vec<String> = words.iter().map(shown).collect();
            let near = item.as_str().and_then(|typed| nearest(typed, list.iter().map(String::as_str)));
            let says = format!("`{}` has no choice {}; {version} knows {}", short(name), shown(item), list.join(", "));
            let found = report::finding(at, constraint, &says, &[name.to_string()]);
            out.push(found.help_if(near.map(|n| format!("did you mean `{n}`?"))));
        }
    }
}

fn unknown_key(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (name, _, found) in existing(at) {
        let Some((keys, key)) = found.tunable.key_values.zip(found.key).filter(|(keys, key)| !keys.contains(key))
        else {
            continue;
        };
        let map = short(found.tunable.name);
        let says = format!("`{map}` has no key `{key}`; it knows {}", keys.join(", "));
        push(at, constraint, name, says, out);
    }
}

fn unknown_gate(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (name, _, found) in existing(at) {
        let Some(gate) = found.gate().filter(|g| !SETS.contains(g)) else { continue };
        if catalog::gate(gate, at.kubernetes).is_some_and(|state| state.components.contains(&at.component)) {
            continue;
        }
        let near = nearest(gate, catalog::gate_names().filter(|g| catalog::gate(g, at.kubernetes).is_some()));
        let removed = catalog::gates().iter().any(|g| g.name == gate);
        let says = match removed {
            true => format!(
                "{} {} no longer knows the feature gate {gate}, or does not know it yet",
                at.component, at.kubernetes
            ),
            false => format!("no feature gate is called {gate}"),
        };
        let finding = report::finding(at, constraint, &says, &[name.to_string()]);
        out.push(finding.help_if(near.filter(|_| !removed).map(|n| format!("did you mean `{n}`?"))));
    }
}

/// Names that stand for all gates of a stage.
const SETS: [&str; 2] = ["AllAlpha", "AllBeta"];

fn locked_gate(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (name, stated, found) in existing(at) {
        let Some(gate) = found.gate() else { continue };
        let Some(state) = catalog::gate(gate, at.kubernetes).filter(|s| s.locked) else { continue };
        if stated.value.as_bool().is_some_and(|v| v != state.default) {
            let says = format!("the feature gate {gate} is locked to {} in {}", state.default, at.kubernetes);
            push(at, constraint, name, says, out);
        }
    }
}

fn twice(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(current) = at.scene.parts.get(at.component) else { return };
    for (key, first, last) in &current.twice {
        // Only files have keys: where decoding that is not strict follows, the last one counts.
        let lost = matches!(at.component, "kubelet" | "kube-proxy" | "etcd" | "etcd-events");
        let consequence = if lost { Consequence::Ignored } else { Consequence::Refuses };
        let own = Constraint { consequence, ..constraint.clone() };
        let says = format!("`{key}` stands twice, and the first value is lost");
        out.push(report::finding(at, &own, &says, &[]).at(last, "this one counts").clash(first, "this one is lost"));
    }
}
