//! HorizontalPodAutoscalers: workers, and how often each is looked at, from how many there are and what they ask.

use super::{PREFIX, decimal, fitting, rates, up};
use crate::because;
use crate::catalog;
use crate::diag::Finding;
use crate::facts::{Cause, Facts, Known};
use crate::quantity::{GoDuration, Minor};
use crate::rules::{Choice, Draft, Origin, Rule, choose};
use serde_json::Value as Json;

/// Rounds of autoscalers.
pub static AUTOSCALERS: Rule = Rule {
    id: "autoscaler-rounds",
    why: "every HorizontalPodAutoscaler is looked at once a period: its scale and metrics are read and its status is written, by few workers with limited rates",
    source: "kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go, cmd/kube-controller-manager/app/autoscaling.go",
};

const PERIOD: &str = "kube-controller-manager/horizontal-pod-autoscaler-sync-period";
const WORKERS: &str = "kube-controller-manager/concurrent-horizontal-pod-autoscaler-syncs";
use rates::QPS;

/// Microseconds for which one autoscaler keeps its worker.
fn time(facts: &Facts) -> Known<i64> {
    let scaling = &facts.cluster.autoscaling;
    let queries = scaling.hpa_metrics.join(&scaling.metrics_latency, |n, time| n.saturating_mul(*time));
    let own = Known::cost("apiserver-seat-read").join(&rates::request_time(facts), |a, b| a.saturating_add(*b));
    queries.join(&own, |a, b| a.saturating_add(*b))
}

/// Requests of the busiest of the autoscalers' clients at upstream's period, in thousandths per second: scale, status and
/// each kind of metrics have clients of their own.
pub(super) fn requests(facts: &Facts, version: Minor) -> Option<Known<i64>> {
    let hpas = facts.cluster.autoscaling.hpas.as_ref()?;
    let all = hpas.join(&facts.cluster.autoscaling.hpa_metrics, |n, each| n.saturating_mul(*each));
    let second = i128::from(GoDuration::SECOND);
    let rate = |all: &i64, nanos: &i64| fitting(i128::from(*all) * 1000 * second / i128::from((*nanos).max(1)));
    Some(all.join(&Known::default_of(PERIOD, version), rate))
}

/// What one round needs: workers at a period, and the least period at a rate.
struct Round {
    hpas: Known<i64>,
    queries: Known<i64>,
    time: Known<i64>,
    busy: Known<i64>,
}

impl Round {
    fn of(facts: &Facts) -> Option<Self> {
        let scaling = &facts.cluster.autoscaling;
        let hpas = scaling.hpas.clone()?;
        let queries = hpas.join(&scaling.hpa_metrics, |n, each| n.saturating_mul(*each));
        Some(Self { hpas, queries, time: time(facts), busy: Known::opinion("controllers/busy") })
    }

    /// Workers that look at all of them within `nanos`, busy for the part of the time that workers should be.
    fn workers(&self, nanos: i64) -> i64 {
        let work = i128::from(self.hpas.value) * i128::from(self.time.value) * 1000 * 100;
        up(work, i128::from(nanos.max(1)) * i128::from(self.busy.value.max(1)))
    }

    /// Requests per second of the busiest client.
    fn rate(&self, nanos: i64) -> i64 {
        up(i128::from(self.queries.value) * i128::from(GoDuration::SECOND), i128::from(nanos.max(1)))
    }
}

/// Sets the autoscalers' flags, where autoscalers are stated.
pub(super) fn decide(facts: &Facts, draft: &mut Draft<'_>, findings: &mut Vec<Finding>) {
    let Some(round) = Round::of(facts) else { return };
    let qps = draft.get(QPS).and_then(Json::as_f64).map_or(0, |q| q as i64);
    let fixed = catalog::behaviour("hpa-one-worker", draft.version()).and_then(|b| b.value);
    let menu =
        catalog::opinion("controllers/hpa-periods").and_then(|o| o.value.as_array().cloned()).unwrap_or_default();
    let nanos = |value: &Json| value.as_str().and_then(|t| GoDuration::parse(t).ok()).map_or(0, |d| d.0);
    let accept = |value: &Json| {
        let (rate, workers) = (round.rate(nanos(value)), round.workers(nanos(value)));
        match fixed {
            _ if rate > qps => Err(format!("{rate} requests/s, and a client has {qps}")),
            Some(only) if workers > only => Err(format!("{workers} workers, and there is {only}")),
            _ => Ok(()),
        }
    };
    let (period, fits) = match choose(draft, PERIOD, &menu, accept) {
        Choice::Taken(value) => (value, true),
        Choice::None(_) => (menu.last().cloned().unwrap_or_default(), false),
    };
    let at = nanos(&period);
    let line = format!("{} × {} metrics", round.hpas.value, facts.cluster.autoscaling.hpa_metrics.value);
    let mut causes =
        because![round.queries; Cause::Value(QPS.into()), Cause::Fact("opinion/controllers/hpa-periods".into())];
    if fixed.is_some() {
        causes.extend(because![round.time, round.busy; Cause::Fact("behaviour/hpa-one-worker".into())]);
    }
    let origin = |kept: bool| if kept { Origin::Default } else { Origin::Derived };
    let kept = draft.default_of(PERIOD) == period;
    draft
        .set(PERIOD, period, origin(kept), &AUTOSCALERS)
        .reason(format!("{line} in {} are {}/s of {qps}", GoDuration(at), round.rate(at)))
        .because(causes);
    if !fits {
        findings.extend(long(facts, &round, at, qps, fixed));
    }
    workers(&round, at, draft);
    for (flag, why) in [
        ("tolerance", "a tenth more or less than the target changes nothing"),
        ("downscale-stabilization", "scaling down follows the highest figure of that long"),
        ("cpu-initialization-period", "CPU of pods that start is left out for that long"),
        ("initial-readiness-delay", "pods that become ready after that count as having been unready"),
    ] {
        let name = format!("{PREFIX}horizontal-pod-autoscaler-{flag}");
        draft.keep(&name, &AUTOSCALERS, &format!("upstream's default: {why}"));
    }
}

fn workers(round: &Round, period: i64, draft: &mut Draft<'_>) {
    if !draft.exists(WORKERS) {
        return;
    }
    let default = draft.default_of(WORKERS).as_i64().unwrap_or(0);
    let need = round.workers(period);
    let planned = need.max(default);
    let origin = if planned == default { Origin::Default } else { Origin::Derived };
    let reason = format!(
        "{} × {} in {} ÷ {}% = {need}; upstream's {default}",
        round.hpas.value,
        GoDuration(round.time.value * 1000),
        GoDuration(period),
        round.busy.value
    );
    let causes = because![round.hpas, round.time, round.busy; Cause::Value(PERIOD.into()), Cause::Fact(format!("default/{}/{WORKERS}", draft.version()))];
    draft.set(WORKERS, planned, origin, &AUTOSCALERS).reason(reason).because(causes);
}

fn long(facts: &Facts, round: &Round, period: i64, qps: i64, workers: Option<i64>) -> Option<Finding> {
    let class = facts.classes.values().next()?;
    let message = format!(
        "{} HorizontalPodAutoscalers are more than the controller looks at in {}",
        round.hpas.value,
        GoDuration(period)
    );
    let busy = i128::from(round.hpas.value) * i128::from(round.time.value);
    let mut finding = Finding::warning("autoscalers-late", message)
        .at(&class.place, "in this cluster")
        .note(format!("they ask {} times a second, and a client has {qps}", round.rate(period)));
    if let Some(workers) = workers {
        let seconds = decimal(fitting(busy / 1000 / i128::from(workers.max(1))));
        finding = finding.note(format!("a round takes {workers} workers {seconds}s"));
    }
    Some(finding.help("have fewer autoscalers or metrics; each is looked at later than that"))
}

/// Where the provider runs the controllers, at upstream's defaults: what they cannot keep up with.
#[must_use]
pub fn not_yours(facts: &Facts) -> Option<Finding> {
    let round = Round::of(facts)?;
    let version = facts.cluster.minor();
    let period = catalog::default_number(PERIOD, version);
    let qps = catalog::default_number(QPS, version);
    let fixed = catalog::behaviour("hpa-one-worker", version).and_then(|b| b.value);
    let workers = fixed.unwrap_or_else(|| catalog::default_number(WORKERS, version));
    let enough = round.rate(period) <= qps && round.workers(period) <= workers;
    if enough { None } else { long(facts, &round, period, qps, Some(workers)) }
}
