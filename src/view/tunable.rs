//! What the catalogue knows of one tunable or feature gate, as a screen.

use super::show;
use crate::catalog::{Form, Found, Gate, GateState, Role, Scope, Tunable, Type, covers, platforms, versions};
use crate::facts::typed;
use crate::quantity::Minor;
use std::fmt::Write;

/// A tunable in `version`, with what else the catalogue says of it.
#[must_use]
pub fn catalogued(found: &Found<'_>, name: &str, version: Minor, title: &str) -> String {
    let t = found.tunable;
    let default = match t.exists_in(version) {
        true => found.default_in(version).map_or_else(|| "unset".to_string(), |d| show(&d)),
        false => "none: this version does not have it".to_string(),
    };
    let mut out = format!("{name}   {title}{version}'s default is {default}\n");
    let summary = t.facts.map_or("carried as upstream has it; nothing else is recorded of it", |f| f.summary);
    let _ = writeln!(out, "  {summary}");
    let mut traits = vec![type_of(t)];
    let range = typed::range(t);
    traits.extend((!range.is_empty()).then_some(range));
    traits.extend(t.unit.map(|u| format!("in {u}")));
    if let Some(words) = t.words_in(version) {
        traits.push(format!("one of {}", words.iter().map(show).collect::<Vec<_>>().join(", ")));
    }
    traits.push(scope(t.scope()).to_string());
    let _ = writeln!(out, "  {}; a change costs: {}", traits.join("; "), t.change());
    let exists = when(t);
    if !exists.is_empty() {
        let _ = writeln!(out, "  exists: {exists}");
    }
    let steps = t.steps();
    if steps.len() > 1 && found.key.is_none() {
        let steps: Vec<String> =
            steps.iter().map(|(m, d)| format!("{m}: {}", d.as_ref().map_or("unset".into(), show))).collect();
        let _ = writeln!(out, "  default by version: {}", steps.join("; "));
    }
    if let Some(step) = t.effective_in(version) {
        let literal = t.span(version).and_then(|s| s.literal()).map_or_else(|| "unset".to_string(), |v| show(&v));
        let _ = writeln!(out, "  upstream's own object says {literal}: {}", step.source);
    }
    if t.span(version).is_some_and(|s| s.deprecated) {
        let _ = writeln!(out, "  deprecated: upstream warns when it is set");
    }
    let closed = platforms().iter().filter(|(_, p)| !p.settable(name)).map(|(n, _)| n.as_str()).collect::<Vec<_>>();
    if !closed.is_empty() {
        let _ = writeln!(out, "  not the user's to set on: {}", closed.join(", "));
    }
    for note in t.notes() {
        let _ = writeln!(out, "  note: {note}");
    }
    let _ = writeln!(out, "  source: {}", t.source());
    out
}

/// A row that has no value of its own, and what stands for it.
#[must_use]
pub fn instead(row: &Tunable, of: Option<&str>) -> String {
    let what = match (row.role, of) {
        (Role::Alias(field), _) => format!("the flag that writes {field}: set that field"),
        (_, Some(whole)) => format!("a member of {whole}, which is carried whole"),
        _ => "a structure: its fields are settings".to_string(),
    };
    let exists = when(row);
    let exists = if exists.is_empty() { String::new() } else { format!("  exists: {exists}\n") };
    format!("{}   {what}\n  {}\n{exists}", row.name, type_of(row))
}

/// A feature gate in every version.
#[must_use]
pub fn gate(gate: &Gate, version: Minor) -> String {
    let now = gate
        .state(version)
        .map_or_else(|| format!("{version} does not know it"), |s| format!("{version}: {}", state(s)));
    let mut out = format!("{}   feature gate; {now}\n", gate.name);
    for span in gate.spans {
        let until =
            span.until.map_or_else(String::new, |u| if u == span.since { String::new() } else { format!(" to {u}") });
        let open = if span.until.is_none() { " on" } else { "" };
        let _ = writeln!(out, "  {}{until}{open}: {}", span.since, state(&span.state));
    }
    if let Some(span) = gate.spans.last() {
        let _ = writeln!(out, "  known to: {}", span.state.components.join(", "));
        if !span.state.requires.is_empty() {
            let _ = writeln!(out, "  requires: {}", span.state.requires.join(", "));
        }
    }
    out.push_str("  source: catalog/generated/gates.tsv, extracted by tools/upstream-facts\n");
    out
}

/// Stage, default and lock in words.
#[must_use]
pub fn state(state: &GateState) -> String {
    let default = if state.default { "on" } else { "off" };
    let locked = if state.locked { ", locked" } else { "" };
    format!("{}, {default}{locked}", state.stage)
}

/// Type in words, with upstream's own name for it.
#[must_use]
pub fn type_of(tunable: &Tunable) -> String {
    let kind = |kind: Type| format!("{kind:?}").to_lowercase();
    let of = tunable.of.map_or_else(String::new, |of| format!(" of {}", kind(of)));
    let form = match tunable.form() {
        Form::Field => "field",
        Form::Flag => "flag",
    };
    let go = tunable.spans.last().map_or("", |s| s.go);
    let go = if go.is_empty() { "key".to_string() } else { format!("{form} {go}") };
    format!("{}{of} ({go})", kind(tunable.kind))
}

/// The minors that have it, where that is not all that the catalogue covers.
#[must_use]
pub fn when(tunable: &Tunable) -> String {
    spans(tunable.spans.iter().map(|s| (s.since, s.until)), tunable.component() == "etcd")
}

/// Adjoining spans as one, in words.
pub(super) fn spans(list: impl Iterator<Item = (Minor, Option<Minor>)>, etcd: bool) -> String {
    let mut joined: Vec<(Minor, Option<Minor>)> = Vec::new();
    for (since, until) in list {
        match joined.last_mut() {
            Some((_, end)) if end.is_some_and(|e| (e.0, e.1 + 1) == (since.0, since.1)) => *end = until,
            _ => joined.push((since, until)),
        }
    }
    let oldest = if etcd { versions().etcd_oldest } else { versions().oldest };
    let words = joined.into_iter().map(|(since, until)| match until {
        None if since <= oldest => String::new(),
        None => format!("since {since}"),
        Some(until) if since <= oldest && covers(since, etcd) => format!("up to {until}"),
        Some(until) if until == since => format!("{since} only"),
        Some(until) => format!("{since} to {until}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Node => "may differ between nodes",
        Scope::Class => "may differ between node classes",
        Scope::Cluster => "one for the cluster",
    }
}
