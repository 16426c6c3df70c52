//! What Karpenter takes for a kubelet's configuration, held against the kubelet's own.

use super::Find;
use crate::catalog::{self, Type};
use crate::check::constraint::Constraint;
use crate::check::expression::Val;
use crate::check::report::{self, shown};
use crate::check::scene::At;
use crate::diag::{Finding, Place};
use crate::yaml::Node;
use std::sync::Arc;

pub(super) const FIND: &[(&str, Find)] = &[("karpenter-kubelet-apart", apart)];

/// Labels of a node that Karpenter made: its class, and its pool.
const CLASS: &str = "karpenter.k8s.aws/ec2nodeclass";
const POOL: &str = "karpenter.sh/nodepool";

/// The EC2NodeClass that the node is of: the one that its label says, else the one with the scene's name, else the only one.
/// A node that reports labels and none of Karpenter's is not Karpenter's.
fn class<'s>(at: &At<'s>) -> Option<&'s (Arc<str>, Node)> {
    let all = &at.scene.parts.get("ec2nodeclass")?.documents;
    let named =
        |name: &str| all.iter().find(|(_, class)| class.at(&["metadata", "name"]).and_then(Node::text) == Some(name));
    let labels = at.node().and_then(|(_, node)| node.at(&["metadata", "labels"]));
    if let Some(labels) = labels {
        let own = labels.get(CLASS).and_then(Node::text);
        return match own {
            Some(name) => named(name),
            None if labels.get(POOL).is_some() && all.len() == 1 => all.first(),
            None => None,
        };
    }
    let name = at.scene.class.as_deref().unwrap_or(&at.scene.name);
    named(name).or_else(|| if all.len() == 1 { all.first() } else { None })
}

fn apart(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some((path, class)) = class(at).filter(|_| at.scene.parts.contains_key("kubelet")) else { return };
    let Some(kubelet) = class.at(&["spec", "kubelet"]) else { return };
    for field in &catalog::karpenter().kubelet_fields {
        let Some(stated) = kubelet.get(field).filter(|n| !n.is_null()) else { continue };
        let name = format!("kubelet/{field}");
        if stated.is_map() {
            for member in stated.members() {
                one(at, constraint, (&format!("{name}.{}", member.key), &member.node, path), out);
            }
        } else {
            one(at, constraint, (&name, stated, path), out);
        }
    }
}

fn one(
    at: &At<'_>,
    constraint: &'static Constraint,
    (name, theirs, path): (&str, &Node, &Arc<str>),
    out: &mut Vec<Finding>,
) {
    let kind = catalog::find(name).map_or(Type::String, |f| f.kind_in(at.minor("kubelet")));
    let Some(ours) = at.json(name) else { return };
    // What either side cannot be read as says nothing here.
    let (Some(own), Some(taken)) = (Val::of(&ours, kind), Val::of(&theirs.json(), kind)) else { return };
    if own != taken {
        let setting = report::short(name);
        let says =
            format!("Karpenter takes {setting} for {}, and the kubelet has {}", shown(&theirs.json()), shown(&ours));
        let finding = report::finding(at, constraint, &says, &[name.to_string()]);
        out.push(report::beside(finding, &Place::new(path, theirs.span.clone()), "Karpenter's"));
    }
}
