//! What is kept back from pods: amounts that can be read, and that the machine has.

use super::super::Find;
use super::super::asked::{broken, gate, keys, machine, text};
use super::eviction::Limit;
use crate::check::constraint::Constraint;
use crate::check::go::{NANO, Quantity};
use crate::check::scene::At;
use crate::diag::Finding;
use crate::quantity::Bytes;
use std::collections::BTreeSet;

pub(in super::super) const FIND: &[(&str, Find)] = &[
    ("reservation-negative", negative),
    ("reservation-over-capacity", over_capacity),
    ("static-cpu-without-reservation", without_cpu),
    ("reserved-cpus-replace-amounts", replaced),
];

const MAPS: [&str; 2] = ["kubeReserved", "systemReserved"];
const SET: &str = "reservedSystemCPUs";

fn negative(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for map in MAPS {
        for (key, stated) in keys(at, map) {
            let amount = stated.value.as_str().and_then(Quantity::parse);
            if amount.is_some_and(|q| q.nano < 0) {
                let name = format!("{map}.{key}");
                out.push(broken(at, constraint, &format!("`{name}` is {{{name}}}, which is below nothing"), &[&name]));
            }
        }
    }
}

/// The CPUs that are set aside by number, where they are.
pub(super) fn set(at: &At<'_>) -> Option<BTreeSet<i64>> {
    text(at, SET).filter(|t| !t.is_empty()).and_then(|t| super::cpus::list(&t).ok()).filter(|set| !set.is_empty())
}

/// An amount that both maps keep back together, in billionths; nothing where one of them cannot be read.
fn both(at: &At<'_>, resource: &str) -> Option<i128> {
    let of = |map: &str| match at.json(&format!("{map}.{resource}")) {
        Some(value) if !value.is_null() => value.as_str().and_then(Quantity::parse).map(|q| q.nano),
        _ => Some(0),
    };
    Some(of(MAPS[0])? + of(MAPS[1])?)
}

/// CPU that is kept back, in billionths of one.
fn cpu(at: &At<'_>) -> Option<i128> {
    match set(at) {
        Some(set) => i128::try_from(set.len()).ok().map(|count| count * NANO),
        None => both(at, "cpu"),
    }
}

/// What a hard threshold keeps back, in billionths of a byte.
fn evicted(at: &At<'_>, signal: &str, capacity: Option<i64>) -> Option<i128> {
    match text(at, &format!("evictionHard.{signal}")) {
        Some(text) => Limit::read(&text).ok()?.of(capacity),
        None => Some(0),
    }
}

/// Memory that is kept back, in billionths of a byte: of the daemons, and before an eviction.
pub(super) fn memory(at: &At<'_>) -> Option<(i128, i128)> {
    Some((both(at, "memory")?, evicted(at, "memory.available", machine(at, "memory"))?))
}

fn over_capacity(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let names = |key: &str| MAPS.map(|map| format!("{map}.{key}"));
    let over = |kept: Option<i128>, fact: &str| {
        let (kept, there) = kept.zip(machine(at, fact))?;
        (kept > i128::from(there) * NANO).then_some((kept, there))
    };
    if let Some((kept, there)) = over(cpu(at), "cpus") {
        let says = format!("{} CPUs are kept back from pods, and the machine has {there}", cores(kept));
        let [kube, system] = names("cpu");
        let amounts = [kube.as_str(), system.as_str()];
        out.push(broken(at, constraint, &says, if set(at).is_some() { &[SET] } else { &amounts }));
    }
    let disk = both(at, "ephemeral-storage").zip(evicted(at, "nodefs.available", machine(at, "nodefs")));
    for (what, kept, fact, key, signal) in [
        ("memory", memory(at), "memory", "memory", "evictionHard.memory.available"),
        ("storage", disk, "nodefs", "ephemeral-storage", "evictionHard.nodefs.available"),
    ] {
        if let Some((_, there)) = over(kept.map(|(daemons, eviction)| daemons + eviction), fact) {
            let [kube, system] = names(key);
            let (daemons, eviction) = kept.unwrap_or_default();
            let says = format!(
                "{} of {what} and {} before an eviction are kept back from pods, and the machine has {}",
                bytes(daemons),
                bytes(eviction),
                Bytes(there)
            );
            out.push(broken(at, constraint, &says, &[&kube, &system, signal]));
        }
    }
}

fn cores(nano: i128) -> String {
    let milli = nano / (NANO / 1000);
    if milli % 1000 == 0 { (milli / 1000).to_string() } else { format!("{milli}m") }
}

/// An amount of bytes as people read it.
pub(super) fn bytes(nano: i128) -> String {
    match i64::try_from(nano / NANO) {
        Ok(whole) if nano % NANO == 0 => Bytes(whole).to_string(),
        _ => format!("{}.{:09}", nano / NANO, (nano % NANO).abs()).trim_end_matches('0').to_string(),
    }
}

fn without_cpu(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let is_static = text(at, "cpuManagerPolicy").as_deref() == Some("static") && gate(at, "CPUManager");
    if is_static && cpu(at) == Some(0) {
        let says = "the CPU manager is static, and no CPU is kept back from pods";
        out.push(broken(at, constraint, says, &["cpuManagerPolicy", "kubeReserved.cpu", "systemReserved.cpu"]));
    }
}

fn replaced(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(set) = set(at) else { return };
    for map in MAPS {
        for (key, stated) in keys(at, map).into_iter().filter(|(key, _)| *key == "cpu") {
            let amount = stated.value.as_str().and_then(Quantity::parse);
            let same = i128::try_from(set.len()).is_ok_and(|n| amount.is_some_and(|q| q.nano == n * NANO));
            // A plan may say the same thing twice: that all of it is the system's.
            if !(same && map == MAPS[1]) && amount.is_some_and(|q| q.nano != 0) {
                let name = format!("{map}.{key}");
                let says = format!("`{name}` does not count beside `{SET}`, which keeps back {} CPUs", set.len());
                out.push(broken(at, constraint, &says, &[&name, SET]));
            }
        }
    }
}
