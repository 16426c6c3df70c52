//! What components ask of each other where a line cannot say it: who owns a sysctl, and which feature gates go together.

use super::Find;
use super::asked::gate;
use crate::catalog::{self, Owner, Together};
use crate::check::constraint::Constraint;
use crate::check::expression::{Settings, Val};
use crate::check::report;
use crate::check::scene::At;
use crate::diag::Finding;
use crate::rules::cluster::conntrack;
use serde_json::Value as Json;

pub(super) const FIND: &[(&str, Find)] = &[
    ("cgroup-driver-agrees", driver),
    ("conntrack-one-owner", table),
    ("protect-kernel-defaults", protected),
    ("sysctl-one-owner", written),
    ("feature-gate-agrees", gates),
];

const TABLE: &str = "sysctl/net.netfilter.nf_conntrack_max";
const PER_CORE: &str = "kube-proxy/conntrack.maxPerCore";
const LEAST: &str = "kube-proxy/conntrack.min";
const PROTECT: &str = "kubelet/protectKernelDefaults";

/// A whole number that a setting comes to, a text of digits included: sysctl.d has nothing else.
pub(super) fn whole(at: &At<'_>, name: &str) -> Option<i64> {
    let value = at.json(name)?;
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Who makes cgroups, of a kubelet that asks its runtime: a configuration of version 3 is read by a containerd that answers.
fn driver(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    const RUNTIMES: &str = "containerd/SystemdCgroup";
    const OWN: &str = "kubelet/cgroupDriver";
    const ANSWERS: u64 = 3;
    let Some((_, containerd)) = at.part(RUNTIMES) else { return };
    let (Some(Val::Bool(systemd)), Some(Val::Text(own))) = (at.value(RUNTIMES), at.value(OWN)) else { return };
    let says = |said: &str| said.parse::<u64>().is_ok_and(|version| version >= ANSWERS);
    let answers = containerd.said.iter().any(|(of, said, _)| *of == "containerd" && says(said));
    let asks = gate(at, "kubelet/KubeletCgroupDriverFromCRI");
    if (own == "systemd") == systemd || (answers && asks) {
        return;
    }
    let says = format!("the kubelet has cgroups made by {own}, and the container runtime does not");
    out.push(report::finding(at, constraint, &says, &[RUNTIMES.to_string(), OWN.to_string()]));
}

fn table(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(per_core) = whole(at, PER_CORE).filter(|n| *n > 0) else { return };
    let Some(stated) = whole(at, TABLE).filter(|_| at.stated(TABLE)) else { return };
    let becomes = whole(at, "machine/cpus").zip(whole(at, LEAST)).and_then(|(cpus, least)| {
        conntrack::effective(per_core, least, cpus, Some(stated), at.minor("kube-proxy")).map(|becomes| (cpus, becomes))
    });
    let says = match becomes {
        Some((_, becomes)) if becomes == stated => return,
        Some((cpus, becomes)) => {
            format!("kube-proxy makes nf_conntrack_max {becomes} on {cpus} CPUs, and sysctl.d says {stated}")
        }
        None => "sysctl.d and kube-proxy both set nf_conntrack_max".to_string(),
    };
    let blamed = [TABLE, PER_CORE, LEAST].map(ToString::to_string);
    out.push(report::finding(at, constraint, &says, &blamed));
}

/// A sysctl that somebody else writes to another value than is stated.
fn others<'o>(at: &'o At<'_>) -> impl Iterator<Item = (&'static Owner, String, i64)> + 'o {
    catalog::owners().iter().filter_map(move |owner| {
        let name = format!("sysctl/{}", owner.sysctl);
        let stated = whole(at, &name).filter(|_| at.stated(&name))?;
        let here = at.scene.parts.contains_key(owner.by.as_str());
        let so = |(setting, words): (&String, &Vec<Json>)| {
            !at.exists(setting) || at.json(setting).is_some_and(|v| words.contains(&v))
        };
        (here && stated != owner.value && owner.when.iter().all(so)).then_some((owner, name, stated))
    })
}

fn protects(at: &At<'_>) -> bool {
    at.value(PROTECT) == Some(Val::Bool(true))
}

fn protected(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    if !protects(at) {
        return;
    }
    for (owner, name, stated) in others(at).filter(|(owner, ..)| owner.by == "kubelet") {
        let says = format!("{} is {stated}, and the kubelet wants {}", owner.sysctl, owner.value);
        let own = [PROTECT.to_string(), name];
        let mut finding = report::finding(at, constraint, &says, &own);
        // The kubelet is what does not start; the sysctl is what is to be changed.
        finding.labels.reverse();
        out.push(roles(finding));
    }
}

/// The first label is the fault, the others are what it clashes with.
fn roles(mut finding: Finding) -> Finding {
    for (at, label) in finding.labels.iter_mut().enumerate() {
        label.role = if at == 0 { crate::diag::Role::Fault } else { crate::diag::Role::Clash };
        label.text = if at == 0 { "this".to_string() } else { "asked for here".to_string() };
    }
    finding
}

fn written(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (owner, name, stated) in others(at).filter(|(owner, ..)| owner.by != "kubelet" || !protects(at)) {
        let says =
            format!("{} makes {} {} at its start, and sysctl.d says {stated}", owner.by, owner.sysctl, owner.value);
        let mut blamed = vec![name];
        blamed.extend(owner.when.keys().filter(|setting| at.stated(setting)).cloned());
        out.push(report::finding(at, constraint, &says, &blamed));
    }
}

fn gates(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for gate in catalog::together() {
        disagree(at, constraint, gate, out);
    }
}

/// A component's setting of a gate and whether it is on there; a minor after the gate's last has the feature for good.
fn side(at: &At<'_>, gate: &Together, component: &str) -> Option<(String, bool)> {
    at.scene.parts.get(component)?;
    let map =
        if catalog::find(&format!("{component}/featureGates")).is_some() { "featureGates" } else { "feature-gates" };
    let before =
        |g: &&catalog::Gate| g.name == gate.name && g.spans.first().is_some_and(|s| s.since <= at.minor(component));
    let on =
        at.gate(&format!("{component}/{}", gate.name)).unwrap_or_else(|| catalog::gates().iter().any(|g| before(&g)));
    Some((format!("{component}/{map}.{}", gate.name), on))
}

fn disagree(at: &At<'_>, constraint: &'static Constraint, gate: &Together, out: &mut Vec<Finding>) {
    let sides: Vec<(String, bool)> = gate.components.iter().filter_map(|c| side(at, gate, c)).collect();
    let Some(first) = sides.iter().find(|(name, _)| at.stated(name)) else { return };
    let mut others = sides.iter().filter(|(_, on)| *on != first.1);
    let Some(other) = others.clone().find(|(name, _)| at.stated(name)).or_else(|| others.next()) else { return };
    let word = |on: bool| if on { "on" } else { "off" };
    let component = |name: &str| name.split('/').next().unwrap_or_default().to_string();
    let says = format!(
        "feature gate {} is {} in {} and {} in {}",
        gate.name,
        word(first.1),
        component(&first.0),
        word(other.1),
        component(&other.0)
    );
    let finding = report::finding(at, constraint, &says, &[first.0.clone(), other.0.clone()]);
    out.push(finding.note(format!("{} must have it alike", gate.components.join(", "))));
}
