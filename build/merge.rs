//! Joins the two layers. Existence, Go type and default are upstream's; a hand entry adds to them and may not contradict.

use crate::generated::{Minor, Span};
use crate::hand::Entry;
use std::collections::BTreeMap;

/// What a row is to a user.
#[derive(Clone, Debug, PartialEq)]
pub enum Role {
    /// It has a value of its own, and can be pinned.
    Setting,
    /// A structure whose fields are settings.
    Group,
    /// A member of the list or structure named, which is carried whole.
    Part(String),
    /// A flag that writes the configuration field named.
    Alias(String),
}

/// One row of the catalogue.
pub struct Row {
    pub name: String,
    pub kind: String,
    pub of: Option<String>,
    pub role: Role,
    pub spans: Vec<Span>,
    pub hand: Option<Entry>,
}

/// Every row, by name.
pub fn join(mut upstream: BTreeMap<String, Vec<Span>>, entries: Vec<Entry>) -> Result<Vec<Row>, String> {
    let mut hand: BTreeMap<String, Entry> = BTreeMap::new();
    for entry in entries {
        add_missing(&mut upstream, &entry)?;
        let name = entry.name.clone();
        if hand.insert(name.clone(), entry).is_some() {
            return Err(format!("{name}: two entries"));
        }
    }
    let names: Vec<String> = upstream.keys().cloned().collect();
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    // In order of name a structure comes before its members.
    for (name, spans) in upstream {
        let entry = hand.remove(&name);
        let parent = names.iter().any(|n| below(n, &name));
        let (kind, of) = kind(&name, &spans, entry.as_ref(), parent);
        let role = role(&name, &spans, entry.as_ref(), &kind, parent, &rows);
        rows.insert(name.clone(), Row { name, kind, of, role, spans, hand: entry });
    }
    Ok(rows.into_values().collect())
}

/// Keys of maps, and flags of patches newer than the one read, are known to the hand layer only.
fn add_missing(upstream: &mut BTreeMap<String, Vec<Span>>, entry: &Entry) -> Result<(), String> {
    let (since, until) = (entry.since()?, entry.until()?);
    match (upstream.get_mut(&entry.name), since) {
        (Some(spans), Some(since)) => match spans.first().cloned() {
            // Without a Go type: nobody extracted it there.
            Some(first) if since < first.since => {
                let until = Some((first.since.0, first.since.1 - 1));
                spans.insert(0, Span { since, until, go: String::new(), ..first });
            }
            _ => return Err(format!("{}: `since` repeats what upstream's types say", entry.name)),
        },
        (Some(_), None) if until.is_some() => {
            return Err(format!("{}: `removed` repeats what upstream's types say", entry.name));
        }
        (Some(_), None) => {}
        (None, None) if entry.of_host() => {
            let span = Span {
                since: (0, 0),
                until: None,
                flag: false,
                go: String::new(),
                default: entry.default.as_ref().map_or_else(String::new, ToString::to_string),
                deprecated: false,
                sets: String::new(),
            };
            upstream.insert(entry.name.clone(), vec![span]);
        }
        (None, _) => {
            let map = entry.name.rsplit_once('.').map(|(map, _)| map);
            let span = map.and_then(|m| upstream.get(m)).and_then(|s| s.first()).filter(|s| s.go.contains("map["));
            let Some(span) = span else {
                return Err(format!("{}: upstream has no such field, flag or map", entry.name));
            };
            let key = Span {
                since: since.unwrap_or(span.since),
                until,
                go: String::new(),
                default: String::new(),
                ..span.clone()
            };
            upstream.insert(entry.name.clone(), vec![key]);
        }
    }
    Ok(())
}

/// Whether `name` is a member of `of`.
fn below(name: &str, of: &str) -> bool {
    name.strip_prefix(of).is_some_and(|rest| rest.starts_with(['.', '[']))
}

fn role(
    name: &str,
    spans: &[Span],
    entry: Option<&Entry>,
    kind: &str,
    parent: bool,
    rows: &BTreeMap<String, Row>,
) -> Role {
    if let Some(field) = spans.iter().map(|s| &s.sets).find(|s| !s.is_empty()) {
        return Role::Alias(field.clone());
    }
    if entry.is_some() {
        return Role::Setting;
    }
    // Structures are members of what holds them, so the outermost whole is found first.
    let whole = |row: &&Row| match &row.role {
        Role::Setting => matches!(row.kind.as_str(), "list" | "object" | "map"),
        Role::Part(_) => true,
        Role::Group | Role::Alias(_) => false,
    };
    let cuts = name.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(at, _)| &name[..at]);
    if let Some(row) = cuts.filter_map(|cut| rows.get(cut)).find(whole) {
        return Role::Part(row.name.clone());
    }
    if parent && kind == "object" { Role::Group } else { Role::Setting }
}

/// Type and type of elements: the hand layer's where it says more, else what Go's type comes to.
fn kind(name: &str, spans: &[Span], entry: Option<&Entry>, parent: bool) -> (String, Option<String>) {
    if let Some(kind) = entry.and_then(|e| e.kind.clone()) {
        return (kind, entry.and_then(|e| e.of.clone()));
    }
    let newest = spans.last();
    let (kind, of) = match newest {
        _ if name.ends_with("/feature-gates") || name.ends_with("/featureGates") => ("map", Some("boolean")),
        Some(span) if span.go.is_empty() => ("string", None),
        Some(span) => go_kind(span, parent),
        None => ("string", None),
    };
    let of = entry.and_then(|e| e.of.clone()).or(of.map(String::from));
    (kind.to_string(), of)
}

fn go_kind(span: &Span, parent: bool) -> (&'static str, Option<&'static str>) {
    let go = span.go.trim_start_matches('*');
    match go {
        "bool" | "flag.boolValue" => ("boolean", None),
        "float32" | "float64" | "flag.float64Value" => ("number", None),
        "duration" | "v1.Duration" | "time.Duration" | "v1.TimeOrMetaDuration" | "v1.Time" | "flag.durationValue" => {
            ("duration", None)
        }
        "quantity" | "resource.Quantity" | "resource.QuantityValue" => ("quantity", None),
        "[]uint8" => ("string", None),
        "[]string" | "stringSlice" | "strings" | "stringArray" | "ipNetSlice" => ("list", Some("string")),
        "[]int32" | "int32Slice" | "intSlice" => ("list", Some("integer")),
        "map[string]bool" | "mapStringBool" => ("map", Some("boolean")),
        "map[string]string" | "stringToString" | "mapStringString" => ("map", Some("string")),
        "v1.ResourceList" => ("map", Some("quantity")),
        "map[string][]string" | "colonSeparatedMultimapStringString" => ("map", Some("list")),
        "int" | "int8" | "int16" | "int32" | "int64" | "uint" | "uint8" | "uint16" | "uint32" | "uint64" | "Level"
        | "v1.VerbosityLevel" | "flag.intValue" | "flag.int64Value" | "flag.uintValue" | "flag.uint64Value"
        | "flags.uint32Value" => ("integer", None),
        _ if go.starts_with("[]") => ("list", Some("object")),
        _ if go.starts_with("map[") => ("map", Some("object")),
        _ if parent => ("object", None),
        _ => ("string", None),
    }
}

/// Minors of an `effective` step, for emission.
pub type Steps = Vec<(Minor, Option<Minor>, String, String)>;

impl Row {
    /// What defaults come to where upstream's object does not hold it: since, until, JSON, source.
    pub fn effective(&self) -> Result<Steps, String> {
        let steps = self.hand.iter().flat_map(|e| &e.effective).map(|step| {
            let (since, until) = step.span()?;
            let json = step.value.as_ref().map_or_else(String::new, ToString::to_string);
            Ok((since, until, json, step.source.clone()))
        });
        steps.collect()
    }
}
