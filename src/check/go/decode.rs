//! Which JSON values decode into which Go types. Upstream turns YAML into JSON without knowing the types, so a number is a
//! number there even where a text is meant.

use super::{Quantity, duration};
use crate::yaml::{Node, Value};
use serde_json::Value as Json;
use std::ops::Range;

/// What does not decode: its place, and a sentence part about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands.
    pub at: Range<usize>,
    /// What it is and should be.
    pub says: String,
}

/// Why `node` does not decode into the Go type; nothing where it does. `structure`: whether the type, or that of its
/// elements, has fields.
#[must_use]
pub fn fault(node: &Node, go: &str, structure: bool) -> Option<Fault> {
    // Null leaves a value as it was, whatever its type; a duration alone reads it as a text that says nothing.
    if node.is_null() {
        return (go == "v1.Duration")
            .then(|| of(node, "is empty, and a duration has to say something or not be there"));
    }
    let go = go.trim_start_matches('*');
    if let Some(element) = elements(go) {
        return match &node.value {
            Value::List(items) => items.iter().find_map(|item| fault(item, element, structure)),
            _ => Some(not(node, "a list")),
        };
    }
    if let Some(element) = element(go) {
        return match &node.value {
            Value::Map(_) => node.members().find_map(|m| fault(&m.node, element, structure)),
            _ => Some(not(node, "a map")),
        };
    }
    match &node.value {
        // Anything goes; who reads it decides.
        _ if go == "runtime.RawExtension" => None,
        _ if structure || !is_scalar(go) => named(node, structure),
        Value::Scalar(json) => scalar(node, json, go),
        _ => Some(not(node, "a single value")),
    }
}

/// The type in a file of what is a flag of this type, for programs whose file has the flags as keys; nothing of texts, into
/// which their decoder converts what is none.
#[must_use]
pub fn in_file(flag: &str) -> Option<&'static str> {
    Some(match flag.trim_start_matches('*') {
        "flag.boolValue" => "bool",
        "flag.durationValue" => "time.Duration",
        "flag.intValue" => "int",
        "flag.int64Value" => "int64",
        "flag.uintValue" => "uint",
        "flag.uint64Value" => "uint64",
        "flags.uint32Value" => "uint32",
        _ => return None,
    })
}

/// Whether a type is one of whole numbers.
#[must_use]
pub fn is_whole(go: &str) -> bool {
    bounds(go).is_some()
}

/// Type of a list's elements.
fn elements(go: &str) -> Option<&str> {
    match go {
        "v1.VModuleConfiguration" => Some("v1.VModuleItem"),
        // Bytes are a text in JSON.
        "[]uint8" => None,
        _ => go.strip_prefix("[]"),
    }
}

/// Type of a map's values.
#[must_use]
pub fn element(go: &str) -> Option<&str> {
    match go {
        "v1.ResourceList" => Some("resource.Quantity"),
        _ => go.strip_prefix("map[string]"),
    }
}

fn is_scalar(go: &str) -> bool {
    SCALARS.contains(&go) || bounds(go).is_some()
}

fn scalar(node: &Node, json: &Json, go: &str) -> Option<Fault> {
    match go {
        "bool" => (!json.is_boolean()).then(|| not(node, "`true` or `false`")),
        "float64" | "float32" => (!json.is_number()).then(|| not(node, "a number")),
        "string" | "[]uint8" | "v1.Time" => (!json.is_string()).then(|| not(node, "a text in quotes")),
        "v1.Duration" => match json.as_str() {
            Some(text) => no_duration(node, text),
            None => Some(not(node, "a duration in quotes such as `\"10s\"`")),
        },
        "v1.TimeOrMetaDuration" => match json {
            Json::String(text) => no_duration(node, text),
            json => whole(node, json, bounds("int64")?),
        },
        "resource.Quantity" | "resource.QuantityValue" => match json {
            Json::String(text) => no_quantity(node, text.trim()),
            Json::Number(_) => None,
            _ => Some(not(node, "a quantity")),
        },
        _ => whole(node, json, bounds(go)?),
    }
}

const SCALARS: [&str; 10] = [
    "bool",
    "float64",
    "float32",
    "string",
    "[]uint8",
    "v1.Duration",
    "v1.TimeOrMetaDuration",
    "v1.Time",
    "resource.Quantity",
    "resource.QuantityValue",
];

/// Smallest and largest value of a whole number.
fn bounds(go: &str) -> Option<(i128, i128)> {
    Some(match go {
        "int32" => (i128::from(i32::MIN), i128::from(i32::MAX)),
        "int" | "int64" | "time.Duration" => (i128::from(i64::MIN), i128::from(i64::MAX)),
        "uint32" | "v1.VerbosityLevel" => (0, i128::from(u32::MAX)),
        "int16" => (i128::from(i16::MIN), i128::from(i16::MAX)),
        "uint16" => (0, i128::from(u16::MAX)),
        "uint" | "uint64" => (0, i128::from(u64::MAX)),
        _ => return None,
    })
}

/// Every other type is a structure or a text.
fn named(node: &Node, structure: bool) -> Option<Fault> {
    match &node.value {
        Value::Map(_) if structure => None,
        Value::Scalar(Json::String(_)) if !structure => None,
        _ if structure => Some(not(node, "a map")),
        _ => Some(not(node, "a text in quotes")),
    }
}

fn whole(node: &Node, json: &Json, (low, high): (i128, i128)) -> Option<Fault> {
    let value = json.as_i64().map(i128::from).or_else(|| json.as_u64().map(i128::from)).or_else(|| {
        // Go's JSON reads no 1.0 as a whole number; what YAML writes that way has become one on the way here, unless it is large.
        let float =
            json.as_f64().filter(|f| f.fract() == 0.0 && f.abs() >= 9_007_199_254_740_992.0 && f.abs() < 1e21)?;
        #[allow(clippy::cast_possible_truncation)]
        Some(float as i128)
    });
    match value {
        None => Some(not(node, "a whole number")),
        Some(value) if value < low || value > high => {
            Some(of(node, &format!("is {value}, and its type ends at {}", if value < low { low } else { high })))
        }
        Some(_) => None,
    }
}

fn no_duration(node: &Node, text: &str) -> Option<Fault> {
    duration(text).is_none().then(|| of(node, &format!("is `{text}`, not a duration such as `1m30s`")))
}

fn no_quantity(node: &Node, text: &str) -> Option<Fault> {
    Quantity::parse(text).is_none().then(|| of(node, &format!("is `{text}`, not a quantity such as `512Mi`")))
}

fn not(node: &Node, what: &str) -> Fault {
    let is = match &node.value {
        Value::List(_) => "a list".to_string(),
        Value::Map(_) => "a map".to_string(),
        Value::Scalar(json) => json.to_string(),
    };
    of(node, &format!("is {is}, not {what}"))
}

fn of(node: &Node, says: &str) -> Fault {
    Fault { at: node.span.clone(), says: says.to_string() }
}

#[cfg(test)]
mod tests {
    use super::fault;
    use crate::yaml::documents;

    #[test]
    fn values_decode_into_types_as_upstream_does_it() {
        let cases = [
            ("5", "int32", true),
            ("5.0", "int32", true),
            ("1e3", "int32", true),
            ("5.5", "int32", false),
            ("3000000000", "int32", false),
            ("3000000000", "*int64", true),
            ("-1", "v1.VerbosityLevel", false),
            ("'5'", "int32", false),
            ("yes", "*bool", true),
            ("'yes'", "bool", false),
            ("5", "string", false),
            ("null", "string", true),
            ("10s", "v1.Duration", true),
            ("-10s", "v1.Duration", true),
            ("10", "v1.Duration", false),
            ("null", "v1.Duration", false),
            ("null", "*v1.Duration", true),
            ("5000000000", "time.Duration", true),
            ("5s", "time.Duration", false),
            ("5s", "v1.TimeOrMetaDuration", true),
            ("5", "v1.TimeOrMetaDuration", true),
            ("1Gi", "resource.Quantity", true),
            ("1024", "resource.QuantityValue", true),
            ("1GB", "resource.Quantity", false),
            ("{cpu: 1}", "map[string]string", false),
            ("{cpu: '1'}", "map[string]string", true),
            ("{cpu: 1, memory: 1Gi}", "v1.ResourceList", true),
            ("{X: true}", "map[string]bool", true),
            ("{X: 'true'}", "map[string]bool", false),
            ("[a, b]", "[]string", true),
            ("[a, 1]", "[]string", false),
            ("a", "[]string", false),
            ("[]", "string", false),
            ("Webhook", "v1beta1.KubeletAuthorizationMode", true),
            ("1", "v1beta1.KubeletAuthorizationMode", false),
            ("x", "v1beta1.MemorySwapConfiguration", false),
            ("[{a: b}]", "[]v1.Taint", true),
            ("[1]", "[]v1.Taint", false),
        ];
        for (text, go, wanted) in cases {
            let node = documents(text).unwrap().remove(0);
            let structure = go.ends_with("Configuration") || go.ends_with("Taint");
            assert_eq!(fault(&node, go, structure).is_none(), wanted, "{text} as {go}");
        }
    }
}
