//! Recognises a file by what is in it, never by its name alone.

use super::{expand, flags, pod, yaml};
use crate::diag::{Finding, Place};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The configuration of one component, as one file states it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The file, as the user names it.
    pub path: String,
    /// The component.
    pub component: &'static str,
    /// Values by tunable, fields that the catalogue does not know included.
    pub stated: BTreeMap<String, Json>,
    /// Whether the file holds this and nothing else.
    pub verbatim: bool,
}

/// Kinds of configuration objects and their components.
const KINDS: [(&str, &str); 3] = [
    ("KubeletConfiguration", "kubelet"),
    ("KubeProxyConfiguration", "kube-proxy"),
    ("KubeSchedulerConfiguration", "kube-scheduler"),
];

/// Reads a file. A file of no kind known here gives an empty list.
///
/// # Errors
/// Where and why the file cannot be read.
pub fn read(path: &str, text: &str) -> Result<Vec<Reading>, Box<Finding>> {
    if flags::looks_like(text) {
        return flags::file(path, text).map(|r| vec![r]);
    }
    let documents = yaml::documents(path, text)?;
    let alone = documents.len() == 1;
    let mut out = Vec::new();
    for document in &documents {
        recognise(path, document, alone, &mut out)?;
    }
    Ok(out)
}

fn recognise(path: &str, document: &Json, alone: bool, out: &mut Vec<Reading>) -> Result<(), Box<Finding>> {
    // What a kubelet answers at /configz.
    if let Some(inner) = document.get("kubeletconfig").filter(|i| i.is_object()) {
        out.push(object(path, "kubelet", inner, false));
        return Ok(());
    }
    let kind = document.get("kind").and_then(Json::as_str).unwrap_or_default();
    if let Some((_, component)) = KINDS.iter().find(|(k, _)| *k == kind) {
        out.push(object(path, component, document, alone));
    } else if kind == "Pod" {
        out.extend(pod::readings(path, document)?);
    } else if kind == "ConfigMap" {
        config_map(path, document, out)?;
    }
    Ok(())
}

/// kubeadm keeps configuration files as texts in config maps.
fn config_map(path: &str, document: &Json, out: &mut Vec<Reading>) -> Result<(), Box<Finding>> {
    let Some(data) = document.get("data").and_then(Json::as_object) else { return Ok(()) };
    for (key, text) in data {
        let Some(text) = text.as_str().filter(|t| KINDS.iter().any(|(kind, _)| t.contains(kind))) else { continue };
        // Places in the inner text mean nothing in the outer file.
        let inner = yaml::documents(key, text).map_err(|fault| {
            let message = format!("cannot read `{key}` in the config map: {}", fault.message);
            let finding = Finding::error(fault.id, message).at(&Place::new(&Arc::from(path), 0..0), "");
            Box::new(fault.notes.into_iter().fold(finding, Finding::note))
        })?;
        for document in &inner {
            let kind = document.get("kind").and_then(Json::as_str).unwrap_or_default();
            let known = KINDS.iter().find(|(k, _)| *k == kind);
            out.extend(known.map(|(_, component)| object(path, component, document, false)));
        }
    }
    Ok(())
}

fn object(path: &str, component: &'static str, document: &Json, verbatim: bool) -> Reading {
    let mut stated = BTreeMap::new();
    expand::document(component, document, &mut stated);
    Reading { path: path.to_string(), component, stated, verbatim }
}
