//! Metrics that alert rules are written with: what exposes them, with which labels, in which minors.

use super::{minor, read};
use crate::quantity::Minor;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One metric.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Its name; of a histogram without `_bucket`.
    pub name: String,
    /// `gauge`, `counter` or `histogram`.
    pub kind: String,
    /// Its own labels.
    pub labels: Vec<String>,
    #[serde(default)]
    since: Option<String>,
    #[serde(default)]
    until: Option<String>,
    /// Where that was verified.
    pub source: String,
    /// When.
    pub date: String,
}

/// Every metric by name.
pub fn metrics() -> &'static BTreeMap<String, Metric> {
    #[derive(Deserialize)]
    struct File {
        metric: Vec<Metric>,
    }
    static ONCE: OnceLock<BTreeMap<String, Metric>> = OnceLock::new();
    ONCE.get_or_init(|| {
        let file: File = read("alerts.toml", include_str!("../../catalog/alerts.toml"));
        file.metric.into_iter().map(|m| (m.name.clone(), m)).collect()
    })
}

/// The metric called `name`, when `version` of its component exposes it (`until` is the last minor that does).
#[must_use]
pub fn metric(name: &str, version: Minor) -> Option<&'static Metric> {
    let found = metrics().get(name)?;
    let since = minor(name, found.since.as_ref()).is_none_or(|m| m <= version);
    let until = minor(name, found.until.as_ref()).is_none_or(|m| version <= m);
    (since && until).then_some(found)
}
