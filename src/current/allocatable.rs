//! What a kubelet leaves for pods, by upstream's formula: capacity − kubeReserved − systemReserved − hard eviction.

use super::Current;
use crate::quantity::{Bytes, CpuSet, Milli, Minor, Threshold};
use serde_json::{Value as Json, json};

/// Amounts of the resources that pods share; nothing where one cannot be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// Milli-CPU.
    pub cpu: Option<i64>,
    /// Bytes.
    pub memory: Option<i64>,
    /// Bytes of nodefs.
    pub storage: Option<i64>,
    /// Pods.
    pub pods: Option<i64>,
}

impl Amounts {
    /// As the plan document writes them.
    #[must_use]
    pub fn json(&self) -> Json {
        json!({
            "cpu": self.cpu.map(|c| Milli(c).to_string()),
            "memory": self.memory.map(|b| Bytes(b).to_string()),
            "ephemeral-storage": self.storage.map(|b| Bytes(b).to_string()),
            "pods": self.pods.map(|p| p.to_string()),
        })
    }
}

/// Allocatable of a kubelet on a machine of `capacity` (pods do not count).
#[must_use]
pub fn allocatable(kubelet: &Current, capacity: &Amounts, version: Minor) -> Amounts {
    let reserved = |resource: &str, read: fn(&str) -> Option<i64>| -> Option<i64> {
        let one = |map: &str| amount(&kubelet.effective(&format!("kubelet/{map}.{resource}"), version), read);
        one("kubeReserved")?.checked_add(one("systemReserved")?)
    };
    let evicted = |signal: &str, capacity: i64| -> Option<i64> {
        let value = kubelet.effective(&format!("kubelet/evictionHard.{signal}"), version);
        Some(Threshold::parse(value.as_str()?).ok()?.of(Bytes(capacity)).0)
    };
    let left =
        |capacity: i64, reserved: i64, evicted: i64| capacity.saturating_sub(reserved).saturating_sub(evicted).max(0);
    let milli = |t: &str| Milli::parse(t).ok().map(|m| m.0);
    let bytes = |t: &str| Bytes::parse(t).ok().map(|b| b.0);
    let set = kubelet.effective("kubelet/reservedSystemCPUs", version);
    let cpu = match set.as_str().filter(|t| !t.is_empty()) {
        // A reserved set replaces the cpu of both reservations.
        Some(set) => CpuSet::parse(set).ok().and_then(|s| i64::try_from(s.len()).ok()).map(|n| n * 1000),
        None => reserved("cpu", milli),
    };
    Amounts {
        cpu: capacity.cpu.zip(cpu).map(|(all, kept)| left(all, kept, 0)),
        memory: capacity
            .memory
            .and_then(|all| Some(left(all, reserved("memory", bytes)?, evicted("memory.available", all)?))),
        storage: capacity
            .storage
            .and_then(|all| Some(left(all, reserved("ephemeral-storage", bytes)?, evicted("nodefs.available", all)?))),
        pods: pods(kubelet, capacity.cpu, version),
    }
}

fn amount(value: &Json, read: fn(&str) -> Option<i64>) -> Option<i64> {
    if value.is_null() { Some(0) } else { read(value.as_str()?) }
}

fn pods(kubelet: &Current, cpu: Option<i64>, version: Minor) -> Option<i64> {
    let most = kubelet.effective("kubelet/maxPods", version).as_i64()?;
    let per_core = kubelet.effective("kubelet/podsPerCore", version).as_i64().filter(|n| *n > 0);
    Some(match (per_core, cpu) {
        (Some(per_core), Some(cpu)) => most.min(per_core.saturating_mul(cpu / 1000)),
        _ => most,
    })
}
