//! etcd's settings outside of its flags: the environment, and the configuration file that makes it ignore both.

use super::Reading;
use super::expand::{Entries, Entry};
use super::flags::{self, Word};
use crate::catalog;
use crate::yaml::{Member, Node};

/// Adds what `ETCD_*` variables state. A flag wins over its variable.
pub(super) fn environment(variables: &[(Word<'_>, Word<'_>)], out: &mut Reading) {
    for (variable, value) in variables {
        let Some(rest) = variable.text.strip_prefix("ETCD_") else { continue };
        let name = format!("{}/{}", out.component, rest.to_ascii_lowercase().replace('_', "-"));
        if catalog::find(&name).is_none() || out.stated.contains_key(&name) || out.open.contains(&name) {
            continue;
        }
        if flags::is_open(&value.text) {
            out.open.insert(name);
            continue;
        }
        let mut own = Entries::new();
        flags::enter(&name, &variable.at, value, &mut own);
        out.stated.extend(own);
    }
}

/// Keys by which a configuration file of etcd is known: it has no kind.
const KEYS: [&str; 6] = [
    "initial-cluster",
    "listen-client-urls",
    "advertise-client-urls",
    "initial-advertise-peer-urls",
    "listen-peer-urls",
    "quota-backend-bytes",
];

/// Whether a text could be a configuration file of etcd.
pub(super) fn could_be(text: &str) -> bool {
    KEYS.iter().any(|key| text.contains(key))
}

/// Whether a document is a configuration file of etcd.
pub(super) fn is_config(document: &Node) -> bool {
    document.get("kind").is_none() && document.members().any(|m| KEYS.contains(&m.key.as_str()))
}

/// What a configuration file states, of what is a flag too. A flag that is no key of the file is not read there.
pub(super) fn config(document: &Node) -> Entries {
    let mut out = Entries::new();
    let mut enter = |flag: String, member: &Member| {
        let name = format!("etcd/{flag}");
        if catalog::find(&name).is_some() && !member.node.is_null() {
            out.insert(name, Entry::new(member.node.clone(), member.at.clone()));
        }
    };
    for member in document.members().filter(|m| catalog::etcd_key(&m.key)) {
        match catalog::ETCD_MAPS.iter().find(|(_, map)| *map == member.key) {
            Some((front, _)) => member.node.members().for_each(|m| enter(format!("{front}{}", m.key), m)),
            None => enter(member.key.clone(), member),
        }
    }
    out
}
