//! The spec's canonical form and its hash: units normalised, tables sorted, comments and spacing gone.

use super::get::pin_json;
use super::node::{Node, Table, Val};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// SHA-256 of the canonical form, in hexadecimal. Lists of named tables count as sets, since their order means nothing.
#[must_use]
pub fn sha256(spec: &Table) -> String {
    let text = table(spec).to_string();
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn table(table: &Table) -> Value {
    Value::Object(table.iter().map(|(key, node)| (key.clone(), value(node))).collect::<Map<_, _>>())
}

fn value(node: &Node) -> Value {
    match &node.value {
        Val::Bool(b) => json!(b),
        Val::Int(n) => json!(n),
        Val::Ppm(n) => json!({ "ppm": n }),
        Val::Text(text) => json!(text),
        Val::Version(v) => json!(v.to_string()),
        Val::Kernel(k) => json!(k.to_string()),
        Val::Bytes(b) => json!({ "bytes": b.0 }),
        Val::Cpu(c) => json!({ "milli": c.0 }),
        Val::Micro(c) => json!({ "micro": c.0 }),
        Val::Duration(d) => json!({ "nanos": d.0 }),
        Val::Cidr(net) => json!(net.to_string()),
        Val::Cpus(cpus) => json!(cpus.to_string()),
        Val::Pin(pin) => pin_json(pin),
        Val::Table(inner) => table(inner),
        Val::List(items) => {
            let mut out: Vec<Value> = items.iter().map(value).collect();
            if items.iter().all(|n| n.table().is_some_and(|t| t.contains_key("name"))) {
                out.sort_by_key(|item| item["name"].to_string());
            }
            Value::Array(out)
        }
    }
}
