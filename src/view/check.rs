//! What `check` prints for people: findings by file, and how many there are of what.

use crate::check::{Consequence, constraint, constraints};
use crate::diag::{self, Finding, Severity, Sources};
use crate::quantity::Minor;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Widest line.
const WIDTH: usize = 100;
/// Where texts begin.
const INDENT: usize = 10;

/// How much is told of each finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// One line.
    One,
    /// What it is, why, and what to do; a reason that was told is not told again.
    Grouped,
    /// Everything, with the lines that it points at.
    Lines,
}

/// Findings, in the order given.
#[must_use]
pub fn check(findings: &[Finding], sources: &Sources, detail: Detail, colour: bool) -> String {
    let one =
        |f: &Finding| format!("{}\n", diag::plain(&format!("{}{}", place(f, sources), title(f))).replace('\n', " "));
    match detail {
        Detail::Lines => diag::human(findings, sources, colour),
        Detail::One => findings.iter().map(one).collect(),
        Detail::Grouped => diag::plain(&grouped(findings, sources)).into_owned(),
    }
}

fn title(finding: &Finding) -> String {
    format!("{}[{}]: {}", word(finding.severity), finding.id, finding.message)
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "advice",
    }
}

/// `file:line:column: `, or nothing where a finding has no place.
fn place(finding: &Finding, sources: &Sources) -> String {
    finding.labels.first().map_or(String::new(), |label| {
        let (line, column) = sources.line_column(&label.path, label.span.start);
        format!("{}:{line}:{column}: ", label.path)
    })
}

fn grouped(findings: &[Finding], sources: &Sources) -> String {
    let (mut out, mut file, mut told) = (String::new(), None, BTreeSet::new());
    for finding in findings {
        let path = finding.labels.first().map(|l| l.path.as_str());
        if file != Some(path) {
            let _ = writeln!(out, "{}{}", if file.is_some() { "\n" } else { "" }, path.unwrap_or("(no file)"));
            file = Some(path);
        }
        one(&mut out, finding, sources, &mut told);
    }
    out
}

fn one<'f>(out: &mut String, finding: &'f Finding, sources: &Sources, told: &mut BTreeSet<(&'f str, &'f str)>) {
    let first = finding.labels.first();
    let at = first.map_or(String::new(), |label| {
        let (line, column) = sources.line_column(&label.path, label.span.start);
        format!("{line}:{column}")
    });
    paragraph(out, &format!("  {at:<width$}", width = INDENT - 2), &title(finding));
    let lead = " ".repeat(INDENT);
    for clash in finding.labels.iter().skip(1) {
        let (line, column) = sources.line_column(&clash.path, clash.span.start);
        let file = if first.is_some_and(|f| f.path == clash.path) { String::new() } else { format!("{}:", clash.path) };
        paragraph(out, &lead, &format!("{}: {file}{line}:{column}", clash.text));
    }
    for note in finding.notes.iter().filter(|note| told.insert((finding.id, note))) {
        paragraph(out, &lead, note);
    }
    for help in finding.helps.iter().filter(|help| told.insert((finding.id, help))) {
        paragraph(out, &lead, &format!("help: {help}"));
    }
    if let Some(fix) = finding.fixes.iter().find(|fix| fix.safe) {
        paragraph(out, &lead, &format!("--fix: {}", fix.title));
    }
}

/// A text in lines of bearable length, all but the first indented.
fn paragraph(out: &mut String, lead: &str, text: &str) {
    let mut line = lead.to_string();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(out, "{}", line.trim_end());
            line = " ".repeat(INDENT + 2);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    let _ = writeln!(out, "{}", line.trim_end());
}

/// How many there are: by severity, by consequence, by file; and what was accepted. `guessed`: nobody said the version.
#[must_use]
pub fn check_summary(
    findings: &[Finding],
    files: &[String],
    versions: &[Minor],
    guessed: bool,
    allowed: &BTreeMap<String, usize>,
) -> String {
    let minors: Vec<String> = versions.iter().map(ToString::to_string).collect();
    let of = format!("{} for Kubernetes {}", count(files.len(), "file", "files"), minors.join(", "));
    let mut out = if findings.is_empty() { format!("nothing found in {of}\n") } else { counted(findings, &of) };
    if !allowed.is_empty() {
        let list: Vec<String> = allowed.iter().map(|(id, n)| format!("{id} {n}")).collect();
        let total: usize = allowed.values().sum();
        let _ = writeln!(out, "{} allowed: {}", count(total, "more is", "more are"), list.join(", "));
    }
    let fixes = findings.iter().filter(|f| f.fixes.iter().any(|fix| fix.safe)).count();
    if fixes > 0 {
        let with = if guessed { " with --kubernetes" } else { "" };
        let _ = writeln!(out, "{} by --fix{with}", count(fixes, "goes away", "go away"));
    }
    out
}

fn counted(findings: &[Finding], of: &str) -> String {
    let mut out = String::new();
    if let Some(line) = diag::summary(findings, of) {
        let _ = writeln!(out, "{line}");
    }
    let with = |consequence: Consequence| {
        let n = findings.iter().filter(|f| f.consequence == Some(consequence.word())).count();
        (n > 0).then(|| format!("{n} {}", outcome(consequence)))
    };
    let kinds: Vec<String> = Consequence::ALL.into_iter().filter_map(with).collect();
    if !kinds.is_empty() {
        paragraph(&mut out, "  ", &kinds.join(" · "));
    }
    let mut by_file: BTreeMap<&str, usize> = BTreeMap::new();
    for label in findings.iter().filter_map(|f| f.labels.first()) {
        *by_file.entry(label.path.as_str()).or_default() += 1;
    }
    if by_file.len() > 1 {
        let width = by_file.keys().map(|path| path.chars().count()).max().unwrap_or_default();
        for (path, n) in by_file {
            let _ = writeln!(out, "  {path:<width$}  {n:>3}");
        }
    }
    out
}

fn count(n: usize, one: &str, several: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { several })
}

fn outcome(consequence: Consequence) -> &'static str {
    match consequence {
        Consequence::Refuses => "keep a component from starting",
        Consequence::Ignored => "without effect",
        Consequence::Dangerous => "dangerous",
        Consequence::Wasteful => "wasteful",
        Consequence::Style => "of style",
    }
}

/// What is known of each rule that findings name: versions, source, condition.
#[must_use]
pub fn constraints_json(findings: &[Finding], versions: &[Minor]) -> Json {
    let ids: BTreeSet<&str> = findings.iter().map(|f| f.id).collect();
    let known = |id: &&str| {
        versions.iter().find_map(|v| constraint(id, *v)).or_else(|| constraints().iter().find(|c| c.id == *id))
    };
    let entries = ids.iter().filter_map(|id| Some((*id, known(id)?)));
    let entry = |(id, c): (&str, &crate::check::Constraint)| {
        let minor = |m: Option<Minor>| m.map(|m| m.to_string());
        let value = json!({ "component": c.component, "consequence": c.consequence.word(), "since": minor(c.since),
            "until": minor(c.until), "condition": c.text, "why": c.why, "source": c.source });
        (id.to_string(), value)
    };
    Json::Object(entries.map(entry).collect())
}
