//! The last look: what is written must keep what the solver promised, in exact arithmetic over the written values.
//!
//! A pin or a base that slipped past the program would make the plan a lie. Nothing that fails here is ever written.

use super::ledger::Ledger;
use crate::facts::ClassFacts;
use crate::rules::Values;

/// Whether the written values keep the promises of the plan.
///
/// # Errors
/// Which promise is broken, with its numbers.
pub fn written(facts: &ClassFacts, ledger: &Ledger, pods: i64, values: &Values) -> Result<(), String> {
    let name = &facts.name;
    let say = |what: &str, left: i64, right: i64| Err(format!("node class `{name}`: {what}: {left} > {right}"));
    let stated = values.get("kubelet/maxPods").and_then(|v| v.value.as_i64());
    if stated != Some(pods) {
        return Err(format!("node class `{name}`: solved for {pods} pods, and maxPods is written as {stated:?}"));
    }
    let [capacity, kube, system, eviction] = ledger.memory;
    if kube.saturating_add(system).saturating_add(eviction).saturating_add(ledger.hugepages) > capacity {
        return say("reserved memory is more than there is", kube.saturating_add(system), capacity);
    }
    let [cpus, kube, system] = ledger.cpu;
    if kube.saturating_add(system) > cpus {
        return say("reserved CPU is more than there is", kube.saturating_add(system), cpus);
    }
    if ledger.used_memory > ledger.allocatable_memory() {
        return say(
            "the pods request more memory than is allocatable",
            ledger.used_memory,
            ledger.allocatable_memory(),
        );
    }
    if ledger.used_cpu > ledger.allocatable_cpu() {
        return say("the pods request more CPU than is allocatable", ledger.used_cpu, ledger.allocatable_cpu());
    }
    Ok(())
}
