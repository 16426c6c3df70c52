//! Layers of one component's configuration: file, drop-ins, flags, and what each version makes of them.

use super::drop_ins::{DropIn, LOST, NULLS, RENAMED, Said};
use super::flags::is_part;
use super::spelling::odd;
use super::{Current, Entry, Layer, Overridden, Reading, Stated, Typed};
use crate::catalog::{self, Form, Type};
use crate::diag::Place;
use crate::quantity::Minor;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What each layer states by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layers {
    /// What the main file states.
    pub main: BTreeMap<String, Stated>,
    /// Names that the main file sets to null: a key of a map is there all the same.
    nulls: Vec<String>,
    /// Drop-in files of the kubelet, in the order in which it reads them.
    pub drop_ins: Vec<DropIn>,
}

impl Current {
    pub(super) fn add(&mut self, reading: Reading) {
        let path: Arc<str> = Arc::from(reading.path.as_str());
        let (layer, component) = (reading.layer, reading.component);
        self.paths.push(reading.path);
        self.documents.extend(reading.document.map(|document| (Arc::clone(&path), document)));
        let place = |at| Place::new(&path, at);
        self.twice.extend(reading.twice.into_iter().map(|(key, first, last)| (key, place(first), place(last))));
        self.said.extend(reading.said.into_iter().map(|s| (s.of, s.version, place(s.at))));
        self.further.extend(reading.further.into_iter().map(place));
        self.flags.extend(reading.flags.into_iter().map(|flag| {
            let path = flag.from.as_ref().unwrap_or(&path);
            Typed { key: Place::new(path, flag.key), at: Place::new(path, flag.at), name: flag.name, text: flag.text }
        }));
        self.ahead.extend(reading.ahead.map(place));
        // A key that a drop-in sets to null is taken back; in a main file it is there, with the zero of its type.
        let taken = |name: &str| layer == Layer::DropIn && reading.nulls.iter().any(|null| null == name);
        let own: BTreeMap<String, Stated> = reading
            .stated
            .into_iter()
            .filter(|(name, _)| !taken(name))
            .map(|(name, Entry { value, node, key, from })| {
                let key = Place::new(from.as_ref().unwrap_or(&path), key);
                (name, Stated { value, node, key, late: layer != Layer::File, layer })
            })
            .collect();
        let own = self.without_ignored(component, layer, own);
        self.open.retain(|open| !own.contains_key(open));
        match layer {
            // A drop-in directory with rules of its own is the kubelet's alone.
            Layer::DropIn if component == "kubelet" => {
                let odd = odd(&own, &reading.nulls);
                self.layers.drop_ins.push(DropIn { own: own.clone(), nulls: reading.nulls, odd });
            }
            Layer::File | Layer::DropIn => {
                self.layers.main.extend(own.clone());
                self.layers.nulls.extend(reading.nulls);
            }
            Layer::Flags => {}
        }
        self.lay_over(own);
        if !reading.open.is_empty() {
            self.stated.retain(|name, _| !reading.open.iter().any(|open| is_part(open, name)));
            self.open.extend(reading.open);
        }
    }

    /// Flags that count beside a configuration file. Those that do not are kept with the flag that names the file.
    fn without_ignored(
        &mut self,
        component: &str,
        layer: Layer,
        own: BTreeMap<String, Stated>,
    ) -> BTreeMap<String, Stated> {
        let flag = match component {
            "etcd" => "etcd/config-file",
            "kube-proxy" => "kube-proxy/config",
            "kube-scheduler" => "kube-scheduler/config",
            _ => return own,
        };
        // An empty one names no file.
        let names = |by: &&Stated| layer == Layer::Flags && by.value.as_str() != Some("");
        let Some(by) = own.get(flag).filter(names).cloned() else { return own };
        let (kept, lost): (BTreeMap<_, _>, BTreeMap<_, _>) =
            own.into_iter().partition(|(name, _)| counts_beside(component, name, flag));
        let lost = lost.into_iter().map(|(name, lost)| Overridden { name, lost, by: by.clone(), file: true });
        self.overridden.extend(lost);
        kept
    }

    fn lay_over(&mut self, own: BTreeMap<String, Stated>) {
        let maps = whole_maps(&own);
        let replaced = |old: &String| Some((old.clone(), replacing(&own, &maps, old)?.clone()));
        let replaced: Vec<(String, Stated)> = match maps.is_empty() {
            // Thousands of objects in one file are laid over each other one by one.
            true => near(&self.stated, &own).into_iter().filter_map(replaced).collect(),
            false => self.stated.keys().filter_map(replaced).collect(),
        };
        for (old, by) in replaced {
            let Some(lost) = self.stated.remove(&old) else { continue };
            // A second file of the same layer is no layer over the first one.
            if by.layer > lost.layer && by.value != lost.value {
                self.overridden.push(Overridden { name: old, lost, by, file: false });
            }
        }
        self.stated.extend(own);
    }

    /// What counts of a tunable in a version.
    pub(super) fn counting(&self, name: &str, version: Minor) -> Option<&Stated> {
        let stated = self.stated.get(name);
        let flag = stated.is_some_and(|s| s.layer == Layer::Flags);
        if flag || self.layers.drop_ins.is_empty() || self.flags_replace(name) {
            return stated;
        }
        if self.merges_structures(version) {
            return self.of_structures(name, version);
        }
        if name == RENAMED && catalog::behaviour(LOST, version).is_some() {
            return self.layers.main.get(name);
        }
        if let Some(stated) = self.in_other_letters(name, version) {
            return Some(stated);
        }
        match self.said(name) {
            Said::Value(stated) => Some(stated),
            Said::Replaced => None,
            Said::Null { .. } if catalog::behaviour(NULLS, version).is_some() => None,
            // Null meets the drop-ins before it, and not the names of Go's type, which the main file has become.
            Said::Null { .. } | Said::Nothing => self.layers.main.get(name),
        }
    }

    /// Whether flags state another part of the map or list that a name is a part of, which they replace as a whole.
    fn flags_replace(&self, name: &str) -> bool {
        let list = name.find('[').map(|at| &name[..at]);
        let map = map_of(name).filter(|map| !map.ends_with("/featureGates"));
        let flagged = |whole: &str| self.place(whole).is_some_and(|_| self.stated_by_flags(whole));
        list.into_iter().chain(map).any(flagged)
    }

    /// Whether the command line states a tunable, or a part of it.
    pub(super) fn stated_by_flags(&self, whole: &str) -> bool {
        let own = self.stated.get(whole).is_some_and(|s| s.layer == Layer::Flags);
        own || self.below(whole).any(|(_, s)| s.layer == Layer::Flags)
    }

    /// What is stated in the main file, of a tunable or a part of it.
    pub(super) fn main_states(&self, whole: &str) -> bool {
        let null = |null: &String| below(whole, null);
        self.layers.main.contains_key(whole)
            || has_below(&self.layers.main, whole)
            || self.layers.nulls.iter().any(null)
    }

    /// Whether the main file gives a key of a map no value, and no drop-in says anything of it.
    pub(super) fn is_null_in_main(&self, name: &str) -> bool {
        self.layers.nulls.iter().any(|null| null == name) && self.said(name) == Said::Nothing
    }

    /// What the main file states of a tunable.
    pub(super) fn of_main(&self, name: &str) -> Option<&Stated> {
        self.layers.main.get(name)
    }
}

/// Whether a flag counts when another one names a configuration file. Of etcd's none does; of the others those that set no
/// field, and a few that are merged (cmd/kube-proxy/app/options.go Complete; cmd/kube-scheduler/app/options/options.go ApplyTo).
fn counts_beside(component: &str, name: &str, flag: &str) -> bool {
    let path = name.split_once('/').map_or(name, |(_, path)| path);
    let field = catalog::find(name).is_none_or(|f| f.tunable.form() == Form::Field);
    match component {
        _ if name == flag => true,
        "kube-proxy" => !field || path.starts_with("logging") || path == "hostnameOverride",
        "kube-scheduler" => !field || path.starts_with("leaderElection"),
        _ => false,
    }
}

/// Whether `name` is a part of `whole`.
pub(super) fn below(whole: &str, name: &str) -> bool {
    name.strip_prefix(whole).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// Whether a layer states a part of `whole`.
pub(super) fn has_below(own: &BTreeMap<String, Stated>, whole: &str) -> bool {
    own.range(whole.to_string()..).take_while(|(n, _)| n.starts_with(whole)).any(|(n, _)| below(whole, n))
}

/// Names that are stated and are those of the layer, parts of them, or what they are parts of.
fn near<'s>(stated: &'s BTreeMap<String, Stated>, own: &BTreeMap<String, Stated>) -> BTreeSet<&'s String> {
    let of = |name: &String| {
        let below = stated.range(name.clone()..).map(|(old, _)| old);
        let cuts = name.char_indices().filter(|(_, c)| matches!(c, '.' | '['));
        let above = cuts.filter_map(|(at, _)| stated.get_key_value(&name[..at])).map(|(old, _)| old);
        let found: Vec<&String> = below.take_while(|old| old.starts_with(name)).chain(above).collect();
        found
    };
    own.keys().flat_map(of).collect()
}

/// What of the layer replaces what is stated of `old`: its own name, its map as a whole, its parts where it was a whole,
/// or, on a command line, any key of its map.
fn replacing<'o>(
    own: &'o BTreeMap<String, Stated>,
    maps: &BTreeMap<&'static str, &'o Stated>,
    old: &str,
) -> Option<&'o Stated> {
    let whole = |value: &Json| value.is_array() || value.as_object().is_some_and(|o| !o.is_empty());
    let above = || {
        let cuts = old.char_indices().filter(|(_, c)| matches!(c, '.' | '['));
        cuts.filter_map(|(at, _)| own.get(&old[..at])).find(|stated| whole(&stated.value))
    };
    let parts = || {
        own.range(old.to_string()..)
            .take_while(|(n, _)| n.starts_with(old))
            .find(|(n, _)| below(old, n))
            .map(|(_, s)| s)
    };
    let map = || maps.get(map_of(old)?).copied();
    own.get(old).or_else(above).or_else(parts).or_else(map)
}

/// Maps that a command line replaces as a whole. Feature gates alone are merged key by key.
fn whole_maps(own: &BTreeMap<String, Stated>) -> BTreeMap<&'static str, &Stated> {
    let flags = own.iter().filter(|(_, stated)| stated.layer == Layer::Flags);
    let maps = flags.filter_map(|(name, stated)| Some((map_of(name)?, stated)));
    maps.filter(|(map, _)| !map.ends_with("/featureGates") && !map.ends_with("/feature-gates")).collect()
}

pub(super) fn map_of(name: &str) -> Option<&'static str> {
    catalog::find(name).filter(|f| f.tunable.kind == Type::Map).map(|f| f.tunable.name)
}
