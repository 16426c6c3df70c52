//! YAML lines from a tree. Upstream reads YAML 1.1 through JSON, so scalars are written by their type, not by their looks:
//! texts always quoted, numbers and booleans bare.

use super::tree::Tree;
use serde_json::Value as Json;

/// Lines of a configuration, with reasons as comments when asked for.
#[must_use]
pub fn lines(tree: &Tree, comments: bool) -> Vec<String> {
    let mut out = Vec::new();
    match tree {
        Tree::Map(map) => {
            for (key, value) in map {
                entry(&mut out, 0, "", key, value, comments);
            }
        }
        other => out.extend(json_lines(&other.json())),
    }
    out
}

/// One `key: value`, where `lead` stands before the first line (`- ` of a list item).
fn entry(out: &mut Vec<String>, indent: usize, lead: &str, key: &str, value: &Tree, comments: bool) {
    let pad = " ".repeat(indent);
    let key = self::key(key);
    match value {
        Tree::Leaf(leaf) => match scalar(&leaf.value) {
            Some(text) => {
                let note = if comments && !leaf.reason.is_empty() {
                    format!(" # {}", one_line(&leaf.reason))
                } else {
                    String::new()
                };
                out.push(format!("{pad}{lead}{key}: {text}{note}"));
            }
            None => {
                if comments && !leaf.reason.is_empty() {
                    out.push(format!("{pad}{lead}{key}: # {}", one_line(&leaf.reason)));
                } else {
                    out.push(format!("{pad}{lead}{key}:"));
                }
                out.extend(
                    json_lines(&leaf.value).into_iter().map(|l| format!("{pad}{}  {l}", " ".repeat(lead.len()))),
                );
            }
        },
        Tree::Map(map) => {
            out.push(format!("{pad}{lead}{key}:{}", if map.is_empty() { " {}" } else { "" }));
            for (inner, value) in map {
                entry(out, indent + lead.len() + 2, "", inner, value, comments);
            }
        }
        Tree::List(field, items) => {
            out.push(format!("{pad}{lead}{key}:"));
            for (name, item) in items {
                let at = indent + lead.len() + 2;
                out.push(format!("{}- {}: {}", " ".repeat(at), self::key(field), quoted(name)));
                if let Tree::Map(map) = item {
                    for (inner, value) in map {
                        entry(out, at + 2, "", inner, value, comments);
                    }
                }
            }
        }
    }
}

/// Lines of a carried structure.
fn json_lines(value: &Json) -> Vec<String> {
    match value {
        Json::Object(map) => map
            .iter()
            .flat_map(|(k, v)| match scalar(v) {
                Some(text) => vec![format!("{}: {text}", key(k))],
                None => {
                    let mut out = vec![format!("{}:", key(k))];
                    out.extend(json_lines(v).into_iter().map(|l| format!("  {l}")));
                    out
                }
            })
            .collect(),
        Json::Array(items) => items
            .iter()
            .flat_map(|item| match scalar(item) {
                Some(text) => vec![format!("- {text}")],
                None => {
                    let lines = json_lines(item).into_iter().enumerate();
                    lines.map(|(at, l)| if at == 0 { format!("- {l}") } else { format!("  {l}") }).collect()
                }
            })
            .collect(),
        other => scalar(other).into_iter().collect(),
    }
}

/// A value that fits behind its key; `None` for structures with something in them.
pub(super) fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(quoted(text)),
        Json::Null => Some("null".into()),
        Json::Bool(b) => Some(b.to_string()),
        Json::Number(n) => Some(n.to_string()),
        Json::Array(items) if items.is_empty() => Some("[]".into()),
        Json::Object(map) if map.is_empty() => Some("{}".into()),
        Json::Array(_) | Json::Object(_) => None,
    }
}

/// A text in double quotes. JSON's escapes are YAML's as well.
pub(super) fn quoted(text: &str) -> String {
    Json::from(text).to_string()
}

/// A key, bare where every YAML reader takes it for a text.
fn key(name: &str) -> String {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b));
    let word =
        ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&name.to_ascii_lowercase().as_str());
    if plain && !word && name.starts_with(|c: char| c.is_ascii_alphabetic()) { name.to_string() } else { quoted(name) }
}

/// A comment that stays one line whatever a user typed into a name.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || "\u{85}\u{2028}\u{2029}".contains(c) { ' ' } else { c }).collect()
}
