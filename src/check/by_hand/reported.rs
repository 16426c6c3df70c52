//! What a node reports of itself, held against its configuration, its machine and the API server.

use super::Find;
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::expression::{Settings, Val};
use crate::check::report;
use crate::check::reported::{self, hugepages, minor};
use crate::check::scene::At;
use crate::current::{Amounts, allocatable};
use crate::diag::{Finding, Place};
use crate::quantity::{Bytes, Kernel, Milli, Minor};
use crate::yaml::Node;
use std::sync::Arc;

pub(super) const FIND: &[(&str, Find)] =
    &[("allocatable-apart", apart), ("kubelet-version-skew", skew), ("proxy-mode-needs-kernel", kernel)];

/// With it, hard eviction is not taken out of allocatable.
const IGNORES: &str = "kubelet/experimental-allocatable-ignore-eviction";
/// Percentages are 32-bit floats upstream, and capacity is reported in KiB: less than this much is no other configuration.
const NEAR: i64 = Bytes::MI;

/// A resource, what of a node's report is read as, and the settings that decide what is left of it.
struct Resource {
    name: &'static str,
    read: fn(&str) -> Option<i64>,
    of: fn(&Amounts) -> Option<i64>,
    near: i64,
    settings: &'static [&'static str],
}

const RESOURCES: [Resource; 4] = [
    Resource {
        name: "cpu",
        read: |t| Milli::parse(t).ok().map(|m| m.0),
        of: |a| a.cpu,
        near: 0,
        settings: &["kubelet/reservedSystemCPUs", "kubelet/kubeReserved.cpu", "kubelet/systemReserved.cpu"],
    },
    Resource {
        name: "memory",
        read: bytes,
        of: |a| a.memory,
        near: NEAR,
        settings: &[
            "kubelet/kubeReserved.memory",
            "kubelet/systemReserved.memory",
            "kubelet/evictionHard.memory.available",
        ],
    },
    Resource {
        name: "ephemeral-storage",
        read: bytes,
        of: |a| a.storage,
        near: NEAR,
        settings: &[
            "kubelet/kubeReserved.ephemeral-storage",
            "kubelet/systemReserved.ephemeral-storage",
            "kubelet/evictionHard.nodefs.available",
        ],
    },
    Resource {
        name: "pods",
        read: |t| t.parse().ok(),
        of: |a| a.pods,
        near: 0,
        settings: &["kubelet/maxPods", "kubelet/podsPerCore"],
    },
];

fn bytes(text: &str) -> Option<i64> {
    Bytes::parse(text).ok().map(|b| b.0)
}

fn at_path<'n>(node: &'n Node, map: &str, resource: &str) -> Option<(&'n Node, &'n str)> {
    let own = node.at(&["status", map, resource])?;
    Some((own, own.text()?))
}

/// What the configuration leaves of the capacity that the node reports.
fn left(at: &At<'_>, node: &Node) -> Option<Amounts> {
    let amount = |r: &Resource| at_path(node, "capacity", r.name).and_then(|(_, text)| (r.read)(text));
    let [cpu, memory, storage, _] = RESOURCES.each_ref().map(amount);
    let capacity = Amounts { cpu, memory, storage, pods: None };
    let out = allocatable(at.scene.parts.get("kubelet")?, &capacity, at.minor("kubelet"));
    // Huge pages are no memory of pods that ask for memory.
    Some(Amounts { memory: out.memory.map(|m| m.saturating_sub(hugepages(node)).max(0)), ..out })
}

fn apart(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some((path, node)) = at.node() else { return };
    let linux = node.at(&["status", "nodeInfo", "operatingSystem"]).and_then(Node::text).is_none_or(|os| os == "linux");
    let Some(left) = left(at, node).filter(|_| linux && !at.stated(IGNORES)) else { return };
    for resource in &RESOURCES {
        let Some((own, text)) = at_path(node, "allocatable", resource.name) else { continue };
        let Some((reports, leaves)) = (resource.read)(text).zip((resource.of)(&left)) else { continue };
        if reports.abs_diff(leaves) <= resource.near.unsigned_abs() {
            continue;
        }
        let shown = |amount: i64| match resource.name {
            "cpu" => Milli(amount).to_string(),
            "pods" => amount.to_string(),
            _ => format!("{}Mi", amount >> 20),
        };
        let says = format!(
            "{}: the node reports {} allocatable, and its configuration leaves {}",
            resource.name,
            shown(reports),
            shown(leaves)
        );
        let stated: Vec<String> =
            resource.settings.iter().filter(|name| at.stated(name)).map(ToString::to_string).collect();
        let finding = report::finding(at, constraint, &says, &stated);
        out.push(report::beside(finding, &Place::new(path, own.span.clone()), "the node reports"));
    }
}

/// The versions that API servers say, with a place each.
fn servers<'s>(at: &At<'s>) -> Vec<(Minor, &'s Place)> {
    let parts = reported::SERVER.iter().filter_map(|part| at.scene.parts.get(part));
    let said = parts.flat_map(|current| &current.said).filter(|(of, ..)| *of == "kubernetes");
    said.filter_map(|(_, version, place)| Some((minor(version)?, place))).collect()
}

fn skew(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let servers = servers(at);
    let (Some(oldest), Some(newest)) = (servers.iter().min_by_key(|s| s.0), servers.iter().max_by_key(|s| s.0)) else {
        return;
    };
    let most = u32::try_from(catalog::limit_value("kubelet-skew")).unwrap_or_default();
    let nodes = at.scene.parts.get("node").map_or(&[][..], |node| &node.said);
    for (_, version, place) in nodes {
        let Some(own) = minor(version) else { continue };
        let says = if own > oldest.0 {
            format!("the kubelet is of {own}, and the API server of {}, which is older", oldest.0)
        } else if own.0 == newest.0.0 && own.1 + most < newest.0.1 {
            format!("the kubelet is of {own}, and the API server of {}: more than {most} minors newer", newest.0)
        } else {
            continue;
        };
        let of = if own > oldest.0 { oldest.1 } else { newest.1 };
        out.push(report::finding(at, constraint, &says, &[]).at(place, "this kubelet").clash(of, "this API server"));
    }
}

fn kernel(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    const MODE: &str = "kube-proxy/mode";
    let release = at.json("machine/kernel").and_then(|v| Kernel::parse(v.as_str()?).ok());
    let Some(Kernel(major, minor)) = release.filter(|_| at.value(MODE) == Some(Val::Text("nftables".into()))) else {
        return;
    };
    let least = catalog::limit_value("nftables-kernel");
    if i64::from(major) * 100 + i64::from(minor) < least {
        let says = format!(
            "kube-proxy's mode is nftables, which needs kernel {}.{}, and the node has {major}.{minor}",
            least / 100,
            least % 100
        );
        let finding = report::finding(at, constraint, &says, &[MODE.to_string()]);
        let place = at.node().and_then(|(path, node)| {
            Some(Place::new(&Arc::clone(path), node.at(&["status", "nodeInfo", "kernelVersion"])?.span.clone()))
        });
        out.push(place.into_iter().fold(finding, |finding, place| report::beside(finding, &place, "the node reports")));
    }
}
