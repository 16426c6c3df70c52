//! What one pod, one GiB of memory or one core more would change: plans that were solved, held against the one there is.

use super::explain::brief;
use super::{Table, show};
use crate::compare::{allocatable, compare};
use crate::plan::Plan;
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// A plan with one thing more on every node of a class, or why there is none.
pub struct OneMore {
    /// What there is one more of.
    pub what: &'static str,
    /// The plan, or what stands in its way.
    pub outcome: Result<Box<Plan>, String>,
}

/// Values named before the others are only counted.
const NAMED: usize = 3;

/// What becomes of a class.
pub(super) fn one_more_class(plan: &Plan, class: &str, more: &[OneMore]) -> String {
    if more.is_empty() {
        return String::new();
    }
    let mut table = Table::new(4, &[false, false]);
    for one in more {
        table.row([one.what.to_string(), effect(plan, class, one)]);
    }
    format!("  one more on every node, solved again\n{}", table.text(3))
}

fn effect(plan: &Plan, class: &str, one: &OneMore) -> String {
    let after = match &one.outcome {
        Ok(after) => after,
        Err(why) => return format!("no plan: {why}"),
    };
    let comparison = compare(plan, after);
    let mut parts = Vec::new();
    if let (Some(before), Some(after)) = (plan.classes.get(class), after.classes.get(class)) {
        let both = allocatable(before).into_iter().zip(allocatable(after));
        parts.extend(both.filter(|(a, b)| a != b).map(|((what, old), (_, new))| format!("{what} {old} → {new}")));
    }
    let told = |tunable: &str| tunable == "kubelet/maxPods";
    let own = comparison.scopes.get(class).map_or(&[][..], |scope| scope.moves.as_slice());
    let own: Vec<_> = own.iter().filter(|m| !told(m.tunable)).collect();
    parts.extend(own.iter().take(NAMED).map(|m| {
        let value =
            |v: Option<&crate::rules::Value>| v.map_or_else(|| "not planned".to_string(), |v| brief(&show(&v.value)));
        format!("{} {} → {}", m.tunable, value(m.before), value(m.after))
    }));
    let rest = comparison.counts().0.saturating_sub(own.len().min(NAMED));
    let rest = rest.saturating_sub(usize::from(
        comparison.scopes.get(class).is_some_and(|s| s.moves.iter().any(|m| told(m.tunable))),
    ));
    match rest {
        0 => {}
        1 => parts.push("1 value more moves".into()),
        n => parts.push(format!("{n} values more move")),
    }
    if parts.is_empty() { "nothing changes".into() } else { parts.join("; ") }
}

/// What becomes of one value.
pub(super) fn one_more_value(plan: &Plan, (scope, name): (&str, &str), more: &[OneMore]) -> String {
    let mut out = String::new();
    let value =
        |plan: &Plan| plan.all_values().find(|(s, n, _)| *s == scope && *n == name).map(|(_, _, v)| v.value.clone());
    let now = value(plan);
    for one in more {
        let text = match &one.outcome {
            Err(why) => format!("no plan: {why}"),
            Ok(after) => match value(after) {
                after if after == now => "it stays".to_string(),
                after => after.map_or_else(|| "not planned".to_string(), |v| show(&v)),
            },
        };
        let _ = writeln!(out, "  {}: {text}", one.what);
    }
    out
}

/// What becomes of a class, or of one value of it, as JSON.
#[must_use]
pub fn one_more_json(plan: &Plan, more: &[OneMore]) -> Json {
    let one = |one: &OneMore| match &one.outcome {
        Ok(after) => json!({ "what": one.what, "result": compare(plan, after).json(&[]) }),
        Err(why) => json!({ "what": one.what, "unfit": why }),
    };
    more.iter().map(one).collect()
}
