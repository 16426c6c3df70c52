//! The topology manager and the number of NUMA nodes that it takes.

use super::super::Find;
use super::super::asked::{broken, keys, machine, text};
use super::{no_topology_policy, unread};
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::scene::At;
use crate::diag::Finding;

pub(in super::super) const FIND: &[(&str, Find)] =
    &[("topology-most-nodes", most), ("topology-too-many-nodes", too_many), ("topology-options-without-policy", idle)];

const OPTION: &str = "topologyManagerPolicyOptions.max-allowable-numa-nodes";

/// The number of NUMA nodes that upstream allows for without being told.
const USUAL: &str = "topology-manager-nodes";

fn most(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(value) = text(at, OPTION).filter(|_| !unread(at, &at.full(OPTION))) else { return };
    let usual = catalog::limit_value(USUAL);
    let what = match value.parse::<i64>() {
        Err(_) => "is no whole number",
        Ok(count) if count < usual => "is too small",
        Ok(_) => return,
    };
    let says = format!("`{OPTION}` is `{value}`, which {what}; at least {usual} has to be allowed");
    out.push(broken(at, constraint, &says, &[OPTION]));
}

fn too_many(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(there) = machine(at, "numa-nodes") else { return };
    let stated = text(at, OPTION).and_then(|t| t.parse::<i64>().ok());
    let allowed = stated.unwrap_or_else(|| catalog::limit_value(USUAL));
    if !no_topology_policy(at) && there > allowed {
        let says =
            format!("the machine has {there} NUMA nodes, and the topology manager starts with {allowed} at most");
        out.push(broken(at, constraint, &says, &["topologyManagerPolicy", OPTION, "machine/numa-nodes"]));
    }
}

fn idle(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let options = keys(at, "topologyManagerPolicyOptions");
    let exists = catalog::find("kubelet/topologyManagerPolicyOptions")
        .is_some_and(|f| f.tunable.exists_in(at.minor(at.component)));
    if let Some((key, _)) = options.first().filter(|_| exists && no_topology_policy(at)) {
        let says = "`topologyManagerPolicyOptions` are set, and `topologyManagerPolicy` is none";
        out.push(broken(
            at,
            constraint,
            says,
            &[&format!("topologyManagerPolicyOptions.{key}"), "topologyManagerPolicy"],
        ));
    }
}
