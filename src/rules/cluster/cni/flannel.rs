//! flannel: the range that every node's range lies in, and how packets get from node to node.

use super::mtu;
use crate::because;
use crate::facts::{Facts, Known};
use crate::rules::{Draft, Origin, Rule};
use ipnet::IpNet;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&RANGE, &WAY];

/// The cluster's range.
static RANGE: Rule = Rule {
    id: "flannel-network",
    why: "flannel refuses a node whose range is not within its Network; the range itself is what the controller-manager gave the node",
    source: "flannel-io/flannel pkg/subnet/kube/kube.go AcquireLease",
};
/// The backend.
static WAY: Rule = Rule {
    id: "flannel-backend",
    why: "VXLAN passes any network between nodes; host-gw needs all of them on one",
    source: "flannel-io/flannel Documentation/backends.md",
};

/// The key by which flannel's settings are known to be the user's.
pub(super) const NETWORK: &str = "cni/flannel.Network";

/// Sets net-conf.json.
pub(super) fn decide(facts: &Facts, draft: &mut Draft<'_>) {
    let cluster = &facts.cluster;
    for net in &cluster.pod_cidrs {
        let set = |draft: &mut Draft<'_>, name: &str, net: &Known<IpNet>| {
            draft
                .set(name, net.value.to_string(), Origin::Derived, &RANGE)
                .reason("the pod range of the spec")
                .because(because![net]);
        };
        match net.value {
            IpNet::V4(_) => set(draft, NETWORK, net),
            IpNet::V6(_) => {
                set(draft, "cni/flannel.IPv6Network", net);
                draft
                    .set("cni/flannel.EnableIPv6", true, Origin::Derived, &RANGE)
                    .reason("pods have IPv6 addresses")
                    .because(because![net]);
            }
        }
    }
    let network = &cluster.network;
    let Some(way) = &network.encapsulation else { return };
    let backend = if way.value == "none" { "host-gw" } else { way.value.as_str() };
    draft.set("cni/flannel.Backend.Type", backend, Origin::Derived, &WAY).reason("as stated").because(because![way]);
    if let Some(cross) = &network.cross_subnet {
        draft
            .set("cni/flannel.Backend.DirectRouting", cross.value, Origin::Derived, &WAY)
            .reason("no tunnel within a subnet")
            .because(because![cross]);
    }
    if let Some(weight) = mtu::of_network(facts, "flannel") {
        draft
            .set("cni/flannel.Backend.MTU", weight.bytes, Origin::Derived, &mtu::MTU)
            .reason(weight.reason)
            .because(weight.because);
    }
}
