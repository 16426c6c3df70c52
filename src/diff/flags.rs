//! Flags of a command line in a comparison: those that the version does not have, those that a plan leaves alone, and those
//! that win over a file.

use super::compare::Pair;
use super::{Change, Class, Origin, cost};
use crate::catalog::{self, Form, Found};
use crate::current::{self, Current, Typed, flag_sets, is_flags};
use crate::quantity::Minor;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Why a flag keeps its value: what the plan writes stands beside the other flags and replaces none of them.
pub(super) const LEFT: &str = "the plan does not set it: left to what writes the other flags";

/// Whether `name` is a part of `whole`.
pub(super) fn is_part(whole: &str, name: &str) -> bool {
    name.strip_prefix(whole).is_some_and(|rest| rest.starts_with(['.', '[']))
}

impl Pair<'_> {
    /// Whether a command line of either side states a name.
    pub(super) fn by_flag(&self, name: &str) -> bool {
        self.now.by_flag(name) || self.then.by_flag(name)
    }

    /// Whether enough is known of a name: without the file that the command line names, only flags are; and no flag is whose text
    /// has a variable that nobody here knows.
    pub(super) fn is_known(&self, name: &str) -> bool {
        if self.now.is_open(name) || self.then.is_open(name) {
            return false;
        }
        let flag = || catalog::find(name).is_some_and(|f| f.tunable.form() == Form::Flag);
        !(self.now.partial || self.then.partial) || self.by_flag(name) || flag()
    }

    /// Whether a side states a name by a flag that the version has. The field that it writes may have come later.
    pub(super) fn has_flag(&self, side: &Current, name: &str, version: Minor) -> bool {
        typed(side, name).is_some_and(|flag| self.knows(&flag.name, version))
    }

    fn knows(&self, flag: &str, version: Minor) -> bool {
        let name = self.row_name(flag);
        // Upstream takes `_` for `-`.
        catalog::is_flag(&name, version) || catalog::is_flag(&name.replace('_', "-"), version)
    }

    /// The name of a flag's row: the etcd of events has etcd's flags.
    fn row_name(&self, flag: &str) -> String {
        let table = if self.component.starts_with("etcd") { "etcd" } else { self.component };
        format!("{table}/{flag}")
    }

    /// Whether a flag is stated that the plan has no value for. A map is written as a whole, so a plan that has a key of it
    /// replaces the others.
    pub(super) fn leaves_alone(&self, name: &str, found: &Found<'_>) -> bool {
        let whole = self.whole(name, found);
        let flag = self.now.by_flag(name) || (is_flags(self.component) && self.now.stated.contains_key(name));
        self.values.is_some() && flag && !self.then.states(whole)
    }

    /// What goes with a name: the map that it is a key of. Feature gates of a command line are laid over a file's one by one.
    fn whole<'n>(&self, name: &'n str, found: &Found<'_>) -> &'n str {
        match found.key {
            Some(key) if found.gate().is_none() || is_flags(self.component) => {
                name[..name.len() - key.len()].trim_end_matches('.')
            }
            _ => name,
        }
    }

    /// The flag that states a name now, or its map without it, of a component whose file the plan writes.
    pub(super) fn winning_flag(&self, name: &str) -> Option<&str> {
        let found = catalog::find(name).filter(|f| f.tunable.form() == Form::Field)?;
        if self.values.is_none() || is_flags(self.component) {
            return None;
        }
        let whole = self.whole(name, &found);
        let names =
            std::iter::once(name.to_string()).chain(self.now.below(whole).map(|(rest, _)| format!("{whole}{rest}")));
        let mut flags = names.filter_map(|name| typed(self.now, &name));
        flags.next().map(|flag| flag.name.as_str())
    }

    /// Flags with which the second minor does not start, by what they set, each with the reason. Beside a plan these are the
    /// current ones: nobody takes them away.
    pub(super) fn refused(&self) -> BTreeMap<String, String> {
        let side = if self.values.is_some() { self.now } else { self.then };
        let version = self.versions.1;
        let unknown = side.flags.iter().filter(|flag| !self.knows(&flag.name, version));
        let named = unknown.map(|flag| (flag_sets(self.component, &flag.name), flag));
        let replaced = |name: &str| self.values.is_some() && self.then.states(name);
        named.filter(|(name, _)| !replaced(name)).map(|(name, flag)| (name, self.lacking(flag, version))).collect()
    }

    fn lacking(&self, flag: &Typed, version: Minor) -> String {
        let row = catalog::row(&self.row_name(&flag.name.replace('_', "-")));
        let row = row.filter(|row| row.spans.iter().any(|span| span.form == Form::Flag));
        let when = match row {
            Some(row) => match (row.since().filter(|since| *since > version), row.removed()) {
                (Some(since), _) => format!("it was added in {since}"),
                (None, Some(removed)) => format!("it was removed in {removed}"),
                (None, None) => format!("{version} has no such flag"),
            },
            None => "no version has such a flag".to_string(),
        };
        format!("{when}: {} {version} does not start with `--{}`", self.component, flag.name)
    }

    /// A flag with which the second minor does not start.
    pub(super) fn refusal(&self, name: &str, why: &str) -> Change {
        let raw = |side: &Current| side.place(name).map(|s| s.value.clone()).unwrap_or_default();
        let (before, planned) = (raw(self.now), self.values.is_some());
        let cost = cost::of(self, name, "restart");
        Change {
            tunable: name.to_string(),
            before_origin: if before.is_null() { Origin::Default } else { Origin::Stated },
            before,
            after: if planned { Json::Null } else { raw(self.then) },
            class: Class::Invalid,
            reason: why.to_string(),
            cost: cost.word,
            cost_text: cost.text,
            remove: Vec::new(),
            risk: String::new(),
        }
    }
}

/// The flag by which a side states a name.
fn typed<'c>(side: &'c Current, name: &str) -> Option<&'c Typed> {
    let stated = side.stated.get(name).filter(|stated| stated.layer == current::Layer::Flags)?;
    side.flags.iter().rev().find(|flag| flag.key == stated.key)
}
