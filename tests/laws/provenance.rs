//! No value without a because: chains have no circle, name nothing that does not exist, and end in facts or in the spec.

use crate::common::{EXAMPLES, example, none, plan};
use petgraph::Direction::Outgoing;
use petgraph::algo::is_cyclic_directed;
use plimsoll::plan::{Node, graph};
use toml::{Table, Value};

#[test]
fn chains_end_in_facts_or_in_the_spec() {
    let mut complaints = Vec::new();
    for name in EXAMPLES {
        let text = example(name);
        let spec: Table = toml::from_str(&text).unwrap();
        let plan = plan(&text).plan();
        let graph = graph(&plan);
        assert!(graph.edges.edge_count() > 100, "{name} has causes at all");
        complaints.extend(
            graph.dangling.iter().map(|(from, cause)| format!("{name}: {from:?} rests on {cause:?}, which is nowhere")),
        );
        if is_cyclic_directed(&graph.edges) {
            complaints.push(format!("{name}: a value rests on itself"));
        }
        for node in graph.edges.nodes() {
            match node {
                // Without circles, a chain whose every value has a cause ends in something that is no value.
                Node::Value(..) if graph.edges.neighbors_directed(node, Outgoing).next().is_none() => {
                    complaints.push(format!("{name}: {node:?} rests on nothing"));
                }
                Node::Spec(path) if !stated(&spec, path) => {
                    complaints.push(format!("{name}: the spec has no `{path}`"))
                }
                _ => {}
            }
        }
    }
    none(&complaints);
}

#[test]
fn every_value_has_a_rule_that_is_known() {
    let mut complaints = Vec::new();
    for name in EXAMPLES {
        let plan = plan(&example(name)).plan();
        for (scope, tunable, value) in plan.all_values() {
            let bounds =
                value.binding.iter().chain(&value.behind).map(|b| &b.rule).chain(value.next.iter().map(|n| &n.rule));
            let unknown: Vec<&String> =
                value.rules.iter().chain(bounds).filter(|r| plimsoll::rules::rule(r).is_none()).collect();
            if value.rules.is_empty() || !unknown.is_empty() {
                complaints
                    .push(format!("{name}: {scope} {tunable} has the rules {:?}, unknown {unknown:?}", value.rules));
            }
            if plimsoll::catalog::find(tunable).is_none() {
                complaints.push(format!("{name}: {scope} {tunable} is not in the catalogue"));
            }
        }
    }
    none(&complaints);
}

/// Whether a dotted path leads to something in the spec: names of list items stand in brackets, odd keys in quotes.
fn stated(spec: &Table, path: &str) -> bool {
    // `node-class.*.count` stands for the key of every class: one that is there is enough.
    if let Some((head, tail)) = path.split_once(".*.") {
        let tables = spec.get(head).and_then(Value::as_table);
        return tables.is_some_and(|t| t.keys().any(|key| stated(spec, &format!("{head}.{key}.{tail}"))));
    }
    let (mut part, mut parts, mut quoted) = (String::new(), Vec::new(), false);
    for c in path.chars() {
        match c {
            '"' => quoted = !quoted,
            '.' | '[' if !quoted => parts.push(std::mem::take(&mut part)),
            ']' if !quoted => {}
            c => part.push(c),
        }
    }
    parts.push(part);
    let mut at = Value::Table(spec.clone());
    for part in parts {
        let next = match &at {
            Value::Table(table) => table.get(&part).cloned(),
            Value::Array(items) => items
                .iter()
                .find(|item| item.get("name").and_then(Value::as_str) == Some(&part))
                .or_else(|| items.get(part.parse::<usize>().ok()?))
                .cloned(),
            _ => None,
        };
        let Some(next) = next else { return false };
        at = next;
    }
    true
}
