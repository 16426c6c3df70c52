//! The plan against what is there: what changes in effect, what is only written differently, what never had an effect.

mod assign;
mod compare;
mod order;
mod risk;
mod same;

pub use assign::{Assigned, Given, assign};

use crate::current::{Amounts, allocatable};
use crate::plan::{ClassPlan, Plan};
use crate::quantity::Minor;
use crate::rules::Values;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// Version of the document's form.
pub const FORMAT: &str = "1.0";

/// Scope of what all classes share.
pub const CLUSTER: &str = "cluster";
/// Scope of the control plane.
pub const CONTROL_PLANE: &str = "control-plane";

/// What a change comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The effective value changes.
    Behaviour,
    /// Stated now and no longer, and equal to upstream's default: nothing changes in effect.
    Default,
    /// The version has no such tunable.
    NoEffect,
    /// Upstream refuses the current value.
    Invalid,
}

/// Where a current value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A current file states it.
    Stated,
    /// Upstream's default.
    Default,
}

/// One tunable that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Its name.
    pub tunable: String,
    /// The effective value now; as written where upstream would not take it.
    pub before: Json,
    /// Where that comes from.
    pub before_origin: Origin,
    /// The effective value with the plan.
    pub after: Json,
    /// What the change comes to.
    pub class: Class,
    /// Why.
    pub reason: String,
    /// What changing it takes, as the catalogue says.
    pub cost: String,
    /// What may go wrong, where that is certain; else empty.
    pub risk: String,
}

impl Change {
    /// Whether it is a flag that tunes nothing and is kept.
    #[must_use]
    pub fn left_alone(&self) -> bool {
        self.class == Class::NoEffect && self.before == self.after
    }
}

/// One scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScopeDiff {
    /// Nodes, of a class.
    pub count: Option<i64>,
    /// Version that it was compared for.
    pub version: String,
    /// Allocatable before and after, of a class whose kubelet was compared.
    pub allocatable: Option<(Amounts, Amounts)>,
    /// What differs, by name.
    pub changes: Vec<Change>,
    /// What does not, with the value it has.
    pub unchanged: Vec<(String, Json)>,
}

/// The difference.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diff {
    /// Scopes for which something current was given.
    pub scopes: BTreeMap<String, ScopeDiff>,
    /// Steps of a safe rollout, first to last.
    pub order: Vec<String>,
}

/// Compares a plan with what is there.
#[must_use]
pub fn diff(plan: &Plan, assigned: &Assigned) -> Diff {
    let mut out = Diff::default();
    for ((scope, component), current) in assigned {
        let entry = out.scopes.entry(scope.clone()).or_default();
        let class = plan.classes.get(scope).filter(|_| assign::of_a_class(plan, component));
        let (values, version): (&Values, Minor) = match class {
            Some(class) => (&class.values, class.kubernetes.minor),
            None if scope == CLUSTER => (&plan.shared, plan.kubernetes.minor),
            None => (&plan.control_plane, control_plane_version(plan, component)),
        };
        entry.version = version.to_string();
        compare::component(component, current, values, version, entry);
        if let Some(class) = class {
            entry.count = Some(class.count);
            if *component == "kubelet" {
                entry.allocatable = Some((allocatable(current, &capacity(class), version), planned(class)));
            }
        }
    }
    for scope in out.scopes.values_mut() {
        // What the platform decides is not the user's to change, whatever the plan would have.
        scope.changes.retain(|change| plan.is_users(&change.tunable));
        scope.changes.sort_by(|a, b| (a.class, &a.tunable).cmp(&(b.class, &b.tunable)));
        scope.unchanged.sort_by(|a, b| a.0.cmp(&b.0));
    }
    out.order = order::steps(plan, &out.scopes);
    out
}

/// etcd has minors of its own.
fn control_plane_version(plan: &Plan, component: &str) -> Minor {
    if !component.starts_with("etcd") {
        return plan.kubernetes.minor;
    }
    plan.etcd.map_or(crate::catalog::versions().etcd_newest, |v| v.minor)
}

fn capacity(class: &ClassPlan) -> Amounts {
    let ledger = &class.ledger;
    Amounts {
        cpu: Some(ledger.cpu[0]),
        memory: Some(ledger.memory[0]),
        storage: ledger.storage.map(|s| s[0]),
        pods: None,
    }
}

fn planned(class: &ClassPlan) -> Amounts {
    let ledger = &class.ledger;
    Amounts {
        cpu: Some(ledger.allocatable_cpu()),
        memory: Some(ledger.allocatable_memory()),
        storage: ledger.allocatable_storage(),
        pods: Some(class.pods),
    }
}

impl Diff {
    /// Whether the plan differs from what is there. What is merely stated and equal to upstream's default does not count
    /// (a kubelet's own `/configz` states every default), nor do flags that are left alone.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.scopes.values().flat_map(|s| &s.changes).any(|c| c.class != Class::Default && !c.left_alone())
    }

    /// The document of the design.
    #[must_use]
    pub fn document(&self) -> Json {
        let scopes: Map<String, Json> = self.scopes.iter().map(|(name, scope)| (name.clone(), scope.json())).collect();
        json!({ "formatVersion": FORMAT, "scopes": scopes, "order": self.order })
    }
}

impl ScopeDiff {
    /// Changes of one class.
    pub fn of(&self, class: Class) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |c| c.class == class)
    }

    fn json(&self) -> Json {
        let mut out = Map::new();
        if let Some((before, after)) = &self.allocatable {
            out.insert("allocatable".into(), json!({ "before": before.json(), "after": after.json() }));
        }
        out.insert("changes".into(), json!(self.changes));
        Json::Object(out)
    }
}
