//! "No plan fits" as findings, so that every output format can show it.

use crate::diag::{Finding, Fix};
use crate::rules::Unfit;

/// One finding per class (or the cluster) that cannot be planned.
#[must_use]
pub fn findings(list: &[Unfit]) -> Vec<Finding> {
    list.iter().map(finding).collect()
}

fn finding(unfit: &Unfit) -> Finding {
    let mut out = Finding::error("plan-infeasible", unfit.message.clone());
    for (place, text) in &unfit.asked {
        out = out.at(place, text.clone());
    }
    for (place, text) in &unfit.against {
        out = out.clash(place, text.clone());
    }
    let count = unfit.conflicts.len();
    for (at, conflict) in unfit.conflicts.iter().enumerate() {
        let lines: Vec<&str> = conflict.arithmetic.iter().map(String::as_str).collect();
        let rules = conflict.rules.iter().map(|r| format!("`{r}`")).collect::<Vec<_>>().join(", ");
        out = out.note(format!("conflict {} of {count}, {rules}:\n{}", at + 1, lines.join("\n")));
    }
    if !unfit.complete {
        out = out.note("there may be more conflicts: the search stopped at its limit");
    }
    match &unfit.way_out {
        Some(way) => out.fix(Fix {
            title: way.text.clone(),
            path: way.place.path.to_string(),
            span: way.place.span.clone(),
            replacement: way.replacement.clone(),
            verified: true,
            safe: false,
        }),
        None => out,
    }
}
