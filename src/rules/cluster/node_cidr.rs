//! Node address ranges: one mask gives both how many nodes fit the cluster's range and how many pods fit a node.

use crate::because;
use crate::catalog;
use crate::diag::Finding;
use crate::facts::{Addresses, Cause, ClusterFacts, Facts, Known};
use crate::rules::class::{Cap, ClassResult};
use crate::rules::{Conflict, Draft, Origin, Rule, Unfit};
use ipnet::IpNet;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&MASK, &MASK_V6, &RANGES];

/// The IPv4 mask.
pub static MASK: Rule = Rule {
    id: "node-cidr-mask",
    why: "nodes ≤ 2^(node mask − cluster mask) and pods ≤ 2^(32 − node mask) are two sides of one choice; twice the pods leaves room for churn",
    source: "kubernetes/kubernetes pkg/controller/nodeipam/ipam/cidrset",
};
/// The IPv6 mask.
pub static MASK_V6: Rule = Rule {
    id: "node-cidr-mask-ipv6",
    why: "an IPv6 node mask may be at most 16 bits longer than the cluster's, and must give every node a range",
    source: "kubernetes/kubernetes pkg/controller/nodeipam/ipam/cidrset: the node CIDR size is too big",
};
/// Ranges are handed out.
pub static RANGES: Rule = Rule {
    id: "node-cidr-allocation",
    why: "the plugin takes pod addresses from the range that the controller-manager gives each node",
    source: "kubernetes/kubernetes cmd/kube-controller-manager/app/core.go",
};

/// Cilium's own node mask, which counts where its operator gives the ranges.
pub const CILIUM_MASK: &str = "cni/cilium.ipam.operator.clusterPoolIPv4MaskSize";

/// The IPv4 mask of a node's range, with its arithmetic.
pub struct Mask {
    /// Prefix length.
    pub bits: i64,
    /// How that came about.
    pub reason: String,
    /// What it rests on.
    pub because: Vec<Cause>,
    /// The class whose pods decide it, where twice as many would not fit.
    crowded: Option<(String, i64)>,
}

/// Masks that are possible before any class is planned.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    /// Possible IPv4 masks in order of preference.
    pub masks: Vec<i64>,
    /// The most addresses any of them gives a node.
    pub cap: Option<Cap>,
}

fn v4(cluster: &ClusterFacts) -> Option<(u8, Vec<Cause>)> {
    cluster.pod_cidrs.iter().find_map(|net| match net.value {
        IpNet::V4(v4) => Some((v4.prefix_len(), net.causes().cloned().collect())),
        IpNet::V6(_) => None,
    })
}

/// The flag that carries the IPv4 mask.
fn mask_flag(cluster: &ClusterFacts) -> &'static str {
    if cluster.network.own_pool() {
        CILIUM_MASK
    } else if cluster.pod_cidrs.len() == 2 {
        "kube-controller-manager/node-cidr-mask-size-ipv4"
    } else {
        "kube-controller-manager/node-cidr-mask-size"
    }
}

/// Finds the masks that give every node a range.
///
/// # Errors
/// More nodes than any allowed mask has ranges for.
pub fn envelope(facts: &Facts) -> Result<Envelope, Box<Unfit>> {
    let cluster = &facts.cluster;
    let uses_range = facts.classes.values().any(|c| matches!(c.addresses, Addresses::NodeRange { .. }));
    if !uses_range {
        return Ok(Envelope::default());
    }
    let flag = mask_flag(cluster);
    let menu: Vec<Json> = catalog::menus().node_mask_ipv4.iter().map(|m| Json::from(*m)).collect();
    let pin = cluster.pins.get(flag);
    let candidates = pin.map_or_else(|| menu.clone(), |p| p.candidates(&menu));
    let Some((prefix, because)) = v4(cluster) else {
        if !cluster.pod_cidrs.is_empty() {
            // IPv6 alone: a node's range has more addresses than any node has pods.
            let because = cluster.pod_cidrs.iter().flat_map(|n| n.causes().cloned()).collect();
            return Ok(Envelope { masks: Vec::new(), cap: Some(Cap { bits: 40, because }) });
        }
        // No range is stated: a pinned mask, or upstream's own, bounds the pods.
        let mask = pin.and_then(|p| p.bounds().0.or(p.bounds().1)).filter(|m| (8..=30).contains(m));
        let mut because: Vec<Cause> = pin.map(|p| Cause::Spec(p.at.path.to_string())).into_iter().collect();
        let mask = mask.unwrap_or_else(|| {
            let own = Known::limit("node-mask-ipv4-default");
            because.extend(because![own; Cause::Fact(format!("default/{}/{flag}", cluster.minor()))]);
            own.value
        });
        let bits = u32::try_from(32 - mask).unwrap_or(0);
        return Ok(Envelope { masks: vec![mask], cap: Some(Cap { bits, because }) });
    };
    let nodes = cluster.nodes.value;
    let prefix = i64::from(prefix);
    let fits = |mask: i64| mask >= prefix && mask <= 30 && (mask - prefix >= 40 || nodes <= 1 << (mask - prefix));
    let masks: Vec<i64> = candidates.iter().filter_map(Json::as_i64).filter(|m| fits(*m)).collect();
    let Some(loosest) = masks.iter().min() else {
        return Err(Box::new(too_many_nodes(facts, flag, prefix, nodes, &candidates)));
    };
    let mut because = because;
    because.extend(because![cluster.nodes; Cause::Fact("menu/node-mask-ipv4".into())]);
    because.extend(pin.map(|p| Cause::Spec(p.at.path.to_string())));
    let bits = u32::try_from(32 - loosest).unwrap_or(0);
    Ok(Envelope { masks, cap: Some(Cap { bits, because }) })
}

fn too_many_nodes(facts: &Facts, flag: &str, prefix: i64, nodes: i64, tried: &[Json]) -> Unfit {
    let largest = tried.iter().filter_map(Json::as_i64).max().unwrap_or(24);
    let ranges = if largest >= prefix { 1_i64 << (largest - prefix).min(40) } else { 0 };
    let asked = facts.classes.values().map(|c| (c.place.clone(), format!("{} nodes", c.count.value))).take(4).collect();
    Unfit {
        class: String::new(),
        message: format!("no plan fits: {nodes} nodes need more ranges than the cluster's /{prefix} has"),
        asked,
        against: Vec::new(),
        conflicts: vec![Conflict {
            rules: vec![MASK.id.to_string(), flag.to_string()],
            arithmetic: vec![format!("{nodes} nodes > 2^({largest} − {prefix}) = {ranges}")],
        }],
        complete: true,
        way_out: None,
    }
}

/// Sets masks, ranges and allocation.
///
/// # Errors
/// No IPv6 mask that upstream accepts gives every node a range.
pub fn decide(
    facts: &Facts,
    envelope: &Envelope,
    classes: &BTreeMap<String, ClassResult>,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(), Box<Unfit>> {
    let cluster = &facts.cluster;
    if envelope.cap.is_none() || cluster.pod_cidrs.is_empty() {
        return Ok(());
    }
    if let Some(mask) = mask(facts, envelope, classes) {
        crowded(facts, &mask, findings);
        // With Cilium's own pool the mask is a value of its chart, and stands there.
        if !cluster.network.own_pool() {
            draft.set(mask_flag(cluster), mask.bits, Origin::Derived, &MASK).reason(mask.reason).because(mask.because);
        }
    }
    if cluster.network.own_pool() {
        other_owner(facts, draft, findings);
    } else {
        ipv6(facts, draft)?;
    }
    ranges(cluster, draft);
    Ok(())
}

/// A pinned mask of the controller-manager does nothing where Cilium's operator gives the ranges.
fn other_owner(facts: &Facts, draft: &Draft<'_>, findings: &mut Vec<Finding>) {
    let pinned = draft.pins().iter().find(|(n, _)| n.starts_with("kube-controller-manager/node-cidr-mask-size"));
    let file = facts.classes.values().next().map(|c| std::sync::Arc::clone(&c.file));
    if let (Some((name, pin)), Some(file)) = (pinned, file) {
        let message = format!("`{name}` has no effect: Cilium's operator gives nodes their ranges");
        findings.push(
            Finding::warning("node-cidr-two-owners", message)
                .at(&crate::diag::Place::new(&file, pin.at.span.clone()), "pinned here")
                .help(format!("pin `{CILIUM_MASK}` instead")),
        );
    }
}

fn crowded(facts: &Facts, mask: &Mask, findings: &mut Vec<Finding>) {
    if let Some((name, pods)) = &mask.crowded {
        let message = format!(
            "a /{} has no room for twice the {pods} pods of `{name}`, so addresses may run short while pods are replaced",
            mask.bits
        );
        let class = facts.classes.get(name);
        findings.extend(class.map(|c| Finding::advice("no-churn-room", message).at(&c.place, "this class")));
    }
}

/// The mask that gives every node a range and every pod of the largest class an address; twice as many where that fits.
#[must_use]
pub fn mask(facts: &Facts, envelope: &Envelope, classes: &BTreeMap<String, ClassResult>) -> Option<Mask> {
    let cluster = &facts.cluster;
    let (prefix, range) = v4(cluster)?;
    // The most addresses a node of any class needs, and which class that is.
    let need = |(name, class): (&String, &ClassResult)| {
        let stated = facts.classes.get(name)?;
        let Addresses::NodeRange { taken } = &stated.addresses else { return None };
        let host: i64 = stated.mix.fixed.iter().filter(|k| k.host_network).map(|k| k.amount).sum();
        Some((class.pods - host, taken.value, name.clone()))
    };
    let (pods, taken, name) = classes.iter().filter_map(need).max()?;
    let roomy = |mask: i64| 2 * pods <= 1 << (32 - mask);
    let fits = |mask: i64| pods + taken <= 1 << (32 - mask);
    let fitting = || envelope.masks.iter().copied().filter(|m| fits(*m));
    let mask = fitting().find(|m| roomy(*m)).or_else(|| fitting().next())?;
    let mut because = because![cluster.nodes; Cause::Value(format!("{name}: kubelet/maxPods")), Cause::Fact("menu/node-mask-ipv4".into())];
    because.extend(range);
    if let Some(Addresses::NodeRange { taken }) = facts.classes.get(&name).map(|c| &c.addresses) {
        because.extend(taken.causes().cloned());
    }
    let reason = format!(
        "{} nodes ≤ 2^({mask} − {prefix}); {pods} pods of {name} ≤ 2^(32 − {mask}) − {taken}",
        cluster.nodes.value
    );
    let crowded = (!roomy(mask)).then_some((name, pods));
    Some(Mask { bits: mask, reason, because, crowded })
}

/// The ranges themselves, and that each node gets one.
fn ranges(cluster: &ClusterFacts, draft: &mut Draft<'_>) {
    let own = cluster.network.own_pool();
    let mut because = because![cluster.cni];
    because.extend(cluster.network.ipam.iter().filter(|_| own).flat_map(|i| i.causes().cloned()));
    draft
        .set("kube-controller-manager/allocate-node-cidrs", !own, Origin::Derived, &RANGES)
        .reason(if own { "Cilium's operator gives nodes their ranges" } else { "each node gets a range" })
        .because(because);
    if own {
        return services(cluster, draft);
    }
    draft
        .set("kube-controller-manager/cluster-cidr", list(&cluster.pod_cidrs), Origin::Derived, &RANGES)
        .reason("the pod ranges of the spec")
        .because(causes(&cluster.pod_cidrs));
    services(cluster, draft);
}

fn services(cluster: &ClusterFacts, draft: &mut Draft<'_>) {
    if !cluster.service_cidrs.is_empty() {
        let name = "kube-controller-manager/service-cluster-ip-range";
        draft
            .set(name, list(&cluster.service_cidrs), Origin::Derived, &RANGES)
            .reason("the service ranges of the spec, which no node range may touch")
            .because(causes(&cluster.service_cidrs));
    }
}

fn list(nets: &[Known<IpNet>]) -> String {
    nets.iter().map(|n| n.value.to_string()).collect::<Vec<_>>().join(",")
}

fn causes(nets: &[Known<IpNet>]) -> Vec<Cause> {
    nets.iter().flat_map(|n| n.causes().cloned()).collect()
}

fn ipv6(facts: &Facts, draft: &mut Draft<'_>) -> Result<(), Box<Unfit>> {
    let cluster = &facts.cluster;
    let Some(net) = cluster.pod_cidrs.iter().find(|n| matches!(n.value, IpNet::V6(_))) else { return Ok(()) };
    let flag = if cluster.pod_cidrs.len() == 2 {
        "kube-controller-manager/node-cidr-mask-size-ipv6"
    } else {
        "kube-controller-manager/node-cidr-mask-size"
    };
    let prefix = i64::from(net.value.prefix_len());
    let nodes = cluster.nodes.value.max(1);
    let needed = i64::from(64 - (nodes - 1).leading_zeros());
    let (own, difference) = (Known::limit("node-mask-ipv6-default"), Known::limit("node-mask-ipv6-difference"));
    let (low, high) = (prefix + needed, (prefix + difference.value).min(120));
    let chosen = Some(own.value).filter(|m| (low..=high).contains(m)).or((low <= high).then_some(high));
    let pinned = draft.pin(flag).and_then(|p| (low..=high).find(|m| p.allows(&Json::from(*m))).or(p.bounds().0));
    match pinned.or(chosen).filter(|m| low <= *m && *m <= high) {
        Some(mask) => {
            let reason = format!("{nodes} nodes ≤ 2^({mask} − {prefix}), and at most {} bits", difference.value);
            let because = because![net, cluster.nodes, own, difference];
            draft.set(flag, mask, Origin::Derived, &MASK_V6).reason(reason).because(because);
            Ok(())
        }
        None => Err(Box::new(Unfit {
            class: String::new(),
            message: format!("no plan fits: no IPv6 node mask gives {nodes} nodes a range of {}", net.value),
            asked: facts
                .classes
                .values()
                .map(|c| (c.place.clone(), format!("{} nodes", c.count.value)))
                .take(4)
                .collect(),
            against: Vec::new(),
            conflicts: vec![Conflict {
                rules: vec![MASK_V6.id.to_string()],
                arithmetic: vec![format!(
                    "{nodes} nodes need {needed} bits, so a mask from /{low}; upstream allows up to /{high}"
                )],
            }],
            complete: true,
            way_out: None,
        })),
    }
}
