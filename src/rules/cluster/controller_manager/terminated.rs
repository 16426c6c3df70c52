//! How many pods that ended may stay, by what they take of etcd.

use crate::because;
use crate::catalog;
use crate::facts::{Cause, Facts};
use crate::rules::{Choice, Draft, Origin, Rule, choose};
use serde_json::Value as Json;

/// Terminated pods.
pub static TERMINATED: Rule = Rule {
    id: "terminated-pods",
    why: "pods that ended stay in etcd until they are collected; they may take a twentieth of its quota",
    source: "profiles/menus.toml; kubernetes/kubernetes pkg/controller/podgc",
};

/// Sets the threshold.
pub(super) fn decide(facts: &Facts, draft: &mut Draft<'_>) {
    const NAME: &str = "kube-controller-manager/terminated-pod-gc-threshold";
    let menus = catalog::menus();
    let Some(bytes) = super::super::etcd::pod_bytes() else {
        return draft.keep(NAME, &TERMINATED, "upstream's default");
    };
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
