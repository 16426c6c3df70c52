//! Files of the host that the kubelet runs on: drop-ins of systemd's daemons.

use super::{Bug, Options, fill, object, yaml};
use crate::catalog::{self, Type};
use crate::plan::{ClassPlan, Plan};
use crate::quantity::GoDuration;
use minijinja::context;
use serde_json::Value as Json;

/// The drop-in for `/etc/systemd/logind.conf.d`; `None` when the plan asks nothing of logind.
pub(super) fn logind(plan: &Plan, name: &str, class: &ClassPlan, options: &Options) -> Result<Option<String>, Bug> {
    let header = [
        object::written_by(plan, &format!("logind of node class {name}"), class.kubernetes),
        "Put it into /etc/systemd/logind.conf.d, then restart or reload systemd-logind.".to_string(),
    ];
    section("logind", "Login", &header, class, options)
}

/// One section with the settings of a component, each below its reason.
fn section(
    component: &str,
    section: &str,
    header: &[String],
    class: &ClassPlan,
    options: &Options,
) -> Result<Option<String>, Bug> {
    let prefix = format!("{component}/");
    let settings: Vec<_> = class
        .values
        .iter()
        .filter_map(|(name, value)| {
            let key = name.strip_prefix(&prefix)?;
            let reason = if options.comments { yaml::one_line(&value.reason) } else { String::new() };
            Some(context! { key, value => text(name, &value.value), reason })
        })
        .collect();
    if settings.is_empty() {
        return Ok(None);
    }
    let header: Vec<String> =
        if options.comments { header.iter().map(|l| yaml::one_line(l)).collect() } else { Vec::new() };
    fill("section", include_str!("../../templates/section.j2"), context! { header, section, settings }).map(Some)
}

/// A value as systemd reads it: durations in seconds or milliseconds, since its letters are not all Go's.
fn text(name: &str, value: &Json) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), ToString::to_string);
    let duration = catalog::find(name).is_some_and(|f| f.kind() == Type::Duration);
    match GoDuration::parse(&text) {
        Ok(d) if duration && d.0 % GoDuration::SECOND == 0 => format!("{}s", d.0 / GoDuration::SECOND),
        Ok(d) if duration => format!("{}ms", d.0 / 1_000_000),
        _ => yaml::one_line(&text),
    }
}
