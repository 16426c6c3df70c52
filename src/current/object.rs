//! Objects of a cluster that are no configuration of a component and say something of one: nodes, the API server's version,
//! Karpenter's classes of nodes, Cilium's config map.

use super::expand::{Entries, Entry};
use super::{Reading, Said};
use crate::catalog::{self, Bound, Found, Type};
use crate::yaml::Node;
use serde_json::Value as Json;

/// Kinds that are kept as they are, with the part of a node's or the cluster's configuration that they are.
const KEPT: [(&str, &str); 2] = [("EC2NodeClass", "ec2nodeclass"), ("Node", "node")];
/// Name of Cilium's config map.
const CILIUM: &str = "cilium-config";

/// What an object of a kind known here states.
pub(super) fn reading(path: &str, kind: &str, document: &Node) -> Option<Reading> {
    let (_, component) = KEPT.iter().find(|(own, _)| *own == kind)?;
    document.at(&["metadata", "name"])?.text()?;
    let said = document.at(&["status", "nodeInfo", "kubeletVersion"]).and_then(said);
    let said = said.filter(|_| kind == "Node").into_iter().collect();
    Some(Reading { said, document: Some(document.clone()), ..Reading::new(path, component, Entries::new()) })
}

/// What an API server answers at `/version`.
pub(super) fn version(path: &str, document: &Node) -> Option<Reading> {
    let said = document.get("major").and(document.get("gitVersion")).and_then(said)?;
    Some(Reading { said: vec![said], ..Reading::new(path, "server-version", Entries::new()) })
}

fn said(version: &Node) -> Option<Said> {
    Some(Said { of: "kubernetes", version: version.text()?.to_string(), at: version.span.clone() })
}

/// What Cilium's config map states, of what the catalogue names.
pub(super) fn cilium(path: &str, document: &Node) -> Option<Reading> {
    let name = document.at(&["metadata", "name"])?.text()?;
    let data = document.get("data").filter(|_| name == CILIUM)?;
    let mut stated = Entries::new();
    for member in data.members() {
        let Some((tunable, checked)) = catalog::cilium().tunable(&member.key) else { continue };
        let Some((found, text)) = catalog::find(&tunable).zip(member.node.text()) else { continue };
        let value = value(text.trim(), found.kind());
        if checked || takes(&found, &value) {
            let node = Node::from_json(&value, &member.node.span);
            stated.insert(tunable.clone(), Entry::new(node, member.at.clone()));
        }
    }
    Some(Reading::new(path, "cni", stated))
}

/// A config map holds texts alone.
fn value(text: &str, kind: Type) -> Json {
    match kind {
        Type::Integer => text.parse::<i64>().map_or_else(|_| Json::from(text), Json::from),
        Type::List => text.split([' ', ',']).filter(|t| !t.is_empty()).map(Json::from).collect(),
        _ => Json::from(text),
    }
}

/// Whether a value is one that the catalogue names, and within its range.
fn takes(found: &Found<'_>, value: &Json) -> bool {
    let version = catalog::versions().newest;
    let words = found.tunable.words_in(version);
    let word = words.is_none_or(|words| words.contains(value));
    let within = |bound: Option<Bound>, keeps: fn(f64, f64) -> bool| match (bound, value.as_f64()) {
        (Some(Bound::Number(bound)), Some(number)) => keeps(number, bound),
        _ => true,
    };
    let number = found.kind() != Type::Integer || value.is_i64();
    word && number && within(found.tunable.min, |n, b| n >= b) && within(found.tunable.max, |n, b| n <= b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::documents;

    fn read(text: &str) -> Vec<(String, Json)> {
        let document = documents(text).unwrap().remove(0);
        let found = cilium("f", &document).unwrap();
        found.stated.into_iter().map(|(name, entry)| (name, entry.value)).collect()
    }

    #[test]
    fn the_config_map_is_read_as_the_values_of_the_chart() {
        let text = "metadata: {name: cilium-config}\ndata:\n  kube-proxy-replacement: \"true\"\n  cluster-pool-ipv4-cidr: 10.0.0.0/8 10.1.0.0/16\n  cluster-pool-ipv4-mask-size: \"25\"\n  bpf-nat-global-max: \"12\"\n  other: x\n";
        let list = serde_json::json!(["10.0.0.0/8", "10.1.0.0/16"]);
        let wanted = [
            ("cni/cilium.bpf.natMax", Json::from(12)),
            ("cni/cilium.ipam.operator.clusterPoolIPv4MaskSize", Json::from(25)),
            ("cni/cilium.ipam.operator.clusterPoolIPv4PodCIDRList", list),
            ("cni/cilium.kubeProxyReplacement", Json::from("true")),
        ];
        assert_eq!(read(text), wanted.map(|(name, value)| (name.to_string(), value)));
        // A word of older releases.
        assert_eq!(read("metadata: {name: cilium-config}\ndata: {kube-proxy-replacement: strict}\n"), []);
    }
}
