//! A safe order of rollout: what nodes rely on first, one node of each class before the rest, what comes after nodes last.

use super::assign::of_a_class;
use super::{CLUSTER, CONTROL_PLANE, Change, Class, ScopeDiff};
use crate::catalog;
use crate::facts::typed::magnitude;
use crate::plan::Plan;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Costs, the cheapest first.
const COSTS: [&str; 5] = ["restart", "drain", "remove-state", "reboot", "new-node"];

/// Steps, first to last; none when nothing changes in effect.
pub(super) fn steps(plan: &Plan, scopes: &BTreeMap<String, ScopeDiff>) -> Vec<String> {
    let control: Vec<&Change> = acting(scopes, CONTROL_PLANE).collect();
    let (after, before): (Vec<&Change>, Vec<&Change>) = control.into_iter().partition(|c| waits_for_nodes(c));
    let late = components(&after);
    let early: Vec<&str> = components(&before).into_iter().filter(|c| !late.contains(c)).collect();
    let mut out: Vec<String> = early.iter().map(|c| control_plane_step(c)).collect();
    let mut classes: Vec<(i64, &str)> = plan.classes.iter().map(|(name, class)| (class.count, name.as_str())).collect();
    classes.sort_unstable();
    let mut proxies = Vec::new();
    for (count, name) in classes {
        let (proxy, kubelet): (Vec<&Change>, Vec<&Change>) =
            acting(scopes, name).filter(|c| of_a_class(plan, component(c))).partition(|c| component(c) == "kube-proxy");
        if let Some(cost) = dearest(&kubelet) {
            out.extend(class_steps(name, count, cost));
        }
        if !proxy.is_empty() {
            proxies.push(name);
        }
    }
    if acting(scopes, CLUSTER).any(|c| component(c) == "kube-proxy" && !of_a_class(plan, "kube-proxy")) {
        out.push("kube-proxy: restart node by node, after the kubelets".into());
    }
    out.extend(
        proxies.into_iter().map(|class| format!("kube-proxy of {class}: restart node by node, after its kubelets")),
    );
    out.extend(
        late.into_iter().map(|c| format!("{}, after the nodes: it waits less long for them", control_plane_step(c))),
    );
    out
}

/// Changes of a scope that something must be restarted for.
fn acting<'a>(scopes: &'a BTreeMap<String, ScopeDiff>, scope: &str) -> impl Iterator<Item = &'a Change> {
    let changes = scopes.get(scope).map_or(&[][..], |s| s.changes.as_slice());
    changes.iter().filter(|c| matches!(c.class, Class::Behaviour | Class::Invalid))
}

fn component(change: &Change) -> &str {
    change.tunable.split('/').next().unwrap_or_default()
}

fn components<'a>(changes: &[&'a Change]) -> BTreeSet<&'a str> {
    // A class may be called like the control plane; its kubelets are not part of it.
    changes.iter().map(|c| component(c)).filter(|c| !matches!(*c, "kubelet" | "kube-proxy")).collect()
}

/// Patience with silent nodes may shrink only once the nodes report at the new pace.
fn waits_for_nodes(change: &Change) -> bool {
    let Some(found) = catalog::find(&change.tunable) else { return false };
    let amounts = magnitude(&change.before, found.kind()).zip(magnitude(&change.after, found.kind()));
    change.tunable.contains("node-monitor-grace-period")
        && amounts.is_some_and(|(before, after)| after.cmp(&before) == Ordering::Less)
}

fn control_plane_step(component: &str) -> String {
    match component {
        "etcd" => "etcd: one member at a time, each healthy before the next".into(),
        other => format!("{other}: restart one replica at a time"),
    }
}

/// The dearest cost of what changes.
fn dearest(changes: &[&Change]) -> Option<&'static str> {
    let rank = |c: &&Change| COSTS.iter().position(|cost| *cost == c.cost);
    (!changes.is_empty()).then(|| COSTS[changes.iter().filter_map(rank).max().unwrap_or(0)])
}

fn class_steps(name: &str, count: i64, cost: &str) -> Vec<String> {
    let how = match cost {
        "restart" => "restart the kubelet",
        "drain" => "drain, restart the kubelet",
        "remove-state" => "drain, stop the kubelet, remove its state files, start it",
        "reboot" => "drain, reboot",
        _ => "replace the node",
    };
    let mut out = vec![format!("canary: 1 node of {name}: {how}")];
    match count {
        ..=1 => {}
        2 => out.push(format!("{name}: the other node")),
        _ => out.push(format!("{name}: the other {} nodes", count - 1)),
    }
    out
}
