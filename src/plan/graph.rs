//! Provenance as a graph: values, facts and spec keys, with an edge from each value to what it rests on.

use super::Plan;
use crate::facts::{Cause, entry};
use petgraph::graphmap::DiGraphMap;
use std::collections::BTreeMap;

/// A node of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node<'p> {
    /// A planned value: its scope and its tunable.
    Value(&'p str, &'p str),
    /// A catalogue entry.
    Fact(&'p str),
    /// A key of the spec.
    Spec(&'p str),
}

/// The graph of one plan.
pub struct Graph<'p> {
    /// Edges run from a value to its causes.
    pub edges: DiGraphMap<Node<'p>, ()>,
    /// Causes that name a value nobody planned: a mistake of ours.
    pub dangling: Vec<(Node<'p>, &'p Cause)>,
}

/// Builds the graph of a plan.
#[must_use]
pub fn graph(plan: &Plan) -> Graph<'_> {
    let mut known: BTreeMap<(&str, &str), ()> = BTreeMap::new();
    for (scope, name, _) in plan.all_values() {
        known.insert((scope, name), ());
    }
    let mut out = Graph { edges: DiGraphMap::new(), dangling: Vec::new() };
    for (scope, name, value) in plan.all_values() {
        let from = Node::Value(scope, name);
        out.edges.add_node(from);
        for cause in &value.because {
            let to = match cause {
                Cause::Fact(id) => Node::Fact(id),
                Cause::Spec(path) => Node::Spec(path),
                Cause::Value(text) => {
                    // `web: kubelet/maxPods` names another scope; without one it is this scope's own.
                    let (of, what) = text.split_once(": ").unwrap_or((scope, text));
                    Node::Value(of, what)
                }
            };
            let dangles = match to {
                Node::Value(of, what) => !known.contains_key(&(of, what)),
                Node::Fact(id) => entry(id).is_none(),
                Node::Spec(_) => false,
            };
            if dangles {
                out.dangling.push((from, cause));
            }
            out.edges.add_edge(from, to, ());
        }
    }
    out
}
