//! What one source tells of a machine. Whatever it does not tell is absent.

use crate::quantity::{Bytes, CpuSet, Kernel};
use std::collections::BTreeMap;

/// What is known of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Name of the source, as messages say it.
    pub source: String,
    /// How exact the source is, the smallest first: a tree, a table of CPUs, a summary, a node object, statistics.
    pub rank: u8,
    /// How many machines it describes, when it says so.
    pub machines: Option<i64>,
    /// Architecture in Kubernetes' spelling.
    pub arch: Option<String>,
    /// Kernel release.
    pub kernel: Option<Kernel>,
    /// cgroup version.
    pub cgroup: Option<i64>,
    /// `kernel.pid_max`.
    pub pid_max: Option<i64>,
    /// `net.netfilter.nf_conntrack_max`.
    pub conntrack_max: Option<i64>,
    /// Container runtime: its name and version.
    pub runtime: Option<(String, String)>,
    /// The cloud's name for the machine.
    pub instance_type: Option<String>,
    /// Online logical CPUs.
    pub online: Option<CpuSet>,
    /// How many they are, where their numbers are not known.
    pub count: Option<i64>,
    /// CPUs that are there and offline.
    pub offline: CpuSet,
    /// Physical cores, each with its online CPUs.
    pub cores: Option<Vec<CpuSet>>,
    /// Threads per core, where cores are not known one by one.
    pub threads: Option<i64>,
    /// Processor sockets.
    pub sockets: Option<i64>,
    /// NUMA nodes.
    pub nodes: Option<Vec<Node>>,
    /// CPUs that share a last-level cache.
    pub caches: Option<Vec<CpuSet>>,
    /// CPUs of efficiency cores.
    pub efficiency: Option<CpuSet>,
    /// MemTotal of the machine.
    pub memory: Option<Bytes>,
    /// Memory in huge pages of the machine, per page size.
    pub hugepages: Option<BTreeMap<Bytes, Bytes>>,
    /// Devices.
    pub devices: Vec<Device>,
    /// File systems.
    pub disks: Disks,
    /// What a reader has to know: left out, unusual or to be looked at.
    pub remarks: Vec<String>,
}

/// A NUMA node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// The kernel's number.
    pub id: u32,
    /// Its online CPUs.
    pub cpus: CpuSet,
    /// Its MemTotal.
    pub memory: Option<Bytes>,
    /// Its memory in huge pages, per page size.
    pub hugepages: BTreeMap<Bytes, Bytes>,
    /// Distance to each node, by the kernel's number.
    pub distances: BTreeMap<u32, i64>,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Interface or kind.
    pub name: String,
    /// Extended resource.
    pub resource: Option<String>,
    /// How many.
    pub count: i64,
    /// The kernel's number of its NUMA node.
    pub numa: Option<u32>,
}

/// The file systems of the kubelet and the runtime.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disks {
    /// What the kubelet's folder lies on.
    pub nodefs: Option<Disk>,
    /// What images lie on, where that is another file system.
    pub imagefs: Option<Disk>,
    /// Whether images lie on the kubelet's file system, when known.
    pub shared: Option<bool>,
}

/// A file system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// Where it is mounted.
    pub mount: Option<String>,
    /// Kind, in the words of the spec.
    pub kind: Option<String>,
    /// Size.
    pub size: Option<Bytes>,
}
