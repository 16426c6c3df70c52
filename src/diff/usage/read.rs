//! The files that `--usage` takes: what kubectl prints of pods and of nodes, and maps of nodes.

use super::pod::{asks, quantity};
use super::{Node, Nodes};
use crate::current::Amounts;
use serde_json::{Map, Value as Json};

/// Keys of a node in a map.
const KEYS: [&str; 5] = ["cpu", "memory", "ephemeral-storage", "pods", "class"];

/// Adds what a file says of nodes. JSON is what `kubectl get pods -A -o json` or `kubectl get nodes -o json` prints, or a map of
/// nodes; anything else is such a map in TOML.
///
/// # Errors
/// What is wrong with the text, as a sentence without a subject.
pub fn read(text: &str, nodes: &mut Nodes) -> Result<(), String> {
    let document: Json = match serde_json::from_str(text) {
        Ok(document) => document,
        // A TOML text may begin with a bracket, and not with a brace.
        Err(error) if text.trim_start().starts_with('{') => return Err(format!("is not valid JSON: {error}")),
        Err(_) => toml::from_str(text).map_err(|error| format!("is not valid TOML: {}", error.message()))?,
    };
    let kind = document.get("kind").and_then(Json::as_str);
    match (kind, document.get("items").and_then(Json::as_array)) {
        (Some(_), Some(items)) => items.iter().try_for_each(|item| object(item, kind, nodes)),
        (Some(_), None) => object(&document, kind, nodes),
        (None, _) => match document.as_object() {
            Some(map) if !map.is_empty() => map.iter().try_for_each(|(name, node)| entry(name, node, nodes)),
            _ => Err("says nothing of any node".into()),
        },
    }
}

/// A pod or a node. The items of a `PodList` need not say what they are.
fn object(item: &Json, list: Option<&str>, nodes: &mut Nodes) -> Result<(), String> {
    let kind = item.get("kind").and_then(Json::as_str).or(list).unwrap_or_default();
    match kind.trim_end_matches("List") {
        "Pod" => {
            if let Some((name, own)) = asks(item)? {
                add(&mut nodes.entry(name.to_string()).or_default().asks, &own);
            }
        }
        "Node" => {
            let name = item.pointer("/metadata/name").and_then(Json::as_str).ok_or("has a node without a name")?;
            let labels = item.pointer("/metadata/labels").and_then(Json::as_object).cloned().unwrap_or_default();
            let texts = labels.into_iter().filter_map(|(k, v)| Some((k, v.as_str()?.to_string())));
            nodes.entry(name.to_string()).or_default().labels = Some(texts.collect());
        }
        other => return Err(format!("holds a {other}; pods and nodes can be read")),
    }
    Ok(())
}

/// One node of a map.
fn entry(name: &str, value: &Json, nodes: &mut Nodes) -> Result<(), String> {
    let Some(fields) = value.as_object() else {
        return Err(format!("has no table of requests for the node `{name}`"));
    };
    if let Some((key, inner)) = fields.iter().find(|(key, _)| !KEYS.contains(&key.as_str())) {
        let quote = if inner.is_object() { "; put the name of a node with dots in it in quotes" } else { "" };
        return Err(format!("has `{key}` for the node `{name}`, and knows {}{quote}", KEYS.join(", ")));
    }
    let node: &mut Node = nodes.entry(name.to_string()).or_default();
    let amount = |key: &str| match fields.get(key) {
        Some(value) => quantity(key, value).map(Some).map_err(|what| format!("has the node `{name}`: {what}")),
        None => Ok(None),
    };
    let own = Amounts {
        cpu: amount("cpu")?,
        memory: amount("memory")?,
        storage: amount("ephemeral-storage")?,
        pods: amount("pods")?,
    };
    add(&mut node.asks, &own);
    if let Some(class) = class(name, fields)? {
        node.class = Some(class);
    }
    Ok(())
}

fn class(name: &str, fields: &Map<String, Json>) -> Result<Option<String>, String> {
    match fields.get("class") {
        None => Ok(None),
        Some(Json::String(class)) => Ok(Some(class.clone())),
        Some(other) => Err(format!("has the class {other} for the node `{name}`, which is no text")),
    }
}

fn add(sum: &mut Amounts, own: &Amounts) {
    let both = |a: Option<i64>, b: Option<i64>| match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (a, b) => a.or(b),
    };
    *sum = Amounts {
        cpu: both(sum.cpu, own.cpu),
        memory: both(sum.memory, own.memory),
        storage: both(sum.storage, own.storage),
        pods: both(sum.pods, own.pods),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(text: &str) -> Result<Nodes, String> {
        let mut out = Nodes::new();
        read(text, &mut out).map(|()| out)
    }

    #[test]
    fn a_map_is_read_as_toml_and_as_json() {
        let toml =
            nodes("[n1]\ncpu = \"3500m\"\npods = 40\nclass = \"web\"\n[\"n2.example\"]\nmemory = \"12Gi\"\n").unwrap();
        let json =
            nodes(r#"{"n1": {"cpu": "3.5", "pods": 40, "class": "web"}, "n2.example": {"memory": "12Gi"}}"#).unwrap();
        assert_eq!(toml, json);
        assert_eq!((toml["n1"].asks.cpu, toml["n1"].asks.memory, toml["n1"].asks.pods), (Some(3500), None, Some(40)));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(nodes("[n1.example]\ncpu = 1\n").unwrap_err().contains("in quotes"));
        assert!(nodes("[n1]\ncpus = 1\n").unwrap_err().contains("has `cpus`"));
        assert!(nodes("{").unwrap_err().contains("is not valid JSON"));
        assert!(nodes("{}").is_err() && nodes("").is_err());
        assert!(nodes(r#"{"kind": "Service"}"#).unwrap_err().contains("holds a Service"));
    }

    #[test]
    fn no_text_makes_reading_panic() {
        for text in ["[", "[[", "[\"", "{\"kind\":1}", "{\"kind\":\"List\",\"items\":[1,null,{}]}", "\u{feff}{}", "a=1"]
        {
            drop(nodes(text));
        }
    }
}
