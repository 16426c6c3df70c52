//! How a kubelet puts its configuration together: what its files have to be, and which of their values count.

use super::super::Find;
use crate::check::constraint::Constraint;
use crate::check::report;
use crate::check::scene::At;
use crate::current::{Current, head, is_drop_in};
use crate::diag::{Finding, Place};
use crate::yaml::Node;
use std::sync::Arc;

pub(in super::super) const FIND: &[(&str, Find)] = &[
    ("configuration-api-version", main_file),
    ("drop-in-api-version", drop_ins),
    ("drop-in-kind", kinds),
    ("documents-after-first", documents),
];

const API: &str = "kubelet.config.k8s.io/v1beta1";
const KIND: &str = "KubeletConfiguration";

fn current<'s>(at: &At<'s>) -> Option<&'s Current> {
    at.scene.parts.get(at.component).map(Arc::as_ref)
}

/// Configuration objects of the main file or of drop-ins.
fn objects<'s>(at: &At<'s>, drop_in: bool) -> impl Iterator<Item = &'s (Arc<str>, Node)> {
    let all = current(at).into_iter().flat_map(|c| &c.documents);
    all.filter(move |(path, _)| is_drop_in(path) == drop_in)
}

/// What is wrong with the head of an object, and where.
fn wrong_head(
    path: &Arc<str>,
    object: &Node,
    get: for<'n> fn(&'n Node, &str) -> Option<&'n Node>,
) -> Option<(String, Place)> {
    let place = |node: &Node| Place::new(path, node.span.clone());
    let first = || object.members().next().map_or_else(|| place(object), |m| Place::new(path, m.at.clone()));
    for (field, wanted) in [("kind", KIND), ("apiVersion", API)] {
        match get(object, field).filter(|n| !n.is_null()) {
            None => return Some((format!("`{path}` has no `{field}`"), first())),
            Some(node) if node.text() != Some(wanted) => {
                let is = node.text().map_or_else(|| "no text".to_string(), |t| format!("`{}`", t.trim()));
                return Some((format!("the `{field}` of `{path}` is {is}, not `{wanted}`"), place(node)));
            }
            Some(_) => {}
        }
    }
    None
}

fn main_file(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    // What a kubelet answers at /configz has no kind, and is no file that it reads.
    for (path, object) in objects(at, false).filter(|(_, o)| head(o, "kind").is_some()) {
        if let Some((says, place)) = wrong_head(path, object, head) {
            out.push(report::finding(at, constraint, &says, &[]).at(&place, ""));
        }
    }
}

fn drop_ins(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (path, object) in objects(at, true) {
        // What is merged as a document is asked by the letter.
        if let Some((says, place)) = wrong_head(path, object, Node::get) {
            out.push(report::finding(at, constraint, &says, &[]).at(&place, ""));
        }
    }
}

fn kinds(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (path, object) in objects(at, true) {
        let text = |field: &str| object.get(field).filter(|n| !n.is_null()).map(Node::text);
        let what = match (text("kind"), text("apiVersion")) {
            (Some(None), _) => "a `kind` that is no text",
            (_, Some(None)) => "an `apiVersion` that is no text",
            (None | Some(Some("")), _) => "no `kind`",
            _ => continue,
        };
        let first = object.members().next().map_or_else(|| object.span.clone(), |m| m.at.clone());
        let finding = report::finding(at, constraint, &format!("`{path}` has {what}"), &[]);
        out.push(finding.at(&Place::new(path, first), ""));
    }
}

fn documents(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for place in current(at).into_iter().flat_map(|c| &c.further) {
        let says = format!("`{}` holds another document, which is not read", place.path);
        out.push(report::finding(at, constraint, &says, &[]).at(place, ""));
    }
}
