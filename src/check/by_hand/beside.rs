//! Flags beside a configuration file, which components leave out in silence.

use super::Find;
use crate::catalog::{self, Role};
use crate::check::constraint::Constraint;
use crate::check::report;
use crate::check::scene::At;
use crate::diag::Finding;

pub(super) const FIND: &[(&str, Find)] = &[("flags-beside-file", flags)];

fn flags(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(current) = at.scene.parts.get(at.component) else { return };
    let file = if at.component.starts_with("etcd") { "config-file" } else { "config" };
    let file = format!("{}/{file}", at.component);
    let Some(place) = current.stated.get(&file).map(|s| &s.key.path) else { return };
    for (name, stated) in &current.stated {
        if *name == file || stated.key.path != *place || !left_out(at, name) {
            continue;
        }
        let short = name.split_once('/').map_or(name.as_str(), |(_, flag)| flag);
        let says = format!("`{short}` stands beside a configuration file");
        out.push(report::finding(at, constraint, &says, &[name.clone(), file.clone()]));
    }
}

/// Whether a flag only counts without a file.
fn left_out(at: &At<'_>, name: &str) -> bool {
    let field = catalog::row(name).and_then(|row| match row.role {
        Role::Alias(field) => Some(field),
        _ => None,
    });
    match at.component {
        "etcd" | "etcd-events" => true,
        "kube-proxy" => field.is_some_and(|f| !f.starts_with("kube-proxy/logging")),
        _ => field.is_some_and(|f| !f.starts_with("kube-scheduler/leaderElection")),
    }
}
