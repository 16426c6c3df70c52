//! What happens in the cluster as meant: what is stated of it, and what leaving it out means.

use super::known::{Known, stated_or};
use crate::quantity::GoDuration;
use crate::spec::{At, ControlPlane};

/// Pods that start and end, and what each brings with it.
#[derive(Clone, Debug)]
pub struct LoadFacts {
    /// Pods that start in a minute, beside those of jobs and rollouts, when stated.
    pub pod_starts: Option<Known<i64>>,
    /// Jobs that start in a minute.
    pub jobs: Known<i64>,
    /// Deployments rolled out in an hour.
    pub rollouts: Known<i64>,
    /// Pods that start at once, and seconds within which they are to run, when stated.
    pub burst: Option<(Known<i64>, Known<i64>)>,
    /// Clients with a priority level of their own.
    pub clients: Vec<ClientFacts>,
    /// Secrets that one pod uses.
    pub secrets_per_pod: Known<i64>,
    /// Config maps that one pod uses.
    pub config_maps_per_pod: Known<i64>,
    /// Deployments, when stated.
    pub deployments: Option<Known<i64>>,
}

/// A client with a priority level of its own.
#[derive(Clone, Debug)]
pub struct ClientFacts {
    /// Its name.
    pub name: String,
    /// Its service account, as `namespace/name`.
    pub account: Known<String>,
    /// Requests per second at its peak.
    pub requests: Known<i64>,
}

impl LoadFacts {
    /// What the spec states of it.
    pub(super) fn of(control: Option<&ControlPlane>) -> Self {
        let stated = control.map(|c| c.load.clone()).unwrap_or_default();
        let number = |at: Option<&At<i64>>, key: &str| {
            stated_or(at, key, serde_json::Value::as_i64).unwrap_or_else(|| Known::fact(0, format!("unstated/{key}")))
        };
        let seconds = |within: &GoDuration| (within.0 / GoDuration::SECOND).max(1);
        // By name, since the order in which a spec lists them means nothing.
        let mut clients: Vec<ClientFacts> = stated
            .clients
            .iter()
            .map(|c| ClientFacts {
                name: c.name.value.clone(),
                account: Known::spec(&c.account),
                requests: Known::spec(&c.requests),
            })
            .collect();
        clients.sort_by(|a, b| a.name.cmp(&b.name));
        Self {
            pod_starts: stated.pod_starts.as_ref().map(Known::spec),
            jobs: number(stated.jobs.as_ref(), "jobs-per-minute"),
            rollouts: number(stated.rollouts.as_ref(), "rollouts-per-hour"),
            burst: stated.burst.as_ref().map(|(pods, within)| (Known::spec(pods), Known::spec(within).map(seconds))),
            clients,
            secrets_per_pod: number(stated.secrets_per_pod.as_ref(), "secrets-per-pod"),
            config_maps_per_pod: number(stated.config_maps_per_pod.as_ref(), "config-maps-per-pod"),
            deployments: control.and_then(|c| c.deployments.as_ref()).map(Known::spec),
        }
    }
}
