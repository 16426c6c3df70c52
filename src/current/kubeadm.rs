//! kubeadm's own configuration: the flags that it hands to the control plane and the kubelet, and the versions it says.

use super::expand::Entries;
use super::flags::{self, Word};
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
        let mut stated = Entries::new();
        for (from, _, flag) in NETWORKS.iter().filter(|(_, c, _)| *c == component) {
            if let Some(value) = document.at(from) {
                enter(component, flag, value, value, &mut stated);
            }
        }
        document.at(at).iter().for_each(|args| arguments(component, args, &mut stated));
        let said = if component == "etcd" { document.at(&["etcd", "local", "imageTag"]) } else { None };
        let said = said.and_then(|tag| said_of("etcd", tag));
        if !stated.is_empty() || said.is_some() {
            out.push(Reading { said: said.into_iter().collect(), ..Reading::new(path, component, stated) });
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
    let mut stated = Entries::new();
    arguments("kubelet", document.at(&["nodeRegistration", "kubeletExtraArgs"])?, &mut stated);
    Some(Reading { layer: Layer::Flags, ..Reading::new(path, "kubelet", stated) })
}

/// A map of flags, or a list of names with values, as v1beta4 has it.
fn arguments(component: &str, args: &Node, out: &mut Entries) {
    match &args.value {
        Value::Map(_) => {
            for member in args.members() {
                let name = Node { value: Value::Scalar(member.key.clone().into()), span: member.at.clone() };
                enter(component, &member.key, &name, &member.node, out);
            }
        }
        Value::List(items) => {
            for item in items {
                if let (Some(name), Some(value)) = (item.get("name"), item.get("value")) {
                    enter(component, name.text().unwrap_or_default(), name, value, out);
                }
            }
        }
        Value::Scalar(_) => {}
    }
}

fn enter(component: &str, flag: &str, name: &Node, value: &Node, out: &mut Entries) {
    let word = match (flags::word(value), &value.value) {
        (Some(word), _) => word,
        (None, Value::Scalar(json)) if !json.is_null() => {
            Word { text: Cow::Owned(json.to_string()), at: value.span.clone(), from: None }
        }
        _ => return,
    };
    flags::enter(&flags::name(component, flag), &name.span, &word, out);
}
