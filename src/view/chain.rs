//! What values rest on, as a tree for a terminal and as a drawing for other programs.

use super::explain::{Line, cause_line};
use super::show;
use crate::facts::{Cause, entry};
use crate::plan::{Chain, Node, Plan, cause};
use crate::rules::Value;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Longest text in a node of a drawing.
const WIDEST: usize = 80;

/// A tree of causes, drawn below a value.
pub(super) struct Tree<'a> {
    pub plan: &'a Plan,
    pub line: Line<'a>,
    /// Values whose causes stand further up.
    pub told: BTreeSet<(String, String)>,
}

impl Tree<'_> {
    /// Draws the causes of a value, each line behind `lead`.
    pub(super) fn draw(&mut self, out: &mut String, lead: &str, scope: &str, value: &Value) {
        let cautious = value.because.contains(&Cause::Fact("level/cautious".into()));
        let figure = if cautious { "cautious" } else { "typical" };
        let last = value.because.len().saturating_sub(1);
        for (at, because) in value.because.iter().enumerate() {
            let (branch, below) = if at == last { ("└─", "   ") } else { ("├─", "│  ") };
            let text = cause_line(self.plan, scope, because, figure, self.line);
            let Node::Value(of, name) = cause(scope, because) else {
                let _ = writeln!(out, "{lead}{branch} {text}");
                continue;
            };
            let found = self.plan.all_values().find(|(s, n, _)| *s == of && *n == name);
            let Some((_, _, inner)) = found else {
                let _ = writeln!(out, "{lead}{branch} {text}");
                continue;
            };
            let new = self.told.insert((of.to_string(), name.to_string()));
            let rest = match (new, inner.because.is_empty()) {
                (false, false) => "   (above)".to_string(),
                _ if inner.reason.is_empty() => String::new(),
                _ => format!("   {}", inner.reason),
            };
            let _ = writeln!(out, "{lead}{branch} {text}{rest}");
            if new {
                self.draw(out, &format!("{lead}{below}"), of, inner);
            }
        }
    }
}

/// What a node says, and its kind.
fn node(plan: &Plan, node: &Node<'_>) -> (String, &'static str) {
    match node {
        Node::Value(scope, name) => {
            let value = plan.all_values().find(|(s, n, _)| s == scope && n == name);
            let shown = value.map_or_else(String::new, |(_, _, v)| format!(" = {}", show(&v.value)));
            (format!("{scope}: {name}{shown}"), "value")
        }
        Node::Fact(id) => {
            let value = entry(id).map(|fact| match fact.value.get("typical") {
                // Of a cost the figure that is counted most often.
                Some(typical) => show(typical),
                None => show(&fact.value),
            });
            (value.map_or_else(|| (*id).to_string(), |v| format!("{id} = {v}")), "fact")
        }
        Node::Spec(path) => ((*path).to_string(), "spec"),
    }
}

fn short(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if plain.chars().count() <= WIDEST { plain } else { plain.chars().take(WIDEST - 1).chain(['…']).collect() }
}

/// A graph in Graphviz' language: from causes to values.
#[must_use]
pub fn dot(plan: &Plan, chain: &Chain<'_>) -> String {
    let mut out = String::from("digraph because {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n");
    for (at, item) in chain.nodes.iter().enumerate() {
        let (text, kind) = node(plan, item);
        let shape = match kind {
            "value" => "box",
            "fact" => "ellipse",
            _ => "note",
        };
        let _ = writeln!(out, "  n{at} [label=\"{}\", shape={shape}];", dot_text(&short(&text)));
    }
    for (value, because) in &chain.edges {
        let _ = writeln!(out, "  n{because} -> n{value};");
    }
    out.push_str("}\n");
    out
}

/// Text within the quotes of Graphviz, where a backslash begins an escape.
fn dot_text(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// A flowchart in Mermaid's language: from causes to values.
#[must_use]
pub fn mermaid(plan: &Plan, chain: &Chain<'_>) -> String {
    let mut out = String::from("flowchart LR\n");
    for (at, item) in chain.nodes.iter().enumerate() {
        let (text, kind) = node(plan, item);
        let text = mermaid_text(&short(&text));
        let _ = match kind {
            "value" => writeln!(out, "  n{at}[\"{text}\"]"),
            "fact" => writeln!(out, "  n{at}([\"{text}\"])"),
            _ => writeln!(out, "  n{at}[/\"{text}\"/]"),
        };
    }
    for (value, because) in &chain.edges {
        let _ = writeln!(out, "  n{because} --> n{value}");
    }
    out
}

/// Text within Mermaid's quotes: what means something there is written by its number.
fn mermaid_text(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '"' | '#' | '<' | '>' | '&' | '`' | ';' | '\\' => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            c => out.push(c),
        }
        out
    })
}

/// Nodes and edges as JSON; `from` and `to` are positions of nodes, from a cause to what rests on it.
#[must_use]
pub fn chain_json(plan: &Plan, chain: &Chain<'_>) -> Json {
    let nodes = chain.nodes.iter().map(|item| match item {
        Node::Value(scope, name) => {
            let value = plan.all_values().find(|(s, n, _)| s == scope && n == name).map(|(_, _, v)| v);
            json!({ "kind": "value", "scope": scope, "tunable": name, "value": value.map(|v| &v.value),
                    "reason": value.map(|v| v.reason.as_str()) })
        }
        Node::Fact(id) => json!({ "kind": "fact", "fact": id, "value": entry(id).map(|f| f.value) }),
        Node::Spec(path) => json!({ "kind": "spec", "spec": path }),
    });
    let edges = chain.edges.iter().map(|(value, because)| json!({ "from": because, "to": value }));
    json!({ "nodes": nodes.collect::<Vec<_>>(), "edges": edges.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_within_its_quotes() {
        assert_eq!(dot_text(r#"a "b" \ c"#), r#"a \"b\" \\ c"#);
        assert_eq!(mermaid_text("a \"b\" #1; `c`"), "a #34;b#34; #35;1#59; #96;c#96;");
        assert_eq!(short("a\nb"), "a b");
        assert_eq!(short(&"x".repeat(200)).chars().count(), WIDEST);
    }
}
