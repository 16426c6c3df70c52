//! Whether upstream would take a stated value: type, range, words, feature gates.

use crate::catalog::{self, Found, Type};
use crate::facts::typed;
use crate::quantity::Minor;
use serde_json::Value as Json;

/// What is wrong with a stated value, as a sentence without a subject; nothing when upstream takes it.
#[must_use]
pub fn fault(found: &Found<'_>, value: &Json, version: Minor) -> Option<String> {
    let kind = found.kind_in(version);
    // Several durations may be negative upstream; the quantity type here may not.
    let negative = kind == Type::Duration && value.as_str().is_some_and(|t| t.starts_with('-'));
    // Below an object that the catalogue does not look into, nobody knows the type.
    let opaque = found.key.is_some() && kind == Type::Object;
    if !negative
        && !opaque
        && let Err(what) = typed::canonical(value, kind)
    {
        return Some(what);
    }
    gate(found, value, version)
        .or_else(|| range(found, value))
        .or_else(|| word(found, value, version))
        .or_else(|| key(found))
}

fn gate(found: &Found<'_>, value: &Json, version: Minor) -> Option<String> {
    let gate = found.gate()?;
    match catalog::gate(gate, version) {
        None => Some(format!("is no feature gate of {version}, which does not start with it")),
        Some(state) if state.locked && value.as_bool() != Some(state.default) => {
            Some(format!("is locked to {} in {version}, which does not start otherwise", state.default))
        }
        Some(_) => None,
    }
}

fn range(found: &Found<'_>, value: &Json) -> Option<String> {
    let outside = found.key.is_none() && typed::outside(found.tunable, value);
    outside.then(|| format!("is {value}; upstream accepts {}", typed::range(found.tunable)))
}

fn word(found: &Found<'_>, value: &Json, version: Minor) -> Option<String> {
    let words = found.tunable.words_in(version).filter(|_| found.key.is_none())?;
    let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let unknown = items.iter().find(|item| !words.contains(item) && item.as_str() != Some(""))?;
    let list: Vec<String> =
        words.iter().map(|w| w.as_str().map_or_else(|| w.to_string(), ToString::to_string)).collect();
    Some(format!("has {unknown}, and {version} knows {}", list.join(", ")))
}

fn key(found: &Found<'_>) -> Option<String> {
    let keys = found.tunable.key_values?;
    let key = found.key.filter(|k| !keys.contains(k))?;
    Some(format!("has the key `{key}`; it knows {}", keys.join(", ")))
}
