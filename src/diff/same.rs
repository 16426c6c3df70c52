//! Equality in effect: by value, not by text.

use crate::catalog::Type;
use crate::facts::typed::magnitude;
use crate::quantity::Threshold;
use serde_json::Value as Json;

/// Whether two values of a type mean the same.
pub(super) fn same(a: &Json, b: &Json, kind: Type) -> bool {
    if a == b || (is_empty(a) && is_empty(b)) {
        return true;
    }
    match kind {
        Type::Threshold => threshold(a).zip(threshold(b)).is_some_and(|(a, b)| a == b),
        // What is not reserved is reserved with nothing.
        Type::Quantity => amount(a).zip(amount(b)).is_some_and(|(a, b)| a == b),
        _ => magnitude(a, kind).zip(magnitude(b, kind)).is_some_and(|(a, b)| a == b),
    }
}

/// Go cannot tell unset from empty in what these files hold.
fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// A threshold; 0% and 100% are both off.
fn threshold(value: &Json) -> Option<Threshold> {
    match Threshold::parse(value.as_str()?).ok()? {
        Threshold::Share(0 | 1_000_000) => Some(Threshold::Share(0)),
        other => Some(other),
    }
}

fn amount(value: &Json) -> Option<i64> {
    if is_empty(value) { Some(0) } else { magnitude(value, Type::Quantity) }
}
