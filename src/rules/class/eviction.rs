//! Eviction: hard thresholds written whole, soft ones above them with grace, minimum reclaim, transition.

use super::model::ClassModel;
use crate::because;
use crate::catalog;
use crate::facts::{Cause, ClassFacts};
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
    why: "soft eviction gives pods time to stop before hard eviction kills them, so it must begin earlier",
    source: "kubernetes/website concepts/scheduling-eviction/node-pressure-eviction",
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

/// Seconds between two looks of the kubelet.
const LOOK: i64 = 10;

/// Signals with upstream's own thresholds, for those that no policy states. Upstream added imagefs.inodesFree in 1.30;
/// writing the same value earlier protects older nodes alike.
const UPSTREAM: [(&str, &str); 4] = [
    ("imagefs.available", "15%"),
    ("imagefs.inodesFree", "5%"),
    ("nodefs.available", "10%"),
    ("nodefs.inodesFree", "5%"),
];

/// The hard memory threshold before pins.
fn memory(facts: &ClassFacts) -> (Bytes, String) {
    if let Some(policy) = facts.policy()
        && let Some(Threshold::Absolute(bytes)) =
            policy.eviction.get("memory.available").and_then(|t| Threshold::parse(t).ok())
    {
        return (bytes, format!("{} {}", policy.policy, policy.generation));
    }
    let floor = catalog::limit("memory-eviction-floor").and_then(|l| l.value).unwrap_or(100 << 20);
    let growth = Bytes::parse(&facts.goal.memory_growth).map_or(0, |b| b.0);
    let reaction = growth * LOOK;
    let text = format!("{}/s × {LOOK}s, at least {}", facts.goal.memory_growth, Bytes(floor));
    (Bytes(floor.max(reaction)), text)
}

/// Name of the hard memory threshold.
const HARD_MEMORY: &str = "kubelet/evictionHard.memory.available";

/// The hard memory threshold in force, for the rows of the model.
pub fn prepare(facts: &ClassFacts, m: &mut ClassModel) {
    let (planned, _) = memory(facts);
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
    let goal = Cause::Fact(format!("goal/{}", facts.goal_name.value));
    let (planned, text) = memory(facts);
    match facts.policy() {
        Some(policy) => {
            let fact = Cause::Fact(format!("reservation/{}/{}", policy.policy, policy.generation));
            draft
                .set(HARD_MEMORY, planned.to_string(), Origin::Policy, &PUBLISHED)
                .reason(text)
                .because(because![facts.reservation; fact]);
        }
        None => {
            let floor = Cause::Fact("behaviour/memory-eviction-floor".into());
            draft
                .set(HARD_MEMORY, planned.to_string(), Origin::Derived, &MEMORY)
                .reason(text)
                .because(because![facts.goal_name; goal.clone(), floor]);
        }
    }
    for (signal, upstream) in UPSTREAM {
        let name = format!("kubelet/evictionHard.{signal}");
        let stated = facts.policy().and_then(|p| p.eviction.get(signal).map(|t| (p, t)));
        match stated {
            Some((policy, threshold)) => {
                let fact = Cause::Fact(format!("reservation/{}/{}", policy.policy, policy.generation));
                draft
                    .set(&name, threshold.as_str(), Origin::Policy, &PUBLISHED)
                    .rule(&WHOLE)
                    .reason(format!("{} {}", policy.policy, policy.generation))
                    .because(because![facts.reservation; fact]);
            }
            None => {
                let minor = facts.minor();
                let newest = catalog::versions().newest;
                let text = "written out: a map without it would switch it off";
                let causes =
                    [Cause::Fact(format!("default/{minor}/{name}")), Cause::Fact(format!("default/{newest}/{name}"))];
                draft
                    .set(&name, upstream, Origin::Derived, &WHOLE)
                    .reason(text)
                    .because(because![facts.version; causes[0].clone(), causes[1].clone()]);
            }
        }
    }
    soft(facts, draft, &goal);
    reclaim(facts, draft, &goal);
    draft.keep(
        "kubelet/evictionPressureTransitionPeriod",
        &TRANSITION,
        "upstream's five minutes outlast a burst of evictions",
    );
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
        signals.push(("memory.available".to_string(), Bytes::mi(mi).to_string(), text));
    }
    if facts.machine.disks.nodefs.is_some() {
        for (signal, threshold) in &facts.goal.soft_disk {
            let hard = draft.get(&format!("kubelet/evictionHard.{signal}")).and_then(|v| v.as_str());
            let (soft, text) = above(threshold, hard);
            signals.push((signal.clone(), soft, text));
        }
    }
    let stated = draft.pins().keys().filter_map(|n| n.strip_prefix("kubelet/evictionSoft.")).map(ToString::to_string);
    for signal in stated.collect::<Vec<_>>() {
        if !signals.iter().any(|(s, _, _)| *s == signal) {
            // Only pinned: the planned value is replaced by the pin at once.
            signals.push((signal, "0%".into(), String::new()));
        }
    }
    let whole_soft = draft.pin("kubelet/evictionSoft").is_some();
    let whole_grace = draft.pin("kubelet/evictionSoftGracePeriod").is_some();
    for (signal, threshold, text) in signals {
        let causes = because![facts.goal_name; goal.clone(), Cause::Value(format!("kubelet/evictionHard.{signal}"))];
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
/// room for it.
fn above(goal: &str, hard: Option<&str>) -> (String, String) {
    let share = |text: &str| match Threshold::parse(text) {
        Ok(Threshold::Share(ppm)) => Some(ppm),
        _ => None,
    };
    let plain = (goal.to_string(), "before hard eviction, after image collection".to_string());
    match (share(goal), hard.map(share)) {
        (Some(soft), Some(Some(hard))) if hard < 1_000_000 && soft <= hard => {
            let raised = hard + SOFT_STEP;
            if raised >= 1_000_000 {
                return ("0%".into(), "off: the hard threshold leaves no room above it".into());
            }
            (Threshold::Share(raised).to_string(), "five percent above hard eviction".into())
        }
        // An absolute hard threshold has no common order with a percentage before the disk is asked; none is planned then.
        (Some(_), Some(None)) => ("0%".into(), "off: hard eviction is an absolute quantity".into()),
        _ => plain,
    }
}

/// How far a soft threshold stands above a hard one that was pinned beyond the goal's: five percent, in millionths.
const SOFT_STEP: i64 = 50_000;

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
