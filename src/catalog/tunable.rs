//! Tunables: every upstream setting that may be pinned, planned, carried, compared or explained.

use super::{minor, read};
use crate::quantity::Minor;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What upstream's type is, as far as writing and comparing go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A decimal number.
    Number,
    /// Text.
    String,
    /// A Kubernetes quantity, written as text.
    Quantity,
    /// CPU, written as text: a quantity under the key `cpu`.
    #[serde(skip)]
    Cpu,
    /// Memory, storage or a count, written as text: a quantity under any other key.
    #[serde(skip)]
    Bytes,
    /// A Go duration, written as text.
    Duration,
    /// A quantity or a percentage, written as text.
    Threshold,
    /// A list.
    List,
    /// A map with free keys.
    Map,
    /// A structure that is carried whole.
    Object,
}

/// Where a tunable's value can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Between single nodes.
    Node,
    /// Between node classes.
    Class,
    /// One value for the cluster.
    Cluster,
}

/// The default from one minor on.
#[derive(Clone, Debug, Deserialize)]
pub struct Default {
    since: String,
    #[serde(default)]
    value: Option<Value>,
    #[serde(default)]
    unset: bool,
}

/// One tunable.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tunable {
    /// `component/path`.
    pub name: String,
    /// Type of the value.
    #[serde(rename = "type")]
    pub kind: Type,
    /// Type of an element of a list or map.
    #[serde(default)]
    pub of: Option<Type>,
    /// Unit, for people.
    #[serde(default)]
    pub unit: Option<String>,
    #[serde(default)]
    since: Option<String>,
    #[serde(default)]
    removed: Option<String>,
    /// Smallest number upstream accepts.
    #[serde(default)]
    pub min: Option<f64>,
    /// Largest number upstream accepts.
    #[serde(default)]
    pub max: Option<f64>,
    /// Words upstream accepts, in all versions.
    #[serde(default)]
    pub values: Option<Vec<Value>>,
    #[serde(default)]
    values_since: Vec<Words>,
    #[serde(default)]
    defaults: Vec<Default>,
    /// Keys upstream accepts in a map.
    #[serde(default)]
    pub key_values: Option<Vec<String>>,
    /// Field that keys an element of a list of objects.
    #[serde(default)]
    pub list_key: Option<String>,
    /// Where the value can differ.
    pub scope: Scope,
    /// What changing it takes.
    pub change: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// Where that was verified.
    pub source: String,
    /// Traps.
    #[serde(default)]
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Words {
    since: String,
    values: Vec<Value>,
}

/// A tunable and, below a map, the key in it.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The catalogue's entry.
    pub tunable: &'static Tunable,
    /// The rest of the name, when the entry is a map and the name goes on.
    pub key: Option<&'a str>,
}

const FILES: [(&str, &str); 5] = [
    ("kubelet", include_str!("../../catalog/tunables/kubelet.toml")),
    ("kube-proxy", include_str!("../../catalog/tunables/kube-proxy.toml")),
    ("kube-scheduler", include_str!("../../catalog/tunables/kube-scheduler.toml")),
    ("kube-controller-manager", include_str!("../../catalog/tunables/kube-controller-manager.toml")),
    ("etcd", include_str!("../../catalog/tunables/etcd.toml")),
];

#[derive(Deserialize)]
struct File {
    tunable: Vec<Tunable>,
}

/// Every tunable by name.
pub fn tunables() -> &'static BTreeMap<String, Tunable> {
    static ONCE: OnceLock<BTreeMap<String, Tunable>> = OnceLock::new();
    ONCE.get_or_init(|| {
        let files = FILES.iter().map(|(name, text)| read::<File>(name, text));
        files.flat_map(|f| f.tunable).map(|t| (t.name.clone(), t)).collect()
    })
}

/// Names of all tunables, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    tunables().keys().map(String::as_str)
}

/// Names of the components that have tunables.
pub fn components() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// Finds the tunable that `name` means: the longest entry that is the name itself, or a map above it. Keys of lists
/// (`profiles[batch]`) are looked up without their key.
#[must_use]
pub fn find(name: &str) -> Option<Found<'_>> {
    if let Some(tunable) = tunables().get(name) {
        return Some(Found { tunable, key: None });
    }
    // A plugin's arguments are entries of their own, so the name is tried with only its first list key taken out, too.
    let entry = |name: &str| {
        let first = without_list_keys(name, 1);
        tunables()
            .get(name)
            .or_else(|| tunables().get(&first))
            .or_else(|| tunables().get(&without_list_keys(name, usize::MAX)))
    };
    if let Some(tunable) = entry(name).filter(|_| name.contains('[')) {
        return Some(Found { tunable, key: None });
    }
    let cuts = name.char_indices().rev().filter(|(_, c)| *c == '.').map(|(at, _)| at);
    for cut in cuts {
        let entry = entry(&name[..cut]);
        if let Some(tunable) = entry.filter(|t| matches!(t.kind, Type::Map | Type::Object)) {
            return Some(Found { tunable, key: Some(&name[cut + 1..]) });
        }
    }
    None
}

/// `profiles[batch].plugins` as the catalogue names it: `profiles[].plugins`, for the first `most` keys.
fn without_list_keys(name: &str, most: usize) -> String {
    let mut out = String::with_capacity(name.len());
    let (mut inside, mut taken) = (false, 0);
    for c in name.chars() {
        match c {
            '[' if taken < most => {
                inside = true;
                taken += 1;
                out.push_str("[]");
            }
            ']' if inside => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

impl Tunable {
    /// First minor that has it; `None` when the oldest covered one does.
    #[must_use]
    pub fn since(&self) -> Option<Minor> {
        minor(&self.name, self.since.as_ref())
    }

    /// First minor that lacks it again.
    #[must_use]
    pub fn removed(&self) -> Option<Minor> {
        minor(&self.name, self.removed.as_ref())
    }

    /// Whether `version` has it.
    #[must_use]
    pub fn exists_in(&self, version: Minor) -> bool {
        self.since().is_none_or(|s| s <= version) && self.removed().is_none_or(|r| version < r)
    }

    /// Upstream's default in `version`; `None` when upstream leaves it unset.
    #[must_use]
    pub fn default_in(&self, version: Minor) -> Option<&Value> {
        let reached = self.defaults.iter().filter(|d| Minor::parse(&d.since).is_some_and(|s| s <= version));
        reached.max_by_key(|d| Minor::parse(&d.since)).filter(|d| !d.unset).and_then(|d| d.value.as_ref())
    }

    /// Words upstream accepts in `version`, when it is a choice.
    #[must_use]
    pub fn words_in(&self, version: Minor) -> Option<&[Value]> {
        let reached = self.values_since.iter().filter(|w| Minor::parse(&w.since).is_some_and(|s| s <= version));
        let latest = reached.max_by_key(|w| Minor::parse(&w.since)).map(|w| w.values.as_slice());
        latest.or(self.values.as_deref())
    }

    /// The component.
    #[must_use]
    pub fn component(&self) -> &str {
        self.name.split('/').next().unwrap_or(&self.name)
    }

    /// Every (minor, default) step, for reference pages.
    #[must_use]
    pub fn steps(&self) -> Vec<(Minor, Option<&Value>)> {
        let mut steps: Vec<_> =
            self.defaults.iter().filter_map(|d| Some((Minor::parse(&d.since)?, d.value.as_ref()))).collect();
        steps.sort_by_key(|(since, _)| *since);
        steps
    }
}

impl Found<'_> {
    /// Upstream's default of exactly this name in `version`.
    #[must_use]
    pub fn default_in(&self, version: Minor) -> Option<Value> {
        let whole = self.tunable.default_in(version)?;
        match self.key {
            Some(key) => whole.get(key).cloned(),
            None => Some(whole.clone()),
        }
    }

    /// Type of exactly this name.
    #[must_use]
    pub fn kind(&self) -> Type {
        match self.key {
            Some(_) if self.tunable.name.ends_with("/featureGates") => Type::Boolean,
            Some(key) => match self.tunable.of.unwrap_or(Type::String) {
                Type::Quantity if key == "cpu" => Type::Cpu,
                Type::Quantity => Type::Bytes,
                kind => kind,
            },
            None => self.tunable.kind,
        }
    }
}
