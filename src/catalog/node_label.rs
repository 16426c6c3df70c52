//! Labels that a kubelet may give its own node.

use super::read;
use serde::Deserialize;
use std::sync::OnceLock;

#[derive(Deserialize)]
struct File {
    owners: Vec<String>,
    namespaces: Vec<String>,
    labels: Vec<String>,
}

/// Whether a kubelet may give its node a label of this name: any but most of Kubernetes' own.
#[must_use]
pub fn is_kubelets_label(label: &str) -> bool {
    static ONCE: OnceLock<File> = OnceLock::new();
    let file = ONCE.get_or_init(|| read("node-labels.toml", include_str!("../../catalog/node-labels.toml")));
    let namespace = label.split_once('/').map_or("", |(namespace, _)| namespace);
    let within = |all: &[String]| {
        all.iter().any(|own| namespace.strip_suffix(own.as_str()).is_some_and(|f| f.is_empty() || f.ends_with('.')))
    };
    !within(&file.owners) || within(&file.namespaces) || file.labels.iter().any(|own| own == label)
}
