//! kube-proxy's own arithmetic for the connection table, by version, and settings that give every class enough of it.

use crate::because;
use crate::catalog;
use crate::facts::{Cause, ClassFacts, Known};
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

/// `maxPerCore` and `min` that satisfy every class, upstream's defaults first; or which class is short of what.
pub fn choose(
    needs: &[Need<'_>],
    per_core_pin: &[i64],
    min_pin: &[i64],
    defaults: (i64, i64),
    version: Minor,
) -> Result<(i64, i64), String> {
    let most = needs.iter().map(|n| n.entries).max().unwrap_or(0);
    // A minimum is rounded up to whole 65,536 entries, so that a few pods more do not change it.
    let raised = ceil_div(most, 65_536) * 65_536;
    let menu = &catalog::menus().conntrack_max_per_core;
    let mut candidates: Vec<(i64, i64)> = menu.iter().map(|m| (*m, defaults.1)).collect();
    candidates.extend([32_768, 16_384, 8_192, 4_096, 1_024].map(|m| (m, raised.max(defaults.1))));
    candidates.insert(0, defaults);
    let pinned = |value: i64, pin: &[i64]| pin.first().map_or(value, |only| *only);
    for (per_core, min) in &candidates {
        let (per_core, min) = (pinned(*per_core, per_core_pin), pinned(*min, min_pin));
        if needs.iter().all(|n| n.satisfied(per_core, min, version)) {
            return Ok((per_core, min));
        }
    }
    let (per_core, min) = (pinned(defaults.0, per_core_pin), pinned(defaults.1, min_pin));
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

/// Causes of what the classes need.
#[must_use]
pub fn causes(needs: &[Need<'_>], version: &Known<crate::quantity::Version>) -> Vec<Cause> {
    let mut out = because![version; Cause::Fact("menu/conntrack-max-per-core".into())];
    for need in needs {
        out.extend(because![need.facts.machine.cpus; Cause::Value(format!("{}: kubelet/maxPods", need.facts.name))]);
        out.extend(need.facts.host_conntrack.iter().flat_map(|k| k.causes().cloned()));
        out.extend(need.facts.mix.causes());
    }
    if catalog::behaviour("kube-proxy-conntrack-cap", version.value.minor).is_some() {
        out.push(Cause::Fact("behaviour/kube-proxy-conntrack-cap".into()));
    }
    out.sort();
    out.dedup();
    out
}

/// A JSON number, for defaults.
#[must_use]
pub fn number(value: &Json, otherwise: i64) -> i64 {
    value.as_i64().unwrap_or(otherwise)
}
