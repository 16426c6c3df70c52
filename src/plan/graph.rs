//! Provenance as a graph: values, facts and spec keys, with an edge from each value to what it rests on.

use super::Plan;
use crate::facts::{Cause, entry};
use petgraph::Direction;
use petgraph::graphmap::DiGraphMap;
use petgraph::visit::Dfs;
use std::collections::{BTreeMap, BTreeSet};

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

/// A part of the graph: what some values rest on, down to facts and the spec.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain<'p> {
    /// Its nodes, in order.
    pub nodes: Vec<Node<'p>>,
    /// Positions of a value and of a cause of it, in order.
    pub edges: Vec<(usize, usize)>,
}

/// The node that a cause of a value of `scope` names. `web: kubelet/maxPods` names another scope; without one it is the
/// value's own.
#[must_use]
pub fn cause<'p>(scope: &'p str, cause: &'p Cause) -> Node<'p> {
    match cause {
        Cause::Fact(id) => Node::Fact(id),
        Cause::Spec(path) => Node::Spec(path),
        Cause::Value(text) => {
            let (of, what) = text.split_once(": ").unwrap_or((scope, text));
            Node::Value(of, what)
        }
    }
}

/// Builds the graph of a plan.
#[must_use]
pub fn graph(plan: &Plan) -> Graph<'_> {
    let known: BTreeSet<(&str, &str)> = plan.all_values().map(|(scope, name, _)| (scope, name)).collect();
    let mut out = Graph { edges: DiGraphMap::new(), dangling: Vec::new() };
    for (scope, name, value) in plan.all_values() {
        let from = Node::Value(scope, name);
        out.edges.add_node(from);
        for because in &value.because {
            let to = cause(scope, because);
            let dangles = match to {
                Node::Value(of, what) => !known.contains(&(of, what)),
                Node::Fact(id) => entry(id).is_none(),
                Node::Spec(_) => false,
            };
            if dangles {
                out.dangling.push((from, because));
            }
            out.edges.add_edge(from, to, ());
        }
    }
    out
}

impl<'p> Graph<'p> {
    /// Everything that the given values rest on, with them.
    #[must_use]
    pub fn chain(&self, from: &[Node<'p>]) -> Chain<'p> {
        let mut search = Dfs::empty(&self.edges);
        let mut found = BTreeSet::new();
        for start in from.iter().filter(|node| self.edges.contains_node(**node)) {
            search.move_to(*start);
            while let Some(node) = search.next(&self.edges) {
                found.insert(node);
            }
        }
        let at: BTreeMap<Node<'p>, usize> = found.iter().enumerate().map(|(at, node)| (*node, at)).collect();
        let mut edges: Vec<(usize, usize)> = found
            .iter()
            .flat_map(|node| self.edges.neighbors_directed(*node, Direction::Outgoing).map(move |cause| (*node, cause)))
            .filter_map(|(node, cause)| Some((*at.get(&node)?, *at.get(&cause)?)))
            .collect();
        edges.sort_unstable();
        Chain { nodes: found.into_iter().collect(), edges }
    }
}
