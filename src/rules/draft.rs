//! Values while they are being planned. A value cannot enter without a rule and something it rests on.

use super::registry::Rule;
use crate::catalog;
use crate::check::report::shown;
use crate::facts::typed::magnitude;
use crate::facts::{Allowed, Cause, Pinned};
use crate::quantity::Minor;
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Upstream's default, kept on purpose.
    Default,
    /// Decided by the solver.
    Solved,
    /// Follows from other values.
    Derived,
    /// A published policy says so.
    Policy,
    /// The user insists.
    Pinned,
    /// Carried from the base file.
    Base,
    /// The platform says so.
    Platform,
    /// Measured on the user's own nodes.
    Measured,
}

/// The best value that one rule allows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bound {
    /// Rule id.
    pub rule: String,
    /// The best value when only this rule and what it feeds on are kept.
    pub limit: Json,
    /// How that comes about.
    pub arithmetic: String,
}

/// What would limit the value if the tight rules were gone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Next {
    /// Rule id.
    pub rule: String,
    /// The value then.
    pub limit: Json,
}

/// One planned value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Value {
    /// The value, in upstream's type.
    pub value: Json,
    /// Where it came from.
    pub origin: Origin,
    /// Upstream's default in the planned version; null when upstream leaves it unset.
    pub default: Json,
    /// What the base file has instead, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Json>,
    /// Rules that made it.
    pub rules: Vec<String>,
    /// Why, in one line without a full stop.
    pub reason: String,
    /// Tight rules.
    pub binding: Vec<Bound>,
    /// What comes behind them.
    pub next: Vec<Next>,
    /// Other rules that limit it, by limit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub behind: Vec<Bound>,
    /// What it rests on.
    pub because: Vec<Cause>,
}

impl Value {
    /// A value that nothing is said of yet.
    pub(super) fn of(value: Json, origin: Origin) -> Self {
        Self {
            value,
            origin,
            default: Json::Null,
            base: None,
            rules: Vec::new(),
            reason: String::new(),
            binding: Vec::new(),
            next: Vec::new(),
            behind: Vec::new(),
            because: Vec::new(),
        }
    }

    /// Whether the value differs from upstream's default.
    #[must_use]
    pub fn departs(&self) -> bool {
        // A threshold that is switched off where upstream has none changes nothing.
        let off = self.default.is_null() && self.value == "0%";
        self.value != self.default && !off
    }
}

/// Values by tunable.
pub type Values = BTreeMap<String, Value>;

/// Values being planned, with the pins they must obey.
pub struct Draft<'a> {
    version: Minor,
    pins: &'a BTreeMap<String, Pinned>,
    /// What has been set so far.
    pub values: Values,
}

/// A value that has no because yet. Its only way in is [`Pending::because`].
#[must_use = "a value without a because is not planned"]
pub struct Pending<'d, 'a> {
    draft: &'d mut Draft<'a>,
    name: String,
    value: Value,
}

impl<'a> Draft<'a> {
    /// An empty draft for a version and its pins.
    #[must_use]
    pub fn new(version: Minor, pins: &'a BTreeMap<String, Pinned>) -> Self {
        Self { version, pins, values: Values::new() }
    }

    /// The pin of a tunable.
    #[must_use]
    pub fn pin(&self, name: &str) -> Option<&'a Pinned> {
        self.pins.get(name)
    }

    /// All pins.
    pub fn pins(&self) -> &'a BTreeMap<String, Pinned> {
        self.pins
    }

    /// The version planned for.
    #[must_use]
    pub fn version(&self) -> Minor {
        self.version
    }

    /// Upstream's default of a tunable in the planned version.
    #[must_use]
    pub fn default_of(&self, name: &str) -> Json {
        catalog::find(name).and_then(|f| f.default_in(self.version)).unwrap_or(Json::Null)
    }

    /// Whether the planned version has the tunable.
    #[must_use]
    pub fn exists(&self, name: &str) -> bool {
        catalog::find(name).is_some_and(|f| f.tunable.exists_in(self.version))
    }

    /// Proposes a value. A pin that does not allow it wins: the value becomes the pinned one that is nearest.
    pub fn set<'d>(
        &'d mut self,
        name: &str,
        value: impl Into<Json>,
        origin: Origin,
        rule: &'static Rule,
    ) -> Pending<'d, 'a> {
        let mut value = Value::of(value.into(), origin);
        value.default = self.default_of(name);
        value.rules = vec![rule.id.to_string()];
        if let Some(pinned) = self.pins.get(name) {
            let fixed = matches!(pinned.allowed, Allowed::Exactly(_));
            if !pinned.allows(&value.value) {
                value.value = nearest(pinned, &value.value);
                value.origin = Origin::Pinned;
            } else if fixed {
                value.origin = Origin::Pinned;
            }
            value.because.push(Cause::Spec(pinned.at.path.to_string()));
        }
        Pending { draft: self, name: name.to_string(), value }
    }

    /// Keeps upstream's default on purpose. Nothing is set where upstream leaves the tunable unset, or lacks it.
    pub fn keep(&mut self, name: &str, rule: &'static Rule, reason: &str) {
        self.keep_because(name, rule, reason, []);
    }

    /// Keeps upstream's default, where something else decides that it counts.
    pub fn keep_because(
        &mut self,
        name: &str,
        rule: &'static Rule,
        reason: &str,
        further: impl IntoIterator<Item = Cause>,
    ) {
        if !self.exists(name) {
            return;
        }
        let default = self.default_of(name);
        if default.is_null() && self.pin(name).is_none() {
            return;
        }
        let cause = Cause::Fact(format!("default/{}/{name}", self.version));
        // What keeps the default speaks of the default, which a pinned value is not.
        let reason = match (self.pin(name), &default) {
            (None, _) => reason.to_string(),
            (Some(_), Json::Null) => "upstream leaves it unset".to_string(),
            (Some(_), default) => format!("upstream's default is {}", shown(default)),
        };
        self.set(name, default, Origin::Default, rule).reason(reason).because(further.into_iter().chain([cause]));
    }

    /// A value set so far.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.values.get(name).map(|v| &v.value)
    }
}

/// The value that a pin allows and that is nearest to the one that was planned.
fn nearest(pinned: &Pinned, planned: &Json) -> Json {
    match &pinned.allowed {
        Allowed::Exactly(only) => only.clone(),
        Allowed::AnyOf(choices) => choices.first().cloned().unwrap_or(Json::Null),
        Allowed::Range(min, max) => {
            let at = magnitude(planned, pinned.kind);
            let low = min.as_ref().and_then(|m| magnitude(m, pinned.kind));
            let below = at.zip(low).is_some_and(|(at, low)| at < low);
            let bound = if below { min } else { max };
            bound.clone().or_else(|| min.clone()).unwrap_or_else(|| planned.clone())
        }
    }
}

impl Pending<'_, '_> {
    /// Says why in one line.
    pub fn reason(mut self, text: impl Into<String>) -> Self {
        self.value.reason = text.into();
        self
    }

    /// Names a further rule.
    pub fn rule(mut self, rule: &'static Rule) -> Self {
        self.value.rules.push(rule.id.to_string());
        self
    }

    /// Adds what the solver says of it.
    pub fn bounds(mut self, binding: Vec<Bound>, next: Vec<Next>, behind: Vec<Bound>) -> Self {
        (self.value.binding, self.value.next, self.value.behind) = (binding, next, behind);
        self
    }

    /// Enters the value, resting on the causes.
    pub fn because(mut self, causes: impl IntoIterator<Item = Cause>) {
        self.value.because.extend(causes);
        self.value.because.sort();
        self.value.because.dedup();
        if self.value.origin == Origin::Pinned {
            let planned = std::mem::take(&mut self.value.reason);
            self.value.reason = if planned.is_empty() { "pinned".into() } else { format!("pinned; {planned}") };
        }
        self.draft.values.insert(self.name, self.value);
    }
}
