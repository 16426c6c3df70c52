//! What pods ask for as they start, end, are replaced or run to their end: the measured revisions of each, by who writes them.

use super::Churn;
use super::flow::{Client, Flow};
use super::objects::{ENDPOINTS, EVENTS, JOBS, PODS, REPLICA_SETS, SLICES};
use crate::catalog;
use crate::facts::Known;

/// Pods that start and end all the time.
pub(super) fn steady(churn: &Churn) -> Vec<Flow> {
    let serving = &churn.serving;
    let mut out = Vec::new();
    for (rate, of, bound) in
        [(&churn.moved, "pod-start", 2), (&churn.moved, "pod-stop", 1), (&churn.rolled, "rollout", 3)]
    {
        out.extend(pods(rate, of, bound));
        out.extend(owners(rate, of, REPLICA_SETS, Known::cost));
        out.extend(endpoints(rate, of, serving, Known::cost));
    }
    out.extend(pods(&churn.jobs, "job-pod", 3));
    out.extend(owners(&churn.jobs, "job-pod", JOBS, Known::cost));
    out.extend(reads(&churn.starts));
    out
}

/// Pods that all start at once. Their owners' and services' writes are few then, since one counts many pods: the low figures.
pub(super) fn burst(churn: &Churn) -> Vec<Flow> {
    let starts = churn.burst.starts();
    let low = |id: &str| Known::fact(catalog::cost(id).map_or(0, |c| c.low), format!("cost/{id}"));
    let mut out = pods(&starts, "pod-start", 2);
    out.extend(owners(&starts, "pod-start", REPLICA_SETS, low));
    out.extend(endpoints(&starts, "pod-start", &churn.serving, low));
    out.extend(reads(&starts));
    out
}

/// So many of each.
fn times(rate: &Known<i64>, each: &Known<i64>) -> Known<i64> {
    rate.join(each, |rate, each| rate.saturating_mul((*each).max(0)))
}

/// Writes of the pod and its events. `own` of the pod's writes are the controllers' and the scheduler's (created, bound, deleted),
/// the others its kubelet's, and likewise of the events.
fn pods(rate: &Known<i64>, of: &str, own: i64) -> Vec<Flow> {
    let mut out = Vec::new();
    for (kind, what, kubelet, id) in [
        (PODS, "pods created, bound and deleted", "status of pods", format!("writes-{of}-object")),
        (EVENTS, "events of pods", "events of pods", format!("writes-{of}-events")),
    ] {
        let all = Known::cost(&id);
        let writes = Some(kind);
        let (first, rest) = (all.map(|n| own.min(*n)), all.map(|n| n - own));
        out.push(Flow { client: Client::Controllers, what, writes, rate: times(rate, &first) });
        out.push(Flow { client: Client::Kubelets, what: kubelet, writes, rate: times(rate, &rest) });
    }
    out
}

/// Status of what owns the pods.
fn owners(rate: &Known<i64>, of: &str, kind: &'static str, cost: impl Fn(&str) -> Known<i64>) -> Option<Flow> {
    let rate = times(rate, &cost(&format!("writes-{of}-owner")));
    Some(Flow { client: Client::Controllers, what: "status of owners", writes: Some(kind), rate })
}

/// Writes of the endpoint slices and the Endpoints object of the service that some of the pods are behind: half of them each.
fn endpoints(rate: &Known<i64>, of: &str, serving: &Known<i64>, cost: impl Fn(&str) -> Known<i64>) -> Vec<Flow> {
    let behind = rate.join(serving, |rate, part| {
        i64::try_from(i128::from(*rate) * i128::from(*part) / 1_000_000).unwrap_or(i64::MAX)
    });
    let both = times(&behind, &cost(&format!("writes-{of}-endpoint")));
    [SLICES, ENDPOINTS]
        .map(|kind| Flow {
            client: Client::Controllers,
            what: "endpoints of services",
            writes: Some(kind),
            rate: both.map(|both| both / 2),
        })
        .into()
}

/// What kubelets ask for beside what they write: the pod before each patch of its status, and its token.
fn reads(starts: &Known<i64>) -> Vec<Flow> {
    let flow = |what, rate| Flow { client: Client::Kubelets, what, writes: None, rate };
    vec![flow("reads of pods", times(starts, &Known::cost("reads-pod-start"))), flow("tokens", starts.clone())]
}
