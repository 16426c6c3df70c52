//! Layers of one component's configuration: file, drop-ins, flags, and what each version makes of them.

use super::{Current, Entry, Layer, Overridden, Reading, Stated};
use crate::catalog::{self, Type};
use crate::diag::Place;
use crate::facts::typed::is_zero;
use crate::quantity::Minor;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What each layer states by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layers {
    main: BTreeMap<String, Stated>,
    drop_ins: Vec<BTreeMap<String, Stated>>,
    /// What drop-ins set to null, with the number of drop-ins before and with it.
    nulls: Vec<(String, usize)>,
}

/// A drop-in directory is the kubelet's alone.
const STRUCT: &str = "kubelet-drop-in-struct-merge";
const NULLS: &str = "kubelet-drop-in-null-deletes";

impl Current {
    pub(super) fn add(&mut self, reading: Reading) {
        let path: Arc<str> = Arc::from(reading.path.as_str());
        let layer = reading.layer;
        self.paths.push(reading.path);
        self.documents.extend(reading.document.map(|document| (Arc::clone(&path), document)));
        let place = |at| Place::new(&path, at);
        self.twice.extend(reading.twice.into_iter().map(|(key, first, last)| (key, place(first), place(last))));
        self.said.extend(reading.said.into_iter().map(|s| (s.of, s.version, place(s.at))));
        self.further.extend(reading.further.into_iter().map(place));
        let own: BTreeMap<String, Stated> = reading
            .stated
            .into_iter()
            .map(|(name, Entry { value, node, key, from })| {
                let key = Place::new(from.as_ref().unwrap_or(&path), key);
                (name, Stated { value, node, key, late: layer != Layer::File, layer })
            })
            .collect();
        match layer {
            Layer::File => self.layers.main.extend(own.clone()),
            Layer::DropIn => {
                self.layers.drop_ins.push(own.clone());
                let with = self.layers.drop_ins.len();
                self.layers.nulls.extend(reading.nulls.into_iter().map(|name| (name, with)));
            }
            Layer::Flags => {}
        }
        self.lay_over(own);
    }

    fn lay_over(&mut self, own: BTreeMap<String, Stated>) {
        let replaced: Vec<String> = self.stated.keys().filter(|old| replaces(&own, old)).cloned().collect();
        for old in replaced {
            let Some(lost) = self.stated.remove(&old) else { continue };
            let by = own.get(&old).or_else(|| own.iter().find(|(new, _)| same_map(new, &old)).map(|(_, by)| by));
            // A second file of the same layer is no layer over the first one.
            if let Some(by) = by.filter(|by| by.layer > lost.layer && by.value != lost.value) {
                self.overridden.push(Overridden { name: old, lost, by: by.clone() });
            }
        }
        self.stated.extend(own);
    }

    /// What counts of a tunable in a version.
    pub(super) fn counting(&self, name: &str, version: Minor) -> Option<&Stated> {
        let stated = self.stated.get(name);
        let flag = stated.is_some_and(|s| s.layer == Layer::Flags);
        if flag || self.layers.drop_ins.is_empty() {
            return stated;
        }
        if self.merges_structures(version) {
            return self.of_structures(name, version);
        }
        stated.filter(|_| !self.deleted(name, version))
    }

    fn merges_structures(&self, version: Minor) -> bool {
        !self.layers.drop_ins.is_empty() && catalog::behaviour(STRUCT, version).is_some()
    }

    /// What counts where each drop-in is given its defaults and then merged as a structure: the last one that says
    /// something, its own defaults included. Zero and false say nothing.
    fn of_structures(&self, name: &str, version: Minor) -> Option<&Stated> {
        let default = catalog::find(name).and_then(|f| f.default_in(version)).is_some_and(|d| !empty(&d));
        for own in self.layers.drop_ins.iter().rev() {
            match own.get(name).filter(|s| !empty(&s.value)) {
                Some(stated) => return Some(stated),
                None if default && !own.keys().any(|n| same_map(n, name)) => return None,
                None => {}
            }
        }
        self.layers.main.get(name)
    }

    /// Whether the default of a map's key comes in with a drop-in that does not state the map.
    pub(super) fn default_comes_back(&self, map: &str, version: Minor) -> bool {
        let states = |own: &BTreeMap<String, Stated>| own.keys().any(|n| n == map || below(map, n));
        self.merges_structures(version) && self.layers.drop_ins.iter().any(|own| !states(own))
    }

    /// Whether a drop-in sets it, or what it is a part of, to null after the last drop-in that states it.
    fn deleted(&self, name: &str, version: Minor) -> bool {
        if catalog::behaviour(NULLS, version).is_none() {
            return false;
        }
        let last = self.layers.drop_ins.iter().rposition(|own| own.contains_key(name)).map_or(0, |at| at + 1);
        self.layers.nulls.iter().any(|(null, with)| *with > last && (null == name || below(null, name)))
    }

    /// Whether a drop-in takes a key out of a map that is otherwise the default one.
    pub(super) fn takes_key_out(&self, name: &str, version: Minor) -> bool {
        self.deleted(name, version) && self.layers.nulls.iter().any(|(null, _)| null == name)
    }
}

/// Whether `name` is a part of `whole`.
fn below(whole: &str, name: &str) -> bool {
    name.strip_prefix(whole).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// Zero, false or nothing, as Go's reflection has it.
fn empty(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::Array(items) => items.is_empty(),
        Json::Object(fields) => fields.is_empty(),
        other => is_zero(other),
    }
}

/// Whether the layer replaces what is stated of `old`: by the same name, by its whole map, or, on a command line, by any key
/// of its map. Feature gates alone are merged key by key there.
fn replaces(own: &BTreeMap<String, Stated>, old: &str) -> bool {
    own.iter().any(|(new, stated)| {
        new == old
            || below(new, old) && (stated.value.is_array() || stated.value.as_object().is_some_and(|o| !o.is_empty()))
            || below(old, new)
            || stated.layer == Layer::Flags && same_map(new, old)
    })
}

fn same_map(new: &str, old: &str) -> bool {
    own_map(new, old) || {
        let map = |name: &str| catalog::find(name).filter(|f| f.tunable.kind == Type::Map).map(|f| f.tunable.name);
        map(new).is_some_and(|m| map(old) == Some(m) && !m.ends_with("/featureGates") && !m.ends_with("/feature-gates"))
    }
}

fn own_map(new: &str, old: &str) -> bool {
    let map = |name: &str| catalog::find(name).filter(|f| f.key.is_some()).map(|f| f.tunable.name);
    new != old && map(old).is_some_and(|m| new == m)
}
