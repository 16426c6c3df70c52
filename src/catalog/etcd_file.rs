//! Keys of etcd's configuration file, which are not those of its flags.

use super::{minor, read};
use crate::quantity::Minor;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "date")]
    _date: String,
    #[serde(rename = "source")]
    _source: String,
    within: BTreeMap<String, Vec<String>>,
    keys: Vec<Keys>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    since: Option<String>,
    until: Option<String>,
    names: Vec<String>,
}

const NAME: &str = "etcd-file-keys.toml";

fn file() -> &'static File {
    static ONCE: OnceLock<File> = OnceLock::new();
    ONCE.get_or_init(|| read(NAME, include_str!("../../catalog/etcd-file-keys.toml")))
}

/// Whether the file has a key of this name in some minor.
#[must_use]
pub fn etcd_key(name: &str) -> bool {
    file().keys.iter().flat_map(|list| &list.names).any(|key| key == name)
}

/// Keys of the file in a minor.
pub fn etcd_keys(version: Minor) -> impl Iterator<Item = &'static str> {
    let reaches = move |list: &&Keys| {
        let (since, until) = (minor(NAME, list.since.as_ref()), minor(NAME, list.until.as_ref()));
        since.is_none_or(|s| s <= version) && until.is_none_or(|u| version <= u)
    };
    file().keys.iter().filter(reaches).flat_map(|list| &list.names).map(String::as_str)
}

/// Keys below a key that is a map.
#[must_use]
pub fn etcd_keys_within(key: &str) -> Option<&'static [String]> {
    file().within.get(key).map(Vec::as_slice)
}

/// Flags whose setting stands in a map of the file: what the flag's name begins with, and the map's key.
pub const ETCD_MAPS: [(&str, &str); 3] =
    [("peer-", "peer-transport-security"), ("socket-", "socket-options"), ("", "client-transport-security")];

/// The map and the key in it that a flag is in the file.
#[must_use]
pub fn etcd_key_of_flag(flag: &str) -> Option<(&'static str, &str)> {
    ETCD_MAPS.iter().find_map(|(front, map)| {
        let key = flag.strip_prefix(front)?;
        etcd_keys_within(map)?.iter().any(|known| known == key).then_some((*map, key))
    })
}
