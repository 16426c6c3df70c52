//! What is there against a plan, or against other files: what changes in effect, what is only written differently, what never
//! had an effect.

mod assign;
mod compare;
mod cost;
mod default;
mod flags;
mod join;
mod names;
mod order;
mod risk;
mod same;
pub mod usage;

pub use assign::{Assigned, Given, assign};
pub use order::Step;

use crate::catalog::versions;
use crate::current::{Amounts, Current, allocatable};
use crate::plan::{ClassPlan, Plan};
use crate::quantity::Minor;
use crate::rules::Values;
use compare::Pair;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use usage::Usage;

/// What allocatable is made of, beside the machine.
const RESERVING: [&str; 6] = [
    "kubelet/maxPods",
    "kubelet/podsPerCore",
    "kubelet/kubeReserved",
    "kubelet/systemReserved",
    "kubelet/reservedSystemCPUs",
    "kubelet/evictionHard",
];

/// Version of the document's form.
pub const FORMAT: &str = "1.0";

/// Scope of what all classes share.
pub const CLUSTER: &str = "cluster";
/// Scope of the control plane.
pub const CONTROL_PLANE: &str = "control-plane";
/// Scope of a kubelet's file that is for no class, without a plan.
pub const NODES: &str = "nodes";

/// What a change comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The effective value changes.
    Behaviour,
    /// Written differently and equal to upstream's default, or new with an upgrade and at its default.
    Default,
    /// The version has no such tunable.
    NoEffect,
    /// Upstream refuses the value, or does not have the flag.
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
    /// The effective value afterwards.
    pub after: Json,
    /// What the change comes to.
    pub class: Class,
    /// Why.
    pub reason: String,
    /// What changing it takes, as the catalogue says; empty where nobody knows the tunable.
    pub cost: String,
    /// The same in words.
    pub cost_text: String,
    /// Files of the kubelet's root folder that have to go.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
    /// What may go wrong, where that is certain; else empty.
    pub risk: String,
}

impl Change {
    /// Whether it is a flag that the plan does not set and that is kept.
    #[must_use]
    pub fn left_alone(&self) -> bool {
        self.class == Class::NoEffect && self.before == self.after
    }

    /// Whether something has to be done for it.
    #[must_use]
    pub fn acts(&self) -> bool {
        matches!(self.class, Class::Behaviour | Class::Invalid)
    }

    /// Its component.
    #[must_use]
    pub fn component(&self) -> &str {
        self.tunable.split('/').next().unwrap_or_default()
    }
}

/// One scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScopeDiff {
    /// Nodes, of a planned class.
    pub count: Option<i64>,
    /// Version that it was compared for.
    pub version: String,
    /// Version that reads the current files, where that is another one.
    pub from: Option<String>,
    /// Allocatable before and after, of a planned class whose kubelet was compared with all that it reads.
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
    pub order: Vec<Step>,
    /// What the pods ask for, held against allocatable.
    pub usage: Option<Usage>,
}

/// The minors that read the files before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// Of Kubernetes.
    pub kubernetes: (Minor, Minor),
    /// Of etcd.
    pub etcd: (Minor, Minor),
}

impl Versions {
    fn of(&self, component: &str) -> (Minor, Minor) {
        if component.starts_with("etcd") { self.etcd } else { self.kubernetes }
    }
}

/// The minors that read the current files of Kubernetes' components beside a plan, where those are not the planned ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minors {
    /// Of the kubelets.
    pub nodes: Option<Minor>,
    /// Of all others.
    pub servers: Option<Minor>,
}

impl Minors {
    /// One minor for all.
    #[must_use]
    pub fn one(minor: Minor) -> Self {
        Self { nodes: Some(minor), servers: Some(minor) }
    }

    fn of(self, component: &str) -> Option<Minor> {
        match component {
            "kubelet" => self.nodes,
            etcd if etcd.starts_with("etcd") => None,
            _ => self.servers,
        }
    }
}

/// Compares a plan with what is there. `from` has the minors that read the current files.
#[must_use]
pub fn diff(plan: &Plan, assigned: &Assigned, from: Minors) -> Diff {
    let mut out = Diff::default();
    for ((scope, component), current) in assigned {
        let entry = out.scopes.entry(scope.clone()).or_default();
        let class = plan.classes.get(scope).filter(|_| assign::of_a_class(plan, component));
        let (values, version): (&Values, Minor) = match class {
            Some(class) => (&class.values, class.kubernetes.minor),
            None if scope == CLUSTER => (&plan.shared, plan.kubernetes.minor),
            None => (&plan.control_plane, control_plane_version(plan, component)),
        };
        let versions = (from.of(component).unwrap_or(version), version);
        entry.compared_for(versions);
        let then = Current::planned(component, values);
        Pair { component, now: current, then: &then, versions, values: Some(values) }.compare(entry);
        if let Some(class) = class {
            entry.count = Some(class.count);
            if *component == "kubelet" {
                let before = allocatable(current, &capacity(class), versions.0);
                let open = RESERVING.iter().any(|name| current.is_open(name));
                entry.allocatable = (!current.partial && !open).then(|| (before, planned(class)));
            }
        }
    }
    for scope in out.scopes.values_mut() {
        // What the platform decides is not the user's to change, whatever the plan would have.
        scope.changes.retain(|change| plan.is_users(&change.tunable));
    }
    out.in_order();
    out.order = order::steps(&order::planned(plan), plan.proxy_per_class, &out.scopes);
    out
}

/// Compares two sets of files without a plan: what is there, and what it is compared with. A configuration that only one side
/// has is compared with an empty one.
#[must_use]
pub fn files(before: &Assigned, after: &Assigned, versions: &Versions) -> Diff {
    let mut out = Diff::default();
    let none = Current::default();
    let keys: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for key in keys {
        let (scope, component) = key;
        let entry = out.scopes.entry(scope.clone()).or_default();
        let versions = versions.of(component);
        entry.compared_for(versions);
        let (now, then) = (before.get(key).unwrap_or(&none), after.get(key).unwrap_or(&none));
        Pair { component, now, then, versions, values: None }.compare(entry);
    }
    out.in_order();
    let mut steps = order::upgrade(versions.kubernetes, &out.scopes);
    steps.extend(order::steps(&order::named(&out.scopes), true, &out.scopes));
    out.order = steps;
    out
}

/// Holds what pods ask for against a plan, and against what the current files leave where they were compared.
#[must_use]
pub fn usage_of(plan: &Plan, diff: &Diff, nodes: &usage::Nodes, label: Option<&str>) -> Usage {
    let after = plan.classes.iter().map(|(name, class)| (name.clone(), planned(class))).collect();
    let now = diff.scopes.iter().filter_map(|(name, scope)| Some((name.clone(), scope.allocatable?.0))).collect();
    usage::judge(plan, &after, &now, nodes, label)
}

/// etcd has minors of its own.
fn control_plane_version(plan: &Plan, component: &str) -> Minor {
    if !component.starts_with("etcd") {
        return plan.kubernetes.minor;
    }
    plan.etcd.map_or(versions().etcd_newest, |v| v.minor)
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
    fn in_order(&mut self) {
        for scope in self.scopes.values_mut() {
            scope.changes.sort_by(|a, b| (a.class, &a.tunable).cmp(&(b.class, &b.tunable)));
            scope.unchanged.sort_by(|a, b| a.0.cmp(&b.0));
        }
    }

    /// Whether the two sides differ. What is merely stated and equal to upstream's default does not count (a kubelet's own
    /// `/configz` states every default), nor do flags that are left alone.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.scopes.values().flat_map(|s| &s.changes).any(|c| c.class != Class::Default && !c.left_alone())
    }

    /// The document of the design. `order` has the steps alone, `rollout` each with its reason.
    #[must_use]
    pub fn document(&self) -> Json {
        let scopes: Map<String, Json> = self.scopes.iter().map(|(name, scope)| (name.clone(), scope.json())).collect();
        let order: Vec<&str> = self.order.iter().map(|s| s.step.as_str()).collect();
        let mut out = json!({ "formatVersion": FORMAT, "scopes": scopes, "order": order, "rollout": self.order });
        if let Some(usage) = &self.usage {
            out["usage"] = usage.json();
        }
        out
    }
}

impl ScopeDiff {
    fn compared_for(&mut self, versions: (Minor, Minor)) {
        self.version = versions.1.to_string();
        if versions.0 != versions.1 {
            self.from = Some(versions.0.to_string());
        }
    }

    /// Changes of one class.
    pub fn of(&self, class: Class) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |c| c.class == class)
    }

    fn json(&self) -> Json {
        let mut out = Map::new();
        if let Some(from) = &self.from {
            out.insert("kubernetes".into(), json!({ "before": from, "after": self.version }));
        }
        if let Some((before, after)) = &self.allocatable {
            out.insert("allocatable".into(), json!({ "before": before.json(), "after": after.json() }));
        }
        out.insert("changes".into(), json!(self.changes));
        Json::Object(out)
    }
}
