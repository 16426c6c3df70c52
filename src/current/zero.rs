//! Zeros that mean unset: upstream's defaulting cannot tell a stated zero from none where the field is no pointer.

use crate::quantity::{GoDuration, Minor};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A span of minors in which a field has one Go type.
struct Span {
    since: Minor,
    until: Option<Minor>,
    pointer: bool,
}

fn spans() -> &'static BTreeMap<&'static str, Vec<Span>> {
    static ONCE: OnceLock<BTreeMap<&'static str, Vec<Span>>> = OnceLock::new();
    ONCE.get_or_init(|| {
        let mut out: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
        for line in include_str!("../../catalog/generated/fields.tsv").lines().filter(|l| !l.starts_with('#')) {
            let mut cells = line.split('\t');
            let (Some(path), Some(since), Some(until), Some(kind)) =
                (cells.next(), cells.next(), cells.next(), cells.next())
            else {
                continue;
            };
            // The line of headings has no version.
            let Some(since) = Minor::parse(since) else { continue };
            out.entry(path).or_default().push(Span {
                since,
                until: Minor::parse(until),
                pointer: kind.starts_with('*'),
            });
        }
        out
    })
}

/// Whether `value` is a zero that upstream takes for unset in `version`.
pub(super) fn is_unset(name: &str, value: &Json, version: Minor) -> bool {
    let zero = match value {
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty() || GoDuration::parse(text).is_ok_and(|d| d.0 == 0) && text != "0",
        _ => false,
    };
    let covers = |s: &&Span| s.since <= version && s.until.is_none_or(|u| version <= u);
    // Flags are never defaulted after they were parsed.
    let file = !super::flags::COMPONENTS.iter().any(|c| name.starts_with(c));
    zero && file && spans().get(name).and_then(|s| s.iter().find(covers)).is_some_and(|s| !s.pointer)
}
