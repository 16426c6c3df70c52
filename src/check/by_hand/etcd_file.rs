//! Keys of etcd's configuration file that etcd does not read: it decodes the file without strictness.

use crate::catalog;
use crate::check::constraint::{Consequence, Constraint};
use crate::check::report;
use crate::check::scene::At;
use crate::diag::{Finding, Place, nearest};
use crate::yaml::{Member, Node};
use std::sync::Arc;

/// Adds a finding for every key of the file that no minor of etcd has there.
pub(super) fn keys(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(current) = at.scene.parts.get(at.component).filter(|_| at.component.starts_with("etcd")) else { return };
    for (path, document) in &current.documents {
        let add = |member: &Member, says: &str, help: Option<String>| {
            let own = Constraint { consequence: Consequence::Ignored, ..constraint.clone() };
            let place = Place::new(&Arc::clone(path), member.at.clone());
            report::finding(at, &own, says, &[]).at(&place, "").help_if(help)
        };
        for member in document.members() {
            let key = member.key.as_str();
            out.extend(below(member).map(|(inner, says)| add(inner, &says, None)));
            // Fields that have no key of their own go by Go's name, which begins with a capital.
            if catalog::etcd_key(key) || key.starts_with(|c: char| c.is_ascii_uppercase()) {
                continue;
            }
            let is_flag = catalog::row(&format!("etcd/{key}")).is_some();
            out.push(match catalog::etcd_key_of_flag(key) {
                Some((map, inner)) => add(
                    member,
                    &format!("`{key}` is a flag of etcd, and no key of its file"),
                    Some(format!("write it as `{inner}` below `{map}`")),
                ),
                None if is_flag => add(member, &format!("`{key}` is a flag of etcd, and no key of its file"), None),
                None => {
                    let near = nearest(key, catalog::etcd_keys(at.etcd));
                    let help = near.map(|n| format!("did you mean `{n}`?"));
                    add(member, &format!("etcd's file has no key called `{key}`"), help)
                }
            });
        }
    }
}

/// Keys that a map of the file does not have.
fn below(member: &Member) -> impl Iterator<Item = (&Member, String)> {
    let known = catalog::etcd_keys_within(&member.key);
    let inner = known.into_iter().flat_map(|known| {
        let lacking = move |m: &&Member| !known.contains(&m.key);
        Node::members(&member.node).filter(lacking)
    });
    inner.map(|m| (m, format!("`{}` of etcd's file has no key called `{}`", member.key, m.key)))
}
