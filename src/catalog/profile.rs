//! Opinions as data: goals, the menus that values are chosen from, and presets for classes that state no workload.

use super::read;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What a key that is left out of a spec means.
#[derive(Clone, Debug, Deserialize)]
pub struct Unstated {
    /// The value that stands in.
    pub value: serde_json::Value,
    /// Why that one.
    pub why: String,
}

/// What a node class is for.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Goal {
    /// The sentence `explain` shows.
    pub sentence: String,
    /// What it gives up for that, to follow those words.
    pub gives_up: String,
    /// Tiers in order: `promises`, `pods`, `allocatable`, `departures`.
    pub tiers: Vec<String>,
    /// Most pods a node is given without a pin, and why.
    pub pods_ceiling: i64,
    /// Sentence for that ceiling.
    pub pods_ceiling_why: String,
    /// Most pods per core, when the goal limits it.
    #[serde(default)]
    pub pods_per_core: Option<i64>,
    /// At which figure of their range component costs are counted: `typical` or `cautious`.
    pub cost_level: String,
    /// Millionths of the allocatable CPU and memory that stay free of the mix.
    pub headroom: i64,
    /// Soft memory eviction begins at this multiple (in thousandths) of the hard one.
    pub soft_eviction: i64,
    /// Grace period of soft eviction.
    pub soft_grace: String,
    /// Most seconds a pod gets to stop when evicted softly.
    pub soft_pod_grace: i64,
    /// Memory per second that pods may take before an eviction begins.
    pub memory_growth: String,
    /// Soft thresholds of disk signals.
    pub soft_disk: BTreeMap<String, String>,
    /// Minimum reclaim per signal.
    pub minimum_reclaim: BTreeMap<String, String>,
    /// Conntrack entries per needed entry, in thousandths.
    pub conntrack_headroom: i64,
    /// What pods may swap on a host with swap, where the kubelet can limit it: `LimitedSwap` or `NoSwap`; upstream's own
    /// where the goal does not say.
    #[serde(default)]
    pub swap: Option<String>,
    /// Whether a shutdown waits for pods even where none states its grace.
    #[serde(default)]
    pub graceful_shutdown: bool,
    /// Scheduler scoring strategy.
    pub scoring: String,
    /// How the system's cores are placed where nothing is stated: `pack` or `spread`.
    pub system_cpus: String,
    /// Whether pods with CPUs of their own are kept apart from everything else, whole cores and all.
    pub isolate: bool,
    /// Preset when no workload is stated.
    pub preset: String,
}

/// At which figure of its range a component's cost is counted, and what that promises.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CostLevel {
    /// Share of nodes under pressure that need no more.
    pub quantile: f64,
    /// What `explain` shows.
    pub sentence: String,
}

/// The level called `name`: `typical` or `cautious`.
#[must_use]
pub fn cost_level(name: &str) -> Option<&'static CostLevel> {
    static ONCE: OnceLock<BTreeMap<String, CostLevel>> = OnceLock::new();
    ONCE.get_or_init(|| read("levels.toml", include_str!("../../profiles/levels.toml"))).get(name)
}

/// Finite lists that values are chosen from, each in order of preference.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Menus {
    /// Part of a node from which on a pod is counted whole: one in so many.
    pub whole_pod_part: i64,
    /// Container log sizes.
    pub container_log_max_size: Vec<String>,
    /// Container log files.
    pub container_log_max_files: Vec<i64>,
    /// Times between two looks at container logs.
    pub container_log_monitor_interval: Vec<String>,
    /// Bytes of rotated logs that one worker compresses per second.
    pub log_compress: String,
    /// Millionths of nodefs that container logs may take.
    pub log_share: i64,
    /// PID limits per pod.
    pub pod_pids_limit: Vec<i64>,
    /// Thousandths: how many times the node's PIDs may be promised to pods.
    pub pid_overcommit: i64,
    /// IPv4 node masks.
    pub node_mask_ipv4: Vec<i64>,
    /// Image GC thresholds in percent: high, low.
    pub image_gc: Vec<(i64, i64)>,
    /// Bytes per second of disk write that one image pull takes.
    pub pull_write: String,
    /// Operations per second that one image pull takes.
    pub pull_iops: i64,
    /// Most pulls at once.
    pub pulls_most: i64,
    /// Room on the image file system that one pull needs.
    pub pull_image: String,
    /// Conntrack table sizes per core.
    pub conntrack_max_per_core: Vec<i64>,
    /// Conntrack table sizes per core beside a larger minimum.
    pub conntrack_max_per_core_small: Vec<i64>,
    /// What a larger conntrack minimum is a multiple of.
    pub conntrack_min_step: i64,
    /// Services that are many for kube-proxy's iptables mode.
    pub iptables_services: i64,
    /// Millionths that a soft threshold stands above a hard one beyond the goal's.
    pub soft_eviction_step: i64,
    /// What critical pods get of a shutdown where none is stated.
    pub shutdown_critical: String,
    /// Nodes from which the scheduler gets more threads.
    pub scheduler_many_nodes: i64,
    /// etcd quotas.
    pub etcd_quota: Vec<String>,
    /// Thousandths: how much larger etcd's file is than what is in it.
    pub etcd_fragmentation: i64,
    /// Seconds of history etcd keeps until the API server's compaction has removed it.
    pub etcd_history: i64,
    /// How many terminated pods may stay.
    pub terminated_pods: Vec<i64>,
    /// Millionths of etcd's quota that terminated pods may take.
    pub terminated_share: i64,
}

/// A workload that stands in where none is stated.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Preset {
    /// Name in arithmetic.
    pub name: String,
    /// CPU request.
    pub cpu: String,
    /// Memory request.
    pub memory: String,
    /// Where the numbers come from.
    pub source: String,
}

/// A static pod of a role.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StaticPod {
    /// Role that has it.
    pub role: String,
    /// Name in arithmetic.
    pub name: String,
    /// CPU request.
    pub cpu: String,
    /// Memory request.
    pub memory: String,
    /// Where the numbers come from.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Presets {
    preset: BTreeMap<String, Preset>,
    static_pod: Vec<StaticPod>,
}

fn goals() -> &'static BTreeMap<String, Goal> {
    static ONCE: OnceLock<BTreeMap<String, Goal>> = OnceLock::new();
    ONCE.get_or_init(|| read("goals.toml", include_str!("../../profiles/goals.toml")))
}

fn presets() -> &'static Presets {
    static ONCE: OnceLock<Presets> = OnceLock::new();
    ONCE.get_or_init(|| read("presets.toml", include_str!("../../profiles/presets.toml")))
}

/// What the key called `name` means when a spec leaves it out.
#[must_use]
pub fn unstated(name: &str) -> Option<&'static Unstated> {
    static ONCE: OnceLock<BTreeMap<String, Unstated>> = OnceLock::new();
    ONCE.get_or_init(|| read("unstated.toml", include_str!("../../profiles/unstated.toml"))).get(name)
}

/// The goal called `name`.
#[must_use]
pub fn goal(name: &str) -> Option<&'static Goal> {
    goals().get(name)
}

/// Names of all goals.
pub fn goal_names() -> impl Iterator<Item = &'static str> {
    goals().keys().map(String::as_str)
}

/// The menus.
pub fn menus() -> &'static Menus {
    static ONCE: OnceLock<Menus> = OnceLock::new();
    ONCE.get_or_init(|| read("menus.toml", include_str!("../../profiles/menus.toml")))
}

/// The preset called `name`.
#[must_use]
pub fn preset(name: &str) -> Option<&'static Preset> {
    presets().preset.get(name)
}

/// Static pods of a role.
pub fn static_pods(role: &str) -> impl Iterator<Item = &'static StaticPod> {
    presets().static_pod.iter().filter(move |p| p.role == role)
}
