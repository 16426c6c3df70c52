//! Drop-in files of the kubelet, as each version merges them: structures at first, documents with the names of Go's type then, and
//! documents with the names of the file format. `tests/check/merge.rs` holds it against upstream's own code.

use super::layers::{below, has_below, map_of};
use super::spelling::Odd;
use super::{Current, Layer, Stated, zero};
use crate::catalog;
use crate::facts::typed::is_zero;
use crate::quantity::Minor;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// One drop-in file of the kubelet.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct DropIn {
    /// What it states.
    pub own: BTreeMap<String, Stated>,
    /// Names that it sets to null.
    pub nulls: Vec<String>,
    /// What of it has a field's name in other letters.
    pub odd: Vec<Odd>,
}

/// What drop-ins that are merged as documents say of a name: the last that says anything.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Said<'c> {
    /// A value.
    Value(&'c Stated),
    /// Null: of exactly this name, or of what it is a part of.
    Null { exact: bool },
    /// Another value of the list that it is an element of.
    Replaced,
    /// Nothing.
    Nothing,
}

const STRUCT: &str = "kubelet-drop-in-struct-merge";
pub(super) const LOST: &str = "kubelet-drop-in-resolv-conf";
pub(super) const RENAMED: &str = "kubelet/resolvConf";
pub(super) const NULLS: &str = "kubelet-drop-in-null-deletes";
const AGAIN: &str = "kubelet-drop-in-defaults-again";

impl Current {
    /// What drop-ins that are merged as documents say.
    pub(super) fn said(&self, name: &str) -> Said<'_> {
        let list = name.find('[').map_or(name, |at| &name[..at]);
        for drop_in in self.layers.drop_ins.iter().rev() {
            if let Some(stated) = drop_in.own.get(name) {
                return Said::Value(stated);
            }
            if let Some(null) = drop_in.nulls.iter().find(|null| *null == name || below(null, name)) {
                return Said::Null { exact: null == name };
            }
            let element = |(n, _): (&String, &Stated)| n[list.len()..].starts_with('[');
            let elements = drop_in.own.range(list.to_string()..).take_while(|(n, _)| n.starts_with(list));
            if drop_in.own.contains_key(list) && list != name || elements.into_iter().any(element) {
                return Said::Replaced;
            }
        }
        Said::Nothing
    }

    /// What the main file, the last drop-in that says anything, and the command line say of a tunable, in this order. A
    /// configuration that was not read from files is its main file.
    #[must_use]
    pub fn by_layer(&self, name: &str) -> [Option<&Json>; 3] {
        let whole = self.stated.get(name);
        let of = |layer: Layer| whole.filter(|s| s.layer == layer);
        let dropped_in = self.layers.drop_ins.iter().rev().find_map(|drop_in| drop_in.own.get(name));
        let main = self.of_main(name).or_else(|| of(Layer::File));
        [main, dropped_in, of(Layer::Flags)].map(|stated| stated.map(|s| &s.value))
    }

    /// Whether files of a drop-in directory are merged onto it.
    #[must_use]
    pub fn has_drop_ins(&self) -> bool {
        !self.layers.drop_ins.is_empty()
    }

    /// Whether a drop-in sets a tunable, or what it is a part of, to null.
    #[must_use]
    pub fn is_taken_back(&self, name: &str) -> bool {
        self.layers.drop_ins.iter().any(|d| d.nulls.iter().any(|null| null == name || below(null, name)))
    }

    /// Whether a drop-in takes back the map that the main file or its defaults brought. Upstream gives none to it again: the
    /// default map is set by whoever reads the main file, and not with the other defaults.
    pub(super) fn map_is_taken_back(&self, map: &str, version: Minor) -> bool {
        let null = self.layers.drop_ins.iter().any(|d| d.nulls.iter().any(|null| null == map));
        null && catalog::behaviour(NULLS, version).is_some()
    }

    /// Whether the version sets defaults after it has read a value: those of a file come before, and those of a drop-in where
    /// defaults are set once more after the merge. Flags come after all of that.
    #[must_use]
    pub fn is_defaulted(stated: &Stated, name: &str, version: Minor) -> bool {
        match stated.layer {
            Layer::File => true,
            Layer::DropIn => !name.starts_with("kubelet/") || catalog::behaviour(AGAIN, version).is_some(),
            Layer::Flags => false,
        }
    }

    /// Whether a value is a zero that the version takes for unset.
    pub(super) fn counts_as_unset(stated: &Stated, name: &str, version: Minor) -> bool {
        Self::is_defaulted(stated, name, version) && zero::is_unset(name, &stated.value, version)
    }

    /// Whether drop-ins take a tunable back, so that the version sets its default once more, beside what was merged.
    pub(super) fn defaulted_again(&self, name: &str, version: Minor) -> bool {
        catalog::behaviour(AGAIN, version).is_some()
            && match self.in_other_letters(name, version).map_or_else(|| self.said(name), Said::Value) {
                Said::Null { .. } => true,
                Said::Value(stated) => Self::counts_as_unset(stated, name, version),
                Said::Replaced | Said::Nothing => false,
            }
    }

    /// A field of a drop-in that a version loses, where the drop-in states it.
    #[must_use]
    pub fn lost_in_drop_in(&self, version: Minor) -> Option<&Stated> {
        let own = || self.layers.drop_ins.iter().rev().find_map(|drop_in| drop_in.own.get(RENAMED));
        catalog::behaviour(LOST, version).and_then(|_| own())
    }

    pub(super) fn merges_structures(&self, version: Minor) -> bool {
        !self.layers.drop_ins.is_empty() && catalog::behaviour(STRUCT, version).is_some()
    }

    /// What counts where each drop-in is given its defaults and then merged as a structure: the last one that says
    /// something, its own defaults included. Zero and false say nothing.
    pub(super) fn of_structures(&self, name: &str, version: Minor) -> Option<&Stated> {
        let default = catalog::find(name).and_then(|f| f.default_in(version)).is_some_and(|d| !empty(&d));
        for drop_in in self.layers.drop_ins.iter().rev() {
            match drop_in.own.get(name).filter(|s| !empty(&s.value)) {
                Some(stated) => return Some(stated),
                None if default && !map_of(name).is_some_and(|map| drop_in.states(map)) => {
                    return None;
                }
                None => {}
            }
        }
        self.layers.main.get(name)
    }

    /// Whether the default of a map's key comes in with a drop-in that does not state the map.
    pub(super) fn default_comes_back(&self, map: &str, version: Minor) -> bool {
        self.merges_structures(version) && self.layers.drop_ins.iter().any(|drop_in| !drop_in.states(map))
    }

    /// Whether a drop-in takes a key out of a map that is otherwise the default one.
    pub(super) fn takes_key_out(&self, name: &str, version: Minor) -> bool {
        catalog::behaviour(NULLS, version).is_some() && self.said(name) == (Said::Null { exact: true })
    }
}

impl DropIn {
    /// Whether it states a tunable or a part of it.
    fn states(&self, whole: &str) -> bool {
        self.own.contains_key(whole) || has_below(&self.own, whole)
    }
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
