//! Address ranges between components: pods, services, nodes and the cluster's DNS.

use super::Find;
use super::cluster::whole;
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::expression::{Settings, Val};
use crate::check::report;
use crate::check::scene::At;
use crate::diag::{Finding, Place};
use crate::yaml::Node;
use ipnet::IpNet;
use serde_json::Value as Json;
use std::net::IpAddr;

pub(super) const FIND: &[(&str, Find)] = &[
    ("pods-in-node-range", pods),
    ("nodes-beyond-ranges", nodes),
    ("ranges-overlap", overlap),
    ("cluster-dns-in-service-range", dns),
];

const PODS: &str = "kubelet/maxPods";
const CLUSTER: &str = "kube-controller-manager/cluster-cidr";
const ALLOCATE: &str = "kube-controller-manager/allocate-node-cidrs";
const MASKS: [&str; 2] =
    ["kube-controller-manager/node-cidr-mask-size-ipv4", "kube-controller-manager/node-cidr-mask-size"];
const POOL: &str = "cni/cilium.ipam.operator.clusterPoolIPv4MaskSize";
const POOLS: &str = "cni/cilium.ipam.operator.clusterPoolIPv4PodCIDRList";
const MODE: &str = "cni/cilium.ipam.mode";
const NODES: &str = "cluster-autoscaler/max-nodes-total";
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

/// How large the IPv4 ranges of nodes are.
struct Mask {
    length: i64,
    /// Addresses of a range that no pod gets.
    taken: i64,
    /// The setting that says so.
    name: String,
    /// The setting that holds the ranges that they are taken out of.
    from: &'static str,
}

fn has_pool(at: &At<'_>) -> bool {
    at.value(MODE) == Some(Val::Text("cluster-pool".into()))
}

/// Whether the network plugin has pools of its own, of which nothing here tells: Calico, the AWS plugin, and Cilium unless
/// the nodes' ranges are Kubernetes'.
fn has_own(at: &At<'_>) -> bool {
    let own = |name: &String| ["cni/calico.", "cni/aws-vpc."].iter().any(|own| name.starts_with(own));
    let cilium = at.stated(MODE) && at.value(MODE) != Some(Val::Text("kubernetes".into()));
    cilium || at.scene.parts.get("cni").is_some_and(|cni| cni.stated.keys().any(own))
}

fn node_mask(at: &At<'_>) -> Option<Mask> {
    if has_pool(at) {
        let taken = catalog::limit_value("cilium-addresses");
        return Some(Mask { length: whole(at, POOL)?, taken, name: POOL.to_string(), from: POOLS });
    }
    let v4 = nets(at, CLUSTER)?.iter().any(|net| matches!(net, IpNet::V4(_)));
    if has_own(at) || !v4 || at.value(ALLOCATE) != Some(Val::Bool(true)) {
        return None;
    }
    let taken = catalog::limit_value("host-local-addresses");
    let stated = MASKS.iter().find_map(|name| Some((whole(at, name).filter(|mask| *mask > 0)?, *name)));
    let (length, name) = stated.unwrap_or((catalog::limit_value("node-mask-ipv4-default"), MASKS[1]));
    Some(Mask { length, taken, name: name.to_string(), from: CLUSTER })
}

/// The IPv4 range that a node reports, with its place, where the plugin goes by it.
fn reported(at: &At<'_>) -> Option<(i64, Place)> {
    let (path, node) = at.node().filter(|_| !has_pool(at) && !has_own(at))?;
    let lists = node.at(&["spec", "podCIDRs"]).map_or(&[][..], Node::items);
    let mut all = lists.iter().chain(node.at(&["spec", "podCIDR"]));
    all.find_map(|range| match range.text()?.parse().ok()? {
        IpNet::V4(net) => Some((i64::from(net.prefix_len()), Place::new(path, range.span.clone()))),
        IpNet::V6(_) => None,
    })
}

/// Addresses that pods can have of a range, and how that comes.
fn addresses(length: i64, taken: i64) -> Option<(i64, String)> {
    let bits = 32_i64.checked_sub(length).filter(|bits| (0..32).contains(bits))?;
    Some((((1_i64 << bits) - taken).max(0), format!("2^{bits} - {taken}")))
}

fn pods(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(pods) = whole(at, PODS) else { return };
    let says = |length: i64, taken: i64, whose: &str| {
        let (there, how) = addresses(length, taken).filter(|(there, _)| pods > *there)?;
        Some(format!("maxPods is {pods}, and {whose} of /{length} has addresses for {there} pods: {how}"))
    };
    let host_local = catalog::limit_value("host-local-addresses");
    if let Some((length, place)) = reported(at) {
        if let Some(says) = says(length, host_local, "the node's range") {
            let finding = report::finding(at, constraint, &says, &[PODS.to_string()]);
            out.push(report::beside(finding, &place, "the node reports"));
        }
        return;
    }
    let Some(mask) = node_mask(at) else { return };
    if let Some(says) = says(mask.length, mask.taken, "a node's range") {
        out.push(report::finding(at, constraint, &says, &[PODS.to_string(), mask.name]));
    }
}

/// More nodes may be made than there are ranges for.
fn nodes(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(most) = whole(at, NODES).filter(|most| *most > 0) else { return };
    let Some(mask) = node_mask(at) else { return };
    let Some(nets) = nets(at, mask.from) else { return };
    let own = nets.iter().filter(|net| matches!(net, IpNet::V4(_)));
    let mut lengths: Vec<i64> = own.map(|net| i64::from(net.prefix_len())).collect();
    // The controller-manager takes one range of each family, the first; Cilium takes them one after the other.
    if mask.from == CLUSTER {
        lengths.truncate(1);
    }
    let bits: Option<Vec<i64>> = lengths.iter().map(|length| bits(mask.length, *length)).collect();
    let Some(bits) = bits.filter(|bits| !bits.is_empty()) else { return };
    let ranges: i64 = bits.iter().map(|bits| 1_i64 << bits).sum();
    if most > ranges {
        let how: Vec<String> = bits.iter().map(|bits| format!("2^{bits}")).collect();
        let says = format!(
            "up to {most} nodes are made, and there are ranges of /{} for {ranges}: {}",
            mask.length,
            how.join(" + ")
        );
        let blamed = [NODES.to_string(), mask.from.to_string(), mask.name];
        out.push(report::finding(at, constraint, &says, &blamed));
    }
}

fn bits(mask: i64, range: i64) -> Option<i64> {
    mask.checked_sub(range).filter(|bits| (0..32).contains(bits))
}

fn overlap(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let of_pods = if has_pool(at) { POOLS } else { CLUSTER };
    for name in SERVICES {
        let (Some(pods), Some(services)) = (nets(at, of_pods), nets(at, name)) else { continue };
        let shared = |a: &IpNet, b: &IpNet| a.contains(b) || b.contains(a);
        let clash = pods.iter().find_map(|p| services.iter().find(|s| shared(p, s)).map(|s| (*p, *s)));
        if let Some((pods, services)) = clash {
            let says = format!("the pods' range {pods} and the services' range {services} overlap");
            out.push(report::finding(at, constraint, &says, &[name.to_string(), of_pods.to_string()]));
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
