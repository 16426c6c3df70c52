//! `[defaults]` and `inherits`: each class starts from the defaults, then from the class it names, then adds its own.

use super::node::{Node, Table, Val};
use crate::diag::{Finding, Place, nearest};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every class with what it inherits merged in, by name.
pub fn classes(file: &Arc<str>, spec: &Table, findings: &mut Vec<Finding>) -> BTreeMap<String, Node> {
    let empty = Table::new();
    let defaults = spec.get("defaults").and_then(Node::table).unwrap_or(&empty);
    if let Some(inherits) = defaults.get("inherits") {
        let finding = Finding::error("class-inherits", "`[defaults]` cannot inherit from a class that starts from it")
            .at(&Place::new(file, inherits.key_span.clone()), "here");
        findings.push(finding);
    }
    let stated = spec.get("node-class").and_then(Node::table).unwrap_or(&empty);
    let mut out = BTreeMap::new();
    for (name, node) in stated {
        let Some(chain) = chain(file, name, stated, findings) else { continue };
        let mut merged = defaults.clone();
        merged.remove("inherits");
        for ancestor in chain.iter().rev() {
            if let Some(table) = stated.get(*ancestor).and_then(Node::table) {
                lay_over(&mut merged, table);
            }
        }
        out.insert(name.clone(), Node { value: Val::Table(merged), ..node.clone() });
    }
    out
}

/// The class and its ancestors, nearest first; `None` when the chain is broken, which is then reported.
fn chain<'a>(file: &Arc<str>, name: &'a str, classes: &'a Table, findings: &mut Vec<Finding>) -> Option<Vec<&'a str>> {
    let mut chain = vec![name];
    let mut at = name;
    while let Some(inherits) = classes.get(at).and_then(Node::table).and_then(|t| t.get("inherits")) {
        let Val::Text(parent) = &inherits.value else { return None };
        let place = Place::new(file, inherits.span.clone());
        if !classes.contains_key(parent) {
            let message = format!("node class `{at}` inherits from `{parent}`, which does not exist");
            let names = classes.keys().map(String::as_str);
            let help = nearest(parent, names).map(|close| format!("did you mean `{close}`?"));
            findings.push(Finding::error("class-inherits", message).at(&place, "no such class").help_if(help));
            return None;
        }
        if chain.contains(&parent.as_str()) {
            let message = format!("node class `{name}` inherits from itself: {} → {parent}", chain.join(" → "));
            findings.push(Finding::error("class-inherits", message).at(&place, "closes the circle"));
            return None;
        }
        chain.push(parent);
        at = parent;
    }
    Some(chain)
}

/// Tables merge key by key; everything else is replaced.
fn lay_over(below: &mut Table, above: &Table) {
    for (key, node) in above {
        match (below.get_mut(key).map(|n| &mut n.value), &node.value) {
            (Some(Val::Table(old)), Val::Table(new)) => lay_over(old, new),
            _ => {
                below.insert(key.clone(), node.clone());
            }
        }
    }
}
