//! The JSON Schema of the spec, made from the same shapes that read it.

use super::keys::SPEC;
use super::shape::{Kind, Shape};
use crate::catalog;
use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};

/// JSON Schema (draft 2020-12) of a spec file.
#[must_use]
pub fn schema() -> Schema {
    let mut out = json_schema!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "plimsoll spec" });
    if let Value::Object(root) = table(&SPEC) {
        for (key, value) in root {
            out.insert(key, value);
        }
    }
    out
}

fn table(shape: &Shape) -> Value {
    let properties: Map<String, Value> = shape
        .keys
        .iter()
        .map(|key| {
            let mut value = kind(key.kind);
            value["description"] = json!(key.doc);
            (key.name.to_string(), value)
        })
        .collect();
    let needed: Vec<&str> = shape.keys.iter().filter(|k| k.required).map(|k| k.name).collect();
    json!({ "type": "object", "properties": properties, "required": needed, "additionalProperties": false })
}

fn kind(kind: Kind) -> Value {
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match kind {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Int(min, i64::MAX) => json!({ "type": "integer", "minimum": min }),
        Kind::Int(min, max) => json!({ "type": "integer", "minimum": min, "maximum": max }),
        #[allow(clippy::cast_precision_loss)]
        Kind::Ratio(min, max) => {
            json!({ "type": "number", "minimum": min as f64 / 1e6, "maximum": max as f64 / 1e6 })
        }
        Kind::Text => json!({ "type": "string" }),
        Kind::Name => text("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"),
        Kind::Kubernetes => {
            let versions = catalog::versions();
            let mut out = text(r"^v?1\.[0-9]+(\.[0-9]+)?$");
            out["examples"] = json!([versions.oldest.to_string(), versions.newest.to_string()]);
            out
        }
        Kind::Version => text(r"^v?[0-9]+\.[0-9]+(\.[0-9]+)?$"),
        Kind::Kernel => text(r"^[0-9]+\.[0-9]+"),
        Kind::Bytes => text(r"^[0-9]+(\.[0-9]+)?([eE][0-9]+|[KMGTPE]i|[kMGTPE])?$"),
        Kind::Cpu => text(r"^[0-9]+(\.[0-9]+)?m?$"),
        Kind::MicroCpu => text(r"^[0-9]+(\.[0-9]+)?[mu]?$"),
        Kind::Rate => text(r"^[0-9]+(\.[0-9]+)?([KMGTPE]i|[kMGTPE])?/s$"),
        Kind::Duration => text(r"^(0|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$"),
        Kind::Cidr => text(r"^[0-9a-fA-F:.]+/[0-9]+$"),
        Kind::Cpus => text(r"^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$"),
        Kind::OneOf(words) => json!({ "enum": words }),
        Kind::List(item) => json!({ "type": "array", "items": self::kind(*item) }),
        Kind::Table(shape) => table(shape),
        Kind::Tables(shape) => json!({ "type": "array", "items": table(shape) }),
        Kind::Named(shape) => json!({ "type": "object", "additionalProperties": table(shape) }),
        Kind::Map(item) => json!({ "type": "object", "additionalProperties": self::kind(*item) }),
        Kind::Pins => json!({
            "type": "object",
            "propertyNames": { "pattern": "^[a-z0-9-]+/.+" },
            "additionalProperties": { "description": "a value, { min, max }, { any-of = [...] } or \"default\"" }
        }),
    }
}
