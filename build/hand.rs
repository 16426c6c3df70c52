//! The hand-written layer: what upstream's types cannot say of a tunable. Unknown keys are refused, so that a fact that is
//! spelled wrong does not pass for one.

use crate::generated::{Minor, minor};
use serde::Deserialize;
use serde_json::Value;

/// Types that a tunable may have, as `catalog::Type` spells them in its tables.
const TYPES: [&str; 10] =
    ["boolean", "integer", "number", "string", "quantity", "duration", "threshold", "list", "map", "object"];
const SCOPES: [&str; 3] = ["node", "class", "cluster"];
/// Components of the host. No Kubernetes minor brings or removes their settings, so an entry is all that is known of one.
const HOST: [&str; 14] = [
    "cluster-autoscaler",
    "cni",
    "containerd",
    "coredns",
    "crio",
    "etcd-defragmentation",
    "flow-schema",
    "karpenter",
    "logind",
    "module",
    "priority-level",
    "sysctl",
    "systemd",
    "vpa-recommender",
];

/// One `[[tunable]]`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Entry {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub of: Option<String>,
    pub unit: Option<String>,
    since: Option<String>,
    removed: Option<String>,
    /// Of a component of the host only: nobody extracts what its default is.
    pub default: Option<Value>,
    #[serde(default)]
    pub effective: Vec<Effective>,
    pub min: Option<Bound>,
    pub min_before: Option<Before>,
    pub max: Option<Bound>,
    pub values: Option<Vec<Value>>,
    #[serde(default)]
    pub values_since: Vec<Words>,
    pub key_values: Option<Vec<String>>,
    #[serde(default)]
    pub also_keys: Vec<Keys>,
    pub list_key: Option<String>,
    #[serde(default)]
    pub needs: Vec<Needs>,
    #[serde(default)]
    pub asked: Vec<Asked>,
    pub scope: String,
    pub change: String,
    pub summary: String,
    pub source: String,
    #[serde(default)]
    pub notes: Vec<String>,
}

/// What a default comes to that upstream's own object does not hold.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Effective {
    since: String,
    until: Option<String>,
    pub value: Option<Value>,
    #[serde(default)]
    pub unset: bool,
    pub source: String,
}

/// A feature gate without which upstream refuses a value other than the default.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Needs {
    pub gate: String,
    since: Option<String>,
    until: Option<String>,
    /// The one value that needs it; any that departs from the default when left out.
    pub value: Option<Value>,
    /// Whether stating it at all needs the gate: its default, and an empty map.
    #[serde(default)]
    pub stated: bool,
    pub source: String,
}

/// Keys that upstream takes from a minor on, and that nobody should write.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    since: String,
    pub keys: Vec<String>,
}

/// The condition under which upstream holds a value against its range and its words; without one it always does.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Asked {
    since: Option<String>,
    until: Option<String>,
    /// A condition as constraints have them; `false` where upstream never asks.
    pub when: String,
}

/// Words that upstream accepts from a minor on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    since: String,
    pub values: Vec<Value>,
}

/// The smallest value that upstream accepted before the present one; none when there was none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Before {
    until: String,
    pub min: Option<Bound>,
}

/// An end of a range: a number, or a duration as text.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Bound {
    Number(f64),
    Duration(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[allow(dead_code)]
    date: String,
    #[allow(dead_code)]
    source: String,
    #[serde(default)]
    tunable: Vec<Entry>,
}

/// The entries of a file, which are in order of name.
pub fn entries(name: &str, text: &str) -> Result<Vec<Entry>, String> {
    let file: File = toml::from_str(text).map_err(|e| format!("{name}: {e}"))?;
    for pair in file.tunable.windows(2) {
        if pair[0].name >= pair[1].name {
            return Err(format!("{name}: `{}` is not before `{}`", pair[0].name, pair[1].name));
        }
    }
    for entry in &file.tunable {
        let fault = |what: &str| Err(format!("{name}: {}: {what}", entry.name));
        let known = |kind: &Option<String>| kind.as_ref().is_none_or(|k| TYPES.contains(&k.as_str()));
        if !known(&entry.kind) || !known(&entry.of) {
            return fault("no such type");
        }
        if !SCOPES.contains(&entry.scope.as_str()) {
            return fault("no such scope");
        }
        if [&entry.change, &entry.summary, &entry.source].iter().any(|t| t.trim().is_empty()) {
            return fault("change, summary and source say something");
        }
        if entry.of_host() != entry.default.is_some() || (entry.of_host() && entry.kind.is_none()) {
            return fault("a setting of the host, and no other, has a default; it has a type");
        }
        if entry.effective.iter().any(|e| e.value.is_some() == e.unset) {
            return fault("`effective` has a value or is unset");
        }
    }
    Ok(file.tunable)
}

impl Entry {
    /// Whether it is a setting of the host that the kubelet runs on, and not of Kubernetes or etcd.
    pub fn of_host(&self) -> bool {
        self.name.split_once('/').is_some_and(|(component, _)| HOST.contains(&component))
    }

    /// First minor that has it, where upstream's types do not say.
    pub fn since(&self) -> Result<Option<Minor>, String> {
        self.since.as_deref().map(minor).transpose()
    }

    /// Last minor that has it, where upstream's types do not say.
    pub fn until(&self) -> Result<Option<Minor>, String> {
        Ok(self.removed.as_deref().map(minor).transpose()?.map(|(major, minor)| (major, minor - 1)))
    }
}

impl Effective {
    /// The span it holds for.
    pub fn span(&self) -> Result<(Minor, Option<Minor>), String> {
        Ok((minor(&self.since)?, self.until.as_deref().map(minor).transpose()?))
    }
}

impl Needs {
    /// The span it holds for.
    pub fn span(&self) -> Result<(Minor, Option<Minor>), String> {
        let since = self.since.as_deref().map(minor).transpose()?;
        Ok((since.unwrap_or((0, 0)), self.until.as_deref().map(minor).transpose()?))
    }
}

impl Before {
    /// Last minor that it holds for.
    pub fn until(&self) -> Result<Minor, String> {
        minor(&self.until)
    }
}

impl Keys {
    /// First minor that takes them.
    pub fn since(&self) -> Result<Minor, String> {
        minor(&self.since)
    }
}

impl Asked {
    /// The span it holds for.
    pub fn span(&self) -> Result<(Minor, Option<Minor>), String> {
        let since = self.since.as_deref().map(minor).transpose()?;
        Ok((since.unwrap_or((0, 0)), self.until.as_deref().map(minor).transpose()?))
    }
}

impl Words {
    /// First minor that accepts them.
    pub fn since(&self) -> Result<Minor, String> {
        minor(&self.since)
    }
}
