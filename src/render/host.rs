//! Files of the host that the kubelet runs on: drop-ins of systemd's daemons.

use super::{Bug, Options, Texts, fill, object, yaml};
use crate::catalog::{self, Type};
use crate::plan::{ClassPlan, Plan};
use crate::quantity::{Bytes, GoDuration};
use minijinja::context;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// The drop-in for `/etc/systemd/logind.conf.d`; none when the plan asks nothing of logind.
pub(super) fn logind(plan: &Plan, name: &str, class: &ClassPlan, options: &Options) -> Result<Texts, Bug> {
    let header = [
        object::written_by(plan, &format!("logind of node class {name}"), class.kubernetes),
        "Put it into /etc/systemd/logind.conf.d, then restart or reload systemd-logind.".to_string(),
    ];
    let text = section("logind/", "Login", &header, class, options)?;
    Ok(text.into_iter().map(|text| ("logind.conf".into(), text)).collect())
}

/// Units and their drop-ins by path below the class's folder.
pub(super) fn systemd(plan: &Plan, name: &str, class: &ClassPlan, options: &Options) -> Result<Texts, Bug> {
    let mut out = Texts::new();
    let written = |what: &str| object::written_by(plan, &format!("{what} of node class {name}"), class.kubernetes);
    let settings = || class.values.iter().filter_map(|(n, v)| Some((n.strip_prefix("systemd/")?.rsplit_once('.')?, v)));
    let units: BTreeSet<&str> = settings().map(|((unit, _), _)| unit).collect();
    for unit in units {
        let (kind, how) = match unit {
            "system.conf" => ("Manager", "Put it into /etc/systemd/system.conf.d, then reboot.".to_string()),
            _ => (
                if unit.ends_with(".slice") { "Slice" } else { "Service" },
                format!("Put it into /etc/systemd/system/{unit}.d, then `systemctl daemon-reload`."),
            ),
        };
        let header = [written(unit), how];
        if let Some(text) = section(&format!("systemd/{unit}."), kind, &header, class, options)? {
            out.insert(format!("systemd/{unit}.d/20-plimsoll.conf"), text);
        }
    }
    // Every host has system.slice; another one that something is moved into is made.
    let slices = settings().filter(|((_, key), _)| *key == "Slice").filter_map(|(_, v)| v.value.as_str());
    for slice in slices.filter(|s| *s != "system.slice").collect::<BTreeSet<_>>() {
        let header = [written(slice), "Put it into /etc/systemd/system, before the kubelet starts.".to_string()];
        let header: Vec<String> =
            if options.comments { header.iter().map(|l| yaml::one_line(l)).collect() } else { Vec::new() };
        let text = fill("slice", include_str!("../../templates/slice.j2"), context! { header })?;
        out.insert(format!("systemd/{}", yaml::one_line(slice)), text);
    }
    Ok(out)
}

/// One section with the settings whose names begin so, each below its reason.
fn section(
    prefix: &str,
    section: &str,
    header: &[String],
    class: &ClassPlan,
    options: &Options,
) -> Result<Option<String>, Bug> {
    let settings: Vec<_> = class
        .values
        .iter()
        .filter_map(|(name, value)| {
            let key = name.strip_prefix(prefix)?;
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

/// A value as systemd reads it: durations in seconds or milliseconds, sizes in bytes, since its letters are not all ours.
fn text(name: &str, value: &Json) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), ToString::to_string);
    let kind = catalog::find(name).map(|f| f.kind());
    if let (Some(Type::Quantity), Ok(bytes)) = (kind, Bytes::parse(&text)) {
        return bytes.0.to_string();
    }
    let duration = kind == Some(Type::Duration);
    match GoDuration::parse(&text) {
        Ok(d) if duration && d.0 % GoDuration::SECOND == 0 => format!("{}s", d.0 / GoDuration::SECOND),
        Ok(d) if duration => format!("{}ms", d.0 / 1_000_000),
        _ => yaml::one_line(&text),
    }
}
