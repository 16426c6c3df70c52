//! kubeadm's own configuration: the flags that it hands to the control plane and the kubelet, and the versions it says.

use super::expand::Entries;
use super::flags::{self, Flag, Word};
use super::{Layer, Reading, Said};
use crate::yaml::{Node, Value};
use std::borrow::Cow;

/// Where each component's flags stand in a ClusterConfiguration.
const EXTRA: [(&[&str], &str); 4] = [
    (&["apiServer", "extraArgs"], "kube-apiserver"),
    (&["controllerManager", "extraArgs"], "kube-controller-manager"),
    (&["scheduler", "extraArgs"], "kube-scheduler"),
    (&["etcd", "local", "extraArgs"], "etcd"),
];
/// What kubeadm itself makes flags of (cmd/kubeadm/app/phases/controlplane/manifests.go getAPIServerCommand and
/// getControllerManagerCommand; phases/etcd/local.go getEtcdCommand).
const NETWORKS: [(&[&str], &str, &str); 4] = [
    (&["networking", "podSubnet"], "kube-controller-manager", "cluster-cidr"),
    (&["networking", "serviceSubnet"], "kube-controller-manager", "service-cluster-ip-range"),
    (&["networking", "serviceSubnet"], "kube-apiserver", "service-cluster-ip-range"),
    (&["etcd", "local", "dataDir"], "etcd", "data-dir"),
];

/// What a document of one of kubeadm's kinds states.
pub(super) fn readings(path: &str, kind: &str, document: &Node) -> Vec<Reading> {
    match kind {
        "ClusterConfiguration" => cluster(path, document),
        _ => node(path, document).into_iter().collect(),
    }
}

fn cluster(path: &str, document: &Node) -> Vec<Reading> {
    let mut out: Vec<Reading> = Vec::new();
    for (at, component) in EXTRA {
        let mut flags = Vec::new();
        for (from, _, flag) in NETWORKS.iter().filter(|(_, c, _)| *c == component) {
            if let Some(value) = document.at(from) {
                flags.extend(given(flag, value, value));
            }
        }
        document.at(at).iter().for_each(|args| arguments(args, &mut flags));
        let said = if component == "etcd" { document.at(&["etcd", "local", "imageTag"]) } else { None };
        let said = said.and_then(|tag| said_of("etcd", tag));
        if !flags.is_empty() || said.is_some() {
            out.push(Reading { said: said.into_iter().collect(), ..reading(path, component, flags) });
        }
    }
    if let Some(said) = document.get("kubernetesVersion").and_then(|v| said_of("kubernetes", v)) {
        match out.first_mut() {
            Some(first) => first.said.push(said),
            None => out.push(Reading { said: vec![said], ..Reading::new(path, "kubeadm", Entries::new()) }),
        }
    }
    out
}

fn said_of(of: &'static str, node: &Node) -> Option<Said> {
    Some(Said { of, version: node.text()?.to_string(), at: node.span.clone() })
}

/// The kubelet's flags of an InitConfiguration or a JoinConfiguration.
fn node(path: &str, document: &Node) -> Option<Reading> {
    let mut flags = Vec::new();
    arguments(document.at(&["nodeRegistration", "kubeletExtraArgs"])?, &mut flags);
    Some(Reading { layer: Layer::Flags, ..reading(path, "kubelet", flags) })
}

/// A map of flags, or a list of names with values, as v1beta4 has it.
fn arguments(args: &Node, out: &mut Vec<Flag>) {
    match &args.value {
        Value::Map(_) => {
            for member in args.members() {
                let name = Node { value: Value::Scalar(member.key.clone().into()), span: member.at.clone() };
                out.extend(given(&member.key, &name, &member.node));
            }
        }
        Value::List(items) => {
            for item in items {
                if let (Some(name), Some(value)) = (item.get("name"), item.get("value")) {
                    out.extend(given(name.text().unwrap_or_default(), name, value));
                }
            }
        }
        Value::Scalar(_) => {}
    }
}

fn reading(path: &str, component: &'static str, flags: Vec<Flag>) -> Reading {
    Reading { told: true, ..flags::of(path, component, flags) }
}

fn given(flag: &str, name: &Node, value: &Node) -> Option<Flag> {
    let word = match (flags::word(value), &value.value) {
        (Some(word), _) => word,
        (None, Value::Scalar(json)) if !json.is_null() => {
            Word { text: Cow::Owned(json.to_string()), at: value.span.clone(), from: None, mixed: false }
        }
        _ => return None,
    };
    Some(Flag::new(flag, &name.span, &word))
}
