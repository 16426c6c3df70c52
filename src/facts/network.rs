//! The network between pods and the cluster's DNS as meant, and which keys mean something to which plugin.

use super::known::{Known, stated_or};
use crate::catalog::Platform;
use crate::diag::{Finding, Place};
use crate::spec::{At, Spec};

/// The network between pods.
#[derive(Clone, Debug)]
pub struct NetworkFacts {
    /// Where the cluster is stated.
    pub place: Place,
    /// MTU of the network between nodes, in bytes.
    pub mtu: Option<Known<i64>>,
    /// How packets get from node to node, when stated.
    pub encapsulation: Option<Known<String>>,
    /// Encapsulate between subnets only.
    pub cross_subnet: Option<Known<bool>>,
    /// Who gives nodes their ranges with Cilium, when stated.
    pub ipam: Option<Known<String>>,
    /// Prefix length of Calico's blocks, when stated.
    pub block_size: Option<Known<i64>>,
    /// Whether packets of pods leave Calico's pool with the node's address.
    pub nat_outgoing: Known<bool>,
    /// Subnets of pods.
    pub subnets: Vec<SubnetFacts>,
    /// Cilium stands in for kube-proxy.
    pub replaced: Option<Known<bool>>,
    /// What answers for addresses of services on the local network.
    pub load_balancer: Option<Known<String>>,
    /// DNS.
    pub dns: DnsFacts,
}

/// A subnet that pods get addresses from.
#[derive(Clone, Debug)]
pub struct SubnetFacts {
    /// Name.
    pub name: String,
    /// Where its addresses are stated.
    pub place: Place,
    /// Free addresses.
    pub free: Known<i64>,
    /// Free /28 blocks, when stated.
    pub prefixes: Option<Known<i64>>,
}

/// DNS.
#[derive(Clone, Debug)]
pub struct DnsFacts {
    /// Queries per second at the peak, when stated.
    pub rate: Option<Known<i64>>,
    /// Whether every node has a cache, and where that is stated.
    pub node_local: Option<(Known<bool>, Place)>,
    /// The cluster's domain.
    pub domain: Known<String>,
}

impl NetworkFacts {
    /// Whether Cilium's operator, and not the controller-manager, gives nodes their ranges.
    #[must_use]
    pub fn own_pool(&self) -> bool {
        self.ipam.as_ref().is_some_and(|i| i.value == "cluster-pool")
    }

    /// How packets get from node to node, in one word; empty when not stated.
    #[must_use]
    pub fn way(&self) -> &str {
        self.encapsulation.as_ref().map_or("", |e| e.value.as_str())
    }

    /// Whether encapsulation is between subnets only.
    #[must_use]
    pub fn between_subnets(&self) -> bool {
        self.cross_subnet.as_ref().is_some_and(|c| c.value)
    }
}

/// Reads both tables. `cni` is the network plugin.
pub(super) fn network(spec: &Spec, cni: &str, platform: &Platform, findings: &mut Vec<Finding>) -> NetworkFacts {
    let (stated, dns) = (&spec.cluster.network, &spec.cluster.dns);
    let yes = |at: &Option<At<bool>>| at.as_ref().filter(|a| a.value).map(Known::spec);
    unused(spec, cni, findings);
    closed(spec, cni, platform, findings);
    if let Some(domain) = &dns.domain {
        let label = |l: &str| {
            let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            (1..64).contains(&l.len()) && l.chars().all(inner) && !l.starts_with('-') && !l.ends_with('-')
        };
        if !domain.value.split('.').all(label) {
            let message = format!("`domain` is {:?}, and no DNS name is written so", domain.value);
            let finding = Finding::error("dns-domain", message)
                .at(&spec.place(domain), "not a name of lower-case labels with dots between")
                .help("write it as pods' search lists have it, such as `cluster.local`");
            findings.push(finding);
        }
    }
    let subnet = |s: &crate::spec::Subnet| SubnetFacts {
        name: s.name.value.clone(),
        place: spec.place(&s.free),
        free: Known::spec(&s.free),
        prefixes: s.prefixes.as_ref().map(Known::spec),
    };
    let text = |v: &serde_json::Value| v.as_str().map(ToString::to_string);
    // By name, since the order in which a spec lists them means nothing.
    let mut subnets: Vec<SubnetFacts> = stated.subnets.iter().map(subnet).collect();
    subnets.sort_by(|a, b| a.name.cmp(&b.name));
    NetworkFacts {
        place: spec.place(&spec.cluster.name),
        mtu: stated.mtu.as_ref().map(Known::spec),
        encapsulation: stated.encapsulation.as_ref().map(Known::spec),
        cross_subnet: stated.cross_subnet.as_ref().map(Known::spec),
        ipam: stated.ipam.as_ref().map(Known::spec),
        block_size: stated.block_size.as_ref().map(Known::spec),
        nat_outgoing: stated_or(stated.nat_outgoing.as_ref(), "nat-outgoing", serde_json::Value::as_bool)
            .unwrap_or_else(|| Known::fact(true, "unstated/nat-outgoing")),
        subnets,
        replaced: yes(&stated.replacement),
        load_balancer: stated.load_balancer.as_ref().map(Known::spec),
        dns: DnsFacts {
            rate: dns.rate.as_ref().map(Known::spec),
            node_local: dns.node_local.as_ref().map(|n| (Known::spec(n), spec.place(n))),
            domain: stated_or(dns.domain.as_ref(), "domain", text)
                .unwrap_or_else(|| Known::fact("cluster.local".into(), "unstated/domain")),
        },
    }
}

/// Ways between nodes that a plugin has.
fn ways(cni: &str) -> &'static [&'static str] {
    match cni {
        "calico" => &["none", "vxlan", "ipip", "wireguard"],
        "cilium" => &["none", "vxlan", "geneve", "wireguard"],
        "flannel" => &["none", "vxlan", "ipip", "wireguard"],
        _ => &[],
    }
}

/// Keys that would have no effect with this plugin, each with why.
fn unused(spec: &Spec, cni: &str, findings: &mut Vec<Finding>) {
    let s = &spec.cluster.network;
    let way = s.encapsulation.as_ref().map_or("", |e| e.value.as_str());
    let mut list: Vec<(At<()>, &str, String)> = Vec::new();
    let mut put = |at: Option<At<()>>, key: &'static str, unused: bool, why: String| {
        list.extend(at.filter(|_| unused).map(|at| (at, key, why)));
    };
    let only = |plugin: &str| format!("it is {plugin}'s, and the cluster has {cni}");
    put(s.ipam.as_ref().map(|a| a.with(())), "ipam", cni != "cilium", only("Cilium"));
    put(s.block_size.as_ref().map(|a| a.with(())), "block-size", cni != "calico", only("Calico"));
    put(s.nat_outgoing.as_ref().map(|a| a.with(())), "nat-outgoing", cni != "calico", only("Calico"));
    put(s.subnets.first().map(|a| a.name.with(())), "subnets", cni != "aws-vpc", only("the AWS VPC CNI"));
    let ways = ways(cni);
    let why = match ways {
        [] => format!("{cni} has no settings for it here"),
        some => format!("{cni} has {}", some.join(", ")),
    };
    put(s.encapsulation.as_ref().map(|a| a.with(())), "encapsulation", !ways.contains(&way), why);
    let partly = matches!((cni, way), ("calico", "vxlan" | "ipip") | ("flannel", "vxlan"));
    let why = "only Calico's vxlan and ipip and flannel's vxlan can be left out within a subnet";
    put(s.cross_subnet.as_ref().map(|a| a.with(())), "cross-subnet", !partly, why.into());
    let (sized, why) = match (cni, way) {
        ("aws-vpc" | "cilium", _) | ("flannel", "vxlan") => (true, String::new()),
        ("calico", "") => (false, "what pods have of it depends on `encapsulation`, which is not stated".into()),
        ("calico", _) => (true, String::new()),
        ("flannel", _) => (false, "flannel is told an MTU for vxlan; with other ways it goes by the interface".into()),
        _ => (false, format!("{cni} has no settings for it here")),
    };
    put(s.mtu.as_ref().map(|a| a.with(())), "mtu", !sized, why);
    let replaced = s.replacement.as_ref().filter(|r| r.value);
    put(replaced.map(|a| a.with(())), "kube-proxy-replacement", cni != "cilium", only("Cilium"));
    let why = "strict ARP is kube-proxy's, and the cluster has none".to_string();
    put(s.load_balancer.as_ref().map(|a| a.with(())), "load-balancer", replaced.is_some(), why);
    let per_class = spec.cluster.kube_proxy_per_class.as_ref().filter(|p| p.value);
    put(per_class.map(|a| a.with(())), "kube-proxy-per-class", replaced.is_some(), "Cilium replaces kube-proxy".into());
    findings.extend(list.into_iter().map(|(at, key, why)| {
        Finding::error("network-key-unused", format!("`{key}` would have no effect: {why}"))
            .at(&spec.key_place(&at), "stated here")
    }));
}

/// Where the platform owns the plugin or DNS, nothing that is stated of them can be written.
fn closed(spec: &Spec, cni: &str, platform: &Platform, findings: &mut Vec<Finding>) {
    let (s, d) = (&spec.cluster.network, &spec.cluster.dns);
    let probe = match cni {
        "aws-vpc" => "cni/aws-vpc.WARM_IP_TARGET",
        "calico" => "cni/calico.blockSize",
        "cilium" => "cni/cilium.MTU",
        "flannel" => "cni/flannel.Network",
        _ => "",
    };
    let network = [
        s.mtu.as_ref().map(|a| a.with(())),
        s.encapsulation.as_ref().map(|a| a.with(())),
        s.ipam.as_ref().map(|a| a.with(())),
        s.block_size.as_ref().map(|a| a.with(())),
        s.subnets.first().map(|a| a.name.with(())),
        s.replacement.as_ref().filter(|r| r.value).map(|a| a.with(())),
    ];
    let dns = [d.rate.as_ref().map(|a| a.with(())), d.node_local.as_ref().map(|a| a.with(()))];
    let shut = |keys: &[Option<At<()>>], probe: &str, what: &str| {
        let at = keys.iter().flatten().next().filter(|_| !probe.is_empty() && !platform.settable(probe))?;
        let message = format!("the platform has {what} in its own hands, so nothing here can be written");
        Some(Finding::error("network-not-yours", message).at(&spec.key_place(at), "stated here"))
    };
    findings.extend(shut(&network, probe, "the network plugin"));
    findings.extend(shut(&dns, "coredns/autoscaler.min", "DNS"));
}
