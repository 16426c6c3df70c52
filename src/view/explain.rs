//! The screens of `plimsoll explain`.

use super::chain::Tree;
use super::one_more::{OneMore, one_more_class, one_more_value};
use super::{Table, show};
use crate::facts::{Cause, entry};
use crate::plan::Plan;
use crate::rules::{Origin, Value, rule as find_rule};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The line of the spec that a path stands in.
pub type Line<'l> = &'l dyn Fn(&str) -> Option<usize>;

/// Everything that is known of one value: bounds, causes, what it decides.
#[must_use]
pub fn value(plan: &Plan, (scope, name): (&str, &str), value: &Value, line: Line<'_>, more: &[OneMore]) -> String {
    let default = if value.departs() {
        format!("the default is {}", show(&value.default))
    } else {
        "the default, too".to_string()
    };
    let origin =
        serde_json::to_value(value.origin).ok().and_then(|v| v.as_str().map(ToString::to_string)).unwrap_or_default();
    let mut out = format!("{name} = {}   {origin}; {default}\n", show(&value.value));
    if !value.reason.is_empty() {
        let _ = writeln!(out, "  {}", value.reason);
    }
    if let Some(base) = &value.base {
        let _ = writeln!(out, "  the base has {}", show(base));
    }
    bounds(&mut out, value);
    because(&mut out, plan, (scope, name), value, line);
    decides(&mut out, plan, scope, name);
    if let Some(next) = value.next.first() {
        let tight = value.binding.iter().map(|b| b.rule.as_str()).collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            out,
            "  without {tight}: {}, then held by {}",
            show(&next.limit),
            value.next.iter().map(|n| n.rule.as_str()).collect::<Vec<_>>().join(", ")
        );
    }
    out.push_str(&one_more_value(plan, (scope, name), more));
    if let Some(why) = plan.providers(name) {
        let _ = writeln!(out, "  the provider's: {why}");
    } else if value.origin != Origin::Pinned {
        let table =
            if plan.classes.contains_key(scope) { format!("[node-class.{scope}.pin]") } else { "[pin]".to_string() };
        let _ = writeln!(out, "  pin it: {table} \"{name}\" = …");
    }
    out
}

fn bounds(out: &mut String, value: &Value) {
    if value.binding.is_empty() && value.behind.is_empty() {
        return;
    }
    out.push('\n');
    let mut table = Table::new(2, &[false, false, true, false]);
    for (title, list) in [("tight", &value.binding), ("next", &value.behind)] {
        for (at, bound) in list.iter().enumerate() {
            let lead = if at == 0 { title } else { "" };
            table.row([lead.to_string(), bound.rule.clone(), show(&bound.limit), bound.arithmetic.clone()]);
        }
    }
    out.push_str(&table.text(2));
}

fn because(out: &mut String, plan: &Plan, (scope, name): (&str, &str), value: &Value, line: Line<'_>) {
    out.push_str("\n  because\n");
    for id in &value.rules {
        if let Some(rule) = find_rule(id) {
            let _ = writeln!(out, "    {id}: {}\n      source: {}", rule.why, rule.source);
        }
    }
    Tree { plan, line, told: BTreeSet::from([(scope.to_string(), name.to_string())]) }.draw(out, "    ", scope, value);
}

/// One cause with its value and source; of a cost the figure at which it is counted.
pub(super) fn cause_line(plan: &Plan, scope: &str, cause: &Cause, figure: &str, line: Line<'_>) -> String {
    match cause {
        Cause::Spec(path) => {
            line(path).map_or_else(|| format!("spec: {path}"), |at| format!("spec: {path}   line {at}"))
        }
        Cause::Value(text) => {
            let (of, name) = text.split_once(": ").unwrap_or((scope, text));
            let found = plan.all_values().find(|(s, n, _)| *s == of && *n == name);
            found.map_or_else(|| text.clone(), |(_, _, v)| format!("{text} = {}", show(&v.value)))
        }
        Cause::Fact(id) => match entry(id) {
            Some(fact) => {
                let value = if id.starts_with("cost/") {
                    format!(
                        "{} {} per {}",
                        fact.value[figure],
                        fact.value["unit"].as_str().filter(|u| *u != "1").unwrap_or_default(),
                        fact.value["per"].as_str().unwrap_or_default()
                    )
                } else {
                    brief(&show(&fact.value))
                };
                let kind = if fact.kind == "fact" { String::new() } else { format!(" ({})", fact.kind) };
                let source = fact.source.split(';').next().unwrap_or_default();
                format!("{id} = {value}{kind}   {source}, {}", fact.date)
            }
            None => id.clone(),
        },
    }
}

/// A structure is named by its size: its members are in the plan document.
pub(super) fn brief(text: &str) -> String {
    if text.chars().count() > 72 { text.chars().take(71).chain(['…']).collect() } else { text.to_string() }
}

/// Values that rest on this one.
fn decides(out: &mut String, plan: &Plan, scope: &str, name: &str) {
    let across = format!("{scope}: {name}");
    let rests = |s: &str, v: &Value| {
        v.because.iter().any(|c| matches!(c, Cause::Value(text) if *text == across || (s == scope && text == name)))
    };
    let list: Vec<_> = plan.all_values().filter(|(s, _, v)| rests(s, v)).collect();
    if list.is_empty() {
        return;
    }
    out.push_str("\n  it decides\n");
    let last = list.len() - 1;
    for (at, (s, n, v)) in list.iter().enumerate() {
        let branch = if at == last { "└─" } else { "├─" };
        let owner = if *s == scope { String::new() } else { format!("{s}: ") };
        let _ = writeln!(out, "    {branch} {owner}{n} = {}   {}", show(&v.value), v.reason);
    }
    out.push('\n');
}

/// All values of a scope: those that depart first, the others after them. `more` is what a class would get of one thing more.
#[must_use]
pub fn overview(plan: &Plan, scope: Option<&str>, more: &[OneMore]) -> String {
    let mut out = String::new();
    let mut scopes: Vec<&str> = plan.classes.keys().map(String::as_str).collect();
    scopes.extend(["cluster", "control-plane"]);
    for name in scopes.into_iter().filter(|s| scope.is_none_or(|wanted| wanted == *s)) {
        let values: Vec<_> = plan.all_values().filter(|(s, _, _)| *s == name).collect();
        if values.is_empty() {
            continue;
        }
        if let Some(class) = plan.classes.get(name) {
            let _ = writeln!(out, "{name}   goal {}: {}", class.goal.0, class.goal.1);
            if scope == Some(name) {
                out.push_str(&one_more_class(plan, name, more));
            }
        } else {
            let _ = writeln!(out, "{name}");
        }
        for (title, departs) in [("departs from upstream's default", true), ("equals upstream's default", false)] {
            let chosen: Vec<_> = values.iter().filter(|(_, _, v)| v.departs() == departs).collect();
            if chosen.is_empty() {
                continue;
            }
            let _ = writeln!(out, "  {title}");
            let mut table = Table::new(4, &[false, false, false]);
            for (_, tunable, value) in chosen {
                table.row([(*tunable).to_string(), show(&value.value), value.reason.clone()]);
            }
            out.push_str(&table.text(2));
        }
        let other: Vec<_> = values.iter().filter_map(|(_, n, v)| Some((*n, *v, v.base.as_ref()?))).collect();
        if !other.is_empty() {
            out.push_str("  departs from the base file\n");
            let mut table = Table::new(4, &[false, false, false]);
            for (tunable, value, base) in other {
                table.row([
                    tunable.to_string(),
                    format!("{} → {}", brief(&show(base)), brief(&show(&value.value))),
                    value.reason.clone(),
                ]);
            }
            out.push_str(&table.text(2));
        }
        out.push('\n');
    }
    out
}
