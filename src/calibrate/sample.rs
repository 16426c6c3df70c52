//! What one kubelet reported of one system container at one moment.

use std::sync::Arc;

/// A system container of `/stats/summary` that is not for pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Container {
    /// The kubelet's own cgroup.
    Kubelet,
    /// The cgroup of the container runtime: the daemon, and containerd's shims.
    Runtime,
    /// The cgroup that the kubelet keeps the host's other processes in; `system` in a spec.
    Misc,
}

impl Container {
    /// Every container, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Kubelet, Self::Runtime, Self::Misc];

    /// Upstream's name, which costs of the catalogue and documents have.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kubelet => "kubelet",
            Self::Runtime => "runtime",
            Self::Misc => "misc",
        }
    }

    /// Its key in `[node-class.X.measured]`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Misc => "system",
            other => other.name(),
        }
    }
}

/// What is measured of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// Working set in KiB, rounded up.
    Memory,
    /// Usage in µCPU, rounded up.
    Cpu,
}

impl Resource {
    /// Every resource, in the order of reports.
    pub const ALL: [Self; 2] = [Self::Memory, Self::Cpu];

    /// `memory` or `cpu`, as costs, keys and documents spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Cpu => "cpu",
        }
    }
}

/// One figure of one container of one node at one moment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sample {
    /// The container.
    pub container: Container,
    /// What was measured.
    pub resource: Resource,
    /// Pods on the node.
    pub pods: i64,
    /// KiB or µCPU.
    pub value: i64,
    /// The node.
    pub node: Arc<str>,
    /// When the figure was taken, as the kubelet wrote it; empty where it did not.
    pub time: Arc<str>,
}
