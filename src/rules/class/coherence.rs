//! What a plan asks of the finished kubelet configuration beyond upstream. What upstream asks is stated once, in
//! `catalog/constraints`, and held over every plan by `plan/judge.rs`.

use crate::catalog;
use crate::diag::{Finding, Place};
use crate::facts::ClassFacts;
use crate::quantity::{Bytes, Threshold};
use crate::rules::{Rule, Value, Values};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&RESERVED_MEMORY_NODE, &SOFT_HARD, &EVICTION_WHOLE, &EVICTION_OFF];

/// No more than a node has.
static RESERVED_MEMORY_NODE: Rule = Rule {
    id: "kubelet-reserved-memory-node",
    why: "upstream does not check that what is reserved of a NUMA node fits it, and subtracts without a sign",
    source: "kubernetes/kubernetes pkg/kubelet/cm/memorymanager/policy_static.go getDefaultMachineState",
};
/// Soft before hard.
static SOFT_HARD: Rule = Rule {
    id: "kubelet-soft-below-hard",
    why: "a soft threshold that is not above the hard one never acts",
    source: "kubernetes/kubernetes pkg/kubelet/eviction/eviction_manager.go",
};
/// A pinned map is all of the map.
static EVICTION_WHOLE: Rule = Rule {
    id: "kubelet-eviction-map-partial",
    why: "evictionHard replaces upstream's whole map, so each signal must be in it; one that shall be off is \"0%\"",
    source: "kubernetes/kubernetes cmd/kubelet/app/server.go loadConfigFile",
};
/// memory.available is absolute and on.
static EVICTION_OFF: Rule = Rule {
    id: "kubelet-eviction-memory-absolute",
    why: "a percentage follows the memory that the kubelet finds, which a plan does not know to the byte; and without it nothing is evicted before the kernel kills",
    source: "kubernetes/kubernetes pkg/kubelet/eviction/api/types.go GetThresholdQuantity",
};

/// The finished values of one class, with defaults behind them.
struct Effective<'a> {
    facts: &'a ClassFacts,
    values: &'a Values,
}

impl Effective<'_> {
    fn get(&self, field: &str) -> Json {
        let name = format!("kubelet/{field}");
        if let Some(value) = self.values.get(&name) {
            return value.value.clone();
        }
        catalog::find(&name).and_then(|f| f.default_in(self.facts.minor())).unwrap_or(Json::Null)
    }

    /// Keys of a map with their texts, as planned.
    fn map<'m>(&'m self, field: &str) -> impl Iterator<Item = (String, &'m Value)> + use<'m> {
        let below = format!("kubelet/{field}.");
        self.values.iter().filter_map(move |(n, v)| Some((n.strip_prefix(&below)?.to_string(), v)))
    }

    /// An error of a rule, with every pin that has a part in it as a label; the base or the class where there is none.
    fn broken(&self, rule: &'static Rule, message: String, fields: &[&str]) -> Finding {
        let mut finding = Finding::error(rule.id, format!("{}: {message}", self.facts.name));
        let mut places: Vec<Place> = Vec::new();
        let mut labelled = false;
        for (name, pinned) in &self.facts.pins {
            if fields
                .iter()
                .any(|f| name.strip_prefix("kubelet/").is_some_and(|n| n == *f || n.starts_with(&format!("{f}."))))
            {
                let place = self.facts.pin_place(pinned);
                if places.contains(&place) {
                    continue;
                }
                places.push(place.clone());
                finding =
                    if labelled { finding.clash(&place, "and this pin") } else { finding.at(&place, "pinned here") };
                labelled = true;
            }
        }
        if let (false, Some(base)) = (labelled, &self.facts.base) {
            finding = finding.at(&Place::new(&std::sync::Arc::from(base.path.as_str()), 0..0), "set in this base");
            labelled = true;
        }
        if !labelled {
            finding = finding.at(&self.facts.place, "this class");
        }
        finding.note(format!("{} ({})", rule.why, rule.source))
    }
}

/// Every one of these rules that the finished values of a class break.
pub fn check(facts: &ClassFacts, values: &Values) -> Vec<Finding> {
    let e = Effective { facts, values };
    let mut out = Vec::new();
    eviction(&e, &mut out);
    reserved_memory(&e, &mut out);
    out
}

fn eviction(e: &Effective<'_>, out: &mut Vec<Finding>) {
    let memory = e.facts.machine.memory.value;
    let whole =
        ["memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree"];
    let missing: Vec<&str> = whole.iter().copied().filter(|s| !e.map("evictionHard").any(|(k, _)| k == *s)).collect();
    // With the merge flag upstream fills in its own defaults for what a map leaves out.
    let merges = e.get("mergeDefaultEvictionSettings") == Json::Bool(true);
    if !missing.is_empty() && !merges {
        let message = format!("evictionHard leaves out {}, which would be switched off", missing.join(", "));
        out.push(
            e.broken(&EVICTION_WHOLE, message, &["evictionHard"])
                .help("pin single signals, such as `kubelet/evictionHard.memory.available`"),
        );
    }
    let parse = |v: &Value| v.value.as_str().and_then(|t| Threshold::parse(t).ok());
    for (signal, value) in e.map("evictionHard") {
        if signal == "memory.available" && matches!(parse(value), Some(Threshold::Share(_))) {
            let message = format!("evictionHard.memory.available is {}, not an absolute quantity", value.value);
            out.push(e.broken(&EVICTION_OFF, message, &["evictionHard.memory.available", "evictionHard"]));
        }
    }
    let off = |v: &Value| parse(v).is_some_and(|t| matches!(t, Threshold::Share(0 | 1_000_000)));
    for (signal, soft) in e.map("evictionSoft").filter(|(_, v)| !off(v)) {
        let hard = e.map("evictionHard").find(|(k, _)| *k == signal).and_then(|(_, v)| parse(v));
        let (Some(soft), Some(hard)) = (parse(soft), hard) else { continue };
        let capacity = if signal == "memory.available" {
            memory
        } else {
            e.facts.machine.disks.nodefs.as_ref().map_or(Bytes(1 << 40), |n| n.value)
        };
        if soft.of(capacity) <= hard.of(capacity) && hard.of(capacity).0 > 0 {
            let message = format!("soft eviction of {signal} begins at {soft}, hard eviction at {hard}");
            out.push(e.broken(
                &SOFT_HARD,
                message,
                &[&format!("evictionSoft.{signal}"), &format!("evictionHard.{signal}"), "evictionSoft", "evictionHard"],
            ));
        }
    }
}

fn reserved_memory(e: &Effective<'_>, out: &mut Vec<Finding>) {
    let list = e.get("reservedMemory");
    for item in list.as_array().into_iter().flatten() {
        let node = item.get("numaNode").and_then(Json::as_i64).unwrap_or(0);
        let amount = item.get("limits").and_then(|l| l.get("memory")).and_then(Json::as_str);
        let amount = amount.and_then(|text| Bytes::parse(text).ok());
        let has = usize::try_from(node).ok().and_then(|n| e.facts.machine.numa.get(n)).map(|n| n.memory);
        let Some((amount, has)) = amount.zip(has).filter(|(amount, has)| amount > has) else { continue };
        let message = format!("NUMA node {node} has {has}, and {amount} of it shall be reserved");
        out.push(e.broken(&RESERVED_MEMORY_NODE, message, &["reservedMemory"]));
    }
}
