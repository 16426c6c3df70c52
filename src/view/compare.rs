//! The screens of `plimsoll compare`.

use super::{Table, show};
use crate::compare::{Comparison, Move, Scope, allocatable, totals};
use crate::plan::{ClassPlan, Plan};
use crate::rules::Value;
use crate::spec::Set;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Longest value in a column: maps and lists are read with `explain`.
const WIDTH: usize = 44;

/// Two plans side by side.
#[must_use]
pub fn comparison(comparison: &Comparison<'_>, sets: &[Set]) -> String {
    let sets: Vec<String> = sets.iter().map(|s| format!("{} = {}", s.key, s.value)).collect();
    let mut out = format!("{}   with {}\n\n", comparison.before.cluster, sets.join(", "));
    let mut table = Table::new(2, &[false, true, true]);
    table.row(["", "before", "after"]);
    let (before, after) = (totals(comparison.before), totals(comparison.after));
    table.row(["nodes".to_string(), before.0.to_string(), after.0.to_string()]);
    table.row(["pods".to_string(), before.1.to_string(), after.1.to_string()]);
    out.push_str(&table.text(3));
    for (name, scope) in classes_first(comparison) {
        screen(&mut out, name, scope);
    }
    for finding in &comparison.gone {
        let _ = writeln!(out, "\nno longer said: {}: {}", finding.id, finding.message);
    }
    let (moves, same) = comparison.counts();
    let _ = writeln!(out, "\n{moves} values move, {same} stay");
    out
}

/// Scopes that are node classes, then the others; those in which nothing moves are counted at the end.
fn classes_first<'c>(comparison: &'c Comparison<'_>) -> impl Iterator<Item = (&'c str, &'c Scope<'c>)> {
    let is_class = |scope: &Scope<'_>| scope.class.0.is_some() || scope.class.1.is_some();
    let (classes, others): (Vec<_>, Vec<_>) =
        comparison.scopes.iter().map(|(name, scope)| (*name, scope)).partition(|(_, scope)| is_class(scope));
    classes.into_iter().chain(others)
}

fn screen(out: &mut String, name: &str, scope: &Scope<'_>) {
    let count = |class: Option<&ClassPlan>| class.map_or_else(|| "–".to_string(), |c| c.count.to_string());
    let nodes = match scope.class {
        (None, None) => String::new(),
        (a, b) if count(a) == count(b) => format!("   {} nodes", count(a)),
        (a, b) => format!("   {} → {} nodes", count(a), count(b)),
    };
    if scope.moves.is_empty() && nodes.is_empty() {
        return;
    }
    let _ = write!(out, "\n{name}{nodes}");
    if scope.moves.is_empty() {
        let _ = writeln!(out, "   no value moves");
        return;
    }
    out.push('\n');
    if let (Some(before), Some(after)) = scope.class {
        let both = allocatable(before).into_iter().zip(allocatable(after));
        for ((what, old), (_, new)) in both.filter(|(a, b)| a != b) {
            let _ = writeln!(out, "  allocatable {what}   {old} → {new}");
        }
    }
    let mut table = Table::new(2, &[false, false, false]);
    for one in &scope.moves {
        table.row([one.tunable.to_string(), arrow(one), why(one)]);
    }
    out.push_str(&table.text(2));
}

fn arrow(one: &Move<'_>) -> String {
    format!("{} → {}", planned(one.before), planned(one.after))
}

fn planned(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| "not planned".to_string(), |v| show(&v.value));
    if text.chars().count() <= WIDTH {
        return text;
    }
    text.chars().take(WIDTH - 1).chain(['…']).collect()
}

fn why(one: &Move<'_>) -> String {
    one.after.map_or_else(|| "no longer planned".to_string(), |v| v.reason.clone())
}

/// One key swept: a column for each of its values, a row for each planned value that is not the same in all.
#[must_use]
pub fn sweep(spec: &Plan, key: &str, points: &[(i64, Option<&Plan>)]) -> String {
    let plans: Vec<Option<&Plan>> = points.iter().map(|(_, plan)| *plan).collect();
    let mut right = vec![false];
    right.resize(points.len() + 1, true);
    let mut table = Table::new(2, &right);
    let head = points.iter().map(|(value, _)| value.to_string());
    table.row(std::iter::once(String::new()).chain(head));
    let total =
        |of: fn(&Plan) -> i64| plans.iter().map(move |p| p.map_or_else(|| "no plan".into(), |p| of(p).to_string()));
    table.row(std::iter::once("nodes".to_string()).chain(total(|p| totals(p).0)));
    table.row(std::iter::once("pods".to_string()).chain(total(|p| totals(p).1)));
    let mut cells: BTreeMap<(&str, &str), Vec<Option<&Value>>> = BTreeMap::new();
    for (at, plan) in plans.iter().enumerate() {
        for (scope, name, value) in plan.iter().flat_map(|p| p.all_values()) {
            cells.entry((scope, name)).or_insert_with(|| vec![None; plans.len()])[at] = Some(value);
        }
    }
    let (mut moves, mut same) = (0, 0);
    for ((scope, name), row) in cells {
        let there: Vec<Option<&Value>> =
            row.iter().zip(&plans).filter(|(_, plan)| plan.is_some()).map(|(v, _)| *v).collect();
        if there.windows(2).all(|pair| pair[0].map(|v| &v.value) == pair[1].map(|v| &v.value)) {
            same += 1;
            continue;
        }
        moves += 1;
        let texts =
            row.iter().zip(&plans).map(|(value, plan)| if plan.is_some() { planned(*value) } else { "–".into() });
        table.row(std::iter::once(format!("{scope}: {name}")).chain(texts));
    }
    format!("{}   {key}\n\n{}\n{moves} values move, {same} stay\n", spec.cluster, table.text(3))
}
