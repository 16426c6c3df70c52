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
    /// Where that was read.
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

/// The platform called `name`.
#[must_use]
pub fn platform(name: &str) -> Option<&'static Platform> {
    static ONCE: OnceLock<BTreeMap<String, Platform>> = OnceLock::new();
    ONCE.get_or_init(|| read("platforms.toml", include_str!("../../catalog/platforms.toml"))).get(name)
}
