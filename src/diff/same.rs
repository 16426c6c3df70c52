//! Equality in effect: by value, not by text.

use crate::catalog::Type;
use crate::facts::typed::magnitude;
use crate::quantity::{GoDuration, Threshold};
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
pub(super) fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// Whether a duration means the same where one minor writes it as nanoseconds and the other as text.
pub(super) fn across(a: &Json, b: &Json) -> bool {
    let nanoseconds = |v: &Json| v.as_i64().or_else(|| Some(GoDuration::parse(v.as_str()?).ok()?.0));
    a == b || nanoseconds(a).zip(nanoseconds(b)).is_some_and(|(a, b)| a == b)
}

/// A threshold; unset, 0% and 100% are all off.
fn threshold(value: &Json) -> Option<Threshold> {
    if is_empty(value) {
        return Some(Threshold::Share(0));
    }
    match Threshold::parse(value.as_str()?).ok()? {
        Threshold::Share(0 | 1_000_000) => Some(Threshold::Share(0)),
        other => Some(other),
    }
}

fn amount(value: &Json) -> Option<i64> {
    if is_empty(value) { Some(0) } else { magnitude(value, Type::Quantity) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_compared_by_what_they_mean() {
        let cases = [
            (json!("5m"), json!("5m0s"), Type::Duration, true),
            (json!("1Gi"), json!("1024Mi"), Type::Quantity, true),
            (json!("0.11"), json!("110m"), Type::Quantity, true),
            (json!("1"), json!("1000m"), Type::Quantity, true),
            (Json::Null, json!("0"), Type::Quantity, true),
            (json!("1Gi"), json!("1G"), Type::Quantity, false),
            (json!("100%"), json!("0%"), Type::Threshold, true),
            (Json::Null, json!("0%"), Type::Threshold, true),
            (json!("10%"), json!("100000"), Type::Threshold, false),
            (json!(50), json!(50.0), Type::Number, true),
            (Json::Null, json!(""), Type::String, true),
            (Json::Null, json!(0), Type::Integer, false),
            (json!(["a"]), json!(["b"]), Type::List, false),
        ];
        for (a, b, kind, wanted) in cases {
            assert_eq!(same(&a, &b, kind), wanted, "{a} {b}");
            assert_eq!(same(&b, &a, kind), wanted, "{b} {a}");
        }
    }
}
