//! One component: every tunable that the plan sets or a current file states, classified.

use super::{Change, Class, Origin, ScopeDiff, risk, same::same};
use crate::catalog::{self, Form, Found, Type};
use crate::current::{Current, fault, is_flags};
use crate::facts::typed;
use crate::quantity::Minor;
use crate::rules::Values;
use serde_json::Value as Json;

/// Compares one component and adds what it finds to the scope.
pub(super) fn component(component: &str, now: &Current, values: &Values, version: Minor, scope: &mut ScopeDiff) {
    let then = Current::planned(component, values);
    let mut names = now.names(version);
    names.extend(then.names(version));
    for name in names {
        let compared = Compared { name: &name, now, then: &then, values, version };
        let planned = then.stated(&name, version).is_some();
        match catalog::find(&name).filter(|f| planned || !left_alone(f, component, version)) {
            None => scope.changes.push(compared.unknown(component)),
            Some(found) => match compared.change(&found) {
                Some(change) => scope.changes.push(change),
                None => scope.unchanged.push((name.clone(), then.effective(&name, version))),
            },
        }
    }
}

/// Whether a name that the plan does not set is no setting here: a flag that is no tuning, or a flag's name in a file.
fn left_alone(found: &Found<'_>, component: &str, version: Minor) -> bool {
    let tunable = found.tunable;
    let carried = tunable.facts.is_none() && tunable.exists_in(version);
    tunable.form() == Form::Flag && (carried || !is_flags(component))
}

/// A tunable on both sides.
struct Compared<'a> {
    name: &'a str,
    now: &'a Current,
    then: &'a Current,
    values: &'a Values,
    version: Minor,
}

impl Compared<'_> {
    fn origin(&self) -> Origin {
        if self.now.stated(self.name, self.version).is_some() { Origin::Stated } else { Origin::Default }
    }

    /// A field that upstream does not have, or a flag that is no tuning and is left alone.
    fn unknown(&self, component: &str) -> Change {
        let before = self.now.stated.get(self.name).map(|s| s.value.clone()).unwrap_or_default();
        // All fields of the configuration objects are in the catalogue.
        let (after, reason) = if is_flags(component) {
            (before.clone(), "the plan does not set it: left to what writes the other flags".to_string())
        } else {
            (Json::Null, format!("{component} {} has no such field and goes on without it", self.version))
        };
        Change {
            tunable: self.name.to_string(),
            before,
            before_origin: Origin::Stated,
            after,
            class: Class::NoEffect,
            reason,
            cost: String::new(),
            risk: String::new(),
        }
    }

    /// The change; none when nothing changes and nothing goes.
    fn change(&self, found: &Found<'_>) -> Option<Change> {
        let (kind, version) = (found.kind_in(self.version), self.version);
        let stated = self.now.stated(self.name, version);
        let before = self.now.effective(self.name, version);
        let after = self.then.effective(self.name, version);
        let planned = self.then.stated(self.name, version).is_some();
        let exists = found.tunable.exists_in(version);
        if !exists && stated.is_none() {
            return None;
        }
        let broken = stated.filter(|_| exists).and_then(|value| fault(found, value, version));
        let same = same(&before, &after, kind);
        let class = match (&broken, same) {
            _ if !exists => Class::NoEffect,
            (Some(_), _) => Class::Invalid,
            (None, false) => Class::Behaviour,
            (None, true) if stated.is_some() && !planned => Class::Default,
            (None, true) => return None,
        };
        let reason = match class {
            Class::NoEffect => gone(found, version),
            Class::Invalid => format!("the current value {}", broken.unwrap_or_default()),
            Class::Default => format!("{version}'s default"),
            Class::Behaviour => self.reason(planned),
        };
        let risk = if class == Class::Behaviour { risk::of(found, &before, &after) } else { String::new() };
        Some(Change {
            tunable: self.name.to_string(),
            before: if class == Class::Invalid { before } else { canonical(before, kind) },
            before_origin: self.origin(),
            after: canonical(after, kind),
            class,
            reason,
            cost: found.tunable.change().to_string(),
            risk,
        })
    }

    /// Why the plan has its value, after what is a surprise about the one before.
    fn reason(&self, planned: bool) -> String {
        let own = match planned {
            true => self.planned_reason(),
            false if self.name.starts_with("kubelet/") => {
                "the plan does not set it; a `base` would carry it".to_string()
            }
            false => "the plan does not set it".to_string(),
        };
        let parts = [self.now.surprise(self.name, self.version).unwrap_or_default(), &own];
        parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("; ")
    }

    /// The reason of the planned value, or of the one that this is a part of.
    fn planned_reason(&self) -> String {
        if let Some(value) = self.values.get(self.name) {
            return value.reason.clone();
        }
        let part_of = |n: &str| self.name.strip_prefix(n).is_some_and(|rest| rest.starts_with(['.', '[']));
        let whole = self.values.range(..self.name.to_string()).rev().find(|(n, _)| part_of(n));
        whole.map(|(_, v)| v.reason.clone()).unwrap_or_default()
    }
}

/// Why a tunable that the version lacks does nothing, or worse.
fn gone(found: &Found<'_>, version: Minor) -> String {
    let tunable = found.tunable;
    let when = tunable.since().filter(|s| *s > version).map(|s| format!("it was added in {s}"));
    let when = when.or(tunable.removed().map(|r| format!("it was removed in {r}"))).unwrap_or_default();
    let then = match tunable.component() {
        "kubelet" | "kube-proxy" => "is ignored",
        _ => "keeps the component from starting",
    };
    format!("{version} has no such tunable ({when}): it {then}")
}

/// The form in which values are shown; as written where there is none.
fn canonical(value: Json, kind: Type) -> Json {
    typed::canonical(&value, kind).unwrap_or(value)
}
