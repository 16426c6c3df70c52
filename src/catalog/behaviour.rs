//! What upstream's code does from some minor on, where it is no field or default, and limits that upstream names.

use super::{minor, read};
use crate::quantity::Minor;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One behaviour or limit.
#[derive(Clone, Debug, Deserialize)]
pub struct Behaviour {
    /// Its id.
    pub id: String,
    #[serde(default)]
    since: Option<String>,
    #[serde(default)]
    until: Option<String>,
    /// A number that goes with it.
    #[serde(default)]
    pub value: Option<i64>,
    /// What upstream does, in our words.
    pub summary: String,
    /// Where that was verified.
    pub source: String,
    /// When.
    pub date: String,
}

#[derive(Deserialize)]
struct File {
    behaviour: Vec<Behaviour>,
}

fn all() -> &'static BTreeMap<String, Behaviour> {
    static ONCE: OnceLock<BTreeMap<String, Behaviour>> = OnceLock::new();
    ONCE.get_or_init(|| {
        let file: File = read("behaviours.toml", include_str!("../../catalog/behaviours.toml"));
        file.behaviour.into_iter().map(|b| (b.id.clone(), b)).collect()
    })
}

/// The behaviour called `id`, when `version` shows it (`until` is the last minor that does).
#[must_use]
pub fn behaviour(id: &str, version: Minor) -> Option<&'static Behaviour> {
    all().get(id).filter(|b| b.holds(version))
}

/// Every behaviour and limit, in order of id.
pub fn behaviours() -> impl Iterator<Item = &'static Behaviour> {
    all().values()
}

impl Behaviour {
    /// First and last minor that show it; none where all before or after do.
    #[must_use]
    pub fn span(&self) -> (Option<Minor>, Option<Minor>) {
        (minor(&self.id, self.since.as_ref()), minor(&self.id, self.until.as_ref()))
    }

    /// Whether `version` shows it (`until` is the last minor that does).
    #[must_use]
    pub fn holds(&self, version: Minor) -> bool {
        let (since, until) = self.span();
        since.is_none_or(|s| s <= version) && until.is_none_or(|u| version <= u)
    }
}

/// The number of the limit called `id`, which the table must have.
#[must_use]
pub fn limit_value(id: &str) -> i64 {
    let value = limit(id).and_then(|l| l.value);
    super::embedded("behaviours.toml", value.ok_or_else(|| format!("`{id}` has no number")))
}

/// The limit called `id`, whatever the version.
#[must_use]
pub fn limit(id: &str) -> Option<&'static Behaviour> {
    all().get(id)
}
