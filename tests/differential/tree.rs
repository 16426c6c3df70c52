//! Files as trees that can be broken: scalars keep the text they are written with, and maps may hold a key twice.

use plimsoll::yaml::{Node, Value};
use serde_json::Value as Json;

/// A value as it will be written.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// A scalar, in YAML's own spelling.
    Raw(String),
    /// A map.
    Map(Vec<(String, Tree)>),
    /// A list.
    List(Vec<Tree>),
}

/// Where a part is: the index of the child at every step.
pub type Path = Vec<usize>;

/// A text in quotes.
pub fn quoted(text: &str) -> String {
    Json::from(text).to_string()
}

impl Tree {
    /// What a document holds.
    pub fn of(node: &Node) -> Self {
        match &node.value {
            Value::Scalar(scalar) => Self::Raw(scalar.to_string()),
            Value::List(items) => Self::List(items.iter().map(Self::of).collect()),
            Value::Map(_) => Self::Map(node.members().map(|m| (m.key.clone(), Self::of(&m.node))).collect()),
        }
    }

    /// The first document of a text.
    pub fn read(text: &str) -> Option<Self> {
        plimsoll::yaml::documents(text).ok()?.first().map(Self::of)
    }

    /// YAML in block form.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write(0, &mut out);
        out
    }

    fn write(&self, indent: usize, out: &mut String) {
        let pad = " ".repeat(indent);
        match self {
            Self::Raw(text) => out.push_str(&format!("{pad}{text}\n")),
            Self::Map(members) if members.is_empty() => out.push_str(&format!("{pad}{{}}\n")),
            Self::List(items) if items.is_empty() => out.push_str(&format!("{pad}[]\n")),
            Self::Map(members) => {
                for (key, value) in members {
                    let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphabetic() || b"./-".contains(&b));
                    let plain = plain
                        && !["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
                            .contains(&key.to_lowercase().as_str());
                    let plain = plain && !key.starts_with('-');
                    let key = if plain || key == "<<" { key.clone() } else { quoted(key) };
                    match value {
                        Self::Raw(text) => out.push_str(&format!("{pad}{key}: {text}\n")),
                        Self::Map(inner) if inner.is_empty() => out.push_str(&format!("{pad}{key}: {{}}\n")),
                        Self::List(inner) if inner.is_empty() => out.push_str(&format!("{pad}{key}: []\n")),
                        _ => {
                            out.push_str(&format!("{pad}{key}:\n"));
                            value.write(indent + 2, out);
                        }
                    }
                }
            }
            Self::List(items) => {
                for item in items {
                    match item {
                        Self::Raw(text) => out.push_str(&format!("{pad}- {text}\n")),
                        _ => {
                            let mut inner = String::new();
                            item.write(indent + 2, &mut inner);
                            out.push_str(&format!("{pad}- {}", inner.trim_start()));
                        }
                    }
                }
            }
        }
    }

    /// Every part but the whole.
    pub fn paths(&self) -> Vec<Path> {
        let mut out = Vec::new();
        self.walk(&mut Vec::new(), &mut out);
        out
    }

    fn walk(&self, at: &mut Path, out: &mut Vec<Path>) {
        let children: Vec<&Tree> = match self {
            Self::Raw(_) => Vec::new(),
            Self::Map(members) => members.iter().map(|(_, value)| value).collect(),
            Self::List(items) => items.iter().collect(),
        };
        for (index, child) in children.into_iter().enumerate() {
            at.push(index);
            out.push(at.clone());
            child.walk(at, out);
            at.pop();
        }
    }

    /// A part.
    pub fn at(&mut self, path: &[usize]) -> Option<&mut Tree> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        match self {
            Self::Raw(_) => None,
            Self::Map(members) => members.get_mut(*first)?.1.at(rest),
            Self::List(items) => items.get_mut(*first)?.at(rest),
        }
    }

    /// Takes a part out.
    pub fn remove(&mut self, path: &[usize]) {
        let Some((last, above)) = path.split_last() else { return };
        match self.at(above) {
            Some(Self::Map(members)) if *last < members.len() => drop(members.remove(*last)),
            Some(Self::List(items)) if *last < items.len() => drop(items.remove(*last)),
            _ => {}
        }
    }

    /// Sets a value below maps, which are made where they are missing.
    pub fn put(&mut self, keys: &[&str], value: Tree) {
        let Some((first, rest)) = keys.split_first() else {
            *self = value;
            return;
        };
        if !matches!(self, Self::Map(_)) {
            *self = Self::Map(Vec::new());
        }
        let Self::Map(members) = self else { return };
        let at = match members.iter().position(|(key, _)| key == first) {
            Some(at) => at,
            None => {
                members.push(((*first).to_string(), Self::Map(Vec::new())));
                members.len() - 1
            }
        };
        members[at].1.put(rest, value);
    }

    /// Takes out what is at the end of keys.
    pub fn take(&mut self, keys: &[&str]) {
        let Some((first, rest)) = keys.split_first() else { return };
        let Self::Map(members) = self else { return };
        if rest.is_empty() {
            members.retain(|(key, _)| key != first);
        } else if let Some((_, inner)) = members.iter_mut().find(|(key, _)| key == first) {
            inner.take(rest);
        }
    }

    /// Lays another tree over this one: maps key by key, everything else replaced.
    pub fn lay(&mut self, over: &Tree) {
        match (self, over) {
            (Self::Map(mine), Self::Map(theirs)) => {
                for (key, value) in theirs {
                    match mine.iter_mut().find(|(k, _)| k == key) {
                        Some((_, own)) => own.lay(value),
                        None => mine.push((key.clone(), value.clone())),
                    }
                }
            }
            (own, over) => *own = over.clone(),
        }
    }
}
