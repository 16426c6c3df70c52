//! Eviction: hard thresholds written whole, soft ones above them with grace, minimum reclaim, transition.

use super::growth;
use super::model::ClassModel;
use crate::because;
use crate::catalog::{self, Policy};
use crate::facts::{Cause, ClassFacts, Known};
use crate::quantity::{Bytes, Threshold, ceil_div};
use crate::rules::{Draft, Origin, Rule};

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&WHOLE, &MEMORY, &PUBLISHED, &SOFT, &GRACE, &RECLAIM, &TRANSITION];

/// All signals are written.
pub static WHOLE: Rule = Rule {
    id: "eviction-hard-whole",
    why: "a stated evictionHard replaces upstream's whole map, so a signal that is left out is switched off",
    source: "kubernetes/kubernetes cmd/kubelet/app/server.go loadConfigFile; pkg/kubelet/eviction/defaults_linux.go",
};
/// Memory is absolute and large enough.
pub static MEMORY: Rule = Rule {
    id: "eviction-memory-reaction",
    why: "the kubelet looks every ten seconds, so the threshold must hold what pods may take until then, and at least upstream's 100Mi",
    source: "kubernetes/kubernetes pkg/kubelet/kubelet.go evictionMonitoringPeriod; profiles/goals.toml",
};
/// The publisher's thresholds.
pub static PUBLISHED: Rule = Rule {
    id: "eviction-published",
    why: "the provider's published thresholds belong to its reservation formula",
    source: "catalog/reservations.toml",
};
/// Soft above hard.
pub static SOFT: Rule = Rule {
    id: "eviction-soft-above-hard",
    why: "soft eviction gives pods time to stop before hard eviction kills them, so it must begin earlier; the grace delays evictions only, the node says at once that it is under pressure",
    source: "kubernetes/website concepts/scheduling-eviction/node-pressure-eviction; kubernetes/kubernetes pkg/kubelet/eviction/eviction_manager.go synchronize",
};
/// Each soft signal has a grace period.
pub static GRACE: Rule = Rule {
    id: "eviction-soft-needs-grace",
    why: "a kubelet with a soft threshold without a grace period does not start",
    source: "kubernetes/kubernetes pkg/kubelet/eviction/helpers.go ParseThresholdConfig",
};
/// Reclaim more than the last byte.
pub static RECLAIM: Rule = Rule {
    id: "eviction-minimum-reclaim",
    why: "an eviction that frees only just enough is followed by the next one",
    source: "kubernetes/website concepts/scheduling-eviction/node-pressure-eviction",
};
/// Transition.
pub static TRANSITION: Rule = Rule {
    id: "eviction-transition",
    why: "a node that leaves pressure too early attracts the pods that bring it back",
    source: "kubernetes/website concepts/scheduling-eviction/node-pressure-eviction",
};

/// The hard memory threshold before pins, how it comes about, and what it rests on.
fn memory(facts: &ClassFacts) -> (Bytes, String, Vec<Cause>) {
    if let Some(policy) = facts.policy()
        && let Some(Threshold::Absolute(bytes)) =
            policy.eviction.get("memory.available").and_then(|t| Threshold::parse(t).ok())
    {
        return (
            bytes,
            format!("{} {}", policy.policy, policy.generation),
            because![facts.reservation; published(policy)],
        );
    }
    let (floor, look) = (Known::limit("memory-eviction-floor"), Known::limit("eviction-monitoring-period"));
    let taken = growth::taken(facts, &look);
    let text = format!("{}, at least {}", taken.text, Bytes(floor.value));
    let because = because![floor].into_iter().chain(taken.causes).collect();
    (Bytes(floor.value.max(taken.bytes)), text, because)
}

fn published(policy: &Policy) -> Cause {
    Cause::Fact(format!("reservation/{}/{}", policy.policy, policy.generation))
}

/// Name of the hard memory threshold.
const HARD_MEMORY: &str = "kubelet/evictionHard.memory.available";

/// The hard memory threshold in force, for the rows of the model.
pub fn prepare(facts: &ClassFacts, m: &mut ClassModel) {
    let (planned, _, _) = memory(facts);
    let pinned = facts.pins.get(HARD_MEMORY);
    let bytes = match pinned {
        None => planned,
        Some(_) => {
            let mut draft = Draft::new(facts.minor(), &facts.pins);
            draft.set(HARD_MEMORY, planned.to_string(), Origin::Derived, &MEMORY).because([]);
            let text = draft.get(HARD_MEMORY).and_then(|v| v.as_str()).map(ToString::to_string);
            text.and_then(|t| Threshold::parse(&t).ok()).map_or(planned, |t| t.of(facts.machine.memory.value))
        }
    };
    m.eviction = (bytes.0 + 1023) / 1024;
}

/// Sets every eviction value except PIDs.
pub fn decide(facts: &ClassFacts, draft: &mut Draft<'_>) {
    let goal = facts.goal_cause.clone();
    let (planned, text, because) = memory(facts);
    let (origin, rule) =
        if facts.policy().is_some() { (Origin::Policy, &PUBLISHED) } else { (Origin::Derived, &MEMORY) };
    draft.set(HARD_MEMORY, planned.to_string(), origin, rule).reason(text).because(because);
    disks(facts, draft);
    soft(facts, draft, &goal);
    reclaim(facts, draft, &goal);
    draft.keep(
        "kubelet/evictionPressureTransitionPeriod",
        &TRANSITION,
        "upstream's five minutes outlast a burst of evictions",
    );
}

/// The hard thresholds of disks: the publisher's, or upstream's own where no policy states one. A signal that upstream
/// protects in newer minors only gets the same value in older ones, whose nodes it protects alike.
fn disks(facts: &ClassFacts, draft: &mut Draft<'_>) {
    const HARD: &str = "kubelet/evictionHard";
    let (minor, newest) = (facts.minor(), catalog::versions().newest);
    let upstream = catalog::find(HARD).and_then(|f| f.default_in(newest)).unwrap_or_default();
    for (signal, of_newest) in upstream.as_object().into_iter().flatten() {
        let name = format!("{HARD}.{signal}");
        if name == HARD_MEMORY {
            continue;
        }
        if let Some((policy, threshold)) = facts.policy().and_then(|p| Some((p, p.eviction.get(signal)?))) {
            draft
                .set(&name, threshold.as_str(), Origin::Policy, &PUBLISHED)
                .rule(&WHOLE)
                .reason(format!("{} {}", policy.policy, policy.generation))
                .because(because![facts.reservation; published(policy)]);
            continue;
        }
        let split = facts.machine.disks.split.as_ref().filter(|_| signal.starts_with("nodefs."));
        let own = Some(draft.default_of(&name)).filter(|d| !d.is_null());
        let facts_of = [minor, newest].map(|m| Cause::Fact(format!("default/{m}/{name}")));
        let mut because = because![facts.version];
        because.extend(facts_of);
        let mut reason = "written out: a map without it would switch it off".to_string();
        if let Some(split) = split {
            reason.push_str("; what containers write lies on nodefs and gets the same threshold");
            because.extend(because![split; Cause::Fact("behaviour/eviction-containerfs-overridden".into())]);
        }
        draft
            .set(&name, own.unwrap_or_else(|| of_newest.clone()), Origin::Derived, &WHOLE)
            .reason(reason)
            .because(because);
    }
}

fn soft(facts: &ClassFacts, draft: &mut Draft<'_>, goal: &Cause) {
    let hard = draft.get(HARD_MEMORY).and_then(|v| v.as_str()).and_then(|t| Threshold::parse(t).ok());
    let hard = hard.map_or(Bytes(0), |t| t.of(facts.machine.memory.value));
    let mut signals = Vec::new();
    if hard.0 > 0 {
        // Whole MiB, rounded up, so that soft stays above hard.
        let mi = ceil_div(hard.0 / 1000 * facts.goal.soft_eviction, Bytes::MI);
        let text =
            format!("{}.{} × hard eviction", facts.goal.soft_eviction / 1000, facts.goal.soft_eviction % 1000 / 100);
        signals.push(("memory.available".to_string(), Bytes::mi(mi).to_string(), text, None));
    }
    if facts.machine.disks.nodefs.is_some() {
        for (signal, threshold) in &facts.goal.soft_disk {
            let hard = draft.get(&format!("kubelet/evictionHard.{signal}")).and_then(|v| v.as_str());
            let (soft, text, step) = above(threshold, hard);
            signals.push((signal.clone(), soft, text, step));
        }
    }
    let stated = draft.pins().keys().filter_map(|n| n.strip_prefix("kubelet/evictionSoft.")).map(ToString::to_string);
    for signal in stated.collect::<Vec<_>>() {
        if !signals.iter().any(|(s, ..)| *s == signal) {
            // Only pinned: the planned value is replaced by the pin at once.
            signals.push((signal, "0%".into(), String::new(), None));
        }
    }
    let whole_soft = draft.pin("kubelet/evictionSoft").is_some();
    let whole_grace = draft.pin("kubelet/evictionSoftGracePeriod").is_some();
    for (signal, threshold, text, step) in signals {
        let mut causes =
            because![facts.goal_name; goal.clone(), Cause::Value(format!("kubelet/evictionHard.{signal}"))];
        causes.extend(step);
        if !whole_soft {
            draft
                .set(&format!("kubelet/evictionSoft.{signal}"), threshold, Origin::Derived, &SOFT)
                .reason(text)
                .because(causes);
        }
        if !whole_soft && !whole_grace {
            let soft = Cause::Value(format!("kubelet/evictionSoft.{signal}"));
            let grace = crate::quantity::GoDuration::parse(&facts.goal.soft_grace)
                .map_or_else(|_| facts.goal.soft_grace.clone(), |d| d.to_string());
            draft
                .set(&format!("kubelet/evictionSoftGracePeriod.{signal}"), grace, Origin::Derived, &GRACE)
                .reason("how long the signal must hold before pods are asked to stop")
                .because(because![facts.goal_name; goal.clone(), soft]);
        }
    }
    draft
        .set("kubelet/evictionMaxPodGracePeriod", facts.goal.soft_pod_grace, Origin::Derived, &SOFT)
        .reason("seconds a pod gets to stop when evicted softly")
        .because(because![facts.goal_name; goal.clone()]);
}

/// The goal's soft threshold of a disk signal, raised where a pinned hard one has reached it; off where that leaves no
/// room for it. With how that came about, and the step that decided it.
fn above(goal: &str, hard: Option<&str>) -> (String, String, Option<Cause>) {
    let share = |text: &str| match Threshold::parse(text) {
        Ok(Threshold::Share(ppm)) => Some(ppm),
        _ => None,
    };
    let plain = (goal.to_string(), "before hard eviction, after image collection".to_string(), None);
    match (share(goal), hard.map(share)) {
        (Some(soft), Some(Some(hard))) if hard < 1_000_000 && soft <= hard => {
            let step = catalog::menus().soft_eviction_step;
            let (raised, cause) = (hard + step, Some(Cause::Fact("menu/soft-eviction-step".into())));
            if raised >= 1_000_000 {
                return ("0%".into(), "off: the hard threshold leaves no room above it".into(), cause);
            }
            (Threshold::Share(raised).to_string(), format!("{} above hard eviction", Threshold::Share(step)), cause)
        }
        // An absolute hard threshold has no common order with a percentage before the disk is asked; none is planned then.
        (Some(_), Some(None)) => ("0%".into(), "off: hard eviction is an absolute quantity".into(), None),
        _ => plain,
    }
}

fn reclaim(facts: &ClassFacts, draft: &mut Draft<'_>, goal: &Cause) {
    if draft.pin("kubelet/evictionMinimumReclaim").is_some() {
        return;
    }
    for (signal, amount) in &facts.goal.minimum_reclaim {
        let disk = signal != "memory.available";
        if disk && facts.machine.disks.nodefs.is_none() {
            continue;
        }
        draft
            .set(&format!("kubelet/evictionMinimumReclaim.{signal}"), amount.as_str(), Origin::Derived, &RECLAIM)
            .reason("freed beyond the threshold")
            .because(because![facts.goal_name; goal.clone(), Cause::Value(format!("kubelet/evictionHard.{signal}"))]);
    }
}
