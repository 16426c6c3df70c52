//! A value that knows why it is what it is. There is no way to make one without saying so.

use crate::catalog;
use crate::quantity::Minor;
use crate::spec::At;
use serde::Serialize;
use std::collections::BTreeSet;

/// Something a value rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// A catalogue entry, by id; see [`super::entry`].
    Fact(String),
    /// A key of the spec, by dotted path.
    Spec(String),
    /// Another planned value, by name (`web: kubelet/maxPods` across classes).
    Value(String),
}

/// A value and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Known<T> {
    /// The value.
    pub value: T,
    causes: BTreeSet<Cause>,
}

impl<T> Known<T> {
    /// A value that the spec states.
    pub fn spec(at: &At<T>) -> Self
    where
        T: Clone,
    {
        Self { value: at.value.clone(), causes: BTreeSet::from([Cause::Spec(at.path.to_string())]) }
    }

    /// A value that rests on a catalogue entry.
    pub fn fact(value: T, id: impl Into<String>) -> Self {
        Self { value, causes: BTreeSet::from([Cause::Fact(id.into())]) }
    }

    /// A value that rests on one cause.
    pub fn caused(value: T, cause: Cause) -> Self {
        Self { value, causes: BTreeSet::from([cause]) }
    }

    /// Another value with the same causes.
    pub fn map<U>(&self, f: impl FnOnce(&T) -> U) -> Known<U> {
        Known { value: f(&self.value), causes: self.causes.clone() }
    }

    /// A value computed from this one and another.
    pub fn join<U, V>(&self, other: &Known<U>, f: impl FnOnce(&T, &U) -> V) -> Known<V> {
        let causes = self.causes.union(&other.causes).cloned().collect();
        Known { value: f(&self.value, &other.value), causes }
    }

    /// A value computed from many parts, resting on all of them.
    pub fn fold<'k, U: 'k, V>(
        start: V,
        parts: impl IntoIterator<Item = &'k Known<U>>,
        mut f: impl FnMut(V, &U) -> V,
    ) -> Known<V> {
        let (mut value, mut causes) = (start, BTreeSet::new());
        for part in parts {
            value = f(value, &part.value);
            causes.extend(part.causes.iter().cloned());
        }
        Known { value, causes }
    }

    /// This value, resting on something more.
    #[must_use]
    pub fn and(mut self, cause: Cause) -> Self {
        self.causes.insert(cause);
        self
    }

    /// What the value rests on.
    pub fn causes(&self) -> impl Iterator<Item = &Cause> {
        self.causes.iter()
    }
}

impl Known<i64> {
    /// The number of a limit in the catalogue.
    pub fn limit(id: &str) -> Self {
        Self::fact(catalog::limit_value(id), format!("behaviour/{id}"))
    }

    /// The number of an opinion in `profiles/opinions/`.
    pub fn opinion(id: &str) -> Self {
        Self::fact(catalog::opinion_number(id), format!("opinion/{id}"))
    }

    /// Upstream's default of a tunable in `version`: of a duration its nanoseconds.
    pub fn default_of(name: &str, version: Minor) -> Self {
        Self::fact(catalog::default_number(name, version), format!("default/{version}/{name}"))
    }

    /// The typical figure of a cost, in its unit.
    pub fn cost(id: &str) -> Self {
        Self::fact(catalog::cost_typical(id), format!("cost/{id}"))
    }
}

/// What the spec states, or what leaving the key out means.
pub fn stated_or<T: Clone>(
    stated: Option<&At<T>>,
    key: &str,
    read: impl Fn(&serde_json::Value) -> Option<T>,
) -> Option<Known<T>> {
    match stated {
        Some(at) => Some(Known::spec(at)),
        None => {
            let value = read(&catalog::unstated(key)?.value)?;
            Some(Known::fact(value, format!("unstated/{key}")))
        }
    }
}
