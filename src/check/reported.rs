//! What nodes report of themselves: which report belongs to which configuration, and the facts of the machine that it holds.

use super::Scene;
use crate::current::{Current, Reading};
use crate::quantity::{Bytes, Milli, Minor, Version};
use crate::yaml::Node;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The minor of a version as components write it: `v1.34.2`, `3.6.4-0`, `v1.33.1-eks-1234`.
#[must_use]
pub fn minor(version: &str) -> Option<Minor> {
    let plain = version.split(['-', '+', '_']).next().unwrap_or_default();
    Version::parse(plain).ok().map(|v| v.minor)
}

/// What nodes report, each with the folder or class that it was given for.
pub(super) struct Reports(Vec<(String, Reading)>);

impl Reports {
    pub(super) fn new(list: Vec<(String, Reading)>) -> Self {
        Self(list)
    }

    /// The report of a node by the name that it reports, else the only one that was given for the same folder.
    pub(super) fn of(&mut self, node: &str) -> Option<Reading> {
        let short = node.rsplit('/').next().unwrap_or(node);
        let named = self.0.iter().position(|(_, r)| name(r) == Some(short));
        let mut beside = self.0.iter().enumerate().filter(|(_, (of, _))| of == node).map(|(at, _)| at);
        let beside = beside.next().filter(|_| beside.next().is_none());
        named.or(beside).map(|at| self.0.remove(at).1)
    }

    /// The report where there is one configuration only: its own, else the only one.
    pub(super) fn only(&mut self, node: &str) -> Option<Reading> {
        let own = self.of(node);
        own.or_else(|| if self.0.len() == 1 { self.0.pop().map(|(_, reading)| reading) } else { None })
    }

    /// The reports of nodes without a configuration, one of each version, beside what tells the API server's.
    pub(super) fn rest(self, beside: Option<&Scene>) -> Option<Scene> {
        let mut one: BTreeMap<String, Reading> = BTreeMap::new();
        for (_, reading) in self.0 {
            let version = reading.said.first().map(|s| s.version.clone());
            one.entry(version?).or_insert(reading);
        }
        let mut scene = Scene::default();
        let mut part = Current::default();
        one.into_values().for_each(|reading| part.lay(reading, false));
        for said in SERVER {
            let of = beside.and_then(|scene| scene.parts.get_key_value(said));
            scene.parts.extend(of.map(|(component, current)| (*component, current.clone())));
        }
        if part.documents.is_empty() {
            return None;
        }
        scene.parts.insert("node", Arc::new(part));
        Some(scene)
    }
}

/// Parts that say the API server's version.
pub(super) const SERVER: [&str; 3] = ["kube-apiserver", "kubeadm", "server-version"];

fn name(reading: &Reading) -> Option<&str> {
    reading.document.as_ref()?.at(&["metadata", "name"])?.text()
}

/// Gives the scenes of a node what the node reports.
pub(super) fn join(scenes: &mut [Scene], report: &Reading) {
    for scene in scenes {
        if let Some(document) = &report.document {
            describe(document, scene);
        }
        scene.parts.insert("node", Arc::new(Current::new(report.clone())));
    }
}

/// Facts of the machine by the names of [`Scene::machine`].
fn describe(node: &Node, scene: &mut Scene) {
    let text = |path: &[&str]| node.at(path).and_then(Node::text);
    let capacity = |resource: &str| text(&["status", "capacity", resource]);
    let bytes = |text: Option<&str>| text.and_then(|t| Bytes::parse(t).ok()).map(|b| b.0);
    let mut add = |name: &str, value: Option<Json>| scene.machine.extend(value.map(|v| (name.to_string(), v)));
    let cpus = capacity("cpu").and_then(|t| Milli::parse(t).ok()).map(|m| m.0 / 1000);
    add("cpus", cpus.map(Json::from));
    add("memory", bytes(capacity("memory")).map(Json::from));
    add("nodefs", bytes(capacity("ephemeral-storage")).map(Json::from));
    add("hugepages", capacity("cpu").map(|_| json!(hugepages(node))));
    let swap = node.at(&["status", "nodeInfo", "swap", "capacity"]).and_then(|n| n.json().as_i64());
    add("swap", swap.map(|b| json!(b > 0)));
    add("kernel", text(&["status", "nodeInfo", "kernelVersion"]).map(Json::from));
}

/// Huge pages of all sizes in bytes.
#[must_use]
pub fn hugepages(node: &Node) -> i64 {
    let all = node.at(&["status", "capacity"]).into_iter().flat_map(Node::members);
    let pages = all.filter(|m| m.key.starts_with("hugepages-")).filter_map(|m| Bytes::parse(m.node.text()?).ok());
    pages.fold(0_i64, |sum, b| sum.saturating_add(b.0))
}

/// Each kubelet is of the version that its node reports, where no other was asked for.
pub fn versions(scenes: &mut [Scene]) {
    for scene in scenes {
        let said = scene.parts.get("node").filter(|node| node.documents.len() == 1).map(|node| &node.said);
        if let Some(minor) = said.and_then(|said| said.first()).and_then(|(_, version, _)| minor(version))
            && scene.parts.contains_key("kubelet")
        {
            scene.versions.entry("kubelet").or_insert(minor);
        }
    }
}
