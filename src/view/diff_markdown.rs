//! `plimsoll diff` as Markdown, for a pull request.

use super::diff::{classes_first, counts, mi, nodes, one_line, overcommitted, short, value};
use crate::diff::usage::Usage;
use crate::diff::{Change, Class, Diff, Origin};
use crate::quantity::Milli;
use std::fmt::Write;

/// One table per scope, for a pull request.
#[must_use]
pub fn diff_markdown(title: &str, diff: &Diff) -> String {
    let mut out = format!("## plimsoll diff: {title}\n");
    for (name, scope) in classes_first(diff) {
        let from = scope.from.as_ref().map_or_else(String::new, |from| format!(", {from} → {}", scope.version));
        let count = scope.count.map_or_else(String::new, |n| format!(" ({})", nodes(n)));
        let _ = writeln!(out, "\n### {name}{count}{from}\n");
        if let Some((before, after)) = &scope.allocatable {
            let pair = |a: Option<i64>, b: Option<i64>, text: fn(i64) -> String| {
                let shown = |n: Option<i64>| n.map_or_else(|| "unknown".to_string(), text);
                if a == b { shown(a) } else { format!("{} → {}", shown(a), shown(b)) }
            };
            let cpu = pair(before.cpu, after.cpu, |n| Milli(n).to_string());
            let memory = pair(before.memory, after.memory, mi);
            let _ = writeln!(
                out,
                "Allocatable: cpu {cpu}; memory {memory}; pods {}\n",
                pair(before.pods, after.pods, |n| n.to_string())
            );
        }
        let shown: Vec<&Change> = scope.changes.iter().filter(|c| c.class != Class::Default).collect();
        if !shown.is_empty() {
            out.push_str("| | tunable | before | after | cost | risk | why |\n|---|---|---|---|---|---|---|\n");
        }
        for change in shown {
            let class = serde_json::to_value(change.class)
                .ok()
                .and_then(|v| v.as_str().map(ToString::to_string))
                .unwrap_or_default();
            let origin = if change.before_origin == Origin::Default { " (default)" } else { "" };
            let _ = writeln!(
                out,
                "| {class} | `{}` | {}{origin} | {} | {} | {} | {} |",
                cell(&change.tunable),
                cell(&value(&change.tunable, &change.before)),
                cell(&value(&change.tunable, &change.after)),
                if change.acts() { change.cost_text.as_str() } else { "" },
                cell(&change.risk),
                cell(&change.reason)
            );
        }
        let _ = writeln!(out, "\n{}", counts(scope, true));
    }
    if let Some(usage) = &diff.usage {
        usage_list(&mut out, usage);
    }
    if !diff.order.is_empty() {
        out.push_str("\n### Order\n\n");
        for (at, step) in diff.order.iter().enumerate() {
            let _ = writeln!(out, "{}. {}: {}", at + 1, step.step, step.why);
        }
    }
    out
}

fn usage_list(out: &mut String, usage: &Usage) {
    out.push_str("\n### Usage\n\n");
    for (name, class) in &usage.classes {
        let _ = writeln!(out, "- {name}: {}", overcommitted(class));
        for (resource, nodes, worst) in short(class) {
            let _ = writeln!(out, "  - {resource}: {nodes}, {}", cell(&worst));
        }
    }
    for (node, why) in &usage.unknown {
        let _ = writeln!(out, "- of no class: {}: {}", cell(node), cell(why));
    }
}

/// Text that stays within its cell.
fn cell(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace('`', "'")
}
