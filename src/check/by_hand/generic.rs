//! What every component asks of every setting: that it exists in the version, and that its value is one it can take.

use super::Find;
use crate::catalog::{self, Found};
use crate::check::constraint::{Consequence, Constraint};
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
        found.tunable.exists_in(version).then_some((name, stated, found))
    })
}

fn short(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, path)| path)
}

fn push(at: &At<'_>, constraint: &'static Constraint, name: &str, says: String, out: &mut Vec<Finding>) {
    out.push(report::finding(at, constraint, &says, &[name.to_string()]));
}

/// What a component makes of a setting that it does not have.
fn lacking(at: &At<'_>) -> Consequence {
    match at.component {
        // Strict decoding fails, and the file is read again without it.
        "kubelet" | "kube-proxy" => Consequence::Ignored,
        _ => Consequence::Refuses,
    }
}

fn absent(at: &At<'_>, constraint: &'static Constraint, name: &str, says: String, help: Option<String>) -> Finding {
    let own = Constraint { consequence: lacking(at), ..constraint.clone() };
    report::finding(at, &own, &says, &[name.to_string()]).help_if(help)
}

/// Components of the host, of which the catalogue names some settings only.
const OPEN: [&str; 6] = ["containerd", "crio", "logind", "module", "sysctl", "systemd"];

fn unknown(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (name, _) in stated(at).filter(|_| !OPEN.contains(&at.component)) {
        if catalog::find(name).is_some() || catalog::row(name).is_some() {
            continue;
        }
        let prefix = format!("{}/", at.component);
        let known = catalog::names().filter_map(|n| n.strip_prefix(prefix.as_str()));
        // What is longer than any setting is near none.
        let near = nearest(short(name), known.filter(|_| name.len() < 100));
        let says = format!("{} has no setting called `{}`", at.component, short(name));
        out.push(absent(at, constraint, name, says, near.map(|n| format!("did you mean `{n}`?"))));
    }
}

fn another_version(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for (name, _) in stated(at) {
        let Some(tunable) = catalog::find(name).map(|f| f.tunable).filter(|t| !t.exists_in(version)) else { continue };
        let when = match (tunable.since().filter(|s| *s > version), tunable.removed()) {
            (Some(since), _) => format!("it came with {since}"),
            (None, Some(removed)) => format!("it was removed in {removed}"),
            (None, None) => String::new(),
        };
        let says = format!("{} {version} has no `{}`: {when}", at.component, short(name));
        out.push(absent(at, constraint, name, says, None));
    }
}

fn wrong_type(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for (name, stated, found) in existing(at) {
        // Below an object that the catalogue does not look into, nobody knows the type.
        if found.key.is_some() && found.kind_in(version) == catalog::Type::Object {
            continue;
        }
        let negative = found.kind_in(version) == catalog::Type::Duration
            && stated.value.as_str().is_some_and(|t| t.starts_with('-'));
        if let Err(what) = typed::canonical(&stated.value, found.kind_in(version))
            && !negative
        {
            push(at, constraint, name, format!("`{}` {what}", short(name)), out);
        }
    }
}

fn out_of_range(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (name, stated, found) in existing(at) {
        let unset = typed::zero_is_unset(&found, &stated.value, at.minor(at.component));
        if found.key.is_none() && !unset && typed::outside(found.tunable, &stated.value) {
            let range = typed::range(found.tunable);
            let says = format!("`{}` is {}, and has to be {range}", short(name), shown(&stated.value));
            push(at, constraint, name, says, out);
        }
    }
}

fn unknown_word(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for (name, stated, found) in existing(at) {
        let Some(words) = found.tunable.words_in(version).filter(|_| found.key.is_none()) else { continue };
        // What is of another type is told as that.
        if typed::canonical(&stated.value, found.kind_in(version)).is_err() {
            continue;
        }
        let items = stated.value.as_array().map_or(std::slice::from_ref(&stated.value), Vec::as_slice);
        for item in items.iter().filter(|i| !words.contains(i) && i.as_str() != Some("")) {
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
        let own = Constraint { consequence: lacking(at), ..constraint.clone() };
        let says = format!("`{key}` stands twice, and the first value is lost");
        out.push(report::finding(at, &own, &says, &[]).at(last, "this one counts").clash(first, "this one is lost"));
    }
}
