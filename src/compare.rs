//! Two plans side by side: every value that moves, and why it is what it is in the second.

use crate::catalog;
use crate::diag::Finding;
use crate::plan::{ClassPlan, FORMAT, Plan};
use crate::quantity::{Bytes, Milli};
use crate::rules::Value;
use crate::spec::Set;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// One value that moves. At least one of the two is planned.
#[derive(Clone, Copy, Debug)]
pub struct Move<'p> {
    /// Its name.
    pub tunable: &'p str,
    /// In the first plan.
    pub before: Option<&'p Value>,
    /// In the second.
    pub after: Option<&'p Value>,
}

/// What moves in one scope.
#[derive(Debug, Default)]
pub struct Scope<'p> {
    /// Values that move, by name.
    pub moves: Vec<Move<'p>>,
    /// How many stay.
    pub same: usize,
    /// The class in both plans, where the scope is one.
    pub class: (Option<&'p ClassPlan>, Option<&'p ClassPlan>),
}

/// Two plans compared.
#[derive(Debug)]
pub struct Comparison<'p> {
    /// The first plan.
    pub before: &'p Plan,
    /// The second plan.
    pub after: &'p Plan,
    /// Scopes by name: node classes, `cluster`, `control-plane`.
    pub scopes: BTreeMap<&'p str, Scope<'p>>,
    /// Findings that only the second has.
    pub added: Vec<&'p Finding>,
    /// Findings that only the first has.
    pub gone: Vec<&'p Finding>,
}

/// A value before and after.
type Pair<'p> = (Option<&'p Value>, Option<&'p Value>);

/// Compares two plans.
#[must_use]
pub fn compare<'p>(before: &'p Plan, after: &'p Plan) -> Comparison<'p> {
    let mut pairs: BTreeMap<(&str, &str), Pair<'_>> = BTreeMap::new();
    for (scope, name, value) in before.all_values() {
        pairs.entry((scope, name)).or_default().0 = Some(value);
    }
    for (scope, name, value) in after.all_values() {
        pairs.entry((scope, name)).or_default().1 = Some(value);
    }
    let mut scopes: BTreeMap<&str, Scope<'_>> = BTreeMap::new();
    for name in before.classes.keys().chain(after.classes.keys()) {
        scopes.entry(name).or_default().class = (before.classes.get(name), after.classes.get(name));
    }
    for ((scope, tunable), (before, after)) in pairs {
        let entry = scopes.entry(scope).or_default();
        if before.map(|v| &v.value) == after.map(|v| &v.value) {
            entry.same += 1;
        } else {
            entry.moves.push(Move { tunable, before, after });
        }
    }
    let (added, gone) = (beyond(&after.findings, &before.findings), beyond(&before.findings, &after.findings));
    Comparison { before, after, scopes, added, gone }
}

/// Findings of `these` that say what none of `those` says. Places do not count: they shift with the text.
fn beyond<'p>(these: &'p [Finding], those: &[Finding]) -> Vec<&'p Finding> {
    let known: BTreeSet<(&str, &str)> = those.iter().map(|f| (f.id, f.message.as_str())).collect();
    these.iter().filter(|f| !known.contains(&(f.id, f.message.as_str()))).collect()
}

/// Nodes of all classes, and pods at maxPods.
#[must_use]
pub fn totals(plan: &Plan) -> (i64, i64) {
    let sum = |of: fn(&ClassPlan) -> i64| plan.classes.values().map(of).fold(0, i64::saturating_add);
    (sum(|c| c.count), sum(|c| c.count.saturating_mul(c.pods)))
}

/// What a class leaves for pods, in canonical form, by resource.
#[must_use]
pub fn allocatable(class: &ClassPlan) -> [(&'static str, String); 4] {
    let l = &class.ledger;
    [
        ("cpu", Milli(l.allocatable_cpu()).to_string()),
        ("memory", Bytes(l.allocatable_memory()).to_string()),
        ("ephemeral-storage", l.allocatable_storage().map_or_else(String::new, |b| Bytes(b).to_string())),
        ("pods", class.pods.to_string()),
    ]
}

impl Comparison<'_> {
    /// How many values move, and how many stay.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let scopes = self.scopes.values();
        scopes.fold((0, 0), |(moves, same), s| (moves + s.moves.len(), same + s.same))
    }

    /// One variant of the document.
    #[must_use]
    pub fn json(&self, sets: &[Set]) -> Json {
        let scopes: Map<String, Json> =
            self.scopes.iter().map(|(name, scope)| ((*name).to_string(), scope.json())).collect();
        let finding = |f: &&Finding| json!({ "id": f.id, "severity": f.severity, "message": f.message });
        json!({
            "set": sets_json(sets),
            "specSha256": self.after.spec_sha256,
            "scopes": scopes,
            "moves": self.counts().0,
            "unchanged": self.counts().1,
            "findings": {
                "added": self.added.iter().map(finding).collect::<Vec<_>>(),
                "gone": self.gone.iter().map(finding).collect::<Vec<_>>(),
            },
        })
    }
}

/// A variant that has no plan.
#[must_use]
pub fn unfit_json(sets: &[Set], findings: &[Finding]) -> Json {
    let finding = |f: &Finding| json!({ "id": f.id, "severity": f.severity, "message": f.message, "notes": f.notes });
    json!({ "set": sets_json(sets), "unfit": findings.iter().map(finding).collect::<Vec<_>>() })
}

/// The document of `compare`.
#[must_use]
pub fn document(before: &Plan, input: &str, variants: Vec<Json>) -> Json {
    json!({
        "formatVersion": FORMAT,
        "tool": format!("plimsoll {}", env!("CARGO_PKG_VERSION")),
        "catalogDate": catalog::DATE,
        "cluster": before.cluster,
        "spec": input,
        "specSha256": before.spec_sha256,
        "variants": variants,
    })
}

fn sets_json(sets: &[Set]) -> Json {
    sets.iter().map(|s| json!({ "key": s.key, "value": s.value })).collect()
}

impl Scope<'_> {
    fn json(&self) -> Json {
        let mut out = Map::new();
        if self.class.0.is_some() || self.class.1.is_some() {
            let of = |class: Option<&ClassPlan>| {
                class.map_or(Json::Null, |class| {
                    let amounts = allocatable(class).into_iter().filter(|(_, text)| !text.is_empty());
                    let amounts: Map<String, Json> = amounts.map(|(what, text)| (what.into(), json!(text))).collect();
                    json!({ "count": class.count, "allocatable": amounts })
                })
            };
            out.insert("class".into(), json!({ "before": of(self.class.0), "after": of(self.class.1) }));
        }
        let planned = |value: Option<&Value>| value.map_or(Json::Null, |v| v.value.clone());
        let changes = self.moves.iter().map(|m| {
            json!({
                "tunable": m.tunable,
                "before": planned(m.before),
                "after": planned(m.after),
                "planned": { "before": m.before.is_some(), "after": m.after.is_some() },
                "reason": m.after.map_or("no longer planned", |v| v.reason.as_str()),
                "origin": m.after.map(|v| v.origin),
                "rules": m.after.map(|v| &v.rules),
                "because": m.after.map(|v| &v.because),
            })
        });
        out.insert("changes".into(), changes.collect());
        Json::Object(out)
    }
}
