//! kube-scheduler: extenders, and the version of the configuration.

use super::{Find, label};
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::report;
use crate::check::scene::At;
use crate::current::head;
use crate::diag::{Finding, Place};
use crate::yaml::Node;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) const FIND: &[(&str, Find)] = &[
    ("extender-weight", weight),
    ("extender-binders", binders),
    ("extender-resources", resources),
    ("api-version", api_version),
];

fn documents<'s>(at: &At<'s>) -> impl Iterator<Item = (&'s Arc<str>, &'s Node)> {
    let current = at.scene.parts.get(at.component);
    current.into_iter().flat_map(|c| &c.documents).map(|(path, node)| (path, node))
}

fn extenders<'s>(at: &At<'s>) -> impl Iterator<Item = (&'s Arc<str>, &'s Node)> {
    documents(at).flat_map(|(path, document)| {
        document.get("extenders").map_or(&[][..], Node::items).iter().map(move |extender| (path, extender))
    })
}

fn finding(at: &At<'_>, constraint: &Constraint, says: &str, path: &Arc<str>, node: &Node) -> Finding {
    report::finding(at, constraint, says, &[]).at(&Place::new(&Arc::clone(path), node.span.clone()), "")
}

fn has(extender: &Node, verb: &str) -> bool {
    extender.get(verb).and_then(Node::text).is_some_and(|t| !t.is_empty())
}

fn weight(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (path, extender) in extenders(at).filter(|(_, e)| has(e, "prioritizeVerb")) {
        let stated = extender.get("weight");
        let weight = stated.and_then(|w| w.json().as_i64()).unwrap_or_default();
        if weight <= 0 {
            let says = format!("an extender with a prioritizeVerb has the weight {weight}");
            out.push(finding(at, constraint, &says, path, stated.unwrap_or(extender)));
        }
    }
}

fn binders(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    if let Some((path, second)) = extenders(at).filter(|(_, e)| has(e, "bindVerb")).nth(1) {
        out.push(finding(at, constraint, "two extenders have a bindVerb", path, second));
    }
}

fn resources(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for (path, extender) in extenders(at) {
        for resource in extender.get("managedResources").map_or(&[][..], Node::items) {
            let name = resource.get("name").and_then(Node::text).unwrap_or_default();
            let says = if !label::extended(name) {
                format!("`{name}` is no name of a resource that an extender can manage")
            } else if !seen.insert(name) {
                format!("two extenders manage {name}")
            } else {
                continue;
            };
            out.push(finding(at, constraint, &says, path, resource));
        }
    }
}

/// The versions of its configuration that a component reads.
fn accepted(at: &At<'_>) -> Vec<&'static str> {
    let older = |id: &str, version: &'static str| catalog::behaviour(id, at.kubernetes).map(|_| version);
    match at.component {
        "kube-proxy" => vec!["kubeproxy.config.k8s.io/v1alpha1"],
        "kube-scheduler" => [
            Some("kubescheduler.config.k8s.io/v1"),
            older("scheduler-reads-v1beta3", "kubescheduler.config.k8s.io/v1beta3"),
            older("scheduler-reads-v1beta2", "kubescheduler.config.k8s.io/v1beta2"),
        ]
        .into_iter()
        .flatten()
        .collect(),
        _ => Vec::new(),
    }
}

fn api_version(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let accepted = accepted(at);
    for (path, document) in documents(at) {
        let stated = head(document, "apiVersion");
        let text = stated.and_then(Node::text).unwrap_or_default();
        if !accepted.contains(&text) {
            let says = match text {
                "" => "the file does not say its apiVersion".to_string(),
                text => format!("{} {} does not read {text}", at.component, at.kubernetes),
            };
            let finding = finding(at, constraint, &says, path, stated.unwrap_or(document));
            out.push(finding.help(format!("write `apiVersion: {}`", accepted.first().copied().unwrap_or_default())));
        }
    }
}
