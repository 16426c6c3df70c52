//! Platforms: what is the user's to set on each, and what the platform brings.

use super::read;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One platform.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Platform {
    /// Whether scheduler, controller-manager and etcd settings are the user's.
    pub control_plane: bool,
    /// Why not, when they are not.
    #[serde(default)]
    pub control_plane_reason: String,
    /// Network plugin it comes with.
    #[serde(default)]
    pub cni: Option<String>,
    /// Where the platform puts the scheduler's kubeconfig.
    #[serde(default)]
    pub scheduler_kubeconfig: Option<String>,
    /// Ceilings the provider publishes: from this many CPUs on, this many pods.
    #[serde(default)]
    pub pods_ceiling: Vec<Ceiling>,
    /// Tunables that the user may set: names, or beginnings of names before a `*`.
    settable: Vec<String>,
    /// What is taken out of those again.
    #[serde(default)]
    not_settable: Vec<String>,
    /// Where that was read.
    pub settable_source: String,
    /// How the user sets them, and what is not settled.
    pub settable_note: String,
    /// Where the rest was read.
    pub source: String,
    /// When.
    pub date: String,
}

/// A ceiling of pods from a number of CPUs on.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Ceiling {
    /// Smallest number of logical CPUs it holds for.
    pub cpus: i64,
    /// Pods.
    pub pods: i64,
}

impl Platform {
    /// Names, and beginnings of names, of what the user may set.
    pub fn settable_patterns(&self) -> impl Iterator<Item = &str> {
        self.settable.iter().map(String::as_str)
    }

    /// Names, and beginnings of names, of what is taken out of those again.
    pub fn closed_patterns(&self) -> impl Iterator<Item = &str> {
        self.not_settable.iter().map(String::as_str)
    }

    /// Whether nothing stands between the user and any tunable.
    #[must_use]
    pub fn takes_everything(&self) -> bool {
        self.not_settable.is_empty() && self.settable.iter().any(|p| p == "*")
    }

    /// Whether the user may set this tunable there.
    #[must_use]
    pub fn settable(&self, name: &str) -> bool {
        let name = super::find(name).map_or(name, |f| f.tunable.name);
        let within = |list: &[String]| {
            list.iter().any(|p| p.strip_suffix('*').map_or(p == name, |start| name.starts_with(start)))
        };
        within(&self.settable) && !within(&self.not_settable)
    }
}

/// Every platform by name.
pub fn platforms() -> &'static BTreeMap<String, Platform> {
    static ONCE: OnceLock<BTreeMap<String, Platform>> = OnceLock::new();
    ONCE.get_or_init(|| read("platforms.toml", include_str!("../../catalog/platforms.toml")))
}

/// The platform called `name`.
#[must_use]
pub fn platform(name: &str) -> Option<&'static Platform> {
    platforms().get(name)
}

/// The platform on which everything is the user's.
#[must_use]
pub fn self_managed() -> &'static Platform {
    super::embedded("platforms.toml", platform("self-managed").ok_or("it has no self-managed"))
}
