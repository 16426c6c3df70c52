//! What is reserved at a number of pods, computed again: providers' formulas from their publications, `fitted` from the
//! catalogue's figures, goals from their file. Nothing of `src/` is called.

use super::spec::Spec;
use std::sync::OnceLock;
use toml::{Table, Value};

fn data(path: &str) -> Table {
    toml::from_str(&crate::common::read(crate::common::root().join(path))).unwrap()
}

/// The goals' figures.
fn goals() -> &'static Table {
    static GOALS: OnceLock<Table> = OnceLock::new();
    GOALS.get_or_init(|| data("profiles/goals.toml"))
}

/// A figure of the spec's goal.
pub fn goal(spec: &Spec, key: &str) -> Option<i64> {
    goals()[spec.goal].get(key)?.as_integer()
}

/// A component cost: id, who pays, resource, per what, typical and high figure.
type Cost = (String, String, String, String, [i64; 2]);

/// Component costs.
fn costs() -> &'static [Cost] {
    static COSTS: OnceLock<Vec<Cost>> = OnceLock::new();
    COSTS.get_or_init(|| {
        let files = ["kubelet", "containerd", "kernel", "system"].map(|f| data(&format!("catalog/costs/{f}.toml")));
        let all = files.iter().flat_map(|f| f["cost"].as_array().unwrap());
        let text = |c: &Value, key: &str| c[key].as_str().unwrap().to_string();
        all.map(|c| {
            let figures = ["typical", "high"].map(|f| c[f].as_integer().unwrap());
            (text(c, "id"), text(c, "pays"), text(c, "resource"), text(c, "per"), figures)
        })
        .collect()
    })
}

/// Reservations as straight lines over the pods: amount = ceil((`base` + `each` × pods) / `per`) × `per`, in KiB or µCPU.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line {
    /// Whatever the pods, in thousandths.
    pub base: i64,
    /// With every pod, in thousandths.
    pub each: i64,
    /// Rounded up to multiples of this.
    pub per: i64,
    /// At most this, where a formula is capped.
    pub cap: Option<i64>,
    /// At least and at most, where it is pinned.
    pub pin: (Option<i64>, Option<i64>),
    /// Entries × this / 4096 more KiB, where the conntrack table is paid.
    pub entries: i64,
}

/// Everything that depends on the policy.
#[derive(Clone, Copy, Debug)]
pub struct Reserve {
    /// kubeReserved.memory and systemReserved.memory, KiB.
    pub memory: [Line; 2],
    /// kubeReserved.cpu and systemReserved.cpu, µCPU.
    pub cpu: [Line; 2],
    /// Hard eviction, KiB.
    pub eviction: i64,
    /// Conntrack entries in millionths: so much whatever the pods, and so much more with each.
    pub entries: (i64, i64),
}

impl Line {
    fn flat(amount: i64) -> Self {
        Self { base: amount * 1000, per: 1, ..Self::default() }
    }

    /// The amount at a number of pods; `None` where it is pinned lower.
    pub fn at(&self, pods: i64, entries: i64) -> Option<i64> {
        let up = |a: i64, b: i64| a.div_euclid(b) + i64::from(a.rem_euclid(b) != 0);
        let table = up(entries * self.entries, 4096) * 1000;
        let mut amount = up(self.base + self.each * pods + table, 1000 * self.per.max(1)) * self.per.max(1);
        if let Some(cap) = self.cap {
            amount = amount.min(cap);
        }
        amount = amount.max(self.pin.0.unwrap_or(0));
        self.pin.1.is_none_or(|most| amount <= most).then_some(amount)
    }
}

impl Reserve {
    /// Memory in KiB and CPU in µCPU, both levels together; `None` where a pin is lower than the policy asks for.
    pub fn at(&self, pods: i64) -> Option<(i64, i64)> {
        let entries = (self.entries.0 + self.entries.1 * pods + 999_999).div_euclid(1_000_000).max(0);
        let sum = |lines: &[Line; 2]| Some(lines[0].at(pods, entries)? + lines[1].at(pods, entries)?);
        Some((sum(&self.memory)?, sum(&self.cpu)?))
    }

    /// Of a spec.
    pub fn of(spec: &Spec) -> Self {
        let mut out = match spec.policy {
            "fitted" => fitted(spec),
            _ => published(spec),
        };
        let pin = |name: &str, read: fn(&str) -> i64| bounds(spec.pins.get(name).map(String::as_str), read);
        let kib: fn(&str) -> i64 = |text| mib(text) * 1024;
        let micro: fn(&str) -> i64 = |text| text.trim_end_matches('m').parse::<i64>().unwrap() * 1000;
        out.memory[0].pin = pin("kubelet/kubeReserved.memory", kib);
        out.memory[1].pin = pin("kubelet/systemReserved.memory", kib);
        out.cpu[0].pin = pin("kubelet/kubeReserved.cpu", micro);
        out.cpu[1].pin = pin("kubelet/systemReserved.cpu", micro);
        let hard = spec.pins.get("kubelet/evictionHard").map(|map| map.split('"').nth(3).unwrap());
        let hard = hard.or(spec.pins.get("kubelet/evictionHard.memory.available").map(|t| t.trim_matches('"')));
        if let Some(text) = hard {
            out.eviction = match text.strip_suffix('%') {
                // As the kubelet computes it: 32-bit floating point, cut to whole bytes.
                Some(percent) => {
                    let share = percent.parse::<f32>().unwrap() / 100.0;
                    ((spec.memory() as f64 * f64::from(share)) as i64 + 1023) / 1024
                }
                None => mib(text) * 1024,
            };
        }
        out
    }
}

/// MiB of `12Mi` and `64Gi`.
fn mib(text: &str) -> i64 {
    match text.strip_suffix("Gi") {
        Some(gib) => gib.parse::<i64>().unwrap() * 1024,
        None => text.trim_end_matches("Mi").parse().unwrap(),
    }
}

/// Least and most that a pin's text allows.
pub fn bounds(text: Option<&str>, read: fn(&str) -> i64) -> (Option<i64>, Option<i64>) {
    let Some(text) = text else { return (None, None) };
    if !text.contains('{') {
        let exact = read(text.trim_matches('"'));
        return (Some(exact), Some(exact));
    }
    let part = |key: &str| {
        let from = text.split(&format!("{key} = ")).nth(1)?;
        Some(read(from.split([',', '}']).next()?.trim().trim_matches('"')))
    };
    (part("min"), part("max"))
}

fn eviction(spec: &Spec) -> i64 {
    let growth = mib(goals()[spec.goal]["memory-growth"].as_str().unwrap());
    (growth * 10).max(100) * 1024
}

fn fitted(spec: &Spec) -> Reserve {
    let cpus = spec.cpus();
    let cautious = goals()[spec.goal]["cost-level"].as_str() == Some("cautious");
    let average = average(spec, |p| p.containers, 1_000).max(1000);
    let line = |pays: &str, resource: &str, per: i64| {
        let mut line = Line { per, ..Line::default() };
        for (id, _, _, of, [typical, high]) in costs().iter().filter(|c| c.1 == pays && c.2 == resource) {
            // Halfway to the high figure, rounded up, where the goal is cautious.
            let amount = if cautious { (typical + high + 1).div_euclid(2) } else { *typical };
            match of.as_str() {
                "node" => line.base += amount * 1000,
                "cpu" => line.base += amount * cpus * 1000,
                "memory-gib" => line.base += amount * (spec.memory() >> 30) * 1000,
                "pod" => line.each += amount * 1000,
                "pod-cpu" => line.each += amount * cpus * 1000,
                "container" => line.each += amount * average,
                "conntrack-entry" => line.entries += 4 * amount,
                "conntrack-bucket" => line.entries += amount,
                other => panic!("{id} is per {other}"),
            }
        }
        line
    };
    // Pods state no connections, so the catalogue's typical pod counts: those it holds, and two minutes of those that ended.
    let typical = |id: &str| costs_of_demand(id);
    let held = typical("demand-connections-pod") + 120 * typical("demand-connection-rate-pod");
    let headroom = goal(spec, "conntrack-headroom").unwrap();
    let first: i64 = spec.pods.iter().filter_map(|p| p.count).sum();
    // A mix of nothing holds no connections.
    let shared = if spec.pods.iter().any(|p| p.count.is_none()) { held } else { 0 };
    Reserve {
        memory: [line("kubeReserved", "memory", 1024), line("systemReserved", "memory", 1024)],
        cpu: [line("kubeReserved", "cpu", 1000), line("systemReserved", "cpu", 1000)],
        eviction: eviction(spec),
        entries: ((held - shared) * first * headroom * 1000, shared * headroom * 1000),
    }
}

fn costs_of_demand(id: &str) -> i64 {
    static DEMAND: OnceLock<Table> = OnceLock::new();
    let table = DEMAND.get_or_init(|| data("catalog/costs/demand.toml"));
    let all = table["cost"].as_array().unwrap();
    all.iter().find(|c| c["id"].as_str() == Some(id)).unwrap()["typical"].as_integer().unwrap()
}

/// What one pod of the mix demands on average, in `parts` of a unit, rounded up.
pub fn average(spec: &Spec, of: impl Fn(&super::spec::Pod) -> i64, parts: i64) -> i64 {
    let shared = spec.pods.iter().filter(|p| p.count.is_none());
    let sum: i128 = shared.map(|p| i128::from(p.share) * i128::from(of(p))).sum::<i128>() * i128::from(parts);
    i64::try_from(sum.div_euclid(1_000_000) + i128::from(sum.rem_euclid(1_000_000) != 0)).unwrap()
}

/// Parts of stretches of an amount: `(up to, per million)`, each rounded down or all together up.
fn bands(amount: i64, bands: &[(i64, i64)], each: bool) -> i64 {
    let (mut from, mut sum) = (0, 0);
    for (to, part) in bands {
        let stretch = (amount.min(*to) - from).max(0) * part;
        sum += if each { stretch / 1_000_000 * 1_000_000 } else { stretch };
        from = *to;
    }
    if each { sum / 1_000_000 } else { (sum + 999_999) / 1_000_000 }
}

const END: i64 = i64::MAX;
const GOOGLE_CPU: [(i64, i64); 4] = [(1000, 60_000), (2000, 10_000), (4000, 5_000), (END, 2_500)];
const AZURE_CPU: [(i64, i64); 4] = [(1000, 60_000), (2000, 40_000), (4000, 20_000), (END, 10_000)];
const GOOGLE_MEMORY: [(i64, i64); 5] =
    [(4096, 250_000), (8192, 200_000), (16_384, 100_000), (131_072, 60_000), (END, 20_000)];

fn published(spec: &Spec) -> Reserve {
    let (milli, mib, gib) = (spec.cpus() * 1000, spec.memory() >> 20, spec.memory() >> 30);
    let mut eviction = 100;
    let per_pod =
        |each: i64, fixed: i64| Line { base: fixed * 1_024_000, each: each * 1_024_000, per: 1, ..Line::default() };
    let (kube_memory, system_memory, kube_cpu, system_cpu) = match (spec.policy, spec.minor) {
        ("eks", _) => (per_pod(11, 255), Line::flat(0), bands(milli, &GOOGLE_CPU, true), 0),
        ("gke", _) => {
            let memory = if mib <= 1024 { 255 } else { bands(mib, &GOOGLE_MEMORY, true) };
            (Line::flat(memory * 1024), Line::flat(0), bands(milli, &GOOGLE_CPU, true), 0)
        }
        ("aks", 0..29) => {
            eviction = 750;
            (Line::flat(bands(mib, &GOOGLE_MEMORY, true) * 1024), Line::flat(0), bands(milli, &AZURE_CPU, false), 0)
        }
        ("aks", _) => {
            let memory = Line { cap: Some(mib / 4 * 1024), ..per_pod(20, 50) };
            (memory, Line::flat(0), bands(milli, &AZURE_CPU, false), 0)
        }
        (_, minor) => {
            let hundredths = match gib {
                ..=8 => 100,
                9..=128 => 100 + (gib - 8) * 6,
                _ => 772 + (gib - 120) * 2,
            };
            let cpu = if minor < 30 {
                bands(milli, &GOOGLE_CPU, false)
            } else {
                // 60m and 12m for every further CPU, as two decimals of a core.
                (60 + (spec.cpus() - 1) * 12 + 5) / 10 * 10
            };
            (Line::flat(0), Line::flat((hundredths + 50) / 100 * (1 << 20)), 0, cpu.max(500))
        }
    };
    Reserve {
        memory: [kube_memory, system_memory],
        cpu: [Line::flat(kube_cpu * 1000), Line::flat(system_cpu * 1000)],
        eviction: eviction * 1024,
        entries: (0, 0),
    }
}
