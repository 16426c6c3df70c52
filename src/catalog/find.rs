//! From a name as users and files write it to the setting that it means.

use super::tunable::{Role, Tunable, Type, row, setting};
use crate::quantity::{GoDuration, Minor};
use serde_json::Value;

/// A tunable and, below a map, the key in it.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The catalogue's entry.
    pub tunable: &'static Tunable,
    /// The rest of the name, when the entry is a map and the name goes on.
    pub key: Option<&'a str>,
}

/// Finds the tunable that `name` means: the longest entry that is the name itself, or a map above it. Keys of lists
/// (`profiles[batch]`) are looked up without their key.
#[must_use]
pub fn find(name: &str) -> Option<Found<'_>> {
    let Some(path) = name.strip_prefix("etcd-events/") else { return direct(name) };
    // The etcd of events has the settings of etcd, under a name of its own.
    let own = format!("etcd/{path}");
    let found = direct(&own)?;
    let key = found.key.map(|key| &name[name.len() - key.len()..]);
    Some(Found { tunable: found.tunable, key })
}

/// Longer names are nobody's setting, and each of their dots would be tried.
const LONGEST: usize = 1024;

fn direct(name: &str) -> Option<Found<'_>> {
    if name.len() > LONGEST {
        return None;
    }
    if let Some(tunable) = setting(name) {
        return Some(Found { tunable, key: None });
    }
    if name.contains('[')
        && let Some(tunable) = of_list(name)
    {
        return Some(Found { tunable, key: None });
    }
    let cuts = name.char_indices().rev().filter(|(_, c)| *c == '.').map(|(at, _)| at);
    for cut in cuts {
        let entry = setting(&name[..cut]).or_else(|| of_list(&name[..cut]));
        if let Some(tunable) = entry.filter(|t| matches!(t.kind, Type::Map | Type::Object)) {
            return Some(Found { tunable, key: Some(&name[cut + 1..]) });
        }
    }
    None
}

/// Upstream's default of a tunable that has one in `version`, as a number: of a duration its nanoseconds.
#[must_use]
pub fn default_number(name: &str, version: Minor) -> i64 {
    let default = find(name).and_then(|f| f.default_in(version)).unwrap_or_default();
    let number = default.as_i64().or_else(|| Some(GoDuration::parse(default.as_str()?).ok()?.0));
    super::embedded("fields.tsv", number.ok_or_else(|| format!("`{name}` has no number as its default in {version}")))
}

/// A row that is no setting, and the setting or field that a user means by it.
#[must_use]
pub fn instead(name: &str) -> Option<(&'static Tunable, Option<&'static str>)> {
    let row = row(name).or_else(|| row(&without_list_keys(name, usize::MAX)))?;
    match row.role {
        Role::Setting => None,
        Role::Group => Some((row, None)),
        Role::Part(of) | Role::Alias(of) => Some((row, Some(of))),
    }
}

/// A plugin's arguments are entries of their own, so the name is tried with only its first list key taken out, too.
fn of_list(name: &str) -> Option<&'static Tunable> {
    name.contains('[')
        .then(|| setting(&without_list_keys(name, 1)).or_else(|| setting(&without_list_keys(name, usize::MAX))))?
}

/// `profiles[batch].plugins` as the catalogue names it: `profiles[].plugins`, for the first `most` keys.
pub(super) fn without_list_keys(name: &str, most: usize) -> String {
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

impl Found<'_> {
    /// Upstream's default of exactly this name in `version`.
    #[must_use]
    pub fn default_in(&self, version: Minor) -> Option<Value> {
        let whole = self.tunable.default_in(version)?;
        match self.key {
            Some(key) => whole.get(key).cloned(),
            None => Some(whole),
        }
    }

    /// Type of exactly this name in `version`.
    #[must_use]
    pub fn kind_in(&self, version: Minor) -> Type {
        if self.key.is_none() { self.tunable.kind_in(version) } else { self.kind() }
    }

    /// Type of exactly this name in the newest version that has it.
    #[must_use]
    pub fn kind(&self) -> Type {
        match self.key {
            Some(key) => match self.tunable.of.unwrap_or(Type::String) {
                Type::Quantity if key == "cpu" => Type::Cpu,
                Type::Quantity => Type::Bytes,
                kind => kind,
            },
            None => self.tunable.kind,
        }
    }

    /// The feature gate that the name is, when it is one.
    #[must_use]
    pub fn gate(&self) -> Option<&str> {
        let gates =
            matches!(self.tunable.path(), "featureGates" | "feature-gates") && self.tunable.component() != "etcd";
        self.key.filter(|_| gates)
    }
}
