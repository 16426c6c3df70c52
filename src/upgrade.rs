//! What an upgrade of Kubernetes changes: a plan solved at both versions, and why each value moves, by the catalogue.

use crate::catalog::{self, What};
use crate::compare::{Comparison, Move};
use crate::plan::{FORMAT, Plan};
use crate::quantity::Minor;
use serde_json::{Map, Value as Json, json};

/// Why a value is another one after an upgrade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Upstream has it since this minor.
    Added(Minor),
    /// Upstream lacks it from this minor on.
    Removed(Minor),
    /// Upstream's default is another one from this minor on.
    Default(Minor),
    /// The plan, solved again, has another value.
    Solved,
}

impl Why {
    /// In words.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Added(minor) => format!("new in {minor}"),
            Self::Removed(minor) => format!("gone in {minor}"),
            Self::Default(minor) => format!("the default changed in {minor}"),
            Self::Solved => "solved again".to_string(),
        }
    }
}

/// Why a value moves between two minors.
#[must_use]
pub fn why(one: &Move<'_>, from: Minor, to: Minor) -> Why {
    let Some(found) = catalog::find(one.tunable) else { return Why::Solved };
    let tunable = found.tunable;
    match (tunable.since(), tunable.removed()) {
        (_, Some(removed)) if from < removed && removed <= to && one.after.is_none() => return Why::Removed(removed),
        (Some(since), _) if from < since && since <= to && one.before.is_none() => return Why::Added(since),
        _ => {}
    }
    let default = |minor| found.default_in(minor);
    let mut steps = (from.1 + 1..=to.1).map(|minor| Minor(to.0, minor));
    let moved = steps.find(|minor| default(*minor) != default(from));
    let follows = one.after.is_some_and(|v| !v.departs()) || one.before.is_some_and(|v| !v.departs());
    match moved.filter(|_| follows) {
        Some(minor) => Why::Default(minor),
        None => Why::Solved,
    }
}

/// A value that stays, while upstream's default moves away from it or to it.
pub struct Stays<'p> {
    /// Its scope.
    pub scope: &'p str,
    /// Its name.
    pub tunable: &'p str,
    /// The value.
    pub value: &'p Json,
    /// The default before and after.
    pub default: (&'p Json, &'p Json),
}

/// Values that stay although their default moves.
#[must_use]
pub fn stays<'p>(before: &'p Plan, after: &'p Plan) -> Vec<Stays<'p>> {
    let old: std::collections::BTreeMap<(&str, &str), &crate::rules::Value> =
        before.all_values().map(|(scope, name, value)| ((scope, name), value)).collect();
    let both = after.all_values().filter_map(|(scope, name, new)| Some((scope, name, *old.get(&(scope, name))?, new)));
    both.filter(|(_, _, old, new)| old.value == new.value && old.default != new.default)
        .map(|(scope, tunable, old, new)| Stays {
            scope,
            tunable,
            value: &new.value,
            default: (&old.default, &new.default),
        })
        .collect()
}

/// What upstream itself does differently, whatever is planned.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Upstream {
    /// What it begins and ends to do, with the minor.
    pub behaviours: Vec<(Minor, String)>,
    /// Feature gates whose default turns.
    pub gates: usize,
    /// Settings that come, go, or change their default or their words.
    pub settings: usize,
}

/// What the catalogue knows to change after `from`, up to `to`.
#[must_use]
pub fn upstream(from: Minor, to: Minor) -> Upstream {
    let mut out = Upstream::default();
    for change in catalog::changes(from, to, false) {
        match &change.what {
            What::Begins(summary) => out.behaviours.push((change.minor, (*summary).to_string())),
            What::Ends(summary) => out.behaviours.push((change.minor, format!("no longer: {summary}"))),
            What::Gate(was, is) => {
                out.gates += usize::from(was.is_some_and(|w| is.is_some_and(|i| w.default != i.default)));
            }
            What::Added(_) | What::Removed | What::Default(..) | What::Words(..) => out.settings += 1,
            What::Type(..) | What::Deprecated => {}
        }
    }
    out
}

/// The document of `explain --upgrade`.
#[must_use]
pub fn document(comparison: &Comparison<'_>, from: Minor, to: Minor, class: Option<&str>) -> Json {
    let wanted = |scope: &str| class.is_none_or(|c| c == scope);
    let scopes: Map<String, Json> = comparison
        .scopes
        .iter()
        .filter(|(scope, _)| wanted(scope))
        .map(|(scope, found)| {
            let changes = found.moves.iter().map(|m| {
                json!({
                    "tunable": m.tunable,
                    "before": m.before.map(|v| &v.value),
                    "after": m.after.map(|v| &v.value),
                    "why": why(m, from, to).text(),
                    "reason": m.after.map(|v| v.reason.as_str()),
                })
            });
            ((*scope).to_string(), json!({ "changes": changes.collect::<Vec<_>>(), "unchanged": found.same }))
        })
        .collect();
    let stays = stays(comparison.before, comparison.after).into_iter().filter(|s| wanted(s.scope)).map(|s| {
        json!({ "scope": s.scope, "tunable": s.tunable, "value": s.value,
                "default": { "before": s.default.0, "after": s.default.1 } })
    });
    let upstream = upstream(from, to);
    let behaviours =
        upstream.behaviours.iter().map(|(minor, text)| json!({ "since": minor.to_string(), "what": text }));
    json!({
        "formatVersion": FORMAT,
        "cluster": comparison.before.cluster,
        "upgrade": { "from": from.to_string(), "to": to.to_string() },
        "scopes": scopes,
        "defaultsMoved": stays.collect::<Vec<_>>(),
        "upstream": { "behaviours": behaviours.collect::<Vec<_>>(), "gates": upstream.gates, "settings": upstream.settings },
        "findings": {
            "added": comparison.added.iter().map(|f| json!({ "id": f.id, "message": f.message })).collect::<Vec<_>>(),
            "gone": comparison.gone.iter().map(|f| json!({ "id": f.id, "message": f.message })).collect::<Vec<_>>(),
        },
    })
}
