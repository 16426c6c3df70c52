//! Which settings of Cilium its config map holds.

use super::read;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Keys of the config map `cilium-config`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cilium {
    /// When that was read.
    pub date: String,
    /// Where.
    pub source: String,
    /// Entries of the table of translations that are sized anew where both tables of connections have fewer together.
    pub translations_default: i64,
    /// Keys whose range the agent checks, with the value of the chart.
    checked: BTreeMap<String, String>,
    /// Keys that are read where their value is one of the chart's.
    read: BTreeMap<String, String>,
}

impl Cilium {
    /// The tunable that a key of the config map sets, and whether the agent checks its range.
    #[must_use]
    pub fn tunable(&self, key: &str) -> Option<(String, bool)> {
        let name = |path: &String| format!("cni/cilium.{path}");
        let checked = self.checked.get(key).map(|path| (name(path), true));
        checked.or_else(|| self.read.get(key).map(|path| (name(path), false)))
    }
}

/// Keys of the config map `cilium-config`.
#[must_use]
pub fn cilium() -> &'static Cilium {
    static ONCE: OnceLock<Cilium> = OnceLock::new();
    ONCE.get_or_init(|| read("cilium.toml", include_str!("../../catalog/cilium.toml")))
}
