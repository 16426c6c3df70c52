//! Findings as a JUnit report: one test case per finding, so that a pipeline's test view lists them.

use crate::diag::{Finding, Severity, Sources};
use std::fmt::Write;

/// A `testsuites` document. What is as severe as `failing` is a failure, so that a report is red when the run is; the rest are
/// passing cases with their text as output. Without findings there is one passing case, since an empty suite reads as "nothing ran".
#[must_use]
pub fn junit(findings: &[Finding], sources: &Sources, subject: &str, failing: Severity) -> String {
    let failures = findings.iter().filter(|f| f.severity <= failing).count();
    let tests = findings.len().max(1);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\"");
    let _ = writeln!(out, "<testsuites name=\"plimsoll\" {counts}>");
    let _ = writeln!(out, "  <testsuite name=\"{}\" {counts}>", escape(subject));
    if findings.is_empty() {
        let _ = writeln!(out, "    <testcase classname=\"plimsoll\" name=\"no findings\"/>");
    }
    for finding in findings {
        case(&mut out, finding, sources, failing);
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn case(out: &mut String, finding: &Finding, sources: &Sources, failing: Severity) {
    let place = finding.labels.first().map_or(String::new(), |l| {
        let (line, column) = sources.line_column(&l.path, l.span.start);
        format!("{}:{line}:{column}", l.path)
    });
    let name = escape(&format!("{} {place}", finding.message));
    let _ = writeln!(out, "    <testcase classname=\"{}\" name=\"{}\">", finding.id, name.trim_end());
    let body: Vec<&str> = finding.notes.iter().chain(&finding.helps).map(String::as_str).collect();
    let body = escape(&body.join("\n"));
    let kind = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "advice",
    };
    if finding.severity <= failing {
        let message = escape(&finding.message);
        let _ = writeln!(out, "      <failure type=\"{kind}\" message=\"{message}\">{body}</failure>");
    } else {
        let _ = writeln!(out, "      <system-out>{kind}: {}</system-out>", body);
    }
    out.push_str("    </testcase>\n");
}

fn escape(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || *c == '\n' || *c == '\t')
        .map(|c| match c {
            '&' => "&amp;".into(),
            '<' => "&lt;".into(),
            '>' => "&gt;".into(),
            '"' => "&quot;".into(),
            '\n' => "&#10;".into(),
            c => c.to_string(),
        })
        .collect()
}
