//! What every component asks of every setting: that it exists in the version, and that its value is one it can take.

use super::Find;
use crate::catalog::{self, Found};
use crate::check::constraint::{Consequence, Constraint};
use crate::check::report::{self, proposal, shown};
use crate::check::scene::At;
use crate::current::Stated;
use crate::diag::{Edit, Finding, Proposal, nearest};
use crate::facts::typed;
use serde_json::Value as Json;

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

fn unknown(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (name, stated) in stated(at) {
        if catalog::find(name).is_some() || catalog::row(name).is_some() {
            continue;
        }
        let prefix = format!("{}/", at.component);
        let known = catalog::names().filter_map(|n| n.strip_prefix(prefix.as_str()));
        let near = nearest(short(name), known);
        let says = format!("{} has no setting called `{}`", at.component, short(name));
        let renamed = near.map(|n| proposal(stated, format!("rename it to {n}"), Edit::Rename(n.to_string()), false));
        let found = absent(at, constraint, name, says, near.map(|n| format!("did you mean `{n}`?")));
        out.push(found.propose(renamed).propose(Some(without(at, name, stated))));
    }
}

/// That a setting goes which the component does not have: one that reads on without it makes the same of the file.
fn without(at: &At<'_>, name: &str, stated: &Stated) -> Proposal {
    let safe = lacking(at) == Consequence::Ignored;
    proposal(stated, format!("remove {}", short(name)), Edit::Remove, safe)
}

fn another_version(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for (name, stated) in stated(at) {
        let Some(tunable) = catalog::find(name).map(|f| f.tunable).filter(|t| !t.exists_in(version)) else { continue };
        let when = match (tunable.since().filter(|s| *s > version), tunable.removed()) {
            (Some(since), _) => format!("it came with {since}"),
            (None, Some(removed)) => format!("it was removed in {removed}"),
            (None, None) => String::new(),
        };
        let says = format!("{} {version} has no `{}`: {when}", at.component, short(name));
        out.push(absent(at, constraint, name, says, None).propose(Some(without(at, name, stated))));
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
            let says = format!("`{}` {what}", short(name));
            let finding = report::finding(at, constraint, &says, &[name.to_string()]);
            out.push(finding.propose(quoted(name, stated, found.kind_in(version))));
        }
    }
}

/// That a number becomes a text, or a text a number, where the setting takes that.
fn quoted(name: &str, stated: &Stated, kind: catalog::Type) -> Option<Proposal> {
    let other = match &stated.value {
        Json::Number(_) | Json::Bool(_) => Json::from(stated.value.to_string()),
        Json::String(text) => serde_json::from_str(text).ok().filter(|v: &Json| v.is_number() || v.is_boolean())?,
        _ => return None,
    };
    typed::canonical(&other, kind).ok()?;
    let title = if other.is_string() { format!("quote {}", short(name)) } else { format!("take the quotes off {}", short(name)) };
    Some(proposal(stated, title, Edit::Value(other.to_string()), false))
}

fn out_of_range(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (name, stated, found) in existing(at) {
        let unset = typed::zero_is_unset(&found, &stated.value, at.minor(at.component));
        if found.key.is_none() && !unset && typed::outside(found.tunable, &stated.value) {
            let range = typed::range(found.tunable);
            let says = format!("`{}` is {}, and has to be {range}", short(name), shown(&stated.value));
            let finding = report::finding(at, constraint, &says, &[name.to_string()]);
            out.push(finding.propose(boundary(name, stated, found.tunable)));
        }
    }
}

/// The nearest number that is taken.
fn boundary(name: &str, stated: &Stated, tunable: &catalog::Tunable) -> Option<Proposal> {
    let number = stated.value.as_f64()?;
    let numbers = [tunable.min, tunable.max].into_iter().flatten().filter_map(|bound| match bound {
        catalog::Bound::Number(bound) => Some(bound),
        catalog::Bound::Duration(_) => None,
    });
    let nearest = numbers.min_by(|a, b| (a - number).abs().total_cmp(&(b - number).abs()))?;
    Some(proposal(stated, format!("set {} to {nearest}", short(name)), Edit::Value(nearest.to_string()), false))
}

fn unknown_word(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for (name, stated, found) in existing(at) {
        let Some(words) = found.tunable.words_in(version).filter(|_| found.key.is_none()) else { continue };
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
