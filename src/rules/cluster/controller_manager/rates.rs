//! Request rates of controllers and scheduler: what the burst needs, bounded by the seats that API servers have for them.
//!
//! Each controller has a client with a limit of its own, so kube-api-qps is what the busiest of them may ask, not their sum.

use super::workers::Work;
use super::{PREFIX, autoscalers, decimal, fitting, up};
use crate::because;
use crate::catalog;
use crate::diag::Finding;
use crate::facts::{Cause, Facts, Known};
use crate::quantity::{GoDuration, ceil_div};
use crate::rules::cluster::api_server;
use crate::rules::cluster::load::Client;
use crate::rules::{Draft, Origin, Rule};
use serde_json::Value as Json;

/// Client rates.
pub static RATES: Rule = Rule {
    id: "controller-rates",
    why: "each controller's client has a limit of its own; the busiest needs the burst's requests, and all of them together no more than their seats answer",
    source: "kubernetes/kubernetes staging/src/k8s.io/client-go/kubernetes/clientset.go NewForConfig; profiles/opinions/controllers.toml",
};

/// Rate of each controller's client.
pub(super) const QPS: &str = "kube-controller-manager/kube-api-qps";
const SCHEDULER_QPS: &str = "kube-scheduler/clientConnection.qps";

/// Microseconds that one request of a controller takes: a write, and the round trip that etcd's members add to it.
#[must_use]
pub fn request_time(facts: &Facts) -> Known<i64> {
    let time = Known::cost("apiserver-seat-write");
    let rtt = facts.cluster.control_plane.as_ref().and_then(|c| c.etcd.member_rtt.as_ref());
    match rtt {
        Some(rtt) => time.join(&Known::spec(rtt), |time, rtt| time.saturating_add(rtt.0 / 1000)),
        None => time,
    }
}

/// Requests per second that one API server answers for controllers and scheduler: their part of their level's seats, over
/// the time that a request takes. One, since a client keeps one connection.
#[must_use]
pub fn throughput(facts: &Facts, draft: &Draft<'_>) -> Known<i64> {
    let seats = api_server::seats_of(Client::Controllers, None, draft);
    let kept = seats.join(&Known::opinion("controllers/seats-share"), |seats, share| seats.saturating_mul(*share));
    kept.join(&request_time(facts), |kept, time| fitting(i128::from(*kept) * 10_000 / i128::from((*time).max(1))))
}

/// A rate that serves `need` (thousandths per second), in whole steps, at least upstream's, at most `most` unless that is
/// upstream's.
#[must_use]
pub fn rate(need: i64, default: i64, most: i64, step: i64) -> i64 {
    let step = step.max(1);
    let wanted = ceil_div(ceil_div(need, 1000), step).saturating_mul(step);
    wanted.min(most).max(default)
}

/// Sets the rate and burst of every controller's client. The scheduler's are planned before.
pub(super) fn decide(
    facts: &Facts,
    works: &[Work],
    time: &Known<i64>,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) {
    let (qps, burst) = (QPS, format!("{PREFIX}kube-api-burst"));
    let each = |w: &Work| w.requests.join(&w.times, |rate, times| rate / (*times).max(1));
    let scaled = autoscalers::requests(facts, draft.version()).map(|need| ("HorizontalPodAutoscalers", need));
    let needs = works.iter().map(|w| (w.what, each(w))).chain(scaled);
    let Some((what, need)) = needs.max_by_key(|(_, need)| need.value) else { return };
    let clients: Known<i64> = Known::<i64>::fold(0, works.iter().map(|w| &w.times), |sum, times| sum + times);
    let clients = match facts.cluster.autoscaling.hpas {
        Some(_) => clients.join(&Known::limit("hpa-clients"), |all, more| all + more),
        None => clients,
    };
    let all = throughput(facts, draft);
    let scheduler = match draft.get(SCHEDULER_QPS).and_then(Json::as_f64) {
        Some(planned) => Known::caused(planned.ceil() as i64, Cause::Value(SCHEDULER_QPS.into())),
        None => Known::default_of(SCHEDULER_QPS, draft.version()),
    };
    let most = all.join(&scheduler, |all, own| (all - own).max(0)).join(&clients, |left, n| left / (*n).max(1));
    let defaults = [qps, burst.as_str()].map(|name| catalog::default_number(name, draft.version()));
    let step = Known::opinion("controllers/rate-step");
    let planned = rate(need.value, defaults[0], most.value, step.value);
    let bound = format!(
        "at most ({}/s − {} of the scheduler) ÷ {} clients = {}",
        all.value, scheduler.value, clients.value, most.value
    );
    let reason = format!("{what} need {}/s; {bound}; upstream's {}", decimal(need.value), defaults[0]);
    let mut causes = because![need, most, step];
    // Another could have been the busiest.
    causes.extend(works.iter().flat_map(|w| w.requests.causes().cloned()));
    causes.push(Cause::Fact(format!("default/{}/{qps}", draft.version())));
    let origin = |planned, default| if planned == default { Origin::Default } else { Origin::Derived };
    draft.set(qps, planned, origin(planned, defaults[0]), &RATES).reason(reason).because(causes);
    // Autoscalers are looked at less often instead.
    let busiest = works.iter().map(|w| (w.what, each(w).value)).max_by_key(|(_, need)| *need);
    if let Some((what, need)) = busiest.filter(|(_, need)| planned.saturating_mul(1000) < *need) {
        findings.extend(short(facts, what, need, planned, time));
    }
    let planned = draft.get(qps).and_then(Json::as_f64).map_or(planned, |q| q.ceil() as i64);
    let peak = up(i128::from(planned) * i128::from(defaults[1]), i128::from(defaults[0].max(1)));
    let cause = [Cause::Value(qps.into()), Cause::Fact(format!("default/{}/{burst}", draft.version()))];
    draft
        .set(&burst, peak, origin(peak, defaults[1]), &RATES)
        .reason(format!("{planned} × {} ÷ {}, upstream's proportion", defaults[1], defaults[0]))
        .because(cause);
}

/// The burst takes longer than stated, since seats are too few.
fn short(facts: &Facts, what: &str, need: i64, planned: i64, time: &Known<i64>) -> Option<Finding> {
    let class = facts.classes.values().find(|c| c.role.value == "control-plane").or(facts.classes.values().next())?;
    let message = format!("{what} need {} requests per second in the burst, and get {planned}", decimal(need));
    let finding = Finding::warning("controller-rates-short", message).at(&class.place, "this control plane");
    Some(
        finding.note(format!("one request holds a seat for {}", GoDuration(time.value * 1000))).help(
            "have etcd's members nearer to each other, pin more requests in flight, or state a burst with more time",
        ),
    )
}
