//! What must hold of a plan: computed from its JSON document and the spec's numbers, by nothing that planned it.

use super::demand::{Demand, Policy, cpus};
use super::spec::Siblings;
use serde_json::Value;
use std::collections::BTreeSet;

/// Bytes of a quantity, or thousandths of one without a binary unit.
fn amount(text: &str, milli: bool) -> i64 {
    let at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let number: i64 = text[..at].parse().unwrap_or_else(|_| panic!("{text}"));
    let shift = |bits: u32| number << bits;
    match (&text[at..], milli) {
        ("", false) => number,
        ("", true) => number * 1000,
        ("m", true) => number,
        ("Ki", _) => shift(10),
        ("Mi", _) => shift(20),
        ("Gi", _) => shift(30),
        ("Ti", _) => shift(40),
        _ => panic!("{text}"),
    }
}

/// A plan's class.
pub struct Doc<'a>(pub &'a Value);

impl Doc<'_> {
    /// A kubelet value.
    pub fn value(&self, name: &str) -> &Value {
        &self.0["values"][format!("kubelet/{name}")]["value"]
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.value(name).as_str()
    }

    fn bytes(&self, name: &str) -> i64 {
        self.text(name).map_or(0, |t| amount(t, false))
    }

    fn milli(&self, name: &str) -> i64 {
        self.text(name).map_or(0, |t| amount(t, true))
    }

    /// Pods.
    pub fn pods(&self) -> i64 {
        self.value("maxPods").as_i64().unwrap()
    }

    /// Bytes of hard eviction; a percentage as the kubelet computes it.
    fn eviction(&self, capacity: i64) -> i64 {
        let text = self.text("evictionHard.memory.available").map(ToString::to_string);
        let whole = || Some(self.value("evictionHard").get("memory.available")?.as_str()?.to_string());
        let text = text.or_else(whole).expect("hard memory eviction");
        match text.strip_suffix('%') {
            Some(percent) => (capacity as f64 * f64::from(percent.parse::<f32>().unwrap() / 100.0)) as i64,
            None => amount(&text, false),
        }
    }

    /// The topology manager's policy.
    pub fn policy(&self) -> Policy {
        match self.text("topologyManagerPolicy") {
            Some("single-numa-node") => Policy::Single,
            Some("restricted") => Policy::Restricted,
            _ => Policy::Loose,
        }
    }

    fn set(&self) -> Option<BTreeSet<u32>> {
        self.text("reservedSystemCPUs").map(cpus)
    }

    /// Bytes and physical cores that are reserved; no cores where the kubelet picks them.
    pub fn reserved(&self, threads: i64) -> (i64, Option<i64>) {
        let memory = self.bytes("kubeReserved.memory") + self.bytes("systemReserved.memory");
        (memory, self.set().map(|s| s.len() as i64 / threads))
    }

    fn ledger(&self, side: &str, what: &str, milli: bool) -> i64 {
        amount(self.0[side][what].as_str().unwrap(), milli)
    }
}

/// Everything that does not hold, in words.
pub fn broken(demand: &Demand<'_>, document: &Value) -> Vec<String> {
    let doc = Doc(&document["nodeClasses"]["a"]);
    let mut out = Vec::new();
    let mut hold = |holds: bool, what: String| {
        if !holds {
            out.push(what);
        }
    };
    capacity(demand, &doc, &mut hold);
    reserved_memory(demand, &doc, &mut hold);
    reserved_cpus(demand, &doc, &mut hold);
    alignment(demand, &doc, &mut hold);
    best(demand, &doc, document, &mut hold);
    out
}

type Hold<'h> = &'h mut dyn FnMut(bool, String);

fn capacity(demand: &Demand<'_>, doc: &Doc<'_>, hold: Hold<'_>) {
    let spec = demand.spec;
    let (pods, first) = (doc.pods(), demand.first());
    hold(pods >= first, format!("{first} pods placed first, maxPods is {pods}"));
    let (memory, cpu) = (doc.ledger("capacity", "memory", false), doc.ledger("capacity", "cpu", true));
    hold(memory == spec.memory() && cpu == spec.cpus() * 1000, format!("capacity {memory} bytes, {cpu}m"));
    let reserved = doc.bytes("kubeReserved.memory") + doc.bytes("systemReserved.memory");
    let pages = spec.nodes.iter().flat_map(|n| n.pages.values()).sum::<i64>() << 20;
    let left = memory - reserved - doc.eviction(memory) - pages;
    let told = doc.ledger("allocatable", "memory", false);
    hold(left == told, format!("allocatable memory is {told}, the formula gives {left}"));
    let kept = match doc.set() {
        Some(set) => set.len() as i64 * 1000,
        None => doc.milli("kubeReserved.cpu") + doc.milli("systemReserved.cpu"),
    };
    let told = doc.ledger("allocatable", "cpu", true);
    hold(cpu - kept == told, format!("allocatable CPU is {told}m, the formula gives {}m", cpu - kept));
    // In millionths: shares are.
    let requested = |of: &dyn Fn(&super::spec::Pod) -> i64| -> i128 {
        let each = |p: &super::spec::Pod| match p.count {
            Some(count) => i128::from(count) * 1_000_000 * i128::from(of(p)),
            None if p.exclusive => i128::from(demand.count(p, pods)) * 1_000_000 * i128::from(of(p)),
            None => i128::from(p.share) * i128::from(pods - first) * i128::from(of(p)),
        };
        spec.pods.iter().map(each).sum()
    };
    let (used, has) = (requested(&|p| p.cpu), i128::from(cpu - kept) * 1_000_000);
    hold(used <= has, format!("pods request {}m of {}m", used / 1_000_000, cpu - kept));
    let (used, has) = (requested(&|p| p.memory << 20), i128::from(left) * 1_000_000);
    hold(used <= has, format!("pods request {} bytes of {left}", used / 1_000_000));
    if let Some((memory, cpu)) = demand.reserve.at(pods) {
        hold(reserved == memory * 1024, format!("{reserved} bytes are reserved, the policy gives {}", memory * 1024));
        let told = doc.milli("kubeReserved.cpu") + doc.milli("systemReserved.cpu");
        let set = doc.set().is_some();
        hold(set || told * 1000 == cpu, format!("{told}m are reserved, the policy gives {cpu}µ"));
    } else {
        hold(false, format!("a pin reserves less than the policy asks for at {pods} pods"));
    }
}

fn reserved_memory(demand: &Demand<'_>, doc: &Doc<'_>, hold: Hold<'_>) {
    let is_static = doc.text("memoryManagerPolicy") == Some("Static");
    hold(is_static == demand.static_memory, format!("the memory manager is Static: {is_static}"));
    let list = doc.value("reservedMemory").as_array();
    if !is_static {
        hold(list.is_none_or(Vec::is_empty), "reservedMemory without the Static policy".into());
        return;
    }
    let Some(list) = list else { return hold(false, "no reservedMemory".into()) };
    let total =
        doc.bytes("kubeReserved.memory") + doc.bytes("systemReserved.memory") + doc.eviction(demand.spec.memory());
    let mut sum = 0;
    let mut seen = BTreeSet::new();
    for entry in list {
        let at = entry["numaNode"].as_u64().unwrap() as usize;
        let bytes = amount(entry["limits"]["memory"].as_str().unwrap(), false);
        sum += bytes;
        hold(seen.insert(at), format!("node {at} has two entries"));
        hold(entry["limits"].as_object().unwrap().len() == 1, format!("node {at} reserves more than memory"));
        match demand.spec.nodes.get(at) {
            Some(node) => {
                hold(bytes > 0 && bytes <= node.ordinary(), format!("node {at} keeps {bytes} of {}", node.ordinary()))
            }
            None => hold(false, format!("there is no node {at}")),
        }
        let told = amount(doc.0["numa"][at]["reservedMemory"].as_str().unwrap(), false);
        hold(told == bytes, format!("node {at}: `numa` says {told}, reservedMemory {bytes}"));
    }
    hold(sum == total, format!("reservedMemory adds up to {sum}, reservations and eviction to {total}"));
}

fn reserved_cpus(demand: &Demand<'_>, doc: &Doc<'_>, hold: Hold<'_>) {
    let spec = demand.spec;
    let set = doc.set();
    hold(set.is_some() == (demand.chooses() || demand.pinned_cpus.is_some()), format!("reservedSystemCPUs is {set:?}"));
    let Some(set) = set else { return };
    let online: BTreeSet<u32> = spec.nodes.iter().flat_map(|n| n.all()).collect();
    hold(set.is_subset(&online), format!("reserved {set:?} are not all online"));
    if demand.pinned_cpus.is_some() {
        return;
    }
    for core in spec.nodes.iter().flat_map(|n| &n.cores) {
        let kept = core.iter().filter(|c| set.contains(c)).count();
        hold(kept == 0 || kept == core.len(), format!("of core {core:?} {kept} CPUs are reserved"));
    }
    let Some((_, cpu)) = demand.reserve.at(doc.pods()) else { return };
    let need = ((cpu + 999_999) / 1_000_000).max(1);
    let most = demand.cores(cpu) * demand.threads();
    let kept = set.len() as i64;
    hold(
        kept >= need && kept <= most,
        format!("{kept} CPUs are reserved, {need} are asked for, and {most} are whole cores"),
    );
}

/// CPUs that the system keeps on each node: stated, or where the kubelet picks them itself, the lowest.
fn kept(demand: &Demand<'_>, doc: &Doc<'_>) -> Vec<i64> {
    let nodes = &demand.spec.nodes;
    match doc.set() {
        Some(set) => nodes.iter().map(|n| n.all().iter().filter(|c| set.contains(c)).count() as i64).collect(),
        None => {
            let cpu = doc.milli("kubeReserved.cpu") + doc.milli("systemReserved.cpu");
            let mut left = if demand.static_cpus { ((cpu + 999) / 1000).max(1) } else { 0 };
            let lowest = |n: &super::spec::Node| {
                let some = left.min(n.cpus());
                left -= some;
                some
            };
            nodes.iter().map(lowest).collect()
        }
    }
}

fn alignment(demand: &Demand<'_>, doc: &Doc<'_>, hold: Hold<'_>) {
    let (policy, spec, pods) = (doc.policy(), demand.spec, doc.pods());
    let Some(numa) = doc.0["numa"].as_array() else {
        return hold(policy == Policy::Loose && !demand.static_cpus, "no placement is told".into());
    };
    if policy == Policy::Loose {
        return;
    }
    let of = |at: usize, name: &str| numa[at]["pods"][name].as_i64().unwrap_or(0);
    for pod in demand.own() {
        let placed: i64 = (0..numa.len()).map(|at| of(at, &pod.name)).sum();
        let asked = demand.count(pod, pods);
        hold(placed == asked, format!("{placed} of {asked} × `{}` are placed", pod.name));
    }
    let kept = kept(demand, doc);
    let memory: Vec<i64> =
        (0..numa.len()).map(|at| amount(numa[at]["reservedMemory"].as_str().unwrap(), false)).collect();
    let mut owner: Vec<Option<usize>> = vec![None; numa.len()];
    // A pod of several nodes is told on the first of its group, beside all of the group.
    for pod in demand.own().into_iter().filter(|p| demand.count(p, pods) > 0) {
        let Some(width) = demand.width_of(pod, pods) else {
            hold(false, format!("`{}` cannot satisfy the policy on this machine", pod.name));
            continue;
        };
        hold(width == 1 || policy == Policy::Restricted, format!("`{}` needs {width} nodes", pod.name));
        for at in (0..numa.len()).filter(|at| width > 1 && of(*at, &pod.name) > 0) {
            let group: Vec<usize> =
                numa[at]["across"].as_array().into_iter().flatten().map(|n| n.as_u64().unwrap() as usize).collect();
            let right = group.len() == width && group[0] == at && of(at, &pod.name) == 1;
            hold(right, format!("`{}` of {width} nodes lies on {group:?}", pod.name));
            for next in group {
                let others: i64 = demand.own().iter().map(|p| of(next, &p.name)).sum();
                let alone = others == i64::from(next == at) && owner[next].is_none();
                hold(alone, format!("node {next} of `{}`'s group holds something else", pod.name));
                owner[next] = Some(at);
            }
        }
    }
    let groups: BTreeSet<usize> = (0..numa.len()).map(|at| owner[at].unwrap_or(at)).collect();
    for head in groups {
        let members: Vec<usize> = (0..numa.len()).filter(|at| owner[*at].unwrap_or(*at) == head).collect();
        let sum = |f: &dyn Fn(usize) -> i64| members.iter().map(|at| f(*at)).sum::<i64>();
        let used =
            |f: &dyn Fn(&super::spec::Pod) -> i64| demand.own().iter().map(|p| of(head, &p.name) * f(p)).sum::<i64>();
        let (has, used_cpus) = (sum(&|at| spec.nodes[at].cpus() - kept[at]), used(&|p| p.cpu / 1000));
        hold(used_cpus <= has, format!("node {head}: pods have {used_cpus} CPUs of {has}"));
        if demand.static_memory {
            let (has, used) = (sum(&|at| spec.nodes[at].ordinary() - memory[at]), used(&|p| p.memory << 20));
            hold(used <= has, format!("node {head}: pods have {used} bytes of {has}"));
            for size in ["2Mi", "1Gi"] {
                let has = sum(&|at| spec.nodes[at].pages.get(size).copied().unwrap_or(0));
                let used = used_of(demand, &|p| of(head, &p.name) * p.pages.get(size).copied().unwrap_or(0));
                hold(used <= has, format!("node {head}: pods have {used}Mi of {has}Mi in pages of {size}"));
            }
        }
        if spec.loose.is_empty() {
            let has = sum(&|at| spec.nodes[at].devices.get("example.com/gpu").copied().unwrap_or(0));
            let used = used_of(demand, &|p| of(head, &p.name) * p.devices.get("example.com/gpu").copied().unwrap_or(0));
            hold(used <= has, format!("node {head}: pods have {used} of {has} devices"));
        }
    }
}

fn used_of(demand: &Demand<'_>, of: &dyn Fn(&super::spec::Pod) -> i64) -> i64 {
    demand.own().iter().map(|p| of(p)).sum()
}

/// The strictest policy, and the most pods.
fn best(demand: &Demand<'_>, doc: &Doc<'_>, document: &Value, hold: Hold<'_>) {
    let (spec, pods) = (demand.spec, doc.pods());
    let policy = doc.policy();
    let (least, most) = demand.range();
    hold((least..=most).contains(&pods), format!("{pods} pods are not among {least} to {most}"));
    if spec.hybrid() {
        return; // whole cores of several sizes are counted as the largest, which is safe and not always best
    }
    if !spec.pins.contains_key("kubelet/topologyManagerPolicy") && demand.static_cpus && spec.nodes.len() > 1 {
        let over = spec.nodes.len() > 8 && spec.minor < 31;
        let stricter: &[Policy] = match policy {
            _ if over => &[],
            Policy::Loose => &[Policy::Single, Policy::Restricted],
            Policy::Restricted => &[Policy::Single],
            Policy::Single => &[],
        };
        for other in stricter {
            hold(
                !demand.possible(*other) || demand.aligned(least, *other) != Some(true),
                format!("{least} pods would find their nodes under {other:?}, and the plan has {policy:?}"),
            );
        }
    }
    let dropped = document["findings"].as_array().unwrap().iter().any(|f| f["id"] == "headroom-dropped");
    let fits = |pods: i64, headroom: bool| demand.holds(pods, headroom) && demand.aligned(pods, policy) == Some(true);
    hold(demand.holds(pods, !dropped), format!("{pods} pods do not fit"));
    hold(!dropped || !fits(least, true), "the goal's free part is dropped, and need not be".into());
    // `latency` prefers upstream's default to more pods.
    let enough = spec.goal == "latency" && pods >= 110;
    if pods < most && !enough {
        hold(!fits(pods + 1, !dropped), format!("{} pods fit as well", pods + 1));
    }
}

/// Whether no number of pods fits, by looking at the fewest and the fifty above; `None` where the search is too long.
pub fn unfit(demand: &Demand<'_>) -> Option<bool> {
    let spec = demand.spec;
    let (least, most) = demand.range();
    let pinned = spec.pins.get("kubelet/topologyManagerPolicy").map(|t| t.trim_matches('"'));
    let policy = match pinned {
        Some("single-numa-node") => Policy::Single,
        Some("restricted") => Policy::Restricted,
        _ => Policy::Loose,
    };
    for pods in least..=most.min(least + 50) {
        if demand.holds(pods, false) && demand.aligned(pods, policy)? {
            return Some(false);
        }
    }
    Some(true)
}

/// Whether a refusal may come from a pin.
pub fn may_be_refused(demand: &Demand<'_>) -> bool {
    !demand.spec.pins.is_empty() || (demand.spec.siblings == Siblings::Unknown && demand.spec.near)
}
