//! `[cluster]` and `[control-plane]` as types.

use super::audit::{self, Audit};
use super::autoscaling::{Autoscaling, autoscaling};
use super::etcd::{self, Etcd};
use super::get::{self, Get};
use super::load::{self, Load};
use super::network::{self, ClusterNetwork, Dns};
use super::node::Table;
use super::shape::At;
use crate::diag::Finding;
use crate::quantity::{Bytes, Version};
use ipnet::IpNet;

/// What the cluster is.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its name.
    pub name: At<String>,
    /// Control-plane version.
    pub kubernetes: At<Version>,
    /// Who runs the control plane, when stated.
    pub platform: Option<At<String>>,
    /// Network plugin, when stated.
    pub cni: Option<At<String>>,
    /// Pod ranges, primary family first.
    pub pod_cidrs: Vec<At<IpNet>>,
    /// Service ranges, primary family first.
    pub service_cidrs: Vec<At<IpNet>>,
    /// Path of a file of the user's own goals, relative to the spec.
    pub goals: Option<At<String>>,
    /// Services.
    pub services: Option<At<i64>>,
    /// Endpoints.
    pub endpoints: Option<At<i64>>,
    /// Whether each class has a kube-proxy of its own.
    pub kube_proxy_per_class: Option<At<bool>>,
    /// What scales workloads and nodes.
    pub autoscaling: Autoscaling,
    /// The network between pods.
    pub network: ClusterNetwork,
    /// DNS.
    pub dns: Dns,
}

/// The control plane, where it is the user's.
#[derive(Clone, Debug, Default)]
pub struct ControlPlane {
    /// Class of its machines.
    pub node_class: Option<At<String>>,
    /// What stands before several API servers.
    pub load_balancer: Option<At<String>>,
    /// etcd.
    pub etcd: Etcd,
    /// Secrets.
    pub secrets: Option<At<i64>>,
    /// Config maps.
    pub config_maps: Option<At<i64>>,
    /// Deployments.
    pub deployments: Option<At<i64>>,
    /// Custom resources.
    pub custom: Vec<Custom>,
    /// Steady writes beyond those of nodes and pods.
    pub writes_per_second: Option<At<i64>>,
    /// What happens in the cluster.
    pub load: Load,
    /// The audit log of the API servers.
    pub audit: Option<Audit>,
}

/// A kind of custom resource.
#[derive(Clone, Debug)]
pub struct Custom {
    /// Its name.
    pub name: At<String>,
    /// How many.
    pub count: At<i64>,
    /// Size of one.
    pub size: At<Bytes>,
}

/// Reads `[cluster]`; `None` when it or one of its required keys is missing, which the reader has reported.
pub(super) fn cluster(get: &mut Get<'_>, spec: &Table) -> Option<Cluster> {
    let table = get::table(spec, "cluster")?;
    let pod_cidrs = get::cidrs(table, "pod-cidrs");
    let service_cidrs = get::cidrs(table, "service-cidrs");
    families(get, "pod-cidrs", &pod_cidrs);
    families(get, "service-cidrs", &service_cidrs);
    if let (Some(pod), Some(service)) = (pod_cidrs.first(), service_cidrs.first()) {
        agree(get, pod, service, pod_cidrs.len() != service_cidrs.len());
    }
    for pod in &pod_cidrs {
        for service in service_cidrs.iter().filter(|s| overlap(&pod.value, &s.value)) {
            let message = format!("pod range {} and service range {} overlap", pod.value, service.value);
            let finding = Finding::error("cidr-overlap", message)
                .at(&get.place(&service.span), "these addresses would mean two things")
                .clash(&get.place(&pod.span), "pods");
            get.report(finding);
        }
    }
    Some(Cluster {
        // A name that could not be read is a mistake of its own; the rest is still worth looking at.
        name: get::text(table, "name").or_else(|| Some(At::of(spec.get("cluster")?, String::new())))?,
        kubernetes: get::version(table, "kubernetes")?,
        platform: get::text(table, "platform"),
        cni: get::text(table, "cni"),
        pod_cidrs,
        service_cidrs,
        goals: get::text(table, "goals"),
        services: get::int(table, "services"),
        endpoints: get::int(table, "endpoints"),
        kube_proxy_per_class: get::boolean(table, "kube-proxy-per-class"),
        autoscaling: autoscaling(table),
        network: network::network(get, table),
        dns: network::dns(table),
    })
}

fn overlap(a: &IpNet, b: &IpNet) -> bool {
    a.contains(&b.network()) || b.contains(&a.network())
}

/// One range, or two of different families: upstream refuses everything else.
fn families(get: &mut Get<'_>, key: &str, nets: &[At<IpNet>]) {
    let is_v4 = |at: &At<IpNet>| matches!(at.value, IpNet::V4(_));
    if let Some(extra) = nets.get(2) {
        let message = format!("`{key}` has {} ranges; at most one per family is possible", nets.len());
        get.report(Finding::error("cidr-families", message).at(&get.place(&extra.span), "the third"));
    } else if let [first, second] = nets
        && is_v4(first) == is_v4(second)
    {
        let message = format!("`{key}` has two ranges of one family");
        let finding = Finding::error("cidr-families", message)
            .at(&get.place(&second.span), "same family")
            .clash(&get.place(&first.span), "as this");
        get.report(finding);
    }
}

/// Pods and services share their families and which of them is first.
fn agree(get: &mut Get<'_>, pod: &At<IpNet>, service: &At<IpNet>, counts_differ: bool) {
    let same = matches!((&pod.value, &service.value), (IpNet::V4(_), IpNet::V4(_)) | (IpNet::V6(_), IpNet::V6(_)));
    if !same {
        let finding = Finding::error("cidr-families", "pods and services have different primary families")
            .at(&get.place(&service.span), "primary range of services")
            .clash(&get.place(&pod.span), "primary range of pods");
        get.report(finding);
    } else if counts_differ {
        let finding = Finding::error("cidr-families", "one of pods and services is dual stack and the other is not")
            .at(&get.place(&service.span), "services")
            .clash(&get.place(&pod.span), "pods");
        get.report(finding);
    }
}

/// Reads `[control-plane]`.
pub(super) fn control_plane(get: &mut Get<'_>, spec: &Table) -> Option<At<ControlPlane>> {
    let node = spec.get("control-plane")?;
    let table = node.table()?;
    let empty = Table::new();
    let objects = get::table(table, "objects").unwrap_or(&empty);
    let custom = objects.get("custom").map(super::node::Node::items).unwrap_or_default();
    let custom: Vec<Custom> = custom
        .iter()
        .filter_map(|item| {
            let t = item.table()?;
            Some(Custom { name: get::text(t, "name")?, count: get::int(t, "count")?, size: get::bytes(t, "size")? })
        })
        .collect();
    get.unique_names("custom resource", custom.iter().map(|c| &c.name));
    let value = ControlPlane {
        node_class: get::text(table, "node-class"),
        load_balancer: get::text(table, "load-balancer"),
        etcd: etcd::etcd(table),
        secrets: get::int(objects, "secrets"),
        config_maps: get::int(objects, "config-maps"),
        deployments: get::int(objects, "deployments"),
        custom,
        writes_per_second: get::int(objects, "writes-per-second"),
        load: load::load(get, table),
        audit: audit::audit(table),
    };
    Some(At::of(node, value))
}
