//! Recognises a file by what is in it, never by its name alone.

use super::expand::{self, Entries};
use super::{flags, pod, yaml};
use crate::diag::{Finding, Place};
use crate::yaml::Node;
use std::ops::Range;
use std::sync::Arc;

/// The configuration of one component, as one file states it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The file, as the user names it.
    pub path: String,
    /// The component.
    pub component: &'static str,
    /// Values by tunable, fields that the catalogue does not know included.
    pub stated: Entries,
    /// Whether the file holds this and nothing else.
    pub verbatim: bool,
    /// Keys that stand twice in one map: the key, its first place, and the one that counts.
    pub twice: Vec<(String, Range<usize>, Range<usize>)>,
    /// The configuration object as written, where it is one; none of flags.
    pub document: Option<Node>,
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
/// Where and why the file cannot be read, and that a key stands twice in one map.
pub fn read(path: &str, text: &str) -> Result<Vec<Reading>, Box<Finding>> {
    if !flags::looks_like(text) {
        yaml::strict(path, text)?;
    }
    read_as_upstream(path, text)
}

/// Reads a file as upstream does: of two equal keys the last one counts.
///
/// # Errors
/// Where and why the file cannot be read.
pub fn read_as_upstream(path: &str, text: &str) -> Result<Vec<Reading>, Box<Finding>> {
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

fn recognise(path: &str, document: &Node, alone: bool, out: &mut Vec<Reading>) -> Result<(), Box<Finding>> {
    // What a kubelet answers at /configz.
    if let Some(inner) = document.get("kubeletconfig").filter(|i| i.is_map()) {
        out.push(object(path, "kubelet", inner, false));
        return Ok(());
    }
    let kind = document.get("kind").and_then(Node::text).unwrap_or_default();
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
fn config_map(path: &str, document: &Node, out: &mut Vec<Reading>) -> Result<(), Box<Finding>> {
    let Some(data) = document.get("data") else { return Ok(()) };
    for member in data.members() {
        let key = &member.key;
        let Some(text) = member.node.text().filter(|t| KINDS.iter().any(|(kind, _)| t.contains(kind))) else {
            continue;
        };
        // Places in the inner text mean nothing in the outer file.
        let inner = yaml::documents(key, text).map_err(|fault| {
            let message = format!("cannot read `{key}` in the config map: {}", fault.message);
            let finding = Finding::error(fault.id, message).at(&Place::new(&Arc::from(path), 0..0), "");
            Box::new(fault.notes.into_iter().fold(finding, Finding::note))
        })?;
        for document in &inner {
            let kind = document.get("kind").and_then(Node::text).unwrap_or_default();
            let known = KINDS.iter().find(|(k, _)| *k == kind);
            out.extend(known.map(|(_, component)| object(path, component, document, false)));
        }
    }
    Ok(())
}

fn object(path: &str, component: &'static str, document: &Node, verbatim: bool) -> Reading {
    let mut stated = Entries::new();
    expand::document(component, document, &mut stated);
    let twice = document.twice();
    let twice = twice.into_iter().map(|(first, last)| (last.key.clone(), first.at.clone(), last.at.clone())).collect();
    let document = Some(document.clone());
    Reading { path: path.to_string(), component, stated, verbatim, twice, document }
}
