//! Feature gates that several components must have on together.

use super::read;
use serde::Deserialize;
use std::sync::OnceLock;

/// A gate of which several components each do a part.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Together {
    /// Name of the gate.
    pub name: String,
    /// Components that need it.
    pub components: Vec<String>,
    /// Where that was read.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    gate: Vec<Together>,
}

/// Every one.
pub fn together() -> &'static [Together] {
    static ONCE: OnceLock<File> = OnceLock::new();
    &ONCE.get_or_init(|| read("gates-together.toml", include_str!("../../catalog/gates-together.toml"))).gate
}
