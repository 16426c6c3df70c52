//! What the plan says of one class: read from `plan.json` alone, as an operator's tools would.

use super::mix::{self, Kind};
use plimsoll::quantity::{Bytes, GoDuration, Milli, Threshold};
use serde_json::Value;

/// A class as planned. Memory in KiB, CPU in micro-CPU, disks in KiB, times in seconds.
#[derive(Clone, Debug)]
pub struct Node {
    /// Example and class.
    pub name: String,
    /// Policy that reserved.
    pub policy: String,
    /// Percent of nodes under pressure on which the plan says that its reservations hold; a published formula says none.
    pub promised: Option<usize>,
    /// Memory that the kernel reports.
    pub memory: i64,
    /// Reserved memory: kubeReserved and systemReserved.
    pub reserved: i64,
    /// CPUs.
    pub cpus: i64,
    /// Reserved micro-CPU, and what the kernel's weights leave the system when pods want everything.
    pub reserved_cpu: i64,
    pub weighed_cpu: i64,
    /// Hard and soft memory thresholds, the soft one's grace, and what is freed beyond.
    pub hard: i64,
    pub soft: Option<(i64, i64)>,
    pub reclaim: i64,
    /// Pods, and tasks that a pod may have.
    pub pods: i64,
    pub pod_tasks: i64,
    /// Tasks of the node, and how many must stay free.
    pub tasks: i64,
    pub tasks_free: i64,
    /// Entries of the connection table, and seconds that a half-closed one stays.
    pub entries: i64,
    pub close_wait: i64,
    /// The disk, when its size is stated: KiB, KiB to keep free, collection's percentages, KiB/s that pulls may write.
    pub disk: Option<Disk>,
    /// Size of a log file in bytes, and files.
    pub log: (i64, i64),
    /// Images pulled at once.
    pub pulls: i64,
    /// What runs on it.
    pub kinds: Vec<Kind>,
}

/// The disk of images, logs and volumes.
#[derive(Clone, Copy, Debug)]
pub struct Disk {
    pub size: i64,
    pub free: i64,
    pub high: i64,
    pub low: i64,
}

/// Classes of an example, planned.
pub fn of_example(example: &str) -> Vec<Node> {
    let text = super::common::example(example);
    let document = super::common::document(&super::common::plan(&text).plan());
    let spec: toml::Table = toml::from_str(&text).unwrap();
    let classes = document["nodeClasses"].as_object().unwrap();
    let shared = &document["clusterValues"];
    classes.iter().map(|(name, class)| node(format!("{example}/{name}"), class, shared, mix::of(&spec, name))).collect()
}

impl Node {
    /// The same node with a part of its reservations, in percent. Eviction stays.
    pub fn with_reservations(&self, percent: i64) -> Self {
        let mut out = self.clone();
        out.reserved = self.reserved * percent / 100;
        out.reserved_cpu = self.reserved_cpu * percent / 100;
        out.weighed_cpu = weighed(self.cpus, out.reserved_cpu);
        out
    }

    /// Most that all pods' cgroups may hold together. The kubelet sets it to capacity less reservations: the hard
    /// threshold is taken off allocatable, not off the cgroup (pkg/kubelet/cm/node_container_manager_linux.go).
    pub fn pods_limit(&self) -> i64 {
        self.memory - self.reserved
    }
}

/// Micro-CPU that system.slice gets beside pods that take all they can: its weight of 100 (systemd's default) against that
/// of kubepods, which the kubelet makes of capacity less reservations: milli-CPU to shares (1024 a CPU), shares to weight
/// (1 + (shares - 2) * 9999 / 262142, opencontainers/cgroups ConvertCPUSharesToCgroupV2Value).
fn weighed(cpus: i64, reserved: i64) -> i64 {
    let shares = (cpus * 1_000_000 - reserved) / 1000 * 1024 / 1000;
    let pods = 1 + (shares - 2).max(0) * 9999 / 262_142;
    cpus * 1_000_000 * 100 / (100 + pods)
}

fn node(name: String, class: &Value, shared: &Value, kinds: Vec<Kind>) -> Node {
    let value = |tunable: &str| &class["values"][tunable]["value"];
    let text = |tunable: &str| value(tunable).as_str();
    let kib = |tunable: &str| text(tunable).map_or(0, |t| Bytes::parse(t).unwrap().0 / 1024);
    let milli = |tunable: &str| text(tunable).map_or(0, |t| Milli::parse(t).unwrap().0);
    let seconds = |t: &str| GoDuration::parse(t).unwrap().0 / GoDuration::SECOND;
    let machine = &class["machine"];
    let number = |key: &str| machine[key].as_i64();
    let (memory, cpus) = (number("memoryBytes").unwrap() / 1024, number("cpus").unwrap());
    let threshold = |tunable: &str, of: i64| text(tunable).map_or(0, |t| Threshold::parse(t).unwrap().of(Bytes(of)).0);
    let soft = threshold("kubelet/evictionSoft.memory.available", memory * 1024) / 1024;
    let grace = text("kubelet/evictionSoftGracePeriod.memory.available").map(seconds);
    let tasks = machine["sysctl"]["kernel.pid_max"].as_i64().unwrap();
    let disk = number("ephemeralStorageBytes").map(|size| {
        let hard = ["nodefs", "imagefs"].map(|fs| threshold(&format!("kubelet/evictionHard.{fs}.available"), size));
        let percent = |tunable: &str| value(tunable).as_i64().unwrap();
        Disk {
            size: size / 1024,
            free: hard[0].max(hard[1]) / 1024,
            high: percent("kubelet/imageGCHighThresholdPercent"),
            low: percent("kubelet/imageGCLowThresholdPercent"),
        }
    });
    // kube-proxy: the larger of so many per core and the minimum; a larger value of the host's stays.
    let proxy = |path: &str| shared[format!("kube-proxy/conntrack.{path}")]["value"].clone();
    let host = machine["sysctl"]["net.netfilter.nf_conntrack_max"].as_i64().unwrap_or(0);
    let table = (proxy("maxPerCore").as_i64().unwrap() * cpus).max(proxy("min").as_i64().unwrap()).max(host);
    let reserved_cpu = (milli("kubelet/kubeReserved.cpu") + milli("kubelet/systemReserved.cpu")) * 1000;
    let serial = value("kubelet/serializeImagePulls").as_bool().unwrap_or(true);
    Node {
        promised: class["costLevel"]["quantile"].as_f64().map(|share| (share * 100.0).round() as usize),
        policy: class["reservation"].as_str().unwrap_or("fitted").to_string(),
        name,
        memory,
        reserved: kib("kubelet/kubeReserved.memory") + kib("kubelet/systemReserved.memory"),
        cpus,
        reserved_cpu,
        weighed_cpu: weighed(cpus, reserved_cpu),
        hard: threshold("kubelet/evictionHard.memory.available", memory * 1024) / 1024,
        soft: grace.map(|grace| (soft, grace)),
        reclaim: kib("kubelet/evictionMinimumReclaim.memory.available"),
        pods: value("kubelet/maxPods").as_i64().unwrap(),
        pod_tasks: value("kubelet/podPidsLimit").as_i64().filter(|n| *n > 0).unwrap_or(tasks),
        tasks,
        tasks_free: threshold("kubelet/evictionHard.pid.available", tasks),
        entries: table,
        close_wait: proxy("tcpCloseWaitTimeout").as_str().map_or(3600, seconds),
        disk,
        log: (
            text("kubelet/containerLogMaxSize").map_or(10 << 20, |t| Bytes::parse(t).unwrap().0),
            value("kubelet/containerLogMaxFiles").as_i64().unwrap_or(5),
        ),
        pulls: if serial { 1 } else { value("kubelet/maxParallelImagePulls").as_i64().unwrap_or(i64::MAX) },
        kinds,
    }
}
