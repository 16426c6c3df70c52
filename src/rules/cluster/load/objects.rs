//! How many objects of each kind the cluster keeps, and how large each is.

use super::{Churn, Kind, Totals};
use crate::facts::{ControlPlaneFacts, Facts, Known};
use crate::quantity::ceil_div;

pub(super) const PODS: &str = "pods";
pub(super) const NODES: &str = "nodes";
pub(super) const LEASES: &str = "leases";
pub(super) const SECRETS: &str = "secrets";
pub(super) const CONFIG_MAPS: &str = "config maps";
pub(super) const SERVICES: &str = "services";
pub(super) const SLICES: &str = "endpoint slices";
pub(super) const ENDPOINTS: &str = "endpoints";
/// What events are called.
pub const EVENTS: &str = "events";
pub(super) const REPLICA_SETS: &str = "replica sets";
pub(super) const JOBS: &str = "jobs";
pub(super) const OTHER: &str = "other writes";

/// Every kind, without its writes.
pub(super) fn kinds(facts: &Facts, totals: &Totals, churn: &Churn, event_ttl: &Known<i64>) -> Vec<Kind> {
    let cluster = &facts.cluster;
    let control = cluster.control_plane.as_ref();
    let stated = |of: fn(&ControlPlaneFacts) -> &Known<i64>, key: &str| {
        control.map_or_else(|| Known::fact(0, format!("unstated/{key}")), |c| of(c).clone())
    };
    let kind = |name: &str, count: Known<i64>, bytes: Known<i64>| {
        let none = count.map(|_| 0);
        Kind { name: name.into(), writes: none.clone(), burst: none, count, bytes }
    };
    let sets = churn.deployments.join(&Known::limit("deployment-history"), |n, old| n.saturating_mul(old + 1));
    let kept = |rate: &Known<i64>, seconds: &Known<i64>| {
        rate.join(seconds, |rate, seconds| {
            i64::try_from(i128::from(*rate) * i128::from(*seconds) / 1000).unwrap_or(i64::MAX)
        })
    };
    let jobs = kept(&churn.jobs, &Known::opinion("load/job-kept"));
    let daemons = facts.classes.values().map(|c| i64::try_from(c.mix.fixed.len()).unwrap_or(0)).max().unwrap_or(0);
    let (slices, slice) = slices(facts);
    let mut out = vec![
        kind(PODS, totals.pods.clone(), Known::cost("etcd-pod-bytes")),
        kind("pods that ended", jobs.clone(), Known::cost("etcd-pod-bytes")),
        kind(NODES, cluster.nodes.clone(), Known::cost("etcd-node-bytes")),
        kind(LEASES, cluster.nodes.clone(), Known::cost("etcd-lease-bytes")),
        kind(SECRETS, stated(|c| &c.secrets, "secrets"), Known::cost("etcd-secret-bytes")),
        kind(CONFIG_MAPS, stated(|c| &c.config_maps, "config-maps"), Known::cost("etcd-configmap-bytes")),
        kind(SERVICES, cluster.services.clone(), Known::cost("etcd-service-bytes")),
        kind(SLICES, slices, slice),
        kind(ENDPOINTS, cluster.services.clone(), addresses(facts)),
        kind(EVENTS, kept(&churn.events(), event_ttl), Known::cost("etcd-event-bytes")),
        kind("deployments", churn.deployments.clone(), Known::cost("etcd-deployment-bytes")),
        kind(REPLICA_SETS, sets, Known::cost("etcd-replicaset-bytes")),
        kind("daemon sets", churn.deployments.map(|_| daemons), Known::cost("etcd-deployment-bytes")),
        kind("service accounts", churn.deployments.clone(), Known::cost("etcd-serviceaccount-bytes")),
        kind(JOBS, jobs, Known::cost("etcd-job-bytes")),
        kind(OTHER, stated(|c| &c.writes_per_second, "writes-per-second").map(|_| 0), Known::cost("etcd-custom-bytes")),
    ];
    for (name, (count, size)) in control.iter().flat_map(|c| &c.custom) {
        out.push(kind(name, count.clone(), size.clone()));
    }
    out
}

/// Endpoint slices, and bytes of one with its share of the endpoints.
fn slices(facts: &Facts) -> (Known<i64>, Known<i64>) {
    let cluster = &facts.cluster;
    let most = Known::default_of("kube-controller-manager/max-endpoints-per-slice", cluster.minor());
    let count = cluster.endpoints.join(&most, |endpoints, most| ceil_div(*endpoints, *most));
    let count = count.join(&cluster.services, |slices, services| *slices.max(services));
    let each = cluster.endpoints.join(&count, |endpoints, slices| ceil_div(*endpoints, (*slices).max(1)));
    (count, filled(&each, "etcd-endpointslice-empty-bytes", "etcd-endpoint-bytes"))
}

/// Bytes of the Endpoints object that a service has beside its slices.
fn addresses(facts: &Facts) -> Known<i64> {
    let cluster = &facts.cluster;
    // The controller leaves out what is more.
    let most = Known::limit("endpoints-addresses");
    let each = cluster.endpoints.join(&cluster.services, |e, services| ceil_div(*e, (*services).max(1)));
    let each = each.join(&most, |each, most| *each.min(most));
    filled(&each, "etcd-endpoints-empty-bytes", "etcd-endpoints-address-bytes")
}

fn filled(each: &Known<i64>, empty: &str, more: &str) -> Known<i64> {
    let more = each.join(&Known::cost(more), |each, bytes| each.saturating_mul(*bytes));
    Known::cost(empty).join(&more, |empty, more| empty.saturating_add(*more))
}
