//! YAML and JSON as upstream reads them (sigs.k8s.io/yaml over go-yaml v2: YAML 1.1 scalars, merges, the last of two equal
//! keys), with the place of every key and value.

mod compose;
mod resolve;

pub use compose::{Fault, documents};

use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::ops::Range;

/// Equal keys that are told of one document; more are the same mistake again.
const MOST_TWICE: usize = 100;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Byte range in the text; of a map or list in block form from its first key to its last value.
    pub span: Range<usize>,
}

/// A value with its parts.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A scalar: null, boolean, number or text.
    Scalar(Json),
    /// A list.
    List(Vec<Node>),
    /// A map, as written: a key that is there twice is there twice.
    Map(Vec<Member>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The key, as a JSON object would have it.
    pub key: String,
    /// Where the key stands.
    pub at: Range<usize>,
    /// The value.
    pub node: Node,
}

impl Node {
    /// A value that stands at one place as a whole, such as that of a flag.
    #[must_use]
    pub fn from_json(json: &Json, span: &Range<usize>) -> Self {
        let value = match json {
            Json::Array(items) => Value::List(items.iter().map(|item| Self::from_json(item, span)).collect()),
            Json::Object(map) => Value::Map(
                map.iter()
                    .map(|(key, inner)| Member {
                        key: key.clone(),
                        at: span.clone(),
                        node: Self::from_json(inner, span),
                    })
                    .collect(),
            ),
            scalar => Value::Scalar(scalar.clone()),
        };
        Self { value, span: span.clone() }
    }

    /// The value without places, as upstream turns it into JSON: of equal keys the last one counts.
    #[must_use]
    pub fn json(&self) -> Json {
        match &self.value {
            Value::Scalar(scalar) => scalar.clone(),
            Value::List(items) => items.iter().map(Self::json).collect(),
            Value::Map(_) => {
                let object: Map<String, Json> = self.members().map(|m| (m.key.clone(), m.node.json())).collect();
                Json::Object(object)
            }
        }
    }

    /// The members that count: of equal keys the last one, whether it was merged in or not; none of what is no map.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        let all: &[Member] = match &self.value {
            Value::Map(members) => members,
            _ => &[],
        };
        // Long maps would take too long where each key looks for a later one.
        let last: BTreeMap<&str, usize> = all.iter().enumerate().map(|(at, m)| (m.key.as_str(), at)).collect();
        all.iter().enumerate().filter(move |(at, m)| last.get(m.key.as_str()) == Some(at)).map(|(_, m)| m)
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(members) => members.iter().rev().find(|m| m.key == key).map(|m| &m.node),
            _ => None,
        }
    }

    /// A map without some of its keys; a copy of anything else.
    #[must_use]
    pub fn without(&self, keys: &[&str]) -> Self {
        let mut copy = self.clone();
        if let Value::Map(members) = &mut copy.value {
            members.retain(|member| !keys.contains(&member.key.as_str()));
        }
        copy
    }

    /// The value at the end of a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The elements of a list; none of what is no list.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a scalar that is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(Json::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether it is a map.
    #[must_use]
    pub fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// Whether it is null, which is how unset is written.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Scalar(Json::Null))
    }

    /// Keys that stand twice in one map, everywhere below: the first, and the one that counts.
    #[must_use]
    pub fn twice(&self) -> Vec<(&Member, &Member)> {
        let mut out = Vec::new();
        self.find_twice(&mut out);
        out
    }

    fn find_twice<'n>(&'n self, out: &mut Vec<(&'n Member, &'n Member)>) {
        match &self.value {
            Value::Scalar(_) => {}
            Value::List(items) => items.iter().for_each(|item| item.find_twice(out)),
            Value::Map(members) => {
                let mut first = BTreeMap::new();
                for member in members {
                    if let Some(before) = first.insert(member.key.as_str(), member).filter(|_| out.len() < MOST_TWICE) {
                        out.push((before, member));
                    }
                    member.node.find_twice(out);
                }
            }
        }
    }
}
