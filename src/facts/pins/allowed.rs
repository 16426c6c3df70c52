//! Whether a pin's value has the right type, range and words, and which values it allows then.

use super::Allowed;
use crate::catalog::{self, Found, Type};
use crate::diag::nearest;
use crate::facts::typed::{canonical, magnitude, outside, range, zero_is_unset};
use crate::quantity::Minor;
use crate::spec::Pin;
use serde_json::Value;

type Wrong = (String, Option<String>);

/// The values that `pin` allows; else what is wrong with it, and a way out.
pub(super) fn allowed(pin: &Pin, found: &Found<'_>, version: Minor) -> Result<Allowed, Wrong> {
    let one = |value: &Value| -> Result<Value, Wrong> {
        let value = canonical(value, found.kind_in(version)).map_err(|text| (text, None))?;
        in_range(&value, found, version)?;
        if let Some(default) = found.default_in(version).filter(|_| zero_is_unset(found, &value, version)) {
            let shown = |v: &Value| v.as_str().map_or_else(|| v.to_string(), ToString::to_string);
            return Err((
                format!("is {}, which upstream takes for unset: it becomes {}", shown(&value), shown(&default)),
                Some("leave the pin out, or pin another value".into()),
            ));
        }
        Ok(value)
    };
    Ok(match pin {
        Pin::Value(value) => Allowed::Exactly(one(value)?),
        Pin::AnyOf(_) | Pin::Range { .. }
            if matches!(found.kind_in(version), Type::Map | Type::Object | Type::List) =>
        {
            return Err((
                "is a choice or a range, but it is a map or a list".into(),
                Some("pin its keys, or one value".into()),
            ));
        }
        Pin::Range { min, max }
            if found.kind_in(version) == Type::Threshold
                && !(found.key == Some("memory.available") && quantities(&[min, max])) =>
        {
            let help = "pin one value, or `{ any-of = [...] }`";
            return Err((
                "is a range of thresholds, and percentages and quantities have no common order".into(),
                Some(help.into()),
            ));
        }
        Pin::AnyOf(values) => Allowed::AnyOf(values.iter().map(one).collect::<Result<_, _>>()?),
        Pin::Range { min, max } => {
            let (min, max) = (min.as_ref().map(one).transpose()?, max.as_ref().map(one).transpose()?);
            let size = |v: &Option<Value>| v.as_ref().map(|v| magnitude(v, found.kind_in(version)));
            match (size(&min), size(&max)) {
                (Some(None), _) | (_, Some(None)) => {
                    return Err(("is a range, but its values have no order".into(), None));
                }
                (Some(Some(low)), Some(Some(high))) if low > high => {
                    return Err(("has a `min` above its `max`".into(), None));
                }
                _ => {}
            }
            Allowed::Range(min, max)
        }
        Pin::Default => match found.default_in(version) {
            Some(value) => Allowed::Exactly(one(&value).unwrap_or(value)),
            None => {
                return Err((
                    format!("is \"default\", but {version} leaves it unset"),
                    Some("leave the pin out".into()),
                ));
            }
        },
    })
}

/// Whether every stated end of a range is a quantity: memory thresholds are never percentages, so these have an order.
fn quantities(ends: &[&Option<Value>]) -> bool {
    ends.iter().filter_map(|e| e.as_ref()).all(|e| e.as_str().is_some_and(|t| !t.ends_with('%')))
}

fn in_range(value: &Value, found: &Found<'_>, version: Minor) -> Result<(), Wrong> {
    let tunable = found.tunable;
    if found.key.is_none() && outside(tunable, value) {
        let shown = value.as_str().map_or_else(|| value.to_string(), ToString::to_string);
        return Err((format!("is {shown}; upstream accepts {}", range(tunable)), None));
    }
    if tunable.name == "kube-controller-manager/controllers"
        && let Some(name) = unknown_controller(value, version)
    {
        let known = catalog::controllers().iter().filter(|c| c.default_in(version).is_some()).map(|c| c.name);
        let close = nearest(name, known).map(|c| format!("did you mean `{c}`?"));
        return Err((format!("names `{name}`, which is no controller of {version}"), close));
    }
    // Of a list, every element is one of the words.
    let elements = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
    if let (None, Some(words)) = (found.key, tunable.words_in(version))
        && let Some(value) = elements.iter().find(|v| !words.contains(v))
    {
        let list: Vec<String> =
            words.iter().map(|w| format!("`{}`", w.as_str().map_or_else(|| w.to_string(), Into::into))).collect();
        let close = value.as_str().and_then(|v| nearest(v, words.iter().filter_map(Value::as_str)));
        let shown = value.as_str().map_or_else(|| value.to_string(), |t| format!("`{t}`"));
        return Err((
            format!("is {shown}; {version} accepts {}", list.join(", ")),
            close.map(|c| format!("did you mean `{c}`?")),
        ));
    }
    Ok(())
}

/// The first name in a list of controllers (`*`, `name`, `-name`) that neither the version nor an older one has: upstream
/// goes on accepting the names that controllers had before they were renamed.
fn unknown_controller(value: &Value, version: Minor) -> Option<&str> {
    let names = value.as_array()?.iter().filter_map(Value::as_str).map(|n| n.trim_start_matches('-'));
    let reached = |c: &catalog::Part| c.spans.first().is_some_and(|s| s.since <= version);
    let known = |name: &str| catalog::controllers().iter().any(|c| c.name == name && reached(c));
    names.into_iter().find(|name| *name != "*" && !known(name))
}
