//! Command-line flags as tunables: from a file with one flag a line, or from arguments.

use super::expand::{self, Entries, Entry};
use super::{Layer, Reading};
use crate::catalog::{self, Role, Type};
use crate::diag::{Finding, Place};
use crate::quantity::{go_float, go_integer};
use crate::yaml::Node;
use serde_json::{Value as Json, json};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// An argument and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Word<'t> {
    /// Its text.
    pub text: Cow<'t, str>,
    /// Byte range; where quoting makes the text differ from what is written, of all that is written.
    pub at: Range<usize>,
    /// The file, where it is not the reading's own.
    pub from: Option<Arc<str>>,
    /// Whether values of variables stand in it: then its parts have no place but that of all of it.
    pub mixed: bool,
}

impl<'t> Word<'t> {
    /// An argument of the reading's own file.
    pub(super) fn new(text: &'t str, at: Range<usize>) -> Self {
        Self { text: Cow::Borrowed(text), at, from: None, mixed: false }
    }

    /// The place of the part `from..to` of the text.
    fn part(&self, from: usize, to: usize) -> Range<usize> {
        let as_written = !self.mixed && self.at.len() == self.text.len();
        if as_written { self.at.start + from..self.at.start + to } else { self.at.clone() }
    }

    /// The part `from..to` of the text.
    pub(super) fn cut(&self, from: usize, to: usize) -> Word<'static> {
        let text = self.text.get(from..to).unwrap_or_default().to_string();
        Word { text: Cow::Owned(text), at: self.part(from, to), from: self.from.clone(), mixed: self.mixed }
    }
}

/// Whether a component's command line is read as a whole.
#[must_use]
pub fn is_command(component: &str) -> bool {
    COMMANDS.contains(&component)
}

/// A list's element as an argument.
pub(super) fn word(node: &Node) -> Option<Word<'_>> {
    let text = node.text()?;
    // Quotes stand around the text, where nothing in it had to be escaped.
    let quoted = node.span.len() == text.len() + 2;
    let at = if quoted { node.span.start + 1..node.span.end - 1 } else { node.span.clone() };
    Some(Word::new(text, at))
}

/// Components that are configured by flags.
pub(super) const COMPONENTS: [&str; 4] = ["kube-apiserver", "kube-controller-manager", EVENTS, "etcd"];
/// The etcd of events has etcd's flags, so only a file's name or first comment tells it from that of all other objects.
const EVENTS: &str = "etcd-events";

/// Every component whose command line is read.
pub(super) const COMMANDS: [&str; 7] =
    ["kubelet", "kube-proxy", "kube-scheduler", "kube-apiserver", "kube-controller-manager", EVENTS, "etcd"];

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
                let finding = Finding::error("current-unparsable", message).at(&place, "not `--flag=value`");
                return Err(Box::new(finding));
            }
            let start = at + line.len() - line.trim_start().len();
            arguments.push(Word::new(flag, start..start + flag.len()));
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
    // Those with a configuration file have these flags over it.
    let layer = if COMPONENTS.contains(&component) { Layer::File } else { Layer::Flags };
    let flags = given(component, &arguments).into_iter().map(Flag::unquoted).collect();
    Ok(Reading { verbatim: true, layer, ..of(path, component, flags) })
}

/// The component that the file's name or first comment says, else the one that knows more of the flags.
fn component(path: &str, text: &str, arguments: &[Word<'_>]) -> Option<&'static str> {
    let file = path.rsplit('/').next().unwrap_or(path);
    let said = |c: &&&str| file == **c || file.starts_with(&format!("{c}.")) || text.starts_with(&format!("# {c}"));
    let named = COMMANDS.iter().find(said).or_else(|| COMPONENTS.iter().find(|c| file.starts_with(**c)));
    if let Some(component) = named {
        return Some(component);
    }
    let known = |component: &str| match component {
        EVENTS => 0,
        _ => stated(component, &given(component, arguments)).0.keys().filter(|n| catalog::find(n).is_some()).count(),
    };
    let mut known = COMPONENTS.map(|c| (known(c), c));
    known.sort_unstable();
    let [.., (second, _), (first, component)] = known;
    (first != second).then_some(component)
}

/// A flag as a command line gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Its name without dashes, as typed.
    pub name: String,
    /// Its text; of a flag that stands alone what it then counts as.
    pub text: String,
    /// Where its name stands.
    pub key: Range<usize>,
    /// Where its text stands.
    pub at: Range<usize>,
    /// The file, where it is not the reading's own.
    pub from: Option<Arc<str>>,
    /// Whether values of variables stand in it.
    pub(super) mixed: bool,
}

/// Whether a text has a variable in it that a pod, a unit or a shell fills in, so that nobody knows it here.
#[must_use]
pub fn is_open(text: &str) -> bool {
    text.contains("$(") || text.contains("${")
}

/// What the words of a command line state.
pub(super) fn reading(path: &str, component: &'static str, arguments: &[Word<'_>]) -> Reading {
    of(path, component, given(component, arguments))
}

/// What the elements of a list of arguments state. Nobody splits them, so a space in one does not end the flag's name
/// (github.com/spf13/pflag flag.go parseLongArg).
pub(super) fn reading_of_list(path: &str, component: &'static str, arguments: &[Word<'_>]) -> Reading {
    of(path, component, ended_by(&['='], component, arguments))
}

/// What a component's flags state.
pub(super) fn of(path: &str, component: &'static str, flags: Vec<Flag>) -> Reading {
    let (stated, open) = stated(component, &flags);
    Reading { flags, open, ..Reading::new(path, component, stated) }
}

/// The flags among arguments, in order: `--flag=value`, `--flag value`, or `--flag` alone.
fn given(component: &str, arguments: &[Word<'_>]) -> Vec<Flag> {
    ended_by(&['=', ' '], component, arguments)
}

/// The same, with what ends a name within an argument.
fn ended_by(ends: &[char], component: &str, arguments: &[Word<'_>]) -> Vec<Flag> {
    let mut out = Vec::new();
    let mut rest = arguments.iter().peekable();
    while let Some(argument) = rest.next() {
        let text = &argument.text;
        let Some(flag) = text.strip_prefix("--").or_else(|| text.strip_prefix('-')) else { continue };
        let dashes = text.len() - flag.len();
        let end = flag.find(ends).map_or(text.len(), |at| dashes + at);
        let key = argument.cut(0, end);
        let switch = catalog::find(&name(component, &text[dashes..end])).is_some_and(|f| f.kind() == Type::Boolean);
        let own = (end < text.len()).then(|| {
            let value = &text[end + 1..];
            let from = end + 1 + value.len() - value.trim_start().len();
            argument.cut(from, from + value.trim().len())
        });
        let bare = || Word { text: Cow::Borrowed("true"), ..key.clone() };
        let value = match own {
            Some(value) => value,
            None if switch => bare(),
            // A switch that the catalogue does not know is followed by the next flag.
            None => match rest.next_if(|next| !next.text.starts_with("--")) {
                Some(next) => next.cut(0, next.text.len()),
                None => bare(),
            },
        };
        out.push(Flag::new(&text[dashes..end], &key.at, &value));
    }
    out
}

impl Flag {
    pub(super) fn new(name: &str, key: &Range<usize>, value: &Word<'_>) -> Self {
        let (text, at) = (value.text.to_string(), value.at.clone());
        Self { name: name.to_string(), text, key: key.clone(), at, from: value.from.clone(), mixed: value.mixed }
    }

    /// The flag without the quotes around its text: a shell hands over the flags of such a file, and takes them off.
    fn unquoted(self) -> Self {
        let quote = |c: &char| matches!(c, '"' | '\'') && self.text.len() > 1 && self.text.ends_with(*c);
        let Some(quote) = self.text.chars().next().filter(quote) else { return self };
        let inner = &self.text[1..self.text.len() - 1];
        if inner.contains([quote, '\\']) {
            return self;
        }
        let as_written = !self.mixed && self.at.len() == self.text.len();
        let at = if as_written { self.at.start + 1..self.at.end - 1 } else { self.at.clone() };
        Self { text: inner.to_string(), at, ..self }
    }

    fn value(&self) -> Word<'_> {
        Word { text: Cow::Borrowed(&self.text), at: self.at.clone(), from: self.from.clone(), mixed: self.mixed }
    }
}

/// Flags as tunables, and those that are given a text that is not known. A flag that writes a configuration field is that field.
fn stated(component: &str, flags: &[Flag]) -> (Entries, BTreeSet<String>) {
    let (mut out, mut open) = (Entries::new(), BTreeSet::new());
    for flag in flags {
        let name = name(component, &flag.name);
        if is_open(&flag.text) {
            out.retain(|stated, _| !is_part(&name, stated));
            open.insert(name);
            continue;
        }
        // What is given twice is put together where it is a map or a list, and replaced where it is neither.
        if open.contains(&name) {
            if catalog::find(&name).is_some_and(|f| matches!(f.kind(), Type::Map | Type::List)) {
                continue;
            }
            open.remove(&name);
        }
        enter(&name, &flag.key, &flag.value(), &mut out);
    }
    (out, open)
}

/// Whether `name` is `whole` or a part of it.
pub(super) fn is_part(whole: &str, name: &str) -> bool {
    name.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The tunable that a flag sets. Upstream takes `_` in a flag's name for `-`.
#[must_use]
pub fn name(component: &str, flag: &str) -> String {
    let typed = format!("{component}/{flag}");
    let name = match catalog::row(&typed) {
        Some(_) => typed,
        None => Some(typed.replace('_', "-")).filter(|n| catalog::row(n).is_some()).unwrap_or(typed),
    };
    match catalog::row(&name).map(|row| row.role) {
        Some(Role::Alias(field)) => field.to_string(),
        _ => name,
    }
}

pub(super) fn enter(name: &str, key: &Range<usize>, value: &Word<'_>, out: &mut Entries) {
    let found = catalog::find(name);
    let kind = found.map_or(Type::String, |f| f.kind());
    let mut own = Entries::new();
    match kind {
        Type::Map => {
            let of = found.and_then(|f| f.tunable.of).unwrap_or(Type::String);
            let mut from = 0;
            for pair in value.text.split(',') {
                let at = value.part(from, from + pair.len());
                from += pair.len() + 1;
                if let Some((map_key, text)) = pair.split_once(['=', '<']) {
                    let node = Node::from_json(&typed(text.trim(), of), &at);
                    own.insert(format!("{name}.{}", unprefixed(name, map_key.trim())), Entry::new(node, key.clone()));
                }
            }
        }
        Type::List => {
            let json = objects(name, &value.text).unwrap_or_else(|| typed(&value.text, kind));
            expand::value(name, key, &Node::from_json(&json, &value.at), &mut own);
        }
        _ => {
            drop(own.insert(
                name.to_string(),
                Entry::new(Node::from_json(&typed(&value.text, kind), &value.at), key.clone()),
            ))
        }
    }
    for (name, mut entry) in own {
        entry.from.clone_from(&value.from);
        // A list that is given twice grows.
        if let (Json::Array(first), Json::Array(more)) =
            (out.get(&name).map_or(&Json::Null, |e| &e.value), &entry.value)
        {
            entry.value = first.iter().chain(more).cloned().collect();
            entry.node = Node::from_json(&entry.value, &entry.node.span);
        }
        out.insert(name, entry);
    }
}

/// The component that a feature gate may be said to be of, on the command line of the control plane.
pub const GATE_PREFIX: &str = "kube";

/// A feature gate without its component. Not every version reads that; `gate-prefix` tells of those that do not.
fn unprefixed<'k>(name: &str, key: &'k str) -> &'k str {
    let gate = name.ends_with("/feature-gates").then(|| key.split_once(':')).flatten();
    gate.filter(|(of, _)| of.trim() == GATE_PREFIX).map_or(key, |(_, gate)| gate.trim())
}

/// Lists of objects that have a notation of their own on the command line.
fn objects(name: &str, text: &str) -> Option<Json> {
    match name {
        // 0:memory=1Gi,hugepages-1M=2Gi;1:memory=2Gi
        "kubelet/reservedMemory" => {
            let nodes = text.split(';').filter(|t| !t.is_empty()).map(|node| {
                let (number, limits) = node.split_once(':')?;
                let limits = limits.split(',').map(|pair| pair.split_once('=').map(|(k, v)| (k.to_string(), json!(v))));
                let limits = limits.collect::<Option<serde_json::Map<_, _>>>()?;
                Some(json!({ "numaNode": number.parse::<i64>().ok()?, "limits": limits }))
            });
            nodes.collect()
        }
        // key=value:Effect,key:Effect
        "kubelet/registerWithTaints" => {
            let taints = text.split(',').filter(|t| !t.is_empty()).map(|taint| {
                let (front, effect) = taint.rsplit_once(':')?;
                let (key, value) = front.split_once('=').unwrap_or((front, ""));
                Some(json!({ "key": key, "value": value, "effect": effect }))
            });
            taints.collect()
        }
        _ => None,
    }
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
        Type::Integer => match go_integer(text).map(i64::try_from) {
            Some(Ok(number)) => Json::from(number),
            _ => kept(),
        },
        Type::Number => go_float(text).filter(|f| f.is_finite()).map_or_else(kept, Json::from),
        Type::List => super::csv(text).map_or_else(|| text.split(',').map(Json::from).collect(), Json::from),
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
        let words = words.map(|text| Word::new(text, 0..text.len()));
        let (found, _) = stated("etcd", &given("etcd", &words));
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
    fn quotes_around_a_text_are_the_shells() {
        let text = "--eviction-hard=\"memory.available<1Gi\"\n--node-labels='a=b'\n--tls-cipher-suites=\"a\",\"b\"\n";
        let found = file("kubelet.flags", text).unwrap();
        let written = |name: &str| &text[found.stated[name].node.span.clone()];
        assert_eq!(written("kubelet/evictionHard.memory.available"), "memory.available<1Gi");
        assert_eq!(found.stated["kubelet/node-labels.a"].value, json!("b"));
        assert_eq!(found.stated["kubelet/tlsCipherSuites"].value, json!(["a", "b"]));
    }

    #[test]
    fn a_text_that_is_not_known_states_nothing() {
        let words =
            ["--max-pods=110", "--max-pods=${MAX}", "--v=${V}", "--v=2", "--node-labels=$(L)", "--node-labels=a=b"];
        let (found, open) = stated("kubelet", &given("kubelet", &words.map(|text| Word::new(text, 0..text.len()))));
        assert_eq!(found.keys().collect::<Vec<_>>(), ["kubelet/logging.verbosity"]);
        assert_eq!(open.into_iter().collect::<Vec<_>>(), ["kubelet/maxPods", "kubelet/node-labels"]);
    }

    #[test]
    fn the_component_is_known_by_name_or_by_its_flags() {
        let text = "--quota-backend-bytes=1\n# remark\n\n--heartbeat-interval=100\n";
        assert_eq!(file("some.flags", text).unwrap().component, "etcd");
        assert_eq!(file("kube-controller-manager.flags", "--x=1").unwrap().component, "kube-controller-manager");
        assert_eq!(file("args/kubelet", "--x=1").unwrap().component, "kubelet");
        assert_eq!(file("some.flags", "--nonsense=1").unwrap_err().id, "current-unrecognised");
        assert_eq!(file("etcd.flags", "--a=1\nword\n").unwrap_err().id, "current-unparsable");
    }
}
