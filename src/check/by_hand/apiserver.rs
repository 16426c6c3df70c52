//! kube-apiserver: ranges of services, and what is left of the sizes of watch caches.

use super::address::{self, Cidr};
use super::{Find, at_node};
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::expression::Settings;
use crate::check::report;
use crate::check::scene::At;
use crate::current::Stated;
use crate::diag::Finding;
use serde_json::Value as Json;

pub(super) const FIND: &[(&str, Find)] = &[
    ("service-ranges", ranges),
    ("service-family", family),
    ("service-node-port", node_port),
    ("watch-cache-form", form),
    ("watch-cache-sizes-unused", unused),
];

fn name(at: &At<'_>, flag: &str) -> String {
    format!("{}/{flag}", at.component)
}

fn stated<'s>(at: &At<'s>, flag: &str) -> Option<&'s Stated> {
    at.scene.parts.get(at.component)?.stated.get(&name(at, flag))
}

fn text<'s>(at: &At<'s>, flag: &str) -> Option<&'s str> {
    stated(at, flag)?.value.as_str().filter(|t| !t.is_empty())
}

/// Most bits that a range of services may leave to addresses; none where there is no such limit.
fn most_bits(at: &At<'_>) -> Option<u32> {
    let behaves = |id: &str| catalog::behaviour(id, at.kubernetes).is_some();
    let limit = |id: &str| u32::try_from(catalog::limit_value(id)).ok();
    let newer = at.gate("MultiCIDRServiceAllocator") == Some(true);
    let single = at.gate("DisableAllocatorDualWrite") == Some(true);
    if newer && behaves("service-range-longer") {
        limit("service-range-newer-bits")
    } else if newer && (single || !behaves("service-range-dual-write")) {
        None
    } else {
        limit("service-range-bits")
    }
}

fn ranges(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(text) = text(at, "service-cluster-ip-range") else { return };
    let read: Vec<Option<Cidr>> = text.split(',').map(address::cidr).collect();
    let least = u32::try_from(catalog::limit_value("service-range-least-bits")).unwrap_or_default();
    let most = most_bits(at);
    let large = |c: &Cidr| most.is_some_and(|most| c.host_bits() > most);
    let what = match &read[..] {
        [_, _, _, ..] => "holds more than two CIDRs".to_string(),
        read if read.contains(&None) => "is no CIDR, or list of them without spaces".to_string(),
        [Some(a), Some(b)] if a.six == b.six => "holds two CIDRs of one family".to_string(),
        [Some(first), ..] if first.host_bits() < least => format!("has less than {} addresses", 1_u64 << least),
        read => match read.iter().flatten().find(|c| large(c)) {
            Some(range) => {
                format!("leaves {} bits to addresses, and {} is the most", range.host_bits(), most.unwrap_or_default())
            }
            None => return,
        },
    };
    let says = format!("`service-cluster-ip-range` is `{text}`, which {what}");
    out.push(report::finding(at, constraint, &says, &[name(at, "service-cluster-ip-range")]));
}

fn family(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let reconciled = at.json(&name(at, "endpoint-reconciler-type")).is_none_or(|kind| kind != "none");
    let services = at.json(&name(at, "service-cluster-ip-range"));
    let first = services.as_ref().and_then(Json::as_str).and_then(|t| address::cidr(t.split(',').next()?));
    let advertised =
        text(at, "advertise-address").and_then(address::ip).filter(|ip| reconciled && !ip.is_unspecified());
    let (Some(first), Some(advertised)) = (first, advertised) else { return };
    if first.six != advertised.is_ipv6() {
        let of = |six: bool| if six { "IPv6" } else { "IPv4" };
        let says =
            format!("services are of {}, and the advertised address is of {}", of(first.six), of(advertised.is_ipv6()));
        let blamed = ["advertise-address", "service-cluster-ip-range"].map(|flag| name(at, flag));
        out.push(report::finding(at, constraint, &says, &blamed));
    }
}

/// A range of ports: `30000-32767`, or `30000+2767`.
fn ports(text: &str) -> Option<(i64, i64)> {
    if let Some((from, more)) = text.split_once('+') {
        let from: i64 = from.trim().parse().ok()?;
        return Some((from, from.checked_add(more.trim().parse().ok()?)?));
    }
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    Some((from.trim().parse().ok()?, to.trim().parse().ok()?))
}

fn node_port(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let port = stated(at, "kubernetes-service-node-port").and_then(|s| s.value.as_i64()).filter(|p| *p > 0);
    let range = at.json(&name(at, "service-node-port-range"));
    let range = range.as_ref().and_then(Json::as_str).and_then(ports);
    let (Some(port), Some((from, to))) = (port, range) else { return };
    if port < from || port > to {
        let says = format!("kubernetes-service-node-port is {port}, and the ports of services are {from} to {to}");
        let blamed = ["kubernetes-service-node-port", "service-node-port-range"].map(|flag| name(at, flag));
        out.push(report::finding(at, constraint, &says, &blamed));
    }
}

/// Entries of watch-cache-sizes while there are watch caches: the text, and resource and size where it has them.
fn sizes<'s>(at: &At<'s>) -> impl Iterator<Item = (&'s Stated, &'s crate::yaml::Node, Option<(&'s str, i64)>)> {
    let on = at.json(&name(at, "watch-cache")) != Some(Json::Bool(false));
    let stated = stated(at, "watch-cache-sizes").filter(|_| on);
    stated.into_iter().flat_map(|stated| {
        stated.node.items().iter().map(move |item| {
            let read = item.text().and_then(|text| {
                let (resource, size) = text.split_once('#').filter(|(_, size)| !size.contains('#'))?;
                Some((resource, size.parse().ok()?))
            });
            (stated, item, read)
        })
    })
}

fn form(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (stated, item, read) in sizes(at) {
        if read.is_none_or(|(_, size)| size < 0) {
            let says = format!("`{}` in watch-cache-sizes is not `resource#size`", item.text().unwrap_or_default());
            out.push(at_node(at, constraint, &says, stated, item));
        }
    }
}

fn unused(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (stated, item, read) in sizes(at) {
        let Some((resource, size)) = read.filter(|(_, size)| *size > 0) else { continue };
        // Events have no cache unless a size is stated.
        if resource.split('.').next() != Some("events") {
            let says = format!("the watch cache of {resource} is to have {size} entries");
            out.push(at_node(at, constraint, &says, stated, item));
        }
    }
}
