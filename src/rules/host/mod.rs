//! The host files of a node class: sysctls, kernel modules, the container runtime's settings.
//!
//! They are planned after kube-proxy, since one sysctl has one owner, and which one depends on what kube-proxy does.

mod modules;
mod owners;
mod runtime;
mod sysctl;
mod tables;
mod units;

use super::class::ClassResult;
use super::{Draft, Rule, Values};
use crate::catalog;
use crate::diag::{Finding, Place};
use crate::facts::{Cause, ClassFacts, Facts};
use serde_json::Value as Json;

/// Rules of all concerns of the host.
pub static RULES: &[&[&Rule]] =
    &[sysctl::RULES, tables::RULES, owners::RULES, modules::RULES, runtime::RULES, units::RULES];

/// What a class's host files rest on.
struct Host<'a> {
    facts: &'a Facts,
    class: &'a ClassFacts,
    result: &'a ClassResult,
    /// kube-proxy's values; none where the plan has no kube-proxy.
    proxy: &'a Values,
    /// Whether every class has a kube-proxy of its own.
    own_proxy: bool,
}

/// Plans the host files of a class whose kube-proxy is planned: `own` where each class has its own.
pub fn plan(
    facts: &Facts,
    class: &ClassFacts,
    result: &ClassResult,
    (shared, own): (&Values, Option<&Values>),
    findings: &mut Vec<Finding>,
) -> Values {
    // A class may have values of its own and share the kube-proxy.
    let own = own.filter(|values| values.keys().any(|name| name.starts_with("kube-proxy/")));
    let host = Host { facts, class, result, proxy: own.unwrap_or(shared), own_proxy: own.is_some() };
    let mut draft = Draft::new(class.minor(), &class.pins);
    sysctl::decide(&host, &mut draft);
    tables::decide(&host, &mut draft);
    owners::decide(&host, &mut draft, findings);
    modules::decide(&host, &mut draft);
    runtime::decide(&host, &mut draft, findings);
    units::check(&host, findings);
    draft.values
}

impl Host<'_> {
    /// A finished value of this class's kubelet or its kube-proxy, upstream's default behind it.
    fn get(&self, name: &str) -> Json {
        let planned = self.result.values.get(name).or_else(|| self.proxy.get(name)).map(|v| v.value.clone());
        let version = if self.own_proxy { self.class.minor() } else { self.minor_of(name) };
        planned.or_else(|| catalog::find(name)?.default_in(version)).unwrap_or_default()
    }

    fn minor_of(&self, name: &str) -> crate::quantity::Minor {
        if name.starts_with("kube-proxy/") { self.facts.cluster.minor() } else { self.class.minor() }
    }

    /// A cause that is a value of the kubelet or of kube-proxy, where one is planned, or else its default.
    fn cause(&self, name: &str) -> Cause {
        if self.result.values.contains_key(name) || (self.own_proxy && self.proxy.contains_key(name)) {
            Cause::Value(name.into())
        } else if self.proxy.contains_key(name) {
            Cause::Value(format!("cluster: {name}"))
        } else {
            Cause::Fact(format!("default/{}/{name}", self.minor_of(name)))
        }
    }

    /// Whether the plan has a kube-proxy.
    fn has_proxy(&self) -> bool {
        self.proxy.keys().any(|name| name.starts_with("kube-proxy/"))
    }

    /// Whether this setting of the host is the user's on the platform.
    fn settable(&self, name: &str) -> bool {
        self.facts.cluster.platform_facts.settable(name)
    }

    /// What the spec says the host already has of a sysctl.
    fn has(&self, sysctl: &str) -> Option<i64> {
        self.class.host_sysctls.get(sysctl).map(|(known, _)| known.value)
    }

    /// Where a value was insisted on: its pin.
    fn pin_place(&self, name: &str) -> Option<Place> {
        self.class.pins.get(name).map(|p| self.class.pin_place(p))
    }

    /// Whether pods have addresses of IPv4, of IPv6; without stated ranges they are taken to have IPv4's.
    fn families(&self) -> (bool, bool) {
        let cidrs = &self.facts.cluster.pod_cidrs;
        let six = cidrs.iter().any(|n| n.value.max_prefix_len() == 128);
        (cidrs.is_empty() || cidrs.iter().any(|n| n.value.max_prefix_len() == 32), six)
    }

    /// What the families rest on.
    fn family_causes(&self) -> Vec<Cause> {
        let cluster = &self.facts.cluster;
        let stated = cluster.pod_cidrs.iter().flat_map(|n| n.causes().cloned());
        stated.chain(cluster.cni.causes().cloned()).collect()
    }
}

/// Enters a sysctl, unless the host is not the user's.
fn set(
    host: &Host<'_>,
    draft: &mut Draft<'_>,
    sysctl: &str,
    value: i64,
    (rule, reason): (&'static Rule, String),
    causes: Vec<Cause>,
) {
    let name = format!("sysctl/{sysctl}");
    if !host.settable(&name) {
        return;
    }
    let stated = host.class.host_sysctls.get(sysctl).into_iter().flat_map(|(known, _)| known.causes().cloned());
    draft.set(&name, value, super::Origin::Derived, rule).reason(reason).because(causes.into_iter().chain(stated));
}
