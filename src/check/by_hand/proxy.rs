//! kube-proxy: addresses and ranges, and the mode that a file leaves open.

use super::address::{self, Cidr};
use super::{Find, at_node};
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::expression::{self, parse};
use crate::check::go;
use crate::check::report;
use crate::check::scene::At;
use crate::current::Stated;
use crate::diag::{Finding, Place};
use std::sync::Arc;

pub(super) const FIND: &[(&str, Find)] = &[
    ("proxy-bind-address", bind),
    ("proxy-cluster-cidr", cluster),
    ("node-port-addresses", node_ports),
    ("ipvs-exclude-cidrs", exclude),
    ("proxy-mode-unstated", unstated),
    ("proxy-port-range", ports),
];

fn stated<'s>(at: &At<'s>, path: &str) -> Option<&'s Stated> {
    at.scene.parts.get(at.component)?.stated.get(&format!("{}/{path}", at.component))
}

/// A file that leaves the mode to the version. Flags alone may be a part of a command line.
fn unstated(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    const MODE: &str = "kube-proxy/mode";
    let current = at.scene.parts.get(at.component);
    let file = current.and_then(|c| c.documents.first()).map(|(path, _)| Place::new(&Arc::clone(path), 0..0));
    let Some((current, file)) = current.zip(file) else { return };
    if current.stated(MODE, at.minor(at.component)).is_none() {
        let finding = report::finding(at, constraint, "no mode is stated", &[MODE.to_string()]);
        out.push(if current.states(MODE) { finding } else { finding.at(&file, "") });
    }
}

fn bind(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let mut push = |path: &str, what: &str, text: &str| {
        let name = format!("{}/{path}", at.component);
        out.push(report::finding(at, constraint, &format!("`{path}` is `{text}`, which {what}"), &[name]));
    };
    let text = |path: &str| stated(at, path)?.value.as_str().filter(|t| !t.is_empty());
    if let Some(text) = text("bindAddress").filter(|t| address::ip(t).is_none()) {
        push("bindAddress", "is no IP address", text);
    }
    for path in ["healthzBindAddress", "metricsBindAddress"] {
        // An address alone is given the default port.
        let Some(text) = text(path).filter(|t| address::ip(t).is_none()) else { continue };
        if let Err(what) = address::with_port(text) {
            push(path, what, text);
        }
    }
}

fn cluster(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let asked = catalog::behaviour("kube-proxy-cluster-cidr-always", at.minor(at.component)).is_some()
        || parse("detectLocalMode in [null, \"\", \"ClusterCIDR\"]")
            .is_ok_and(|mode| expression::holds(&mode, at) == Some(true));
    let Some(text) = stated(at, "clusterCIDR").and_then(|s| s.value.as_str()).filter(|t| asked && !t.is_empty()) else {
        return;
    };
    let ranges: Vec<&str> = text.split(',').collect();
    let read: Option<Vec<Cidr>> = ranges.iter().map(|r| address::cidr(r)).collect();
    let what = match (&ranges[..], read.as_deref()) {
        (_, None) => "is no CIDR, or list of them without spaces",
        ([_, _, _, ..], _) => "holds more than one CIDR of each family",
        (_, Some([a, b])) if a.six == b.six => "holds two CIDRs of one family",
        _ => return,
    };
    let name = format!("{}/clusterCIDR", at.component);
    out.push(report::finding(at, constraint, &format!("`clusterCIDR` is `{text}`, which {what}"), &[name]));
}

fn node_ports(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(stated) = stated(at, "nodePortAddresses") else { return };
    let behaves = |id: &str| catalog::behaviour(id, at.minor(at.component)).is_some();
    let (word, words) = (behaves("kube-proxy-node-port-primary"), behaves("kube-proxy-node-port-words"));
    let items = stated.node.items();
    let mut seen: Vec<&str> = Vec::new();
    for item in items {
        let text = item.text().unwrap_or_default();
        let known = (words && ["primary", "localhost", "all"].contains(&text)) || (word && !words && text == "primary");
        let what = if known && seen.contains(&text) {
            "is there twice"
        } else if known && !words && items.len() > 1 {
            "can only stand alone"
        } else if !known && address::cidr(text).is_none() {
            "is no CIDR"
        } else {
            seen.push(text);
            continue;
        };
        out.push(at_node(at, constraint, &format!("`{text}` in `nodePortAddresses` {what}"), stated, item));
        if known && !words {
            break;
        }
    }
}

fn exclude(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let ipvs = parse("mode == \"ipvs\"").is_ok_and(|mode| expression::holds(&mode, at) == Some(true));
    let Some(stated) = stated(at, "ipvs.excludeCIDRs").filter(|_| ipvs) else { return };
    for item in stated.node.items() {
        let text = item.text().unwrap_or_default();
        if address::cidr(text).is_none() {
            out.push(at_node(at, constraint, &format!("`{text}` in `ipvs.excludeCIDRs` is no CIDR"), stated, item));
        }
    }
}

fn ports(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    const NAME: &str = "portRange";
    if let Some(text) = stated(at, NAME).and_then(|s| s.value.as_str()).filter(|text| !go::is_port_range(text)) {
        let says = format!("`{NAME}` is `{text}`, no range of ports such as `30000-32767`");
        out.push(report::finding(at, constraint, &says, &[at.full(NAME)]));
    }
}
