//! What container runtimes' versions differ in: features from a minor on, and where a setting stands in containerd's file.

use super::{minor, read};
use crate::quantity::Minor;
use serde::Deserialize;
use std::sync::OnceLock;

/// Something that a runtime does from a minor on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Its id, which begins with the runtime's name.
    pub id: String,
    since: String,
    /// A number that goes with it.
    pub value: Option<i64>,
    /// What it does, in our words.
    pub summary: String,
    /// Where that was verified.
    pub source: String,
    /// When.
    pub date: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    key: String,
    since: String,
    table: Vec<String>,
    #[serde(default)]
    with: Vec<Companion>,
}

/// What must stand in the file beside a key, so that the key does no harm.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Companion {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: serde_json::Value,
    /// The table it stands in.
    pub table: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    feature: Vec<Feature>,
    place: Vec<Place>,
}

fn file() -> &'static File {
    static ONCE: OnceLock<File> = OnceLock::new();
    ONCE.get_or_init(|| read("runtimes.toml", include_str!("../../catalog/runtimes.toml")))
}

fn reached(since: &str, version: Minor) -> bool {
    minor("runtimes.toml", Some(&since.to_string())).is_some_and(|since| since <= version)
}

/// The feature called `id`, whichever version has it.
#[must_use]
pub fn runtime_feature(id: &str) -> Option<&'static Feature> {
    file().feature.iter().find(|f| f.id == id)
}

/// Every feature of a runtime, in the order of the table.
pub fn runtime_features() -> impl Iterator<Item = &'static Feature> {
    file().feature.iter()
}

impl Feature {
    /// Whether a minor of the runtime has it.
    #[must_use]
    pub fn holds(&self, version: Minor) -> bool {
        reached(&self.since, version)
    }

    /// First minor that has it, as written.
    #[must_use]
    pub fn since(&self) -> &str {
        &self.since
    }
}

/// The version of containerd's configuration file that a minor writes best, and the feature that says so.
#[must_use]
pub fn containerd_schema(version: Minor) -> Option<(i64, &'static Feature)> {
    let schemas = file().feature.iter().filter(|f| f.id.starts_with("containerd-schema-") && f.holds(version));
    schemas.filter_map(|f| Some((f.value?, f))).max_by_key(|(value, _)| *value)
}

fn place(key: &str, version: Minor) -> Option<&'static Place> {
    let places = file().place.iter().filter(|p| p.key == key && reached(&p.since, version));
    places.max_by_key(|p| minor("runtimes.toml", Some(&p.since)))
}

/// The table of containerd's file in which a key stands in a minor.
#[must_use]
pub fn containerd_table(key: &str, version: Minor) -> Option<&'static [String]> {
    place(key, version).map(|p| p.table.as_slice())
}

/// Whether any minor of containerd has a key in a table of its file.
#[must_use]
pub fn containerd_has(table: &[&str], key: &str) -> bool {
    file().place.iter().any(|p| p.key == key && p.table.iter().map(String::as_str).eq(table.iter().copied()))
}

/// What stands beside a key in containerd's file in a minor.
#[must_use]
pub fn containerd_beside(key: &str, version: Minor) -> &'static [Companion] {
    place(key, version).map_or(&[], |p| p.with.as_slice())
}
