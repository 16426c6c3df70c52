//! Containers' layers apart from images: the gate that lets the kubelet see them, and whose thresholds they get.

use crate::because;
use crate::catalog;
use crate::diag::Finding;
use crate::facts::{Allowed, Cause, ClassFacts};
use crate::rules::{Draft, Origin, Rule};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&SPLIT];

/// The kubelet must see the split.
pub static SPLIT: Rule = Rule {
    id: "containerfs-gate",
    why: "a kubelet that finds containers' layers apart from images, and may not know it, ends every look at the disks with an error and evicts nothing",
    source: "kubernetes/kubernetes pkg/kubelet/eviction/eviction_manager.go synchronize",
};

const GATE: &str = "kubelet/featureGates.KubeletSeparateDiskGC";

/// Switches the gate on where the layout needs it and the minor has it off. Needs what was pinned and carried.
pub fn decide(facts: &ClassFacts, draft: &mut Draft<'_>, findings: &mut Vec<Finding>) {
    let Some(split) = &facts.machine.disks.split else { return };
    let gate = catalog::gate("KubeletSeparateDiskGC", facts.minor());
    let by_default = gate.is_none_or(|g| g.default);
    let stage = gate.map_or_else(String::new, |g| g.stage.to_lowercase());
    let pinned = facts.pins.get(GATE).or_else(|| facts.pins.get("kubelet/featureGates"));
    let off = |p: &crate::facts::Pinned| match &p.allowed {
        Allowed::Exactly(Json::Object(map)) => {
            !map.get("KubeletSeparateDiskGC").and_then(Json::as_bool).unwrap_or(by_default)
        }
        _ => !p.allows(&Json::Bool(true)),
    };
    if let Some(pin) = pinned.filter(|p| off(p)) {
        let message = format!("{}: containers' layers lie apart from images, and the gate for it is off", facts.name);
        findings.push(
            Finding::error("containerfs-gate-off", message)
                .at(&facts.pin_place(pin), "switched off here")
                .note(format!("{} ({})", SPLIT.why, SPLIT.source)),
        );
        return;
    }
    if !by_default {
        let causes = because![split, facts.version; Cause::Fact("behaviour/containerfs".into())];
        draft.set(GATE, true, Origin::Derived, &SPLIT).reason("containers' layers lie on nodefs").because(causes);
        let message = format!(
            "{}: the layout of the disks needs feature gate KubeletSeparateDiskGC, which is {stage}",
            facts.name
        );
        findings.push(
            Finding::advice("containerfs-alpha", message)
                .at(&facts.place, "this class")
                .note(format!("it is off by default in {}", facts.minor()))
                .help("let the disk of `imagefs` hold `containerfs`, or plan a newer kubelet"),
        );
    }
}
