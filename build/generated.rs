//! The generated tables: rows of tab-separated cells, comments with `#`, one row per span of versions without a change.

use std::collections::BTreeMap;

/// `major.minor`.
pub type Minor = (u32, u32);

/// One field or flag within a span of minors.
#[derive(Clone)]
pub struct Span {
    pub since: Minor,
    /// Last minor of the span; none when that is the newest one read.
    pub until: Option<Minor>,
    pub flag: bool,
    pub go: String,
    /// JSON; empty when upstream leaves it unset.
    pub default: String,
    pub deprecated: bool,
    /// The configuration field that a flag writes.
    pub sets: String,
}

/// One gate within a span of minors.
pub struct Gate {
    pub since: Minor,
    pub until: Option<Minor>,
    pub stage: String,
    pub default: bool,
    pub locked: bool,
    pub components: Vec<String>,
    pub requires: Vec<String>,
}

const COMPONENTS: [&str; 5] = ["kubelet", "kube-proxy", "kube-scheduler", "kube-controller-manager", "kube-apiserver"];

/// Every field and flag by path.
pub fn fields(text: &str) -> Result<BTreeMap<String, Vec<Span>>, String> {
    let mut out: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    for line in text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [path, since, until, kind, go, default, deprecated, sets] = cells.as_slice() else {
            return Err(format!("fields.tsv: not eight cells: {line}"));
        };
        let span = Span {
            since: minor(since)?,
            until: optional(until)?,
            flag: *kind == "flag",
            go: (*go).into(),
            default: (*default).into(),
            deprecated: *deprecated == "true",
            sets: (*sets).into(),
        };
        if !default.is_empty() {
            serde_json::from_str::<serde_json::Value>(default).map_err(|e| format!("fields.tsv: {path}: {e}"))?;
        }
        let spans = out.entry((*path).into()).or_default();
        if spans.last().is_some_and(|last| last.until.is_none_or(|u| u >= span.since)) {
            return Err(format!("fields.tsv: {path}: spans overlap or are not in order"));
        }
        spans.push(span);
    }
    Ok(out)
}

/// Every feature gate by name.
pub fn gates(text: &str) -> Result<BTreeMap<String, Vec<Gate>>, String> {
    let mut out: BTreeMap<String, Vec<Gate>> = BTreeMap::new();
    for line in text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [name, since, until, stage, default, locked, components, requires] = cells.as_slice() else {
            return Err(format!("gates.tsv: not eight cells: {line}"));
        };
        let list = |text: &str| text.split(',').filter(|c| !c.is_empty()).map(String::from).collect::<Vec<_>>();
        let gate = Gate {
            since: minor(since)?,
            until: optional(until)?,
            stage: (*stage).into(),
            default: *default == "true",
            locked: *locked == "true",
            components: if *components == "all" { COMPONENTS.map(String::from).into() } else { list(components) },
            requires: list(requires),
        };
        out.entry((*name).into()).or_default().push(gate);
    }
    Ok(out)
}

/// A plugin of kube-scheduler or a controller within a span of minors.
pub struct Part {
    pub since: Minor,
    pub until: Option<Minor>,
    /// Whether it runs when nothing is said of it.
    pub default: bool,
}

/// Every plugin or controller by name.
pub fn parts(file: &str, text: &str) -> Result<BTreeMap<String, Vec<Part>>, String> {
    let mut out: BTreeMap<String, Vec<Part>> = BTreeMap::new();
    for line in text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [name, since, until, default, ..] = cells.as_slice() else {
            return Err(format!("{file}: fewer than four cells: {line}"));
        };
        let part = Part { since: minor(since)?, until: optional(until)?, default: *default == "true" };
        out.entry((*name).into()).or_default().push(part);
    }
    Ok(out)
}

/// Reads `1.27`.
pub fn minor(text: &str) -> Result<Minor, String> {
    let parts = text.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    parts.ok_or_else(|| format!("`{text}` is not a minor"))
}

fn optional(text: &str) -> Result<Option<Minor>, String> {
    if text.is_empty() { Ok(None) } else { minor(text).map(Some) }
}
