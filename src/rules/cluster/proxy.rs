//! kube-proxy: its mode by version and kernel, its connection table, and what is left at upstream's defaults.

use super::conntrack::{self, Need};
use crate::because;
use crate::catalog;
use crate::diag::{Finding, Place};
use crate::facts::{Cause, Facts, Pinned};
use crate::rules::class::ClassResult;
use crate::rules::{Conflict, Draft, Origin, Rule, Unfit};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&MODE, &SYNC, &RANGE, &ARP];

/// nftables where it fits.
pub static MODE: Rule = Rule {
    id: "kube-proxy-mode",
    why: "nftables scales with changes instead of with services; it needs a kernel that has it and a version in which it is no longer behind a gate",
    source: "kubernetes/website blog 2025-02-28 nftables kube-proxy; KEP-3866",
};
/// Sync periods.
pub static SYNC: Rule = Rule {
    id: "kube-proxy-sync",
    why: "kube-proxy writes what changed; longer periods only make it late",
    source: "kubernetes/website reference/networking/virtual-ips",
};
/// Cluster CIDR.
pub static RANGE: Rule = Rule {
    id: "kube-proxy-cluster-cidr",
    why: "kube-proxy tells traffic from outside by the pods' range",
    source: "kubernetes/kubernetes pkg/proxy/apis/config/v1alpha1 clusterCIDR",
};

/// Strict ARP.
pub static ARP: Rule = Rule {
    id: "kube-proxy-strict-arp",
    why: "in ipvs mode every node has every service's address on an interface of its own and would answer for it; with strictARP kube-proxy sets arp_ignore 1 and arp_announce 2, in other modes no node has the address",
    source: "kubernetes/kubernetes pkg/proxy/ipvs/proxier.go NewProxier; metallb.universe.tf/installation",
};

const MODE_NAME: &str = "kube-proxy/mode";
const PER_CORE: &str = "kube-proxy/conntrack.maxPerCore";
const MIN: &str = "kube-proxy/conntrack.min";

/// Sets kube-proxy for some classes: all of them, or one where each has its own.
///
/// # Errors
/// No allowed table size gives every class enough entries.
pub fn decide(
    facts: &Facts,
    classes: &BTreeMap<String, Option<&ClassResult>>,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(), Box<Unfit>> {
    mode(facts, classes, draft, findings);
    let needs: Vec<Need<'_>> =
        classes.iter().filter_map(|(name, result)| Some(Need::of(facts.classes.get(name)?, (*result)?))).collect();
    let version = draft.version();
    let defaults = (catalog::default_number(PER_CORE, version), catalog::default_number(MIN, version));
    let (per_core, min) = conntrack::choose(&needs, (draft.pin(PER_CORE), draft.pin(MIN)), defaults, version)
        .map_err(|line| Box::new(short(facts, draft, line)))?;
    let reason = conntrack::reason(&needs, per_core, min, version);
    let causes = conntrack::causes(&needs, (per_core, min), defaults.1, &facts.cluster.version);
    draft.set(PER_CORE, per_core, Origin::Derived, &conntrack::TABLE).reason(reason.clone()).because(causes.clone());
    draft.set(MIN, min, Origin::Derived, &conntrack::TABLE).reason(reason).because(causes);
    for need in &needs {
        if conntrack::owner(facts, Some(per_core)) == conntrack::Owner::KubeProxy {
            owners(need, per_core, min, version, findings);
        }
    }
    for name in ["kube-proxy/conntrack.tcpEstablishedTimeout", "kube-proxy/conntrack.tcpCloseWaitTimeout"] {
        draft.keep(name, &conntrack::TIMEOUTS, "upstream's default");
    }
    let block = match draft.get(MODE_NAME).and_then(|v| v.as_str()) {
        Some("nftables") => "nftables",
        Some("ipvs") => "ipvs",
        _ => "iptables",
    };
    for field in ["syncPeriod", "minSyncPeriod"] {
        let mode = draft.get(MODE_NAME).map(|_| Cause::Value(MODE_NAME.into()));
        draft.keep_because(&format!("kube-proxy/{block}.{field}"), &SYNC, "upstream's default", mode);
    }
    strict_arp(facts, block, draft, findings);
    if !facts.cluster.pod_cidrs.is_empty() {
        let list = facts.cluster.pod_cidrs.iter().map(|n| n.value.to_string()).collect::<Vec<_>>().join(",");
        let causes: Vec<Cause> = facts.cluster.pod_cidrs.iter().flat_map(|n| n.causes().cloned()).collect();
        draft
            .set("kube-proxy/clusterCIDR", list, Origin::Derived, &RANGE)
            .reason("the pod ranges of the spec")
            .because(causes);
    }
    Ok(())
}

/// Whether a node answers only for addresses of the interface that was asked; the two sysctls are kube-proxy's own.
fn strict_arp(facts: &Facts, block: &str, draft: &mut Draft<'_>, findings: &mut Vec<Finding>) {
    let Some(stated) = &facts.cluster.network.load_balancer else { return };
    let name = "kube-proxy/ipvs.strictARP";
    let because = because![stated; Cause::Value(MODE_NAME.into())];
    if block == "ipvs" {
        draft
            .set(name, true, Origin::Derived, &ARP)
            .reason(
                "MetalLB answers for a service's address on one node; kube-proxy sets arp_ignore 1 and arp_announce 2",
            )
            .because(because);
    } else {
        draft
            .set(name, false, Origin::Default, &ARP)
            .reason(format!("not needed: in {block} mode no node has a service's address on an interface"))
            .because(because);
    }
    let strict = draft.get(name).and_then(serde_json::Value::as_bool).unwrap_or(false);
    if let Some(place) = draft.pin(name).and_then(|p| place(facts, p)).filter(|_| block == "ipvs" && !strict) {
        let message = "MetalLB is stated, and strictARP is pinned to false in ipvs mode";
        findings.push(
            Finding::warning("strict-arp-off", message)
                .at(&place, "every node answers for every service's address")
                .help("leave the pin out"),
        );
    }
}

/// Pins of a kube-proxy that is not there.
pub fn replaced(facts: &Facts) -> Vec<Finding> {
    let classes = facts.classes.values().flat_map(|c| c.pins.iter());
    let pins = facts.cluster.pins.iter().chain(classes).filter(|(n, _)| n.starts_with("kube-proxy/"));
    pins.filter_map(|(name, pinned)| {
        let message = format!("`{name}` is pinned, and Cilium replaces kube-proxy");
        Some(Finding::error("kube-proxy-replaced", message).at(&place(facts, pinned)?, "nothing reads it"))
    })
    .collect()
}

fn place(facts: &Facts, pinned: &Pinned) -> Option<Place> {
    let file = facts.classes.values().next().map(|c| Arc::clone(&c.file))?;
    Some(Place::new(&file, pinned.at.span.clone()))
}

fn mode(
    facts: &Facts,
    classes: &BTreeMap<String, Option<&ClassResult>>,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) {
    let version = draft.version();
    if let Some(pinned) = draft.pin(MODE_NAME)
        && pinned.allows(&"ipvs".into())
        && !pinned.allows(&"nftables".into())
        && let Some(place) = place(facts, pinned)
    {
        let mut finding = Finding::warning("ipvs-pinned", "kube-proxy's ipvs mode is pinned").at(&place, "pinned here");
        if let Some(deprecated) = catalog::behaviour("kube-proxy-ipvs-deprecated", version) {
            finding = finding.note(format!("{}: {}", deprecated.source, deprecated.summary));
        }
        findings.push(finding.help("nftables does the same without a second table of services"));
    }
    let available = catalog::behaviour("kube-proxy-nftables", version).is_some();
    let needed = catalog::limit_value("nftables-kernel");
    let oldest_kernel = format!("{}.{}", needed / 100, needed % 100);
    let kernels: Vec<_> = classes.keys().filter_map(|n| facts.classes.get(n)).map(|c| (c, c.kernel.as_ref())).collect();
    let fits = |k: &crate::quantity::Kernel| i64::from(k.0) * 100 + i64::from(k.1) >= needed;
    let all_fit = !kernels.is_empty() && kernels.iter().all(|(_, k)| k.is_some_and(|k| fits(&k.value)));
    let mut causes = because![facts.cluster.version; Cause::Fact("behaviour/kube-proxy-nftables".into()), Cause::Fact("behaviour/nftables-kernel".into())];
    causes.extend(kernels.iter().filter_map(|(_, k)| *k).flat_map(|k| k.causes().cloned()));
    if available && all_fit {
        let oldest = kernels.iter().filter_map(|(_, k)| k.map(|k| k.value)).min();
        let reason = oldest.map_or_else(String::new, |k| format!("kernel {k} ≥ {oldest_kernel}, generally available"));
        draft.set(MODE_NAME, "nftables", Origin::Derived, &MODE).reason(reason).because(causes);
        return;
    }
    if available && let Some((class, _)) = kernels.iter().find(|(_, k)| k.is_none()) {
        let message = format!("{}: the kernel is not stated, so kube-proxy stays with iptables", class.name);
        findings.push(
            Finding::advice("kernel-unknown", message)
                .at(&class.place, "this class")
                .help(format!("add `os.kernel`: from {oldest_kernel} on nftables can be used")),
        );
    }
    let services = facts.cluster.services.value;
    if services > catalog::menus().iptables_services {
        let message = format!("{services} services are many for kube-proxy's iptables mode");
        findings.extend(
            facts
                .classes
                .values()
                .next()
                .map(|c| Finding::advice("iptables-many-services", message).at(&c.place, "first class")),
        );
    }
    let default = draft.default_of(MODE_NAME);
    draft
        .set(MODE_NAME, default, Origin::Default, &MODE)
        .reason("upstream's default; nftables is not possible everywhere")
        .because(causes);
}

/// A host that sets the table as well, and to something else, has two owners for one setting.
fn owners(need: &Need<'_>, per_core: i64, min: i64, version: crate::quantity::Minor, findings: &mut Vec<Finding>) {
    let Some(host) = &need.facts.host_conntrack else { return };
    let Some(set) = conntrack::effective(per_core, min, need.facts.machine.cpus.value, Some(host.value), version)
    else {
        return;
    };
    if set != host.value {
        let message =
            format!("{}: the host sets nf_conntrack_max to {}, kube-proxy to {set}", need.facts.name, host.value);
        findings.push(
            Finding::warning("sysctl-two-owners", message)
                .at(&need.facts.place, "this class")
                .help("let one own it: pin `kube-proxy/conntrack.maxPerCore` to 0, or leave the sysctl to kube-proxy"),
        );
    }
}

fn short(facts: &Facts, draft: &Draft<'_>, line: String) -> Unfit {
    let pins = [PER_CORE, MIN].iter().filter_map(|n| draft.pin(n)).filter_map(|p| place(facts, p));
    let mut asked: Vec<_> = pins.map(|p| (p, "pinned here".to_string())).collect();
    if asked.is_empty() {
        asked.extend(facts.classes.values().next().map(|c| (c.place.clone(), "this class".to_string())));
    }
    Unfit {
        class: String::new(),
        message: "no plan fits: a class needs more conntrack entries than kube-proxy would set".into(),
        asked,
        against: Vec::new(),
        conflicts: vec![Conflict { rules: vec![conntrack::TABLE.id.to_string()], arithmetic: vec![line] }],
        complete: true,
        way_out: None,
    }
}
