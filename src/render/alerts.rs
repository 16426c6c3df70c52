//! Alert rules: a PrometheusRule for the operator, and the same groups as a plain rule file.

use super::{Bug, Options, Texts, fill, object, yaml};
use crate::alerts::{self, Alert};
use crate::plan::Plan;
use minijinja::context;
use serde_json::{Value as Json, json};

/// The rule files of a plan.
pub(super) fn rules(plan: &Plan, options: &Options) -> Result<Texts, Bug> {
    let list = alerts::alerts(plan);
    if list.is_empty() {
        return Ok(Texts::new());
    }
    let label = alerts::opinion_text("class-label");
    let header = [
        object::written_by(plan, "alerts", plan.kubernetes),
        format!(
            "Series of a node are told apart by the label `{label}`, the name of its node class: a relabelling rule of the"
        ),
        format!(
            "scrape configuration sets it from a label of the node (`__meta_kubernetes_node_label_…` to `{label}`)."
        ),
        "node_processes_threads needs node_exporter's --collector.processes; without it that alert is silent.".into(),
    ];
    let header: Vec<String> =
        if options.comments { header.iter().map(|l| yaml::one_line(l)).collect() } else { Vec::new() };
    let groups = groups(&list);
    let spec = json!({
        "metadata": { "name": format!("plimsoll-{}", plan.cluster) },
        "spec": { "groups": groups.clone() },
    });
    let operator = fill(
        "object.yaml",
        include_str!("../../templates/object.yaml.j2"),
        context! {
            header => header.clone(),
            api_version => "monitoring.coreos.com/v1",
            kind => "PrometheusRule",
            lines => yaml::json_lines(&spec),
        },
    )?;
    let plain = fill(
        "lines.yaml",
        include_str!("../../templates/lines.yaml.j2"),
        context! { header, lines => yaml::json_lines(&json!({ "groups": groups })) },
    )?;
    Ok(Texts::from([("alerts/prometheus-rule.yaml".into(), operator), ("alerts/rules.yaml".into(), plain)]))
}

/// One group a scope, in order.
fn groups(list: &[Alert]) -> Vec<Json> {
    let mut out: Vec<Json> = Vec::new();
    let mut at = 0;
    while let Some(first) = list.get(at) {
        let of_scope: Vec<&Alert> = list[at..].iter().take_while(|a| a.scope == first.scope).collect();
        at += of_scope.len();
        let rules: Vec<Json> = of_scope.into_iter().map(entry).collect();
        out.push(json!({ "name": format!("plimsoll-{}", first.scope.replace('/', "-")), "rules": rules }));
    }
    out
}

fn entry(alert: &Alert) -> Json {
    let rules: Vec<&str> = alert.rules.iter().map(String::as_str).collect();
    json!({
        "alert": alert.name,
        "expr": alert.expr,
        "for": alert.hold,
        "labels": { "severity": alert.severity, "plimsoll_scope": alert.scope },
        "annotations": {
            "summary": alert.summary,
            "description": alert.arithmetic,
            "plimsoll_guards": alert.guards.join(", "),
            "plimsoll_rules": rules.join(", "),
        },
    })
}
