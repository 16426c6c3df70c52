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
pub use fault::fault;
pub use read::{Reading, read};

use crate::rules::Values;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// One stated value.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    /// The value as written.
    pub value: Json,
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
        let mut out = Self { stated: BTreeMap::new(), paths: Vec::new(), verbatim: reading.verbatim };
        out.add(reading, false);
        out
    }

    /// Merges a drop-in file: maps key by key, lists and scalars replaced.
    pub fn drop_in(&mut self, reading: Reading) {
        self.add(reading, true);
    }

    fn add(&mut self, reading: Reading, late: bool) {
        self.paths.push(reading.path);
        for (name, value) in reading.stated {
            self.stated.insert(name, Stated { value, late });
        }
    }

    /// A component's planned values, in the same form.
    #[must_use]
    pub fn planned(component: &str, values: &Values) -> Self {
        let prefix = format!("{component}/");
        let mut out = BTreeMap::new();
        for (name, value) in values.iter().filter(|(n, _)| n.starts_with(&prefix)) {
            expand::value(name, &value.value, &mut out);
        }
        let stated = out.into_iter().map(|(name, value)| (name, Stated { value, late: false })).collect();
        Self { stated, paths: Vec::new(), verbatim: false }
    }
}
