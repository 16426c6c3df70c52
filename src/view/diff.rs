//! The screens of `plimsoll diff`.

use super::{Table, show};
use crate::current::Amounts;
use crate::diff::{Change, Class, Diff, Origin, ScopeDiff};
use crate::plan::Plan;
use crate::quantity::{Bytes, Milli};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Titles of the groups, in the order in which they are shown.
const GROUPS: [(Class, &str, char); 3] = [
    (Class::Behaviour, "changes behaviour", '~'),
    (Class::NoEffect, "no effect in", '-'),
    (Class::Invalid, "invalid", '!'),
];

/// The whole screen. With `all`, what does not change is listed, too.
#[must_use]
pub fn diff(plan: &Plan, diff: &Diff, all: bool) -> String {
    let mut out = String::new();
    for (name, scope) in classes_first(diff) {
        let _ = write!(out, "{name}{}", scope.count.map_or_else(String::new, |n| format!("   {}", nodes(n))));
        if !all && scope.changes.iter().all(|c| c.class == Class::Default || c.left_alone()) {
            let _ = writeln!(out, "   nothing differs: {}", counts(scope, all));
            continue;
        }
        out.push('\n');
        if let Some((before, after)) = &scope.allocatable {
            allocatable(&mut out, before, after, scope.count.unwrap_or(0));
        }
        for (class, title, mark) in GROUPS {
            let title = if class == Class::NoEffect { format!("{title} {}", scope.version) } else { title.to_string() };
            group(&mut out, scope.of(class).filter(|c| !c.left_alone()), &title, mark);
        }
        group(&mut out, scope.changes.iter().filter(|c| c.left_alone()), "left alone", '=');
        if all {
            group(&mut out, scope.of(Class::Default), "equal the default", '-');
            unchanged(&mut out, scope);
        }
        let _ = writeln!(out, "  {}\n", counts(scope, all));
    }
    if diff.differs() {
        closing(&mut out, diff);
    } else {
        let _ = writeln!(out, "{}: nothing differs from the plan", plan.cluster);
    }
    out
}

/// Scopes with nodes, then the others.
fn classes_first(diff: &Diff) -> impl Iterator<Item = (&String, &ScopeDiff)> {
    let classes = diff.scopes.iter().filter(|(_, s)| s.count.is_some());
    classes.chain(diff.scopes.iter().filter(|(_, s)| s.count.is_none()))
}

fn nodes(count: i64) -> String {
    format!("{count} node{}", if count == 1 { "" } else { "s" })
}

/// `6 equal the default, 131 unchanged (--all)`.
fn counts(scope: &ScopeDiff, all: bool) -> String {
    let hint = if all { "" } else { " (--all)" };
    format!("{} equal the default, {} unchanged{hint}", scope.of(Class::Default).count(), scope.unchanged.len())
}

fn allocatable(out: &mut String, before: &Amounts, after: &Amounts, count: i64) {
    let mut table = Table::new(2, &[false, true, true, false]);
    table.row(["allocatable", "now", "planned"]);
    let rows = [
        ("  cpu", before.cpu, after.cpu, (|n| Milli(n).to_string()) as fn(i64) -> String),
        ("  memory", before.memory, after.memory, mi),
        ("  storage", before.storage, after.storage, gi),
        ("  pods", before.pods, after.pods, |n| n.to_string()),
    ];
    for (what, now, then, text) in rows {
        let shown = |amount: Option<i64>| amount.map_or_else(|| "unknown".to_string(), text);
        // A machine whose disks are not stated has no storage to speak of.
        if now.is_none() && then.is_none() {
            continue;
        }
        let mut note = now.zip(then).filter(|(a, b)| a != b).map_or_else(String::new, |(a, b)| signed(b - a, text));
        if what == "  memory" && !note.is_empty() && count > 1 {
            let total = now.zip(then).map_or(0, |(a, b)| (b - a).saturating_mul(count));
            let _ = write!(note, " a node, {} in all", signed(total, gi));
        }
        table.row([what.to_string(), shown(now), shown(then), note]);
    }
    out.push_str(&table.text(3));
}

fn signed(amount: i64, text: fn(i64) -> String) -> String {
    format!("{}{}", if amount < 0 { "−" } else { "+" }, text(amount.saturating_abs()))
}

/// Whole MiB where that is exact, as `plan` shows them.
fn mi(bytes: i64) -> String {
    if bytes % Bytes::MI == 0 { format!("{}Mi", bytes / Bytes::MI) } else { Bytes(bytes).to_string() }
}

/// GiB with one decimal.
fn gi(bytes: i64) -> String {
    let tenths = (i128::from(bytes) * 10 + (1 << 29)) >> 30;
    format!("{}.{}Gi", tenths / 10, tenths % 10)
}

fn group<'a>(out: &mut String, changes: impl Iterator<Item = &'a Change>, title: &str, mark: char) {
    let changes: Vec<&Change> = changes.collect();
    if changes.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n  {title}");
    let width = changes.iter().map(|c| value(&c.tunable, &c.before).chars().count()).max().unwrap_or(0);
    let mut table = Table::new(4, &[false, false, false]);
    // A risk that several changes share is said once.
    let mut said = BTreeSet::new();
    for change in changes {
        let acts = matches!(change.class, Class::Behaviour | Class::Invalid);
        let risk = if said.insert(change.risk.as_str()) { change.risk.as_str() } else { "" };
        let parts = [if acts { change.cost.as_str() } else { "" }, risk, change.reason.as_str()];
        let why = parts.iter().filter(|p| !p.is_empty()).map(|p| one_line(p)).collect::<Vec<_>>().join("; ");
        let before = value(&change.tunable, &change.before);
        let after = value(&change.tunable, &change.after);
        table.row([format!("{mark} {}", one_line(&change.tunable)), format!("{before:>width$} → {after}"), why]);
    }
    out.push_str(&table.text(2));
}

fn unchanged(out: &mut String, scope: &ScopeDiff) {
    if scope.unchanged.is_empty() {
        return;
    }
    out.push_str("\n  unchanged\n");
    let mut table = Table::new(4, &[false, false]);
    for (name, shown) in &scope.unchanged {
        table.row([format!("= {name}"), value(name, shown)]);
    }
    out.push_str(&table.text(2));
}

/// A value in one line; a signal that is switched off says so.
fn value(tunable: &str, value: &Json) -> String {
    const WIDEST: usize = 48;
    if tunable.contains("/eviction") && value.as_str() == Some("0%") {
        return "off".into();
    }
    cut(&one_line(&show(value)), WIDEST)
}

/// What a file holds is shown without its control characters, and not without end.
fn one_line(text: &str) -> String {
    const WIDEST: usize = 160;
    let plain: String = text.chars().map(|c| if c.is_control() { '·' } else { c }).take(WIDEST + 1).collect();
    cut(&plain, WIDEST)
}

fn cut(text: &str, widest: usize) -> String {
    text.char_indices().nth(widest).map_or_else(|| text.to_string(), |(at, _)| format!("{}…", &text[..at]))
}

fn closing(out: &mut String, diff: &Diff) {
    if diff.order.is_empty() {
        out.push_str("order   nothing needs to be restarted\n");
        return;
    }
    let mut table = Table::new(0, &[false, true, false]);
    for (at, step) in diff.order.iter().enumerate() {
        table.row([if at == 0 { "order".to_string() } else { String::new() }, (at + 1).to_string(), step.clone()]);
    }
    out.push_str(&table.text(2));
    let needs = |costs: &[&str]| {
        let acting = diff.scopes.values().flat_map(|s| s.of(Class::Behaviour).chain(s.of(Class::Invalid)));
        acting.into_iter().any(|c| costs.contains(&c.cost.as_str()))
    };
    let drain = needs(&["drain", "remove-state", "reboot", "new-node"]);
    let reboot = needs(&["reboot", "new-node"]);
    let none = [(drain, "no drain"), (reboot, "no reboot")]
        .iter()
        .filter(|(needed, _)| !needed)
        .map(|(_, text)| *text)
        .collect::<Vec<_>>();
    if !none.is_empty() {
        let _ = writeln!(out, "       {}", none.join(", "));
    }
}

/// One table per scope, for a pull request.
#[must_use]
pub fn diff_markdown(plan: &Plan, diff: &Diff) -> String {
    let mut out = format!("## plimsoll diff: {}\n", plan.cluster);
    for (name, scope) in classes_first(diff) {
        let _ = writeln!(out, "\n### {name}{}\n", scope.count.map_or_else(String::new, |n| format!(" ({})", nodes(n))));
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
            out.push_str("| | tunable | before | after | cost | why |\n|---|---|---|---|---|---|\n");
        }
        for change in shown {
            let class = serde_json::to_value(change.class)
                .ok()
                .and_then(|v| v.as_str().map(ToString::to_string))
                .unwrap_or_default();
            let origin = if change.before_origin == Origin::Default { " (default)" } else { "" };
            let why = [&change.risk, &change.reason]
                .into_iter()
                .filter(|p| !p.is_empty())
                .map(|p| cell(p))
                .collect::<Vec<_>>()
                .join("; ");
            let _ = writeln!(
                out,
                "| {class} | `{}` | {}{origin} | {} | {} | {why} |",
                cell(&change.tunable),
                cell(&value(&change.tunable, &change.before)),
                cell(&value(&change.tunable, &change.after)),
                change.cost
            );
        }
        let _ = writeln!(out, "\n{}", counts(scope, true));
    }
    if !diff.order.is_empty() {
        out.push_str("\n### Order\n\n");
        for (at, step) in diff.order.iter().enumerate() {
            let _ = writeln!(out, "{}. {step}", at + 1);
        }
    }
    out
}

/// Text that stays within its cell.
fn cell(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace('`', "'")
}

/// The unified diff of a current file against the one that `render` writes; empty when they are the same.
#[must_use]
pub fn unified(before: (&str, &str), after: (&str, &str), fenced: bool) -> String {
    let text = similar::TextDiff::from_lines(before.1, after.1)
        .unified_diff()
        .context_radius(3)
        .header(before.0, after.0)
        .to_string();
    match (text.is_empty(), fenced) {
        (true, _) => String::new(),
        (false, true) => format!("\n```diff\n{text}```\n"),
        (false, false) => format!("\n{text}"),
    }
}
