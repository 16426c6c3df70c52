//! Documents taken apart into tunables: fields up to the catalogue's entry, keys of maps, elements of keyed lists.

use crate::catalog::{self, Type};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Name that upstream gives to the only profile of a scheduler when it has none (k8s.io/api/core/v1 DefaultSchedulerName).
pub(super) const PROFILE: &str = "default-scheduler";

/// Every value of a configuration object.
pub(super) fn document(component: &str, document: &Json, out: &mut BTreeMap<String, Json>) {
    if let Json::Object(fields) = document {
        below(&format!("{component}/"), fields, out);
    }
}

fn below(prefix: &str, fields: &Map<String, Json>, out: &mut BTreeMap<String, Json>) {
    for (field, inner) in fields {
        // They say what the object is, and are no setting.
        if !matches!(field.as_str(), "apiVersion" | "kind") {
            value(&format!("{prefix}{field}"), inner, out);
        }
    }
}

/// Everything that one value comes to; nothing for null, which is how unset is written.
pub(super) fn value(name: &str, value: &Json, out: &mut BTreeMap<String, Json>) {
    let entry = catalog::find(name).filter(|f| f.key.is_none()).map(|f| f.tunable);
    let within = catalog::find(name).is_some_and(|f| f.key.is_some() && f.tunable.kind == Type::Object);
    let kind = entry.map(|t| t.kind);
    match value {
        Json::Null => {}
        Json::Object(map) if kind == Some(Type::Map) => {
            // A key may have entries of its own: arguments of the scheduler's plugins do.
            for (key, inner) in map {
                self::value(&format!("{name}.{key}"), inner, out);
            }
            // An empty map is not an absent one: see the default of thresholds.
            if map.is_empty() {
                out.insert(name.to_string(), value.clone());
            }
        }
        Json::Object(map) if kind == Some(Type::Object) || within || has_fields(name) => {
            below(&format!("{name}."), map, out)
        }
        Json::Array(items) if kind == Some(Type::List) => list(name, items, entry.and_then(|t| t.list_key), value, out),
        _ => {
            out.insert(name.to_string(), value.clone());
        }
    }
}

/// A list of objects is its elements, where each has a key of its own; any other list is one value.
fn list(name: &str, items: &[Json], keyed_by: Option<&str>, whole: &Json, out: &mut BTreeMap<String, Json>) {
    let unnamed = (keyed_by == Some("schedulerName") && items.len() == 1).then(|| PROFILE.to_string());
    let keys: Option<Vec<String>> =
        keyed_by.and_then(|field| items.iter().map(|item| item.get(field).map_or(unnamed.clone(), key)).collect());
    let distinct = |keys: &Vec<String>| keys.iter().collect::<std::collections::BTreeSet<_>>().len() == keys.len();
    let (Some(field), Some(keys)) = (keyed_by, keys.filter(|k| distinct(k) && !k.is_empty())) else {
        out.insert(name.to_string(), whole.clone());
        return;
    };
    for (key, item) in keys.iter().zip(items) {
        let element = format!("{name}[{key}]");
        let before = out.len();
        let mut rest = item.as_object().cloned().unwrap_or_default();
        let own = rest.remove(field).unwrap_or_default();
        below(&format!("{element}."), &rest, out);
        // An element that says nothing but its key still is there.
        if out.len() == before {
            out.insert(format!("{element}.{field}"), own);
        }
    }
}

fn key(value: &Json) -> Option<String> {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.contains(['[', ']'])).then_some(text)
}

/// Whether the catalogue has entries below `name`.
fn has_fields(name: &str) -> bool {
    let forms = [name.to_string(), generic(name, 1), generic(name, usize::MAX)];
    forms.iter().any(|form| {
        let below = format!("{form}.");
        catalog::starting(&below).next().is_some()
    })
}

/// The name as the catalogue writes it: the first `most` keys of lists left out.
fn generic(name: &str, most: usize) -> String {
    let parts = name.split('[').enumerate().map(|(at, part)| match part.split_once(']') {
        Some((_, rest)) if at > 0 && at <= most => format!("]{rest}"),
        _ => part.to_string(),
    });
    parts.collect::<Vec<_>>().join("[")
}

/// The element of a list that a tunable belongs to: `profiles[batch]` of `profiles[batch].plugins`.
pub(super) fn element(name: &str) -> Option<(&str, &str, &str)> {
    let open = name.find('[')?;
    let close = open + name[open..].find(']')?;
    Some((&name[..=close], &name[..open], &name[open + 1..close]))
}
