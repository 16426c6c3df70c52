//! What upstream makes of a configuration: the stated value, else the default, with the defaults that depend on other
//! fields.

use super::{Current, expand, zero};
use crate::catalog::{self, Found, Type};
use crate::quantity::Minor;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// The map whose stated form replaces the default map as a whole.
const THRESHOLDS: &str = "kubelet/evictionHard";
const MERGED: &str = "kubelet/mergeDefaultEvictionSettings";
const GATES: &str = "kubelet/featureGates";
const OFF: &str = "0%";

impl Current {
    /// What is stated of a tunable and is not taken for unset.
    #[must_use]
    pub fn stated(&self, name: &str, version: Minor) -> Option<&Json> {
        self.stated.get(name).map(|s| &s.value).filter(|v| !zero::is_unset(name, v, version))
    }

    /// The effective value of a tunable; null where upstream leaves it unset.
    #[must_use]
    pub fn effective(&self, name: &str, version: Minor) -> Json {
        self.stated(name, version).cloned().unwrap_or_else(|| self.default_of(name, version))
    }

    /// Every tunable that this configuration says something of, keys that it switches off by leaving them out included.
    #[must_use]
    pub fn names(&self, version: Minor) -> BTreeSet<String> {
        let empty = |value: &Json| value.as_object().is_some_and(serde_json::Map::is_empty);
        let stated = self.stated.iter().filter(|(_, s)| !empty(&s.value)).map(|(n, _)| n.clone());
        let mut out: BTreeSet<String> = stated.collect();
        if self.replaces_thresholds() && !self.merges_thresholds(version) {
            let whole = catalog::find(THRESHOLDS).and_then(|f| f.default_in(version));
            out.extend(whole.iter().filter_map(Json::as_object).flat_map(|m| m.keys()).map(|key| format!("{THRESHOLDS}.{key}")));
        }
        out
    }

    /// Why the value of a tunable that is not stated is what it is, where that is a surprise.
    #[must_use]
    pub fn surprise(&self, name: &str, version: Minor) -> Option<&'static str> {
        let plain = catalog::find(name).and_then(|f| f.default_in(version));
        if self.stated(name, version).is_some() || plain.unwrap_or_default() == self.default_of(name, version) {
            return None;
        }
        match name.rsplit_once('/').map_or(name, |(_, field)| field) {
            field if field.starts_with("evictionHard.") && self.replaces_thresholds() => Some("was off because the map left it out"),
            "serializeImagePulls" => Some("was off because several parallel pulls are stated"),
            "nodeStatusReportFrequency" => Some("followed the stated nodeStatusUpdateFrequency"),
            _ => None,
        }
    }

    fn main(&self, name: &str, version: Minor) -> Option<&Json> {
        self.stated.get(name).filter(|s| !s.late).and_then(|_| self.stated(name, version))
    }

    /// The default of a tunable beside what else the main file states.
    #[must_use]
    pub fn default_of(&self, name: &str, version: Minor) -> Json {
        let Some(found) = catalog::find(name).filter(|f| f.tunable.exists_in(version)) else { return Json::Null };
        if found.tunable.name == THRESHOLDS && found.key.is_some() {
            return self.threshold(&found, version);
        }
        if found.tunable.name == GATES && found.key.is_some() {
            return found.key.and_then(|k| catalog::gate(k, version)).map_or(Json::Null, |g| Json::from(g.default));
        }
        if self.lacks_element(name, version) {
            return Json::Null;
        }
        match name {
            "kubelet/serializeImagePulls" => {
                let pulls = "kubelet/maxParallelImagePulls";
                let several = self.main(pulls, version).and_then(Json::as_i64).is_some_and(|n| n >= 2);
                if several && exists(pulls, version) {
                    return Json::from(false);
                }
            }
            "kubelet/nodeStatusReportFrequency" => {
                if let Some(update) = self.main("kubelet/nodeStatusUpdateFrequency", version) {
                    return update.clone();
                }
            }
            _ => {}
        }
        found.default_in(version).unwrap_or_default()
    }

    /// A stated map of thresholds replaces the default map, so what it leaves out is off.
    fn threshold(&self, found: &Found<'_>, version: Minor) -> Json {
        let kept = !self.replaces_thresholds() || self.merges_thresholds(version);
        found.default_in(version).filter(|_| kept).unwrap_or_else(|| Json::from(OFF))
    }

    fn replaces_thresholds(&self) -> bool {
        let below = format!("{THRESHOLDS}.");
        self.stated.iter().any(|(n, s)| !s.late && (n == THRESHOLDS || n.starts_with(&below)))
    }

    fn merges_thresholds(&self, version: Minor) -> bool {
        exists(MERGED, version) && self.main(MERGED, version) == Some(&Json::Bool(true))
    }

    /// Whether the tunable is of a list element that is not there: nothing gives it a default then. Without any element,
    /// upstream adds the one that the key's default names.
    fn lacks_element(&self, name: &str, version: Minor) -> bool {
        let Some((element, list, key)) = expand::element(name) else { return false };
        let has = |prefix: &str| self.stated.keys().any(|n| n.starts_with(prefix));
        let Some(field) = catalog::tunables().get(list).filter(|t| t.kind == Type::List).and_then(|t| t.list_key.as_deref()) else {
            return false;
        };
        let default = catalog::find(&format!("{list}[].{field}")).and_then(|f| f.default_in(version));
        let added = !has(&format!("{list}[")) && default.as_ref().and_then(Json::as_str) == Some(key);
        !has(element) && !added
    }
}

fn exists(name: &str, version: Minor) -> bool {
    catalog::find(name).is_some_and(|f| f.tunable.exists_in(version))
}
