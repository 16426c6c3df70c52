//! One component: every tunable that either side states, classified.

use super::default::{moved, plain, settled};
use super::flags::{LEFT, is_part};
use super::{Change, Class, Origin, ScopeDiff, cost, names, risk, same};
use crate::catalog::{self, Form, Found, Type};
use crate::current::{Current, fault, is_flags};
use crate::facts::typed;
use crate::quantity::Minor;
use crate::rules::Values;
use serde_json::Value as Json;

/// A component on both sides.
pub(super) struct Pair<'a> {
    /// Its name.
    pub component: &'a str,
    /// What is there.
    pub now: &'a Current,
    /// What it is compared with.
    pub then: &'a Current,
    /// The minors that read the two.
    pub versions: (Minor, Minor),
    /// The planned values, where the second side is a plan.
    pub values: Option<&'a Values>,
}

impl Pair<'_> {
    /// Compares the two and adds what it finds to the scope.
    pub(super) fn compare(&self, scope: &mut ScopeDiff) {
        let refused = self.refused();
        scope.changes.extend(refused.iter().map(|(name, why)| self.refusal(name, why)));
        let told = |name: &str| refused.keys().any(|flag| name == flag || is_part(flag, name));
        for name in names::of(self).into_iter().filter(|name| !told(name) && self.is_known(name)) {
            let one = One { name: &name, pair: self };
            if one.is_nobodys() {
                continue;
            }
            match catalog::find(&name).filter(|found| one.is_setting(found)) {
                None => one.unknown(scope),
                Some(found) => match one.change(&found) {
                    Some(change) => scope.changes.push(change),
                    None => scope.unchanged.push((name.clone(), one.after())),
                },
            }
        }
    }
}

/// A tunable on both sides.
struct One<'a> {
    name: &'a str,
    pair: &'a Pair<'a>,
}

/// What a change comes to, and why; nothing where nothing changes.
type Verdict = Option<(Class, String)>;

impl One<'_> {
    fn stated_before(&self) -> Option<&Json> {
        self.pair.now.stated(self.name, self.pair.versions.0)
    }

    fn stated_after(&self) -> Option<&Json> {
        self.pair.then.stated(self.name, self.pair.versions.1)
    }

    fn before(&self) -> Json {
        self.pair.now.effective(self.name, self.pair.versions.0)
    }

    fn after(&self) -> Json {
        self.pair.then.effective(self.name, self.pair.versions.1)
    }

    /// Whether the name is a setting here: not a flag's name in a file.
    fn is_setting(&self, found: &Found<'_>) -> bool {
        let planned = self.pair.values.is_some() && self.stated_after().is_some();
        planned || found.tunable.form() != Form::Flag || is_flags(self.pair.component) || self.pair.by_flag(self.name)
    }

    /// Whether it is a flag that is no tuning and that neither side states: an upgrade beside a plan may change its default.
    fn is_nobodys(&self) -> bool {
        let flag = |f: Found<'_>| f.tunable.facts.is_none() && f.tunable.form() == Form::Flag;
        let stated = self.stated_before().is_some() || self.stated_after().is_some();
        self.pair.values.is_some() && !stated && catalog::find(self.name).is_some_and(flag)
    }

    /// A field that upstream does not have, or a flag that is no tuning and is left alone.
    fn unknown(&self, scope: &mut ScopeDiff) {
        let (component, version) = (self.pair.component, self.pair.versions.1);
        let raw = |side: &Current| side.stated.get(self.name).map(|s| s.value.clone()).unwrap_or_default();
        let before = raw(self.pair.now);
        // An upgrade may change the default of a flag that is no tuning.
        if before.is_null() && raw(self.pair.then).is_null() {
            return;
        }
        let (class, after, reason) = match (self.pair.values, is_flags(component) || self.pair.by_flag(self.name)) {
            (Some(_), true) => (Class::NoEffect, before.clone(), LEFT.to_string()),
            (None, true) => (Class::Behaviour, raw(self.pair.then), "the catalogue knows no such flag".to_string()),
            // All fields of the configuration objects are in the catalogue.
            (_, false) => {
                let reason = format!("{component} {version} has no such field and goes on without it");
                (Class::NoEffect, raw(self.pair.then), reason)
            }
        };
        if self.pair.values.is_none() && before == after {
            scope.unchanged.push((self.name.to_string(), before));
            return;
        }
        scope.changes.push(Change {
            tunable: self.name.to_string(),
            before,
            before_origin: Origin::Stated,
            after,
            class,
            reason,
            cost: String::new(),
            cost_text: String::new(),
            remove: Vec::new(),
            risk: String::new(),
        });
    }

    /// The change; none when nothing changes and nothing goes.
    fn change(&self, found: &Found<'_>) -> Option<Change> {
        let (v0, v1) = self.pair.versions;
        let (before, after) = (self.before(), self.after());
        let left = self.pair.leaves_alone(self.name, found);
        let after = if left { before.clone() } else { after };
        let has = |side, version| found.tunable.exists_in(version) || self.pair.has_flag(side, self.name, version);
        let (class, reason) = match (has(self.pair.now, v0), has(self.pair.then, v1)) {
            (_, true) if left => Some(self.alone(found)),
            (true, true) => self.kept(found, &before, &after),
            (true, false) => self.removed(found, &before),
            (false, true) => self.added(found, &before, &after),
            (false, false) => self.never(found),
        }?;
        let cost = cost::of(self.pair, self.name, found.tunable.change());
        let risk = match class {
            Class::Behaviour => [risk::of(found, &before, &after), cost.risk].into_iter().find(|r| !r.is_empty()),
            _ => None,
        };
        let stated = self.stated_before().is_some();
        Some(Change {
            tunable: self.name.to_string(),
            before: if class == Class::Invalid { before } else { canonical(before, found.kind_in(v0)) },
            before_origin: if stated { Origin::Stated } else { Origin::Default },
            after: if class == Class::Invalid && self.pair.values.is_none() {
                after
            } else {
                canonical(after, found.kind_in(v1))
            },
            class,
            reason,
            cost: cost.word,
            cost_text: cost.text,
            remove: cost.remove,
            risk: risk.unwrap_or_default(),
        })
    }

    /// A flag that the plan leaves alone.
    fn alone(&self, found: &Found<'_>) -> (Class, String) {
        match self.stated_before().and_then(|value| fault(found, value, self.pair.versions.1)) {
            Some(what) => (Class::Invalid, format!("the current value {what}")),
            None => (Class::NoEffect, LEFT.to_string()),
        }
    }

    /// A tunable that both minors have.
    fn kept(&self, found: &Found<'_>, before: &Json, after: &Json) -> Verdict {
        let (v0, v1) = self.pair.versions;
        let alone = self.pair.values.is_none();
        // What a plan holds was checked when it was made.
        let refused = self.stated_after().filter(|_| alone).and_then(|value| fault(found, value, v1));
        if let Some(what) = refused {
            return Some((Class::Invalid, format!("the value {what}")));
        }
        if let Some(what) = self.stated_before().and_then(|value| fault(found, value, v0)) {
            return Some((Class::Invalid, format!("the current value {what}")));
        }
        // Durations that Go reads as numbers in one minor are texts in the next.
        let kinds = (found.kind_in(v0), found.kind_in(v1));
        let same = if kinds.0 == kinds.1 { same::same(before, after, kinds.0) } else { same::across(before, after) };
        match (same, self.stated_before(), self.stated_after()) {
            (false, ..) => Some((Class::Behaviour, self.reason(found))),
            (true, Some(_), None) => Some((Class::Default, format!("{v1}'s default"))),
            (true, ..) => None,
        }
    }

    /// A tunable that the second minor no longer has.
    fn removed(&self, found: &Found<'_>, before: &Json) -> Verdict {
        let (v0, v1) = self.pair.versions;
        if self.stated_after().is_some() {
            return Some((Class::NoEffect, self.gone(found, v1)));
        }
        let when = found.tunable.removed().map_or_else(String::new, |r| format!("removed in {r}"));
        match self.stated_before() {
            _ if same::is_empty(before) => None,
            Some(_) if !same::same(before, &found.default_in(v0).unwrap_or_default(), found.kind_in(v0)) => {
                Some((Class::Behaviour, when))
            }
            _ => Some((Class::Default, when)),
        }
    }

    /// A tunable that the first minor does not have yet.
    fn added(&self, found: &Found<'_>, before: &Json, after: &Json) -> Verdict {
        let (v0, v1) = self.pair.versions;
        let refused = self.stated_after().filter(|_| self.pair.values.is_none()).and_then(|v| fault(found, v, v1));
        if let Some(what) = refused {
            return Some((Class::Invalid, format!("the value {what}")));
        }
        let since = found.tunable.since().map_or_else(String::new, |s| s.to_string());
        let default = found.default_in(v1).unwrap_or_default();
        match (self.stated_before(), self.stated_after()) {
            (Some(_), Some(_)) if same::same(before, after, found.kind_in(v1)) => {
                let then = if self.pair.now.by_flag(self.name) { "did not start with it" } else { "ignored it" };
                Some((Class::Behaviour, format!("{v0} {then}; it was added in {since}")))
            }
            (Some(_), _) => Some((Class::NoEffect, self.gone(found, v0))),
            (None, _) if same::is_empty(after) => None,
            (None, Some(_)) if !same::same(after, &default, found.kind_in(v1)) => {
                let own = self.planned_reason();
                Some((Class::Behaviour, joined(&[&format!("added in {since}"), &own])))
            }
            // From minor to minor, it comes with one default and has another afterwards.
            (None, _) => Some(match found.tunable.since().and_then(|since| settled(found, since, v1)) {
                Some(minor) => {
                    (Class::Behaviour, format!("added in {since}; the default is {} since {minor}", plain(&default)))
                }
                None => (Class::Default, format!("added in {since}, with this default")),
            }),
        }
    }

    /// A tunable of neither minor.
    fn never(&self, found: &Found<'_>) -> Verdict {
        let stated = self.stated_before().is_some() || self.stated_after().is_some();
        stated.then(|| (Class::NoEffect, self.gone(found, self.pair.versions.1)))
    }

    /// Why the second side has its value, after what is a surprise about the first.
    fn reason(&self, found: &Found<'_>) -> String {
        let (v0, v1) = self.pair.versions;
        let (stated_before, stated_after) = (self.stated_before().is_some(), self.stated_after().is_some());
        let surprise = self.pair.now.surprise(self.name, v0).unwrap_or_default();
        let own = match (self.pair.values.is_some(), stated_after) {
            (true, true) => self.planned_reason(),
            (true, false) if self.pair.component == "kubelet" => {
                "the plan does not set it; a `base` would carry it".to_string()
            }
            (true, false) => "the plan does not set it".to_string(),
            (false, true) if stated_before => "stated on both sides".to_string(),
            (false, true) => "newly stated".to_string(),
            (false, false) if stated_before => format!("no longer stated: {v1}'s default"),
            (false, false) => self.pair.then.surprise(self.name, v1).unwrap_or_default().replacen("was ", "is ", 1),
        };
        // A default that moved with the minors is the reason for what neither side states.
        let moved = if stated_before && stated_after { None } else { moved(found, v0, v1) };
        let moved = moved.map_or_else(String::new, |minor| format!("the default changed in {minor}"));
        let wins = if stated_after { self.pair.winning_flag(self.name) } else { None };
        let wins =
            wins.map_or_else(String::new, |flag| format!("`--{flag}` wins over the file until it is taken away"));
        joined(&[surprise, &moved, &own, &wins])
    }

    /// Why a tunable that the version lacks does nothing, or worse.
    fn gone(&self, found: &Found<'_>, version: Minor) -> String {
        let tunable = found.tunable;
        let when = tunable.since().filter(|s| *s > version).map(|s| format!("it was added in {s}"));
        let when = when.or(tunable.removed().map(|r| format!("it was removed in {r}"))).unwrap_or_default();
        let then = match tunable.component() {
            "kubelet" | "kube-proxy" if !self.pair.by_flag(self.name) => "is ignored",
            _ => "keeps the component from starting",
        };
        format!("{version} has no such tunable ({when}): it {then}")
    }

    /// The reason of the planned value, or of the one that this is a part of.
    fn planned_reason(&self) -> String {
        let Some(values) = self.pair.values else { return String::new() };
        if let Some(value) = values.get(self.name) {
            return value.reason.clone();
        }
        let whole = values.range(..self.name.to_string()).rev().find(|(n, _)| is_part(n, self.name));
        whole.map(|(_, v)| v.reason.clone()).unwrap_or_default()
    }
}

fn joined(parts: &[&str]) -> String {
    parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join("; ")
}

/// The form in which values are shown; as written where there is none.
fn canonical(value: Json, kind: Type) -> Json {
    typed::canonical(&value, kind).unwrap_or(value)
}
