//! Random machines of one to twelve NUMA nodes with pods on them, for proptest: every choice is a number that shrinks.

use super::spec::{Node, Pod, Siblings, Spec};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What a node is drawn from.
#[derive(Clone, Debug)]
struct RawNode {
    cores: i64,
    gib: i64,
    odd: i64,
    pages: (u8, i64),
    devices: (u8, i64),
    cached: bool,
    gap: u8,
}

/// What a pod is drawn from: CPUs in eighths of a node or as a number, memory alike.
#[derive(Clone, Debug)]
struct RawPod {
    count: Option<i64>,
    weight: i64,
    exclusive: bool,
    cpu: (u8, i64),
    memory: (u8, i64),
    extra: (u8, i64),
    containers: i64,
}

fn node() -> impl Strategy<Value = RawNode> {
    let cores = prop_oneof![4 => 1_i64..9, 3 => 8_i64..33, 1 => 32_i64..97];
    let gib = prop_oneof![3 => 4_i64..32, 2 => 32_i64..513];
    (cores, gib, 0_i64..1024, (0_u8..10, 1_i64..9), (0_u8..6, 1_i64..9), any::<bool>(), 0_u8..12).prop_map(
        |(cores, gib, odd, pages, devices, cached, gap)| RawNode { cores, gib, odd, pages, devices, cached, gap },
    )
}

fn pod() -> impl Strategy<Value = RawPod> {
    let count = prop::option::weighted(0.6, prop_oneof![3 => 1_i64..5, 1 => 1_i64..13]);
    let cpu = (0_u8..10, 1_i64..17);
    let memory = (0_u8..10, 1_i64..17);
    (count, 1_i64..1000, prop::bool::weighted(0.6), cpu, memory, (0_u8..14, 1_i64..5), 1_i64..4).prop_map(
        |(count, weight, exclusive, cpu, memory, extra, containers)| RawPod {
            count,
            weight,
            exclusive,
            cpu,
            memory,
            extra,
            containers,
        },
    )
}

/// Any spec.
pub fn any_spec() -> impl Strategy<Value = Spec> {
    let several = prop_oneof![2 => 1_usize..2, 6 => 2_usize..5, 3 => 5_usize..9, 1 => 9_usize..13];
    let equal = (several.clone(), node()).prop_map(|(n, one)| vec![one; n]);
    let unequal = several.prop_flat_map(|n| prop::collection::vec(node(), n));
    let nodes = prop_oneof![3 => equal, 2 => unequal];
    let shape = (0_u8..8, prop::sample::select(vec![1_i64, 2, 2, 2, 4]), 0_u8..10, 0_u8..8, 0_u8..6);
    let words = (
        25_u32..38,
        prop::sample::select(vec!["density", "balanced", "latency"]),
        prop::sample::select(vec!["fitted", "fitted", "eks", "gke", "aks", "openshift"]),
        prop::sample::select(vec![None, None, Some("pack"), Some("spread")]),
    );
    let pods = prop::collection::vec(pod(), 1..5);
    (nodes, shape, words, pods, pins())
        .prop_map(|(nodes, shape, words, pods, pins)| build(nodes, shape, words, pods, pins))
}

type Shape = (u8, i64, u8, u8, u8);
type Words = (u32, &'static str, &'static str, Option<&'static str>);
type RawPins = (u8, i64, u8, i64);

fn pins() -> impl Strategy<Value = RawPins> {
    (0_u8..40, 0_i64..64, 0_u8..24, 1_i64..6)
}

fn build(raw: Vec<RawNode>, shape: Shape, words: Words, raw_pods: Vec<RawPod>, raw_pins: RawPins) -> Spec {
    let (form, mut threads, distances, loose, near) = shape;
    let siblings = match form {
        0..=2 => Siblings::Split,
        3..=4 => Siblings::Adjacent,
        5..=6 => Siblings::Listed,
        _ => Siblings::Unknown,
    };
    if siblings == Siblings::Unknown {
        threads = 1;
    }
    // One that is listed may be a hybrid: some cores with one thread.
    let hybrid = siblings == Siblings::Listed && threads == 2 && form == 6;
    let stated = raw.len() > 1 || near > 1;
    let mut efficiency = Vec::new();
    let nodes = cores(&raw, threads, siblings, hybrid, stated, &mut efficiency);
    let nodes: Vec<Node> = nodes
        .into_iter()
        .zip(&raw)
        .map(|(cores, raw)| {
            let memory = raw.gib * 1024 - raw.odd;
            let share = |eighths: i64, page: i64| memory * eighths / 16 / page * page;
            let pages = match raw.pages {
                (0, n) => BTreeMap::from([("2Mi", share(n, 2))]),
                (1, n) => BTreeMap::from([("1Gi", share(n, 1024))]),
                (2, n) => BTreeMap::from([("1Gi", share(n / 2, 1024)), ("2Mi", share(n / 2, 2))]),
                _ => BTreeMap::new(),
            };
            let pages = pages.into_iter().filter(|(_, mib)| *mib > 0).collect();
            let devices = match raw.devices {
                (0, n) if stated => BTreeMap::from([("example.com/gpu", n)]),
                (1, _) if stated => BTreeMap::from([("eth0", 1)]),
                _ => BTreeMap::new(),
            };
            Node { cores, memory, pages, devices, cached: raw.cached && siblings != Siblings::Unknown }
        })
        .collect();
    let on_node = |name: &str| nodes.iter().any(|n| n.devices.contains_key(name));
    let loose = if loose == 0 && !on_node("example.com/gpu") {
        BTreeMap::from([("example.com/gpu", 4)])
    } else {
        BTreeMap::new()
    };
    let (minor, goal, policy, place) = words;
    let mut spec = Spec {
        minor,
        goal,
        policy,
        stated,
        threads,
        siblings,
        efficiency,
        distances: if stated {
            [Some((11, 21)), Some((20, 20))].get(usize::from(distances)).copied().flatten()
        } else {
            None
        },
        loose,
        place,
        near: near == 0 || near == 2,
        pods: Vec::new(),
        pins: BTreeMap::new(),
        nodes,
    };
    spec.pods = pods(&raw_pods, &spec);
    spec.pins = pinned(raw_pins, &spec);
    spec
}

/// Cores of every node, numbered as asked, with a core offline here and there.
fn cores(
    raw: &[RawNode],
    threads: i64,
    siblings: Siblings,
    hybrid: bool,
    stated: bool,
    efficiency: &mut Vec<u32>,
) -> Vec<Vec<Vec<u32>>> {
    let mut next = 0_u32;
    let per = threads as u32;
    let mut out = Vec::new();
    for (at, node) in raw.iter().enumerate() {
        let count = node.cores as u32;
        let mut own: Vec<Vec<u32>> = (0..count)
            .map(|core| match siblings {
                Siblings::Adjacent => (0..per).map(|t| next + core * per + t).collect(),
                _ => (0..per).map(|t| next + t * count + core).collect(),
            })
            .collect();
        next += count * per;
        // Offline: numbers that are missing inside a node, and between two.
        if stated && node.gap == 0 && own.len() > 2 {
            own.remove(own.len() / 2);
        }
        if stated && node.gap == 1 {
            next += 4;
        }
        if hybrid && (at % 2 == 0 || node.gap < 6) {
            let from = own.len() / 2;
            for core in &mut own[from..] {
                core.truncate(1);
                efficiency.extend(core.iter());
            }
        }
        out.push(own);
    }
    efficiency.sort_unstable();
    out
}

fn pods(raw: &[RawPod], spec: &Spec) -> Vec<Pod> {
    let largest = spec.nodes.iter().map(Node::cpus).max().unwrap_or(1);
    let memory = spec.nodes.iter().map(|n| n.memory).max().unwrap_or(1);
    let mut pods: Vec<Pod> = Vec::new();
    for (at, raw) in raw.iter().enumerate() {
        let cpus = match raw.cpu {
            (0..=3, n) => n.min(8),
            (4..=7, n) => (largest * n / 16).max(1),
            // More than a node has.
            (8, n) => largest + (largest * n / 8).max(1),
            (_, _) => 1,
        };
        let mib = match raw.memory {
            // As wide by memory as by CPUs: the managers refuse what differs.
            (0..=6, n) if cpus > largest => memory * cpus / largest - n,
            (0..=4, n) => n * 256,
            (5..=7, n) => memory * n / 32,
            (8, n) => memory * n / 16,
            (_, n) => n * 8,
        };
        let node_pages = spec.nodes.iter().flat_map(|n| &n.pages).find(|(_, mib)| **mib > 0);
        let pages = match (raw.extra, node_pages) {
            ((0, n), Some((size, mib))) => {
                let page = if *size == "1Gi" { 1024 } else { 2 };
                BTreeMap::from([(*size, (mib * n / 8 / page * page).max(page))])
            }
            _ => BTreeMap::new(),
        };
        let has = |name: &str| spec.loose.contains_key(name) || spec.nodes.iter().any(|n| n.devices.contains_key(name));
        let devices = match raw.extra {
            (1..=3, n) if has("example.com/gpu") => BTreeMap::from([("example.com/gpu", n.min(2))]),
            _ => BTreeMap::new(),
        };
        pods.push(Pod {
            name: format!("w{at}"),
            count: raw.count,
            share: raw.weight,
            cpu: if raw.exclusive { cpus * 1000 } else { cpus * raw.weight % 2000 },
            memory: mib.max(1),
            exclusive: raw.exclusive,
            pages,
            devices,
            containers: raw.containers,
        });
    }
    let total: i64 = pods.iter().filter(|p| p.count.is_none()).map(|p| p.share).sum();
    let mut left = 1_000_000;
    let last = pods.iter().rposition(|p| p.count.is_none());
    for (at, pod) in pods.iter_mut().enumerate().filter(|(_, p)| p.count.is_none()) {
        pod.share = if Some(at) == last { left } else { (pod.share * 1_000_000 / total).max(1) };
        left -= pod.share;
    }
    pods
}

/// A pin now and then.
fn pinned(raw: RawPins, spec: &Spec) -> BTreeMap<&'static str, String> {
    let (which, size, other, count) = raw;
    let mut out = BTreeMap::new();
    let mut pin = |name, text: String| {
        out.insert(name, text);
    };
    match which {
        0 => pin("kubelet/kubeReserved.memory", format!("\"{}Mi\"", 2000 + size * 111)),
        1 => pin("kubelet/systemReserved.memory", format!("{{ min = \"{}Mi\" }}", size * 97 + 1)),
        2 => pin("kubelet/systemReserved.cpu", format!("{{ min = \"{}m\" }}", size * 250)),
        3 => pin("kubelet/kubeReserved.cpu", format!("\"{}m\"", 1500 + size * 100)),
        4 => {
            // Any CPUs; most often no whole cores.
            let all: Vec<u32> = spec.nodes.iter().flat_map(Node::all).collect();
            let from = size as usize % all.len();
            let set = &all[from..(from + count as usize).min(all.len())];
            let mut set = set.to_vec();
            set.sort_unstable();
            pin("kubelet/reservedSystemCPUs", format!("\"{}\"", super::spec::cpu_list(&set)));
        }
        5 => {
            let mut set: Vec<u32> = spec.nodes[0].cores.iter().take(count as usize).flatten().copied().collect();
            set.sort_unstable();
            pin("kubelet/reservedSystemCPUs", format!("\"{}\"", super::spec::cpu_list(&set)));
        }
        6 => pin("kubelet/evictionHard.memory.available", format!("\"{}Mi\"", 100 + size)),
        7 => pin("kubelet/evictionHard.memory.available", format!("\"{}%\"", 1 + size % 9)),
        8 => pin(
            "kubelet/evictionHard",
            format!(
                "{{ \"memory.available\" = \"{}Mi\", \"nodefs.available\" = \"10%\", \"nodefs.inodesFree\" = \"5%\", \
                 \"imagefs.available\" = \"15%\", \"imagefs.inodesFree\" = \"5%\" }}",
                300 + size
            ),
        ),
        9 => pin("kubelet/maxPods", format!("{{ max = {} }}", 5 + size)),
        10 => pin("kubelet/maxPods", format!("{{ min = {} }}", 1 + size)),
        11 => pin("kubelet/maxPods", format!("{}", 5 + size)),
        12 => pin("kubelet/cpuManagerPolicy", "\"static\"".into()),
        13 => pin("kubelet/kubeReserved.memory", format!("{{ min = \"{}Mi\", max = \"64Gi\" }}", size * 61 + 1)),
        _ => {}
    }
    match other {
        0 => pin("kubelet/topologyManagerPolicy", "\"single-numa-node\"".into()),
        1 => pin("kubelet/topologyManagerPolicy", "\"restricted\"".into()),
        2 => pin("kubelet/topologyManagerPolicy", "\"best-effort\"".into()),
        3 => pin("kubelet/memoryManagerPolicy", "\"None\"".into()),
        4 => pin("kubelet/memoryManagerPolicy", "\"Static\"".into()),
        _ => {}
    }
    out
}
