//! Zeros that mean unset: upstream's defaulting cannot tell a stated zero from none where the field is no pointer.

use crate::catalog::{self, Form, Type};
use crate::facts::typed::{is_no_time, is_zero};
use crate::quantity::Minor;
use serde_json::Value as Json;

/// Whether `value` is a zero that upstream takes for unset in `version`. Flags are never defaulted after they were parsed.
pub(super) fn is_unset(name: &str, value: &Json, version: Minor) -> bool {
    let span = || catalog::row(name).and_then(|t| t.span(version));
    let duration = || catalog::row(name).is_some_and(|t| t.kind_in(version) == Type::Duration);
    (is_zero(value) || is_no_time(value) && duration())
        && span().is_some_and(|s| s.form == Form::Field && !s.go.is_empty() && !s.go.starts_with('*'))
}
