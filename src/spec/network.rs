//! `[cluster.network]` and `[cluster.dns]` as types.

use super::get::{self, Get};
use super::node::{Node, Table};
use super::shape::At;

/// What is stated of the network between pods.
#[derive(Clone, Debug, Default)]
pub struct ClusterNetwork {
    /// MTU of the network between nodes, in bytes.
    pub mtu: Option<At<i64>>,
    /// How packets get from node to node.
    pub encapsulation: Option<At<String>>,
    /// Encapsulate between subnets only.
    pub cross_subnet: Option<At<bool>>,
    /// Who gives nodes their ranges.
    pub ipam: Option<At<String>>,
    /// Prefix length of a block.
    pub block_size: Option<At<i64>>,
    /// Whether packets leave the pool with the node's address.
    pub nat_outgoing: Option<At<bool>>,
    /// Subnets of pods.
    pub subnets: Vec<Subnet>,
    /// Whether Cilium stands in for kube-proxy.
    pub replacement: Option<At<bool>>,
    /// What answers for addresses of services.
    pub load_balancer: Option<At<String>>,
}

/// A subnet that pods get addresses from.
#[derive(Clone, Debug)]
pub struct Subnet {
    /// Name.
    pub name: At<String>,
    /// Free addresses.
    pub free: At<i64>,
    /// Free /28 blocks.
    pub prefixes: Option<At<i64>>,
}

/// What is stated of DNS.
#[derive(Clone, Debug, Default)]
pub struct Dns {
    /// Queries per second at the peak.
    pub rate: Option<At<i64>>,
    /// Whether every node has a cache.
    pub node_local: Option<At<bool>>,
    /// The cluster's domain.
    pub domain: Option<At<String>>,
}

/// Reads `[cluster.network]` from the cluster's table.
pub(super) fn network(get: &mut Get<'_>, cluster: &Table) -> ClusterNetwork {
    let empty = Table::new();
    let t = get::table(cluster, "network").unwrap_or(&empty);
    let subnet = |item: &Node| {
        let t = item.table()?;
        Some(Subnet { name: get::text(t, "name")?, free: get::int(t, "free")?, prefixes: get::int(t, "prefixes") })
    };
    let subnets: Vec<Subnet> =
        t.get("subnets").map(Node::items).unwrap_or_default().iter().filter_map(subnet).collect();
    get.unique_names("subnet", subnets.iter().map(|s| &s.name));
    ClusterNetwork {
        mtu: get::int(t, "mtu"),
        encapsulation: get::text(t, "encapsulation"),
        cross_subnet: get::boolean(t, "cross-subnet"),
        ipam: get::text(t, "ipam"),
        block_size: get::int(t, "block-size"),
        nat_outgoing: get::boolean(t, "nat-outgoing"),
        replacement: get::boolean(t, "kube-proxy-replacement"),
        load_balancer: get::text(t, "load-balancer"),
        subnets,
    }
}

/// Reads `[cluster.dns]` from the cluster's table.
pub(super) fn dns(cluster: &Table) -> Dns {
    let empty = Table::new();
    let t = get::table(cluster, "dns").unwrap_or(&empty);
    Dns {
        rate: get::int(t, "queries-per-second"),
        node_local: get::boolean(t, "node-local"),
        domain: get::text(t, "domain"),
    }
}
