//! A base file: an existing KubeletConfiguration whose fields, where not planned, are carried into what is written.

use crate::catalog::{self, Type};
use crate::diag::{Finding, Place, Sources, nearest};
use crate::quantity::Minor;
use serde_json::Value;
use std::sync::Arc;

/// A base that upstream would read.
#[derive(Clone, Debug)]
pub struct Base {
    /// Path as the spec gives it.
    pub path: String,
    /// Path of the spec key that names it.
    pub spec_path: String,
    /// The whole document.
    pub document: Value,
}

/// Where upstream stops reading: a base is one small file.
const LARGEST: usize = 4 << 20;

/// Reads a base file; `None` when upstream would refuse it or drop a field of it, which is reported.
pub(super) fn base(
    path: &str,
    spec_path: &str,
    text: &str,
    version: Minor,
    sources: &mut Sources,
    findings: &mut Vec<Finding>,
) -> Option<Base> {
    sources.add(path, text);
    let file: Arc<str> = Arc::from(path);
    let whole = Place::new(&file, 0..text.lines().next().map_or(0, str::len));
    if text.len() > LARGEST {
        findings.push(
            Finding::error("base-too-large", format!("the base `{path}` is more than 4 MiB long"))
                .at(&whole, "begins here"),
        );
        return None;
    }
    let document: Value = match serde_yaml::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            let span = error.location().map_or(0..0, |l| offset(text, l.line() as usize, l.column() as usize));
            let message = format!("the base `{path}` is not valid YAML");
            let detail = error.to_string();
            let first = detail.lines().next().unwrap_or_default().trim_start_matches("error: ").to_string();
            findings.push(
                Finding::error("base-not-yaml", message)
                    .at(&Place::new(&file, span), "the parser lost its place here")
                    .note(first),
            );
            return None;
        }
    };
    let kind = (document.get("apiVersion").and_then(Value::as_str), document.get("kind").and_then(Value::as_str));
    if kind != (Some("kubelet.config.k8s.io/v1beta1"), Some("KubeletConfiguration")) {
        let message = format!("the base `{path}` is not a KubeletConfiguration of kubelet.config.k8s.io/v1beta1");
        let finding = Finding::error("base-wrong-kind", message)
            .at(&whole, format!("apiVersion {}, kind {}", kind.0.unwrap_or("missing"), kind.1.unwrap_or("missing")));
        findings.push(finding);
        return None;
    }
    let before = findings.len();
    if let Some(fields) = document.as_object() {
        for (field, value) in fields.iter().filter(|(f, _)| *f != "apiVersion" && *f != "kind") {
            check_field(field, value, version, text, &file, findings);
        }
    }
    (findings.len() == before).then(|| Base { path: path.into(), spec_path: spec_path.into(), document })
}

/// Upstream logs one line about a field it does not know and goes on without it: here that is an error.
fn check_field(field: &str, value: &Value, version: Minor, text: &str, file: &Arc<str>, findings: &mut Vec<Finding>) {
    let place = Place::new(file, position(text, field));
    let name = format!("kubelet/{field}");
    let below = format!("{name}.");
    let mut entries = catalog::tunables().range(below.clone()..).take_while(|(n, _)| n.starts_with(&below)).peekable();
    let known = catalog::tunables().get(&name);
    if known.is_none() && entries.peek().is_none() {
        let fields = catalog::names().filter_map(|n| n.strip_prefix("kubelet/")).filter(|f| !f.contains('.'));
        let finding = Finding::error("unknown-field", format!("KubeletConfiguration has no field `{field}`"))
            .at(&place, "no field has this name")
            .note("a kubelet would log one line and go on without it")
            .help_if(nearest(field, fields).map(|close| format!("did you mean `{close}`?")));
        findings.push(finding);
        return;
    }
    let Some(tunable) = known else { return };
    if !tunable.exists_in(version) {
        let since = tunable.since().filter(|s| *s > version).map(|s| format!("added in {s}"));
        let removed = tunable.removed().map(|r| format!("removed in {r}"));
        let finding = Finding::error("version-unsupported-field", format!("kubelet {version} has no field `{field}`"))
            .at(&place, since.or(removed).unwrap_or_default())
            .note("a kubelet would log one line and go on without it");
        findings.push(finding);
    }
    let fits = match tunable.kind {
        Type::Boolean => value.is_boolean(),
        Type::Integer => value.is_i64() || value.is_u64(),
        Type::Number => value.is_number(),
        Type::String | Type::Quantity | Type::Cpu | Type::Bytes | Type::Duration | Type::Threshold => value.is_string(),
        Type::List => value.is_array(),
        Type::Map | Type::Object => value.is_object(),
    };
    if !fits && !value.is_null() {
        let message = format!("`{field}` is {value}, which is not of its type ({:?})", tunable.kind).to_lowercase();
        let message = message.replace(&field.to_lowercase(), field);
        findings.push(Finding::error("base-wrong-type", message).at(&place, "upstream refuses this file"));
    }
}

/// Where a top-level field stands in the text.
fn position(text: &str, field: &str) -> std::ops::Range<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let plain = line.trim_start_matches(['"', '\'']);
        if plain.starts_with(field)
            && plain[field.len()..].trim_start_matches(['"', '\'']).trim_start().starts_with(':')
        {
            let skip = line.len() - plain.len();
            return at + skip..at + skip + field.len();
        }
        at += line.len();
    }
    text.find(field).map_or(0..0, |start| start..start + field.len())
}

fn offset(text: &str, line: usize, column: usize) -> std::ops::Range<usize> {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let here = text
        .get(start..)
        .and_then(|rest| rest.char_indices().nth(column.saturating_sub(1)))
        .map_or(start, |(i, _)| start + i);
    let here = here.min(text.len());
    let end = text.get(here..).and_then(|t| t.chars().next()).map_or(here, |c| here + c.len_utf8());
    here..end
}
