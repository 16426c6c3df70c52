//! The screens of `plimsoll diff`.

use super::{Table, show};
use crate::catalog;
use crate::current::Amounts;
use crate::diff::usage::{ClassUsage, Usage, text as amount};
use crate::diff::{Change, Class, Diff, ScopeDiff};
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
pub fn diff(title: &str, diff: &Diff, all: bool) -> String {
    let mut out = String::new();
    for (name, scope) in classes_first(diff) {
        let _ = write!(out, "{name}{}", scope.count.map_or_else(String::new, |n| format!("   {}", nodes(n))));
        if let Some(from) = &scope.from {
            let _ = write!(out, "   {from} → {}", scope.version);
        }
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
        if all {
            group(&mut out, scope.changes.iter().filter(|c| c.left_alone()), "left alone", '=');
            group(&mut out, scope.of(Class::Default), "equal the default", '-');
            unchanged(&mut out, scope);
        }
        let _ = writeln!(out, "  {}\n", counts(scope, all));
    }
    if let Some(usage) = &diff.usage {
        out.push_str(&usage_text(usage));
        out.push('\n');
    }
    if diff.differs() {
        closing(&mut out, diff);
    } else {
        let _ = writeln!(out, "{title}: nothing differs");
    }
    out
}

/// Scopes with nodes, then the others.
pub(super) fn classes_first(diff: &Diff) -> impl Iterator<Item = (&String, &ScopeDiff)> {
    let classes = diff.scopes.iter().filter(|(_, s)| s.count.is_some());
    classes.chain(diff.scopes.iter().filter(|(_, s)| s.count.is_none()))
}

pub(super) fn nodes(count: i64) -> String {
    format!("{count} node{}", if count == 1 { "" } else { "s" })
}

/// `6 equal the default, 131 unchanged, 40 left alone (--all)`.
pub(super) fn counts(scope: &ScopeDiff, all: bool) -> String {
    let hint = if all { "" } else { " (--all)" };
    let left = scope.changes.iter().filter(|c| c.left_alone()).count();
    let left = if left == 0 { String::new() } else { format!(", {left} left alone") };
    format!("{} equal the default, {} unchanged{left}{hint}", scope.of(Class::Default).count(), scope.unchanged.len())
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
pub(super) fn mi(bytes: i64) -> String {
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
        let acts = change.acts();
        let risk = if said.insert(change.risk.as_str()) { change.risk.as_str() } else { "" };
        let parts = [if acts { change.cost_text.as_str() } else { "" }, risk, change.reason.as_str()];
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
pub(super) fn value(tunable: &str, value: &Json) -> String {
    const WIDEST: usize = 48;
    if tunable.contains("/eviction") && value.as_str() == Some("0%") {
        return "off".into();
    }
    cut(&one_line(&show(value)), WIDEST)
}

/// What a file holds is shown without its control characters, and not without end.
pub(super) fn one_line(text: &str) -> String {
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
    for (at, step) in diff.order.iter().enumerate() {
        let lead = if at == 0 { "order" } else { "" };
        let _ = writeln!(out, "{lead:5} {:2}  {}\n          {}", at + 1, step.step, step.why);
    }
    let needs = |what: fn(&catalog::ChangeCost) -> bool| {
        let acting = diff.scopes.values().flat_map(|s| &s.changes).filter(|c| c.acts());
        acting.filter_map(|c| catalog::change_cost(&c.cost)).any(|(_, cost)| what(cost))
    };
    let drain = needs(|cost| cost.drain);
    let reboot = needs(|cost| matches!(cost.id.as_str(), "reboot" | "new-node"));
    let none = [(drain, "no drain"), (reboot, "no reboot")]
        .iter()
        .filter(|(needed, _)| !needed)
        .map(|(_, text)| *text)
        .collect::<Vec<_>>();
    if !none.is_empty() {
        let _ = writeln!(out, "          {}", none.join(", "));
    }
}

/// What pods ask for, by class.
fn usage_text(usage: &Usage) -> String {
    /// Nodes of no class that a screen names.
    const NAMED: usize = 10;
    let mut out = String::from("usage\n");
    for (name, class) in &usage.classes {
        let _ = writeln!(out, "  {name}   {}", overcommitted(class));
        let mut table = Table::new(4, &[false, true, false]);
        for (resource, nodes, worst) in short(class) {
            table.row([resource, nodes, worst]);
        }
        out.push_str(&table.text(3));
    }
    if !usage.unknown.is_empty() {
        let _ = writeln!(out, "  {} of no class", nodes(i64::try_from(usage.unknown.len()).unwrap_or(i64::MAX)));
        let mut table = Table::new(4, &[false, false]);
        for (node, why) in usage.unknown.iter().take(NAMED) {
            table.row([one_line(node), one_line(why)]);
        }
        if let Some(more) = usage.unknown.len().checked_sub(NAMED).filter(|n| *n > 0) {
            table.row([format!("and {more} more"), "--format json names all".to_string()]);
        }
        out.push_str(&table.text(3));
    }
    out
}

/// `3 of 40 nodes ask for more than the plan leaves`.
pub(super) fn overcommitted(class: &ClassUsage) -> String {
    let stated = if i64::try_from(class.nodes) == Ok(class.stated) {
        String::new()
    } else {
        format!(" ({} in the spec)", class.stated)
    };
    match class.over {
        0 => format!("the plan leaves enough for the pods of {} found{stated}", nodes(count(class.nodes))),
        over => format!(
            "the pods of {over} of {} found{stated} ask for more than the plan leaves: some are refused when the kubelet restarts",
            nodes(count(class.nodes))
        ),
    }
}

/// Resource, nodes, and the worst of them.
pub(super) fn short(class: &ClassUsage) -> impl Iterator<Item = (String, String, String)> {
    class.short.iter().map(|s| {
        let shown = |n: i64| amount(s.resource, n);
        let by = shown(s.asks.saturating_sub(s.leaves));
        let already = match s.already {
            Some(0) => ", none of them now".to_string(),
            Some(n) => format!(", {n} of them now as well"),
            None => String::new(),
        };
        let worst = format!("worst {} by {by}: {} of {}{already}", one_line(&s.worst), shown(s.asks), shown(s.leaves));
        (s.resource.to_string(), nodes(count(s.nodes)), worst)
    })
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
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
