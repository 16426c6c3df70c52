//! A safe order of rollout: what others rely on first, one node of each class before the rest, what comes after nodes last.

use super::{CLUSTER, CONTROL_PLANE, Change, NODES, ScopeDiff};
use crate::catalog::{self, ChangeCost};
use crate::facts::typed::magnitude;
use crate::plan::Plan;
use crate::quantity::Minor;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// One step of a rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What is done.
    pub step: String,
    /// Why then, and what it waits for.
    pub why: String,
}

/// The nodes of a scope.
#[derive(Clone, Debug)]
pub(super) struct Nodes<'a> {
    /// The class.
    name: &'a str,
    /// How many there are, where that is known.
    count: Option<i64>,
    /// Whether they run the control plane.
    control_plane: bool,
}

/// The classes of a plan, the smallest first and those that run the control plane last.
pub(super) fn planned(plan: &Plan) -> Vec<Nodes<'_>> {
    let nodes = plan.classes.iter().map(|(name, class)| Nodes {
        name,
        count: Some(class.count),
        control_plane: class.role != "worker",
    });
    let mut out: Vec<Nodes<'_>> = nodes.collect();
    out.sort_by(|a, b| (a.control_plane, a.count, a.name).cmp(&(b.control_plane, b.count, b.name)));
    out
}

/// The scopes that are nodes, where there is no plan.
pub(super) fn named(scopes: &BTreeMap<String, ScopeDiff>) -> Vec<Nodes<'_>> {
    let names = scopes.keys().map(String::as_str).filter(|name| ![CLUSTER, CONTROL_PLANE].contains(name));
    names.map(|name| Nodes { name, count: None, control_plane: false }).collect()
}

/// What an upgrade begins with, whatever else changes.
pub(super) fn upgrade(versions: (Minor, Minor), scopes: &BTreeMap<String, ScopeDiff>) -> Vec<Step> {
    let (from, to) = versions;
    let differ = scopes.values().flat_map(|s| &s.changes).any(Change::acts);
    if from >= to || !differ {
        return Vec::new();
    }
    let skew = catalog::behaviour("kubelet-skew", to).map_or("", |b| b.summary.as_str());
    let single = match to.1 - from.1 {
        1 => "one minor".to_string(),
        n => format!("{n} minors, one after the other"),
    };
    vec![Step {
        step: format!(
            "control plane from {from} to {to}: {single}; API servers before the other components, nodes last"
        ),
        why: format!("upstream supports no skipping of minors; {skew}"),
    }]
}

/// Steps, first to last; none when nothing changes in effect. `per_class` says that classes have kube-proxies of their own.
pub(super) fn steps(nodes: &[Nodes<'_>], per_class: bool, scopes: &BTreeMap<String, ScopeDiff>) -> Vec<Step> {
    let control: Vec<&Change> = acting(scopes, CONTROL_PLANE).filter(|c| !of_nodes(c)).collect();
    let (after, before): (Vec<&Change>, Vec<&Change>) = control.into_iter().partition(|c| waits_for_nodes(c));
    let late = components(&after);
    let mut out: Vec<Step> =
        components(&before).into_iter().filter(|c| !late.contains(c)).map(control_plane_step).collect();
    let mut proxies = Vec::new();
    for class in nodes {
        let own = acting(scopes, class.name).filter(|c| component(c) == "kubelet" || (per_class && of_nodes(c)));
        let (proxy, kubelet): (Vec<&Change>, Vec<&Change>) = own.partition(|c| component(c) == "kube-proxy");
        if !kubelet.is_empty() {
            out.extend(class_steps(class, &kubelet));
        }
        if !proxy.is_empty() {
            proxies.push((class.name, proxy));
        }
    }
    let shared: Vec<&Change> = acting(scopes, CLUSTER).filter(|c| component(c) == "kube-proxy").collect();
    if !shared.is_empty() && !nodes.iter().any(|n| n.name == CLUSTER && per_class) {
        out.push(proxy_step("kube-proxy", "the kubelets", &shared));
    }
    let own = proxies.iter().map(|(class, list)| proxy_step(&format!("kube-proxy of {class}"), "its kubelets", list));
    out.extend(own);
    out.extend(late.into_iter().map(|c| {
        let Step { step, .. } = control_plane_step(c);
        let why = "sooner, it would give up on nodes that still report at the old pace";
        Step { step: format!("{step}, after the nodes: it waits less long for them"), why: why.into() }
    }));
    out
}

/// Changes of a scope that something must be restarted for.
fn acting<'a>(scopes: &'a BTreeMap<String, ScopeDiff>, scope: &str) -> impl Iterator<Item = &'a Change> {
    let changes = scopes.get(scope).map_or(&[][..], |s| s.changes.as_slice());
    changes.iter().filter(|c| c.acts())
}

fn component(change: &Change) -> &str {
    change.component()
}

/// A class may be called like the control plane; its kubelets are not part of it.
fn of_nodes(change: &Change) -> bool {
    matches!(component(change), "kubelet" | "kube-proxy")
}

/// Components, those that others rely on first.
fn components<'a>(changes: &[&'a Change]) -> Vec<&'a str> {
    const FIRST: [&str; 3] = ["etcd", "etcd-events", "kube-apiserver"];
    let names: BTreeSet<&str> = changes.iter().map(|c| component(c)).collect();
    let mut out: Vec<&str> = names.into_iter().collect();
    out.sort_by_key(|name| FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()));
    out
}

/// Patience with silent nodes may shrink only once the nodes report at the new pace.
fn waits_for_nodes(change: &Change) -> bool {
    let Some(found) = catalog::find(&change.tunable) else { return false };
    let amounts = magnitude(&change.before, found.kind()).zip(magnitude(&change.after, found.kind()));
    change.tunable.contains("node-monitor-grace-period")
        && amounts.is_some_and(|(before, after)| after.cmp(&before) == Ordering::Less)
}

fn control_plane_step(component: &str) -> Step {
    let (step, why) = match component {
        "etcd" | "etcd-events" => (
            format!("{component}: one member at a time, each healthy before the next"),
            "a second member down costs a cluster of three its quorum; `etcdctl endpoint health` says when one is back",
        ),
        "kube-apiserver" => (
            format!("{component}: restart one replica at a time"),
            "before its clients, so that it carries what they will send; the next when `/readyz` answers ok",
        ),
        _ => (
            format!("{component}: restart one replica at a time"),
            "the one that holds the lease last: another takes over, so that there is always one at work",
        ),
    };
    Step { step, why: why.into() }
}

/// The dearest cost of what changes, and the files that have to go.
fn dearest(changes: &[&Change]) -> (Option<&'static ChangeCost>, BTreeSet<String>) {
    let costs = changes.iter().filter_map(|c| catalog::change_cost(&c.cost));
    let dearest = costs.max_by_key(|(rank, _)| *rank).map(|(_, cost)| cost);
    (dearest, changes.iter().flat_map(|c| c.remove.iter().cloned()).collect())
}

fn class_steps(class: &Nodes<'_>, changes: &[&Change]) -> Vec<Step> {
    let (cost, files) = dearest(changes);
    let Some(cost) = cost else { return Vec::new() };
    let name = class.name;
    let how = on_a_node(cost, &files);
    let unnamed = class.count.is_none() && name == NODES;
    let lead = if unnamed { String::new() } else { format!("{name}: ") };
    let mut out = vec![Step {
        step: format!("canary: 1 node{}: {how}", if unnamed { String::new() } else { format!(" of {name}") }),
        why: "go on when it is Ready, reports the allocatable above and refuses none of its pods".into(),
    }];
    let rest = match class.count {
        Some(..=1) => return out,
        Some(2) => "the other node".to_string(),
        Some(count) => format!("the other {} nodes", count - 1),
        None => "the other nodes".to_string(),
    };
    let (step, why) = match (class.control_plane, cost.drain) {
        (true, _) => (
            format!("{lead}{rest}, one at a time"),
            "each runs a part of the control plane: etcd healthy and the API server ready before the next",
        ),
        (false, true) => (
            format!("{lead}{rest}"),
            "as many at once as disruption budgets allow; one class at a time keeps a fault in it",
        ),
        (false, false) => (format!("{lead}{rest}"), "one class at a time, so that a fault stays in it"),
    };
    out.push(Step { step, why: why.into() });
    out
}

/// `drain, stop the kubelet, remove …, start it`.
fn on_a_node(cost: &ChangeCost, files: &BTreeSet<String>) -> String {
    let mut parts = Vec::new();
    if cost.drain && cost.id != "new-node" {
        parts.push("drain".to_string());
    }
    // A new node has no old state.
    if files.is_empty() || cost.after_stop.is_empty() {
        parts.push(cost.act.clone());
    } else {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        parts.push(format!("stop the kubelet, remove {}", files.join(" and ")));
        parts.push(cost.after_stop.clone());
    }
    parts.join(", ")
}

fn proxy_step(what: &str, after: &str, changes: &[&Change]) -> Step {
    let drained = dearest(changes).0.is_some_and(|cost| cost.drain);
    let how = if drained { "drain and restart" } else { "restart" };
    Step {
        step: format!("{what}: {how} node by node, after {after}"),
        why: if drained {
            "rules of the old mode stay on a node until it is cleaned up or rebooted".into()
        } else {
            "one change of a node at a time: a fault then shows on few nodes, and has one cause".into()
        },
    }
}
