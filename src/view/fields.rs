//! The screens of `plimsoll fields`: the catalogue as a list, and what changed between minors.

use super::tunable::{spans, state};
use super::{Table, show, type_of, when};
use crate::catalog::{Bound, Change, Form, Gate, Role, Scope, Tunable, What};
use crate::quantity::Minor;
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Most characters of a default in a list: a map of thresholds is read in `explain`.
const DEFAULT_WIDTH: usize = 40;

/// One line per tunable and gate.
#[must_use]
pub fn fields(rows: &[&'static Tunable], gates: &[&'static Gate], kubernetes: Minor, etcd: Minor) -> String {
    let mut table = Table::new(0, &[false, false, false, false]);
    for t in rows {
        let version = if t.component() == "etcd" { etcd } else { kubernetes };
        let default = match t.exists_in(version) {
            true => t.default_in(version).map_or_else(|| "unset".to_string(), |v| show(&v)),
            false => "–".to_string(),
        };
        table.row([t.name.to_string(), kind(t), cut(&default), remarks(t, version)]);
    }
    for g in gates {
        let now = g.state(kubernetes).map_or_else(|| "–".to_string(), state);
        let exists = spans(g.spans.iter().map(|s| (s.since, s.until)), false);
        table.row([format!("gate {}", g.name), "boolean".into(), now, exists]);
    }
    table.text(2)
}

fn kind(tunable: &Tunable) -> String {
    type_of(tunable).split(" (").next().unwrap_or_default().to_string()
}

fn cut(text: &str) -> String {
    if text.chars().count() <= DEFAULT_WIDTH {
        return text.to_string();
    }
    text.chars().take(DEFAULT_WIDTH - 1).chain(['…']).collect()
}

/// Since and until, and what stands in the way of setting it.
fn remarks(t: &Tunable, version: Minor) -> String {
    let mut out = vec![when(t)];
    match t.role {
        Role::Alias(field) => out.push(format!("flag, writes {field}")),
        Role::Part(whole) => out.push(format!("part of {whole}")),
        Role::Group => out.push("structure".into()),
        Role::Setting if t.form() == Form::Flag && has_file(t.component()) => out.push("flag".into()),
        Role::Setting => {}
    }
    if t.span(version).is_some_and(|s| s.deprecated) {
        out.push("deprecated".into());
    }
    out.retain(|o| !o.is_empty());
    out.join("; ")
}

/// Whether the component has a configuration file, so that a flag is worth a word.
fn has_file(component: &str) -> bool {
    matches!(component, "kubelet" | "kube-proxy" | "kube-scheduler")
}

/// The list as a document. `default` is what upstream's object holds; `effective` stands beside it where that means
/// something else.
#[must_use]
pub fn fields_json(rows: &[&'static Tunable], gates: &[&'static Gate], kubernetes: Minor, etcd: Minor) -> Value {
    let fields: Vec<Value> =
        rows.iter().map(|t| one(t, if t.component() == "etcd" { etcd } else { kubernetes })).collect();
    let gates: Vec<Value> = gates
        .iter()
        .filter_map(|g| {
            let s = g.state(kubernetes)?;
            Some(json!({
                "name": g.name, "stage": s.stage, "default": s.default, "locked": s.locked,
                "components": s.components, "requires": s.requires,
            }))
        })
        .collect();
    json!({
        "formatVersion": "1.0", "kubernetes": kubernetes.to_string(), "etcd": etcd.to_string(),
        "fields": fields, "gates": gates,
    })
}

fn one(t: &'static Tunable, version: Minor) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| {
        if !value.is_null() {
            out.insert(key.to_string(), value);
        }
    };
    put("name", json!(t.name));
    put("component", json!(t.component()));
    put("kind", json!(if t.form() == Form::Flag { "flag" } else { "field" }));
    let (role, of) = match t.role {
        Role::Setting => ("setting", None),
        Role::Group => ("group", None),
        Role::Part(of) => ("part", Some(of)),
        Role::Alias(_) => ("alias", None),
    };
    put("role", json!(role));
    put("partOf", json!(of));
    put("type", json!(kind(t)));
    let span = t.span(version);
    put("sets", json!(span.and_then(|s| s.sets)));
    put("goType", json!(span.map(|s| s.go).filter(|g| !g.is_empty())));
    put("byHand", json!(span.filter(|s| s.go.is_empty()).map(|_| true)));
    put("since", json!(t.since().map(|m| m.to_string())));
    put("until", json!(t.until().map(|m| m.to_string())));
    put("exists", json!(span.is_some()));
    put("deprecated", json!(span.filter(|s| s.deprecated).map(|_| true)));
    put("default", json!(span.and_then(|s| s.literal())));
    put("effective", json!(t.effective_in(version).map(|_| t.default_in(version))));
    put("unit", json!(t.unit));
    let bound = |b: Option<Bound>| match b {
        None => Value::Null,
        Some(Bound::Number(number)) => json!(number),
        Some(Bound::Duration(text)) => json!(text),
    };
    put("min", bound(t.min));
    put("max", bound(t.max));
    put("values", json!(t.words_in(version)));
    put(
        "scope",
        json!(match t.scope() {
            Scope::Node => "node",
            Scope::Class => "class",
            Scope::Cluster => "cluster",
        }),
    );
    put("change", json!(t.change()));
    put("summary", json!(t.facts.map(|f| f.summary)));
    put("notes", json!(t.facts.map(|f| f.notes).filter(|n| !n.is_empty())));
    put("source", json!(t.source()));
    Value::Object(out)
}

/// Changes by minor.
#[must_use]
pub fn changes(list: &[Change]) -> String {
    let mut out = String::new();
    for minor in list.iter().map(|c| c.minor).fold(Vec::new(), |mut minors, m| {
        if minors.last() != Some(&m) {
            minors.push(m);
        }
        minors
    }) {
        let _ = writeln!(out, "{minor}");
        let mut table = Table::new(2, &[false, false, false]);
        for change in list.iter().filter(|c| c.minor == minor) {
            let (sign, text) = told(&change.what);
            table.row([sign.to_string(), change.name.clone(), text]);
        }
        out.push_str(&table.text(1));
    }
    out
}

fn told(what: &What) -> (&'static str, String) {
    let words = |w: &[Value]| w.iter().map(show).collect::<Vec<_>>().join(", ");
    match what {
        What::Added(default) => ("+", format!(" added; default {}", cut(&show(default)))),
        What::Removed => ("-", " removed".into()),
        What::Default(before, after) => ("~", format!(" default {} → {}", cut(&show(before)), cut(&show(after)))),
        What::Type(before, after) => ("~", format!(" type {before} → {after}")),
        What::Words(before, after) => ("~", format!(" accepts {} → {}", words(before), words(after))),
        What::Deprecated => ("~", " deprecated".into()),
        What::Gate(None, Some(after)) => ("+", format!(" added; {}", state(after))),
        What::Gate(Some(_), None) => ("-", " removed: it keeps a component from starting".into()),
        What::Gate(before, after) => {
            let text = |s: &Option<&crate::catalog::GateState>| s.map_or_else(String::new, state);
            match (text(before), text(after)) {
                (before, after) if before == after => ("~", " known to other components".into()),
                (before, after) => ("~", format!(" {before} → {after}")),
            }
        }
        What::Begins(summary) => ("+", format!(" {summary}")),
        What::Ends(summary) => ("-", format!(" no longer: {summary}")),
    }
}

/// Changes as a document.
#[must_use]
pub fn changes_json(list: &[Change], from: Minor, to: Minor) -> Value {
    json!({
        "formatVersion": "1.0", "since": from.to_string(), "kubernetes": to.to_string(),
        "changes": list.iter().map(Change::json).collect::<Vec<_>>(),
    })
}
