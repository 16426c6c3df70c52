//! A machine with its pods, as plain numbers, and the spec that says the same in TOML.

use std::collections::BTreeMap;
use std::fmt::Write;

/// How the spec says which CPUs share a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Siblings {
    /// `siblings = "adjacent"`.
    Adjacent,
    /// `siblings = "split"`.
    Split,
    /// Every core by itself.
    Listed,
    /// Not at all: one thread per core is not stated either.
    Unknown,
}

/// A NUMA node.
#[derive(Clone, Debug)]
pub struct Node {
    /// Physical cores with their CPUs.
    pub cores: Vec<Vec<u32>>,
    /// MiB.
    pub memory: i64,
    /// MiB in huge pages by page size.
    pub pages: BTreeMap<&'static str, i64>,
    /// Devices by extended resource.
    pub devices: BTreeMap<&'static str, i64>,
    /// Whether its CPUs share two caches.
    pub cached: bool,
}

impl Node {
    /// How many CPUs.
    pub fn cpus(&self) -> i64 {
        self.cores.iter().map(Vec::len).sum::<usize>() as i64
    }

    /// Every CPU.
    pub fn all(&self) -> Vec<u32> {
        let mut out: Vec<u32> = self.cores.iter().flatten().copied().collect();
        out.sort_unstable();
        out
    }

    /// Bytes that are not in huge pages.
    pub fn ordinary(&self) -> i64 {
        (self.memory - self.pages.values().sum::<i64>()) << 20
    }
}

/// A kind of pod.
#[derive(Clone, Debug)]
pub struct Pod {
    /// Name.
    pub name: String,
    /// Pods per node, where it is placed first.
    pub count: Option<i64>,
    /// Millionths of the other pods, else.
    pub share: i64,
    /// Thousandths of a CPU.
    pub cpu: i64,
    /// MiB.
    pub memory: i64,
    /// CPUs of its own.
    pub exclusive: bool,
    /// MiB by page size.
    pub pages: BTreeMap<&'static str, i64>,
    /// Devices by extended resource.
    pub devices: BTreeMap<&'static str, i64>,
    /// Containers.
    pub containers: i64,
}

/// A spec of one class.
#[derive(Clone)]
pub struct Spec {
    /// Kubernetes minor.
    pub minor: u32,
    /// Goal.
    pub goal: &'static str,
    /// Reservation policy.
    pub policy: &'static str,
    /// NUMA nodes.
    pub nodes: Vec<Node>,
    /// Whether they are stated as NUMA nodes; else there is one.
    pub stated: bool,
    /// Threads of a core, the most of any.
    pub threads: i64,
    /// How cores are stated.
    pub siblings: Siblings,
    /// CPUs of efficiency cores.
    pub efficiency: Vec<u32>,
    /// Distance to the nearest and to other nodes.
    pub distances: Option<(i64, i64)>,
    /// Devices on no node.
    pub loose: BTreeMap<&'static str, i64>,
    /// `pack` or `spread`.
    pub place: Option<&'static str>,
    /// Whether the system's CPUs are near the first device on a node.
    pub near: bool,
    /// Pods.
    pub pods: Vec<Pod>,
    /// Pins: tunable and TOML text.
    pub pins: BTreeMap<&'static str, String>,
}

impl std::fmt::Debug for Spec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}

/// `0-3,8`.
pub fn cpu_list(cpus: &[u32]) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while at < cpus.len() {
        let from = at;
        while at + 1 < cpus.len() && cpus[at + 1] == cpus[at] + 1 {
            at += 1;
        }
        out.push(if from == at { cpus[at].to_string() } else { format!("{}-{}", cpus[from], cpus[at]) });
        at += 1;
    }
    out.join(",")
}

fn table<V: std::fmt::Display>(map: &BTreeMap<&str, V>, unit: &str) -> String {
    let quote = if unit.is_empty() { "" } else { "\"" };
    let parts: Vec<String> = map.iter().map(|(k, v)| format!("\"{k}\" = {quote}{v}{unit}{quote}")).collect();
    format!("{{ {} }}", parts.join(", "))
}

impl Spec {
    /// All CPUs.
    pub fn cpus(&self) -> i64 {
        self.nodes.iter().map(Node::cpus).sum()
    }

    /// All memory in bytes.
    pub fn memory(&self) -> i64 {
        self.nodes.iter().map(|n| n.memory << 20).sum()
    }

    /// Whether cores differ in their number of threads.
    pub fn hybrid(&self) -> bool {
        self.nodes.iter().flat_map(|n| &n.cores).any(|c| c.len() as i64 != self.threads)
    }

    /// The device that the system's CPUs are near, with its node.
    pub fn near_device(&self) -> Option<(usize, &'static str)> {
        let first = self.nodes.iter().enumerate().find_map(|(at, n)| Some((at, *n.devices.keys().next()?)));
        first.filter(|_| self.near && self.stated)
    }

    /// The text of the spec.
    pub fn text(&self) -> String {
        let mut parts = vec![self.head(), self.hardware()];
        parts.extend(self.pods.iter().map(pod));
        if !self.pins.is_empty() {
            let pins: Vec<String> = self.pins.iter().map(|(name, text)| format!("\"{name}\" = {text}\n")).collect();
            parts.push(format!("[node-class.a.pin]\n{}", pins.concat()));
        }
        parts.join("\n")
    }

    /// The text of the spec with its tables in reverse order.
    pub fn reversed(&self) -> String {
        let mut parts: Vec<String> = self.pods.iter().rev().map(pod).collect();
        parts.push(self.hardware());
        parts.push(self.head());
        if !self.pins.is_empty() {
            let pins: Vec<String> =
                self.pins.iter().rev().map(|(name, text)| format!("\"{name}\" = {text}\n")).collect();
            parts.insert(0, format!("[node-class.a.pin]\n{}", pins.concat()));
        }
        parts.join("\n")
    }

    fn head(&self) -> String {
        let mut out = format!(
            "[cluster]\nname = \"aligned\"\nkubernetes = \"1.{}\"\ncni = \"other\"\n\n[node-class.a]\ncount = 3\n\
             goal = \"{}\"\nreservation = \"{}\"\nos = {{ kernel = \"6.8\", pid-max = 4194304 }}\n",
            self.minor, self.goal, self.policy
        );
        let near = self.near_device().map(|(_, name)| format!("near = \"{name}\""));
        let place = self.place.map(|p| format!("place = \"{p}\""));
        let both: Vec<String> = place.into_iter().chain(near).collect();
        if !both.is_empty() {
            let _ = writeln!(out, "system-cpus = {{ {} }}", both.join(", "));
        }
        out
    }

    fn hardware(&self) -> String {
        let mut out = String::from("[node-class.a.hardware]\n");
        if self.stated {
            let nodes: Vec<String> = (0..self.nodes.len()).map(|at| self.node(at)).collect();
            let _ = writeln!(out, "numa = [\n{}]", nodes.concat());
        } else {
            let node = &self.nodes[0];
            let _ = writeln!(out, "cpus = {}\nmemory = \"{}Mi\"", node.cpus(), node.memory);
            if !node.pages.is_empty() {
                let _ = writeln!(out, "hugepages = {}", table(&node.pages, "Mi"));
            }
        }
        let cores = || self.nodes.iter().flat_map(|n| &n.cores).map(|c| format!("\"{}\"", cpu_list(c)));
        match self.siblings {
            Siblings::Adjacent | Siblings::Split => {
                let _ = writeln!(out, "threads-per-core = {}", self.threads);
                if self.threads > 1 {
                    let word = if self.siblings == Siblings::Split { "split" } else { "adjacent" };
                    let _ = writeln!(out, "siblings = \"{word}\"");
                }
            }
            Siblings::Listed => {
                let _ = writeln!(out, "cores = [{}]", cores().collect::<Vec<_>>().join(", "));
            }
            Siblings::Unknown => {}
        }
        if !self.efficiency.is_empty() {
            let _ = writeln!(out, "efficiency = \"{}\"", cpu_list(&self.efficiency));
        }
        let caches: Vec<String> = self
            .nodes
            .iter()
            .filter(|n| n.cached && n.cores.len() > 1)
            .flat_map(|n| n.cores.chunks(n.cores.len().div_ceil(2)))
            .map(|half| {
                let mut cpus: Vec<u32> = half.iter().flatten().copied().collect();
                cpus.sort_unstable();
                format!("\"{}\"", cpu_list(&cpus))
            })
            .collect();
        if !caches.is_empty() {
            let _ = writeln!(out, "caches = [{}]", caches.join(", "));
        }
        let mut devices: Vec<String> = Vec::new();
        for (at, node) in self.nodes.iter().enumerate().filter(|_| self.stated) {
            let on = |(name, n): (&&str, &i64)| format!("  {{ name = \"{name}\", count = {n}, numa = {at} }},\n");
            devices.extend(node.devices.iter().map(on));
        }
        devices.extend(self.loose.iter().map(|(name, n)| format!("  {{ name = \"{name}\", count = {n} }},\n")));
        if !devices.is_empty() {
            let _ = writeln!(out, "devices = [\n{}]", devices.concat());
        }
        out + "disks = [{ mount = \"/\", kind = \"nvme\", size = \"3Ti\", write = \"1Gi/s\", holds = [\"nodefs\", \"imagefs\"] }]\n"
    }

    fn node(&self, at: usize) -> String {
        let node = &self.nodes[at];
        let mut out = format!("  {{ cpus = \"{}\", memory = \"{}Mi\"", cpu_list(&node.all()), node.memory);
        if !node.pages.is_empty() {
            let _ = write!(out, ", hugepages = {}", table(&node.pages, "Mi"));
        }
        if let Some((near, far)) = self.distances {
            let to = |other: usize| match other {
                _ if other == at => 10,
                _ if other / 2 == at / 2 => near,
                _ => far,
            };
            let _ = write!(out, ", distances = {:?}", (0..self.nodes.len()).map(to).collect::<Vec<_>>());
        }
        out + " },\n"
    }
}

fn pod(pod: &Pod) -> String {
    let amount = match pod.count {
        Some(count) => format!("count = {count}"),
        None => format!("share = {}.{:06}", pod.share / 1_000_000, pod.share % 1_000_000),
    };
    let mut out = format!(
        "[[node-class.a.workload]]\nname = \"{}\"\n{amount}\ncpu = \"{}m\"\nmemory = \"{}Mi\"\ncontainers = {}\n",
        pod.name, pod.cpu, pod.memory, pod.containers
    );
    if pod.exclusive {
        out.push_str("exclusive = true\n");
    }
    if !pod.pages.is_empty() {
        let _ = writeln!(out, "hugepages = {}", table(&pod.pages, "Mi"));
    }
    if !pod.devices.is_empty() {
        let _ = writeln!(out, "devices = {}", table(&pod.devices, ""));
    }
    out
}
