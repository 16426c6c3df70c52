//! Published reservation formulas: their numbers, by policy and generation.

use super::read;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A stretch of a capacity with the part of it that is reserved.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Band {
    /// Where the stretch ends, in milli-CPU or MiB; absent for the last.
    #[serde(default)]
    pub to: Option<i64>,
    /// Millionths of the stretch.
    pub ppm: i64,
}

/// A stretch of a machine's memory, counted in whole GiB, with what is reserved on it.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Step {
    /// The last GiB of the stretch; absent for the last stretch.
    #[serde(default)]
    pub to: Option<i64>,
    /// The GiB from which `each` is counted.
    #[serde(default)]
    pub from: i64,
    /// Hundredths of a GiB that are reserved anyway.
    pub base: i64,
    /// Hundredths of a GiB for every GiB above `from`.
    #[serde(default)]
    pub each: i64,
}

/// One generation of one policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Policy {
    /// Policy name.
    pub policy: String,
    /// Generation, as a user pins it with `formula`.
    pub generation: String,
    /// First kubelet minor this generation is the default of.
    #[serde(default)]
    pub since: Option<String>,
    /// Which of the code's functions computes memory: `per-pod`, `per-pod-capped`, `bands`, `steps-gib`.
    pub memory: String,
    /// Bands of memory.
    #[serde(default)]
    pub memory_bands: Vec<Band>,
    /// Steps of memory.
    #[serde(default)]
    pub memory_steps: Vec<Step>,
    /// Memory per pod, in `memory_unit`.
    #[serde(default)]
    pub memory_per_pod: i64,
    /// Memory whatever the pods, in `memory_unit`.
    #[serde(default)]
    pub memory_fixed: i64,
    /// Where the formula is bands: machines of at most this many MiB get `memory_fixed` instead.
    #[serde(default)]
    pub memory_fixed_to: i64,
    /// Bytes of the unit of `memory_per_pod` and `memory_fixed`.
    #[serde(default)]
    pub memory_unit: i64,
    /// Most memory, in millionths of the capacity.
    #[serde(default)]
    pub memory_cap: i64,
    /// Bands of CPU.
    pub cpu_bands: Vec<Band>,
    /// Least CPU in milli-CPU.
    #[serde(default)]
    pub cpu_least: i64,
    /// The sum is rounded to the nearest multiple of this many milli-CPU; 0 when it is rounded up to whole ones.
    #[serde(default)]
    pub cpu_step: i64,
    /// Each band is rounded down by itself, not the sum.
    #[serde(default)]
    pub cpu_floor_per_band: bool,
    /// Which reservation the publisher fills: kubeReserved or systemReserved.
    pub pays: String,
    /// Reserved ephemeral storage.
    #[serde(default)]
    pub ephemeral_storage: Option<String>,
    /// Hard eviction the publisher sets.
    pub eviction: BTreeMap<String, String>,
    /// Where it was read.
    pub source: String,
    /// When.
    pub date: String,
}

#[derive(Deserialize)]
struct File {
    policy: Vec<Policy>,
}

fn all() -> &'static Vec<Policy> {
    static ONCE: OnceLock<Vec<Policy>> = OnceLock::new();
    ONCE.get_or_init(|| read::<File>("reservations.toml", include_str!("../../catalog/reservations.toml")).policy)
}

/// The generation of a policy, or the newest that a kubelet of `version` gets.
#[must_use]
pub fn policy(name: &str, generation: Option<&str>, version: crate::quantity::Minor) -> Option<&'static Policy> {
    let named = all().iter().filter(|p| p.policy == name);
    match generation {
        Some(generation) => named.into_iter().find(|p| p.generation == generation),
        None => named
            .filter(|p| super::minor("reservations.toml", p.since.as_ref()).is_none_or(|s| s <= version))
            .max_by_key(|p| super::minor("reservations.toml", p.since.as_ref())),
    }
}

/// Names of the generations of a policy.
pub fn policy_generations(name: &str) -> impl Iterator<Item = &'static str> {
    all().iter().filter(move |p| p.policy == name).map(|p| p.generation.as_str())
}
