//! Calico: the pool, its blocks, and how packets get from node to node.

use super::mtu;
use crate::because;
use crate::facts::{Addresses, Cause, Facts};
use crate::quantity::ceil_div;
use crate::rules::class::ClassResult;
use crate::rules::{Draft, Origin, Rule};
use std::collections::BTreeMap;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&BLOCKS, &POOL, &WAY];

/// Blocks of a node.
static BLOCKS: Rule = Rule {
    id: "calico-blocks",
    why: "a node takes whole blocks, so every node of every class needs its blocks in the pool",
    source: "docs.tigera.io/calico/latest/reference/resources/ippool, blockSize; reference/resources/ipamconfig",
};
/// The pool.
static POOL: Rule = Rule {
    id: "calico-pool",
    why: "pods get their addresses from the pool, which is the cluster's pod range",
    source: "docs.tigera.io/calico/latest/reference/resources/ippool",
};
/// Tunnels.
static WAY: Rule = Rule {
    id: "calico-encapsulation",
    why: "a pool has one of IP-in-IP and VXLAN or none of them; WireGuard is a setting of all nodes",
    source: "docs.tigera.io/calico/latest/reference/resources/ippool, ipipMode and vxlanMode; reference/resources/felixconfig",
};

/// Prefix length of a block.
pub(super) const BLOCK: &str = "cni/calico.blockSize";

/// Sets the pool, the way between nodes, and the MTU.
pub(super) fn decide(facts: &Facts, classes: &BTreeMap<String, ClassResult>, draft: &mut Draft<'_>) {
    pool(facts, classes, draft);
    way(facts, draft);
}

/// The pool of IPv4 addresses.
fn pool(facts: &Facts, classes: &BTreeMap<String, ClassResult>, draft: &mut Draft<'_>) {
    let cluster = &facts.cluster;
    let Some(net) = cluster.pod_cidrs.first().filter(|n| matches!(n.value, ipnet::IpNet::V4(_))) else { return };
    let block = cluster.block();
    let bits = i64::from(32 - block.value.trailing_zeros());
    let (mut blocks, mut parts) = (0_i64, Vec::new());
    for (name, class) in classes {
        let Some(stated) = facts.classes.get(name).filter(|c| matches!(c.addresses, Addresses::Pool { .. })) else {
            continue;
        };
        let host: i64 = stated.mix.fixed.iter().filter(|k| k.host_network).map(|k| k.amount).sum();
        // One address of a node's blocks is its tunnel's.
        let each = ceil_div((class.pods - host).max(0) + 1, block.value);
        blocks += each.saturating_mul(stated.count.value);
        if parts.len() < 3 {
            parts.push(format!("{} × {each} of {name}", stated.count.value));
        }
    }
    if classes.len() > parts.len() {
        parts.push(format!("{} classes more", classes.len() - parts.len()));
    }
    let all = 1_i64 << (bits - i64::from(net.value.prefix_len())).clamp(0, 32);
    let reason = format!("blocks of {}: {} = {blocks} of {all} in {}", block.value, parts.join(" + "), net.value);
    let pods = classes.keys().map(|n| Cause::Value(format!("{n}: kubelet/maxPods")));
    let mut because = because![block, net, cluster.nodes];
    because.extend(pods);
    draft.set(BLOCK, bits, Origin::Derived, &BLOCKS).reason(reason).because(because);
    draft
        .set("cni/calico.cidr", net.value.to_string(), Origin::Derived, &POOL)
        .reason("the pod range of the spec")
        .because(because![net]);
    let out = &cluster.network.nat_outgoing;
    draft
        .set("cni/calico.natOutgoing", out.value, Origin::Derived, &POOL)
        .reason(if out.value { "pods' addresses are not known outside" } else { "pods' addresses are routed outside" })
        .because(because![out]);
}

fn way(facts: &Facts, draft: &mut Draft<'_>) {
    let network = &facts.cluster.network;
    if let Some(stated) = &network.encapsulation {
        let mode = if network.between_subnets() { "CrossSubnet" } else { "Always" };
        let mut because = because![stated];
        because.extend(network.cross_subnet.iter().flat_map(|c| c.causes().cloned()));
        for (name, word) in [("cni/calico.ipipMode", "ipip"), ("cni/calico.vxlanMode", "vxlan")] {
            let value = if stated.value == word { mode } else { "Never" };
            draft.set(name, value, Origin::Derived, &WAY).reason("as stated").because(because.clone());
        }
        if stated.value == "wireguard" {
            draft
                .set("cni/calico.wireguardEnabled", true, Origin::Derived, &WAY)
                .reason("as stated")
                .because(because![stated]);
        }
    }
    if let Some(weight) = mtu::of_pods(facts) {
        draft
            .set("cni/calico.mtu", weight.bytes, Origin::Derived, &mtu::MTU)
            .reason(weight.reason)
            .because(weight.because);
    }
}
