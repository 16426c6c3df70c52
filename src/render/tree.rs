//! Values as a tree: tunable names taken apart the way the catalogue reads them.

use super::flags::is_flag;
use crate::catalog::{self, Type};
use crate::rules::{Origin, Values};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// A value with its reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// The value, in upstream's type.
    pub value: Json,
    /// Why, in one line; empty when there is nothing to say.
    pub reason: String,
}

/// A configuration.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// A value.
    Leaf(Leaf),
    /// Fields.
    Map(BTreeMap<String, Tree>),
    /// Objects of a list, by the field that keys them.
    List(String, BTreeMap<String, Tree>),
}

/// One step into a configuration.
enum Step {
    Field(String),
    /// An element of a list: its keying field and its key.
    Item(String, String),
}

/// The tree of one component's values that a file holds: flags are not among them. `keep` says which values are in it.
#[must_use]
pub fn of_component(component: &str, values: &Values, keep: impl Fn(&str, &crate::rules::Value) -> bool) -> Tree {
    let mut root = Tree::Map(BTreeMap::new());
    let prefix = format!("{component}/");
    for (name, value) in values.iter().filter(|(n, v)| n.starts_with(&prefix) && !is_flag(n) && keep(n, v)) {
        // A carried field says where it came from once, in the header.
        let reason = if value.origin == Origin::Base { String::new() } else { value.reason.clone() };
        // Unset upstream stays unset.
        if !value.value.is_null() {
            insert(&mut root, &steps(name, &prefix), Leaf { value: value.value.clone(), reason });
        }
    }
    root
}

/// Adds a component's value to its tree.
pub(super) fn set(tree: &mut Tree, component: &str, name: &str, leaf: Leaf) {
    insert(tree, &steps(name, &format!("{component}/")), leaf);
}

/// A tunable's name as steps: fields up to the catalogue's entry, then one key of a map, or fields of a carried object.
fn steps(name: &str, prefix: &str) -> Vec<Step> {
    let path = name.strip_prefix(prefix).unwrap_or(name);
    let found = catalog::find(name);
    let key = found.and_then(|f| f.key);
    let (fields, key) = match key {
        Some(key) => (&path[..path.len() - key.len() - 1], Some(key)),
        None => (path, None),
    };
    let mut out = Vec::new();
    let mut so_far = prefix.to_string();
    for part in split(fields) {
        let (field, item) = match part.split_once('[') {
            Some((field, rest)) => (field, rest.strip_suffix(']')),
            None => (part, None),
        };
        so_far.push_str(field);
        out.push(Step::Field(field.to_string()));
        if let Some(item) = item {
            let keyed_by = catalog::setting(&so_far).and_then(|t| t.list_key);
            out.push(Step::Item(keyed_by.unwrap_or("name").to_string(), item.to_string()));
            so_far.push_str("[]");
        }
        so_far.push('.');
    }
    match (key, found.map(|f| f.tunable.kind)) {
        (Some(key), Some(Type::Object)) => out.extend(key.split('.').map(|k| Step::Field(k.to_string()))),
        (Some(key), _) => out.push(Step::Field(key.to_string())),
        (None, _) => {}
    }
    out
}

/// Parts between dots that are not inside brackets.
fn split(path: &str) -> Vec<&str> {
    let (mut out, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, c) in path.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => {
                out.push(&path[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    out.push(&path[start..]);
    out
}

fn insert(tree: &mut Tree, steps: &[Step], leaf: Leaf) {
    let Some((step, rest)) = steps.split_first() else {
        *tree = Tree::Leaf(leaf);
        return;
    };
    match step {
        Step::Field(name) => {
            if !matches!(tree, Tree::Map(_)) {
                *tree = Tree::Map(BTreeMap::new());
            }
            if let Tree::Map(map) = tree {
                insert(map.entry(name.clone()).or_insert_with(|| Tree::Map(BTreeMap::new())), rest, leaf);
            }
        }
        Step::Item(field, key) => {
            if !matches!(tree, Tree::List(..)) {
                *tree = Tree::List(field.clone(), BTreeMap::new());
            }
            if let Tree::List(_, items) = tree {
                insert(items.entry(key.clone()).or_insert_with(|| Tree::Map(BTreeMap::new())), rest, leaf);
            }
        }
    }
}

impl Tree {
    /// The tree as plain JSON, without reasons.
    #[must_use]
    pub fn json(&self) -> Json {
        match self {
            Self::Leaf(leaf) => leaf.value.clone(),
            Self::Map(map) => Json::Object(map.iter().map(|(k, v)| (k.clone(), v.json())).collect::<Map<_, _>>()),
            Self::List(field, items) => Json::Array(
                items
                    .iter()
                    .map(|(key, item)| {
                        let mut out = item.json();
                        out[field] = Json::from(key.as_str());
                        out
                    })
                    .collect(),
            ),
        }
    }
}
