//! What is there now: configuration files as read, named as the catalogue names them, and what upstream makes of them.

mod allocatable;
mod effective;
mod expand;
mod fault;
mod flags;
mod pod;
mod read;
mod yaml;
mod zero;

pub use allocatable::{Amounts, allocatable};
pub use expand::{Entries, Entry};
pub use fault::fault;
pub use read::{Reading, read, read_as_upstream};

use crate::diag::Place;
use crate::rules::Values;
use crate::yaml::Node;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One stated value.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    /// The value as written.
    pub value: Json,
    /// The value with the places of its parts.
    pub node: Node,
    /// Where its name stands.
    pub key: Place,
    /// Whether only a drop-in file states it: upstream sets its defaults before it merges drop-ins, so these values
    /// do not change the defaults of others.
    pub late: bool,
}

/// The configuration of one component, by tunable.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Current {
    /// What is stated.
    pub stated: BTreeMap<String, Stated>,
    /// The files it came from, the main one first.
    pub paths: Vec<String>,
    /// Whether the main file is a configuration file as a whole, not a manifest or map that carries one.
    pub verbatim: bool,
    /// Keys that stand twice in one map: the key, its first place, and the one that counts.
    pub twice: Vec<(String, Place, Place)>,
    /// The configuration objects as written, each with its file; none of flags.
    pub documents: Vec<(Arc<str>, Node)>,
}

/// Whether a component is configured by flags, not by a file.
#[must_use]
pub fn is_flags(component: &str) -> bool {
    flags::COMPONENTS.contains(&component)
}

impl Current {
    /// The configuration of a main file.
    #[must_use]
    pub fn new(reading: Reading) -> Self {
        let mut out = Self { verbatim: reading.verbatim, ..Self::default() };
        out.add(reading, false);
        out
    }

    /// Merges a drop-in file: maps key by key, lists and scalars replaced.
    pub fn drop_in(&mut self, reading: Reading) {
        self.add(reading, true);
    }

    fn add(&mut self, reading: Reading, late: bool) {
        let path: Arc<str> = Arc::from(reading.path.as_str());
        self.paths.push(reading.path);
        self.documents.extend(reading.document.map(|document| (Arc::clone(&path), document)));
        let place = |at| Place::new(&path, at);
        self.twice.extend(reading.twice.into_iter().map(|(key, first, last)| (key, place(first), place(last))));
        for (name, Entry { value, node, key }) in reading.stated {
            self.stated.insert(name, Stated { value, node, key: Place::new(&path, key), late });
        }
    }

    /// Whether something is stated of a tunable or below it.
    #[must_use]
    pub fn states(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    /// What is stated of a tunable, or first of all below it.
    #[must_use]
    pub fn place<'c>(&'c self, name: &'c str) -> Option<&'c Stated> {
        self.stated.get(name).or_else(|| self.below(name).next().map(|(_, stated)| stated))
    }

    /// What is stated below a tunable: keys of a map, elements of a list, fields of an object.
    pub fn below<'c>(&'c self, name: &'c str) -> impl Iterator<Item = (&'c str, &'c Stated)> {
        let from = self.stated.range(name.to_string()..);
        from.take_while(move |(n, _)| n.starts_with(name)).filter_map(move |(n, stated)| {
            n[name.len()..].starts_with(['.', '[']).then_some((&n[name.len()..], stated))
        })
    }

    /// The keys of a map that is stated key by key, or of a keyed list, with null values; null where nothing is stated.
    #[must_use]
    pub fn whole(&self, name: &str) -> Json {
        let (mut map, mut list) = (serde_json::Map::new(), Vec::new());
        for (rest, stated) in self.below(name) {
            match rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
                Some((key, _)) => {
                    if list.last().and_then(Json::as_str) != Some(key) {
                        list.push(Json::from(key));
                    }
                }
                None => drop(map.insert(rest[1..].to_string(), stated.value.clone())),
            }
        }
        if !list.is_empty() {
            return Json::Array(list);
        }
        if map.is_empty() { Json::Null } else { Json::Object(map) }
    }

    /// A component's planned values, in the same form.
    #[must_use]
    pub fn planned(component: &str, values: &Values) -> Self {
        let prefix = format!("{component}/");
        let mut stated = Entries::new();
        for (name, value) in values.iter().filter(|(n, _)| n.starts_with(&prefix)) {
            expand::value(name, &(0..0), &Node::from_json(&value.value, &(0..0)), &mut stated);
        }
        let mut out = Self::new(Reading {
            path: String::new(),
            component: "",
            stated,
            verbatim: false,
            twice: Vec::new(),
            document: None,
        });
        out.paths.clear();
        out
    }
}
