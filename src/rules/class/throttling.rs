//! Memory throttling: where it acts, and only when the class asks for it.

use crate::because;
use crate::catalog;
use crate::diag::Finding;
use crate::facts::{Cause, ClassFacts};
use crate::rules::{Draft, Origin, Rule};

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&THROTTLE];

/// Slowed before killed.
pub static THROTTLE: Rule = Rule {
    id: "memory-throttling",
    why: "memory.high slows a container down before its limit kills it; a container that needs its limit is slow for good, so nobody is throttled unasked",
    source: "kubernetes/kubernetes pkg/kubelet/kuberuntime/kuberuntime_container_linux.go (KEP-2570)",
};

const FACTOR: &str = "kubelet/memoryThrottlingFactor";
const GATE: &str = "kubelet/featureGates.MemoryQoS";

/// Sets memoryThrottlingFactor and the gate that it needs where the class states `memory-throttling`.
pub fn decide(facts: &ClassFacts, draft: &mut Draft<'_>, findings: &mut Vec<Finding>) {
    let Some((factor, place)) = &facts.throttling else { return };
    if facts.cgroup.value == 1 {
        let message = format!("{}: memory is throttled by memory.high, which cgroup v1 has not", facts.name);
        findings.push(Finding::error("throttling-cgroup-v1", message).at(place, "would have no effect"));
        return;
    }
    let Some(gate) = catalog::gate("MemoryQoS", facts.minor()) else { return };
    let causes = || because![factor, facts.cgroup, facts.version];
    if !gate.default {
        draft.set(GATE, true, Origin::Derived, &THROTTLE).reason("throttling acts only with it").because(causes());
        let message = format!(
            "{}: throttling needs feature gate MemoryQoS, which is {} in {}",
            facts.name,
            gate.stage.to_lowercase(),
            facts.minor()
        );
        findings.push(
            Finding::warning("throttling-gate", message)
                .at(place, "switched on for this")
                .note("upstream has it off by default in this minor")
                .help("leave `memory-throttling` out, or plan a newer kubelet"),
        );
    }
    #[allow(clippy::cast_precision_loss)]
    let number = factor.value as f64 / 1_000_000.0;
    let between = catalog::behaviour("memory-high-between", facts.minor());
    let (formula, fact) = match between {
        Some(_) => ("request + factor × (limit − request)", "behaviour/memory-high-between"),
        None => ("factor × limit", "behaviour/memory-high-of-limit"),
    };
    let reason =
        format!("a container is slowed from {formula} on; without a limit of its own, allocatable memory stands in");
    let causes = causes().into_iter().chain([Cause::Fact(fact.into())]);
    draft.set(FACTOR, number, Origin::Derived, &THROTTLE).reason(reason).because(causes);
}
