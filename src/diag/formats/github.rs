//! Findings as GitHub Actions workflow commands, which become annotations on the changed lines.

use crate::diag::{Finding, Severity, Sources, plain};

/// One `::error file=…` line per finding.
#[must_use]
pub fn github(findings: &[Finding], sources: &Sources) -> String {
    findings.iter().map(|f| one(f, sources)).collect()
}

fn one(finding: &Finding, sources: &Sources) -> String {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "notice",
    };
    let place = finding.labels.first().map_or(String::new(), |l| {
        let (line, column) = sources.line_column(&l.path, l.span.start);
        let (end_line, end_column) = sources.line_column(&l.path, l.span.end);
        // GitHub refuses an end column on a range of lines.
        let columns = if line == end_line { format!(",col={column},endColumn={end_column}") } else { String::new() };
        format!("file={},line={line},endLine={end_line}{columns},", property(&l.path))
    });
    let mut text = finding.message.clone();
    for extra in finding.notes.iter().chain(&finding.helps) {
        text.push('\n');
        text.push_str(extra);
    }
    format!("::{command} {place}title={}::{}\n", property(finding.id), data(&text))
}

fn data(text: &str) -> String {
    plain(&text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")).into_owned()
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
