//! Flag files: one `--flag=value` a line, with the reason above it.

use super::{Bug, Options, fill, object, yaml};
use crate::catalog::{self, Form};
use crate::plan::Plan;
use crate::quantity::Version;
use crate::rules::Values;
use minijinja::context;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A flag with its value and reason.
pub type Flag = (String, String, String);

/// The flags of a component, by name. Keys of a map are one flag: `--feature-gates=A=true,B=false`.
#[must_use]
pub fn of_component(component: &str, values: &Values) -> Vec<Flag> {
    let prefix = format!("{component}/");
    let mut maps: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
    let mut out: BTreeMap<&str, (String, &str)> = BTreeMap::new();
    for (name, value) in values.iter().filter(|(n, v)| n.starts_with(&prefix) && is_flag(n) && !v.value.is_null()) {
        let reason = value.reason.as_str();
        match (catalog::find(name).and_then(|f| Some((f.tunable.path(), f.key?))), &value.value) {
            (Some((flag, key)), value) => {
                maps.entry(flag).or_default().insert(key.to_string(), text(value));
                out.entry(flag).or_default().1 = reason;
            }
            (None, Json::Object(map)) => {
                let flag = &name[prefix.len()..];
                maps.entry(flag).or_default().extend(map.iter().map(|(key, value)| (key.clone(), text(value))));
                out.entry(flag).or_default().1 = reason;
            }
            (None, value) => {
                out.insert(&name[prefix.len()..], (text(value), reason));
            }
        }
    }
    for (flag, map) in maps {
        let pairs: Vec<String> = map.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        out.entry(flag).or_default().0 = pairs.join(",");
    }
    out.into_iter().map(|(flag, (text, reason))| (flag.to_string(), text, reason.to_string())).collect()
}

/// Whether upstream takes it on the command line, and not in a file.
#[must_use]
pub fn is_flag(name: &str) -> bool {
    catalog::find(name).is_some_and(|f| f.tunable.form() == Form::Flag)
}

fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// The file by its name; `None` when the plan sets no flag of the component.
pub(super) fn file(
    plan: &Plan,
    component: &str,
    version: Version,
    values: &Values,
    options: &Options,
) -> Result<Option<(String, String)>, Bug> {
    let flags = of_component(component, values);
    if flags.is_empty() {
        return Ok(None);
    }
    let header = if options.comments { vec![object::written_by(plan, component, version)] } else { Vec::new() };
    let flags: Vec<_> = flags
        .into_iter()
        .map(|(name, value, reason)| context! { name, value => yaml::one_line(&value), reason => if options.comments { yaml::one_line(&reason) } else { String::new() } })
        .collect();
    let text = fill("flags", include_str!("../../templates/flags.j2"), context! { header, flags })?;
    Ok(Some((format!("{component}.flags"), text)))
}
