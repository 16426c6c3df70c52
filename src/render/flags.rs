//! Flag files: one `--flag=value` a line, with the reason above it.

use super::{Bug, Options, fill, object, yaml};
use crate::plan::Plan;
use crate::rules::Values;
use minijinja::context;
use serde_json::Value as Json;

/// The flags of a component, by name.
#[must_use]
pub fn of_component(component: &str, values: &Values) -> Vec<(String, String, String)> {
    let prefix = format!("{component}/");
    values
        .iter()
        .filter_map(|(name, value)| {
            let flag = name.strip_prefix(&prefix)?;
            let text = match &value.value {
                Json::String(text) => text.clone(),
                Json::Array(items) => items
                    .iter()
                    .map(|i| i.as_str().map_or_else(|| i.to_string(), Into::into))
                    .collect::<Vec<_>>()
                    .join(","),
                Json::Null => return None,
                other => other.to_string(),
            };
            Some((flag.to_string(), text, value.reason.clone()))
        })
        .collect()
}

/// The file; `None` when the plan sets no flag of the component.
pub(super) fn file(plan: &Plan, component: &str, values: &Values, options: &Options) -> Result<Option<String>, Bug> {
    let flags = of_component(component, values);
    if flags.is_empty() {
        return Ok(None);
    }
    let header = if options.comments { vec![object::written_by(plan, component, plan.kubernetes)] } else { Vec::new() };
    let flags: Vec<_> = flags
        .into_iter()
        .map(|(name, value, reason)| context! { name, value => yaml::one_line(&value), reason => if options.comments { yaml::one_line(&reason) } else { String::new() } })
        .collect();
    fill("flags", include_str!("../../templates/flags.j2"), context! { header, flags }).map(Some)
}
