//! Memory kept back by NUMA node, for the static memory manager.

use super::super::Find;
use super::super::asked::{broken, gate, machine, short, text, within};
use super::reservations::{bytes, memory};
use crate::check::constraint::Constraint;
use crate::check::go::{NANO, Quantity};
use crate::check::report;
use crate::check::scene::At;
use crate::current::Stated;
use crate::diag::{Finding, Place};
use crate::yaml::Node;
use serde_json::Value as Json;
use std::collections::BTreeSet;

pub(in super::super) const FIND: &[(&str, Find)] = &[
    ("reserved-memory-kind", kinds),
    ("reserved-memory-zero", zeros),
    ("reserved-memory-twice", twice),
    ("reserved-memory-equals-reservation", equals),
    ("reserved-memory-by-percent", percent),
    ("reserved-huge-pages", huge_pages),
    ("reserved-memory-whole-bytes", whole_bytes),
    ("reserved-memory-node", nodes),
    ("reserved-memory-over-node", over_node),
    ("static-memory-without-reservation", nothing),
    ("reserved-memory-unused", unused),
];

const LIST: &str = "reservedMemory";
const POLICY: &str = "memoryManagerPolicy";
const HUGE: &str = "hugepages-";

/// One amount of one NUMA node.
struct Kept {
    node: i64,
    resource: String,
    /// Nothing where it cannot be read.
    amount: Option<Quantity>,
    place: Place,
}

/// Everything that is kept back, whether the list was read by its keys or as a whole.
fn kept(at: &At<'_>) -> Vec<Kept> {
    let full = at.full(LIST);
    let Some((_, current)) = at.part(&full) else { return Vec::new() };
    let mut out = Vec::new();
    for (rest, stated) in current.below(&full) {
        let parts = rest.strip_prefix('[').and_then(|r| r.split_once("].limits."));
        if let Some((node, resource)) = parts
            && let Ok(node) = node.parse()
        {
            out.push(one(node, resource, &stated.node, report::place(stated)));
        }
    }
    if let Some(stated) = current.stated.get(&full) {
        out.extend(stated.node.items().iter().flat_map(|item| of_element(stated, item)));
    }
    out
}

fn of_element(stated: &Stated, item: &Node) -> Vec<Kept> {
    let node = item.get("numaNode").and_then(|n| n.json().as_i64()).unwrap_or(0);
    let limits = item.get("limits").into_iter().flat_map(Node::members);
    limits.map(|m| one(node, &m.key, &m.node, within(stated, &(m.at.start..m.node.span.end.max(m.at.end))))).collect()
}

fn one(node: i64, resource: &str, value: &Node, place: Place) -> Kept {
    let amount = match value.json() {
        Json::String(text) => Quantity::parse(text.trim()),
        Json::Number(number) => Quantity::parse(&number.to_string()),
        Json::Null => Some(Quantity::ZERO),
        _ => None,
    };
    Kept { node, resource: resource.to_string(), amount, place }
}

fn push(at: &At<'_>, constraint: &'static Constraint, says: &str, kept: &Kept, out: &mut Vec<Finding>) {
    out.push(report::finding(at, constraint, says, &[]).at(&kept.place, ""));
}

fn kinds(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for kept in kept(at).iter().filter(|k| k.resource != "memory" && !k.resource.starts_with(HUGE)) {
        let says = format!("`{LIST}` of NUMA node {} keeps back `{}`, which is no memory", kept.node, kept.resource);
        push(at, constraint, &says, kept, out);
    }
}

fn zeros(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for kept in kept(at).iter().filter(|k| k.amount.is_some_and(|q| q.nano == 0)) {
        let says = format!("`{LIST}` of NUMA node {} keeps back no {}", kept.node, kept.resource);
        push(at, constraint, &says, kept, out);
    }
}

fn twice(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for kept in &kept(at) {
        if !seen.insert((kept.node, kept.resource.clone())) {
            let says = format!("`{LIST}` says twice how much {} of NUMA node {} it keeps", kept.resource, kept.node);
            push(at, constraint, &says, kept, out);
        }
    }
}

/// Whether the memory manager reads the list.
fn is_static(at: &At<'_>) -> bool {
    text(at, POLICY).as_deref() == Some("Static") && gate(at, "MemoryManager")
}

/// The sum of what is kept back of memory, in billionths of a byte; nothing where a part cannot be read.
fn sum(kept: &[Kept]) -> Option<i128> {
    kept.iter().filter(|k| k.resource == "memory").map(|k| k.amount.map(|q| q.nano)).sum()
}

fn equals(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some((sum, (daemons, eviction))) = sum(&kept(at)).zip(memory(at)).filter(|_| is_static(at)) else { return };
    if sum != daemons + eviction {
        let says = format!(
            "`{LIST}` comes to {}, and {} for the daemons + {} before an eviction = {}",
            bytes(sum),
            bytes(daemons),
            bytes(eviction),
            bytes(daemons + eviction)
        );
        let finding = broken(
            at,
            constraint,
            &says,
            &[LIST, "kubeReserved.memory", "systemReserved.memory", "evictionHard.memory.available", POLICY],
        );
        out.push(finding.help(format!("let `{LIST}` come to {} over all NUMA nodes", bytes(daemons + eviction))));
    }
}

/// A share of the machine's memory cannot be hit by a sum that is written down, but for one machine and one kernel.
fn percent(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    const SIGNAL: &str = "evictionHard.memory.available";
    let share = text(at, SIGNAL).filter(|t| t.ends_with('%') && !["0%", "100%"].contains(&t.as_str()));
    if let Some(share) = share.filter(|_| is_static(at)) {
        let says = format!("`{LIST}` has to hold {share} of the machine's memory to the byte");
        out.push(broken(at, constraint, &says, &[SIGNAL, POLICY]));
    }
}

fn huge_pages(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for kept in kept(at).iter().filter(|k| is_static(at) && k.resource.starts_with(HUGE)) {
        if kept.amount.is_some_and(|q| q.nano != 0) {
            let says = format!("`{LIST}` of NUMA node {} keeps back {}", kept.node, kept.resource);
            push(at, constraint, &says, kept, out);
        }
    }
}

fn whole_bytes(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for kept in kept(at).iter().filter(|_| is_static(at)) {
        if kept.amount.is_some_and(|q| q.whole.is_none()) {
            let says =
                format!("`{LIST}` of NUMA node {} keeps back what upstream does not read as whole bytes", kept.node);
            let exact = kept.amount.filter(|q| q.nano % NANO == 0).map(|q| format!("write {}", bytes(q.nano)));
            let finding = report::finding(at, constraint, &says, &[]).at(&kept.place, "");
            out.push(finding.help_if(exact));
        }
    }
}

fn nodes(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(count) = machine(at, "numa-nodes").filter(|_| is_static(at)) else { return };
    let mut told = BTreeSet::new();
    for kept in kept(at).iter().filter(|k| !(0..count).contains(&k.node)) {
        if told.insert(kept.node) {
            let says = format!("`{LIST}` names NUMA node {}, and the machine has {count}, counted from 0", kept.node);
            push(at, constraint, &says, kept, out);
        }
    }
}

fn over_node(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let of = |fact: &str, node: i64| at.scene.machine.get(fact)?.as_array()?.get(usize::try_from(node).ok()?)?.as_i64();
    for kept in kept(at).iter().filter(|k| is_static(at) && k.resource == "memory") {
        let Some((memory, amount)) = of("numa-memory", kept.node).zip(kept.amount) else { continue };
        let free = memory - of("numa-hugepages", kept.node).unwrap_or(0);
        if amount.nano > i128::from(free) * NANO {
            let says = format!(
                "`{LIST}` keeps back {} of NUMA node {}, which has {} beside its huge pages",
                bytes(amount.nano),
                kept.node,
                bytes(i128::from(free) * NANO)
            );
            push(at, constraint, &says, kept, out);
        }
    }
}

fn nothing(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let all = sum(&kept(at)).zip(memory(at));
    // Where the two sums differ, that is the finding.
    if is_static(at) && all.is_some_and(|(sum, (daemons, eviction))| sum == 0 && daemons + eviction == 0) {
        let says = "the memory manager is static, and no memory is kept back";
        out.push(broken(at, constraint, says, &[POLICY, LIST]));
    }
}

fn unused(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    if !kept(at).is_empty() && text(at, POLICY).as_deref() == Some("None") {
        let says = format!("`{}` is set, and `{POLICY}` is None", short(&at.full(LIST)));
        out.push(broken(at, constraint, &says, &[LIST, POLICY]));
    }
}
