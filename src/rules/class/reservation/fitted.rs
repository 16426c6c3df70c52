//! Policy `fitted`: component costs of the catalogue, summed by who pays and by what they grow with.

use super::{EPHEMERAL, FITTED};
use crate::because;
use crate::catalog::{self, Cost};
use crate::facts::{Cause, ClassFacts};
use crate::quantity::{Bytes, Milli, ceil_div};
use crate::rules::class::model::{ClassModel, WHOLE_MI, WHOLE_MILLI};
use crate::rules::{Draft, Origin};
use plimsoll_solver::{Expr, Solution};

/// Which of a cost's three figures is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Few machines stay under it.
    Low,
    /// What plans use.
    Typical,
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
    /// Ids of the costs in it.
    pub costs: Vec<&'static str>,
}

impl PerPod {
    /// Causes: one fact per cost.
    #[must_use]
    pub fn causes(&self) -> Vec<Cause> {
        self.costs.iter().map(|id| Cause::Fact(format!("cost/{id}"))).collect()
    }
}

fn figure(cost: &Cost, level: Level) -> i64 {
    match level {
        Level::Low => cost.low,
        Level::Typical => cost.typical,
        Level::High => cost.high,
    }
}

/// Sums the costs that `pays` carries for a resource on a class's nodes. Conntrack costs are not in it: they grow with
/// entries, not with pods.
#[must_use]
pub fn sum(facts: &ClassFacts, pays: &str, resource: &str, level: Level) -> PerPod {
    let mut out = PerPod::default();
    let matching = catalog::costs().values().filter(|c| c.pays == pays && c.resource == resource);
    for cost in matching.filter(|c| c.runtime.as_ref().is_none_or(|r| *r == facts.runtime.value)) {
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

/// States the reservations as sums at the typical level.
pub(super) fn constrain(facts: &ClassFacts, m: &mut ClassModel) {
    constrain_at(facts, m, Level::Typical);
}

/// States the reservations as sums at a level.
pub fn constrain_at(facts: &ClassFacts, m: &mut ClassModel, level: Level) {
    let pods = m.vars.pods;
    let table = m.model.derived("conntrack table", super::super::model::MEMORY, 1 << 36);
    if let Some((entry, bucket)) = conntrack_bytes(level) {
        let why = ClassModel::why_on(&mut m.causes, &FITTED, "conntrack table", conntrack_causes());
        m.model.define_ceil(table, m.vars.entries * (4 * entry + bucket), 4096).because(why);
    }
    for (pays, memory, extra) in
        [("kubeReserved", m.vars.kube_memory, None), ("systemReserved", m.vars.system_memory, Some(table))]
    {
        let total = sum(facts, pays, "memory", level);
        let mut because = because![facts.reservation, facts.runtime, facts.machine.cpus, facts.machine.memory];
        because.extend(total.causes());
        because.extend(facts.mix.causes());
        let why = ClassModel::why_on(&mut m.causes, &FITTED, &format!("{pays} memory"), because);
        let whole = m.model.derived(format!("{pays} memory in whole Mi"), WHOLE_MI, 1 << 26);
        let kib = pods * total.pod_milli + Expr::from(total.node * 1000) + extra.map_or_else(Expr::new, |t| t * 1000);
        m.model.define_ceil(whole, kib, 1000 * 1024).because(why.clone());
        m.model.define(memory, whole * 1024).because(why);
    }
    for (pays, cpu) in [("kubeReserved", m.vars.kube_cpu), ("systemReserved", m.vars.system_cpu)] {
        let total = sum(facts, pays, "cpu", level);
        let mut because = because![facts.reservation, facts.runtime, facts.machine.cpus];
        because.extend(total.causes());
        because.extend(facts.mix.causes());
        let why = ClassModel::why_on(&mut m.causes, &FITTED, &format!("{pays} cpu"), because);
        let whole = m.model.derived(format!("{pays} cpu in whole m"), WHOLE_MILLI, 8_192_000);
        m.model
            .define_ceil(whole, pods * total.pod_milli + Expr::from(total.node * 1000), 1_000_000)
            .because(why.clone());
        m.model.define(cpu, whole * 1000).because(why);
    }
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
    let table = conntrack_kib(entries, Level::Typical);
    for (pays, memory, cpu) in [
        ("kubeReserved", m.vars.kube_memory, m.vars.kube_cpu),
        ("systemReserved", m.vars.system_memory, m.vars.system_cpu),
    ] {
        let system = pays == "systemReserved";
        let total = sum(facts, pays, "memory", Level::Typical);
        let mut because = because![facts.reservation, facts.runtime, facts.machine.cpus, facts.machine.memory; Cause::Value("kubelet/maxPods".into())];
        because.extend(total.causes());
        let extra = system.then_some((table, "conntrack table"));
        if system {
            because.extend(conntrack_causes());
            because.extend(facts.mix.causes());
        }
        draft
            .set(
                &format!("kubelet/{pays}.memory"),
                Bytes(solution.value(memory) * 1024).to_string(),
                Origin::Derived,
                &FITTED,
            )
            .reason(format!("{}, rounded up", text(&total, pods, 1024, "Mi", extra)))
            .because(because);
        let total = sum(facts, pays, "cpu", Level::Typical);
        let mut because =
            because![facts.reservation, facts.runtime, facts.machine.cpus; Cause::Value("kubelet/maxPods".into())];
        because.extend(total.causes());
        draft
            .set(
                &format!("kubelet/{pays}.cpu"),
                Milli(solution.value(cpu) / 1000).to_string(),
                Origin::Derived,
                &FITTED,
            )
            .reason(format!("{}, rounded up", text(&total, pods, 1000, "m", None)))
            .because(because);
        for resource in ["ephemeral-storage", "pid"] {
            let total = sum(facts, pays, resource, Level::Typical);
            let amount = total.node + ceil_div(total.pod_milli * pods, 1000);
            if amount == 0 {
                continue;
            }
            let mut because = because![facts.reservation, facts.runtime, facts.machine.cpus];
            because.extend(total.causes());
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
