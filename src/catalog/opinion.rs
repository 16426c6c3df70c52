//! Opinions that rules of the cluster rest on, one file of `profiles/opinions/` a concern: a value and why.

use super::{embedded, read};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A value that somebody could hold another opinion of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opinion {
    /// The value.
    pub value: Value,
    /// Why that one.
    pub why: String,
}

const FILES: &[(&str, &str)] = &[
    ("alerts", include_str!("../../profiles/opinions/alerts.toml")),
    ("api-server", include_str!("../../profiles/opinions/api-server.toml")),
    ("audit", include_str!("../../profiles/opinions/audit.toml")),
    ("autoscaling", include_str!("../../profiles/opinions/autoscaling.toml")),
    ("controllers", include_str!("../../profiles/opinions/controllers.toml")),
    ("etcd", include_str!("../../profiles/opinions/etcd.toml")),
    ("host", include_str!("../../profiles/opinions/host.toml")),
    ("load", include_str!("../../profiles/opinions/load.toml")),
    ("network", include_str!("../../profiles/opinions/network.toml")),
    ("scheduler", include_str!("../../profiles/opinions/scheduler.toml")),
];

/// Every opinion by its id: the file's name, a slash, its key.
pub fn opinions() -> &'static BTreeMap<String, Opinion> {
    static ONCE: OnceLock<BTreeMap<String, Opinion>> = OnceLock::new();
    ONCE.get_or_init(|| {
        let files = FILES.iter().map(|(name, text)| (name, read::<BTreeMap<String, Opinion>>(name, text)));
        files.flat_map(|(name, file)| file.into_iter().map(move |(key, it)| (format!("{name}/{key}"), it))).collect()
    })
}

/// The opinion called `id`.
#[must_use]
pub fn opinion(id: &str) -> Option<&'static Opinion> {
    opinions().get(id)
}

/// The number that an opinion is. Rules name what the files have; a test asks for every one.
#[must_use]
pub fn opinion_number(id: &str) -> i64 {
    let number = opinion(id).and_then(|o| o.value.as_i64());
    embedded("profiles/opinions", number.ok_or_else(|| format!("`{id}` is no number")))
}
