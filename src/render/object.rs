//! Configuration objects: kubelet, kube-proxy and kube-scheduler files.

use super::tree::{Tree, of_component};
use super::{Bug, Options, fill, yaml};
use crate::plan::{ClassPlan, Plan};
use crate::rules::Values;
use minijinja::context;
use serde_json::Value as Json;

/// apiVersion and kind of each component's file.
pub(super) fn kind_of(component: &str) -> (&'static str, &'static str) {
    match component {
        "kubelet" => ("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration"),
        "kube-proxy" => ("kubeproxy.config.k8s.io/v1alpha1", "KubeProxyConfiguration"),
        _ => ("kubescheduler.config.k8s.io/v1", "KubeSchedulerConfiguration"),
    }
}

/// First line of every file.
pub(super) fn written_by(plan: &Plan, what: &str, version: impl std::fmt::Display) -> String {
    format!(
        "{what}, cluster {}, Kubernetes {version}. Written by plimsoll: edit the spec, not this file.",
        plan.cluster
    )
}

/// A file from a tree.
pub(super) fn text(component: &str, header: &[String], tree: &Tree, options: &Options) -> Result<String, Bug> {
    let (api_version, kind) = kind_of(component);
    let header: Vec<String> =
        if options.comments { header.iter().map(|l| yaml::one_line(l)).collect() } else { Vec::new() };
    let lines = yaml::lines(tree, options.comments);
    fill("object.yaml", include_str!("../../templates/object.yaml.j2"), context! { header, api_version, kind, lines })
}

/// The kubelet file of a class: every planned field, and the base's.
pub(super) fn kubelet(plan: &Plan, name: &str, class: &ClassPlan, options: &Options) -> Result<String, Bug> {
    let mut header = vec![written_by(plan, &format!("kubelet of node class {name}"), class.kubernetes)];
    match &class.base {
        Some((path, _)) => header.push(format!("Fields without a reason are carried from {path}.")),
        None => header.push(
            "Not bootable alone: it has no authentication, clusterDNS, clusterDomain or certificates; the platform adds them.".into(),
        ),
    }
    text("kubelet", &header, &kubelet_tree(class), options)
}

fn kubelet_tree(class: &ClassPlan) -> Tree {
    of_component("kubelet", &class.values, |_, _| true)
}

/// A kube-proxy or kube-scheduler file.
pub(super) fn object(
    plan: &Plan,
    scope: &str,
    component: &str,
    values: &Values,
    options: &Options,
) -> Result<String, Bug> {
    let mut header = vec![written_by(plan, &format!("{component}, {scope}"), plan.kubernetes)];
    if component == "kube-proxy" {
        header.push("Not bootable alone: clientConnection.kubeconfig is the platform's.".into());
    }
    text(component, &header, &of_component(component, values, |_, _| true), options)
}

/// The kubelet document of a class as JSON, with apiVersion and kind: what `diff` compares with.
#[must_use]
pub fn kubelet_document(class: &ClassPlan) -> Json {
    stamped("kubelet", kubelet_tree(class).json())
}

/// A component's document as JSON.
#[must_use]
pub fn object_document(component: &str, values: &Values) -> Json {
    stamped(component, of_component(component, values, |_, _| true).json())
}

fn stamped(component: &str, mut json: Json) -> Json {
    let (api_version, kind) = kind_of(component);
    json["apiVersion"] = Json::from(api_version);
    json["kind"] = Json::from(kind);
    json
}
