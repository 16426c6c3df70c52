//! systemd's units and their drop-ins, and logind's file, as tunables. What the catalogue does not name is left out.

use super::expand::{Entries, Entry};
use super::ini::{self, Setting};
use super::{Layer, Reading};
use crate::catalog::{self, Type};
use crate::quantity::{Bytes, GoDuration};
use crate::yaml::Node;
use serde_json::Value as Json;

const UNITS: [&str; 4] = [".service", ".slice", ".socket", ".timer"];
const MANAGER: &str = "system.conf";

/// The unit that a file is of, by its name or that of its folder.
pub(super) fn unit(path: &str) -> Option<&str> {
    let mut parts = path.rsplit('/');
    let file = parts.next().unwrap_or(path);
    let is_unit = |name: &&str| UNITS.iter().any(|ending| name.ends_with(ending)) || *name == MANAGER;
    Some(file).filter(is_unit).or_else(|| parts.next().and_then(|folder| folder.strip_suffix(".d")).filter(is_unit))
}

/// What a file of sections states.
pub(super) fn readings(path: &str, text: &str) -> Vec<Reading> {
    let settings = ini::settings(text);
    let mut out = Vec::new();
    let logind: Vec<&Setting> = settings.iter().filter(|s| s.section == "Login").collect();
    if !logind.is_empty() {
        out.push(reading(path, "logind", "logind/", &logind));
    }
    let manager = settings.iter().any(|s| s.section == "Manager");
    let unit = unit(path).or(manager.then_some(MANAGER));
    if let Some(unit) = unit {
        let section = match unit {
            MANAGER => "Manager",
            name if name.ends_with(".slice") => "Slice",
            _ => "Service",
        };
        let own: Vec<&Setting> = settings.iter().filter(|s| s.section == section).collect();
        out.push(reading(path, "systemd", &format!("systemd/{unit}."), &own));
    }
    out
}

fn reading(path: &str, component: &'static str, prefix: &str, settings: &[&Setting]) -> Reading {
    let mut stated = Entries::new();
    for setting in settings {
        let name = format!("{prefix}{}", setting.key);
        let Some(found) = catalog::find(&name) else { continue };
        let json = value(&setting.value.text, found.kind());
        // Nothing after the sign is back to the default.
        if setting.value.text.is_empty() && found.kind() != Type::String {
            stated.remove(&name);
            continue;
        }
        stated.insert(name, Entry::new(Node::from_json(&json, &setting.value.whole()), setting.at.clone()));
    }
    let layer = if path.contains(".d/") { Layer::DropIn } else { Layer::File };
    Reading { layer, verbatim: true, ..Reading::new(path, component, stated) }
}

/// A value as the catalogue writes it: durations as Go does, sizes as quantities.
fn value(text: &str, kind: Type) -> Json {
    let read = match kind {
        Type::Duration => duration(text).map(|d| Json::from(d.to_string())),
        Type::Quantity => size(text).map(|b| Json::from(b.to_string())),
        Type::Integer => text.parse::<i64>().ok().map(Json::from),
        Type::Boolean => match text.to_ascii_lowercase().as_str() {
            "1" | "yes" | "y" | "true" | "t" | "on" => Some(Json::from(true)),
            "0" | "no" | "n" | "false" | "f" | "off" => Some(Json::from(false)),
            _ => None,
        },
        _ => None,
    };
    read.unwrap_or_else(|| Json::from(text))
}

/// systemd.time(7): `5`, `90s`, `1min 30s`; a number alone is seconds.
fn duration(text: &str) -> Option<GoDuration> {
    let mut total: i64 = 0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: i64 = rest.get(..digits)?.parse().ok()?;
        let tail = rest.get(digits..)?.trim_start();
        let word = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
        let unit = match tail.get(..word)? {
            "" | "s" | "sec" | "second" | "seconds" => GoDuration::SECOND,
            "ms" | "msec" => GoDuration::SECOND / 1_000,
            "us" | "usec" | "µs" | "μs" => GoDuration::SECOND / 1_000_000,
            "m" | "min" | "minute" | "minutes" => 60 * GoDuration::SECOND,
            "h" | "hr" | "hour" | "hours" => 3600 * GoDuration::SECOND,
            "d" | "day" | "days" => 86_400 * GoDuration::SECOND,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = tail.get(word..)?.trim_start();
    }
    (!text.trim().is_empty()).then_some(GoDuration(total))
}

/// Bytes, with suffixes to the base 1024: `512M`.
fn size(text: &str) -> Option<Bytes> {
    let (digits, power) = match text.char_indices().next_back()? {
        (at, 'K') => (text.get(..at)?, 1),
        (at, 'M') => (text.get(..at)?, 2),
        (at, 'G') => (text.get(..at)?, 3),
        (at, 'T') => (text.get(..at)?, 4),
        _ => (text, 0),
    };
    let factor = 1024_i64.checked_pow(power)?;
    digits.trim().parse::<i64>().ok()?.checked_mul(factor).map(Bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_as_the_catalogue_has_them() {
        assert_eq!(value("1min 30s", Type::Duration), json!("1m30s"));
        assert_eq!(value("90", Type::Duration), json!("1m30s"));
        assert_eq!(value("512M", Type::Quantity), json!("512Mi"));
        assert_eq!(value("soon", Type::Duration), json!("soon"));
    }

    #[test]
    fn a_drop_in_is_of_the_unit_of_its_folder() {
        let found =
            readings("etc/systemd/system/containerd.service.d/10.conf", "[Service]\nTasksMax=infinity\nUser=x\n");
        assert_eq!(found[0].stated.keys().collect::<Vec<_>>(), ["systemd/containerd.service.TasksMax"]);
        let found = readings("logind.conf", "# x\n[Login]\nInhibitDelayMaxSec=30\n");
        assert_eq!(found[0].stated["logind/InhibitDelayMaxSec"].value, json!("30s"));
    }
}
