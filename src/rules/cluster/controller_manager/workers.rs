//! Workers of each controller: from the requests it makes in the largest burst, and the objects it looks at as it takes over.

use super::{PREFIX, decimal, fitting, up};
use crate::because;
use crate::catalog;
use crate::facts::{Cause, Facts, Known};
use crate::quantity::{GoDuration, ceil_div};
use crate::rules::cluster::load::{Churn, Load};
use crate::rules::{Draft, Origin, Rule};

/// Workers.
pub static CONCURRENCY: Rule = Rule {
    id: "controller-concurrency",
    why: "a controller needs workers for the requests of the stated burst and for looking at all its objects when it takes over; never fewer than upstream's",
    source: "profiles/opinions/controllers.toml; kubernetes/kubernetes pkg/controller",
};

/// The work of one controller.
pub(super) struct Work {
    /// Its flag, without the component.
    pub flag: &'static str,
    /// What it looks at, in the plural.
    pub what: &'static str,
    /// Its requests while the burst lasts, in thousandths per second.
    pub requests: Known<i64>,
    /// Objects it looks at when it takes over.
    pub objects: Known<i64>,
    /// How many times kube-api-qps its client may ask.
    pub times: Known<i64>,
}

/// Controllers for whose work the spec has no word.
const OTHERS: [&str; 14] = [
    "concurrent-cron-job-syncs",
    "concurrent-daemonset-syncs",
    "concurrent-device-taint-eviction-syncs",
    "concurrent-disruption-syncs",
    "concurrent-ephemeralvolume-syncs",
    "concurrent-namespace-syncs",
    "concurrent-rc-syncs",
    "concurrent-resource-quota-syncs",
    "concurrent-resourceclaim-syncs",
    "concurrent-service-syncs",
    "concurrent-serviceaccount-token-syncs",
    "concurrent-statefulset-syncs",
    "concurrent-validating-admission-policy-status-syncs",
    "mirroring-concurrent-service-endpoint-syncs",
];

/// So many of each, summed.
fn sum(parts: &[(&Known<i64>, Known<i64>)]) -> Known<i64> {
    let each: Vec<Known<i64>> = parts.iter().map(|(rate, n)| rate.join(n, |rate, n| rate.saturating_mul(*n))).collect();
    Known::<i64>::fold(0, &each, |all: i64, one: &i64| all.saturating_add(*one))
}

/// What the owners of pods, or the endpoints of their services, are written for pods that start at once, are moved, or are
/// rolled out. In a burst one status counts many pods: the low figure.
fn following(churn: &Churn, what: &str) -> Known<i64> {
    let low = format!("writes-pod-start-{what}");
    let low = Known::fact(catalog::cost(&low).map_or(0, |c| c.low), format!("cost/{low}"));
    let cost = |of: &str| Known::cost(&format!("writes-{of}-{what}"));
    let moved = cost("pod-start").join(&cost("pod-stop"), |a, b| a.saturating_add(*b));
    sum(&[(&churn.burst.starts(), low), (&churn.moved, moved), (&churn.rolled, cost("rollout"))])
}

/// The work of every controller that the load tells of.
pub(super) fn works(load: &Load) -> Vec<Work> {
    let churn = &load.churn;
    let times = |n: i64| churn.deployments.map(|_| n);
    // A pod that is created or deleted, and an event that says so. A pod that is moved or rolled out is both.
    let pods = sum(&[(&churn.burst.starts(), times(2)), (&churn.moved, times(4)), (&churn.rolled, times(4))]);
    // Half of the owners' status is the replica set's, half of the endpoints the slices'.
    let half = |all: Known<i64>| all.map(|n| ceil_div(*n, 2));
    let status = half(following(churn, "owner"));
    let served = following(churn, "endpoint");
    let served = served.join(&churn.serving, |n, part| fitting(i128::from(*n) * i128::from(*part) / 1_000_000));
    let slices = half(served);
    let job = Known::opinion("controllers/job-requests").join(&Known::cost("writes-job-pod-owner"), |a, b| a + b);
    let removed = || sum(&[(&churn.jobs, Known::opinion("controllers/clean-up-requests"))]);
    let objects = |kind: &str| load.kind(kind).map_or_else(|| times(0), |k| k.count.clone());
    let work = |flag, what, requests, objects| Work { flag, what, requests, objects, times: times(1) };
    let sets = pods.join(&status, |a, b| a.saturating_add(*b));
    vec![
        work("concurrent-deployment-syncs", "deployments", status, churn.deployments.clone()),
        work("concurrent-replicaset-syncs", "replica sets", sets, objects("replica sets")),
        work("concurrent-service-endpoint-syncs", "services", slices.clone(), objects("services")),
        work("concurrent-endpoint-syncs", "services", slices, objects("services")),
        work("concurrent-job-syncs", "jobs", sum(&[(&churn.jobs, job)]), objects("jobs")),
        work("concurrent-ttl-after-finished-syncs", "jobs", removed(), objects("jobs")),
        Work { times: Known::limit("gc-client-rate"), ..work("concurrent-gc-syncs", "objects", removed(), times(0)) },
    ]
}

/// Sets the workers of every controller; `time` is what one request takes, in microseconds.
pub(super) fn decide(facts: &Facts, works: &[Work], time: &Known<i64>, draft: &mut Draft<'_>) {
    for work in works {
        one(facts, work, time, draft);
    }
    for flag in OTHERS {
        draft.keep(
            &format!("{PREFIX}{flag}"),
            &CONCURRENCY,
            "upstream's default: nothing that is stated adds to its work",
        );
    }
}

/// The most workers that upstream accepts.
fn most(name: &str) -> i64 {
    match catalog::find(name).and_then(|f| f.tunable.max) {
        Some(catalog::Bound::Number(most)) => most as i64,
        _ => i64::from(i32::MAX),
    }
}

fn one(facts: &Facts, work: &Work, time: &Known<i64>, draft: &mut Draft<'_>) {
    let name = format!("{PREFIX}{}", work.flag);
    if !draft.exists(&name) {
        return;
    }
    let [busy, sync, takeover] =
        ["busy", "sync-time", "takeover"].map(|key| Known::opinion(&format!("controllers/{key}")));
    let wide = |k: &Known<i64>| i128::from(k.value);
    // Workers beyond what its client may ask would wait for their turn.
    let qps = draft.get(super::rates::QPS).and_then(serde_json::Value::as_f64).map_or(0, |q| q.ceil() as i64);
    let may = qps.saturating_mul(work.times.value).saturating_mul(1000);
    let requests = work.requests.value.min(may);
    // Thousandths per second × microseconds ÷ percent.
    let burst = up(i128::from(requests) * wide(time) * 100, 1_000_000_000 * wide(&busy).max(1));
    let look = up(wide(&work.objects) * wide(&sync), 1_000_000 * wide(&takeover).max(1));
    let mut causes = because![work.requests, work.objects, time, busy, sync, takeover];
    causes.push(Cause::Value(super::rates::QPS.into()));
    let mut line = format!(
        "{}/s × {} ÷ {}% = {burst}; {} {} × {} ÷ {}s = {look}",
        decimal(requests),
        GoDuration(time.value * 1000),
        busy.value,
        work.objects.value,
        work.what,
        GoDuration(sync.value * 1000),
        takeover.value
    );
    let machines = facts.classes.values().filter(|c| c.role.value == "control-plane").map(|c| &c.machine.cpus);
    let mut look = look;
    // Looking takes the processor, and more workers than it has CPUs only wait for each other.
    if let Some(cpus) = machines.min_by_key(|cpus| cpus.value) {
        causes.extend(cpus.causes().cloned());
        if cpus.value < look {
            look = cpus.value;
            line.push_str(&format!(", on {look} CPUs"));
        }
    }
    let default = draft.default_of(&name).as_i64().unwrap_or(0);
    let planned = burst.max(look).max(default).min(most(&name));
    let origin = if planned == default { Origin::Default } else { Origin::Derived };
    causes.push(Cause::Fact(format!("default/{}/{name}", draft.version())));
    draft.set(&name, planned, origin, &CONCURRENCY).reason(format!("{line}; upstream's {default}")).because(causes);
}
