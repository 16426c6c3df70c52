//! Changes that would mend a finding: what the constraint says may go, and for settings that are wrong by themselves another
//! name, another value, or none.

use super::constraint::{Consequence, Constraint, Mend};
use super::report::{place, short};
use super::scene::At;
use crate::catalog::{self, Bound, Found, Type};
use crate::current::{Current, Stated};
use crate::diag::{Edit, Finding, Label, Place, Proposal, nearest};
use crate::facts::typed;
use serde_json::Value as Json;
use std::sync::Arc;

/// Adds the changes.
pub(super) fn propose(at: &At<'_>, constraint: &Constraint, finding: &mut Finding) {
    let labels: Vec<Label> = finding.labels.clone();
    for label in &labels {
        let Some((component, name, stated)) = stated(at, label) else { continue };
        finding.proposals.extend(mend(at, constraint, component, name, stated));
    }
    let Some((_, name, stated)) = labels.first().and_then(|label| stated(at, label)) else { return };
    let ignored = finding.consequence == Some(Consequence::Ignored.word());
    let of_itself = match constraint.id {
        "unknown-setting" => vec![renamed(at, name, stated), Some(removed(name, stated, ignored))],
        "setting-of-another-version" => vec![Some(removed(name, stated, ignored))],
        "wrong-type" => vec![catalog::find(name).and_then(|found| quoted(at, name, stated, &found))],
        "out-of-range" => vec![catalog::find(name).and_then(|found| boundary(name, stated, &found))],
        _ => Vec::new(),
    };
    finding.proposals.extend(of_itself.into_iter().flatten());
}

/// The setting that a label points at: at its place, at its name, or at the only element of its list.
fn stated<'s>(at: &At<'s>, label: &Label) -> Option<(&'s str, &'s str, &'s Stated)> {
    let here = |stated: &Stated| {
        let own = place(stated);
        let only = stated.value.as_array().is_some_and(|items| items.len() == 1);
        let within = stated.node.span.start <= label.span.start && label.span.end <= stated.node.span.end;
        let exact = own.span == label.span || stated.key.span == label.span;
        *own.path == *label.path && (exact || (only && within))
    };
    let of = |(component, current): (&'s &'static str, &'s Arc<Current>)| {
        let found = current.stated.iter().find(|(_, stated)| here(stated));
        found.map(|(name, stated)| (*component, name.as_str(), stated))
    };
    at.scene.parts.iter().find_map(of)
}

/// That a setting goes, where the constraint says that this mends it.
fn mend(at: &At<'_>, constraint: &Constraint, component: &str, name: &str, stated: &Stated) -> Option<Proposal> {
    let current = at.scene.parts.get(component)?;
    // A value that does something may only go where what is there without it is the same.
    let idle =
        constraint.consequence == Consequence::Ignored || current.default_of(name, at.minor(component)) == stated.value;
    match constraint.mend? {
        Mend::Drop if !idle => None,
        Mend::Drop => Some(removed(name, stated, true)),
        Mend::Remove => Some(removed(name, stated, false)),
    }
}

fn proposal(stated: &Stated, title: String, edit: Edit, safe: bool) -> Proposal {
    let value = Place::new(&Arc::clone(&stated.key.path), stated.node.span.clone());
    Proposal { title, key: stated.key.clone(), value, edit, safe }
}

fn removed(name: &str, stated: &Stated, safe: bool) -> Proposal {
    proposal(stated, format!("remove {}", short(name)), Edit::Remove, safe)
}

/// The name that was meant, where one is near.
fn renamed(at: &At<'_>, name: &str, stated: &Stated) -> Option<Proposal> {
    let prefix = format!("{}/", at.component);
    let near = nearest(short(name), catalog::names().filter_map(|n| n.strip_prefix(prefix.as_str())))?;
    Some(proposal(stated, format!("rename it to {near}"), Edit::Rename(near.to_string()), false))
}

/// That a number becomes a text, or a text a number, where the setting takes that.
fn quoted(at: &At<'_>, name: &str, stated: &Stated, found: &Found<'_>) -> Option<Proposal> {
    let kind: Type = found.kind_in(at.minor(found.tunable.component()));
    let other = match &stated.value {
        Json::Number(_) | Json::Bool(_) => Json::from(stated.value.to_string()),
        Json::String(text) => serde_json::from_str(text).ok().filter(|v: &Json| v.is_number() || v.is_boolean())?,
        _ => return None,
    };
    typed::canonical(&other, kind).ok()?;
    let verb = if other.is_string() { "quote" } else { "take the quotes off" };
    Some(proposal(stated, format!("{verb} {}", short(name)), Edit::Value(other.to_string()), false))
}

/// The nearest number that is taken.
fn boundary(name: &str, stated: &Stated, found: &Found<'_>) -> Option<Proposal> {
    let number = stated.value.as_f64()?;
    let numbers = [found.tunable.min, found.tunable.max].into_iter().flatten().filter_map(|bound| match bound {
        Bound::Number(bound) => Some(bound),
        Bound::Duration(_) => None,
    });
    let nearest = numbers.min_by(|a, b| (a - number).abs().total_cmp(&(b - number).abs()))?;
    Some(proposal(stated, format!("set {} to {nearest}", short(name)), Edit::Value(nearest.to_string()), false))
}
