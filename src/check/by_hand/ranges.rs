//! Address ranges between components: pods, services, nodes and the cluster's DNS.

use super::Find;
use super::cluster::whole;
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::expression::{Settings, Val};
use crate::check::report;
use crate::check::scene::At;
use crate::diag::Finding;
use ipnet::IpNet;
use serde_json::Value as Json;
use std::net::IpAddr;

pub(super) const FIND: &[(&str, Find)] =
    &[("pods-in-node-range", pods), ("ranges-overlap", overlap), ("cluster-dns-in-service-range", dns)];

const PODS: &str = "kubelet/maxPods";
const CLUSTER: &str = "kube-controller-manager/cluster-cidr";
const ALLOCATE: &str = "kube-controller-manager/allocate-node-cidrs";
const MASKS: [&str; 2] =
    ["kube-controller-manager/node-cidr-mask-size-ipv4", "kube-controller-manager/node-cidr-mask-size"];
const POOL: &str = "cni/cilium.ipam.operator.clusterPoolIPv4MaskSize";
const SERVICES: [&str; 2] =
    ["kube-apiserver/service-cluster-ip-range", "kube-controller-manager/service-cluster-ip-range"];
const DNS: &str = "kubelet/clusterDNS";

/// The ranges that a setting states, commas or a list of texts; nothing where one of them cannot be read. A default is no
/// range that anybody means: a file without it is a part of one.
pub(super) fn nets(at: &At<'_>, name: &str) -> Option<Vec<IpNet>> {
    let value = at.json(name).filter(|_| at.stated(name))?;
    let texts: Vec<&str> = match &value {
        Json::String(text) => text.split(',').collect(),
        Json::Array(items) => items.iter().map(Json::as_str).collect::<Option<_>>()?,
        _ => return None,
    };
    let nets: Option<Vec<IpNet>> = texts.iter().map(|text| text.trim().parse().ok()).collect();
    nets.filter(|list| !list.is_empty())
}

/// The mask of a node's IPv4 range, the setting that says so, and how many of its addresses no pod gets.
fn node_mask(at: &At<'_>) -> Option<(i64, String, i64)> {
    if at.value("cni/cilium.ipam.mode") == Some(Val::Text("cluster-pool".into())) {
        return Some((whole(at, POOL)?, POOL.to_string(), catalog::limit_value("cilium-addresses")));
    }
    // Calico and the AWS plugin have pools of their own, which nothing here tells of.
    let own = at.scene.parts.get("cni").is_some_and(|cni| {
        cni.stated.keys().any(|name| ["cni/calico.", "cni/aws-vpc."].iter().any(|own| name.starts_with(own)))
    });
    let v4 = nets(at, CLUSTER)?.iter().any(|net| matches!(net, IpNet::V4(_)));
    if own || !v4 || at.value(ALLOCATE) != Some(Val::Bool(true)) {
        return None;
    }
    let taken = catalog::limit_value("host-local-addresses");
    let stated = MASKS.iter().find_map(|name| Some((whole(at, name).filter(|mask| *mask > 0)?, *name)));
    let (mask, name) = stated.unwrap_or((catalog::limit_value("node-mask-ipv4-default"), MASKS[1]));
    Some((mask, name.to_string(), taken))
}

fn pods(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let (Some(pods), Some((mask, name, taken))) = (whole(at, PODS), node_mask(at)) else { return };
    let Some(bits) = 32_i64.checked_sub(mask).filter(|bits| (0..32).contains(bits)) else { return };
    let addresses = (1_i64 << bits) - taken;
    if pods > addresses {
        let says = format!(
            "maxPods is {pods}, and a node's range of /{mask} has addresses for {} pods: 2^{bits} - {taken}",
            addresses.max(0)
        );
        out.push(report::finding(at, constraint, &says, &[PODS.to_string(), name]));
    }
}

fn overlap(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for name in SERVICES {
        let (Some(pods), Some(services)) = (nets(at, CLUSTER), nets(at, name)) else { continue };
        let shared = |a: &IpNet, b: &IpNet| a.contains(b) || b.contains(a);
        let clash = pods.iter().find_map(|p| services.iter().find(|s| shared(p, s)).map(|s| (*p, *s)));
        if let Some((pods, services)) = clash {
            let says = format!("the pods' range {pods} and the services' range {services} overlap");
            out.push(report::finding(at, constraint, &says, &[name.to_string(), CLUSTER.to_string()]));
            return;
        }
    }
}

fn dns(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some((name, services)) = SERVICES.iter().find_map(|name| Some((*name, nets(at, name)?))) else { return };
    let listed = at.json(DNS).unwrap_or_default();
    let addresses = listed.as_array().into_iter().flatten().filter_map(|a| a.as_str()?.parse::<IpAddr>().ok());
    for address in addresses.filter(|a| !link_local(a)) {
        if !services.iter().any(|net| net.contains(&address)) {
            let list: Vec<String> = services.iter().map(ToString::to_string).collect();
            let says = format!("clusterDNS is {address}, and services have addresses of {}", list.join(", "));
            out.push(report::finding(at, constraint, &says, &[DNS.to_string(), name.to_string()]));
        }
    }
}

/// A cache on each node listens on such an address.
fn link_local(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.segments()[0] & 0xffc0 == 0xfe80,
    }
}
