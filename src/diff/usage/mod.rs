//! What pods ask for on each node, held against what a plan leaves for them.

mod pod;
mod read;

pub use read::read;

use crate::current::Amounts;
use crate::plan::Plan;
use crate::quantity::{Bytes, Milli};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// The label that says a node's instance type.
const INSTANCE_TYPE: &str = "node.kubernetes.io/instance-type";

/// One node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// What its pods ask for; nothing where that was not stated.
    pub asks: Amounts,
    /// The class that a map says.
    pub class: Option<String>,
    /// Its labels, where it was described.
    pub labels: Option<BTreeMap<String, String>>,
}

/// Nodes by name.
pub type Nodes = BTreeMap<String, Node>;

/// A resource of which nodes have too little.
#[derive(Clone, Debug, PartialEq)]
pub struct Short {
    /// Upstream's name of it.
    pub resource: &'static str,
    /// Nodes whose pods ask for more than the plan leaves.
    pub nodes: usize,
    /// How many of them have too little now as well; nothing where that is not known.
    pub already: Option<usize>,
    /// The node that lacks most.
    pub worst: String,
    /// What its pods ask for.
    pub asks: i64,
    /// What the plan leaves.
    pub leaves: i64,
}

/// The nodes of one class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClassUsage {
    /// Nodes that were found.
    pub nodes: usize,
    /// Nodes that the spec states.
    pub stated: i64,
    /// Nodes that lack anything.
    pub over: usize,
    /// By resource.
    pub short: Vec<Short>,
}

/// All nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// By class.
    pub classes: BTreeMap<String, ClassUsage>,
    /// Nodes of no class, and why.
    pub unknown: Vec<(String, String)>,
}

/// How an amount is written.
type Text = fn(i64) -> String;
/// How an amount is taken out of a set of them.
type Amount = fn(&Amounts) -> Option<i64>;

/// Resources that pods share.
const RESOURCES: [(&str, Amount, Text); 4] = [
    ("cpu", |a| a.cpu, |n| Milli(n).to_string()),
    ("memory", |a| a.memory, |n| Bytes(n).to_string()),
    ("ephemeral-storage", |a| a.storage, |n| Bytes(n).to_string()),
    ("pods", |a| a.pods, |n| n.to_string()),
];

/// An amount of `resource` as it is written.
#[must_use]
pub fn text(resource: &str, amount: i64) -> String {
    RESOURCES
        .iter()
        .find(|(name, ..)| *name == resource)
        .map_or_else(|| amount.to_string(), |(_, _, text)| text(amount))
}

/// Holds nodes against a plan. `now` has what the current files leave, by class; `label` is the label whose value is the class.
#[must_use]
pub fn judge(
    plan: &Plan,
    planned: &BTreeMap<String, Amounts>,
    now: &BTreeMap<String, Amounts>,
    nodes: &Nodes,
    label: Option<&str>,
) -> Usage {
    let mut out = Usage::default();
    let mut of: BTreeMap<String, Vec<(&String, &Amounts)>> = BTreeMap::new();
    for (name, node) in nodes {
        match class(plan, node, label) {
            Ok(class) => of.entry(class).or_default().push((name, &node.asks)),
            Err(why) => out.unknown.push((name.clone(), why)),
        }
    }
    for (class, nodes) in of {
        let Some(after) = planned.get(&class) else { continue };
        let mut over = BTreeSet::new();
        let short = RESOURCES.iter().filter_map(|(resource, amount, _)| {
            let leaves = amount(after)?;
            let lacking: Vec<(i64, &String)> = nodes
                .iter()
                .filter_map(|(name, asks)| amount(asks).filter(|a| *a > leaves).map(|a| (a, *name)))
                .collect();
            over.extend(lacking.iter().map(|(_, name)| *name));
            // The first by name of those that lack most.
            let (asks, worst) = lacking.iter().max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(a.1)))?;
            let before = now.get(&class).and_then(amount);
            Some(Short {
                resource,
                nodes: lacking.len(),
                already: before.map(|left| lacking.iter().filter(|(asks, _)| *asks > left).count()),
                worst: (*worst).clone(),
                asks: *asks,
                leaves,
            })
        });
        let short: Vec<Short> = short.collect();
        let stated = plan.classes.get(&class).map_or(0, |c| c.count);
        out.classes.insert(class, ClassUsage { nodes: nodes.len(), stated, over: over.len(), short });
    }
    out
}

/// The class of a node: what a map says, else what its labels say. Nothing is guessed.
fn class(plan: &Plan, node: &Node, label: Option<&str>) -> Result<String, String> {
    if let Some(class) = &node.class {
        let known = plan.classes.contains_key(class);
        return if known { Ok(class.clone()) } else { Err(format!("no node class is called `{class}`")) };
    }
    let Some(labels) = &node.labels else { return Err("nothing says its labels or its class".into()) };
    let classes = plan.classes.iter().map(|(name, class)| (name.as_str(), class.machine_name.as_str()));
    class_by_labels(classes, labels, label)
}

/// The class that the labels of a node say: the value of one of them, else the only class with its instance type.
/// `classes` has each name with its instance type.
///
/// # Errors
/// Why there is none.
pub fn class_by_labels<'c>(
    classes: impl Iterator<Item = (&'c str, &'c str)>,
    labels: &BTreeMap<String, String>,
    label: Option<&str>,
) -> Result<String, String> {
    let mut classes = classes;
    if let Some(key) = label {
        let value = labels.get(key).ok_or_else(|| format!("it has no label `{key}`"))?;
        let known = classes.any(|(name, _)| name == value);
        let none = || format!("its label `{key}` is `{value}`, which is no node class");
        return if known { Ok(value.clone()) } else { Err(none()) };
    }
    let kind = labels.get(INSTANCE_TYPE).ok_or_else(|| format!("it has no label `{INSTANCE_TYPE}`"))?;
    let mut of = classes.filter(|(_, machine)| machine == kind).map(|(name, _)| name);
    match (of.next(), of.next()) {
        (Some(class), None) => Ok(class.to_string()),
        (None, _) => Err(format!("no node class has the instance type `{kind}`")),
        (Some(_), Some(_)) => Err(format!("several node classes have the instance type `{kind}`")),
    }
}

impl Usage {
    /// The document.
    #[must_use]
    pub fn json(&self) -> Json {
        let short = |s: &Short| {
            json!({
                "resource": s.resource,
                "nodes": s.nodes,
                "already": s.already,
                "worst": { "node": s.worst, "asks": text(s.resource, s.asks), "leaves": text(s.resource, s.leaves),
                           "by": text(s.resource, s.asks.saturating_sub(s.leaves)) },
            })
        };
        let class = |c: &ClassUsage| json!({ "nodes": c.nodes, "stated": c.stated, "overcommitted": c.over, "resources": c.short.iter().map(short).collect::<Vec<_>>() });
        let classes: Map<String, Json> = self.classes.iter().map(|(name, c)| (name.clone(), class(c))).collect();
        let unknown: Vec<Json> = self.unknown.iter().map(|(node, why)| json!({ "node": node, "why": why })).collect();
        json!({ "nodeClasses": classes, "unknownNodes": unknown })
    }
}
