//! CPU and memory: what is reserved must fit the machine, and the mix must fit what is left.

use super::model::{CPU, ClassModel, MEMORY, MOST_PODS};
use crate::because;
use crate::facts::{Cause, ClassFacts, PodKind};
use crate::rules::{Rule, Why};
use plimsoll_solver::{Expr, Unit};

/// Rules of this concern.
pub static RULES: &[&Rule] =
    &[&MEMORY_CAPACITY, &CPU_CAPACITY, &NODE_MEMORY, &NODE_CPU, &HEADROOM_CPU, &HEADROOM_MEMORY];

/// Reservations fit memory.
pub static MEMORY_CAPACITY: Rule = Rule {
    id: "node-memory-capacity",
    why: "a kubelet does not start when its reservations and hard eviction are more than the machine's memory",
    source: "kubernetes/kubernetes pkg/kubelet/cm/node_container_manager_linux.go validateNodeAllocatable",
};
/// Reservations fit CPU.
pub static CPU_CAPACITY: Rule = Rule {
    id: "node-cpu-capacity",
    why: "a kubelet does not start when its reservations are more than the machine's CPUs",
    source: "kubernetes/kubernetes pkg/kubelet/cm/node_container_manager_linux.go validateNodeAllocatable",
};
/// Pods fit memory.
pub static NODE_MEMORY: Rule = Rule {
    id: "node-memory",
    why: "the memory that the pods request and what is reserved share the machine",
    source: "kubernetes/kubernetes pkg/scheduler/framework/plugins/noderesources/fit.go",
};
/// Pods fit CPU.
pub static NODE_CPU: Rule = Rule {
    id: "node-cpu",
    why: "the CPU that the pods request and what is reserved share the machine",
    source: "kubernetes/kubernetes pkg/scheduler/framework/plugins/noderesources/fit.go",
};
/// CPU that the goal keeps.
pub static HEADROOM_CPU: Rule = Rule {
    id: "goal-headroom-cpu",
    why: "the goal keeps a part of the machine's CPU free of the mix, for bursts and churn",
    source: "profiles/goals.toml",
};
/// Memory that the goal keeps.
pub static HEADROOM_MEMORY: Rule = Rule {
    id: "goal-headroom-memory",
    why: "the goal keeps a part of the machine's memory free of the mix, for bursts and churn",
    source: "profiles/goals.toml",
};
/// Capacity in the unit of a row, what is reserved, and what pods take.
struct Resource {
    capacity: i64,
    reserved: Expr,
    fixed: i64,
    demand: fn(&PodKind) -> i64,
}

/// States both resources. With `headroom`, the goal's part stays free as well.
pub fn constrain(facts: &ClassFacts, m: &mut ClassModel, headroom: bool) {
    let vars = m.vars;
    let machine = &facts.machine;
    let reserved_cpus = facts.reserved_cpus();
    let cpu_causes = || {
        let mut out = because![machine.cpus];
        out.extend(reserved_cpus.iter().flat_map(|k| k.causes().cloned()));
        out
    };
    let memory = Resource {
        capacity: machine.memory.value.whole_ki(),
        reserved: vars.kube_memory + vars.system_memory + Expr::constant(m.eviction, "eviction") + huge_pages(facts),
        fixed: facts.mix.fixed(|k| (k.memory.0 + 1023) / 1024),
        demand: |k| (k.memory.0 + 1023) / 1024,
    };
    let cpu = Resource {
        capacity: machine.cpus.value * 1_000_000,
        reserved: match &reserved_cpus {
            Some(count) => Expr::constant(count.value * 1_000_000, "reservedSystemCPUs"),
            None => match m.reserved_cpus {
                Some((cores, threads)) => cores * (threads * 1_000_000),
                None => vars.kube_cpu + Expr::from(vars.system_cpu),
            },
        },
        fixed: facts.mix.fixed(|k| k.cpu * 1000),
        demand: |k| k.cpu * 1000,
    };
    let because = because![machine.memory; Cause::Value("kubelet/evictionHard.memory.available".into())];
    let why = ClassModel::why(&mut m.causes, &MEMORY_CAPACITY, because);
    m.model.at_most(memory.reserved.clone(), memory.capacity).shown_in(MEMORY).because(why);
    let why = ClassModel::why(&mut m.causes, &CPU_CAPACITY, cpu_causes());
    m.model.at_most(cpu.reserved.clone(), cpu.capacity).shown_in(CPU).because(why);
    let pods_because = |known: Vec<Cause>| {
        let mut out = known;
        out.extend(facts.mix.causes());
        out
    };
    let why = ClassModel::why(&mut m.causes, &NODE_MEMORY, pods_because(because![machine.memory]));
    let lhs = taken(facts, m, &memory, &why);
    m.model.at_most(lhs, memory.capacity).shown_in(MEMORY).because(why);
    let why = ClassModel::why(&mut m.causes, &NODE_CPU, pods_because(cpu_causes()));
    let lhs = taken(facts, m, &cpu, &why);
    m.model.at_most(lhs, cpu.capacity).shown_in(CPU).because(why);
    if headroom && facts.goal.headroom > 0 {
        for (resource, unit, rule, known) in
            [(memory, MEMORY, &HEADROOM_MEMORY, because![machine.memory]), (cpu, CPU, &HEADROOM_CPU, cpu_causes())]
        {
            let free = kept(facts, resource.capacity, unit.per);
            let mut because = pods_because(known);
            because.extend(because![facts.goal_name; facts.goal_cause.clone()]);
            let why = ClassModel::why(&mut m.causes, rule, because);
            let lhs = taken(facts, m, &resource, &why) + Expr::constant(free, "kept free");
            m.model.at_most(lhs, resource.capacity).shown_in(unit).because(why);
        }
    }
}

/// The part of an amount that the goal keeps free, in whole MiB or thousandths, as people write them.
pub fn kept(facts: &ClassFacts, capacity: i64, per: i64) -> i64 {
    let free = i128::from(capacity) * i128::from(facts.goal.headroom) / 1_000_000;
    i64::try_from(free).unwrap_or(i64::MAX) / per * per
}

/// Memory in huge pages: there, and nobody's who asks for ordinary memory.
fn huge_pages(facts: &ClassFacts) -> Expr {
    match facts.machine.hugepages() {
        0 => Expr::new(),
        bytes => Expr::constant(bytes / 1024, "huge pages"),
    }
}

/// How many pods of a kind there are: a number for those placed first, else its share of the mix, rounded up.
pub fn pods_of(facts: &ClassFacts, m: &mut ClassModel, kind: &PodKind, why: &Why) -> Expr {
    let first = facts.mix.fixed_pods();
    if facts.mix.fixed.iter().any(|k| k.name == kind.name) {
        return Expr::from(kind.amount);
    }
    let name = format!("× `{}`, {why}", kind.name);
    if let Some(pods) = m.model.var(&name) {
        return Expr::from(pods);
    }
    let pods = m.model.derived(name, Unit::COUNT, MOST_PODS);
    m.model.label(pods, format!("× `{}`", kind.name));
    let share = m.vars.pods * kind.amount - first.saturating_mul(kind.amount);
    m.model.define_ceil(pods, share, 1_000_000).because(why.clone());
    Expr::from(pods)
}

/// Pods of the mix × their average, pods placed first, and what is reserved. How many pods are the mix's is a definition
/// of the row's own rule, so that a conflict does not name it as a rule beside it.
fn taken(facts: &ClassFacts, m: &mut ClassModel, resource: &Resource, why: &Why) -> Expr {
    let first = facts.mix.fixed_pods();
    // The average is in thousandths of the row's unit: rounded up, at most one KiB or one µCPU per pod too much.
    let average = (facts.mix.average_milli(|k| if k.whole { 0 } else { (resource.demand)(k) }) + 999) / 1000;
    let mut sum = Expr::new();
    for kind in facts.mix.shared.iter().filter(|k| k.whole) {
        sum += pods_of(facts, m, kind, why) * (resource.demand)(kind);
    }
    if first > 0 {
        let mix = m.model.derived(format!("of the mix, {why}"), Unit::COUNT, MOST_PODS);
        m.model.label(mix, "of the mix");
        m.model.define(mix, m.vars.pods - first).because(why.clone());
        sum += mix * average;
        sum += Expr::constant(resource.fixed, format!("for {first} pods placed first"));
    } else {
        sum += m.vars.pods * average;
    }
    sum + &resource.reserved
}
