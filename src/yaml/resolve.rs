//! What a plain scalar means in YAML 1.1 as go-yaml v2 reads it (sigs.k8s.io/yaml goyaml.v2/resolve.go).

use serde_json::{Number, Value as Json};

/// The value of a plain scalar.
pub(super) fn plain(text: &str) -> Json {
    word(text).or_else(|| number(text)).unwrap_or_else(|| Json::from(text))
}

/// A number without a fraction as a whole one.
pub(super) fn whole_where_it_is(value: Json) -> Json {
    let float = value.as_f64().filter(|f| value.is_f64() && f.fract() == 0.0 && f.abs() < EXACT);
    #[allow(clippy::cast_possible_truncation)]
    float.map_or(value, |float| Json::from(float as i64))
}

/// Beyond it a float holds no longer every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Whether a plain scalar is an infinity or no number: upstream turns YAML into JSON, which has neither.
pub(super) fn is_no_json_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

/// The value of a scalar with a tag of YAML's own; nothing where it cannot be of that type.
pub(super) fn tagged(text: &str, tag: &str) -> Option<Json> {
    let value = plain(text);
    let fits = match tag {
        "str" => return Some(Json::from(text)),
        "null" => value.is_null(),
        "bool" => value.is_boolean(),
        "int" => value.is_i64() || value.is_u64(),
        "float" => return value.as_f64().and_then(Number::from_f64).map(Json::Number),
        _ => false,
    };
    fits.then_some(value)
}

fn word(text: &str) -> Option<Json> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(Json::Bool(true)),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(Json::Bool(false)),
        "" | "~" | "null" | "Null" | "NULL" => Some(Json::Null),
        _ => None,
    }
}

fn number(text: &str) -> Option<Json> {
    let first = text.bytes().next()?;
    if first == b'.' {
        return float(text);
    }
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-')) {
        return None;
    }
    let plain = text.replace('_', "");
    whole(&plain).or_else(|| looks_like_float(&plain).then(|| float(&plain))?)
}

fn float(text: &str) -> Option<Json> {
    let parsed = looks_like_float(text).then(|| text.parse::<f64>().ok())??;
    Number::from_f64(parsed).map(Json::Number)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn looks_like_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['-', '+']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => !whole.is_empty() && digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    exponent_fits && mantissa_fits
}

/// Go's `strconv.ParseInt(text, 0, 64)`: the prefix says the base, and a leading zero is octal.
fn whole(text: &str) -> Option<Json> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, digits) = match lower.as_str() {
        t if t.starts_with("0x") => (16, &t[2..]),
        t if t.starts_with("0b") => (2, &t[2..]),
        t if t.starts_with("0o") => (8, &t[2..]),
        t if t.len() > 1 && t.starts_with('0') => (8, &t[1..]),
        t => (10, t),
    };
    if digits.starts_with(['-', '+']) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    if negative {
        return i64::try_from(-i128::from(magnitude)).ok().map(Json::from);
    }
    Some(Json::from(magnitude))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_are_those_of_yaml_1_1_as_go_reads_it() {
        let cases = [
            ("yes", json!(true)),
            ("y", json!(true)),
            ("Off", json!(false)),
            ("010", json!(8)),
            ("08", json!(8.0)),
            ("0o10", json!(8)),
            ("0x1F", json!(31)),
            ("-0b11", json!(-3)),
            ("1_000", json!(1000)),
            ("+5", json!(5)),
            ("1e3", json!(1000.0)),
            (".5", json!(0.5)),
            ("5.", json!(5.0)),
            ("1:30", json!("1:30")),
            ("100Mi", json!("100Mi")),
            ("~", Json::Null),
            ("-", json!("-")),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("0-3", json!("0-3")),
        ];
        for (text, wanted) in cases {
            assert_eq!(plain(text), wanted, "{text}");
        }
    }
}
