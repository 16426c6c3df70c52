//! kube-controller-manager: names of controllers, signers, and the ranges that nodes are given.

use super::address::{self, Cidr};
use super::{Find, at_node};
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::expression::Settings;
use crate::check::report;
use crate::check::scene::At;
use crate::diag::{Finding, nearest};
use serde_json::Value as Json;

pub(super) const FIND: &[(&str, Find)] = &[
    ("controller-unknown", controllers),
    ("signing-pair", signing_pair),
    ("signing-files-twice", signing_twice),
    ("cluster-cidr-pair", cluster_cidrs),
    ("service-range-pair", service_ranges),
    ("node-mask-kind", mask_kind),
    ("node-mask-width", mask_width),
    ("cidr-allocator-unknown", allocator),
    ("cidr-allocator-of-a-cloud", allocator),
];

const SIGNERS: [&str; 4] = ["kubelet-serving", "kubelet-client", "kube-apiserver-client", "legacy-unknown"];

fn name(at: &At<'_>, flag: &str) -> String {
    format!("{}/{flag}", at.component)
}

fn text(at: &At<'_>, flag: &str) -> Option<String> {
    at.json(&name(at, flag))?.as_str().filter(|t| !t.is_empty()).map(String::from)
}

fn controllers(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(stated) = at.scene.parts.get(at.component).and_then(|c| c.stated.get(&name(at, "controllers"))) else {
        return;
    };
    let known = || catalog::controllers().iter().filter(|c| c.default_in(at.kubernetes).is_some()).map(|c| c.name);
    for item in stated.node.items() {
        let said = item.text().unwrap_or_default();
        let bare = said.strip_prefix('-').unwrap_or(said);
        let meant = catalog::controller_alias(bare).unwrap_or(bare);
        // Before the long names there were no aliases.
        if said == "*" || known().any(|k| k == bare || k == meant) {
            continue;
        }
        let says = format!("{} {} has no controller called `{bare}`", at.component, at.kubernetes);
        let finding = at_node(at, constraint, &says, stated, item);
        out.push(finding.help_if(nearest(bare, known()).map(|n| format!("did you mean `{n}`?"))));
    }
}

fn signer_files(at: &At<'_>, signer: &str) -> [(String, bool); 2] {
    ["cert", "key"].map(|kind| {
        let flag = format!("cluster-signing-{signer}-{kind}-file");
        let set = text(at, &flag).is_some();
        (flag, set)
    })
}

fn signing_pair(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for signer in SIGNERS {
        let [(cert, has_cert), (key, has_key)] = signer_files(at, signer);
        if has_cert != has_key {
            let (has, lacks) = if has_cert { (cert, key) } else { (key, cert) };
            let says = format!("`{has}` is set, and `{lacks}` is not");
            out.push(report::finding(at, constraint, &says, &[name(at, &has)]));
        }
    }
}

fn signing_twice(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let all = ["cluster-signing-cert-file", "cluster-signing-key-file"].into_iter().find(|f| text(at, f).is_some());
    let own = SIGNERS.iter().flat_map(|s| signer_files(at, s)).find(|(_, set)| *set);
    if let (Some(all), Some((own, _))) = (all, own) {
        let says = format!("`{all}` is for all signers, and `{own}` for one of them");
        out.push(report::finding(at, constraint, &says, &[name(at, &own), name(at, all)]));
    }
}

/// The ranges that nodes are given parts of, where the controller that does it runs.
fn given(at: &At<'_>) -> Option<(String, Vec<Option<Cidr>>)> {
    let on = at.json(&name(at, "allocate-node-cidrs")) == Some(Json::Bool(true));
    let text = text(at, "cluster-cidr").filter(|_| on && gives(at))?;
    let ranges = text.trim().split(',').map(address::cidr).collect();
    Some((text, ranges))
}

/// Whether the controller that gives nodes their ranges is on: of its name and its name with a dash, the first counts.
fn gives(at: &At<'_>) -> bool {
    let list = at.json(&name(at, "controllers"));
    let Some(list) = list.as_ref().and_then(Json::as_array) else { return true };
    let says = |c: &Json| match c.as_str() {
        Some("nodeipam" | "node-ipam-controller") => Some(true),
        Some("-nodeipam" | "-node-ipam-controller") => Some(false),
        _ => None,
    };
    list.iter().find_map(says).unwrap_or_else(|| list.iter().any(|c| c == "*"))
}

fn allocator(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let flag = name(at, "cidr-allocator-type");
    let Some(kind) = at.json(&flag).filter(|_| given(at).is_some()) else { return };
    let is_google = || text(at, "cloud-provider").as_deref() == Some("gce");
    let known = match kind.as_str().unwrap_or_default() {
        "RangeAllocator" => true,
        // The newer row is of minors without allocators of clouds.
        _ if constraint.since.is_some() => false,
        "CloudAllocator" => true,
        "IPAMFromCluster" | "IPAMFromCloud" => is_google(),
        "MultiCIDRRangeAllocator" => at.gate("MultiCIDRRangeAllocator") == Some(true),
        _ => false,
    };
    if !known {
        let says = format!("cidr-allocator-type is {}", report::shown(&kind));
        out.push(report::finding(at, constraint, &says, &[flag]));
    }
}

fn cluster_cidrs(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some((text, ranges)) = given(at) else { return };
    let what = match &ranges[..] {
        ranges if ranges.contains(&None) => "is no CIDR, or list of them without spaces",
        [_, _, _, ..] => "holds more than two CIDRs",
        [Some(a), Some(b)] if a.six == b.six => "holds two CIDRs of one family",
        _ => return,
    };
    let says = format!("`cluster-cidr` is `{text}`, which {what}");
    out.push(report::finding(at, constraint, &says, &[name(at, "cluster-cidr")]));
}

fn service_ranges(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let flag = name(at, "service-cluster-ip-range");
    let Some(text) = text(at, "service-cluster-ip-range") else { return };
    let ranges: Vec<&str> = text.split(',').collect();
    let pair = || matches!(ranges[..].iter().map(|r| address::cidr(r)).collect::<Vec<_>>()[..], [Some(a), Some(b)] if a.six == b.six);
    let what = match ranges.len() {
        3.. => "holds more than two CIDRs",
        2 if given(at).is_some() && pair() => "holds two CIDRs of one family",
        _ => return,
    };
    let says = format!("`service-cluster-ip-range` is `{text}`, which {what}");
    out.push(report::finding(at, constraint, &says, &[flag]));
}

/// A mask that is stated and not 0.
fn mask(at: &At<'_>, flag: &str) -> Option<i64> {
    let stated = at.scene.parts.get(at.component)?.stated.get(&name(at, flag))?;
    stated.value.as_i64().filter(|m| *m != 0)
}

const ANY: &str = "node-cidr-mask-size";
const FOUR: &str = "node-cidr-mask-size-ipv4";
const SIX: &str = "node-cidr-mask-size-ipv6";

fn mask_kind(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some((_, ranges)) = given(at) else { return };
    let six = ranges.first().copied().flatten().is_some_and(|c| c.six);
    let (says, blamed): (String, Vec<&str>) = match (ranges.len(), mask(at, ANY), mask(at, FOUR), mask(at, SIX)) {
        (2.., Some(_), _, _) => (format!("`{ANY}` is stated for a cluster of two families"), vec![ANY, "cluster-cidr"]),
        (2.., None, _, _) => return,
        (_, Some(_), Some(_), _) => (format!("`{ANY}` and `{FOUR}` are both stated"), vec![ANY, FOUR]),
        (_, Some(_), _, Some(_)) => (format!("`{ANY}` and `{SIX}` are both stated"), vec![ANY, SIX]),
        (_, None, Some(_), _) if six => {
            (format!("`{FOUR}` is stated for a cluster of IPv6"), vec![FOUR, "cluster-cidr"])
        }
        (_, None, _, Some(_)) if !six => {
            (format!("`{SIX}` is stated for a cluster of IPv4"), vec![SIX, "cluster-cidr"])
        }
        _ => return,
    };
    let blamed: Vec<String> = blamed.into_iter().map(|flag| name(at, flag)).collect();
    out.push(report::finding(at, constraint, &says, &blamed));
}

fn mask_width(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some((text, ranges)) = given(at) else { return };
    for (range, shown) in ranges.iter().zip(text.split(',')) {
        let Some(range) = range else { continue };
        let own = if range.six { SIX } else { FOUR };
        let stated = if ranges.len() == 1 && mask(at, ANY).is_some() { ANY } else { own };
        let default = catalog::find(&name(at, own)).and_then(|f| f.default_in(at.kubernetes)).and_then(|d| d.as_i64());
        let Some(mask) = mask(at, stated).or(default) else { continue };
        let apart = mask - i64::from(range.ones);
        let most = catalog::limit_value("node-cidr-ipv6-span");
        let says = if apart < 0 {
            format!("nodes get ranges of /{mask}, which are larger than the cluster's {shown}")
        } else if range.six && apart > most {
            format!("nodes get ranges of /{mask} of {shown}, {apart} bits apart, and {most} is the most")
        } else {
            continue;
        };
        out.push(report::finding(at, constraint, &says, &[name(at, stated), name(at, "cluster-cidr")]));
    }
}
