//! What is there now: configuration files as read, named as the catalogue names them, and what upstream makes of them.

mod allocatable;
mod command;
mod drop_ins;
mod effective;
mod embed;
mod etcd;
mod expand;
mod fault;
mod flags;
mod flow;
mod ini;
mod known;
mod kubeadm;
mod layers;
mod list;
mod object;
mod order;
mod pod;
pub mod precedence;
mod program;
mod read;
mod shell;
mod spelling;
mod sysctl;
mod tables;
mod unit;
mod yaml;
mod zero;

pub use allocatable::{Amounts, allocatable};
pub use command::{File, commands, environment_files, looks_like_environment};
pub use expand::{Entries, Entry};
pub use fault::fault;
pub use flags::{GATE_PREFIX, is_command, is_open, name as flag_sets};
pub use list::csv;
pub use order::{is_at, main_file, named_file};
pub use read::{Reading, Said, could_be_read, head, is_drop_in, read, read_as_upstream};
pub use spelling::{folds, meant};

use crate::diag::Place;
use crate::rules::Values;
use crate::yaml::Node;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Where a value comes from: what is later wins over what is earlier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// A configuration file, or the environment of a component that has no file.
    #[default]
    File,
    /// A file of a drop-in directory.
    DropIn,
    /// The command line.
    Flags,
}

/// One stated value.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    /// The value as written.
    pub value: Json,
    /// The value with the places of its parts.
    pub node: Node,
    /// Where its name stands.
    pub key: Place,
    /// Whether it is not the main file that states it: upstream sets its defaults before it merges drop-ins and reads
    /// flags again, so these values do not change the defaults of others.
    pub late: bool,
    /// Where it comes from.
    pub layer: Layer,
}

/// A value that another one replaces.
#[derive(Clone, Debug, PartialEq)]
pub struct Overridden {
    /// The tunable.
    pub name: String,
    /// What is stated and does not count.
    pub lost: Stated,
    /// What counts instead.
    pub by: Stated,
    /// Whether that is a flag that names a configuration file, beside which the value is not looked at.
    pub file: bool,
}

/// The configuration of one component, by tunable.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Current {
    /// What is stated, of several layers what the newest version counts.
    pub stated: BTreeMap<String, Stated>,
    /// The files it came from, the main one first.
    pub paths: Vec<String>,
    /// Whether the main file is a configuration file as a whole, not a manifest or map that carries one.
    pub verbatim: bool,
    /// Keys that stand twice in one map: the key, its first place, and the one that counts.
    pub twice: Vec<(String, Place, Place)>,
    /// The configuration objects as written, each with its file; none of flags.
    pub documents: Vec<(Arc<str>, Node)>,
    /// Values that a drop-in or a flag replaces by another one.
    pub overridden: Vec<Overridden>,
    /// Files of a drop-in directory that are not read, by the ending of their names.
    pub passed_over: Vec<String>,
    /// Versions that the files say: of `kubernetes`, `etcd` or containerd's configuration, as written.
    pub said: Vec<(&'static str, String, Place)>,
    /// Documents that stand in a file after the one that is read.
    pub further: Vec<Place>,
    /// Flags of its command line as they are typed, in order.
    pub flags: Vec<Typed>,
    /// Tunables that are given a text which is not known here. They state nothing, and have no default either.
    pub open: BTreeSet<String>,
    /// Empty documents before the one that says something.
    pub ahead: Vec<Place>,
    /// Whether its command line names a configuration file that was not given: what it does not state is not known.
    pub partial: bool,
    layers: layers::Layers,
}

/// A flag as it is typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Typed {
    /// Its name without dashes.
    pub name: String,
    /// Its text; of a flag that stands alone what it then counts as.
    pub text: String,
    /// Where its name stands.
    pub key: Place,
    /// Where its text stands.
    pub at: Place,
}

/// Whether a component is configured by flags, not by a file.
#[must_use]
pub fn is_flags(component: &str) -> bool {
    flags::COMPONENTS.contains(&component)
}

/// Whether `diff` compares a component.
#[must_use]
pub fn is_compared(component: &str) -> bool {
    is_flags(component) || matches!(component, "kubelet" | "kube-proxy" | "kube-scheduler")
}

/// Whether a unit of systemd is read: one whose settings the catalogue has, or whose command line is a component's.
#[must_use]
pub fn unit_matters(unit: &str) -> bool {
    let component = unit.strip_suffix(".service").is_some_and(|name| flags::COMMANDS.contains(&name));
    component || crate::catalog::starting(&format!("systemd/{unit}.")).next().is_some()
}

impl Current {
    /// A configuration that nothing states yet, beside files that the component passes over.
    #[must_use]
    pub fn beside(passed_over: Vec<String>) -> Self {
        Self { passed_over, ..Self::default() }
    }

    /// The configuration of a main file.
    #[must_use]
    pub fn new(reading: Reading) -> Self {
        let mut out = Self { verbatim: reading.verbatim, ..Self::default() };
        out.add(reading);
        out
    }

    /// Merges a drop-in file: maps key by key, lists and scalars replaced.
    pub fn drop_in(&mut self, reading: Reading) {
        self.add(Reading { layer: reading.layer.max(Layer::DropIn), ..reading });
    }

    /// Lays a reading over what was read before, as its layer asks.
    pub fn lay(&mut self, reading: Reading, drop_in: bool) {
        if self.paths.is_empty() {
            self.verbatim = reading.verbatim;
        }
        if drop_in { self.drop_in(reading) } else { self.add(reading) }
    }

    /// Whether a command line states a tunable.
    #[must_use]
    pub fn by_flag(&self, name: &str) -> bool {
        self.stated.get(name).is_some_and(|stated| stated.layer == Layer::Flags)
    }

    /// Whether something is stated of a tunable or below it, known or not.
    #[must_use]
    pub fn states(&self, name: &str) -> bool {
        self.place(name).is_some() || self.open.iter().any(|open| flags::is_part(name, open))
    }

    /// Whether nobody knows here what a tunable, a part of it or what it is a part of comes to.
    #[must_use]
    pub fn is_open(&self, name: &str) -> bool {
        self.open.iter().any(|open| flags::is_part(open, name) || flags::is_part(name, open))
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

    /// A component's planned values, in the same form. They have no place of their own.
    #[must_use]
    pub fn planned(component: &str, values: &Values) -> Self {
        let prefix = format!("{component}/");
        let mut stated = Entries::new();
        let own = values.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix));
        for (name, value) in own {
            expand::value(name, &(0..0), &Node::from_json(&value.value, &(0..0)), &mut stated);
        }
        let mut out = Self::new(Reading::new("", "", stated));
        out.paths.clear();
        out
    }
}
