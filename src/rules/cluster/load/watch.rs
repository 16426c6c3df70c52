//! Watches: who has how many open, and how many are handed each change.

use super::Kind;
use super::flow::strategy;
use super::objects::{CONFIG_MAPS, NODES, PODS, SECRETS, SERVICES, SLICES};
use crate::facts::{Facts, Known};
use crate::rules::class::ClassResult;
use std::collections::BTreeMap;

/// Watches of one kind of object by one kind of client.
#[derive(Clone, Debug)]
pub struct Watch {
    /// Who watches, in the plural.
    pub who: &'static str,
    /// The kind of object, by its name in the load; empty for kinds that hardly change.
    pub kind: String,
    /// Whether it is a client on every node.
    pub node: bool,
    /// Open watches.
    pub open: Known<i64>,
    /// How many of them are handed each write of the kind.
    pub receive: Known<i64>,
}

/// Every watch of the cluster.
pub(super) fn watches(facts: &Facts, classes: &BTreeMap<String, ClassResult>, kinds: &[Kind]) -> Vec<Watch> {
    let nodes = &facts.cluster.nodes;
    let watch = |who, kind: &str, open: &Known<i64>, receive: Known<i64>| Watch {
        who,
        kind: kind.into(),
        node: true,
        open: open.clone(),
        receive,
    };
    let one = nodes.map(|n| (*n).min(1));
    // Three of a kubelet's watches are named here, the others see kinds that hardly change.
    let rest = nodes.join(&Known::limit("kubelet-watches"), |n, each| n.saturating_mul((each - 3).max(0)));
    let rest_proxy = nodes.join(&Known::limit("kube-proxy-watches"), |n, each| n.saturating_mul((each - 2).max(0)));
    let mut out = vec![
        watch("kubelets", PODS, nodes, one.clone()),
        watch("kubelets", NODES, nodes, one.clone()),
        watch("kubelets", SERVICES, nodes, nodes.clone()),
        watch("kubelets", "", &rest, rest.map(|_| 0)),
        watch("service proxies", SERVICES, nodes, nodes.clone()),
        watch("service proxies", SLICES, nodes, nodes.clone()),
        watch("service proxies", NODES, &rest_proxy, one),
    ];
    let load = &facts.cluster.load;
    for (kind, each) in [(SECRETS, &load.secrets_per_pod), (CONFIG_MAPS, &load.config_maps_per_pod)] {
        let open = referenced(facts, classes, each);
        let receive = open.map(|_| 0);
        out.push(watch("kubelets", kind, &open, receive));
    }
    let controllers = Known::opinion("load/controllers-watching");
    for kind in kinds.iter().filter(|k| k.name != super::objects::LEASES && k.name != "pods that ended") {
        let kind = kind.name.clone();
        out.push(Watch {
            who: "controllers",
            kind,
            node: false,
            open: controllers.clone(),
            receive: controllers.clone(),
        });
    }
    out
}

/// Watches of single secrets or config maps, where kubelets watch them: one on a node for each that its pods refer to, however
/// many of them do.
fn referenced(facts: &Facts, classes: &BTreeMap<String, ClassResult>, each: &Known<i64>) -> Known<i64> {
    let parts: Vec<Known<i64>> = classes
        .iter()
        .filter_map(|(name, class)| {
            let stated = facts.classes.get(name)?;
            let pods = stated.count.value.saturating_mul(class.pods);
            let watched = strategy(class, stated.minor());
            Some(watched.join(each, |s, each| if s == "Watch" { pods.saturating_mul(*each) } else { 0 }))
        })
        .collect();
    let all = Known::<i64>::fold(0, &parts, |sum: i64, part| sum.saturating_add(*part))
        .join(&facts.cluster.nodes, |sum, _| *sum);
    all.join(&Known::opinion("load/shared-references"), |all: &i64, shared| all.saturating_mul(100 - shared) / 100)
}
