//! kube-controller-manager: node lifecycle, concurrency and rates by the pods of the cluster, pod collection.

use super::Totals;
use crate::because;
use crate::catalog;
use crate::facts::{Cause, Facts, Known};
use crate::quantity::GoDuration;
use crate::rules::{Choice, Draft, Origin, Rule, choose};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&GRACE, &LIFECYCLE, &CONCURRENCY, &RATES, &TERMINATED];

/// Grace outlasts detection.
pub static GRACE: Rule = Rule {
    id: "node-monitor-grace",
    why: "a kubelet notices a dead connection after 45 seconds; a shorter grace period calls healthy nodes lost",
    source: "kubernetes/kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go; PR 126287",
};
/// Node lifecycle.
pub static LIFECYCLE: Rule = Rule {
    id: "node-lifecycle",
    why: "upstream's rates evict from a lost zone slowly enough that a network fault does not empty it",
    source: "kubernetes/website concepts/architecture/nodes",
};
/// Workers.
pub static CONCURRENCY: Rule = Rule {
    id: "controller-concurrency",
    why: "controllers with more objects need more workers, in step with the requests they may make",
    source: "profiles/cluster-sizes.toml",
};
/// Client rates.
pub static RATES: Rule = Rule {
    id: "controller-rates",
    why: "workers that wait for their own request limit do nothing",
    source: "profiles/cluster-sizes.toml",
};
/// Terminated pods.
pub static TERMINATED: Rule = Rule {
    id: "terminated-pods",
    why: "pods that ended stay in etcd until they are collected; they may take a twentieth of its quota",
    source: "profiles/menus.toml; kubernetes/kubernetes pkg/controller/podgc",
};

/// Controllers whose workers grow with the pods of the cluster.
const SYNCS: [&str; 6] = [
    "concurrent-deployment-syncs",
    "concurrent-endpoint-syncs",
    "concurrent-job-syncs",
    "concurrent-replicaset-syncs",
    "concurrent-service-endpoint-syncs",
    "concurrent-statefulset-syncs",
];

/// Sets the controller-manager's flags.
pub fn decide(facts: &Facts, totals: &Totals, draft: &mut Draft<'_>) {
    grace(facts, draft);
    for flag in
        ["node-monitor-period", "node-eviction-rate", "secondary-node-eviction-rate", "unhealthy-zone-threshold"]
    {
        draft.keep(&format!("kube-controller-manager/{flag}"), &LIFECYCLE, "upstream's default");
    }
    let Some(size) = catalog::size(totals.pods.value) else { return };
    let fact = Cause::Fact(format!("size/{}", size.pods));
    let pods = totals.pods.value;
    let mut set = |flag: &str, value: i64, rule: &'static Rule| {
        let name = format!("kube-controller-manager/{flag}");
        if !draft.exists(&name) {
            return;
        }
        // Never fewer than upstream: some controllers begin with more.
        let value = value.max(draft.default_of(&name).as_i64().unwrap_or(0));
        let reason = format!("{pods} pods: the size from {} pods on", size.pods);
        draft.set(&name, value, Origin::Derived, rule).reason(reason).because(because![totals.pods; fact.clone()]);
    };
    for flag in SYNCS {
        set(flag, size.syncs, &CONCURRENCY);
    }
    set("kube-api-qps", size.qps, &RATES);
    set("kube-api-burst", size.burst, &RATES);
    terminated(facts, draft);
}

fn grace(facts: &Facts, draft: &mut Draft<'_>) {
    const NAME: &str = "kube-controller-manager/node-monitor-grace-period";
    let default = draft.default_of(NAME);
    let nanos = catalog::default_number(NAME, draft.version());
    let detection = Known::limit("http2-detection");
    let mut causes =
        because![facts.cluster.version, detection; Cause::Fact(format!("default/{}/{NAME}", facts.cluster.minor()))];
    let detection = detection.value;
    if nanos > detection * GoDuration::SECOND {
        draft
            .set(NAME, default, Origin::Default, &GRACE)
            .reason(format!("more than the {detection}s of detection"))
            .because(causes);
        return;
    }
    // The next whole renewal of the lease after the detection.
    let renewal = Known::limit("lease-renewal");
    causes.extend(renewal.causes().cloned());
    let planned = GoDuration::seconds((detection / renewal.value + 1) * renewal.value);
    draft
        .set(NAME, planned.to_string(), Origin::Derived, &GRACE)
        .reason(format!("upstream's {} is within the {detection}s of detection", GoDuration(nanos)))
        .because(causes);
}

fn terminated(facts: &Facts, draft: &mut Draft<'_>) {
    const NAME: &str = "kube-controller-manager/terminated-pod-gc-threshold";
    let menus = catalog::menus();
    let Some(bytes) = super::etcd::pod_bytes() else { return draft.keep(NAME, &TERMINATED, "upstream's default") };
    const QUOTA: &str = "etcd/quota-backend-bytes";
    let planned = draft.get(QUOTA).and_then(Json::as_i64).filter(|q| *q > 0);
    let quota_cause = match planned {
        Some(_) => Cause::Value(QUOTA.into()),
        None => Cause::Fact("behaviour/etcd-quota-default".into()),
    };
    let quota = planned.unwrap_or_else(|| catalog::limit_value("etcd-quota-default"));
    let most = i64::try_from(i128::from(quota) * i128::from(menus.terminated_share) / 1_000_000).unwrap_or(i64::MAX);
    let menu: Vec<Json> = menus.terminated_pods.iter().map(|n| Json::from(*n)).collect();
    let line = |n: i64| format!("{n} × {bytes}B = {}Mi of {}Mi", (n * bytes) >> 20, most >> 20);
    let accept = |value: &Json| match value.as_i64() {
        Some(n) if n.saturating_mul(bytes) <= most => Ok(()),
        other => Err(line(other.unwrap_or(0))),
    };
    // A pin that goes beyond is kept: it is an opinion that it breaks, not upstream.
    let chosen = match choose(draft, NAME, &menu, accept) {
        Choice::Taken(value) => value,
        Choice::None(_) => menu.last().cloned().unwrap_or_default(),
    };
    let reason = line(chosen.as_i64().unwrap_or(0));
    let causes = because![facts.cluster.version; Cause::Fact("menu/terminated-pods".into()), quota_cause, Cause::Fact("cost/etcd-pod-bytes".into())];
    draft.set(NAME, chosen, Origin::Derived, &TERMINATED).reason(reason).because(causes);
}
