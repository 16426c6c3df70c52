//! A base file: an existing KubeletConfiguration whose fields, where not planned, are carried into what is written.

use crate::catalog::{self, Form, Type};
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

impl Base {
    /// The fields of the document, named as the catalogue names them: below a map the rest is the key.
    #[must_use]
    pub fn leaves(&self) -> Vec<(String, Value)> {
        leaves(&self.document)
    }
}

fn leaves(document: &Value) -> Vec<(String, Value)> {
    let mut out = Vec::new();
    flatten("kubelet/", document, &mut out);
    out.retain(|(name, _)| name != "kubelet/apiVersion" && name != "kubelet/kind");
    out
}

fn flatten(prefix: &str, value: &Value, out: &mut Vec<(String, Value)>) {
    let Value::Object(fields) = value else { return };
    for (field, value) in fields {
        let name = format!("{prefix}{field}");
        let leaf = catalog::setting(&name).map(|t| t.kind);
        match (leaf, value) {
            (Some(catalog::Type::Map), Value::Object(map)) => {
                out.extend(map.iter().map(|(key, value)| (format!("{name}.{key}"), value.clone())));
                if map.is_empty() {
                    out.push((name, value.clone()));
                }
            }
            (None, Value::Object(_)) => flatten(&format!("{name}."), value, out),
            _ => out.push((name, value.clone())),
        }
    }
}

/// Where upstream stops reading: a base is one small file.
pub const LARGEST: usize = 4 << 20;

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
    for (name, value) in leaves(&document) {
        check_field(&name, &value, version, text, &file, findings);
    }
    (findings.len() == before).then(|| Base { path: path.into(), spec_path: spec_path.into(), document })
}

/// Upstream logs one line about a field it does not know and goes on without it: here that is an error.
fn check_field(name: &str, value: &Value, version: Minor, text: &str, file: &Arc<str>, findings: &mut Vec<Finding>) {
    let field = name.trim_start_matches("kubelet/");
    let place = Place::new(file, position(text, field));
    let Some(found) = catalog::find(name).filter(|f| f.tunable.form() == Form::Field) else {
        let fields = catalog::starting("kubelet/").filter(|t| t.form() == Form::Field).map(catalog::Tunable::path);
        let finding = Finding::error("unknown-field", format!("KubeletConfiguration has no field `{field}`"))
            .at(&place, "no field has this name")
            .note("a kubelet would log one line and go on without it")
            .help_if(nearest(field, fields).map(|close| format!("did you mean `{close}`?")));
        findings.push(finding);
        return;
    };
    let tunable = found.tunable;
    if !tunable.exists_in(version) {
        let since = tunable.since().filter(|s| *s > version).map(|s| format!("added in {s}"));
        let removed = tunable.removed().map(|r| format!("removed in {r}"));
        let finding = Finding::error("version-unsupported-field", format!("kubelet {version} has no field `{field}`"))
            .at(&place, since.or(removed).unwrap_or_default())
            .note("a kubelet would log one line and go on without it");
        findings.push(finding);
    }
    if let (Some(keys), Some(key)) = (tunable.key_values, found.key)
        && !keys.contains(&key)
    {
        // Signals such as containerfs.available, which upstream refuses or overrides by version.
        let finding = Finding::error("unknown-key", format!("`{}` has no key `{key}`", tunable.name))
            .at(&place, "upstream refuses or overrides it")
            .note(format!("its keys are {}", keys.join(", ")));
        findings.push(finding);
    }
    let fits = match found.kind_in(version) {
        Type::Boolean => value.is_boolean(),
        Type::Integer => value.is_i64() || value.is_u64(),
        Type::Number => value.is_number(),
        Type::String | Type::Duration | Type::Threshold => value.is_string(),
        // Upstream's quantities read bare numbers as well.
        Type::Quantity | Type::Cpu | Type::Bytes => value.is_string() || value.is_number(),
        Type::List => value.is_array(),
        Type::Map | Type::Object => value.is_object(),
    };
    if !fits && !value.is_null() {
        let kind = format!("{:?}", found.kind_in(version)).to_lowercase();
        let message = format!("`{field}` is {value}, which is not of its type ({kind})");
        findings.push(Finding::error("base-wrong-type", message).at(&place, "upstream refuses this file"));
    }
}

/// Where a field stands in the text: the first line that begins with its last part, or with its first.
fn position(text: &str, path: &str) -> std::ops::Range<usize> {
    let first = path.split('.').next().unwrap_or(path);
    let last = path.rsplit('.').next().unwrap_or(path);
    // A key such as memory.available has a dot of its own, so the part behind the first field is tried as well.
    let rest = path.split_once('.').map_or(path, |(_, rest)| rest);
    [path, rest, last, first].into_iter().find_map(|f| line_of(text, f)).unwrap_or(0..0)
}

fn line_of(text: &str, field: &str) -> Option<std::ops::Range<usize>> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let plain = line.trim_start_matches(['"', '\'', ' ', '-']);
        if plain.starts_with(field)
            && plain[field.len()..].trim_start_matches(['"', '\'']).trim_start().starts_with(':')
        {
            let skip = line.len() - plain.len();
            return Some(at + skip..at + skip + field.len());
        }
        at += line.len();
    }
    None
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
