//! A node class as types, and the checks that need nothing but its own table.

use super::Pins;
use super::get::{self, Get};
use super::habits::{self, Habits};
use super::measured::{self, Measured};
use super::node::{Node, Table, Val};
use super::shape::At;
use crate::diag::Finding;
use crate::quantity::{Bytes, CpuSet, Kernel, Milli, Version};
use std::collections::BTreeMap;

/// A node class with everything it inherits.
#[derive(Clone, Debug)]
pub struct Class {
    /// Worker, control-plane or etcd.
    pub role: Option<At<String>>,
    /// Nodes.
    pub count: Option<At<i64>>,
    /// Name of its goal.
    pub goal: Option<At<String>>,
    /// Kubelet version.
    pub kubernetes: Option<At<Version>>,
    /// Host system.
    pub os: Os,
    /// Runtime name.
    pub runtime: Option<At<String>>,
    /// Runtime version.
    pub runtime_version: Option<At<Version>>,
    /// Path of the base file, relative to the spec.
    pub base: Option<At<String>>,
    /// Reservation policy.
    pub reservation: Option<At<String>>,
    /// Who is held to the reservations.
    pub enforce: Option<At<String>>,
    /// Millionths of the way from request to limit at which containers are slowed down.
    pub memory_throttling: Option<At<i64>>,
    /// Nodes that an autoscaler may leave, and make.
    pub autoscale: Option<super::autoscaling::NodeRange>,
    /// Generation of the policy's formula.
    pub formula: Option<At<String>>,
    /// Measured component costs.
    pub measured: Option<At<Measured>>,
    /// AWS instance type.
    pub instance_type: Option<At<String>>,
    /// The machine.
    pub hardware: Hardware,
    /// How the system's CPUs are placed: pack or spread.
    pub system_cpus_place: Option<At<String>>,
    /// Device that the system's CPUs should be near.
    pub system_cpus_near: Option<At<String>>,
    /// Kinds of pods, sorted by name.
    pub workloads: Vec<Workload>,
    /// Pins.
    pub pins: Pins,
}

/// The host's operating system.
#[derive(Clone, Debug, Default)]
pub struct Os {
    /// linux or windows.
    pub family: Option<At<String>>,
    /// amd64 or arm64.
    pub arch: Option<At<String>>,
    /// cgroup version.
    pub cgroup: Option<At<i64>>,
    /// Kernel release.
    pub kernel: Option<At<Kernel>>,
    /// kernel.pid_max.
    pub pid_max: Option<At<i64>>,
}

/// What is stated of the machine.
#[derive(Clone, Debug, Default)]
pub struct Hardware {
    /// Logical CPUs.
    pub cpus: Option<At<i64>>,
    /// CPUs that are switched off.
    pub offline: Option<At<CpuSet>>,
    /// MemTotal.
    pub memory: Option<At<Bytes>>,
    /// Vendor's figure.
    pub memory_nominal: Option<At<Bytes>>,
    /// Millionths of the nominal memory that the kernel does not report.
    pub memory_overhead: Option<At<i64>>,
    /// Siblings per core.
    pub threads_per_core: Option<At<i64>>,
    /// How sibling threads are numbered: adjacent or split.
    pub siblings: Option<At<String>>,
    /// Physical cores, where stated one by one.
    pub cores: Vec<At<CpuSet>>,
    /// Groups of CPUs that share a last-level cache.
    pub caches: Vec<At<CpuSet>>,
    /// CPUs of efficiency cores.
    pub efficiency: Option<At<CpuSet>>,
    /// Sockets.
    pub sockets: Option<At<i64>>,
    /// Huge pages per size, on a machine of one node.
    pub hugepages: BTreeMap<String, At<Bytes>>,
    /// Devices.
    pub devices: Vec<Device>,
    /// NUMA nodes in the order given.
    pub numa: Vec<Numa>,
    /// Swap that is on.
    pub swap: Option<At<Bytes>>,
    /// File systems.
    pub disks: Vec<Disk>,
    /// Volumes that pods can have attached.
    pub volumes: Option<At<i64>>,
    /// Interfaces.
    pub network: Network,
    /// What the host already has.
    pub sysctl: BTreeMap<String, At<i64>>,
}

/// A NUMA node.
#[derive(Clone, Debug)]
pub struct Numa {
    /// Its CPUs.
    pub cpus: At<CpuSet>,
    /// Its MemTotal.
    pub memory: At<Bytes>,
    /// Memory in huge pages per size.
    pub hugepages: BTreeMap<String, At<Bytes>>,
    /// Distance to every node; empty when not stated.
    pub distances: Vec<At<i64>>,
}

/// A device of the machine.
#[derive(Clone, Debug)]
pub struct Device {
    /// Name.
    pub name: At<String>,
    /// Extended resource.
    pub resource: Option<At<String>>,
    /// How many.
    pub count: Option<At<i64>>,
    /// NUMA node.
    pub numa: Option<At<i64>>,
}

/// A file system.
#[derive(Clone, Debug)]
pub struct Disk {
    /// Mount point.
    pub mount: At<String>,
    /// Kind.
    pub kind: Option<At<String>>,
    /// Size.
    pub size: At<Bytes>,
    /// Operations per second.
    pub iops: Option<At<i64>>,
    /// Write rate.
    pub write: Option<At<Bytes>>,
    /// `nodefs`, `imagefs`, `containerfs`.
    pub holds: Vec<At<String>>,
}

/// Interfaces.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Interfaces.
    pub enis: Option<At<i64>>,
    /// Addresses per interface.
    pub ipv4_per_eni: Option<At<i64>>,
    /// Prefixes instead of addresses.
    pub prefix_delegation: Option<At<bool>>,
    /// Other subnets for pods.
    pub custom_networking: Option<At<bool>>,
    /// Interfaces not for pods.
    pub reserved_enis: Option<At<i64>>,
}

/// One kind of pod.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Name.
    pub name: At<String>,
    /// Pods per node, placed first.
    pub count: Option<At<i64>>,
    /// Millionths of the remaining pods.
    pub share: Option<At<i64>>,
    /// CPU request.
    pub cpu: At<Milli>,
    /// Memory request.
    pub memory: At<Bytes>,
    /// Wants whole cores.
    pub exclusive: Option<At<bool>>,
    /// Huge pages per size.
    pub hugepages: BTreeMap<String, At<Bytes>>,
    /// Devices by extended resource.
    pub devices: BTreeMap<String, At<i64>>,
    /// Attached volumes of one pod.
    pub volumes: Option<At<i64>>,
    /// Uses the node's address.
    pub host_network: Option<At<bool>>,
    /// Containers.
    pub containers: Option<At<i64>>,
    /// Long-lived connections.
    pub connections: Option<At<i64>>,
    /// New connections per second.
    pub connection_rate: Option<At<i64>>,
    /// Processes and threads.
    pub pids: Option<At<i64>>,
    /// How its pods end, log, start and grow.
    pub habits: Habits,
}

/// Reads one merged class.
pub(super) fn class(get: &mut Get<'_>, node: &Node) -> At<Class> {
    let empty = Table::new();
    let t = node.table().unwrap_or(&empty);
    let os = get::table(t, "os").unwrap_or(&empty);
    let runtime = get::table(t, "runtime").unwrap_or(&empty);
    let hardware = get::table(t, "hardware").unwrap_or(&empty);
    let system_cpus = get::table(t, "system-cpus").unwrap_or(&empty);
    let value = Class {
        role: get::text(t, "role"),
        count: get::int(t, "count"),
        goal: get::text(t, "goal"),
        kubernetes: get::version(t, "kubernetes"),
        os: Os {
            family: get::text(os, "family"),
            arch: get::text(os, "arch"),
            cgroup: get::int(os, "cgroup"),
            kernel: get::kernel(os, "kernel"),
            pid_max: get::int(os, "pid-max"),
        },
        runtime: get::text(runtime, "name"),
        runtime_version: get::version(runtime, "version"),
        base: get::text(t, "base"),
        reservation: get::text(t, "reservation"),
        enforce: get::text(t, "enforce"),
        memory_throttling: get::ppm(t, "memory-throttling"),
        autoscale: super::autoscaling::range(t),
        formula: get::text(t, "formula"),
        measured: t.get("measured").map(measured::measured),
        instance_type: get::text(t, "instance-type"),
        hardware: self::hardware(hardware),
        system_cpus_place: get::text(system_cpus, "place"),
        system_cpus_near: get::text(system_cpus, "near"),
        workloads: workloads(get, t),
        pins: get.pins(t),
    };
    disks(get, &value.hardware.disks);
    At::of(node, value)
}

fn hardware(t: &Table) -> Hardware {
    let items = |key: &str| t.get(key).map(Node::items).unwrap_or_default().iter().filter_map(Node::table);
    let empty = Table::new();
    let net = get::table(t, "network").unwrap_or(&empty);
    Hardware {
        cpus: get::int(t, "cpus"),
        memory: get::bytes(t, "memory"),
        memory_nominal: get::bytes(t, "memory-nominal"),
        offline: get::cpus(t, "offline"),
        memory_overhead: get::ppm(t, "memory-overhead"),
        threads_per_core: get::int(t, "threads-per-core"),
        siblings: get::text(t, "siblings"),
        cores: get::cpu_lists(t, "cores"),
        caches: get::cpu_lists(t, "caches"),
        efficiency: get::cpus(t, "efficiency"),
        sockets: get::int(t, "sockets"),
        hugepages: get::sizes(t, "hugepages"),
        devices: items("devices")
            .filter_map(|d| {
                Some(Device {
                    name: get::text(d, "name")?,
                    resource: get::text(d, "resource"),
                    count: get::int(d, "count"),
                    numa: get::int(d, "numa"),
                })
            })
            .collect(),
        numa: items("numa").filter_map(numa).collect(),
        swap: get::bytes(t, "swap"),
        disks: items("disks").filter_map(disk).collect(),
        volumes: get::int(t, "volumes"),
        network: Network {
            enis: get::int(net, "enis"),
            ipv4_per_eni: get::int(net, "ipv4-per-eni"),
            prefix_delegation: get::boolean(net, "prefix-delegation"),
            custom_networking: get::boolean(net, "custom-networking"),
            reserved_enis: get::int(net, "reserved-enis"),
        },
        sysctl: get::counts(t, "sysctl"),
    }
}

fn numa(t: &Table) -> Option<Numa> {
    let distances = t.get("distances").map(Node::items).unwrap_or_default();
    Some(Numa {
        cpus: get::cpus(t, "cpus")?,
        memory: get::bytes(t, "memory")?,
        hugepages: get::sizes(t, "hugepages"),
        distances: distances
            .iter()
            .filter_map(|n| match n.value {
                Val::Int(distance) => Some(At::of(n, distance)),
                _ => None,
            })
            .collect(),
    })
}

fn disk(t: &Table) -> Option<Disk> {
    let holds = t.get("holds").map(Node::items).unwrap_or_default();
    Some(Disk {
        mount: get::text(t, "mount")?,
        kind: get::text(t, "kind"),
        size: get::bytes(t, "size")?,
        iops: get::int(t, "iops"),
        write: get::bytes(t, "write"),
        holds: holds
            .iter()
            .filter_map(|n| match &n.value {
                Val::Text(word) => Some(At::of(n, word.clone())),
                _ => None,
            })
            .collect(),
    })
}

/// Each of nodefs and imagefs lies on one disk, and each mount is stated once.
fn disks(get: &mut Get<'_>, disks: &[Disk]) {
    let mut seen: BTreeMap<String, &At<String>> = BTreeMap::new();
    for disk in disks {
        let words = disk.holds.iter().map(|h| (format!("`{}`", h.value), h));
        for (what, at) in words.chain([(format!("the mount `{}`", disk.mount.value), &disk.mount)]) {
            if let Some(first) = seen.insert(what.clone(), at) {
                let finding = Finding::error("disk-twice", format!("{what} is stated twice"))
                    .at(&get.place(&at.span), "again here")
                    .clash(&get.place(&first.span), "first here");
                get.report(finding);
            }
        }
    }
}

fn workloads(get: &mut Get<'_>, t: &Table) -> Vec<Workload> {
    let items = t.get("workload").map(Node::items).unwrap_or_default();
    let mut out: Vec<Workload> = items
        .iter()
        .filter_map(|item| {
            let w = item.table()?;
            Some(Workload {
                name: get::text(w, "name")?,
                count: get::int(w, "count"),
                share: get::ppm(w, "share"),
                cpu: get::cpu(w, "cpu")?,
                memory: get::bytes(w, "memory")?,
                exclusive: get::boolean(w, "exclusive"),
                hugepages: get::sizes(w, "hugepages"),
                devices: get::counts(w, "devices"),
                volumes: get::int(w, "volumes"),
                host_network: get::boolean(w, "host-network"),
                containers: get::int(w, "containers"),
                connections: get::int(w, "connections"),
                connection_rate: get::int(w, "connection-rate"),
                pids: get::int(w, "pids"),
                habits: habits::habits(w),
            })
        })
        .collect();
    get.unique_names("workload", out.iter().map(|w| &w.name));
    for w in out.iter().filter(|w| w.exclusive.as_ref().is_some_and(|e| e.value)) {
        if w.cpu.value.0 % 1000 != 0 || w.cpu.value.0 == 0 {
            let message = format!("pods of `{}` want CPUs of their own, and ask for {}", w.name.value, w.cpu.value);
            let finding = Finding::error("exclusive-fraction", message)
                .at(&get.place(&w.cpu.span), "not whole CPUs")
                .help("the static CPU manager gives whole CPUs to Guaranteed pods that ask for a whole number of them");
            get.report(finding);
        }
    }
    for w in &out {
        habits::check(get, &w.habits, &w.memory);
        let message = match (&w.count, &w.share) {
            (Some(_), Some(_)) => format!("workload `{}` has both a `count` and a `share`", w.name.value),
            (None, None) => format!("workload `{}` has neither a `count` nor a `share`", w.name.value),
            _ => continue,
        };
        let finding = Finding::error("workload-amount", message)
            .at(&get.place(&w.name.span), "how many of it there are is not clear")
            .help("`count` is pods per node, placed first; `share` is a part of the pods that remain");
        get.report(finding);
    }
    let shares: Vec<&At<i64>> = out.iter().filter_map(|w| w.share.as_ref()).collect();
    let sum: i64 = shares.iter().map(|s| s.value).sum();
    if let Some(last) = shares.iter().max_by_key(|s| s.span.start)
        && (sum - 1_000_000).abs() > shares.len() as i64
    {
        let text = format!("{}.{:06}", sum / 1_000_000, sum % 1_000_000);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        let finding = Finding::error("workload-shares", format!("the shares of a class sum to {text}, not to 1"))
            .at(&get.place(&last.span), "the last of them");
        get.report(finding);
    }
    out.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    out
}

impl Get<'_> {
    /// Names within one list stand for one thing each.
    pub(super) fn unique_names<'n>(&mut self, what: &str, names: impl Iterator<Item = &'n At<String>>) {
        let mut seen: BTreeMap<&str, &At<String>> = BTreeMap::new();
        for name in names {
            if let Some(first) = seen.insert(&name.value, name) {
                let finding = Finding::error("name-twice", format!("the {what} `{}` is stated twice", name.value))
                    .at(&self.place(&name.span), "again here")
                    .clash(&self.place(&first.span), "first here");
                self.report(finding);
            }
        }
    }
}
