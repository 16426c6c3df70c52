//! Rules by id, whatever they are used for: those that plans are made by, and the constraints that files are checked for.

use super::reference::{cell, head};
use crate::catalog::versions;
use crate::check::report::shown;
use crate::check::{Constraint, Example, constraints, example};
use crate::diag::nearest;
use crate::quantity::Minor;
use crate::rules::{rule as planned, rules};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Every id.
fn ids() -> BTreeSet<&'static str> {
    rules().keys().copied().chain(constraints().iter().map(|c| c.id)).collect()
}

/// A rule by id, or the ids there are.
///
/// # Errors
/// The list of ids, when none is called so.
pub fn rule(id: &str) -> Result<String, String> {
    let mut out = String::new();
    for constraint in constraints().iter().filter(|c| c.id == id) {
        described(&mut out, constraint);
    }
    // The planner keeps what files are checked for, too, under the same id; what it says more is told.
    let told = |text: &str| out.contains(text);
    if let Some(rule) = planned(id).filter(|rule| !(told(rule.why) && told(rule.source))) {
        let _ = writeln!(out, "{id}\n  {}\n  source: {}", rule.why, rule.source);
    }
    if !out.is_empty() {
        return Ok(out);
    }
    let near = nearest(id, ids()).map_or_else(String::new, |n| format!("did you mean `{n}`? "));
    let like: Vec<&str> = ids().into_iter().filter(|other| alike(id, other)).take(MOST).collect();
    let like = if like.is_empty() { String::new() } else { format!("like it are {}; ", like.join(", ")) };
    Err(format!("no rule is called `{id}`; {near}{like}a finding has its rule's id in brackets"))
}

/// Ids that are named where one is unknown.
const MOST: usize = 12;

/// Whether two ids share a word that says something.
fn alike(id: &str, other: &str) -> bool {
    id.split('-').filter(|word| word.len() > 3).any(|word| other.split('-').any(|w| w == word))
}

/// A sentence whose places for values say whose value it is.
fn open(text: &str) -> String {
    text.replace(['{', '}'], "`")
}

/// The machine that an example is on, where the rule asks for one.
fn machine(constraint: &Constraint) -> Option<String> {
    let facts = constraint.machine.iter().map(|(name, value)| format!("{name} {}", shown(value)));
    let facts = facts.collect::<Vec<_>>().join(", ");
    (!facts.is_empty()).then_some(facts)
}

/// Why a rule is so, and where that can be settled.
#[must_use]
pub fn about(id: &str) -> Option<(String, String)> {
    let constraint = constraints().iter().find(|c| c.id == id);
    constraint
        .map(|c| (c.why.clone(), c.source.clone()))
        .or_else(|| planned(id).map(|r| (r.why.to_string(), r.source.to_string())))
}

fn described(out: &mut String, constraint: &Constraint) {
    let _ = writeln!(out, "{}   {}   {}", constraint.id, of(constraint), constraint.consequence.sentence());
    let _ = writeln!(out, "  {}", constraint.why);
    if !constraint.text.is_empty() {
        let _ = writeln!(out, "  needs: {}", constraint.text);
    }
    if let Some(help) = &constraint.help {
        let _ = writeln!(out, "  help: {}", open(help));
    }
    let _ = writeln!(out, "  versions: {}", span(constraint));
    let _ = writeln!(out, "  source: {}", constraint.source);
    if let Some(machine) = machine(constraint) {
        let _ = writeln!(out, "  on a machine of: {machine}");
    }
    for (title, shown) in [("breaks it", &constraint.fails), ("keeps it", &constraint.passes)] {
        let _ = writeln!(out, "  {title}");
        for (name, text) in files(constraint, shown) {
            let _ = writeln!(out, "    {name}");
            for line in text.lines() {
                let _ = writeln!(out, "      {line}");
            }
        }
    }
}

/// The component that has it, as people say it.
fn of(constraint: &Constraint) -> &str {
    match constraint.component {
        "any" => "every component",
        "cluster" => "between components",
        own => own,
    }
}

/// The minors that have it.
fn span(constraint: &Constraint) -> String {
    let known = versions();
    let (oldest, newest) = match constraint.component.starts_with("etcd") {
        true => (known.etcd_oldest, known.etcd_newest),
        false => (known.oldest, known.newest),
    };
    let (from, to): (Minor, Minor) = (constraint.since.unwrap_or(oldest), constraint.until.unwrap_or(newest));
    if from == to { from.to_string() } else { format!("{from} to {to}") }
}

/// The files of an example, without the lines that say what they are.
fn files(constraint: &Constraint, shown: &Example) -> Vec<(String, String)> {
    match shown {
        Example::Own(text) => vec![(constraint.component.to_string(), text.trim().to_string())],
        Example::Several(_) => {
            let list = example::samples(constraint, shown);
            let plain = |text: &str| -> String {
                let kept = text.lines().filter(|l| !l.starts_with("apiVersion: ") && !l.starts_with("kind: "));
                kept.collect::<Vec<_>>().join("\n")
            };
            list.into_iter().map(|s| (s.component, plain(&s.text))).collect()
        }
    }
}

/// What files are checked for in a tunable: the constraints that name it, nothing where there is none.
#[must_use]
pub fn asked(name: &str, kubernetes: Minor, etcd: Minor) -> String {
    let own = name.split('[').next().unwrap_or(name);
    let names = |c: &&Constraint| {
        let version = if c.component.starts_with("etcd") { etcd } else { kubernetes };
        let about = |other: &String| other == name || own_map(other, own);
        c.holds_in(version) && c.names().iter().any(about)
    };
    let list: Vec<&Constraint> = constraints().iter().filter(names).collect();
    if list.is_empty() {
        return String::new();
    }
    let mut out = String::from("\n  upstream asks\n");
    for constraint in list {
        let _ = writeln!(out, "    {}: {}", constraint.id, constraint.text);
    }
    out
}

/// Whether a condition is about the map that a key belongs to.
fn own_map(condition: &str, name: &str) -> bool {
    name.strip_prefix(condition).is_some_and(|rest| rest.starts_with('.'))
}

/// The page of all constraints.
#[must_use]
pub(super) fn page() -> String {
    let text = "What `plimsoll check` asks of files, by component. `plimsoll explain --rule ID` prints one. The third column is what comes of \
                breaking it.";
    let mut out = head("Rules of check", text);
    let mut by: BTreeMap<&str, Vec<&Constraint>> = BTreeMap::new();
    for constraint in constraints() {
        by.entry(constraint.component).or_default().push(constraint);
    }
    for (_, list) in by {
        let _ = writeln!(out, "\n## {}\n", title(of(list[0])));
        out.push_str("| rule | versions | if broken | needs | why | source |\n| --- | --- | --- | --- | --- | --- |\n");
        for c in &list {
            let needs = if c.text.is_empty() { String::new() } else { format!("`{}`", c.text.replace('|', "\\|")) };
            let _ = writeln!(
                out,
                "| [`{}`](#{}) | {} | {} | {needs} | {} | {} |",
                c.id,
                c.id,
                span(c),
                c.consequence.word(),
                cell(&c.why),
                cell(&c.source)
            );
        }
        let mut told = BTreeSet::new();
        for c in list.into_iter().filter(|c| told.insert(c.id)) {
            let _ = writeln!(out, "\n### {}\n", c.id);
            if let Some(machine) = machine(c) {
                let _ = writeln!(out, "On a machine of: {machine}.\n");
            }
            for (word, shown) in [("Breaks it", &c.fails), ("Keeps it", &c.passes)] {
                let _ = writeln!(out, "{word}:\n\n```yaml");
                for (name, text) in files(c, shown) {
                    let _ = writeln!(out, "# {name}\n{text}");
                }
                out.push_str("```\n\n");
            }
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn title(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next().filter(|_| text.contains(' ')) {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => text.to_string(),
    }
}
