//! The cluster's DNS: how many replicas there are, what one weighs, and the cache on every node.

use super::Totals;
use crate::because;
use crate::diag::Finding;
use crate::facts::{Cause, Facts, Known};
use crate::quantity::{Bytes, ceil_div};
use crate::rules::{Draft, Origin, Rule};
use ipnet::IpNet;
use serde_json::Value as Json;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&REPLICAS, &MEMORY, &NODE_LOCAL];

/// Replicas.
static REPLICAS: Rule = Rule {
    id: "coredns-replicas",
    why: "the proportional autoscaler takes the larger of cores / coresPerReplica and nodes / nodesPerReplica, and never fewer than min",
    source: "kubernetes-sigs/cluster-proportional-autoscaler pkg/autoscaler/controller/linearcontroller; coredns/deployment kubernetes/Scaling_CoreDNS.md",
};
/// Memory of a replica.
static MEMORY: Rule = Rule {
    id: "coredns-memory",
    why: "a replica watches every service and endpoint slice: (pods + services) / 1000 + 54 MB, and it is killed beyond its limit",
    source: "coredns/deployment kubernetes/Scaling_CoreDNS.md",
};
/// The cache of a node.
static NODE_LOCAL: Rule = Rule {
    id: "node-local-dns",
    why: "a cache on the node answers without a connection entry per query; beside kube-proxy's iptables mode it takes the DNS service's address over, beside others it has only its own and the kubelet must name that",
    source: "kubernetes/website content/en/docs/tasks/administer-cluster/nodelocaldns.md; kubernetes/dns issue 682",
};

const MIN: &str = "coredns/autoscaler.min";
const LIMIT: &str = "coredns/resources.limits.memory";
const REQUEST: &str = "coredns/resources.requests.memory";
const ADDRESS: &str = "coredns/node-local.address";

/// Plans DNS where it is the user's to set. `intercepts` says that every kube-proxy is in iptables mode.
pub fn decide(facts: &Facts, totals: &Totals, intercepts: bool, draft: &mut Draft<'_>, findings: &mut Vec<Finding>) {
    if !facts.cluster.platform_facts.settable(MIN) {
        return;
    }
    replicas(facts, draft);
    memory(facts, totals, draft);
    let stated = facts.cluster.network.dns.node_local.as_ref().filter(|(on, _)| on.value);
    if let Some((stated, _)) = stated {
        node_local(facts, stated, intercepts, draft, findings);
    }
}

fn replicas(facts: &Facts, draft: &mut Draft<'_>) {
    let nodes = &facts.cluster.nodes;
    let cores: i64 = facts.classes.values().map(|c| c.count.value.saturating_mul(c.machine.cpus.value)).sum();
    let each = |draft: &Draft<'_>, name: &str| {
        let pinned = draft.pin(name).and_then(|p| p.bounds().0.or(p.bounds().1));
        pinned.or_else(|| draft.default_of(name).as_i64()).unwrap_or(1).max(1)
    };
    let (by_core, by_node) = ("coredns/autoscaler.coresPerReplica", "coredns/autoscaler.nodesPerReplica");
    let (per_core, per_node) = (each(draft, by_core), each(draft, by_node));
    let two = if nodes.value > 1 { Known::opinion("network/dns-replicas").value } else { 1 };
    let size = ceil_div(cores, per_core).max(ceil_div(nodes.value, per_node)).max(two);
    let sum = format!("{cores} cores / {per_core} and {} nodes / {per_node}: {size} replicas", nodes.value);
    for name in [by_core, by_node] {
        draft.keep_because(name, &REPLICAS, &sum, because![nodes]);
    }
    for name in ["coredns/autoscaler.includeUnschedulableNodes", "coredns/autoscaler.preventSinglePointFailure"] {
        draft.keep(name, &REPLICAS, "upstream's own manifest");
    }
    let rate = Known::limit("coredns-rate");
    match &facts.cluster.network.dns.rate {
        Some(asked) => {
            let needed = ceil_div(asked.value, rate.value);
            let reason = format!("{} queries / {} a replica = {needed}, and {size} by size", asked.value, rate.value);
            draft
                .set(MIN, needed.max(two), Origin::Derived, &REPLICAS)
                .reason(reason)
                .because(because![asked, rate, nodes]);
        }
        None => draft.keep_because(MIN, &REPLICAS, &sum, because![nodes]),
    }
}

fn memory(facts: &Facts, totals: &Totals, draft: &mut Draft<'_>) {
    let (base, per) = (Known::limit("coredns-memory-base"), Known::limit("coredns-memory-objects"));
    let room = Known::opinion("network/dns-memory-room");
    let services = &facts.cluster.services;
    let objects = totals.pods.value.saturating_add(services.value);
    let megabytes = base.value + ceil_div(objects, per.value);
    let mi = |mb: i64| ceil_div(mb.saturating_mul(1_000_000), 1 << 20);
    let (need, most) = (mi(megabytes), mi(megabytes.saturating_mul(100 + room.value) / 100));
    let formula = format!(
        "({} pods + {} services) / {} + {} = {megabytes} MB",
        totals.pods.value, services.value, per.value, base.value
    );
    let causes = || because![totals.pods, services, base, per, room];
    for (name, wanted, more) in
        [(REQUEST, need, String::new()), (LIMIT, most, format!(", and {}% of room", room.value))]
    {
        let own = draft.default_of(name).as_str().and_then(|t| Bytes::parse(t).ok()).map_or(0, |b| b.0 >> 20);
        let reason = format!("{formula}{more}");
        if wanted <= own {
            draft.keep_because(name, &MEMORY, &reason, causes());
        } else {
            draft.set(name, format!("{wanted}Mi"), Origin::Derived, &MEMORY).reason(reason).because(causes());
        }
    }
}

/// The address that the cluster's DNS service has: a fixed place in the primary service range.
fn service_address(net: &IpNet, index: i64) -> Option<IpAddr> {
    let address = match net {
        IpNet::V4(v4) => IpAddr::V4(Ipv4Addr::from(u32::from(v4.network()).checked_add(u32::try_from(index).ok()?)?)),
        IpNet::V6(v6) => IpAddr::V6(Ipv6Addr::from(u128::from(v6.network()).checked_add(u128::try_from(index).ok()?)?)),
    };
    net.contains(&address).then_some(address)
}

fn node_local(
    facts: &Facts,
    stated: &Known<bool>,
    intercepts: bool,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) {
    let network = &facts.cluster.network;
    let place = network.dns.node_local.as_ref().map_or(&network.place, |(_, place)| place);
    if network.replaced.is_some() {
        let message = "a node's DNS cache does not get what Cilium sends to the DNS service by itself";
        findings.push(
            Finding::warning("node-local-cilium", message)
                .at(place, "not planned beside kube-proxy-replacement")
                .note("Cilium redirects it by a CiliumLocalRedirectPolicy (docs.cilium.io, Local Redirect Policy, Node-local DNS cache)")
                .help("install the cache as Cilium documents it, and leave the key out"),
        );
        return;
    }
    let index = Known::limit("dns-service-index");
    let service = facts.cluster.service_cidrs.first();
    let found = service.and_then(|n| Some((n, service_address(&n.value, index.value)?)));
    if intercepts && found.is_none() {
        let message = "the DNS service's address is not known, so the node's DNS cache is not planned";
        findings.push(
            Finding::advice("dns-address-unknown", message)
                .at(place, "the cache listens there")
                .help("add `service-cidrs` to `[cluster]`"),
        );
        return;
    }
    draft.keep(ADDRESS, &NODE_LOCAL, "a link-local address that nothing else has");
    let own = draft.get(ADDRESS).and_then(Json::as_str).unwrap_or_default().to_string();
    let domain = &network.dns.domain;
    draft
        .set("coredns/node-local.domain", domain.value.clone(), Origin::Derived, &NODE_LOCAL)
        .reason("the cluster's domain")
        .because(because![domain]);
    let (bind, reason, because) = match found.filter(|_| intercepts) {
        Some((net, address)) => {
            let reason = "its own, and the DNS service's, which kube-proxy's iptables rules leave to it";
            (vec![own.clone(), address.to_string()], reason, because![stated, net, index])
        }
        None => {
            let reason = "its own alone: kube-proxy's mode has the DNS service's address elsewhere";
            (vec![own.clone()], reason, because![stated; Cause::Value("kube-proxy/mode".into())])
        }
    };
    draft.set("coredns/node-local.bind", bind, Origin::Derived, &NODE_LOCAL).reason(reason).because(because);
    if !intercepts {
        cluster_dns(facts, &own, findings);
    }
}

/// Pods ask the address that the kubelet names: where the cache has only its own, that must be it.
fn cluster_dns(facts: &Facts, own: &str, findings: &mut Vec<Finding>) {
    let asks = |c: &crate::facts::ClassFacts| {
        c.stated("clusterDNS").and_then(|v| v.value.as_array().cloned()).is_some_and(|l| l.iter().any(|a| a == own))
    };
    let others: Vec<_> = facts.classes.values().filter(|c| !asks(c)).collect();
    let Some(first) = others.first() else { return };
    let message =
        format!("{}: the kubelet must name {own} as `clusterDNS`, or no pod asks the node's DNS cache", first.name);
    let mut finding = Finding::advice("node-local-cluster-dns", message)
        .at(&first.place, "this class")
        .note(NODE_LOCAL.why)
        .help(format!("set `clusterDNS: [\"{own}\"]` in its base, or pin `kubelet/clusterDNS`"));
    if others.len() > 1 {
        finding = finding.note(format!("{} classes in all", others.len()));
    }
    findings.push(finding);
}
