//! Documents taken apart into tunables: fields up to the catalogue's entry, keys of maps, elements of keyed lists.

use crate::catalog::{self, Tunable, Type};
use crate::yaml::{Member, Node, Value};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Name that upstream gives to the only profile of a scheduler when it has none (k8s.io/api/core/v1 DefaultSchedulerName).
pub(super) const PROFILE: &str = "default-scheduler";

/// A value as a file states it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The value.
    pub value: Json,
    /// The value with the places of its parts.
    pub node: Node,
    /// Where its name stands.
    pub key: Range<usize>,
    /// The file, where it is not the reading's own.
    pub from: Option<Arc<str>>,
}

impl Entry {
    /// A value with its place, and the place of its name.
    #[must_use]
    pub fn new(node: Node, key: Range<usize>) -> Self {
        Self { value: node.json(), node, key, from: None }
    }
}

/// Values by tunable.
pub type Entries = BTreeMap<String, Entry>;

/// Every value of a configuration object.
pub(super) fn document(component: &str, document: &Node, out: &mut Entries) {
    below(&format!("{component}/"), document.members(), out);
}

/// Names of what a configuration object sets to null.
pub(super) fn nulls(prefix: &str, document: &Node) -> Vec<String> {
    let mut out = Vec::new();
    for member in document.members() {
        let name = format!("{prefix}{}", member.key);
        match &member.node.value {
            Value::Scalar(Json::Null) => out.push(name),
            Value::Map(_) => out.extend(nulls(&format!("{name}."), &member.node)),
            _ => {}
        }
    }
    out
}

fn below<'n>(prefix: &str, fields: impl Iterator<Item = &'n Member>, out: &mut Entries) {
    for field in fields {
        // They say what the object is, and are no setting.
        if !matches!(field.key.as_str(), "apiVersion" | "kind") {
            value(&format!("{prefix}{}", field.key), &field.at, &field.node, out);
        }
    }
}

fn enter(name: &str, key: &Range<usize>, node: &Node, out: &mut Entries) {
    out.insert(name.to_string(), Entry::new(node.clone(), key.clone()));
}

/// Everything that one value comes to; nothing for null, which is how unset is written.
pub(super) fn value(name: &str, key: &Range<usize>, node: &Node, out: &mut Entries) {
    let entry = catalog::find(name).filter(|f| f.key.is_none()).map(|f| f.tunable);
    let within = catalog::find(name).is_some_and(|f| f.key.is_some() && f.tunable.kind == Type::Object);
    let kind = entry.map(|t| t.kind);
    match &node.value {
        Value::Scalar(Json::Null) => {}
        Value::Map(members) if kind == Some(Type::Map) => {
            // A key may have entries of its own: arguments of the scheduler's plugins do.
            for member in node.members() {
                let key = format!("{name}.{}", member.key);
                match entry.and_then(|map| zero(map, &member.node)) {
                    Some(zero) => enter(&key, &member.at, &Node::from_json(&zero, &member.at), out),
                    None => value(&key, &member.at, &member.node, out),
                }
            }
            // An empty map is not an absent one: see the default of thresholds.
            if members.is_empty() {
                enter(name, key, node, out);
            }
        }
        Value::Map(_) if kind == Some(Type::Object) || within || has_fields(name) => {
            below(&format!("{name}."), node.members(), out);
        }
        Value::List(items) if kind == Some(Type::List) => {
            list(name, key, items, entry.and_then(|t| t.list_key), node, out);
        }
        _ => enter(name, key, node, out),
    }
}

/// What null comes to as the value of a map's key, which then is there: the zero of its type.
fn zero(map: &Tunable, node: &Node) -> Option<Json> {
    match map.of.unwrap_or(Type::String) {
        _ if !node.is_null() => None,
        Type::Boolean => Some(Json::from(false)),
        Type::List | Type::Map | Type::Object => None,
        _ => Some(Json::from("")),
    }
}

/// A list of objects is its elements, where each has a key of its own; any other list is one value.
fn list(name: &str, at: &Range<usize>, items: &[Node], keyed_by: Option<&str>, whole: &Node, out: &mut Entries) {
    let unnamed = (keyed_by == Some("schedulerName") && items.len() == 1).then(|| PROFILE.to_string());
    let own = |item: &Node, field: &str| item.get(field).map_or(unnamed.clone(), |n| self::key(&n.json()));
    let keys: Option<Vec<String>> = keyed_by.and_then(|field| items.iter().map(|item| own(item, field)).collect());
    let distinct = |keys: &Vec<String>| keys.iter().collect::<std::collections::BTreeSet<_>>().len() == keys.len();
    let (Some(field), Some(keys)) = (keyed_by, keys.filter(|k| distinct(k) && !k.is_empty())) else {
        enter(name, at, whole, out);
        return;
    };
    for (key, item) in keys.iter().zip(items) {
        let element = format!("{name}[{key}]");
        let before = out.len();
        below(&format!("{element}."), item.members().filter(|m| m.key != field), out);
        // An element that says nothing but its key still is there.
        if out.len() == before {
            let own = item.members().find(|m| m.key == field);
            let null = Node { value: Value::Scalar(Json::Null), span: item.span.clone() };
            enter(
                &format!("{element}.{field}"),
                own.map_or(&item.span, |m| &m.at),
                own.map_or(&null, |m| &m.node),
                out,
            );
        }
    }
}

fn key(value: &Json) -> Option<String> {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.contains(['[', ']'])).then_some(text)
}

/// Whether the catalogue has entries below `name`.
fn has_fields(name: &str) -> bool {
    let forms = [name.to_string(), generic(name, 1), generic(name, usize::MAX)];
    forms.iter().any(|form| {
        let below = format!("{form}.");
        catalog::starting(&below).next().is_some()
    })
}

/// The name as the catalogue writes it: the first `most` keys of lists left out.
fn generic(name: &str, most: usize) -> String {
    let parts = name.split('[').enumerate().map(|(at, part)| match part.split_once(']') {
        Some((_, rest)) if at > 0 && at <= most => format!("]{rest}"),
        _ => part.to_string(),
    });
    parts.collect::<Vec<_>>().join("[")
}

/// The element of a list that a tunable belongs to: `profiles[batch]` of `profiles[batch].plugins`.
pub(super) fn element(name: &str) -> Option<(&str, &str, &str)> {
    let open = name.find('[')?;
    let close = open + name[open..].find(']')?;
    Some((&name[..=close], &name[..open], &name[open + 1..close]))
}
