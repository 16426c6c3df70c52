//! kube-proxy's own arithmetic for the connection table, by version, and settings that give every class enough of it.

use crate::because;
use crate::catalog;
use crate::facts::{Cause, ClassFacts, Facts, Known, Pinned};
use crate::quantity::{Minor, ceil_div};
use crate::rules::{Rule, class::ClassResult};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&TABLE, &TIMEOUTS];

/// The table is large enough.
pub static TABLE: Rule = Rule {
    id: "conntrack-table",
    why: "kube-proxy sets the table to max(maxPerCore × CPUs, min), within its version's limits; every class must get what it needs",
    source: "kubernetes/kubernetes pkg/proxy/conntrack/sysctls.go; cmd/kube-proxy/app/server_linux.go",
};
/// Timeouts.
pub static TIMEOUTS: Rule = Rule {
    id: "conntrack-timeouts",
    why: "shorter timeouts drop idle connections that their ends still hold",
    source: "kubernetes/kubernetes pkg/proxy/apis/config/v1alpha1/defaults.go",
};

/// Who sets nf_conntrack_max on the nodes of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// kube-proxy, at every start.
    KubeProxy,
    /// Whoever sets the host's sysctls: kube-proxy leaves the table alone.
    Host,
    /// The host as well, and pods' connections are in Cilium's own tables beside: there is no kube-proxy.
    HostBesideCilium,
}

/// Who sets nf_conntrack_max, by the planned `maxPerCore` of the class's kube-proxy; none where there is no kube-proxy.
#[must_use]
pub fn owner(facts: &Facts, max_per_core: Option<i64>) -> Owner {
    match max_per_core {
        _ if facts.cluster.network.replaced.is_some() => Owner::HostBesideCilium,
        Some(n) if n > 0 => Owner::KubeProxy,
        _ => Owner::Host,
    }
}

/// What nf_conntrack_max becomes on a node with `cpus` logical CPUs whose host had `current`.
#[must_use]
pub fn effective(max_per_core: i64, min: i64, cpus: i64, current: Option<i64>, version: Minor) -> Option<i64> {
    if max_per_core <= 0 {
        // kube-proxy leaves the table alone, and `min` with it.
        return current;
    }
    let product = max_per_core.saturating_mul(cpus);
    let wanted = match catalog::behaviour("kube-proxy-conntrack-cap", version).and_then(|b| b.value) {
        Some(cap) if product > cap => cap,
        _ => product.max(min),
    };
    let raise_only = catalog::behaviour("kube-proxy-conntrack-raise-only", version).is_some();
    Some(if raise_only { wanted.max(current.unwrap_or(0)) } else { wanted })
}

/// A class and what it needs.
pub struct Need<'a> {
    /// The class.
    pub facts: &'a ClassFacts,
    /// Entries it needs.
    pub entries: i64,
}

impl<'a> Need<'a> {
    /// What a solved class needs.
    #[must_use]
    pub fn of(facts: &'a ClassFacts, result: &ClassResult) -> Self {
        Self { facts, entries: result.entries }
    }

    fn gets(&self, per_core: i64, min: i64, version: Minor) -> Option<i64> {
        let current = self.facts.host_conntrack.as_ref().map(|k| k.value);
        effective(per_core, min, self.facts.machine.cpus.value, current, version)
    }

    /// Whether a setting gives the class enough; a table that is left alone and unknown counts as enough.
    fn satisfied(&self, per_core: i64, min: i64, version: Minor) -> bool {
        self.gets(per_core, min, version).is_none_or(|got| got >= self.entries)
    }

    /// `web: 32768 × 16 = 524288 ≥ 26400 needed`.
    fn line(&self, per_core: i64, min: i64, version: Minor) -> String {
        let got = self.gets(per_core, min, version).map_or_else(|| "left alone".to_string(), |g| g.to_string());
        format!("{}: {got} for {} needed", self.facts.name, self.entries)
    }
}

/// A minimum that is enough for every class, rounded up to a whole step.
fn raised(needs: &[Need<'_>]) -> i64 {
    let step = catalog::menus().conntrack_min_step;
    ceil_div(needs.iter().map(|n| n.entries).max().unwrap_or(0), step) * step
}

/// `maxPerCore` and `min` that satisfy every class and both pins, upstream's defaults first; or which class is short.
pub fn choose(
    needs: &[Need<'_>],
    pins: (Option<&Pinned>, Option<&Pinned>),
    defaults: (i64, i64),
    version: Minor,
) -> Result<(i64, i64), String> {
    let raised = raised(needs).max(defaults.1);
    let menus = catalog::menus();
    let list = |values: Vec<i64>, pin: Option<&Pinned>| -> Vec<i64> {
        let values: Vec<Json> = values.into_iter().map(Json::from).collect();
        pin.map_or_else(|| values.clone(), |p| p.candidates(&values)).iter().filter_map(Json::as_i64).collect()
    };
    let per_core = |extra: &[i64]| {
        let mut all = vec![defaults.0];
        all.extend(menus.conntrack_max_per_core.iter().chain(extra).copied());
        list(all, pins.0)
    };
    // First without a larger minimum, which every class would share; then with one, and fewer entries per core where the
    // version caps the product.
    let plain = per_core(&[]).into_iter().flat_map(|c| list(vec![defaults.1], pins.1).into_iter().map(move |m| (c, m)));
    let larger = per_core(&menus.conntrack_max_per_core_small)
        .into_iter()
        .flat_map(|c| list(vec![raised], pins.1).into_iter().map(move |m| (c, m)));
    let candidates: Vec<(i64, i64)> = plain.chain(larger).collect();
    let works = |(per_core, min): &&(i64, i64)| needs.iter().all(|n| n.satisfied(*per_core, *min, version));
    if let Some(found) = candidates.iter().find(works) {
        return Ok(*found);
    }
    let (per_core, min) = candidates.first().copied().unwrap_or(defaults);
    let short = needs.iter().find(|n| !n.satisfied(per_core, min, version));
    Err(short.map_or_else(String::new, |n| n.line(per_core, min, version)))
}

/// What each class gets, in one line, for at most three classes; the largest waste is named.
#[must_use]
pub fn reason(needs: &[Need<'_>], per_core: i64, min: i64, version: Minor) -> String {
    let mut lines: Vec<String> = needs.iter().map(|n| n.line(per_core, min, version)).collect();
    let more = lines.len().saturating_sub(3);
    lines.truncate(3);
    if more > 0 {
        lines.push(format!("and {more} classes more"));
    }
    lines.join("; ")
}

/// Causes of the `maxPerCore` and `min` that were chosen for what the classes need, where `default` is upstream's `min`.
#[must_use]
pub fn causes(
    needs: &[Need<'_>],
    (per_core, min): (i64, i64),
    default: i64,
    version: &Known<crate::quantity::Version>,
) -> Vec<Cause> {
    let mut out = because![version; Cause::Fact("menu/conntrack-max-per-core".into())];
    if min > default && min == raised(needs) {
        out.push(Cause::Fact("menu/conntrack-min-step".into()));
    }
    if catalog::menus().conntrack_max_per_core_small.contains(&per_core) {
        out.push(Cause::Fact("menu/conntrack-max-per-core-small".into()));
    }
    for need in needs {
        // A class's pods rest on its machine and its mix, so these are not repeated for every class of a large fleet.
        out.push(Cause::Value(format!("{}: kubelet/maxPods", need.facts.name)));
        out.extend(need.facts.host_conntrack.iter().flat_map(|k| k.causes().cloned()));
    }
    // Pods with CPUs of their own leave kube-proxy fewer, and it does not count by those.
    if needs.iter().any(|n| n.facts.mix.fixed.iter().chain(&n.facts.mix.shared).any(|k| k.exclusive)) {
        out.push(Cause::Fact("behaviour/kube-proxy-counts-node-cpus".into()));
    }
    if catalog::behaviour("kube-proxy-conntrack-cap", version.value.minor).is_some() {
        out.push(Cause::Fact("behaviour/kube-proxy-conntrack-cap".into()));
    }
    out.sort();
    out.dedup();
    out
}
