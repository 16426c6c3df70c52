//! Values in upstream's types: what may be written for a tunable, and its canonical form.

use crate::catalog::{Bound, Form, Found, Tunable, Type};
use crate::quantity::{Bytes, GoDuration, Milli, Minor, Threshold};
use serde_json::Value;

/// Canonical form of `value` as `kind`, or what is wrong with it.
pub fn canonical(value: &Value, kind: Type) -> Result<Value, String> {
    let text = || value.as_str().ok_or_else(|| format!("is {value}, not a quoted text"));
    Ok(match kind {
        Type::Boolean if value.is_boolean() => value.clone(),
        Type::Boolean => return Err(format!("is {value}, not `true` or `false`")),
        Type::Integer if value.is_i64() => value.clone(),
        Type::Integer => return Err(format!("is {value}, not a whole number")),
        Type::Number if value.is_number() => value.clone(),
        Type::Number => return Err(format!("is {value}, not a number")),
        Type::String => Value::from(text()?),
        Type::Duration => Value::from(GoDuration::parse(text()?).map_err(|f| f.0)?.to_string()),
        Type::Threshold => Value::from(Threshold::parse(text()?).map_err(|f| f.0)?.to_string()),
        Type::Quantity => quantity(text()?)?,
        Type::Cpu => Value::from(Milli::parse(text()?).map_err(|f| f.0)?.to_string()),
        Type::Bytes => bytes(text()?)?,
        Type::List if value.is_array() => value.clone(),
        Type::List => return Err(format!("is {value}, not a list")),
        Type::Map | Type::Object if value.is_object() => value.clone(),
        Type::Map | Type::Object => return Err(format!("is {value}, not a table")),
    })
}

/// Memory, storage or PIDs: canonical where it has a unit, as typed where it is a plain count.
fn bytes(text: &str) -> Result<Value, String> {
    let bytes = Bytes::parse(text).map_err(|f| f.0)?;
    if bytes.0 > MOST {
        return Err(format!("is {text}, more than any machine has"));
    }
    let count = text.bytes().all(|c| c.is_ascii_digit());
    Ok(Value::from(if count { text.to_string() } else { bytes.to_string() }))
}

/// One pebibyte: beyond it a size is a typing mistake, and sums of sizes would leave 64 bits.
pub const MOST: i64 = 1 << 50;

/// A quantity is memory or CPU: what reads as bytes is canonical in bytes, the rest in thousandths.
fn quantity(text: &str) -> Result<Value, String> {
    if text.ends_with('m') || text.contains('.') && !text.ends_with('i') {
        return Milli::parse(text).map(|m| Value::from(m.to_string())).map_err(|f| f.0);
    }
    bytes(text)
}

/// The value as a number that can be compared, in the type's smallest unit.
#[must_use]
pub fn magnitude(value: &Value, kind: Type) -> Option<i64> {
    match kind {
        Type::Integer => value.as_i64(),
        #[allow(clippy::cast_possible_truncation)]
        Type::Number => value.as_f64().map(|f| (f * 1_000_000.0).round() as i64),
        Type::Duration => Some(GoDuration::parse(value.as_str()?).ok()?.0),
        Type::Threshold => match Threshold::parse(value.as_str()?).ok()? {
            Threshold::Absolute(bytes) => Some(bytes.0),
            Threshold::Share(ppm) => Some(ppm),
        },
        Type::Cpu => Some(Milli::parse(value.as_str()?).ok()?.0),
        Type::Bytes => Bytes::parse(value.as_str()?).ok()?.0.checked_mul(1000),
        Type::Quantity => {
            let text = value.as_str()?;
            let bytes = Bytes::parse(text).ok().and_then(|b| b.0.checked_mul(1000));
            bytes.or_else(|| Milli::parse(text).ok().map(|m| m.0))
        }
        _ => None,
    }
}

/// Whether upstream refuses a value of the right type because it is too small or too large.
#[must_use]
pub fn outside(tunable: &Tunable, value: &Value) -> bool {
    let beyond = |bound: Option<Bound>, wrong: std::cmp::Ordering| {
        let order = match bound {
            None => None,
            Some(Bound::Number(bound)) => value.as_f64().and_then(|v| v.partial_cmp(&bound)),
            Some(Bound::Duration(bound)) => {
                // The reader of durations knows no sign, and no bound is below zero.
                let nanoseconds = |text: &str| match text.strip_prefix('-') {
                    Some(rest) => GoDuration::parse(rest).ok().map(|d| -d.0),
                    None => GoDuration::parse(text).ok().map(|d| d.0),
                };
                value.as_str().and_then(nanoseconds).zip(nanoseconds(bound)).map(|(v, bound)| v.cmp(&bound))
            }
        };
        order == Some(wrong)
    };
    beyond(tunable.min, std::cmp::Ordering::Less) || beyond(tunable.max, std::cmp::Ordering::Greater)
}

/// The range of a tunable in words; empty when it has none.
#[must_use]
pub fn range(tunable: &Tunable) -> String {
    ends(tunable.min, tunable.max)
}

/// A range in words; empty when it has no end.
#[must_use]
pub fn ends(min: Option<Bound>, max: Option<Bound>) -> String {
    let end = |bound: Option<Bound>, word: &str| {
        bound.map(|b| match b {
            Bound::Number(number) => format!("{word} {number}"),
            Bound::Duration(text) => format!("{word} {text}"),
        })
    };
    [end(min, "at least"), end(max, "at most")].into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

/// Whether upstream takes a stated value for unset in `version`: a zero in a field that is no pointer, whose default is not
/// zero. Flags are never defaulted after they were parsed.
#[must_use]
pub fn zero_is_unset(found: &Found<'_>, value: &Value, version: Minor) -> bool {
    // Of what no Go structure holds, such as a sysctl, a zero is one.
    let typed = |go: &str| !go.is_empty() && !go.starts_with('*');
    let field = found.tunable.span(version).is_some_and(|s| s.form == Form::Field && typed(s.go));
    let zero = is_zero(value) || found.kind_in(version) == Type::Duration && is_no_time(value);
    field && found.key.is_none() && zero && found.default_in(version).is_some_and(|d| !is_zero(&d))
}

/// Whether a duration's text is one of no length, with or without a unit.
#[must_use]
pub fn is_no_time(value: &Value) -> bool {
    value.as_str().is_some_and(|text| GoDuration::parse(text).is_ok_and(|d| d.0 == 0))
}

/// Zero of Go's type: 0, no text, no time.
#[must_use]
pub fn is_zero(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || GoDuration::parse(text).is_ok_and(|d| d.0 == 0) && text != "0",
        _ => false,
    }
}
