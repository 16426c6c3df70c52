//! Findings as the JSON of the plan document.

use crate::diag::{Finding, Sources};
use serde_json::{Value, json};

/// The `findings` array: every label with byte offsets and with one-based lines and columns.
#[must_use]
pub fn json(findings: &[Finding], sources: &Sources) -> Value {
    Value::Array(findings.iter().map(|f| one(f, sources)).collect())
}

fn one(finding: &Finding, sources: &Sources) -> Value {
    let labels: Vec<Value> = finding
        .labels
        .iter()
        .map(|l| {
            let (line, column) = sources.line_column(&l.path, l.span.start);
            let (end_line, end_column) = sources.line_column(&l.path, l.span.end);
            json!({ "path": l.path, "start": l.span.start, "end": l.span.end, "line": line, "column": column,
                    "endLine": end_line, "endColumn": end_column, "text": l.text, "role": l.role })
        })
        .collect();
    let fixes: Vec<Value> = finding
        .fixes
        .iter()
        .map(|x| {
            let mut fix = json!({ "title": x.title, "path": x.path, "start": x.span.start, "end": x.span.end,
                    "replacement": x.replacement, "verified": x.verified });
            // What a spec is changed to is meant to have another meaning.
            if finding.consequence.is_some() {
                fix["safe"] = json!(x.safe);
            }
            fix
        })
        .collect();
    let notes: Vec<&String> = finding.notes.iter().chain(&finding.helps).collect();
    let mut out = json!({ "id": finding.id, "severity": finding.severity, "message": finding.message, "labels": labels,
            "notes": notes, "fixes": fixes });
    if let Some(consequence) = finding.consequence {
        out["consequence"] = json!(consequence);
    }
    if !finding.versions.is_empty() {
        out["kubernetes"] = json!(finding.versions);
    }
    if let Some(reason) = &finding.accepted {
        out["reason"] = json!(reason);
    }
    out
}
