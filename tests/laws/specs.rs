//! Random specs: one to three classes of any size, with any policy, goal, disks and pins that a person might write.

use proptest::prelude::*;
use std::fmt::Write;

/// One kind of pod, with every demand stated, so that the tests need nobody's typical figures.
#[derive(Clone, Debug)]
pub struct Pod {
    /// Pods per node, or nothing for a share of the rest.
    pub count: Option<i64>,
    /// Thousandths of a core.
    pub cpu: i64,
    /// MiB.
    pub memory: i64,
    /// Containers.
    pub containers: i64,
    /// Long-lived connections.
    pub connections: i64,
    /// Uses the node's address.
    pub host: bool,
}

/// One class.
#[derive(Clone, Debug)]
pub struct Class {
    /// Nodes.
    pub count: i64,
    /// Logical CPUs.
    pub cpus: i64,
    /// MiB.
    pub memory: i64,
    /// Whether memory is the vendor's figure.
    pub nominal: bool,
    /// GiB of nodefs, and of imagefs where it is its own.
    pub disks: (Option<i64>, Option<i64>),
    /// Other lines of the class's table.
    pub lines: Vec<String>,
    /// Pods; shares are equal.
    pub pods: Vec<Pod>,
    /// Pins.
    pub pins: Vec<String>,
}

/// A spec.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Kubernetes minor.
    pub minor: u32,
    /// Network plugin.
    pub cni: &'static str,
    /// Length of the cluster's IPv4 prefix.
    pub prefix: u32,
    /// Classes.
    pub classes: Vec<Class>,
}

fn pod() -> impl Strategy<Value = Pod> {
    let count = prop::option::weighted(0.3, 1_i64..12);
    (count, 0_i64..1_500, 0_i64..3_000, 1_i64..5, 0_i64..600, any::<bool>()).prop_map(
        |(count, cpu, memory, containers, connections, host)| Pod {
            count,
            cpu,
            memory,
            containers,
            connections,
            host: host && count.is_some(),
        },
    )
}

fn lines() -> impl Strategy<Value = Vec<String>> {
    let goal = prop::sample::select(vec!["density", "balanced", "latency"]).prop_map(|g| format!("goal = \"{g}\""));
    let policy = prop::sample::select(vec!["fitted", "eks", "gke", "aks", "openshift"])
        .prop_map(|p| format!("reservation = \"{p}\""));
    let runtime =
        prop::sample::select(vec!["containerd", "crio"]).prop_map(|r| format!("runtime = {{ name = \"{r}\" }}"));
    let kernel = prop::sample::select(vec![
        "",
        "kernel = \"6.8\"",
        "kernel = \"5.4\", pid-max = 32768",
        "cgroup = 1",
        "pid-max = 4194304",
    ]);
    (goal, policy, runtime, kernel.prop_map(|k| format!("os = {{ {k} }}"))).prop_map(|(a, b, c, d)| vec![a, b, c, d])
}

fn pin() -> impl Strategy<Value = String> {
    let size = (1_i64..8_192).prop_map(|n| format!("{n}Mi"));
    prop_oneof![
        (1_i64..600).prop_map(|n| format!("\"kubelet/maxPods\" = {n}")),
        (1_i64..300, 0_i64..300).prop_map(|(a, b)| format!("\"kubelet/maxPods\" = {{ min = {a}, max = {} }}", a + b)),
        (1_i64..300).prop_map(|n| format!("\"kubelet/maxPods\" = {{ max = {n} }}")),
        size.prop_map(|t| format!("\"kubelet/evictionHard.memory.available\" = \"{t}\"")),
        (1_i64..60).prop_map(|n| format!("\"kubelet/evictionHard.nodefs.available\" = \"{n}%\"")),
        (1_i64..60).prop_map(|n| format!("\"kubelet/evictionSoft.imagefs.available\" = \"{n}%\"")),
        (1_i64..100).prop_map(|n| format!("\"kubelet/imageGCHighThresholdPercent\" = {n}")),
        (1_i64..100).prop_map(|n| format!("\"kubelet/imageGCLowThresholdPercent\" = {n}")),
        (1_i64..20).prop_map(|n| format!("\"kubelet/maxParallelImagePulls\" = {n}")),
        (64_i64..20_000).prop_map(|n| format!("\"kubelet/podPidsLimit\" = {n}")),
        (1_i64..200).prop_map(|n| format!("\"kubelet/containerLogMaxSize\" = \"{n}Mi\"")),
        (2_i64..20).prop_map(|n| format!("\"kubelet/containerLogMaxFiles\" = {{ min = {n} }}")),
        Just("\"kubelet/serializeImagePulls\" = true".to_string()),
        Just("\"kubelet/cpuManagerPolicy\" = \"static\"".to_string()),
        Just("\"kubelet/memoryManagerPolicy\" = \"Static\"".to_string()),
    ]
}

/// Pins on what is reserved.
fn reservation_pin() -> impl Strategy<Value = String> {
    let (size, cpu) = (1_i64..8_192, 0_i64..4_000);
    (prop::sample::select(vec!["kubeReserved", "systemReserved"]), size, cpu, 0_usize..4).prop_map(
        |(field, size, cpu, form)| match form {
            0 => format!("\"kubelet/{field}.memory\" = \"{size}Mi\""),
            1 => format!("\"kubelet/{field}.memory\" = {{ min = \"{size}Mi\" }}"),
            2 => format!("\"kubelet/{field}.cpu\" = \"{cpu}m\""),
            _ => format!("\"kubelet/{field}.cpu\" = {{ max = \"{cpu}m\" }}"),
        },
    )
}

fn class(pins: BoxedStrategy<Vec<String>>) -> impl Strategy<Value = Class> {
    let cpus = prop_oneof![1_i64..9, 1_i64..257];
    let memory = prop_oneof![256_i64..16_384, 1_024_i64..4_194_304];
    let disks = (prop::option::weighted(0.8, 1_i64..4_000), prop::option::weighted(0.3, 1_i64..2_000))
        .prop_map(|(n, i)| (n, n.and(i)));
    let pods = prop::collection::vec(pod(), 1..4);
    (0_i64..300, cpus, memory, any::<bool>(), disks, lines(), pods, pins).prop_map(
        |(count, cpus, memory, nominal, disks, lines, pods, mut pins)| {
            // A key stands once in a TOML table.
            pins.sort_by_key(|p| p.split(' ').next().map(ToString::to_string));
            pins.dedup_by_key(|p| p.split(' ').next().map(ToString::to_string));
            Class { count, cpus, memory, nominal, disks, lines, pods, pins }
        },
    )
}

fn spec(pins: BoxedStrategy<Vec<String>>) -> impl Strategy<Value = Spec> {
    let cni = prop::sample::select(vec!["flannel", "cilium", "calico", "other"]);
    let classes = prop::collection::vec(class(pins), 1..4);
    (25_u32..38, cni, 8_u32..19, classes).prop_map(|(minor, cni, prefix, classes)| Spec { minor, cni, prefix, classes })
}

/// Any spec, with pins on anything but reservations.
pub fn any_spec() -> impl Strategy<Value = Spec> {
    spec(prop::collection::vec(pin(), 0..3).boxed())
}

/// Specs whose classes each pin one reservation.
pub fn reserving_spec() -> impl Strategy<Value = Spec> {
    spec(prop::collection::vec(reservation_pin(), 1..2).boxed())
}

impl Spec {
    /// The spec as a person would write it.
    pub fn text(&self) -> String {
        let mut out = format!(
            "[cluster]\nname = \"random\"\nkubernetes = \"1.{}\"\ncni = \"{}\"\npod-cidrs = [\"10.0.0.0/{}\"]\n",
            self.minor, self.cni, self.prefix
        );
        for (at, class) in self.classes.iter().enumerate() {
            let _ = write!(out, "\n[node-class.c{at}]\ncount = {}\n{}\n", class.count, class.lines.join("\n"));
            let basis = if class.nominal { "memory-nominal" } else { "memory" };
            let _ =
                writeln!(out, "\n[node-class.c{at}.hardware]\ncpus = {}\n{basis} = \"{}Mi\"", class.cpus, class.memory);
            match class.disks {
                (None, _) => {}
                (Some(node), None) => {
                    let _ = writeln!(
                        out,
                        "disks = [{{ mount = \"/\", size = \"{node}Gi\", write = \"200Mi/s\", holds = [\"nodefs\", \"imagefs\"] }}]"
                    );
                }
                (Some(node), Some(image)) => {
                    let _ = writeln!(
                        out,
                        "disks = [{{ mount = \"/\", size = \"{node}Gi\", holds = [\"nodefs\"] }}, {{ mount = \"/i\", kind = \"ssd\", size = \"{image}Gi\", iops = 9000, holds = [\"imagefs\"] }}]"
                    );
                }
            }
            let shares = class.pods.iter().filter(|p| p.count.is_none()).count() as i64;
            let mut left = 1_000_000;
            let mut open = shares;
            for (number, pod) in class.pods.iter().enumerate() {
                let amount = match pod.count {
                    Some(count) => format!("count = {count}"),
                    None => {
                        let share = left / open;
                        (left, open) = (left - share, open - 1);
                        format!("share = {}.{:06}", share / 1_000_000, share % 1_000_000)
                    }
                };
                let _ = writeln!(
                    out,
                    "\n[[node-class.c{at}.workload]]\nname = \"w{number}\"\n{amount}\ncpu = \"{}m\"\nmemory = \"{}Mi\"\ncontainers = {}\nconnections = {}\nhost-network = {}",
                    pod.cpu, pod.memory, pod.containers, pod.connections, pod.host
                );
            }
            if !class.pins.is_empty() {
                let _ = writeln!(out, "\n[node-class.c{at}.pin]\n{}", class.pins.join("\n"));
            }
        }
        out
    }
}
