//! Nodes as kubectl lists them, cut down to what is read: thousands of them with all they report are too long a text.

use super::list_of;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Parts of a node's object that are read, by their path.
const READ: [&str; 6] = [
    "/metadata/name",
    "/metadata/labels",
    "/spec/podCIDR",
    "/spec/podCIDRs",
    "/status/allocatable",
    "/status/capacity",
];
/// Fields of `status.nodeInfo` that are read.
const INFO: [&str; 5] = ["containerRuntimeVersion", "kernelVersion", "kubeletVersion", "operatingSystem", "swap"];

/// The nodes of a list whose names can be part of a path, by name.
pub(super) fn list(text: &str) -> Vec<Json> {
    let mut list: Json = serde_json::from_str(text).unwrap_or_default();
    let items = list["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
    let mut nodes: Vec<Json> = items.into_iter().filter(|node| is_name(name(node))).collect();
    nodes.sort_by(|a, b| name(a).cmp(name(b)));
    nodes
}

/// A node's name.
pub(super) fn name(node: &Json) -> &str {
    node.pointer("/metadata/name").and_then(Json::as_str).unwrap_or_default()
}

/// A node's labels.
pub(super) fn labels(node: &Json) -> BTreeMap<String, String> {
    let labels = node.pointer("/metadata/labels").and_then(Json::as_object);
    labels.into_iter().flatten().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_string()))).collect()
}

/// Names of nodes and values of labels become parts of paths.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    !text.is_empty() && text.len() <= 253 && text.chars().all(plain) && !text.contains("..")
}

/// The object with what is read of it.
pub(super) fn trimmed(node: &Json) -> Json {
    let mut out = json!({ "apiVersion": "v1", "kind": "Node" });
    for path in READ {
        if let Some(value) = node.pointer(path) {
            let (above, key) = path.rsplit_once('/').unwrap_or_default();
            out[&above[1..]][key] = value.clone();
        }
    }
    let info = &node["status"]["nodeInfo"];
    let own: Map<String, Json> =
        INFO.iter().filter_map(|key| Some(((*key).to_string(), info.get(key)?.clone()))).collect();
    out["status"]["nodeInfo"] = Json::Object(own);
    out
}

/// Of the nodes that are not asked, one of each version of the kubelet.
pub(super) fn others(nodes: &[Json], asked: &[(String, &Json)]) -> String {
    let asked: BTreeSet<&str> = asked.iter().map(|(_, node)| name(node)).collect();
    let mut one: BTreeMap<&str, Json> = BTreeMap::new();
    for node in nodes.iter().filter(|node| !asked.contains(name(node))) {
        if let Some(version) = node["status"]["nodeInfo"]["kubeletVersion"].as_str() {
            one.entry(version).or_insert_with(|| trimmed(node));
        }
    }
    list_of(one.into_values().collect())
}
