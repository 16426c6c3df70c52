//! Node lifecycle: when a silent node is called lost, and how fast the pods of lost nodes are evicted.

use super::PREFIX;
use crate::because;
use crate::catalog;
use crate::facts::{Cause, Facts, Known};
use crate::quantity::{GoDuration, ceil_div};
use crate::rules::class::ClassResult;
use crate::rules::{Draft, Origin, Rule};
use std::collections::BTreeMap;

/// Grace outlasts detection and lost renewals.
pub static GRACE: Rule = Rule {
    id: "node-monitor-grace",
    why: "a kubelet notices a dead connection after 45 seconds, and renewals may fail; a shorter grace period calls healthy nodes lost",
    source: "kubernetes/kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go; PR 126287",
};
/// Node lifecycle.
pub static LIFECYCLE: Rule = Rule {
    id: "node-lifecycle",
    why: "upstream's rates evict from a lost zone slowly enough that a network fault does not empty it",
    source: "kubernetes/website concepts/architecture/nodes",
};

const NAME: &str = "kube-controller-manager/node-monitor-grace-period";
const LEASE: &str = "kubelet/nodeLeaseDurationSeconds";

/// Seconds between two renewals of a node's lease: the longest of all classes, as planned.
fn renewal(facts: &Facts, classes: &BTreeMap<String, ClassResult>) -> Known<i64> {
    let times = Known::limit("lease-renewals");
    let every = |duration: &Known<i64>| duration.join(&times, |d, times| ceil_div(*d, (*times).max(1)));
    let of = |(name, class): (&String, &ClassResult)| {
        let minor = facts.classes.get(name)?.minor();
        let planned = class.values.get(LEASE).and_then(|v| v.value.as_i64());
        let stated = planned.map(|d| Known::caused(d, Cause::Value(format!("{name}: {LEASE}"))));
        Some(every(&stated.unwrap_or_else(|| Known::default_of(LEASE, minor))))
    };
    let longest = classes.iter().filter_map(of).max_by_key(|k| k.value);
    longest.unwrap_or_else(|| every(&Known::default_of(LEASE, facts.cluster.minor())))
}

/// The least grace period in seconds: longer than the detection of a dead connection by the rest of a renewal, and than the
/// renewals that may be missed in a row.
#[must_use]
pub fn grace_for(detection: i64, renewal: i64, missed: i64) -> i64 {
    let renewal = renewal.max(1);
    ((detection / renewal + 1) * renewal).max((missed + 1) * renewal)
}

/// Sets the flags of node lifecycle.
pub(super) fn decide(facts: &Facts, classes: &BTreeMap<String, ClassResult>, draft: &mut Draft<'_>) {
    grace(facts, classes, draft);
    let mut keep = |flag: &str, reason: String| {
        let cause = facts.cluster.nodes.causes().cloned();
        draft.keep_because(&format!("{PREFIX}{flag}"), &LIFECYCLE, &reason, cause);
    };
    let nodes = facts.cluster.nodes.value;
    keep("node-monitor-period", "upstream's default: a lost node is noticed that much after its grace".into());
    keep("node-eviction-rate", "upstream's default: one node in 10s while its zone is healthy".into());
    keep("secondary-node-eviction-rate", "upstream's default: one node in 1m40s while its zone is not".into());
    keep("unhealthy-zone-threshold", "upstream's default: a zone that has lost 55% of its nodes is unhealthy".into());
    let large = catalog::default_number(&format!("{PREFIX}large-cluster-size-threshold"), facts.cluster.minor());
    let stop = if nodes > large {
        "zones of more nodes are evicted slowly when unhealthy, smaller ones not at all"
    } else {
        "no zone has more nodes, so an unhealthy one is not evicted at all"
    };
    keep("large-cluster-size-threshold", format!("upstream's default, {nodes} nodes: {stop}"));
}

fn grace(facts: &Facts, classes: &BTreeMap<String, ClassResult>, draft: &mut Draft<'_>) {
    let default = draft.default_of(NAME);
    let nanos = catalog::default_number(NAME, draft.version());
    let (detection, missed) = (Known::limit("http2-detection"), Known::opinion("controllers/missed-renewals"));
    let renewal = renewal(facts, classes);
    let fact = Cause::Fact(format!("default/{}/{NAME}", facts.cluster.minor()));
    let causes = because![facts.cluster.version, detection, missed, renewal; fact];
    let least = (missed.value + 1) * renewal.value;
    let line =
        format!("{}s of detection; {} missed renewals of {}s each", detection.value, missed.value, renewal.value);
    if nanos > detection.value * GoDuration::SECOND && nanos >= least * GoDuration::SECOND {
        draft.set(NAME, default, Origin::Default, &GRACE).reason(format!("outlasts {line}")).because(causes);
        return;
    }
    let planned = GoDuration::seconds(grace_for(detection.value, renewal.value, missed.value));
    draft
        .set(NAME, planned.to_string(), Origin::Derived, &GRACE)
        .reason(format!("outlasts {line}; upstream's {} does not", GoDuration(nanos)))
        .because(causes);
}
