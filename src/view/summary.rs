//! A plan as Markdown, for the summary of a pipeline or a pull request.

use super::show;
use crate::plan::Plan;
use crate::quantity::{Bytes, Milli};
use std::fmt::Write;

/// One table of classes, and the departures below it.
#[must_use]
pub fn markdown(plan: &Plan) -> String {
    let mut out = format!("## plimsoll: {} (Kubernetes {}, {})\n\n", plan.cluster, plan.kubernetes, plan.platform);
    out.push_str("| node class | nodes | goal | pods | allocatable CPU | allocatable memory | tight |\n|---|---:|---|---:|---:|---:|---|\n");
    for (name, class) in &plan.classes {
        let tight = class
            .values
            .get("kubelet/maxPods")
            .map(|v| v.binding.iter().map(|b| format!("`{}`", b.rule)).collect::<Vec<_>>().join(", "));
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {} | {} | {} | {} |",
            class.count,
            class.goal.0,
            class.pods,
            Milli(class.ledger.allocatable_cpu()),
            Bytes(class.ledger.allocatable_memory()),
            tight.unwrap_or_default()
        );
    }
    for (scope, name, value) in plan.all_values().filter(|(_, n, v)| v.departs() && *n == "kubelet/maxPods") {
        let _ = writeln!(out, "\n{scope}: `{name}` = {}: {}", show(&value.value), value.reason);
    }
    if !plan.findings.is_empty() {
        out.push_str("\n### Findings\n\n");
        for finding in &plan.findings {
            let _ = writeln!(
                out,
                "- **{}** `{}`: {}",
                format!("{:?}", finding.severity).to_lowercase(),
                finding.id,
                finding.message
            );
        }
    }
    out
}
