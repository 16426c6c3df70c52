//! CPUs by number, and the options of the static CPU manager.

use super::super::Find;
use super::super::asked::{broken, gate, keys, machine, text};
use super::reservations::set;
use crate::check::constraint::Constraint;
use crate::check::go;
use crate::check::scene::At;
use crate::diag::Finding;
use std::collections::BTreeSet;

pub(in super::super) const FIND: &[(&str, Find)] = &[
    ("cpu-list", lists),
    ("reserved-cpus-online", online),
    ("reserved-cpus-split-core", split),
    ("reserved-cpus-one-node", one_node),
    ("cpu-options-without-static", without_static),
];

const SET: &str = "reservedSystemCPUs";
/// No machine has more; a range above it would only fill memory.
const MOST: i64 = 1 << 16;

/// A list of CPUs as `cpuset.Parse` reads it.
///
/// # Errors
/// What is wrong with it.
pub(super) fn list(text: &str) -> Result<BTreeSet<i64>, String> {
    let mut out = BTreeSet::new();
    if text.is_empty() {
        return Ok(out);
    }
    for part in text.split(',') {
        let number = |text: &str| {
            text.parse::<i64>().map_err(|_| format!("`{part}` is no CPU number and no range such as `0-3`"))
        };
        let (from, to) = match part.split_once('-') {
            Some((from, to)) => (number(from)?, number(to)?),
            None => (number(part)?, number(part)?),
        };
        if from > to {
            return Err(format!("the range `{part}` runs backwards"));
        }
        // Of what no machine has, one is enough to say so.
        out.extend(from.max(0)..=to.min(MOST));
        out.extend([from, to]);
    }
    Ok(out)
}

fn lists(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    if let Some(Err(what)) = text(at, SET).map(|t| list(&t)) {
        out.push(broken(at, constraint, &format!("`{SET}` cannot be read: {what}"), &[SET]));
    }
}

fn online(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let there = at.scene.machine.get("online").and_then(|v| v.as_str()).and_then(|t| list(t).ok());
    let Some((set, there)) = set(at).zip(there) else { return };
    let missing: Vec<String> = set.difference(&there).map(ToString::to_string).collect();
    if !missing.is_empty() {
        let says = format!("`{SET}` names CPU {}, which the machine does not have", missing.join(", "));
        out.push(broken(at, constraint, &says, &[SET, "machine/online"]));
    }
}

fn option(at: &At<'_>, name: &str) -> bool {
    text(at, &format!("cpuManagerPolicyOptions.{name}")).as_deref().and_then(go::boolean) == Some(true)
}

/// The first core that is in a set in part, where it is known which CPUs share one.
fn in_part(at: &At<'_>, set: &BTreeSet<i64>) -> Option<String> {
    let cores = at.scene.machine.get("cores")?.as_array()?;
    let split = |core: &BTreeSet<i64>| !core.is_subset(set) && !core.is_disjoint(set);
    cores
        .iter()
        .filter_map(|core| core.as_str())
        .find(|core| list(core).is_ok_and(|core| split(&core)))
        .map(String::from)
}

fn split(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let is_static = text(at, "cpuManagerPolicy").as_deref() == Some("static");
    let Some((set, threads)) = set(at).zip(machine(at, "threads-per-core")) else { return };
    if !is_static || !option(at, "full-pcpus-only") {
        return;
    }
    let count = i64::try_from(set.len()).unwrap_or(0);
    let says = if threads > 0 && count % threads != 0 {
        format!("`{SET}` holds {count} CPUs, and whole cores have {threads} each: the rest of a core is lost")
    } else if let Some(core) = in_part(at, &set) {
        format!("`{SET}` has a part of the core of CPUs {core}: the rest of it is lost")
    } else {
        return;
    };
    out.push(broken(at, constraint, &says, &[SET, "cpuManagerPolicyOptions.full-pcpus-only"]));
}

/// Topology policies under which a pod's CPUs come from as few NUMA nodes as hold them.
const ALIGNED: [&str; 2] = ["single-numa-node", "restricted"];

fn one_node(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let is = |name: &str, words: &[&str]| text(at, name).is_some_and(|t| words.contains(&t.as_str()));
    if !is("cpuManagerPolicy", &["static"]) || !is("topologyManagerPolicy", &ALIGNED) {
        return;
    }
    let nodes = at.scene.machine.get("numa-cpus").and_then(|v| v.as_array());
    let nodes = nodes.into_iter().flatten().filter_map(|v| list(v.as_str()?).ok());
    let nodes: Vec<BTreeSet<i64>> = nodes.filter(|node| !node.is_empty()).collect();
    let Some((set, threads)) = set(at).zip(machine(at, "threads-per-core")) else { return };
    let cores = i64::try_from(set.len()).unwrap_or(0) / threads.max(1);
    // Fewer cores than nodes are on some of them only, whatever one does.
    if nodes.len() < 2 || cores < i64::try_from(nodes.len()).unwrap_or(i64::MAX) {
        return;
    }
    if let Some(node) = nodes.iter().position(|node| set.is_subset(node)) {
        let says = format!("all {} CPUs of `{SET}` are of NUMA node {node}", set.len());
        out.push(broken(at, constraint, &says, &[SET, "topologyManagerPolicy"]));
    }
}

fn without_static(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let none = text(at, "cpuManagerPolicy").as_deref() == Some("none");
    let options = keys(at, "cpuManagerPolicyOptions");
    if none
        && gate(at, "CPUManager")
        && gate(at, "CPUManagerPolicyOptions")
        && let Some((key, _)) = options.first()
    {
        let says = "`cpuManagerPolicyOptions` are set, and `cpuManagerPolicy` is none";
        out.push(broken(at, constraint, says, &[&format!("cpuManagerPolicyOptions.{key}"), "cpuManagerPolicy"]));
    }
}
