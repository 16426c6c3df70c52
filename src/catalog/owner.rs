//! Who sets a sysctl by itself: the kubelet and kube-proxy, each under conditions on its own settings.

use super::read;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A component that sets a sysctl.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// The component.
    pub by: String,
    /// The sysctl.
    pub sysctl: String,
    /// What it sets it to.
    pub value: i64,
    /// Settings that must have one of these values for it.
    #[serde(default)]
    pub when: BTreeMap<String, Vec<Value>>,
    /// Where that was read.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[allow(dead_code)]
    date: String,
    planned: Vec<String>,
    owner: Vec<Owner>,
}

fn file() -> &'static File {
    static ONCE: OnceLock<File> = OnceLock::new();
    ONCE.get_or_init(|| read("sysctl-owners.toml", include_str!("../../catalog/sysctl-owners.toml")))
}

/// Whether anybody, the plan or a component, may set a sysctl, so that it matters what the host already has.
#[must_use]
pub fn sysctl_counts(sysctl: &str) -> bool {
    file().planned.iter().any(|s| s == sysctl) || owners().iter().any(|o| o.sysctl == sysctl)
}

/// Every component that sets a sysctl, in the order of the table.
pub fn owners() -> &'static [Owner] {
    &file().owner
}
