//! TOML of the container runtimes: containerd's configuration of versions 2 and 3, and CRI-O's.

use super::expand::{Entries, Entry};
use super::{Reading, Said};
use crate::catalog;
use crate::diag::{Finding, Place};
use crate::yaml::{Node, Value};
use serde_json::{Number, Value as Json};
use std::ops::Range;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// The table of CRI-O whose keys the catalogue names.
const CRIO: [&str; 2] = ["crio", "runtime"];

/// Whether a text is a runtime's TOML. `named`: whether its name ends in `.toml`.
pub(super) fn looks_like(text: &str, named: bool) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    let runtime = |line: &str| {
        ["[plugins", "[crio", "[\"plugins\"", "[proxy_plugins", "[debug]", "[grpc]", "[ttrpc]", "[metrics]"]
            .iter()
            .any(|head| line.starts_with(head))
    };
    let first = lines.next();
    first.is_some_and(|line| {
        let top = line.split_once('=').is_some_and(|(key, _)| matches!(key.trim(), "version" | "root" | "imports"));
        runtime(line) || (top && (named || lines.any(runtime)))
    })
}

/// What a file states.
///
/// # Errors
/// Where and why it is no TOML.
pub(super) fn readings(path: &str, text: &str) -> Result<Vec<Reading>, Box<Finding>> {
    let document = DeTable::parse(text).map_err(|error| {
        let place = Place::new(&Arc::from(path), error.span().unwrap_or(0..0));
        let finding =
            Finding::error("current-unparsable", format!("cannot read the current file `{path}`: not valid TOML"));
        Box::new(finding.at(&place, "the reader lost its place here").note(error.message()))
    })?;
    let handler = handler(document.get_ref()).unwrap_or(HANDLER);
    let mut found = Found { handler, containerd: Entries::new(), crio: Entries::new() };
    found.table(&mut Vec::new(), document.get_ref());
    let is_crio = document.get_ref().keys().any(|key| key.get_ref() == "crio");
    let (component, stated) = if is_crio { ("crio", found.crio) } else { ("containerd", found.containerd) };
    // Which configurations a containerd reads depends on its version, and what it answers the kubelet, too.
    let version = document.get_ref().get("version").filter(|_| !is_crio);
    let said = version.and_then(|v| Some((v.get_ref().as_integer()?.as_str().to_string(), v.span())));
    let said = said.map(|(version, at)| Said { of: "containerd", version, at });
    let said = said.into_iter().collect();
    Ok(vec![Reading { verbatim: true, said, ..Reading::new(path, component, stated) }])
}

/// The runtime handler that containerd takes where nothing names another, and whose tables the catalogue names.
const HANDLER: &str = "runc";
/// The table of all handlers.
const HANDLERS: &str = "runtimes";

/// The handler of pods that ask for none.
fn handler<'t>(table: &'t DeTable<'t>) -> Option<&'t str> {
    table.iter().find_map(|(key, value)| match value.get_ref() {
        DeValue::Table(inner) => handler(inner),
        DeValue::String(text) if key.get_ref() == "default_runtime_name" => Some(text.as_ref()),
        _ => None,
    })
}

struct Found<'f> {
    handler: &'f str,
    containerd: Entries,
    crio: Entries,
}

impl Found<'_> {
    fn table<'t>(&mut self, at: &mut Vec<&'t str>, table: &'t DeTable<'t>) {
        for (key, value) in table {
            let name: &str = key.get_ref();
            if let DeValue::Table(inner) = value.get_ref() {
                let of_handlers = at.last() == Some(&HANDLERS);
                if of_handlers && name != self.handler {
                    continue;
                }
                at.push(if of_handlers { HANDLER } else { name });
                self.table(at, inner);
                at.pop();
                continue;
            }
            let entry = || Entry::new(node(value.get_ref(), value.span()), key.span());
            if *at == CRIO && catalog::find(&format!("crio/{name}")).is_some() {
                self.crio.insert(format!("crio/{name}"), entry());
            }
            if catalog::containerd_has(at, name) {
                self.containerd.insert(format!("containerd/{name}"), entry());
            }
        }
    }
}

fn node(value: &DeValue<'_>, span: Range<usize>) -> Node {
    let scalar = |json: Json| Value::Scalar(json);
    let value = match value {
        DeValue::String(text) => scalar(Json::from(text.as_ref())),
        DeValue::Boolean(b) => scalar(Json::from(*b)),
        DeValue::Integer(integer) => {
            let digits = integer.as_str();
            scalar(i64::from_str_radix(digits, integer.radix()).map_or_else(|_| Json::from(digits), Json::from))
        }
        DeValue::Float(float) => {
            let number = float.as_str().parse::<f64>().ok().and_then(Number::from_f64);
            scalar(number.map_or_else(|| Json::from(float.as_str()), Json::Number))
        }
        DeValue::Datetime(time) => scalar(Json::from(time.to_string())),
        DeValue::Array(items) => Value::List(items.iter().map(|item| node(item.get_ref(), item.span())).collect()),
        // A table within a list is no setting of the catalogue's.
        DeValue::Table(_) => Value::Map(Vec::new()),
    };
    Node { value, span }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_versions_of_containerd_and_crio() {
        let two = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  max_concurrent_downloads = 5\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\n  SystemdCgroup = true\n";
        let three = "version = 3\n[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]\nSystemdCgroup = false\n";
        let found = readings("config.toml", two).unwrap().remove(0);
        assert_eq!(found.stated["containerd/max_concurrent_downloads"].value, json!(5));
        let nvidia = three.replace("runc", "nvidia");
        let default =
            "version = 3\n[plugins.'io.containerd.cri.v1.runtime'.containerd]\ndefault_runtime_name = \"nvidia\"\n";
        let of = |text: &str| readings("c", text).unwrap()[0].stated.contains_key("containerd/SystemdCgroup");
        assert!(
            !of(&nvidia) && of(&nvidia.replacen("version = 3\n", default, 1)),
            "the default handler's counts alone"
        );
        assert!(!of(&three.replacen("version = 3\n", default, 1)));
        let entry = &found.stated["containerd/SystemdCgroup"];
        assert_eq!((&two[entry.key.clone()], &two[entry.node.span.clone()]), ("SystemdCgroup", "true"));
        assert_eq!(readings("c", three).unwrap()[0].stated["containerd/SystemdCgroup"].value, json!(false));
        let crio = "[crio.runtime]\ncgroup_manager = \"cgroupfs\"\n";
        assert!(looks_like(crio, false) && looks_like(two, false) && looks_like("version = 3\n", true));
        let found = readings("c", crio).unwrap().remove(0);
        assert_eq!((found.component, &found.stated["crio/cgroup_manager"].value), ("crio", &json!("cgroupfs")));
        assert_eq!(readings("c", "version = \n").unwrap_err().id, "current-unparsable");
    }
}
