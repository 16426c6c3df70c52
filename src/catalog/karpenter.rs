//! What Karpenter's AWS provider takes of a kubelet's configuration, and how it predicts a node's memory.

use super::read;
use serde::Deserialize;
use std::sync::OnceLock;

/// The provider's facts.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Karpenter {
    /// When that was read.
    pub date: String,
    /// Where.
    pub source: String,
    /// Millionths of nominal memory that do not count.
    pub memory_overhead: i64,
    /// MiB that do not count on arm64.
    pub arm64_memory: i64,
    /// Fields that `spec.kubelet` of an EC2NodeClass has.
    pub kubelet_fields: Vec<String>,
}

/// The provider's facts.
#[must_use]
pub fn karpenter() -> &'static Karpenter {
    static ONCE: OnceLock<Karpenter> = OnceLock::new();
    ONCE.get_or_init(|| read("karpenter.toml", include_str!("../../catalog/karpenter.toml")))
}
