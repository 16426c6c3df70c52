//! Policy `fitted`: component costs, measured on the user's nodes or the catalogue's, summed by who pays and by what they grow with.

use super::{EPHEMERAL, FITTED};
use crate::because;
use crate::catalog::{self, Cost};
use crate::facts::{Cause, ClassFacts, MeasuredLine};
use crate::quantity::{Bytes, Milli, ceil_div};
use crate::rules::class::model::{ClassModel, FINE_BYTES, FINE_CPU, FINE_MEMORY, WHOLE_MI, WHOLE_MILLI};
use crate::rules::{Draft, Origin};
use plimsoll_solver::{Expr, Solution};

/// Which of a cost's figures is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Few machines stay under it.
    Low,
    /// The middle.
    Typical,
    /// Halfway to the high figure.
    Cautious,
    /// Few machines exceed it.
    High,
}

/// A sum of costs: so much per node, and so much more with every pod. Units are those of the costs (KiB, µCPU, 1).
#[derive(Clone, Debug, Default)]
pub struct PerPod {
    /// Whatever the pods.
    pub node: i64,
    /// Per pod, in thousandths, since containers per pod are an average.
    pub pod_milli: i64,
    /// Ids of the catalogue's costs in it.
    pub costs: Vec<&'static str>,
    /// Lines measured on the user's nodes, each in place of the costs of one system container.
    pub measured: Vec<MeasuredLine>,
}

impl PerPod {
    /// Causes: one fact per cost, and the keys of measured lines.
    #[must_use]
    pub fn causes(&self) -> Vec<Cause> {
        let facts = self.costs.iter().map(|id| Cause::Fact(format!("cost/{id}")));
        facts.chain(self.measured.iter().flat_map(|l| l.causes.iter().cloned())).collect()
    }

    /// Where a value of it comes from: a measured part makes it the user's own.
    fn origin(&self) -> Origin {
        if self.measured.is_empty() { Origin::Derived } else { Origin::Measured }
    }
}

fn figure(cost: &Cost, level: Level) -> i64 {
    match level {
        Level::Low => cost.low,
        Level::Typical => cost.typical,
        Level::Cautious => cost.cautious(),
        Level::High => cost.high,
    }
}

/// Sums the costs that `pays` carries for a resource on a class's nodes. Conntrack costs are not in it: they grow with
/// entries, not with pods. What was measured of a system container stands in for every cost that is in it, at each level: it
/// is one figure and not a range. Kernel memory, storage and PIDs are in no container and stay.
#[must_use]
pub fn sum(facts: &ClassFacts, pays: &str, resource: &str, level: Level) -> PerPod {
    let mut out = PerPod::default();
    let matching = catalog::costs().values().filter(|c| c.pays == pays && c.resource == resource);
    for cost in matching.filter(|c| c.runtime.as_ref().is_none_or(|r| *r == facts.runtime.value)) {
        if let Some(line) = cost.container.as_ref().and_then(|c| facts.measured.line(c, resource)) {
            if out.measured.iter().all(|l| l.container != line.container) {
                out.node += line.line.node;
                out.pod_milli += line.line.pod * 1000;
                out.measured.push(line.clone());
            }
            continue;
        }
        let amount = figure(cost, level);
        match cost.per.as_str() {
            "node" => out.node += amount,
            "cpu" => out.node += amount * facts.machine.cpus.value,
            "memory-gib" => out.node += amount * (facts.machine.memory.value.0 >> 30),
            "pod-cpu" => out.pod_milli += amount * facts.machine.cpus.value * 1000,
            "pod" => out.pod_milli += amount * 1000,
            "container" => out.pod_milli += amount * facts.mix.average_milli(|k| k.containers).max(1000),
            _ => continue,
        }
        out.costs.push(&cost.id);
    }
    out
}

/// KiB of kernel memory that the conntrack table takes for its entries and their hash.
fn conntrack_bytes(level: Level) -> Option<(i64, i64)> {
    let entry = catalog::cost("conntrack-entry-memory").or_else(|| catalog::cost("conntrack-entry"))?;
    let bucket = catalog::cost("conntrack-bucket-memory").or_else(|| catalog::cost("conntrack-bucket"))?;
    Some((figure(entry, level), figure(bucket, level)))
}

/// KiB for `entries` conntrack entries.
#[must_use]
pub fn conntrack_kib(entries: i64, level: Level) -> i64 {
    conntrack_bytes(level).map_or(0, |(entry, bucket)| ceil_div(entries * (4 * entry + bucket), 4096))
}

/// Bytes that kubeReserved and systemReserved come to at a level, each rounded up to whole MiB.
#[must_use]
pub fn components(facts: &ClassFacts, pods: i64, entries: i64, level: Level) -> [i64; 2] {
    ["kubeReserved", "systemReserved"].map(|pays| {
        let sum = sum(facts, pays, "memory", level);
        let table = if pays == "systemReserved" { conntrack_kib(entries, level) } else { 0 };
        Bytes::mi(ceil_div(sum.node + ceil_div(sum.pod_milli * pods, 1000) + table, 1024)).0
    })
}

fn conntrack_causes() -> Vec<Cause> {
    let ids = ["conntrack-entry-memory", "conntrack-entry", "conntrack-bucket-memory", "conntrack-bucket"];
    ids.iter().filter(|id| catalog::cost(id).is_some()).map(|id| Cause::Fact(format!("cost/{id}"))).collect()
}

/// The level at which the class's goal counts costs.
#[must_use]
pub fn level(facts: &ClassFacts) -> Level {
    if facts.goal.cost_level == "cautious" { Level::Cautious } else { Level::Typical }
}

/// What the level rests on.
fn level_causes(facts: &ClassFacts) -> Vec<Cause> {
    because![facts.goal_name; facts.goal_cause.clone(), Cause::Fact(format!("level/{}", facts.goal.cost_level))]
}

/// States the reservations as sums at the goal's level.
pub(super) fn constrain(facts: &ClassFacts, m: &mut ClassModel) {
    constrain_at(facts, m, level(facts));
}

/// States the reservations as sums at a level.
pub fn constrain_at(facts: &ClassFacts, m: &mut ClassModel, level: Level) {
    let pods = m.vars.pods;
    let table = m.model.derived("conntrack table", super::super::model::MEMORY, 1 << 36);
    if let Some((entry, bucket)) = conntrack_bytes(level) {
        let why = ClassModel::why_on(&mut m.causes, &FITTED, "conntrack table", conntrack_causes());
        m.model.define_ceil(table, m.vars.entries * (4 * entry + bucket), 4096).shown_in(FINE_BYTES).because(why);
    }
    for (pays, memory, extra) in
        [("kubeReserved", m.vars.kube_memory, None), ("systemReserved", m.vars.system_memory, Some(table))]
    {
        let total = sum(facts, pays, "memory", level);
        let mut because = because![facts.reservation, facts.runtime, facts.machine.cpus, facts.machine.memory];
        because.extend(total.causes());
        because.extend(level_causes(facts));
        because.extend(facts.mix.causes());
        let why = ClassModel::why_on(&mut m.causes, &FITTED, &format!("{pays} memory"), because);
        let whole = m.model.derived(format!("{pays} memory in whole Mi"), WHOLE_MI, 1 << 26);
        let kib = pods * total.pod_milli + Expr::from(total.node * 1000) + extra.map_or_else(Expr::new, |t| t * 1000);
        m.model.label(whole, "rounded up");
        m.model.define_ceil(whole, kib, 1000 * 1024).shown_in(FINE_MEMORY).because(why.clone());
        m.model.define(memory, whole * 1024).because(why);
    }
    for (pays, cpu) in [("kubeReserved", m.vars.kube_cpu), ("systemReserved", m.vars.system_cpu)] {
        let total = sum(facts, pays, "cpu", level);
        let mut because = because![facts.reservation, facts.runtime, facts.machine.cpus];
        because.extend(total.causes());
        because.extend(level_causes(facts));
        because.extend(facts.mix.causes());
        let why = ClassModel::why_on(&mut m.causes, &FITTED, &format!("{pays} cpu"), because);
        let whole = m.model.derived(format!("{pays} cpu in whole m"), WHOLE_MILLI, 8_192_000);
        m.model.label(whole, "rounded up");
        m.model
            .define_ceil(whole, pods * total.pod_milli + Expr::from(total.node * 1000), 1_000_000)
            .shown_in(FINE_CPU)
            .because(why.clone());
        m.model.define(cpu, whole * 1000).because(why);
    }
}

/// What of a sum was measured, and how: `; measured: 180Mi + 60 × 1.2Mi for the kubelet (0.95 quantile of 240 samples)`.
fn measured_text(facts: &ClassFacts, total: &PerPod, pods: i64, per: i64, unit: &str) -> String {
    if total.measured.is_empty() {
        return String::new();
    }
    let part = |l: &MeasuredLine| {
        let alone = PerPod { node: l.line.node, pod_milli: l.line.pod * 1000, ..PerPod::default() };
        format!("{} for {}", text(&alone, pods, per, unit, None), l.container.key())
    };
    let parts = total.measured.iter().map(part).collect::<Vec<_>>().join(", ");
    let basis = &facts.measured.basis;
    if basis.is_empty() { format!("; measured: {parts}") } else { format!("; measured: {parts} ({basis})") }
}

/// `a + b × pods` in a unit, for reasons.
fn text(total: &PerPod, pods: i64, per: i64, unit: &str, extra: Option<(i64, &str)>) -> String {
    let show = |milli: i64| {
        let hundredths = (milli + 5 * per) / (10 * per);
        let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    };
    let mut out = format!("{}{unit}", show(total.node * 1000));
    if total.pod_milli > 0 {
        out.push_str(&format!(" + {pods} × {}{unit}", show(total.pod_milli)));
    }
    if let Some((kib, what)) = extra {
        out.push_str(&format!(" + {}{unit} {what}", show(kib * 1000)));
    }
    out
}

pub(super) fn decide(facts: &ClassFacts, m: &ClassModel, solution: &Solution, draft: &mut Draft<'_>) {
    let pods = solution.value(m.vars.pods);
    let entries = solution.value(m.vars.entries);
    let table = conntrack_kib(entries, level(facts));
    for (pays, memory, cpu) in [
        ("kubeReserved", m.vars.kube_memory, m.vars.kube_cpu),
        ("systemReserved", m.vars.system_memory, m.vars.system_cpu),
    ] {
        let system = pays == "systemReserved";
        let total = sum(facts, pays, "memory", level(facts));
        let mut because = because![facts.reservation, facts.runtime, facts.machine.cpus, facts.machine.memory; Cause::Value("kubelet/maxPods".into())];
        because.extend(total.causes());
        because.extend(level_causes(facts));
        let extra = system.then_some((table, "conntrack table"));
        if system {
            because.extend(conntrack_causes());
            because.extend(facts.mix.causes());
        }
        draft
            .set(
                &format!("kubelet/{pays}.memory"),
                Bytes(solution.value(memory) * 1024).to_string(),
                total.origin(),
                &FITTED,
            )
            .reason(format!(
                "{}, rounded up{}",
                text(&total, pods, 1024, "Mi", extra),
                measured_text(facts, &total, pods, 1024, "Mi")
            ))
            .because(because);
        let total = sum(facts, pays, "cpu", level(facts));
        let mut because =
            because![facts.reservation, facts.runtime, facts.machine.cpus; Cause::Value("kubelet/maxPods".into())];
        because.extend(total.causes());
        because.extend(level_causes(facts));
        draft
            .set(&format!("kubelet/{pays}.cpu"), Milli(solution.value(cpu) / 1000).to_string(), total.origin(), &FITTED)
            .reason(format!(
                "{}, rounded up{}",
                text(&total, pods, 1000, "m", None),
                measured_text(facts, &total, pods, 1000, "m")
            ))
            .because(because);
        for resource in ["ephemeral-storage", "pid"] {
            let total = sum(facts, pays, resource, level(facts));
            let amount = total.node + ceil_div(total.pod_milli * pods, 1000);
            if amount == 0 {
                continue;
            }
            let mut because = because![facts.reservation, facts.runtime, facts.machine.cpus];
            because.extend(total.causes());
            because.extend(level_causes(facts));
            if total.pod_milli > 0 {
                because.push(Cause::Value("kubelet/maxPods".into()));
            }
            let (value, reason, rule) = if resource == "pid" {
                (amount.to_string(), text(&total, pods, 1, "", None), &FITTED)
            } else {
                // Whole MiB: the figures are not finer than that.
                let mi = Bytes::mi(ceil_div(amount, 1024));
                (mi.to_string(), text(&total, pods, 1024, "Mi", None), &EPHEMERAL)
            };
            draft
                .set(&format!("kubelet/{pays}.{resource}"), value, Origin::Derived, rule)
                .reason(reason)
                .because(because);
        }
    }
}
