//! Zeros that mean unset: upstream's defaulting cannot tell a stated zero from none where the field is no pointer.

use crate::catalog::{self, Form};
use crate::quantity::{GoDuration, Minor};
use serde_json::Value as Json;

/// Whether `value` is a zero that upstream takes for unset in `version`. Flags are never defaulted after they were parsed.
pub(super) fn is_unset(name: &str, value: &Json, version: Minor) -> bool {
    let zero = match value {
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty() || GoDuration::parse(text).is_ok_and(|d| d.0 == 0) && text != "0",
        _ => false,
    };
    let span = || catalog::row(name).and_then(|t| t.span(version));
    zero && span().is_some_and(|s| s.form == Form::Field && !s.go.starts_with('*'))
}
