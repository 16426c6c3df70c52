//! Feature gates: in which minors each exists, its default, and whether it is locked.

use super::{embedded, minor};
use crate::quantity::Minor;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One span of versions in which a gate does not change.
#[derive(Clone, Debug)]
pub struct Gate {
    since: Minor,
    until: Option<Minor>,
    /// State within the span.
    pub state: GateState,
}

/// A gate in one version.
#[derive(Clone, Debug)]
pub struct GateState {
    /// ALPHA, BETA, GA, DEPRECATED, as upstream spells it.
    pub stage: String,
    /// Whether it is on when not set.
    pub default: bool,
    /// Whether it can only be set to its default.
    pub locked: bool,
}

fn gates() -> &'static BTreeMap<String, Vec<Gate>> {
    static ONCE: OnceLock<BTreeMap<String, Vec<Gate>>> = OnceLock::new();
    ONCE.get_or_init(|| {
        let mut out: BTreeMap<String, Vec<Gate>> = BTreeMap::new();
        let lines = include_str!("../../catalog/generated/gates.tsv").lines();
        for line in lines.filter(|l| !l.starts_with('#') && !l.is_empty()) {
            let cells: Vec<&str> = line.split('\t').collect();
            let [name, since, until, stage, default, locked, ..] = cells.as_slice() else { continue };
            if *name == "name" || *name == "gate" {
                continue;
            }
            let until = (!until.is_empty()).then(|| (*until).to_string());
            let gate = Gate {
                since: embedded("gates.tsv", Minor::parse(since).ok_or_else(|| line.to_string())),
                until: minor("gates.tsv", until.as_ref()),
                state: GateState { stage: (*stage).into(), default: *default == "true", locked: *locked == "true" },
            };
            out.entry((*name).to_string()).or_default().push(gate);
        }
        out
    })
}

/// The gate in `version`; `None` when that version does not know it and would refuse to start with it.
#[must_use]
pub fn gate(name: &str, version: Minor) -> Option<&'static GateState> {
    let spans = gates().get(name)?;
    spans.iter().find(|g| g.since <= version && g.until.is_none_or(|u| version <= u)).map(|g| &g.state)
}

/// Names of every gate of any version.
pub fn gate_names() -> impl Iterator<Item = &'static str> {
    gates().keys().map(String::as_str)
}
