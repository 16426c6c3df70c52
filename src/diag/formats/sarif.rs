//! Findings as SARIF 2.1.0, the form that code-scanning services read.

use crate::diag::{Finding, Fix, Label, Severity, Sources};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What is known of an id: why it is so, and where that can be settled.
pub type About<'a> = &'a dyn Fn(&str) -> Option<(String, String)>;

/// A SARIF log with one run. Columns are counted in Unicode characters, as the log says.
#[must_use]
pub fn sarif(findings: &[Finding], sources: &Sources, about: About<'_>) -> Value {
    let ids: BTreeMap<&str, Severity> = findings.iter().map(|f| (f.id, f.severity)).collect();
    let rules: Vec<Value> = ids
        .iter()
        .map(|(id, severity)| {
            let mut rule = json!({ "id": id, "name": id, "shortDescription": { "text": id.replace('-', " ") },
                    "defaultConfiguration": { "level": level(*severity) } });
            if let Some((why, source)) = about(id) {
                rule["fullDescription"] = json!({ "text": why });
                rule["help"] = json!({ "text": format!("{why}\nsource: {source}") });
            }
            rule
        })
        .collect();
    let results: Vec<Value> = findings.iter().map(|f| result(f, sources, &ids)).collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "plimsoll", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results
        }]
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

fn result(finding: &Finding, sources: &Sources, ids: &BTreeMap<&str, Severity>) -> Value {
    let mut text = finding.message.clone();
    for extra in finding.notes.iter().chain(&finding.helps) {
        text.push('\n');
        text.push_str(extra);
    }
    let mut out = json!({
        "ruleId": finding.id,
        "ruleIndex": ids.keys().position(|id| *id == finding.id),
        "level": level(finding.severity),
        "message": { "text": text },
    });
    let mut labels = finding.labels.iter();
    if let Some(first) = labels.next() {
        out["locations"] = json!([location(first, sources)]);
    }
    let related: Vec<Value> = labels
        .enumerate()
        .map(|(id, label)| {
            let mut place = location(label, sources);
            place["id"] = json!(id);
            place["message"] = json!({ "text": label.text });
            place
        })
        .collect();
    if !related.is_empty() {
        out["relatedLocations"] = json!(related);
    }
    let fixes: Vec<Value> = finding.fixes.iter().map(|f| fix(f, sources)).collect();
    if !fixes.is_empty() {
        out["fixes"] = json!(fixes);
    }
    if let Some(consequence) = finding.consequence {
        out["properties"] = json!({ "consequence": consequence });
    }
    if !finding.versions.is_empty() {
        out["properties"]["kubernetes"] = json!(finding.versions);
    }
    if let Some(reason) = &finding.accepted {
        out["suppressions"] = json!([{ "kind": "external", "justification": reason }]);
    }
    out
}

fn fix(fix: &Fix, sources: &Sources) -> Value {
    json!({
        "description": { "text": fix.title },
        "artifactChanges": [{
            "artifactLocation": { "uri": uri(&fix.path) },
            "replacements": [{
                "deletedRegion": region(&fix.path, &fix.span, sources),
                "insertedContent": { "text": fix.replacement },
            }],
        }],
    })
}

fn region(path: &str, span: &std::ops::Range<usize>, sources: &Sources) -> Value {
    let (line, column) = sources.line_column(path, span.start);
    let (end_line, end_column) = sources.line_column(path, span.end);
    json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
}

fn location(label: &Label, sources: &Sources) -> Value {
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(&label.path) },
        "region": region(&label.path, &label.span, sources)
    } })
}

/// Paths as URI references: what a URI may not hold is percent-encoded.
fn uri(path: &str) -> String {
    path.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}
