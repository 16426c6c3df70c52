//! Alerts: one for each limit that a plan relies on and that a metric shows coming, with the threshold from the plan.

mod control_plane;
mod etcd;
mod nodes;

use crate::catalog;
use crate::plan::Plan;
use crate::quantity::Minor;
use crate::rules::Values;
use std::collections::BTreeSet;

/// One alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// What it is called. Alerts of several node classes share a name and differ in the class.
    pub name: &'static str,
    /// What it watches: `node-class/NAME`, or a component.
    pub scope: String,
    /// When it fires, in PromQL.
    pub expr: String,
    /// How long that must hold.
    pub hold: String,
    /// `warning` or `critical`.
    pub severity: &'static str,
    /// What is near, in one sentence.
    pub summary: String,
    /// How the threshold comes about.
    pub arithmetic: String,
    /// Planned values that it watches over.
    pub guards: Vec<String>,
    /// Rules that made them.
    pub rules: BTreeSet<String>,
    /// Metrics that it reads.
    pub metrics: Vec<&'static str>,
}

/// Every alert of a plan: classes in order, then the control plane's.
#[must_use]
pub fn alerts(plan: &Plan) -> Vec<Alert> {
    let mut out: Vec<Alert> = Vec::new();
    for (name, class) in &plan.classes {
        out.extend(nodes::alerts(plan, name, class));
    }
    out.extend(control_plane::alerts(plan));
    out.extend(etcd::alerts(plan));
    out
}

/// Values of a scope that alerts watch over, with the version that says which metrics there are.
struct Watched<'p> {
    scope: String,
    version: Minor,
    values: Vec<&'p Values>,
}

/// What an alert says before it is known whether its metrics and values are there.
struct Draft {
    name: &'static str,
    severity: &'static str,
    hold: &'static str,
    expr: String,
    summary: String,
    arithmetic: String,
}

impl Watched<'_> {
    /// A whole number of the plan.
    fn number(&self, name: &str) -> Option<i64> {
        self.values.iter().find_map(|v| v.get(name))?.value.as_i64()
    }

    /// A text of the plan.
    fn text(&self, name: &str) -> Option<&str> {
        self.values.iter().find_map(|v| v.get(name))?.value.as_str()
    }

    /// The alert, where this version has every metric and the plan one of the values at least.
    fn alert(&self, draft: Draft, metrics: &[&'static str], guards: &[&str]) -> Option<Alert> {
        if !metrics.iter().all(|m| catalog::metric(m, self.version).is_some()) {
            return None;
        }
        let found = |name: &&str| self.values.iter().find_map(|v| v.get(*name));
        let guards: Vec<&&str> = guards.iter().filter(|g| found(g).is_some()).collect();
        if guards.is_empty() {
            return None;
        }
        Some(Alert {
            name: draft.name,
            scope: self.scope.clone(),
            expr: draft.expr,
            hold: opinion_text(draft.hold),
            severity: draft.severity,
            summary: draft.summary,
            arithmetic: draft.arithmetic,
            rules: guards.iter().filter_map(|g| found(g)).flat_map(|v| v.rules.iter().cloned()).collect(),
            guards: guards.into_iter().map(|g| (*g).to_string()).collect(),
            metrics: metrics.to_vec(),
        })
    }
}

/// An opinion of `profiles/opinions/alerts.toml` that is a text.
#[must_use]
pub fn opinion_text(key: &str) -> String {
    let found = catalog::opinion(&format!("alerts/{key}")).and_then(|o| o.value.as_str());
    found.unwrap_or_default().to_string()
}

/// One that is a number.
fn opinion(key: &str) -> i64 {
    catalog::opinion_number(&format!("alerts/{key}"))
}

/// The share `percent` of a whole, rounded down.
fn share(whole: i64, percent: i64) -> i64 {
    i64::try_from(i128::from(whole) * i128::from(percent) / 100).unwrap_or(i64::MAX)
}

/// Milliseconds as PromQL's seconds.
fn seconds(millis: i64) -> String {
    let text = format!("{}.{:03}", millis / 1000, millis % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// The 99th percentile of a histogram over five minutes, per `by`.
fn p99(metric: &str, selector: &str, by: &str) -> String {
    format!("histogram_quantile(0.99, sum by ({by}, le) (rate({metric}_bucket{{{selector}}}[5m])))")
}
