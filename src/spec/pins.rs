//! `[pin]` tables: a tunable's name with a value, a range, a choice or "default".
//!
//! Whether the tunable exists and may have that value is asked of the catalogue later, when the version is known.

use super::node::{Node, Pin, Table, Val};
use super::read::{Reader, join};
use super::scalar;
use crate::diag::Finding;
use serde_json::Value;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads the pins of one table.
pub(super) fn read(reader: &mut Reader, table: &DeTable<'_>, path: &str) -> Table {
    let mut out = Table::new();
    for (key, value) in table {
        let name = key.get_ref().to_string();
        if let Some(flat) = unquoted(&name, value) {
            let finding =
                Finding::error("pin-not-quoted", format!("the pin `{flat}` is not quoted, so TOML made tables of it"))
                    .at(&reader.place(&key.span()), "read as a table")
                    .help(format!("write `\"{flat}\" = …`"));
            reader.findings.push(finding);
            continue;
        }
        match pin(value.get_ref()) {
            Ok(pin) => {
                let path = Arc::from(join(path, &name).as_str());
                out.insert(name, Node { value: Val::Pin(pin), span: value.span(), key_span: key.span(), path });
            }
            Err(text) => {
                let finding = Finding::error("pin-bad-value", format!("the pin `{name}` {text}"))
                    .at(&reader.place(&value.span()), "here")
                    .help("pin a value, `{ min = …, max = … }`, `{ any-of = […] }` or `\"default\"`");
                reader.findings.push(finding);
            }
        }
    }
    out
}

/// The name the user meant when dots outside of quotes made nested tables: `kubelet.maxPods`, or
/// `"kubelet/evictionHard".memory.available`.
fn unquoted(name: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
    let table = value.get_ref().as_table()?;
    let (inner, below) = table.iter().next().filter(|_| table.len() == 1)?;
    let deeper = below.get_ref().is_table() && !has_bounds(below.get_ref());
    if name.contains('/') && !deeper {
        return None;
    }
    let mut parts = vec![inner.get_ref().to_string()];
    let mut at = below.get_ref();
    while let Some(next) = at.as_table().filter(|_| !has_bounds(at)).and_then(|t| t.iter().next()) {
        parts.push(next.0.get_ref().to_string());
        at = next.1.get_ref();
    }
    let joint = if name.contains('/') { "." } else { "/" };
    Some(format!("{name}{joint}{}", parts.join(".")))
}

fn has_bounds(value: &DeValue<'_>) -> bool {
    value.as_table().is_some_and(|t| t.iter().all(|(k, _)| ["min", "max", "any-of"].contains(&k.get_ref().as_ref())))
}

/// What a value pins a tunable to.
pub(super) fn pin(value: &DeValue<'_>) -> Result<Pin, String> {
    if value.as_str() == Some("default") {
        return Ok(Pin::Default);
    }
    let Some(table) = value.as_table().filter(|t| !t.is_empty() && has_bounds(value)) else {
        return Ok(Pin::Value(json(value)?));
    };
    let get = |key: &str| table.get(key).map(|v| json(v.get_ref())).transpose();
    match (get("min")?, get("max")?, get("any-of")?) {
        (None, None, Some(Value::Array(choices))) if !choices.is_empty() => Ok(Pin::AnyOf(choices)),
        (_, _, Some(_)) => Err("needs a list with at least one value as `any-of`, and no bounds beside it".into()),
        (min, max, None) => Ok(Pin::Range { min, max }),
    }
}

/// A TOML value as JSON. Floats stay exact as text does not matter here: they become JSON numbers.
fn json(value: &DeValue<'_>) -> Result<Value, String> {
    Ok(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(b) => Value::Bool(*b),
        DeValue::Integer(n) => scalar::whole(n).map(Value::from).ok_or("does not fit 64 bits")?,
        DeValue::Float(n) => {
            let number: f64 = n.as_str().parse().map_err(|_| "is not a number")?;
            serde_json::Number::from_f64(number).map(Value::Number).ok_or("is not a finite number")?
        }
        DeValue::Datetime(_) => return Err("is a date, which no tunable is".into()),
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|i| json(i.get_ref())).collect::<Result<Vec<_>, String>>()?)
        }
        DeValue::Table(table) => {
            let mut out = serde_json::Map::new();
            for (key, item) in table {
                out.insert(key.get_ref().to_string(), json(item.get_ref())?);
            }
            Value::Object(out)
        }
    })
}
