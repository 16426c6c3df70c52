//! The scheduler's request rate from the pods that start, and how long it waits before it tries a pod again.

use crate::because;
use crate::catalog;
use crate::facts::{Cause, Facts, Known};
use crate::rules::cluster::controller_manager::{decimal, rates};
use crate::rules::cluster::load::Load;
use crate::rules::{Draft, Origin, Rule};
use serde_json::Value as Json;

/// Rates.
pub static RATES: Rule = Rule {
    id: "scheduler-rates",
    why: "every pod that starts is bound by one request; events have a client of their own",
    source: "kubernetes/kubernetes cmd/kube-scheduler/app/options/options.go createClients, pkg/scheduler/framework/plugins/defaultbinder",
};
/// Backoff.
pub static BACKOFF: Rule = Rule {
    id: "scheduler-backoff",
    why: "a pod that found no node is tried again after a second, then two, four and eight, and every ten from then on: longer waits only make it late",
    source: "kubernetes/kubernetes pkg/scheduler/backend/queue; pkg/scheduler/apis/config/v1/defaults.go",
};

const QPS: &str = "kube-scheduler/clientConnection.qps";
const BURST: &str = "kube-scheduler/clientConnection.burst";

/// Sets rates and waits.
pub(super) fn decide(facts: &Facts, load: &Load, draft: &mut Draft<'_>) {
    let churn = &load.churn;
    let starts = churn.starts.join(&churn.burst.starts(), |a, b| a.saturating_add(*b));
    let share = Known::opinion("controllers/scheduler-share");
    let most = rates::throughput(facts, draft).join(&share, |all, share| all.saturating_mul(*share) / 100);
    let step = Known::opinion("controllers/rate-step");
    let version = draft.version();
    let [qps, burst] = [QPS, BURST].map(|name| catalog::default_number(name, version));
    let planned = rates::rate(starts.value, qps, most.value, step.value);
    let origin = |planned, default| if planned == default { Origin::Default } else { Origin::Derived };
    let fact = |name: &str| Cause::Fact(format!("default/{version}/{name}"));
    draft
        .set(QPS, planned, origin(planned, qps), &RATES)
        .reason(format!("{} pods start in a second; at most {}/s", decimal(starts.value), most.value))
        .because(because![starts, most, step; fact(QPS)]);
    let planned = draft.get(QPS).and_then(Json::as_f64).map_or(planned, |q| q.ceil() as i64);
    let peak = (planned.saturating_mul(burst) + qps.max(1) - 1) / qps.max(1);
    draft
        .set(BURST, peak, origin(peak, burst), &RATES)
        .reason(format!("{planned} × {burst} ÷ {qps}, upstream's proportion"))
        .because([fact(BURST), Cause::Value(QPS.into())]);
    for name in ["kube-scheduler/podInitialBackoffSeconds", "kube-scheduler/podMaxBackoffSeconds"] {
        draft.keep(name, &BACKOFF, "upstream's default: doubled at each try, up to the longest");
    }
}
