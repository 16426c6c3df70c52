//! The AWS VPC CNI: which warm target counts, what its nodes hold of the subnets, and whether that is there.

pub mod holding;

use crate::because;
use crate::diag::Finding;
use crate::facts::{Addresses, Cause, ClassFacts, Facts, InterfaceLimits, Known};
use crate::rules::class::ClassResult;
use crate::rules::{Conflict, Draft, Origin, Rule, Unfit};
use holding::{Holding, Targets, holding};
use std::collections::BTreeMap;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&WARM, &SUBNETS, &MODE];

/// Warm targets.
static WARM: Rule = Rule {
    id: "aws-vpc-warm-target",
    why: "the DaemonSet has one set of targets for all nodes; one of WARM_IP_TARGET and MINIMUM_IP_TARGET makes the plugin ignore WARM_ENI_TARGET and WARM_PREFIX_TARGET, so only those that count are set",
    source: "aws/amazon-vpc-cni-k8s pkg/ipamd/ipamd.go datastoreTargetState and isDatastorePoolTooLow; docs/eni-and-ip-target.md; docs/prefix-and-ip-target.md",
};
/// What subnets have.
static SUBNETS: Rule = Rule {
    id: "aws-vpc-subnets",
    why: "nodes hold addresses before pods use them; the scheduler does not see a subnet, so a pod without an address stays in ContainerCreating",
    source: "aws/amazon-vpc-cni-k8s docs/eni-and-ip-target.md",
};
/// Modes of the DaemonSet.
static MODE: Rule = Rule {
    id: "aws-vpc-mode",
    why: "prefix delegation and custom networking are variables of the DaemonSet, the same on all nodes",
    source: "aws/amazon-vpc-cni-k8s README.md",
};

const WARM_ENI: &str = "cni/aws-vpc.WARM_ENI_TARGET";
/// The key by which the plugin's settings are known to be the user's.
pub(super) const WARM_IP: &str = "cni/aws-vpc.WARM_IP_TARGET";
const MINIMUM_IP: &str = "cni/aws-vpc.MINIMUM_IP_TARGET";
const WARM_PREFIX: &str = "cni/aws-vpc.WARM_PREFIX_TARGET";

/// A class whose pods get addresses of interfaces.
struct Member<'a> {
    facts: &'a ClassFacts,
    limits: &'a InterfaceLimits,
    /// Pods that need an address.
    pods: i64,
}

impl Member<'_> {
    fn holds(&self, targets: &Targets) -> Holding {
        holding(self.pods, self.limits.count.value, self.limits.each.value, targets)
    }
}

/// Sets the DaemonSet's variables.
///
/// # Errors
/// The subnets have not enough addresses for what the nodes hold at least.
pub(super) fn decide(
    facts: &Facts,
    classes: &BTreeMap<String, ClassResult>,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(), Box<Unfit>> {
    let members: Vec<Member<'_>> = classes.iter().filter_map(|(name, class)| member(facts, name, class)).collect();
    if members.is_empty() {
        return Ok(());
    }
    let prefixes = modes(&members, draft, findings);
    if let Some(mtu) = &facts.cluster.network.mtu {
        // The plugin takes no more than this on any machine.
        draft
            .set("cni/aws-vpc.AWS_VPC_ENI_MTU", mtu.value, Origin::Derived, &super::mtu::MTU)
            .reason("the network's; nothing goes around a packet")
            .because(because![mtu]);
    }
    fragments(facts, prefixes, findings);
    targets(facts, &members, prefixes, draft, findings)
}

fn member<'a>(facts: &'a Facts, name: &str, class: &ClassResult) -> Option<Member<'a>> {
    let facts = facts.classes.get(name)?;
    let Addresses::Interfaces { limits, .. } = &facts.addresses else { return None };
    let host: i64 = facts.mix.fixed.iter().filter(|k| k.host_network).map(|k| k.amount).sum();
    Some(Member { facts, limits, pods: (class.pods - host).max(0) })
}

/// Variables that switch a way of addressing on; whether interfaces hold prefixes.
fn modes(members: &[Member<'_>], draft: &mut Draft<'_>, findings: &mut Vec<Finding>) -> bool {
    let mut one = |name: &str, what: &str, of: fn(&InterfaceLimits) -> Option<&Known<bool>>| {
        let stated: Vec<_> = members.iter().filter_map(|m| of(m.limits)).collect();
        let on = !stated.is_empty();
        if let Some(other) = members.iter().find(|m| on && of(m.limits).is_none()) {
            let message = format!("{}: the nodes of this class get {what} as well", other.facts.name);
            findings.push(
                Finding::warning("aws-vpc-mixed", message)
                    .at(&other.facts.place, "planned without")
                    .note(MODE.why)
                    .help("state it for every class, in `[defaults.hardware.network]`"),
            );
        }
        let because: Vec<Cause> = stated.iter().flat_map(|k| k.causes().cloned()).collect();
        if on {
            draft.set(name, true, Origin::Derived, &MODE).reason("as stated of the classes").because(because);
        } else {
            draft.keep(name, &MODE, "no class asks for it");
        }
        draft.get(name).and_then(serde_json::Value::as_bool).unwrap_or(on)
    };
    one("cni/aws-vpc.AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "custom networking", |l| l.custom.as_ref());
    one("cni/aws-vpc.ENABLE_PREFIX_DELEGATION", "prefixes", |l| l.prefixes.as_ref())
}

/// Free addresses may lie scattered, and a prefix needs sixteen in a row.
fn fragments(facts: &Facts, prefixes: bool, findings: &mut Vec<Finding>) {
    let unknown = facts.cluster.network.subnets.iter().find(|s| prefixes && s.prefixes.is_none());
    findings.extend(unknown.map(|subnet| {
        let message =
            format!("`{}`: how many of the free addresses lie in whole /28 blocks is not stated", subnet.name);
        Finding::advice("subnet-prefixes-unknown", message)
            .at(&subnet.place, "taken to be all of them")
            .note("a prefix is a whole block of 16; single addresses in use leave blocks that no prefix fits")
            .help("add `prefixes`, or reserve a part of the subnet for prefixes")
    }));
}

/// Finds the targets: upstream's own where the subnets carry them, single addresses where they do not.
fn targets(
    facts: &Facts,
    members: &[Member<'_>],
    prefixes: bool,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(), Box<Unfit>> {
    let number = |draft: &Draft<'_>, name: &str| draft.pin(name).and_then(|p| p.bounds().0.or(p.bounds().1));
    let whole = if prefixes { WARM_PREFIX } else { WARM_ENI };
    let unit = number(draft, whole).or_else(|| draft.default_of(whole).as_i64()).unwrap_or(1);
    let warm = Known::opinion("network/aws-warm-addresses");
    let (pinned_warm, pinned_least) = (number(draft, WARM_IP), number(draft, MINIMUM_IP));
    overridden(facts, draft, (pinned_warm, pinned_least), findings);
    let each_has = members.iter().map(|m| m.pods + warm.value).min().unwrap_or(0);
    let single = Targets::Addresses {
        warm: pinned_warm.unwrap_or(if pinned_least.is_some() { 0 } else { warm.value }),
        least: pinned_least.unwrap_or(if pinned_warm.is_some() { 0 } else { each_has }),
        prefixes,
    };
    let plain = if prefixes { Targets::Prefixes(unit) } else { Targets::Interfaces(unit) };
    let candidates = if pinned_warm.or(pinned_least).is_some() { vec![single] } else { vec![plain, single] };
    let (free, because) = free(facts, prefixes);
    let need = |t: &Targets| members.iter().map(|m| m.facts.count.value.saturating_mul(m.holds(t).addresses)).sum();
    let fits = |t: &&Targets| free.is_none_or(|free| free >= need(t));
    let Some(chosen) = candidates.iter().find(fits) else {
        let last = candidates.last().unwrap_or(&plain);
        return Err(Box::new(short(facts, members, last, (need(last), free.unwrap_or(0)))));
    };
    let reason = reason(members, chosen, free.map(|free| (need(chosen), free)));
    let mut causes = because;
    for m in members {
        causes.push(Cause::Value(format!("{}: kubelet/maxPods", m.facts.name)));
    }
    match chosen {
        Targets::Addresses { warm: target, least, .. } => {
            causes.extend(because![warm]);
            draft.set(WARM_IP, *target, Origin::Derived, &WARM).reason(reason.clone()).because(causes.clone());
            draft.set(MINIMUM_IP, *least, Origin::Derived, &WARM).reason(reason).because(causes);
        }
        Targets::Prefixes(n) | Targets::Interfaces(n) => {
            draft.set(whole, *n, Origin::Default, &WARM).rule(&SUBNETS).reason(reason).because(causes);
        }
    }
    Ok(())
}

/// Addresses that the subnets have for pods; `None` when no subnet is stated.
fn free(facts: &Facts, prefixes: bool) -> (Option<i64>, Vec<Cause>) {
    let subnets = &facts.cluster.network.subnets;
    let block = Known::limit("aws-prefix-addresses");
    let of = |s: &crate::facts::SubnetFacts| match (&s.prefixes, prefixes) {
        (Some(blocks), true) => (blocks.value.saturating_mul(block.value)).min(s.free.value),
        (None, true) => s.free.value / block.value * block.value,
        _ => s.free.value,
    };
    let sum = (!subnets.is_empty()).then(|| subnets.iter().map(of).sum());
    let mut because: Vec<Cause> = subnets.iter().flat_map(|s| s.free.causes().cloned()).collect();
    because.extend(subnets.iter().filter(|_| prefixes).flat_map(|s| &s.prefixes).flat_map(|p| p.causes().cloned()));
    (sum, because)
}

/// Targets that are pinned and would not be read, and one that stops a pool from growing.
fn overridden(facts: &Facts, draft: &Draft<'_>, pinned: (Option<i64>, Option<i64>), findings: &mut Vec<Finding>) {
    let Some(file) = facts.classes.values().next().map(|c| std::sync::Arc::clone(&c.file)) else { return };
    let place = |name: &str| draft.pin(name).map(|p| crate::diag::Place::new(&file, p.at.span.clone()));
    if pinned.0.or(pinned.1).is_some() {
        let (by, at) = if pinned.0.is_some() { (WARM_IP, place(WARM_IP)) } else { (MINIMUM_IP, place(MINIMUM_IP)) };
        for name in [WARM_ENI, WARM_PREFIX] {
            if let Some(here) = place(name) {
                let short = |n: &str| n.rsplit('.').next().unwrap_or_default().to_string();
                let message = format!("`{}` is not read beside `{}`", short(name), short(by));
                let mut finding =
                    Finding::warning("aws-vpc-target-unread", message).at(&here, "no effect").note(WARM.why);
                if let Some(at) = &at {
                    finding = finding.clash(at, "this one counts");
                }
                findings.push(finding);
            }
        }
    }
    if let (None, Some(least)) = pinned
        && let Some(here) = place(MINIMUM_IP)
    {
        let message = format!("with MINIMUM_IP_TARGET {least} alone, a node gets no address beyond it in time");
        findings.push(
            Finding::warning("aws-vpc-minimum-alone", message)
                .at(&here, "pinned without WARM_IP_TARGET")
                .note("the plugin then keeps no free address: the next pod fails until the pool is looked at again")
                .help("pin WARM_IP_TARGET as well"),
        );
    }
}

/// What each class's nodes hold, for three classes at most, and what all of them take of the subnets.
fn reason(members: &[Member<'_>], targets: &Targets, all: Option<(i64, i64)>) -> String {
    let mut lines: Vec<String> = members
        .iter()
        .take(3)
        .map(|m| {
            let h = m.holds(targets);
            let unused = (h.addresses - m.pods).max(0);
            format!("{}: {} addresses for {} pods, {unused} of them for none", m.facts.name, h.addresses, m.pods)
        })
        .collect();
    if members.len() > lines.len() {
        lines.push(format!("and {} classes more", members.len() - lines.len()));
    }
    if let Some((need, free)) = all {
        lines.push(format!("in all {need} of {free} free"));
    }
    lines.join("; ")
}

fn short(facts: &Facts, members: &[Member<'_>], targets: &Targets, (need, free): (i64, i64)) -> Unfit {
    let line = |m: &Member<'_>| {
        let h = m.holds(targets);
        format!(
            "{}: {} nodes × ({} for {} pods + {} of interfaces) = {}",
            m.facts.name,
            m.facts.count.value,
            h.addresses - h.interfaces,
            m.pods,
            h.interfaces,
            m.facts.count.value * h.addresses
        )
    };
    let mut arithmetic: Vec<String> = members.iter().take(4).map(line).collect();
    arithmetic.push(format!("in all {need} > {free} free"));
    Unfit {
        class: String::new(),
        message: format!("no plan fits: the nodes hold {need} addresses, and the subnets have {free}"),
        asked: members
            .iter()
            .take(4)
            .map(|m| (m.facts.place.clone(), format!("{} nodes", m.facts.count.value)))
            .collect(),
        against: facts
            .cluster
            .network
            .subnets
            .iter()
            .map(|s| (s.place.clone(), format!("{} free in `{}`", s.free.value, s.name)))
            .collect(),
        conflicts: vec![Conflict { rules: vec![SUBNETS.id.to_string()], arithmetic }],
        complete: true,
        way_out: None,
    }
}
