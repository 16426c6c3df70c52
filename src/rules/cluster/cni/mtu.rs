//! What a packet of a pod may weigh: the network's MTU less what goes around it on the way.

use crate::because;
use crate::facts::{Cause, Facts, Known};
use crate::rules::Rule;
use ipnet::IpNet;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&MTU];

/// The MTU of pods.
pub static MTU: Rule = Rule {
    id: "pod-mtu",
    why: "a packet and what goes around it on the way must fit the network between nodes; the outer Ethernet header does not count",
    source: "docs.tigera.io/calico/latest/networking/configuring/mtu; cilium/cilium pkg/mtu; Documentation/backends.md of flannel-io/flannel",
};

/// An MTU with its arithmetic and causes.
pub(super) struct Weight {
    /// Bytes.
    pub bytes: i64,
    /// How that came about.
    pub reason: String,
    /// What it rests on.
    pub because: Vec<Cause>,
}

/// The MTU of pods behind a stated network and way; `None` where the network's MTU is left to the plugin.
pub(super) fn of_pods(facts: &Facts) -> Option<Weight> {
    let network = &facts.cluster.network;
    let (under, way) = (network.mtu.as_ref()?, network.encapsulation.as_ref()?);
    let taken = match way.value.as_str() {
        "vxlan" => Known::limit("mtu-vxlan"),
        "ipip" => Known::limit("mtu-ipip"),
        "wireguard" => Known::limit("mtu-wireguard"),
        _ => {
            let reason = format!("{}, and nothing goes around a packet", under.value);
            return Some(Weight { bytes: under.value, reason, because: because![under, way] });
        }
    };
    // Nodes are taken to reach each other by the family that pods have first; IP-in-IP is IPv4 alone.
    let outer = facts.cluster.pod_cidrs.first().filter(|n| matches!(n.value, IpNet::V6(_)) && way.value != "ipip");
    let longer = Known::limit("mtu-ipv6");
    let more = if outer.is_some() { longer.value } else { 0 };
    let mut because = because![under, way, taken];
    if let Some(outer) = outer {
        because.extend(because![outer, longer]);
    }
    let bytes = under.value - taken.value - more;
    let plus = if more > 0 { format!(" − {more} of IPv6") } else { String::new() };
    Some(Weight { bytes, reason: format!("{} − {} of {}{plus}", under.value, taken.value, way.value), because })
}

/// The MTU of the network, for a plugin that takes off what it adds by itself.
pub(super) fn of_network(facts: &Facts, who: &str) -> Option<Weight> {
    let under = facts.cluster.network.mtu.as_ref()?;
    let reason = format!("the network's; {who} takes off what it puts around a packet");
    Some(Weight { bytes: under.value, reason, because: because![under] })
}
