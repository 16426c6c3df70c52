//! The network plugin's own settings, one file a plugin: what it hands out, what it tracks, and what a packet may weigh.

pub mod aws;
mod calico;
pub mod cilium;
mod flannel;
mod mtu;

use super::node_cidr::Envelope;
use crate::diag::Finding;
use crate::facts::Facts;
use crate::rules::class::ClassResult;
use crate::rules::{Draft, Rule, Unfit};
use std::collections::BTreeMap;

/// Rules of all plugins.
pub static RULES: &[&[&Rule]] = &[aws::RULES, calico::RULES, cilium::RULES, flannel::RULES, mtu::RULES];

/// Plans the plugin that the cluster has, where it is the user's to set.
///
/// # Errors
/// Subnets without addresses for every node, or more connections than a table can have.
pub fn decide(
    facts: &Facts,
    envelope: &Envelope,
    classes: &BTreeMap<String, ClassResult>,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(), Box<Unfit>> {
    let own = |name: &str| facts.cluster.platform_facts.settable(name);
    match facts.cluster.cni.value.as_str() {
        "aws-vpc" if own(aws::WARM_IP) => aws::decide(facts, classes, draft, findings)?,
        "calico" if own(calico::BLOCK) => calico::decide(facts, classes, draft),
        "cilium" if own(cilium::TCP) => cilium::decide(facts, envelope, classes, draft, findings)?,
        "flannel" if own(flannel::NETWORK) => flannel::decide(facts, draft),
        _ => {}
    }
    Ok(())
}
