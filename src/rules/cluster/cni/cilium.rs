//! Cilium: its connection tables sized by what the classes need, who gives nodes their ranges, and kube-proxy's place.

use super::mtu;
use crate::because;
use crate::diag::{Finding, Place};
use crate::facts::{Cause, ClassFacts, Facts, Known};
use crate::quantity::{Bytes, Kernel};
use crate::rules::class::ClassResult;
use crate::rules::cluster::node_cidr::{self, Envelope};
use crate::rules::{Conflict, Draft, Origin, Rule, Unfit};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&TABLES, &SERVICES, &REPLACED, &RANGES, &WAY];

/// Connection tables.
static TABLES: Rule = Rule {
    id: "cilium-tables",
    why: "Cilium tracks pods' connections in maps of its own, one size for all nodes, so the class with the most decides; a full map drops new connections",
    source: "cilium/cilium pkg/maps mapsize; Documentation/network/ebpf/maps.rst",
};
/// Services.
static SERVICES: Rule = Rule {
    id: "cilium-services",
    why: "every service has a row for itself and one for each of its endpoints",
    source: "cilium/cilium Documentation/network/ebpf/maps.rst",
};
/// kube-proxy's place.
static REPLACED: Rule = Rule {
    id: "cilium-kube-proxy-replacement",
    why: "one of kube-proxy and Cilium carries services; the word is `true`, and `strict` of older releases is refused",
    source: "cilium/cilium issues 26577 and 31286",
};
/// Ranges of nodes.
static RANGES: Rule = Rule {
    id: "cilium-ipam",
    why: "one of the controller-manager and Cilium's operator gives nodes their ranges, of one size",
    source: "cilium/cilium Documentation/network/concepts/ipam",
};
/// Tunnels.
static WAY: Rule = Rule {
    id: "cilium-routing",
    why: "a tunnel passes any network between nodes; native routing needs one that knows pods' addresses",
    source: "cilium/cilium Documentation/network/concepts/routing.rst",
};

/// Entries for TCP.
pub(super) const TCP: &str = "cni/cilium.bpf.ctTcpMax";
const ANY: &str = "cni/cilium.bpf.ctAnyMax";
const NAT: &str = "cni/cilium.bpf.natMax";
const NEIGHBOURS: &str = "cni/cilium.bpf.neighMax";

/// Entries of Cilium's tables for a number of connections: TCP, other protocols, translation.
#[must_use]
pub fn tables(connections: i64) -> [i64; 3] {
    let limit = crate::catalog::limit_value;
    let least = limit("cilium-ct-tcp-least");
    let tcp = power_of_two(connections.max(least));
    let any = tcp / limit("cilium-ct-any-part").max(1);
    [tcp, any, (tcp + any) * limit("cilium-nat-thirds") / 3]
}

/// The smallest power of two that is at least `n`: a map has that many buckets in any case.
fn power_of_two(n: i64) -> i64 {
    i64::try_from(u64::try_from(n.max(1)).unwrap_or(1).next_power_of_two()).unwrap_or(i64::MAX)
}

/// Sets the chart's values.
///
/// # Errors
/// A class needs more entries than the agent accepts.
pub(super) fn decide(
    facts: &Facts,
    envelope: &Envelope,
    classes: &BTreeMap<String, ClassResult>,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(), Box<Unfit>> {
    sized(facts, classes, draft, findings)?;
    services(facts, draft);
    let network = &facts.cluster.network;
    match &network.replaced {
        Some(stated) => draft
            .set("cni/cilium.kubeProxyReplacement", "true", Origin::Derived, &REPLACED)
            .reason("as stated; the agent then needs k8sServiceHost and k8sServicePort")
            .because(because![stated]),
        None => draft.keep("cni/cilium.kubeProxyReplacement", &REPLACED, "kube-proxy carries services"),
    }
    ranges(facts, envelope, classes, draft);
    way(facts, draft);
    if let Some(weight) = mtu::of_network(facts, "the agent") {
        draft
            .set("cni/cilium.MTU", weight.bytes, Origin::Derived, &mtu::MTU)
            .reason(weight.reason)
            .because(weight.because);
    }
    Ok(())
}

fn sized(
    facts: &Facts,
    classes: &BTreeMap<String, ClassResult>,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(), Box<Unfit>> {
    let Some((name, most)) = classes.iter().max_by_key(|(_, c)| c.entries) else { return Ok(()) };
    let [tcp, any, nat] = tables(most.entries);
    let pods = Cause::Value(format!("{name}: kubelet/maxPods"));
    let known = ["cilium-ct-tcp-least", "cilium-ct-any-part", "cilium-nat-thirds", "cilium-ct-most"];
    let mut because: Vec<Cause> = known.iter().map(|id| Cause::Fact(format!("behaviour/{id}"))).collect();
    because.push(pods);
    let need = format!("{name} needs {}", most.entries);
    draft
        .set(TCP, tcp, Origin::Derived, &TABLES)
        .reason(format!("{need}, rounded up to a power of two"))
        .because(because.clone());
    draft
        .set(ANY, any, Origin::Derived, &TABLES)
        .reason("in Cilium's own proportion to TCP: what of the connections is not TCP is not stated")
        .because(because.clone());
    let value = |draft: &Draft<'_>, name: &str| draft.get(name).and_then(serde_json::Value::as_i64).unwrap_or(0);
    let (tcp, any) = (value(draft, TCP), value(draft, ANY));
    // Pins may have moved the tables, and the translation table goes by both.
    let nat = if draft.pin(TCP).or(draft.pin(ANY)).is_some() {
        (tcp + any) * crate::catalog::limit_value("cilium-nat-thirds") / 3
    } else {
        nat
    };
    let reason = format!("two thirds of ({tcp} + {any}), as Cilium's own; beyond their sum the agent does not start");
    draft.set(NAT, nat, Origin::Derived, &TABLES).reason(reason).because(because.clone());
    let nat = value(draft, NAT);
    let replaced = facts.cluster.network.replaced.is_some();
    if replaced {
        let reason = format!("as many as translated connections, {nat}");
        draft.set(NEIGHBOURS, nat, Origin::Derived, &TABLES).reason(reason).because(because);
    }
    if nat > tcp + any {
        let message = format!("Cilium's natMax {nat} is more than its connection tables have together, {}", tcp + any);
        let place = facts.classes.get(name).and_then(|c| Some(Place::new(&c.file, draft.pin(NAT)?.at.span.clone())));
        findings.extend(place.map(|place| {
            Finding::error("cilium-nat-order", message)
                .at(&place, "pinned here")
                .note("the agent does not start with it")
        }));
    }
    let limit = crate::catalog::limit_value("cilium-ct-most");
    if tcp < most.entries || tcp > limit {
        return Err(Box::new(short(facts, draft, name, (most.entries, tcp, limit))));
    }
    let neighbours = if replaced { value(draft, NEIGHBOURS) } else { 0 };
    uncounted(facts, classes, [tcp, any, nat, neighbours], findings);
    Ok(())
}

fn short(facts: &Facts, draft: &Draft<'_>, name: &str, (need, tcp, limit): (i64, i64, i64)) -> Unfit {
    let file = facts.classes.get(name).map(|c| Arc::clone(&c.file));
    let pin = file.and_then(|f| Some((Place::new(&f, draft.pin(TCP)?.at.span.clone()), "pinned here".to_string())));
    let class = || facts.classes.get(name).map(|c| (c.place.clone(), "this class".to_string()));
    let arithmetic = if tcp < need { format!("{need} > {tcp}") } else { format!("{tcp} > {limit}") };
    Unfit {
        class: String::new(),
        message: format!("no plan fits: {name} needs {need} entries in Cilium's connection table"),
        asked: pin.or_else(class).into_iter().collect(),
        against: Vec::new(),
        conflicts: vec![Conflict { rules: vec![TABLES.id.to_string()], arithmetic: vec![arithmetic] }],
        complete: true,
        way_out: None,
    }
}

/// Bytes of kernel memory that the tables take on every node, used or not: TCP, other protocols, translation, neighbours.
#[must_use]
pub fn table_bytes(entries: [i64; 4]) -> Bytes {
    let cost = crate::catalog::cost_typical;
    let [tcp, any, nat, neighbours] = entries;
    Bytes(
        (tcp + any) * cost("cilium-ct-entry")
            + nat * cost("cilium-nat-entry")
            + neighbours * cost("cilium-neigh-entry"),
    )
}

/// The tables' memory is nobody's reservation: it is the agent's, so its DaemonSet must be among the workloads.
fn uncounted(facts: &Facts, classes: &BTreeMap<String, ClassResult>, entries: [i64; 4], findings: &mut Vec<Finding>) {
    let bytes = table_bytes(entries);
    let daemons =
        |c: &ClassFacts| -> i64 { c.mix.fixed.iter().filter(|k| k.host_network).map(|k| k.amount * k.memory.0).sum() };
    let stated = classes.keys().filter_map(|n| facts.classes.get(n)).filter(|c| c.mix.preset.is_none());
    let without: Vec<&ClassFacts> = stated.filter(|c| daemons(c) < bytes.0).collect();
    let Some(first) = without.first() else { return };
    let mi = |b: i64| format!("{}Mi", (b + (1 << 20) - 1) >> 20);
    let message = format!(
        "{}: Cilium's tables take {} on every node, and the pods on its network ask for {}",
        first.name,
        mi(bytes.0),
        mi(daemons(first))
    );
    let charged = crate::catalog::limit_value("conntrack-map-charged");
    let old = first
        .kernel
        .as_ref()
        .is_some_and(|k: &Known<Kernel>| i64::from(k.value.0) * 100 + i64::from(k.value.1) < charged);
    let note = if old {
        format!("a kernel before {}.{} charges them to no pod, so they are the host's", charged / 100, charged % 100)
    } else {
        "the kernel charges them to the agent's pod, and they are there whether used or not".to_string()
    };
    let [tcp, any, nat, neighbours] = entries;
    let mut finding = Finding::advice("cilium-tables-uncounted", message)
        .at(&first.place, "this class")
        .note(note)
        .note(format!("{tcp} + {any} connections, {nat} translations, {neighbours} neighbours, by the sizes in catalog/costs/network.toml"))
        .help("add the agent's DaemonSet to the workloads, with `host-network = true` and its memory");
    if without.len() > 1 {
        finding = finding.note(format!("{} classes in all", without.len()));
    }
    findings.push(finding);
}

fn services(facts: &Facts, draft: &mut Draft<'_>) {
    let (services, endpoints) = (&facts.cluster.services, &facts.cluster.endpoints);
    let part = Known::opinion("network/cilium-services-part");
    let name = "cni/cilium.bpf.lbMapMax";
    let rows = services.value.saturating_add(endpoints.value).saturating_mul(part.value);
    let own = draft.default_of(name).as_i64().unwrap_or(0);
    if rows <= own {
        draft.keep(
            name,
            &SERVICES,
            &format!("({} services + {} endpoints) × {}", services.value, endpoints.value, part.value),
        );
        return;
    }
    draft
        .set(name, power_of_two(rows), Origin::Derived, &SERVICES)
        .reason(format!("({} services + {} endpoints) × {}, rounded up", services.value, endpoints.value, part.value))
        .because(because![services, endpoints, part]);
}

fn ranges(facts: &Facts, envelope: &Envelope, classes: &BTreeMap<String, ClassResult>, draft: &mut Draft<'_>) {
    let (cluster, name) = (&facts.cluster, "cni/cilium.ipam.mode");
    let planned = cluster.platform_facts.control_plane && envelope.cap.is_some() && !cluster.pod_cidrs.is_empty();
    match &cluster.network.ipam {
        Some(stated) => {
            let reason = if cluster.network.own_pool() { "as stated: the operator gives ranges" } else { "as stated" };
            draft.set(name, stated.value.clone(), Origin::Derived, &RANGES).reason(reason).because(because![stated]);
        }
        None if planned => draft
            .set(name, "kubernetes", Origin::Derived, &RANGES)
            .reason("the controller-manager gives each node its range, of the mask planned there")
            .because(because![cluster.cni]),
        None => return,
    }
    if !cluster.network.own_pool() {
        return;
    }
    let pool: Vec<String> =
        cluster.pod_cidrs.iter().map(|n| n.value).filter(|n| n.addr().is_ipv4()).map(|n| n.to_string()).collect();
    if !pool.is_empty() {
        let because: Vec<Cause> = cluster.pod_cidrs.iter().flat_map(|n| n.causes().cloned()).collect();
        draft
            .set("cni/cilium.ipam.operator.clusterPoolIPv4PodCIDRList", pool, Origin::Derived, &RANGES)
            .reason("the pod range of the spec")
            .because(because);
    }
    if let Some(mask) = node_cidr::mask(facts, envelope, classes) {
        draft
            .set(node_cidr::CILIUM_MASK, mask.bits, Origin::Derived, &node_cidr::MASK)
            .reason(mask.reason)
            .because(mask.because);
    }
}

fn way(facts: &Facts, draft: &mut Draft<'_>) {
    let Some(stated) = &facts.cluster.network.encapsulation else { return };
    let mut set = |name: &str, value: serde_json::Value| {
        draft
            .set(&format!("cni/cilium.{name}"), value, Origin::Derived, &WAY)
            .reason("as stated")
            .because(because![stated]);
    };
    match stated.value.as_str() {
        "none" => {
            set("routingMode", "native".into());
            let v4 = facts.cluster.pod_cidrs.iter().map(|n| n.value).find(|n| n.addr().is_ipv4());
            if let Some(net) = v4 {
                set("ipv4NativeRoutingCIDR", net.to_string().into());
            }
        }
        "wireguard" => {
            set("encryption.enabled", true.into());
            set("encryption.type", "wireguard".into());
        }
        tunnel => {
            set("routingMode", "tunnel".into());
            set("tunnelProtocol", tunnel.into());
        }
    }
}
