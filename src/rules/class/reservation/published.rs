//! Providers' formulas, to the unit: their numbers are in `catalog/reservations.toml`, the arithmetic is here.

use super::{EPHEMERAL, PINNED, PUBLISHED};
use crate::because;
use crate::catalog::{Band, Policy};
use crate::facts::{Cause, ClassFacts};
use crate::quantity::{Bytes, Milli};
use crate::rules::class::model::{ClassModel, MEMORY};
use crate::rules::{Draft, Origin};
use plimsoll_solver::{Expr, Solution};

/// The parts of `amount` that the bands take, each in millionths, floored one by one or left exact.
fn bands(bands: &[Band], amount: i64, floor_each: bool) -> i128 {
    let (mut from, mut sum) = (0, 0_i128);
    for band in bands {
        let to = band.to.unwrap_or(i64::MAX).min(amount);
        if to > from {
            let part = i128::from(to - from) * i128::from(band.ppm);
            sum += if floor_each { part / 1_000_000 * 1_000_000 } else { part };
            from = to;
        }
    }
    sum
}

/// Reserved milli-CPU of a machine with `cpus` logical CPUs.
#[must_use]
pub fn cpu_milli(policy: &Policy, cpus: i64) -> i64 {
    let micro = bands(&policy.cpu_bands, cpus * 1000, policy.cpu_floor_per_band);
    let milli = match policy.cpu_step {
        // Rounded up: Kubernetes rounds a finer CPU quantity up to whole thousandths.
        0 => (micro + 999_999) / 1_000_000,
        step => {
            let unit = i128::from(step) * 1_000_000;
            (micro + unit / 2) / unit * i128::from(step)
        }
    };
    i64::try_from(milli).unwrap_or(i64::MAX).max(policy.cpu_least)
}

/// Reserved MiB where the formula depends on capacity alone.
fn memory_mib(policy: &Policy, nominal: Bytes, reported: Bytes) -> i64 {
    match policy.memory.as_str() {
        "bands" if nominal.whole_mi() <= policy.memory_fixed_to => policy.memory_fixed,
        "bands" => i64::try_from(bands(&policy.memory_bands, nominal.whole_mi(), true) / 1_000_000).unwrap_or(i64::MAX),
        _ => {
            let gib = reported.0 >> 30;
            let step = policy.memory_steps.iter().find(|s| s.to.is_none_or(|to| gib <= to));
            let hundredths = step.map_or(0, |s| s.base + (gib - s.from) * s.each);
            (hundredths + 50) / 100 * 1024
        }
    }
}

fn fact(policy: &Policy) -> Cause {
    Cause::Fact(format!("reservation/{}/{}", policy.policy, policy.generation))
}

/// How the formula computes memory, for arithmetic.
fn memory_text(policy: &Policy, facts: &ClassFacts, pods: i64, mib: i64) -> String {
    let linear = format!("{} × {pods} + {}", policy.memory_per_pod, policy.memory_fixed);
    match policy.memory.as_str() {
        "per-pod" => format!("{} {}: {linear} = {mib}Mi", policy.policy, policy.generation),
        "per-pod-capped" => format!(
            "{} {}: the lesser of {linear} and a quarter of {} = {mib}Mi",
            policy.policy, policy.generation, facts.machine.nominal.value
        ),
        _ => format!("{} {}: bands over {}", policy.policy, policy.generation, facts.machine.nominal.value),
    }
}

pub(super) fn constrain(facts: &ClassFacts, policy: &'static Policy, m: &mut ClassModel) {
    let machine = &facts.machine;
    let (memory, cpu) = if policy.pays == "kubeReserved" {
        (m.vars.kube_memory, m.vars.kube_cpu)
    } else {
        (m.vars.system_memory, m.vars.system_cpu)
    };
    let why = ClassModel::why_on(
        &mut m.causes,
        &PUBLISHED,
        "memory",
        because![facts.reservation, machine.nominal; fact(policy)],
    );
    let per = policy.memory_per_pod * policy.memory_unit / 1024;
    let linear = m.vars.pods * per + Expr::from(policy.memory_fixed * policy.memory_unit / 1024);
    match policy.memory.as_str() {
        "per-pod" => {
            m.model.define(memory, linear).shown_in(MEMORY).because(why);
        }
        "per-pod-capped" => {
            // Whole MiB, since that is what the provider's nodes carry.
            let cap = i128::from(machine.nominal.value.0) * i128::from(policy.memory_cap) / 1_000_000;
            let cap = i64::try_from(cap >> 20).unwrap_or(i64::MAX >> 20) * 1024;
            m.model.define_min(memory, linear, cap).shown_in(MEMORY).because(why);
        }
        _ => {
            let fixed = memory_mib(policy, machine.nominal.value, machine.memory.value);
            m.model.define(memory, fixed * 1024).shown_in(MEMORY).because(why);
        }
    }
    let why =
        ClassModel::why_on(&mut m.causes, &PUBLISHED, "cpu", because![facts.reservation, machine.cpus; fact(policy)]);
    m.model.define(cpu, cpu_milli(policy, machine.cpus.value) * 1000).because(why);
}

pub(super) fn decide(
    facts: &ClassFacts,
    policy: &'static Policy,
    m: &ClassModel,
    solution: &Solution,
    draft: &mut Draft<'_>,
) {
    let kube = policy.pays == "kubeReserved";
    let (memory, cpu) =
        if kube { (m.vars.kube_memory, m.vars.kube_cpu) } else { (m.vars.system_memory, m.vars.system_cpu) };
    let field = if kube { "kubelet/kubeReserved" } else { "kubelet/systemReserved" };
    let kib = solution.value(memory);
    let pods = solution.value(m.vars.pods);
    let per_pod = policy.memory.starts_with("per-pod");
    let mut because = because![facts.reservation, facts.machine.nominal; fact(policy)];
    if per_pod {
        because.push(Cause::Value("kubelet/maxPods".into()));
    }
    draft
        .set(&format!("{field}.memory"), Bytes(kib * 1024).to_string(), Origin::Policy, &PUBLISHED)
        .reason(memory_text(policy, facts, pods, kib / 1024))
        .because(because);
    let milli = Milli(solution.value(cpu) / 1000);
    draft
        .set(&format!("{field}.cpu"), milli.to_string(), Origin::Policy, &PUBLISHED)
        .reason(format!("{} {}: bands over {} CPUs", policy.policy, policy.generation, facts.machine.cpus.value))
        .because(because![facts.reservation, facts.machine.cpus; fact(policy)]);
    // What a pin reserves beside the formula is reserved all the same, and counted: by the memory manager to the byte.
    let (other, memory, cpu) = if kube {
        ("kubelet/systemReserved", m.vars.system_memory, m.vars.system_cpu)
    } else {
        ("kubelet/kubeReserved", m.vars.kube_memory, m.vars.kube_cpu)
    };
    let beside = [
        (format!("{other}.memory"), Bytes(solution.value(memory) * 1024).to_string()),
        (format!("{other}.cpu"), Milli(solution.value(cpu) / 1000).to_string()),
    ];
    for (name, value) in beside.into_iter().filter(|(name, _)| facts.pins.contains_key(name)) {
        draft.set(&name, value, Origin::Pinned, &PINNED).because([]);
    }
    if let Some(storage) = &policy.ephemeral_storage {
        draft
            .set(&format!("{field}.ephemeral-storage"), storage.as_str(), Origin::Policy, &EPHEMERAL)
            .reason(format!("{} {}: flat", policy.policy, policy.generation))
            .because(because![facts.reservation; fact(policy)]);
    }
}
