//! Command-line flags as tunables: from a file with one flag a line, or from arguments.

use super::Reading;
use super::expand::{Entries, Entry};
use crate::catalog::{self, Type};
use crate::diag::{Finding, Place};
use crate::yaml::Node;
use serde_json::Value as Json;
use std::ops::Range;
use std::sync::Arc;

/// An argument and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Word<'t> {
    /// Its text.
    pub text: &'t str,
    /// Byte range; where quoting makes the text differ from what is written, of all that is written.
    pub at: Range<usize>,
}

impl<'t> Word<'t> {
    /// The place of the part `from..to` of the text.
    fn part(&self, from: usize, to: usize) -> Range<usize> {
        if self.at.len() == self.text.len() { self.at.start + from..self.at.start + to } else { self.at.clone() }
    }
}

/// A list's element as an argument.
pub(super) fn word(node: &Node) -> Option<Word<'_>> {
    let text = node.text()?;
    // Quotes stand around the text, where nothing in it had to be escaped.
    let quoted = node.span.len() == text.len() + 2;
    let at = if quoted { node.span.start + 1..node.span.end - 1 } else { node.span.clone() };
    Some(Word { text, at })
}

/// Components that are configured by flags.
pub(super) const COMPONENTS: [&str; 4] = ["kube-apiserver", "kube-controller-manager", EVENTS, "etcd"];
/// The etcd of events has etcd's flags, so only a file's name or first comment tells it from that of all other objects.
const EVENTS: &str = "etcd-events";

/// Whether the first line that says something is a flag.
pub(super) fn looks_like(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines.next().is_some_and(|l| l.starts_with("--") && !l.starts_with("---"))
}

/// Reads a flags file.
pub(super) fn file(path: &str, text: &str) -> Result<Reading, Box<Finding>> {
    let mut arguments = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let flag = line.trim();
        if !flag.is_empty() && !flag.starts_with('#') {
            if !flag.starts_with("--") {
                let message = format!("cannot read the current file `{path}`: a line is no flag");
                let place = Place::new(&Arc::from(path), at..at + line.trim_end().len());
                let finding = Finding::error("current-unparsable", message)
                    .at(&place, "not `--flag=value`")
                    .note("the plan itself is complete; only the diff against this file was skipped");
                return Err(Box::new(finding));
            }
            let start = at + line.len() - line.trim_start().len();
            arguments.push(Word { text: flag, at: start..start + flag.len() });
        }
        at += line.len();
    }
    let Some(component) = component(path, text, &arguments) else {
        let message = format!("`{path}` holds flags, and does not say of which component");
        let finding = Finding::error("current-unrecognised", message)
            .at(&Place::new(&Arc::from(path), 0..0), "")
            .help(format!("name it after its component: {}", COMPONENTS.map(|c| format!("`{c}.flags`")).join(" or ")));
        return Err(Box::new(finding));
    };
    Ok(Reading {
        path: path.to_string(),
        component,
        stated: stated(component, &arguments),
        verbatim: true,
        twice: Vec::new(),
        document: None,
    })
}

/// The component that the file's name or first comment says, else the one that knows more of the flags.
fn component(path: &str, text: &str, arguments: &[Word<'_>]) -> Option<&'static str> {
    let file = path.rsplit('/').next().unwrap_or(path);
    let said = |c: &&&str| file.starts_with(**c) || text.starts_with(&format!("# {c}"));
    if let Some(component) = COMPONENTS.iter().find(said) {
        return Some(component);
    }
    let known = |component: &str| match component {
        EVENTS => 0,
        _ => stated(component, arguments).keys().filter(|n| catalog::find(n).is_some()).count(),
    };
    let mut known = COMPONENTS.map(|c| (known(c), c));
    known.sort_unstable();
    let [.., (second, _), (first, component)] = known;
    (first != second).then_some(component)
}

/// Arguments as tunables: `--flag=value`, `--flag value`, or `--flag` alone.
pub(super) fn stated(component: &str, arguments: &[Word<'_>]) -> Entries {
    let mut out = Entries::new();
    let mut rest = arguments.iter().peekable();
    while let Some(argument) = rest.next() {
        let Some(flag) = argument.text.strip_prefix("--").or_else(|| argument.text.strip_prefix('-')) else { continue };
        let dashes = argument.text.len() - flag.len();
        let (flag, value) = match flag.split_once(['=', ' ']) {
            Some((flag, value)) => (flag, Some(value)),
            None => (flag, None),
        };
        let name = format!("{component}/{flag}");
        let key = argument.part(0, dashes + flag.len());
        let switch = catalog::find(&name).is_some_and(|f| f.kind() == Type::Boolean);
        let value = match value {
            Some(value) => {
                let (start, value) = (argument.text.len() - value.trim_start().len(), value.trim());
                Word { text: value, at: argument.part(start, start + value.len()) }
            }
            None if switch => Word { text: "true", at: key.clone() },
            // A switch that the catalogue does not know is followed by the next flag.
            None => match rest.next_if(|next| !next.text.starts_with("--")) {
                Some(next) => next.clone(),
                None => Word { text: "true", at: key.clone() },
            },
        };
        enter(&name, &key, &value, &mut out);
    }
    out
}

fn enter(name: &str, key: &Range<usize>, value: &Word<'_>, out: &mut Entries) {
    let found = catalog::find(name);
    let entry =
        |json: Json, at: &Range<usize>| Entry { node: Node::from_json(&json, at), value: json, key: key.clone() };
    if found.is_some_and(|f| f.kind() == Type::Map) {
        let of = found.and_then(|f| f.tunable.of).unwrap_or(Type::String);
        let mut from = 0;
        for pair in value.text.split(',') {
            let at = value.part(from, from + pair.len());
            from += pair.len() + 1;
            if let Some((key, value)) = pair.split_once('=') {
                out.insert(format!("{name}.{}", key.trim()), entry(typed(value.trim(), of), &at));
            }
        }
        return;
    }
    let json = typed(value.text, found.map_or(Type::String, |f| f.kind()));
    out.insert(name.to_string(), entry(json, &value.at));
}

/// The text in the flag's type. What is not of that type stays a text, which is then not of its type.
fn typed(text: &str, kind: Type) -> Json {
    let kept = || Json::from(text);
    match kind {
        Type::Boolean => match text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Json::from(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Json::from(false),
            _ => kept(),
        },
        Type::Integer => text.parse::<i64>().map_or_else(|_| kept(), Json::from),
        Type::Number => text.parse::<f64>().ok().filter(|f| f.is_finite()).map_or_else(kept, Json::from),
        Type::List => text.split(',').filter(|t| !t.is_empty()).map(Json::from).collect(),
        _ => kept(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn flags_are_read_in_all_their_forms() {
        let words = [
            "etcd",
            "--heartbeat-interval=100",
            "--election-timeout",
            "1000",
            "-snapshot-count=5",
            "--enable-pprof",
            "--name",
            "--x",
        ];
        let words = words.map(|text| Word { text, at: 0..text.len() });
        let found = stated("etcd", &words);
        let wanted = [
            ("etcd/election-timeout", json!(1000)),
            ("etcd/enable-pprof", json!(true)),
            ("etcd/heartbeat-interval", json!(100)),
            ("etcd/name", json!("true")),
            ("etcd/snapshot-count", json!(5)),
            ("etcd/x", json!("true")),
        ];
        assert_eq!(
            found.into_iter().map(|(n, e)| (n, e.value)).collect::<Vec<_>>(),
            wanted.map(|(n, v)| (n.to_string(), v))
        );
    }

    #[test]
    fn the_component_is_known_by_name_or_by_its_flags() {
        let text = "--quota-backend-bytes=1\n# remark\n\n--heartbeat-interval=100\n";
        assert_eq!(file("some.flags", text).unwrap().component, "etcd");
        assert_eq!(file("kube-controller-manager.flags", "--x=1").unwrap().component, "kube-controller-manager");
        assert_eq!(file("some.flags", "--nonsense=1").unwrap_err().id, "current-unrecognised");
        assert_eq!(file("etcd.flags", "--a=1\nword\n").unwrap_err().id, "current-unparsable");
    }
}
