//! Component costs: what the kubelet, the runtime, the kernel and the host's daemons use, and what the control plane writes and
//! holds, each with how it is known.

use super::{embedded, read};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// How a cost is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// Measured with a recipe of this repository.
    Measured,
    /// Published by somebody who measured it.
    Published,
    /// Neither.
    Assumption,
}

/// One cost.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cost {
    /// Its id.
    pub id: String,
    /// `kubeReserved`, `systemReserved` or `demand`.
    pub pays: String,
    /// memory, cpu, pid, ephemeral-storage, count, time.
    pub resource: String,
    /// node, pod, container, cpu, pod-cpu, memory-gib, conntrack-entry, conntrack-bucket, object, object-kib, etcd-sync,
    /// etcd-commit, stored-byte, server, leader, watch, connection, write, read, change.
    pub per: String,
    /// KiB, B, uCPU, us or 1.
    pub unit: String,
    /// Only with this runtime.
    #[serde(default)]
    pub runtime: Option<String>,
    /// The system container of the kubelet's `/stats/summary` that holds what is counted: `kubelet`, `runtime` or `misc`. A
    /// measurement of that container stands in for the cost; a cost without one is in none, and stays.
    #[serde(default)]
    pub container: Option<String>,
    /// A value that few machines stay under.
    pub low: i64,
    /// The value that plans use.
    pub typical: i64,
    /// A value that few machines exceed.
    pub high: i64,
    /// How it is known.
    pub how: How,
    /// Where from.
    pub source: String,
    /// When.
    pub date: String,
    /// Script that measures it.
    #[serde(default)]
    pub recipe: Option<String>,
    /// What is counted.
    #[serde(default)]
    pub note: String,
}

impl Cost {
    /// Halfway from the typical to the high figure, rounded up.
    #[must_use]
    pub fn cautious(&self) -> i64 {
        self.typical + (self.high - self.typical + 1) / 2
    }
}

const FILES: &[(&str, &str)] = &[
    ("containerd.toml", include_str!("../../catalog/costs/containerd.toml")),
    ("control-plane.toml", include_str!("../../catalog/costs/control-plane.toml")),
    ("crio.toml", include_str!("../../catalog/costs/crio.toml")),
    ("demand.toml", include_str!("../../catalog/costs/demand.toml")),
    ("etcd.toml", include_str!("../../catalog/costs/etcd.toml")),
    ("kernel.toml", include_str!("../../catalog/costs/kernel.toml")),
    ("kubelet.toml", include_str!("../../catalog/costs/kubelet.toml")),
    ("load.toml", include_str!("../../catalog/costs/load.toml")),
    ("network.toml", include_str!("../../catalog/costs/network.toml")),
    ("objects.toml", include_str!("../../catalog/costs/objects.toml")),
    ("system.toml", include_str!("../../catalog/costs/system.toml")),
];

#[derive(Deserialize)]
struct File {
    cost: Vec<Cost>,
}

/// Every cost by id.
pub fn costs() -> &'static BTreeMap<String, Cost> {
    static ONCE: OnceLock<BTreeMap<String, Cost>> = OnceLock::new();
    ONCE.get_or_init(|| {
        let files = FILES.iter().map(|(name, text)| read::<File>(name, text));
        files.flat_map(|f| f.cost).map(|c| (c.id.clone(), c)).collect()
    })
}

/// The cost called `id`, which rules name.
#[must_use]
pub fn cost(id: &str) -> Option<&'static Cost> {
    costs().get(id)
}

/// The typical figure of the cost called `id`, in its unit.
#[must_use]
pub fn cost_typical(id: &str) -> i64 {
    embedded("costs", cost(id).map(|c| c.typical).ok_or_else(|| format!("there is no cost `{id}`")))
}
