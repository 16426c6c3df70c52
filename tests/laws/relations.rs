//! The exact relations of a plan, computed again from `plan.json` and the spec by nothing that planned it.

use crate::specs::{Class, Pod, Spec};
use serde_json::Value;

/// A quantity in thousandths: `100m`, `2`, `1465Mi`, `64Gi`.
fn milli(text: &str) -> i128 {
    let at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let number: i128 = text[..at].parse().unwrap();
    let factor = match &text[at..] {
        "m" => 1,
        "" => 1_000,
        "Ki" => 1_000 << 10,
        "Mi" => 1_000 << 20,
        "Gi" => 1_000 << 30,
        "Ti" => 1_000 << 40,
        "Pi" => 1_000 << 50,
        other => panic!("unit {other}"),
    };
    number * factor
}

/// What the test reads from one class's document.
struct Doc<'a>(&'a Value);

impl<'a> Doc<'a> {
    fn value(&self, name: &str) -> &'a Value {
        &self.0["values"][format!("kubelet/{name}")]["value"]
    }

    fn amount(&self, name: &str) -> i128 {
        self.value(name).as_str().map_or(0, milli)
    }

    fn number(&self, name: &str) -> Option<i128> {
        self.value(name).as_i64().map(i128::from)
    }

    fn map(&self, field: &str) -> Vec<(&'a str, &'a str)> {
        let below = format!("kubelet/{field}.");
        let values = self.0["values"].as_object().unwrap();
        values.iter().filter_map(|(name, v)| Some((name.strip_prefix(&below)?, v["value"].as_str()?))).collect()
    }

    fn ledger(&self, side: &str, what: &str) -> i128 {
        self.0[side][what].as_str().map_or(0, milli)
    }
}

/// Bytes × 1000 of a threshold, as the kubelet computes it: percentages in 32-bit floating point, cut to whole bytes.
fn threshold(text: &str, capacity: i128) -> i128 {
    match text.strip_suffix('%') {
        Some("0" | "100") => 0,
        Some(percent) => {
            let share = percent.parse::<f32>().unwrap() / 100.0;
            ((capacity / 1_000) as f64 * f64::from(share)) as i128 * 1_000
        }
        None => milli(text),
    }
}

/// Percent of a capacity that a threshold stands for, rounded up; off is nothing.
fn percent(text: &str, capacity: i128) -> i128 {
    match text.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().unwrap().ceil() as i128 % 100,
        None => (milli(text) * 100 + capacity - 1) / capacity,
    }
}

/// Relations that do not hold, in words.
pub fn broken(spec: &Spec, document: &Value) -> Vec<String> {
    let mut out = Vec::new();
    for (at, class) in spec.classes.iter().enumerate() {
        let name = format!("c{at}");
        let doc = Doc(&document["nodeClasses"][&name]);
        let mut hold = |what: &str, left: i128, right: i128, holds: bool| {
            if !holds {
                out.push(format!("{name}: {what}: {left} against {right}"));
            }
        };
        capacity(class, &doc, &mut hold);
        evictions(&doc, &mut hold);
        disks(class, &doc, &mut hold);
        connections(spec, class, document, doc.number("maxPods").unwrap(), &mut hold);
    }
    addresses(spec, document, &mut out);
    out
}

type Hold<'a> = &'a mut dyn FnMut(&str, i128, i128, bool);

/// What pods demand together, in millionths: those placed first, and the shares of the others.
fn demand(class: &Class, pods: i128, of: impl Fn(&Pod) -> i64) -> i128 {
    let first: i128 = class.pods.iter().filter_map(|p| p.count).map(i128::from).sum();
    let fixed: i128 = class.pods.iter().filter_map(|p| Some(i128::from(p.count?) * i128::from(of(p)))).sum();
    let shared: Vec<&Pod> = class.pods.iter().filter(|p| p.count.is_none()).collect();
    let sum: i128 = shared.iter().map(|p| i128::from(of(p))).sum();
    // Shares are equal up to a millionth, which the tolerance of the callers covers.
    let parts = i128::try_from(shared.len()).unwrap().max(1);
    fixed * 1_000_000 + (pods - first) * sum * 1_000_000 / parts
}

fn capacity(class: &Class, doc: &Doc<'_>, hold: Hold<'_>) {
    let pods = doc.number("maxPods").unwrap();
    let first: i128 = class.pods.iter().filter_map(|p| p.count).map(i128::from).sum();
    hold("pods placed first have a place", pods, first, pods >= first);
    for side in ["capacity", "allocatable"] {
        let told: i128 = doc.0[side]["pods"].as_str().unwrap().parse().unwrap();
        hold("pods as told", told, pods, told == pods);
    }
    let cpus = doc.ledger("capacity", "cpu");
    hold("capacity is the machine's", cpus, i128::from(class.cpus) * 1_000, cpus == i128::from(class.cpus) * 1_000);
    let cpu = doc.amount("kubeReserved.cpu") + doc.amount("systemReserved.cpu");
    let left = doc.ledger("allocatable", "cpu");
    hold("cpu: allocatable = capacity − reserved", left, cpus - cpu, left == cpus - cpu);
    let used = demand(class, pods, |p| p.cpu);
    // A millionth of a share may go either way for each pod: less than a thousandth of a core.
    hold(
        "cpu: pods and reserved fit",
        used / 1_000_000 + cpu,
        cpus,
        used + cpu * 1_000_000 <= cpus * 1_000_000 + 1_000_000,
    );

    let memory = doc.ledger("capacity", "memory");
    let stated = i128::from(class.memory) * (1_000 << 20);
    let kernel = if class.nominal { stated * 925 / 1_000 / (1_000 << 20) * (1_000 << 20) } else { stated };
    hold("memory is stated, or nominal less 7.5% in whole Mi", memory, kernel, memory == kernel);
    let hard =
        doc.map("evictionHard").iter().find(|(s, _)| *s == "memory.available").map_or(0, |(_, t)| threshold(t, memory));
    let reserved = doc.amount("kubeReserved.memory") + doc.amount("systemReserved.memory") + hard;
    let left = doc.ledger("allocatable", "memory");
    hold(
        "memory: allocatable = capacity − reserved − hard eviction",
        left,
        memory - reserved,
        left == memory - reserved,
    );
    let used = demand(class, pods, |p| p.memory) / 1_000_000 * (1_000 << 20);
    hold("memory: pods and reserved fit", used + reserved, memory, used + reserved <= memory);

    let limit = doc.number("podPidsLimit").unwrap_or(-1);
    let host = i128::from(doc.0["machine"]["sysctl"]["kernel.pid_max"].as_i64().unwrap());
    hold("PID limits are promised four times at most", limit * pods, 4 * host, limit * pods <= 4 * host);
    let policy = doc.0["reservation"].as_str().unwrap();
    if policy.starts_with("eks") && !class.pins.iter().any(|p| p.contains("kubeReserved.memory")) {
        let kube = doc.amount("kubeReserved.memory");
        hold(
            "eks: 11Mi × pods + 255Mi",
            kube,
            (11 * pods + 255) * (1_000 << 20),
            kube == (11 * pods + 255) * (1_000 << 20),
        );
    }
}

fn evictions(doc: &Doc<'_>, hold: Hold<'_>) {
    let (hard, soft, grace) = (doc.map("evictionHard"), doc.map("evictionSoft"), doc.map("evictionSoftGracePeriod"));
    for signal in [
        "memory.available",
        "nodefs.available",
        "nodefs.inodesFree",
        "imagefs.available",
        "imagefs.inodesFree",
        "pid.available",
    ] {
        hold(&format!("evictionHard has {signal}"), 0, 1, hard.iter().any(|(s, _)| *s == signal));
    }
    let memory = doc.ledger("capacity", "memory");
    for (signal, text) in soft {
        hold(&format!("soft {signal} has a grace period"), 0, 1, grace.iter().any(|(s, _)| *s == signal));
        let other = hard.iter().find(|(s, _)| *s == signal).map_or("0%", |(_, t)| *t);
        let capacity = if signal == "memory.available" { memory } else { 1 << 50 };
        let (early, late) = (threshold(text, capacity), threshold(other, capacity));
        hold(&format!("soft {signal} begins before hard"), early, late, early > late);
    }
}

fn disks(class: &Class, doc: &Doc<'_>, hold: Hold<'_>) {
    let gib = |n: i64| i128::from(n) * (1_000 << 30);
    let (high, low) = (doc.number("imageGCHighThresholdPercent"), doc.number("imageGCLowThresholdPercent"));
    let (high, low) = (high.unwrap_or(85), low.unwrap_or(80));
    hold("image collection goes down", low, high, low < high);
    let Some(nodefs) = class.disks.0.map(gib) else { return };
    let images = class.disks.1.map_or(nodefs, gib);
    let own = class.disks.1.is_some();
    for field in ["evictionHard", "evictionSoft"] {
        for (signal, text) in doc.map(field) {
            if (signal == "imagefs.available" || (signal == "nodefs.available" && !own)) && high < 100 {
                let eviction = percent(text, images);
                hold(
                    &format!("images are collected before {field}.{signal}"),
                    100 - high,
                    eviction,
                    100 - high > eviction,
                );
            }
        }
    }
    let pods = doc.number("maxPods").unwrap();
    let containers = demand(class, pods, |p| p.containers) / 1_000_000;
    let logs = containers * doc.amount("containerLogMaxSize") * doc.number("containerLogMaxFiles").unwrap();
    hold("logs take a fifth of nodefs at most", logs, nodefs / 5, logs <= nodefs / 5);
    let hard =
        doc.map("evictionHard").iter().find(|(s, _)| *s == "nodefs.available").map_or(0, |(_, t)| threshold(t, nodefs));
    let reserved = doc.amount("kubeReserved.ephemeral-storage") + doc.amount("systemReserved.ephemeral-storage") + hard;
    let left = doc.ledger("allocatable", "ephemeral-storage");
    let wanted = (nodefs - reserved).max(0);
    hold("storage: allocatable = capacity − reserved − hard eviction", left, wanted, left == wanted);
}

/// kube-proxy gives every class at least an entry for each connection that its pods hold.
fn connections(spec: &Spec, class: &Class, document: &Value, pods: i128, hold: Hold<'_>) {
    let number = |name: &str| {
        i128::from(document["clusterValues"][format!("kube-proxy/conntrack.{name}")]["value"].as_i64().unwrap())
    };
    let table = (number("maxPerCore") * i128::from(class.cpus)).max(number("min"));
    let table = if spec.minor >= 36 { table.min(1 << 20) } else { table };
    let held = demand(class, pods, |p| p.connections) / 1_000_000;
    hold("an entry for each connection", held, table, held <= table);
}

/// Node ranges: as many as there are nodes, and each with an address for every pod that needs one.
fn addresses(spec: &Spec, document: &Value, out: &mut Vec<String>) {
    if spec.cni == "calico" {
        return;
    }
    let mask = &document["controlPlane"]["values"]["kube-controller-manager/node-cidr-mask-size"]["value"];
    let Some(mask) = mask.as_i64().and_then(|m| u32::try_from(m).ok()) else {
        out.push("no node mask is planned".into());
        return;
    };
    let nodes: i64 = spec.classes.iter().map(|c| c.count).sum();
    if mask < spec.prefix || nodes > 1 << (mask - spec.prefix) {
        out.push(format!("{nodes} nodes in a /{} with ranges of /{mask}", spec.prefix));
    }
    for (at, class) in spec.classes.iter().enumerate() {
        let pods = document["nodeClasses"][format!("c{at}")]["values"]["kubelet/maxPods"]["value"].as_i64().unwrap();
        let host: i64 = class.pods.iter().filter(|p| p.host).filter_map(|p| p.count).sum();
        // Network, gateway and broadcast address.
        if pods - host > (1 << (32 - mask)) - 3 {
            out.push(format!("c{at}: {pods} pods, {host} of them on the host's address, in a /{mask}"));
        }
    }
}
