//! TOML for container runtimes: tables with their keys, each below its reason. Values and names are written by the TOML library.

use super::{Bug, Options, fill, yaml};
use minijinja::context;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A key with its value and reason.
pub(super) type Setting<'a> = (&'a str, &'a Json, &'a str);
/// Keys by the path of the table in which they stand.
pub(super) type Tables<'a> = BTreeMap<Vec<String>, Vec<Setting<'a>>>;

/// The text of a file, with lines above all tables.
pub(super) fn text(header: &[String], top: &[String], tables: &Tables<'_>, options: &Options) -> Result<String, Bug> {
    let header: Vec<String> =
        if options.comments { header.iter().map(|l| yaml::one_line(l)).collect() } else { Vec::new() };
    let mut out = Vec::new();
    for (path, settings) in tables {
        let name: Vec<String> = path.iter().map(|key| word(key)).collect();
        let mut items = Vec::new();
        for (key, value, reason) in settings {
            let reason = if options.comments { yaml::one_line(reason) } else { String::new() };
            items.push(context! { line => format!("{} = {}", word(key), written(value)?), reason });
        }
        out.push(context! { name => name.join("."), items });
    }
    fill("tables", include_str!("../../templates/tables.j2"), context! { header, top => top.to_vec(), tables => out })
}

/// A key: bare where TOML allows it, else quoted.
fn word(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !key.is_empty() && key.chars().all(bare) { key.to_string() } else { toml::Value::from(key).to_string() }
}

/// A value as TOML.
fn written(value: &Json) -> Result<String, Bug> {
    toml::Value::try_from(value).map(|v| v.to_string()).map_err(|e| Bug(format!("{value} as TOML: {e}")))
}
