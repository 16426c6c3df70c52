//! The VerticalPodAutoscaler's recommender: no recommendation that no node could take, and requests for all its objects.

use super::SETTLED;
use crate::because;
use crate::facts::{Cause, ClassFacts, Facts, Known};
use crate::quantity::{Bytes, Milli, ceil_div};
use crate::rules::class::ClassResult;
use crate::rules::{Draft, Origin, Rule};
use std::collections::BTreeMap;

/// Room.
pub static ROOM: Rule = Rule {
    id: "vpa-room",
    why: "a pod whose recommended requests are more than any node has left for it stays pending, and nothing lowers them again",
    source: "kubernetes/autoscaler vertical-pod-autoscaler/docs/known-limitations.md",
};
/// Requests.
pub static REQUESTS: Rule = Rule {
    id: "vpa-requests",
    why: "each round writes the status of every object that changed and a checkpoint for each of its containers; what does not get through waits for the next round",
    source: "kubernetes/autoscaler vertical-pod-autoscaler/pkg/recommender/routines/recommender.go UpdateVPAs, MaintainCheckpoints",
};

const QPS: &str = "vpa-recommender/kube-api-qps";
const BURST: &str = "vpa-recommender/kube-api-burst";
const INTERVAL: &str = "vpa-recommender/recommender-interval";

/// Sets the recommender's flags where objects of it are stated.
pub fn decide(facts: &Facts, classes: &BTreeMap<String, ClassResult>, draft: &mut Draft<'_>) {
    let Some(objects) = facts.cluster.autoscaling.vpas.as_ref().filter(|n| n.value > 0) else { return };
    room(facts, classes, objects, draft);
    draft.keep_because(INTERVAL, &SETTLED, "upstream's default", objects.causes().cloned());
    requests(objects, draft);
}

/// What the largest class leaves for one pod beside those that run on every node.
fn room(facts: &Facts, classes: &BTreeMap<String, ClassResult>, objects: &Known<i64>, draft: &mut Draft<'_>) {
    let left = |class: &ClassFacts| {
        let ledger = &classes.get(&class.name)?.ledger;
        let cpu = ledger.allocatable_cpu() - class.mix.fixed(|k| k.cpu);
        Some((ledger.allocatable_memory() - class.mix.fixed(|k| k.memory.0), cpu, class.name.clone()))
    };
    let workers = facts.classes.values().filter(|c| c.role.value == "worker");
    let Some((memory, cpu, class)) = workers.filter_map(left).max() else { return };
    let values = [
        ("memory", Bytes(memory.max(0) >> 20 << 20).to_string(), Bytes(memory.max(0)).to_string()),
        ("cpu", Milli(cpu.max(0)).to_string(), Milli(cpu.max(0)).to_string()),
    ];
    for (what, value, exact) in values {
        draft
            .set(&format!("vpa-recommender/container-recommendation-max-allowed-{what}"), value, Origin::Derived, &ROOM)
            .reason(format!(
                "{class} has the most memory for one pod: {exact} of {what} beside what runs on every node"
            ))
            .because(because![objects; Cause::Value(format!("{class}/allocatable"))]);
    }
}

/// Requests of one round within half of its time.
fn requests(objects: &Known<i64>, draft: &mut Draft<'_>) {
    let (written, busy) = (Known::opinion("autoscaling/vpa-writes"), Known::opinion("autoscaling/vpa-busy"));
    let seconds = draft
        .get(INTERVAL)
        .and_then(|v| crate::quantity::GoDuration::parse(v.as_str()?).ok())
        .map_or(60, |d| (d.0 / crate::quantity::GoDuration::SECOND).max(1));
    let all = objects.join(&written, |n, each| n.saturating_mul(*each));
    let needed = all.join(&busy, |all, busy| ceil_div(all.saturating_mul(100), seconds * (*busy).max(1)));
    let default = Known::default_of(QPS, draft.version());
    let line = format!(
        "{} objects × {} requests in {}% of {seconds} s = {} a second",
        objects.value, written.value, busy.value, needed.value
    );
    let interval = Cause::Value(INTERVAL.into());
    if needed.value <= default.value {
        let reason = format!("{line}, within upstream's default");
        draft.keep_because(QPS, &REQUESTS, &reason, because![needed; interval]);
        draft.keep_because(BURST, &REQUESTS, "upstream's default", because![needed]);
        return;
    }
    draft.set(QPS, needed.value, Origin::Derived, &REQUESTS).reason(line).because(because![needed; interval]);
    let qps = draft.get(QPS).and_then(serde_json::Value::as_i64).unwrap_or(needed.value);
    draft
        .set(BURST, qps.saturating_mul(2), Origin::Derived, &REQUESTS)
        .reason(format!("twice {qps}, as upstream's defaults are to each other"))
        .because([Cause::Value(QPS.into())]);
}
