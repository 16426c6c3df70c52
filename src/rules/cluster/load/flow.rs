//! Requests per second by who makes them, since that decides in which priority level they wait, and by what they write.

use super::Churn;
use super::objects::{LEASES, NODES, OTHER};
use super::pods;
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
    /// The API servers themselves, whose requests to themselves take no seats.
    Servers,
}

impl Client {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Heartbeats, Self::Kubelets, Self::Controllers, Self::Leaders, Self::Others, Self::Servers];

    /// What it is called in arithmetic.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Heartbeats => "heartbeats of nodes",
            Self::Kubelets => "kubelets",
            Self::Controllers => "controllers and scheduler",
            Self::Leaders => "leader election",
            Self::Others => "service accounts",
            Self::Servers => "API servers",
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
            Self::Servers => "exempt",
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
    out.push(Flow {
        client: Client::Servers,
        what: "leases of API servers",
        writes: Some(LEASES),
        rate: servers(facts),
    });
    out.extend(pods::steady(churn));
    out
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

/// What the API servers write for themselves.
fn servers(facts: &Facts) -> Known<i64> {
    let counts: Vec<Known<i64>> =
        facts.classes.values().filter(|c| c.role.value == "control-plane").map(|c| c.count.clone()).collect();
    let count = Known::<i64>::fold(0, &counts, |sum: i64, n| sum.saturating_add(*n)).map(|n| (*n).max(1));
    count.join(&Known::cost("writes-server-minute"), |n, minute| n.saturating_mul(*minute).saturating_mul(1000) / 60)
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
