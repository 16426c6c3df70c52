//! Requests per second by who makes them, since that decides in which priority level they wait, and by what they write.

use super::Churn;
use super::objects::{ENDPOINTS, EVENTS, JOBS, LEASES, NODES, OTHER, PODS, REPLICA_SETS, SLICES};
use crate::catalog;
use crate::facts::{Cause, Facts, Known};
use crate::quantity::{GoDuration, Minor};
use crate::rules::class::ClassResult;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Client {
    /// Kubelets, for leases and nodes.
    Heartbeats,
    /// Kubelets, for everything else.
    Kubelets,
    /// Controller-manager and scheduler.
    Controllers,
    /// Leader election of controller-manager and scheduler.
    Leaders,
    /// Everybody else, as service accounts.
    Others,
}

impl Client {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Heartbeats, Self::Kubelets, Self::Controllers, Self::Leaders, Self::Others];

    /// What it is called in arithmetic.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Heartbeats => "heartbeats of nodes",
            Self::Kubelets => "kubelets",
            Self::Controllers => "controllers and scheduler",
            Self::Leaders => "leader election",
            Self::Others => "service accounts",
        }
    }

    /// The priority level in which upstream's own flow schemas put it.
    #[must_use]
    pub fn level(self) -> &'static str {
        match self {
            Self::Heartbeats => "node-high",
            Self::Kubelets => "system",
            Self::Controllers => "workload-high",
            Self::Leaders => "leader-election",
            Self::Others => "workload-low",
        }
    }
}

/// Requests of one kind.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Who makes them.
    pub client: Client,
    /// What they are for, in words.
    pub what: &'static str,
    /// The kind of object that they write; nothing for reads and for what is not stored.
    pub writes: Option<&'static str>,
    /// Thousandths of a request per second.
    pub rate: Known<i64>,
}

/// Sums the rates of some flows.
pub(super) fn sum(flows: &[Flow], which: impl Fn(&Flow) -> bool) -> Known<i64> {
    Known::<i64>::fold(0, flows.iter().filter(|f| which(f)).map(|f| &f.rate), |sum, rate| sum.saturating_add(*rate))
}

/// Writes of one kind of object.
pub(super) fn stored(flows: &[Flow], kind: &str) -> Known<i64> {
    sum(flows, |f| f.writes == Some(kind))
}

/// Requests that never stop.
pub(super) fn steady(facts: &Facts, classes: &BTreeMap<String, ClassResult>, churn: &Churn) -> Vec<Flow> {
    let mut out = vec![
        Flow {
            client: Client::Heartbeats,
            what: "leases of nodes",
            writes: Some(LEASES),
            rate: leases(facts, classes),
        },
        Flow { client: Client::Heartbeats, what: "status of nodes", writes: Some(NODES), rate: status(facts, classes) },
        Flow {
            client: Client::Leaders,
            what: "leases of leaders",
            writes: Some(LEASES),
            rate: leaders(facts.cluster.minor()),
        },
    ];
    if let Some(control) = &facts.cluster.control_plane {
        let rate = control.writes_per_second.map(|w| w.saturating_mul(1000));
        out.push(Flow { client: Client::Others, what: "other writes", writes: Some(OTHER), rate });
    }
    out.extend(references(facts, classes));
    out.extend(starting(&churn.starts, &churn.serving));
    out.extend(ending(&churn.starts, &churn.serving));
    // A job is made, and its status follows its pod.
    let jobs = churn.jobs.map(|jobs| jobs.saturating_mul(3));
    out.push(Flow { client: Client::Controllers, what: "jobs", writes: Some(JOBS), rate: jobs });
    out
}

/// Requests that the burst adds while it lasts.
pub(super) fn burst(_: &Facts, churn: &Churn) -> Vec<Flow> {
    starting(&churn.burst.starts(), &churn.serving)
}

/// So many of each.
fn times(rate: &Known<i64>, each: &Known<i64>) -> Known<i64> {
    rate.join(each, |rate, each| rate.saturating_mul((*each).max(0)))
}

/// What pods that start ask for.
fn starting(starts: &Known<i64>, serving: &Known<i64>) -> Vec<Flow> {
    let flow = |client, what, writes, rate| Flow { client, what, writes, rate };
    let (writes, events) = (Known::cost("pod-start-pod-writes"), Known::cost("pod-start-events"));
    let mut out = vec![
        // Created by a controller and bound by the scheduler; the rest of a pod's writes is its status, which is the kubelet's.
        flow(Client::Controllers, "pods created", Some(PODS), starts.clone()),
        flow(Client::Controllers, "pods bound", Some(PODS), starts.clone()),
        flow(Client::Kubelets, "status of pods", Some(PODS), times(starts, &writes.map(|w| w - 2))),
        flow(Client::Kubelets, "reads of pods", None, times(starts, &Known::cost("pod-start-reads"))),
        flow(Client::Kubelets, "tokens", None, starts.clone()),
        // SuccessfulCreate and Scheduled are the controllers', the others the kubelet's.
        flow(Client::Controllers, "events", Some(EVENTS), times(starts, &events.map(|e| 2.min(*e)))),
        flow(Client::Kubelets, "events", Some(EVENTS), times(starts, &events.map(|e| e - 2))),
    ];
    out.extend(following(starts, serving));
    out
}

/// What pods that end ask for.
fn ending(ends: &Known<i64>, serving: &Known<i64>) -> Vec<Flow> {
    let flow = |client, what, writes, rate| Flow { client, what, writes, rate };
    let (writes, events) = (Known::cost("pod-end-pod-writes"), Known::cost("pod-end-events"));
    let mut out = vec![
        flow(Client::Controllers, "pods deleted", Some(PODS), ends.clone()),
        flow(Client::Kubelets, "status of pods", Some(PODS), times(ends, &writes.map(|w| w - 1))),
        flow(Client::Controllers, "events", Some(EVENTS), times(ends, &events.map(|e| 1.min(*e)))),
        flow(Client::Kubelets, "events", Some(EVENTS), times(ends, &events.map(|e| e - 1))),
    ];
    out.extend(following(ends, serving));
    out
}

/// What controllers write after a pod has changed: its owners' status, the endpoints of its services.
fn following(changes: &Known<i64>, serving: &Known<i64>) -> Vec<Flow> {
    let behind = changes
        .join(serving, |c, part| i64::try_from(i128::from(*c) * i128::from(*part) / 1_000_000).unwrap_or(i64::MAX));
    let endpoints = times(&behind, &Known::cost("endpoint-change-writes"));
    let owners = times(changes, &Known::cost("pod-change-owner-writes"));
    let flow = |what, writes, rate| Flow { client: Client::Controllers, what, writes: Some(writes), rate };
    vec![
        flow("status of owners", REPLICA_SETS, owners),
        flow("endpoint slices", SLICES, endpoints.clone()),
        flow("endpoints", ENDPOINTS, endpoints),
    ]
}

/// A kubelet's value as planned for a class, or upstream's default where nothing is planned.
pub(super) fn planned(class: &ClassResult, minor: Minor, name: &str) -> Known<Json> {
    match class.values.get(name) {
        Some(value) => Known::caused(value.value.clone(), Cause::Value(format!("{}: {name}", class.name))),
        None => {
            let default = catalog::find(name).and_then(|f| f.default_in(minor)).unwrap_or(Json::Null);
            Known::fact(default, format!("default/{minor}/{name}"))
        }
    }
}

/// Sums something over the nodes of all classes, each class with its own interval in nanoseconds.
fn every(
    facts: &Facts,
    classes: &BTreeMap<String, ClassResult>,
    interval: impl Fn(&ClassResult, Minor) -> Known<i64>,
) -> Known<i64> {
    let rates: Vec<(i64, Known<i64>)> = classes
        .iter()
        .filter_map(|(name, class)| {
            let stated = facts.classes.get(name)?;
            Some((stated.count.value, interval(class, stated.minor())))
        })
        .collect();
    // Nodes with the same interval are added before they are divided, so that small classes are not rounded away.
    let mut by: BTreeMap<i64, i128> = BTreeMap::new();
    for (count, nanos) in &rates {
        *by.entry(nanos.value.max(1)).or_default() += i128::from(*count);
    }
    let second = i128::from(GoDuration::SECOND);
    let total: i128 = by.iter().map(|(nanos, nodes)| nodes * 1000 * second / i128::from(*nanos)).sum();
    let total = i64::try_from(total).unwrap_or(i64::MAX);
    let causes = Known::<i64>::fold((), rates.iter().map(|(_, nanos)| nanos), |(), _| ());
    causes.join(&facts.cluster.nodes, |(), _| total)
}

fn nanos(value: &Known<Json>) -> Known<i64> {
    value.map(|v| v.as_str().and_then(|text| GoDuration::parse(text).ok()).map_or(0, |d| d.0))
}

/// Renewals of all nodes' leases.
fn leases(facts: &Facts, classes: &BTreeMap<String, ClassResult>) -> Known<i64> {
    let times = Known::limit("lease-renewals");
    every(facts, classes, |class, minor| {
        let duration = planned(class, minor, "kubelet/nodeLeaseDurationSeconds");
        duration.join(&times, |d, times| d.as_i64().unwrap_or(40).saturating_mul(GoDuration::SECOND) / times.max(&1))
    })
}

/// Reports of all nodes' status that nothing but time asks for.
fn status(facts: &Facts, classes: &BTreeMap<String, ClassResult>) -> Known<i64> {
    const REPORT: &str = "kubelet/nodeStatusReportFrequency";
    const UPDATE: &str = "kubelet/nodeStatusUpdateFrequency";
    every(facts, classes, |class, minor| {
        // A stated update frequency is the report frequency too, unless that is stated itself.
        let follows = !class.values.contains_key(REPORT) && class.values.contains_key(UPDATE);
        nanos(&planned(class, minor, if follows { UPDATE } else { REPORT }))
    })
}

/// Renewals by the leaders of controller-manager and scheduler.
fn leaders(minor: Minor) -> Known<i64> {
    let rate = |nanos: &i64| 1000 * GoDuration::SECOND / (*nanos).max(1);
    let each = ["kube-controller-manager/leader-elect-retry-period", "kube-scheduler/leaderElection.retryPeriod"]
        .map(|name| Known::default_of(name, minor).map(rate));
    Known::<i64>::fold(0, &each, |sum, rate| sum.saturating_add(*rate))
}

/// Reads of secrets and config maps by kubelets that do not watch them: at most one of each object per sync of a pod.
fn references(facts: &Facts, classes: &BTreeMap<String, ClassResult>) -> Option<Flow> {
    let load = &facts.cluster.load;
    let each = load.secrets_per_pod.join(&load.config_maps_per_pod, |a, b| a.saturating_add(*b));
    let reads: Vec<Known<i64>> = classes
        .iter()
        .filter_map(|(name, class)| {
            let stated = facts.classes.get(name)?;
            let strategy = strategy(class, stated.minor());
            let sync = nanos(&planned(class, stated.minor(), "kubelet/syncFrequency"));
            let objects = stated.count.value.saturating_mul(class.pods).saturating_mul(each.value);
            let rate = |nanos: &i64| {
                let milli = i128::from(objects) * 1000 * i128::from(GoDuration::SECOND) / i128::from((*nanos).max(1));
                i64::try_from(milli).unwrap_or(i64::MAX)
            };
            (strategy.value != "Watch").then(|| sync.map(rate).join(&strategy, |r, _| *r).join(&each, |r, _| *r))
        })
        .collect();
    let rate = Known::<i64>::fold(0, &reads, |sum: i64, rate| sum.saturating_add(*rate));
    let what = "reads of secrets and config maps";
    (!reads.is_empty()).then_some(Flow { client: Client::Kubelets, what, writes: None, rate })
}

/// How a class's kubelets learn of changed secrets and config maps.
pub(super) fn strategy(class: &ClassResult, minor: Minor) -> Known<String> {
    let planned = planned(class, minor, "kubelet/configMapAndSecretChangeDetectionStrategy");
    planned.map(|v| v.as_str().unwrap_or("Watch").to_string())
}
