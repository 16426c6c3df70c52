//! What is one for the whole cluster: addresses per node, kube-proxy, scheduler, controller-manager, etcd.

mod agree;
pub mod api_server;
pub mod autoscaling;
pub mod cni;
pub mod conntrack;
pub mod controller_manager;
pub mod dns;
mod election;
mod etcd;
pub mod load;
mod node_cidr;
mod proxy;
pub mod scheduler;

pub use node_cidr::{Envelope, envelope};

use super::class::ClassResult;
use super::follow::follow;
use super::{Draft, Rule, Unfit, Values, host};
use crate::catalog::{self, Home, Platform};
use crate::diag::Finding;
use crate::facts::{Cause, Facts, Known};
use load::{Churn, Load};
use std::collections::BTreeMap;

/// Rules of all concerns of the cluster.
pub static RULES: &[&[&Rule]] = &[
    node_cidr::RULES,
    conntrack::RULES,
    proxy::RULES,
    scheduler::RULES,
    controller_manager::RULES,
    election::RULES,
    etcd::RULES,
    autoscaling::RULES,
    api_server::RULES,
    dns::RULES,
    agree::RULES,
    &[&PINNED],
];

/// A pin on something nothing is planned for.
static PINNED: Rule = Rule {
    id: "pinned-cluster",
    why: "the spec pins it for the cluster and nothing else is planned for it",
    source: "the spec",
};

/// What the cluster comes to.
#[derive(Clone, Debug, Default)]
pub struct ClusterResult {
    /// kube-proxy, shared by all classes.
    pub shared: Values,
    /// Scheduler, controller-manager, etcd.
    pub control_plane: Values,
    /// What nodes and pods ask of the control plane, where it is the user's.
    pub load: Option<Load>,
    /// What is planned for a class once the classes are solved: its host files, and its kube-proxy where each has its own.
    pub per_class: BTreeMap<String, Values>,
    /// Findings.
    pub findings: Vec<Finding>,
}

/// Totals that the cluster's rules rest on.
pub struct Totals {
    /// Pods of all classes at maxPods.
    pub pods: Known<i64>,
}

fn totals(facts: &Facts, classes: &BTreeMap<String, ClassResult>) -> Totals {
    let sum = classes.iter().filter_map(|(name, class)| Some(facts.classes.get(name)?.count.value * class.pods)).sum();
    let mut pods = facts.cluster.nodes.map(|_| sum);
    for name in classes.keys() {
        pods = pods.and(Cause::Value(format!("{name}: kubelet/maxPods")));
    }
    Totals { pods }
}

/// Plans the cluster from its solved classes.
///
/// # Errors
/// Why no plan fits.
pub fn plan(
    facts: &Facts,
    envelope: &Envelope,
    classes: &BTreeMap<String, ClassResult>,
) -> Result<ClusterResult, Box<Unfit>> {
    let cluster = &facts.cluster;
    let totals = totals(facts, classes);
    let mut out = ClusterResult::default();
    out.findings.extend(agree::remarks(facts));
    let mut shared = Draft::new(cluster.minor(), &cluster.pins);
    if cluster.network.replaced.is_some() {
        out.findings.extend(proxy::replaced(facts));
    } else if cluster.proxy_per_class.is_some() {
        for (name, class) in &facts.classes {
            let one = BTreeMap::from([(name.clone(), classes.get(name))]);
            let mut draft = Draft::new(class.minor(), &class.pins);
            proxy::decide(facts, &one, &mut draft, &mut out.findings)?;
            pinned(&mut draft, "kube-proxy");
            follow("kube-proxy", Some(class), &mut draft);
            out.per_class.insert(name.clone(), draft.values);
        }
    } else {
        let all = classes.iter().map(|(n, c)| (n.clone(), Some(c))).collect();
        proxy::decide(facts, &all, &mut shared, &mut out.findings)?;
        pinned(&mut shared, "kube-proxy");
        follow("kube-proxy", None, &mut shared);
    }
    cni::decide(facts, envelope, classes, &mut shared, &mut out.findings)?;
    let proxies = out.per_class.values().chain([&shared.values]);
    let intercepts = !proxies.filter_map(|v| v.get("kube-proxy/mode")?.value.as_str()).any(|mode| mode != "iptables");
    dns::decide(facts, &totals, intercepts, &mut shared, &mut out.findings);
    let scaled = autoscaling::decide(facts, classes, &mut shared);
    out.findings.extend(scaled.findings);
    for (name, mut values) in scaled.per_class {
        out.per_class.entry(name).or_default().append(&mut values);
    }
    for component in catalog::living(Home::Cluster).filter(|c| *c != "kube-proxy") {
        pinned(&mut shared, component);
    }
    out.shared = shared.values;
    for (name, class) in &facts.classes {
        let Some(result) = classes.get(name) else { continue };
        let proxy = (&out.shared, out.per_class.get(name));
        let host = host::plan(facts, class, result, proxy, &mut out.findings);
        out.per_class.entry(name.clone()).or_default().extend(host);
    }
    if cluster.platform_facts.control_plane {
        let mut draft = Draft::new(cluster.minor(), &cluster.pins);
        node_cidr::decide(facts, envelope, classes, &mut draft, &mut out.findings)?;
        let churn = Churn::of(facts, &totals);
        let event_ttl = api_server::events::decide(&churn, &mut draft);
        let load = Load::of(facts, &totals, classes, churn, &event_ttl);
        // etcd first: how many terminated pods may stay depends on its quota.
        let reload = |changed: &Facts| Load::of(changed, &totals, classes, Churn::of(changed, &totals), &event_ttl);
        etcd::decide(facts, &load, &reload, &mut draft, &mut out.findings)?;
        api_server::decide(facts, &load, classes, &mut draft, &mut out.findings);
        // What controllers and scheduler may ask follows from etcd's elections and the API servers' seats.
        scheduler::decide(facts, &load, &mut draft);
        controller_manager::decide(facts, classes, &load, &mut draft, &mut out.findings);
        // Seats or CPUs that are missing are said where they are missing, and not again of each client that waits for them.
        if out.findings.iter().any(|f| ["apiserver-seats-short", "apiserver-cpu"].contains(&f.id)) {
            out.findings.retain(|f| f.id != "controller-rates-short");
        }
        // etcd's have been entered with its own version's defaults.
        for component in catalog::living(Home::ControlPlane).filter(|c| !["etcd", "etcd-events"].contains(c)) {
            pinned(&mut draft, component);
            follow(component, None, &mut draft);
        }
        out.control_plane = draft.values;
        out.load = Some(load);
    } else {
        out.findings.extend(not_yours(facts));
        out.findings.extend(controller_manager::not_yours(facts));
    }
    Ok(out)
}

/// What to do where the platform takes a setting of a component that it runs.
fn own_way(platform: &Platform, name: &str) -> Option<String> {
    platform.settable(name).then(|| "the platform takes it through its own API, which plimsoll does not write".into())
}

/// Pins on components that the platform runs cannot be kept.
fn not_yours(facts: &Facts) -> Vec<Finding> {
    let cluster = &facts.cluster;
    let pins = cluster.pins.iter().filter(|(name, _)| catalog::home_of(name) == Some(Home::ControlPlane));
    pins.filter_map(|(name, pinned)| {
        let file = facts.classes.values().next().map(|c| std::sync::Arc::clone(&c.file))?;
        let place = crate::diag::Place::new(&file, pinned.at.key_span.clone());
        let message = format!("`{name}` cannot be set on {}", cluster.platform.value);
        Some(
            Finding::error("control-plane-not-yours", message)
                .at(&place, "pinned here")
                .note(cluster.platform_facts.control_plane_reason.clone())
                .help_if(own_way(cluster.platform_facts, name)),
        )
    })
    .collect()
}

/// Enters every pin of a component that no rule has used.
fn pinned(draft: &mut Draft<'_>, component: &str) {
    let own = |name: &String| name.strip_prefix(component).is_some_and(|rest| rest.starts_with('/'));
    for name in draft.pins().keys().filter(|n| own(n)) {
        if !draft.values.contains_key(name) {
            let default = draft.default_of(name);
            draft.set(name, default, super::Origin::Pinned, &PINNED).because([]);
        }
    }
}
