//! From the parser's events to documents, within limits: depth, and what aliases may expand to.

use super::{Member, Node, Value, resolve};
use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle, Tag};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// Nodes in all, those that aliases repeat included. go-yaml refuses documents whose aliases make more than a tenth of
/// 400,000 operations; no configuration has as many values.
const MOST: usize = 400_000;
/// Bytes of a key. go-yaml's own limit is the same for keys without `?` before them.
const LONGEST: usize = 1024;
/// Levels. The parser has a limit of its own, which is lower.
const DEEPEST: usize = 200;

/// Why a text is no YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Byte offset at which reading stopped.
    pub at: usize,
    /// What is wrong there, in the parser's words.
    pub said: String,
}

/// Every document of a text. JSON is read as the YAML it is.
///
/// # Errors
/// Where and why the text cannot be read.
pub fn documents(text: &str) -> Result<Vec<Node>, Fault> {
    if let Some(fault) = of_another_yaml(text) {
        return Err(fault);
    }
    let is_json = text.trim_start().starts_with('{');
    let mut composer =
        Composer { text, is_json, open: Vec::new(), anchors: BTreeMap::new(), done: Vec::new(), nodes: 0 };
    let options = granit_parser::options! { emit_comments: false };
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| {
            let at = error.marker().byte_offset().unwrap_or_else(|| byte(text, error.marker().index()));
            Fault { at: at.min(text.len()), said: error.info() }
        })?;
        composer.event(event, &span)?;
    }
    Ok(composer.done)
}

/// What YAML 1.1 reads in another way than the parser does, or not at all.
fn of_another_yaml(text: &str) -> Option<Fault> {
    let breaks = ['\u{85}', '\u{2028}', '\u{2029}'];
    // JSON has them in texts like any other character.
    if let Some(at) = text.find(breaks).filter(|_| !text.trim_start().starts_with('{')) {
        let said = "a character that only YAML 1.1 takes for the end of a line (NEL, LS or PS)";
        return Some(Fault { at, said: said.into() });
    }
    let unmarked = text.trim_start_matches('\u{feff}');
    let mut at = text.len() - unmarked.len();
    for line in unmarked.split_inclusive('\n') {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["%YAML", "1.1", ..] | ["%TAG", ..] => {}
            ["%YAML", version, ..] => {
                return Some(Fault {
                    at,
                    said: format!("upstream reads YAML 1.1 and refuses a document of {version}"),
                });
            }
            [word, ..] if line.starts_with('%') => {
                return Some(Fault { at, said: format!("`{word}` is no directive") });
            }
            [] => {}
            [word, ..] if word.starts_with('#') => {}
            _ => break,
        }
        at += line.len();
    }
    None
}

fn byte(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(at, _)| at)
}

/// A list or map that is being read.
enum Open {
    List { items: Vec<Node>, span: Range<usize>, anchor: usize },
    Map { members: Vec<Member>, key: Option<(String, Range<usize>)>, span: Range<usize>, anchor: usize },
}

struct Composer<'t> {
    text: &'t str,
    is_json: bool,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Node, usize)>,
    done: Vec<Node>,
    nodes: usize,
}

impl Composer<'_> {
    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Fault> {
        let range = self.range(span);
        match event {
            Event::DocumentStart(..) => self.anchors.clear(),
            Event::Scalar(text, style, anchor, tag) => {
                let value = self.scalar(&text, style, tag.as_deref(), &range)?;
                self.enter(Node { value: Value::Scalar(value), span: range }, anchor)?;
            }
            Event::SequenceStart(_, anchor, _) => {
                self.begin(Open::List { items: Vec::new(), span: range.clone(), anchor }, &range)?;
            }
            Event::MappingStart(style, anchor, _) => {
                // In block form the event stands at the first key, or on the line of the parent.
                let _: StructureStyle = style;
                self.begin(Open::Map { members: Vec::new(), key: None, span: range.clone(), anchor }, &range)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(&range)?,
            Event::Alias(id) => {
                let Some((node, size)) = self.anchors.get(&id).cloned() else {
                    return Err(self.fault(&range, "this alias has no anchor, or is within its own anchor"));
                };
                self.count(size, &range)?;
                self.enter(node, 0)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn fault(&self, at: &Range<usize>, said: impl Into<String>) -> Fault {
        Fault { at: at.start.min(self.text.len()), said: said.into() }
    }

    fn range(&self, span: &Span) -> Range<usize> {
        let offset = |m: &granit_parser::Marker| {
            m.byte_offset().unwrap_or_else(|| byte(self.text, m.index())).min(self.text.len())
        };
        let (start, end) = (offset(&span.start), offset(&span.end));
        start..end.max(start)
    }

    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>, at: &Range<usize>) -> Result<Json, Fault> {
        if tag.is_none() && style == ScalarStyle::Plain && resolve::is_no_json_number(text) {
            return Err(self.fault(at, format!("`{text}` is a number that JSON does not have")));
        }
        if let Some(tag) = tag.filter(|tag| tag.core_suffix().is_none()) {
            if tag.suffix_in_namespace("tag:yaml.org,2002:").is_some_and(|kind| kind == "binary") {
                return Err(self.fault(at, "`!!binary` is not read here"));
            }
            // With a tag of its own, go-yaml takes the text as it is.
            return Ok(Json::from(text));
        }
        match tag.and_then(Tag::core_suffix) {
            Some(tag) => {
                resolve::tagged(text, tag).ok_or_else(|| self.fault(at, format!("cannot read `{text}` as `!!{tag}`")))
            }
            // YAML's 1.0 and 1e3 are written as whole numbers when they become JSON; in a text that is JSON they stay what they are.
            None if style == ScalarStyle::Plain && self.is_json => Ok(resolve::plain(text)),
            None if style == ScalarStyle::Plain => Ok(resolve::whole_where_it_is(resolve::plain(text))),
            None => Ok(Json::from(text)),
        }
    }

    fn count(&mut self, nodes: usize, at: &Range<usize>) -> Result<(), Fault> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MOST {
            return Err(self.fault(at, format!("more than {MOST} values, aliases expanded")));
        }
        Ok(())
    }

    fn begin(&mut self, open: Open, at: &Range<usize>) -> Result<(), Fault> {
        if self.open.len() >= DEEPEST {
            return Err(self.fault(at, format!("more than {DEEPEST} levels deep")));
        }
        self.open.push(open);
        Ok(())
    }

    fn end(&mut self, at: &Range<usize>) -> Result<(), Fault> {
        let (value, span, anchor) = match self.open.pop() {
            Some(Open::List { items, span, anchor }) => (Value::List(items), span, anchor),
            Some(Open::Map { members, span, anchor, .. }) => (Value::Map(members), span, anchor),
            None => return Ok(()),
        };
        let last = match &value {
            Value::List(items) => items.last().map(|n| n.span.end),
            Value::Map(members) => members.last().map(|m| m.node.span.end.max(m.at.end)),
            Value::Scalar(_) => None,
        };
        // Block collections end where the parser noticed, which may be lines below their last value.
        let flow = self.text.get(span.clone()).is_some_and(|t| t.starts_with(['[', '{']));
        let end = if flow { at.end } else { last.unwrap_or(span.end) };
        self.enter(Node { value, span: span.start..end.max(span.start) }, anchor)
    }

    /// A finished value goes into what is open, or is a document.
    fn enter(&mut self, node: Node, anchor: usize) -> Result<(), Fault> {
        self.count(1, &node.span)?;
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size(&node)));
        }
        match self.open.last_mut() {
            None => self.done.push(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { key: key @ None, .. }) => match name(&node) {
                Some(name) if name.len() > LONGEST => {
                    let said = format!("a key of more than {LONGEST} bytes");
                    return Err(Fault { at: node.span.start, said });
                }
                Some(name) => *key = Some((name.into_owned(), node.span)),
                None => {
                    let said = "a key that is no text, number or boolean";
                    return Err(Fault { at: node.span.start, said: said.into() });
                }
            },
            Some(Open::Map { members, key, .. }) => {
                let (key, at) = key.take().unwrap_or_default();
                if key == "<<" && self.text.get(at.clone()) == Some("<<") {
                    merge(&node, members)?;
                } else {
                    members.push(Member { key, at, node });
                }
            }
        }
        Ok(())
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::Scalar(_) => 0,
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(members) => members.iter().map(|m| size(&m.node)).sum(),
    }
}

/// A key as sigs.k8s.io/yaml writes it into JSON.
fn name(node: &Node) -> Option<Cow<'_, str>> {
    match &node.value {
        Value::Scalar(Json::String(text)) => Some(Cow::Borrowed(text)),
        Value::Scalar(scalar @ (Json::Number(_) | Json::Bool(_))) => Some(Cow::Owned(scalar.to_string())),
        _ => None,
    }
}

/// `<<: *other` and `<<: [*one, *two]`: of a list the earlier map wins. go-yaml v2 sets the keys where the merge stands, so
/// that a merge below a key of the map itself wins over it, against YAML's rule; strict decoding calls it a key twice.
fn merge(node: &Node, members: &mut Vec<Member>) -> Result<(), Fault> {
    let list = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    for map in list.iter().rev() {
        if !map.is_map() {
            return Err(Fault {
                at: node.span.start,
                said: "map merge requires map or sequence of maps as the value".into(),
            });
        }
        members.extend(map.members().cloned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn first(text: &str) -> Node {
        documents(text).unwrap().remove(0)
    }

    #[test]
    fn every_value_knows_its_place() {
        let text = "a: 1\nb:\n  c: [x, 'y']\n  é: \"z\"\nd:\n- e: 5\n";
        let node = first(text);
        assert_eq!(node.json(), json!({"a": 1, "b": {"c": ["x", "y"], "é": "z"}, "d": [{"e": 5}]}));
        let at = |path: &[&str]| &text[node.at(path).unwrap().span.clone()];
        assert_eq!(at(&["a"]), "1");
        assert_eq!(at(&["b", "c"]), "[x, 'y']");
        assert_eq!(at(&["b", "é"]), "\"z\"");
        assert_eq!(&text[node.get("b").unwrap().items().first().map_or(0..0, |n| n.span.clone())], "");
        assert_eq!(&text[node.get("d").unwrap().items()[0].get("e").unwrap().span.clone()], "5");
        assert_eq!(&text[node.members().nth(1).unwrap().at.clone()], "b");
    }

    #[test]
    fn anchors_merges_and_equal_keys_are_as_go_reads_them() {
        let node = first("base: &b {p: 1, q: 2}\nuse:\n  <<: *b\n  q: 3\nagain: *b\n");
        assert_eq!(node.get("use").unwrap().json(), json!({"p": 1, "q": 3}));
        let below = first("base: &b {p: 1, q: 2}\nuse:\n  q: 3\n  <<: *b\n");
        assert_eq!(below.get("use").unwrap().json(), json!({"p": 1, "q": 2}));
        let list = first("a: &a {p: 1}\nb: &b {p: 2, q: 2}\nuse:\n  <<: [*a, *b]\n");
        assert_eq!(list.get("use").unwrap().json(), json!({"p": 1, "q": 2}));
        assert_eq!(node.get("again").unwrap().json(), json!({"p": 1, "q": 2}));
        let twice = first("a: 1\nb: {c: 1, c: 2}\na: 3\n");
        assert_eq!(twice.json(), json!({"b": {"c": 2}, "a": 3}));
        assert_eq!(twice.twice().iter().map(|(_, m)| m.key.as_str()).collect::<Vec<_>>(), ["c", "a"]);
        assert_eq!(first("1: a\ntrue: b\n").json(), json!({"1": "a", "true": "b"}));
    }

    #[test]
    fn aliases_that_multiply_are_refused() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let before = vec![format!("*a{}", level - 1); 10].join(", ");
            text += &format!("a{level}: &a{level} [{before}]\n");
        }
        assert!(documents(&text).unwrap_err().said.contains("aliases expanded"));
        assert!(documents("a: &a [*a]\n").is_err());
    }
}
