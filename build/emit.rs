//! Writes the joined catalogue as Rust constants, for `src/catalog/tunable.rs` and `gate.rs` to include.

use crate::generated::{Gate, Minor, Part, Span};
use crate::hand::Bound;
use crate::merge::{Role, Row};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// `TUNABLES`, by name.
pub fn tunables(rows: &[Row]) -> Result<String, String> {
    let mut out = format!("static TUNABLES: [Tunable; {}] = [\n", rows.len());
    for row in rows {
        let _ = writeln!(out, "{},", tunable(row)?);
    }
    out.push_str("];\n");
    Ok(out)
}

/// `GATES`, by name.
pub fn gates(gates: &BTreeMap<String, Vec<Gate>>) -> String {
    let mut out = format!("static GATES: [Gate; {}] = [\n", gates.len());
    for (name, spans) in gates {
        let spans: Vec<String> = spans.iter().map(gate).collect();
        let _ = writeln!(out, "Gate {{ name: {name:?}, spans: &[{}] }},", spans.join(", "));
    }
    out.push_str("];\n");
    out
}

/// `PLUGINS` or `CONTROLLERS`, by name.
pub fn parts(constant: &str, parts: &BTreeMap<String, Vec<Part>>) -> String {
    let mut out = format!("static {constant}: [Part; {}] = [\n", parts.len());
    for (name, spans) in parts {
        let spans: Vec<String> = spans
            .iter()
            .map(|s| {
                format!(
                    "PartSpan {{ since: {}, until: {}, default: {} }}",
                    minor(s.since),
                    optional(s.until),
                    s.default
                )
            })
            .collect();
        let _ = writeln!(out, "Part {{ name: {name:?}, spans: &[{}] }},", spans.join(", "));
    }
    out.push_str("];\n");
    out
}

fn gate(gate: &Gate) -> String {
    format!(
        "GateSpan {{ since: {}, until: {}, state: GateState {{ stage: {:?}, default: {}, locked: {}, components: &{:?}, requires: &{:?} }} }}",
        minor(gate.since),
        optional(gate.until),
        gate.stage,
        gate.default,
        gate.locked,
        gate.components,
        gate.requires
    )
}

fn tunable(row: &Row) -> Result<String, String> {
    let hand = row.hand.as_ref();
    let spans: Vec<String> = row.spans.iter().map(span).collect();
    let effective: Vec<String> = row
        .effective()?
        .into_iter()
        .map(|(since, until, json, source)| {
            format!(
                "Effective {{ since: {}, until: {}, json: {json:?}, source: {source:?} }}",
                minor(since),
                optional(until)
            )
        })
        .collect();
    let role = match &row.role {
        Role::Setting => "Role::Setting".to_string(),
        Role::Group => "Role::Group".to_string(),
        Role::Part(of) => format!("Role::Part({of:?})"),
        Role::Alias(of) => format!("Role::Alias({of:?})"),
    };
    let mut words: Vec<(Minor, Vec<String>)> = Vec::new();
    if let Some(hand) = hand {
        // Words without a version hold from the first one on.
        words.extend(hand.values.iter().map(|values| ((0, 0), values.iter().map(Value::to_string).collect())));
        for step in &hand.values_since {
            words.push((step.since()?, step.values.iter().map(Value::to_string).collect()));
        }
    }
    let mut needs = Vec::new();
    for it in hand.iter().flat_map(|h| &h.needs) {
        let (since, until) = it.span()?;
        let value = it.value.as_ref().map_or_else(String::new, Value::to_string);
        needs.push(format!(
            "Needs {{ gate: {:?}, since: {}, until: {}, json: {value:?}, stated: {}, source: {:?} }}",
            it.gate,
            minor(since),
            optional(until),
            it.stated,
            it.source
        ));
    }
    let mut asked = Vec::new();
    for it in hand.iter().flat_map(|h| &h.asked) {
        let (since, until) = it.span()?;
        asked.push(format!("Asked {{ since: {}, until: {}, when: {:?} }}", minor(since), optional(until), it.when));
    }
    let words: Vec<String> = words
        .into_iter()
        .map(|(since, values)| format!("Words {{ since: {}, json: &{values:?} }}", minor(since)))
        .collect();
    let mut also = Vec::new();
    for step in hand.iter().flat_map(|h| &h.also_keys) {
        also.push(format!("({}, &{:?})", minor(step.since()?), step.keys));
    }
    let before = match hand.and_then(|h| h.min_before.as_ref()) {
        Some(before) => format!("Some(({}, {}))", minor(before.until()?), bound(before.min.as_ref())),
        None => "None".into(),
    };
    let text = |text: Option<&String>| text.map_or_else(|| "None".to_string(), |t| format!("Some({t:?})"));
    let keys = hand.and_then(|h| h.key_values.as_ref()).map_or_else(|| "None".into(), |k| format!("Some(&{k:?})"));
    let facts = hand.map_or_else(
        || "None".to_string(),
        |h| {
            format!(
                "Some(Facts {{ scope: Scope::{}, change: {:?}, summary: {:?}, source: {:?}, notes: &{:?} }})",
                title(&h.scope),
                h.change,
                h.summary,
                h.source,
                h.notes
            )
        },
    );
    Ok(format!(
        "Tunable {{ name: {:?}, kind: Type::{}, of: {}, role: {role}, spans: &[{}], effective: &[{}], unit: {}, min: {}, min_before: {before}, max: {}, \
         words: &[{}], needs: &[{}], asked: &[{}], key_values: {keys}, also_keys: &[{}], list_key: {}, facts: {facts} }}",
        row.name,
        title(&row.kind),
        row.of.as_ref().map_or_else(|| "None".into(), |of| format!("Some(Type::{})", title(of))),
        spans.join(", "),
        effective.join(", "),
        text(hand.and_then(|h| h.unit.as_ref())),
        bound(hand.and_then(|h| h.min.as_ref())),
        bound(hand.and_then(|h| h.max.as_ref())),
        words.join(", "),
        needs.join(", "),
        asked.join(", "),
        also.join(", "),
        text(hand.and_then(|h| h.list_key.as_ref())),
    ))
}

fn span(span: &Span) -> String {
    format!(
        "Span {{ since: {}, until: {}, form: Form::{}, go: {:?}, json: {:?}, deprecated: {}, sets: {} }}",
        minor(span.since),
        optional(span.until),
        if span.flag { "Flag" } else { "Field" },
        span.go,
        span.default,
        span.deprecated,
        if span.sets.is_empty() { "None".to_string() } else { format!("Some({:?})", span.sets) }
    )
}

fn bound(bound: Option<&Bound>) -> String {
    match bound {
        None => "None".into(),
        Some(Bound::Number(number)) => format!("Some(Bound::Number({number:?}))"),
        Some(Bound::Duration(text)) => format!("Some(Bound::Duration({text:?}))"),
    }
}

fn minor((major, minor): Minor) -> String {
    format!("Minor({major}, {minor})")
}

fn optional(value: Option<Minor>) -> String {
    value.map_or_else(|| "None".into(), |v| format!("Some({})", minor(v)))
}

/// `boolean` as the variant `Boolean`.
fn title(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
