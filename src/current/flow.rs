//! Objects of priority and fairness, as the catalogue names what they say.

use super::Reading;
use super::expand::{Entries, Entry};
use crate::yaml::Node;
use serde_json::Value as Json;

/// Kinds that are read here.
pub(super) const KINDS: [&str; 2] = ["PriorityLevelConfiguration", "FlowSchema"];

/// What one object states.
pub(super) fn reading(path: &str, document: &Node) -> Option<Reading> {
    let name = document.at(&["metadata", "name"])?.text()?;
    let mut stated = Entries::new();
    let mut enter = |key: &str, at: &[&str]| {
        if let Some(node) = document.at(at).filter(|n| !n.is_null()) {
            stated.insert(format!("{key}.{name}"), Entry::new(node.clone(), node.span.clone()));
        }
    };
    if document.get("kind").and_then(Node::text) == Some("PriorityLevelConfiguration") {
        enter("priority-level/shares", &["spec", "limited", "nominalConcurrencyShares"]);
        enter("priority-level/shares", &["spec", "limited", "assuredConcurrencyShares"]);
        return Some(Reading::new(path, "priority-level", stated));
    }
    enter("flow-schema/level", &["spec", "priorityLevelConfiguration", "name"]);
    enter("flow-schema/precedence", &["spec", "matchingPrecedence"]);
    if let Some((account, node)) = account(document) {
        let entry = Entry { value: Json::from(account), ..Entry::new(node.clone(), node.span.clone()) };
        stated.insert(format!("flow-schema/service-account.{name}"), entry);
    }
    Some(Reading::new(path, "flow-schema", stated))
}

/// The only service account that a flow schema takes, as namespace/name.
fn account(document: &Node) -> Option<(String, &Node)> {
    let rules = document.at(&["spec", "rules"])?.items();
    let subjects: Vec<&Node> = rules.iter().filter_map(|r| r.get("subjects")).flat_map(Node::items).collect();
    let [only] = subjects.as_slice() else { return None };
    let account = only.get("serviceAccount")?;
    let text = |key: &str| account.get(key).and_then(Node::text);
    Some((format!("{}/{}", text("namespace")?, text("name")?), account))
}
