//! What nodes and pods ask of the control plane: how many objects of each kind there are, and how often each is written.
//!
//! One model for all that rests on it: etcd's database, the API servers' concurrency and memory, the controllers' rates.

use super::Totals;
use crate::facts::{Facts, Known};
use crate::quantity::{Bytes, GoDuration, ceil_div};

/// One kind of object that the cluster keeps.
#[derive(Clone, Debug)]
pub struct Kind {
    /// What it is called in arithmetic, in the plural.
    pub name: String,
    /// How many there are.
    pub count: Known<i64>,
    /// Bytes of one revision of one object, as stored.
    pub bytes: Known<i64>,
    /// Steady writes of the kind, in thousandths of a write per second.
    pub writes: Known<i64>,
}

/// The load of the cluster.
#[derive(Clone, Debug)]
pub struct Load {
    /// Every kind of object.
    pub kinds: Vec<Kind>,
}

impl Load {
    /// The load of the nodes, pods and objects that the spec and the planned classes come to.
    #[must_use]
    pub fn of(facts: &Facts, totals: &Totals) -> Self {
        let (cluster, minor) = (&facts.cluster, facts.cluster.minor());
        let control = cluster.control_plane.as_ref();
        let stated = |of: fn(&crate::facts::ControlPlaneFacts) -> &Known<i64>, key: &str| {
            control.map_or_else(|| Known::fact(0, format!("unstated/{key}")), |c| of(c).clone())
        };
        let report = Known::default_of("kubelet/nodeStatusReportFrequency", minor);
        let slice = Known::default_of("kube-controller-manager/max-endpoints-per-slice", minor);
        let renewal = Known::limit("lease-renewal");
        let slices = cluster.endpoints.join(&slice, |endpoints, most| ceil_div(*endpoints, *most));
        let slices = slices.join(&cluster.services, |slices, services| *slices.max(services));
        let per_second = |nodes: &i64, seconds: i64| nodes.saturating_mul(1000) / seconds.max(1);
        let status = cluster.nodes.join(&report, |n, every| per_second(n, *every / GoDuration::SECOND));
        let leases = cluster.nodes.join(&renewal, |n, every| per_second(n, *every));
        let other = stated(|c| &c.writes_per_second, "writes-per-second").map(|w| w.saturating_mul(1000));
        let still = |name: &str, count: Known<i64>, cost: &str| Kind {
            name: name.into(),
            writes: count.map(|_| 0),
            count,
            bytes: Known::cost(cost),
        };
        let mut kinds = vec![
            still("pods", totals.pods.clone(), "etcd-pod-bytes"),
            Kind { writes: status, ..still("nodes", cluster.nodes.clone(), "etcd-node-bytes") },
            Kind { writes: leases, ..still("leases", cluster.nodes.clone(), "etcd-lease-bytes") },
            still("secrets", stated(|c| &c.secrets, "secrets"), "etcd-secret-bytes"),
            still("config maps", stated(|c| &c.config_maps, "config-maps"), "etcd-configmap-bytes"),
            still("services", cluster.services.clone(), "etcd-service-bytes"),
            still("endpoint slices", slices, "etcd-endpointslice-bytes"),
            still("events", totals.pods.clone(), "etcd-event-bytes"),
            Kind { writes: other.clone(), ..still("other writes", other.map(|_| 0), "etcd-custom-bytes") },
        ];
        for (name, count, size) in control.iter().flat_map(|c| &c.custom) {
            let (count, bytes) = (count.clone(), size.clone());
            kinds.push(Kind { name: name.clone(), writes: count.map(|_| 0), count, bytes });
        }
        Self { kinds }
    }

    /// Bytes of all objects, one revision of each.
    #[must_use]
    pub fn objects(&self) -> Known<i128> {
        self.sum(|k| k.count.join(&k.bytes, |count, bytes| i128::from(*count) * i128::from(*bytes)))
    }

    /// Bytes of the revisions that steady writes leave within `seconds`.
    #[must_use]
    pub fn history(&self, seconds: i64) -> Known<i128> {
        let of = |writes: &i64, bytes: &i64| i128::from(*writes) * i128::from(seconds) * i128::from(*bytes) / 1000;
        self.sum(|k| k.writes.join(&k.bytes, of))
    }

    /// Steady writes of all kinds, in thousandths of a write per second.
    #[must_use]
    pub fn writes(&self) -> Known<i128> {
        self.sum(|k| k.writes.map(|w| i128::from(*w)))
    }

    /// The kind that takes the most bytes, with its arithmetic.
    #[must_use]
    pub fn largest(&self) -> String {
        let bytes = |k: &&Kind| i128::from(k.count.value) * i128::from(k.bytes.value);
        let largest = self.kinds.iter().max_by_key(bytes);
        largest.map_or_else(String::new, |k| format!("{} {} × {}", k.count.value, k.name, Bytes(k.bytes.value)))
    }

    fn sum(&self, of: impl Fn(&Kind) -> Known<i128>) -> Known<i128> {
        let parts: Vec<Known<i128>> = self.kinds.iter().map(of).collect();
        Known::<i128>::fold(0, &parts, |sum, part| sum + part)
    }
}
