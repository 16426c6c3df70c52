//! Keys of `[cluster.network]` and `[cluster.dns]`.

use super::super::shape::{Kind, Shape, key, required};

static SUBNET: Shape = Shape {
    keys: &[
        required("name", Kind::Name, "What to call it in arithmetic."),
        required("free", Kind::Int(0, 16_777_216), "IPv4 addresses that nothing uses, nodes and pods included."),
        key("prefixes", Kind::Int(0, 1_048_576), "Whole /28 blocks among them, where pods get prefixes."),
    ],
};

/// The cluster's network.
pub static NETWORK: Shape = Shape {
    keys: &[
        key("mtu", Kind::Int(1_280, 65_520), "MTU of the network between nodes; the plugin detects it when left out."),
        key(
            "encapsulation",
            Kind::OneOf(&["none", "vxlan", "geneve", "ipip", "wireguard"]),
            "How packets of pods get from node to node; the plugin's own way when left out.",
        ),
        key("cross-subnet", Kind::Bool, "Encapsulate between subnets only, not within one."),
        key(
            "ipam",
            Kind::OneOf(&["kubernetes", "cluster-pool"]),
            "Who gives nodes their ranges with Cilium: the controller-manager, or Cilium's operator.",
        ),
        key("block-size", Kind::Int(20, 32), "Prefix length of the blocks that Calico hands to nodes."),
        key("nat-outgoing", Kind::Bool, "Packets of pods leave Calico's pool with the node's address."),
        key("subnets", Kind::Tables(&SUBNET), "Subnets that the AWS VPC CNI takes pods' addresses from."),
        key("kube-proxy-replacement", Kind::Bool, "Cilium does what kube-proxy would, and there is no kube-proxy."),
        key(
            "load-balancer",
            Kind::OneOf(&["metallb-l2"]),
            "What answers for addresses of services on the local network: MetalLB in layer 2 mode.",
        ),
    ],
};

/// The cluster's DNS.
pub static DNS: Shape = Shape {
    keys: &[
        key("queries-per-second", Kind::Int(1, 100_000_000), "Queries that CoreDNS has to answer at its peak."),
        key("node-local", Kind::Bool, "Every node has a DNS cache of its own (NodeLocal DNSCache)."),
        key("domain", Kind::Text, "The cluster's domain; `cluster.local` when left out."),
    ],
};
