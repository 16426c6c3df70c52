//! Values set over a spec: what `compare --set KEY=VALUE` says, checked and typed as if the file had said it.
//!
//! Keys are the paths that plans and findings print: `node-class.web.count`, `node-class.web.workload[api].memory`,
//! `node-class.web.pin.kubelet/maxPods`.

use super::node::{Node, Table, Val};
use super::pins;
use super::read::{Reader, join};
use super::shape::{Kind, Shape};
use crate::diag::{Finding, nearest};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One key with its value, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// Dotted path of the key.
    pub key: String,
    /// The value in TOML; texts may go without quotes.
    pub value: String,
}

/// The spec's text with a line for each set below it, and where each of those lines begins. Findings point into it, so
/// that a mistake in a set is shown where it was typed.
pub(super) fn lines_below(text: &str, sets: &[Set]) -> (String, Vec<usize>) {
    let mut out = text.to_string();
    if !out.is_empty() && !out.ends_with('\n') && !sets.is_empty() {
        out.push('\n');
    }
    let mut starts = Vec::new();
    for Set { key, value } in sets {
        starts.push(out.len());
        out.push_str(&format!("{key}={value}\n"));
    }
    (out, starts)
}

/// Lays one set over the table of a spec.
pub(super) fn lay(reader: &mut Reader, table: &mut Table, shape: &Shape, set: &Set, start: usize) {
    let at = start + set.key.len() + 1;
    let Some(steps) = steps(&set.key) else {
        let finding = Finding::error("spec-unknown-key", format!("`{}` is no path of a key", set.key))
            .at(&reader.place(&(start..start + set.key.len())), "read as a dotted path")
            .help("write a path such as `node-class.web.count` or `node-class.web.workload[api].cpu`");
        reader.findings.push(finding);
        return;
    };
    let key = start..start + set.key.len();
    Walk { reader, value: &set.value, at, key }.table(table, shape, "", &steps);
}

/// One step of a path: a key, or an item of a list by name or position.
#[derive(Debug, PartialEq)]
enum Step {
    Key(String),
    Item(String),
}

/// The steps of a path; nothing where it is none.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut out = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (name, after) = inner.split_once(']')?;
            out.push(Step::Item(name.to_string()));
            rest = after;
        } else {
            let body = if out.is_empty() { rest } else { rest.strip_prefix('.')? };
            let (name, after) = match body.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => body.split_at(body.find(['.', '[']).unwrap_or(body.len())),
            };
            if name.is_empty() {
                return None;
            }
            out.push(Step::Key(name.to_string()));
            rest = after;
        }
    }
    matches!(out.first(), Some(Step::Key(_))).then_some(out)
}

/// The way down to the key that is set.
struct Walk<'r> {
    reader: &'r mut Reader,
    value: &'r str,
    /// Where the value stands.
    at: usize,
    /// Where the key stands.
    key: Range<usize>,
}

impl Walk<'_> {
    /// Goes on in a table of known keys.
    fn table(&mut self, table: &mut Table, shape: &Shape, path: &str, steps: &[Step]) {
        let (name, rest) = match steps {
            [Step::Key(name), rest @ ..] => (name, rest),
            _ => return self.astray(path, "is no list"),
        };
        match shape.key(name) {
            Some(known) => self.entry(table, name, known.kind, &join(path, name), rest),
            None => self.reader.unknown_key(name, shape, path, &self.key.clone()),
        }
    }

    /// Goes on at the entry `name` of a table, which is of the given kind.
    fn entry(&mut self, table: &mut Table, name: &str, kind: Kind, path: &str, rest: &[Step]) {
        if rest.is_empty() {
            if let Some(node) = self.read(kind, path) {
                table.insert(name.to_string(), node);
            }
            return;
        }
        match (kind, rest) {
            (Kind::Table(shape), rest) => {
                let new = !table.contains_key(name);
                if let Some(inner) = inner(table, name, path, &self.key) {
                    self.table(inner, shape, path, rest);
                    let lacks = shape.keys.iter().find(|k| new && k.required && !inner.contains_key(k.name));
                    if let Some(missing) = lacks.map(|k| k.name) {
                        self.refuse("spec-missing-key", format!("`[{path}]` has no `{missing}`"), None);
                    }
                }
            }
            (Kind::Named(shape), [Step::Key(called), rest @ ..]) => {
                let Some(inner) = inner(table, name, path, &self.key) else { return };
                let names: Vec<String> = inner.keys().cloned().collect();
                // Half a class cannot be made by a set: it is stated whole, or it is there.
                if !rest.is_empty() && !inner.contains_key(called) {
                    return self.nobody(path, called, &names);
                }
                self.entry(inner, called, Kind::Table(shape), &join(path, called), rest);
            }
            (Kind::Map(item), [Step::Key(called), rest @ ..]) => {
                // A key with dots in it, such as a sysctl, need not be quoted.
                let called = std::iter::once(called).chain(rest.iter().map(step_text)).cloned().collect::<Vec<_>>();
                let called = called.join(".");
                let Some(inner) = inner(table, name, path, &self.key) else { return };
                self.entry(inner, &called, *item, &join(path, &called), &[]);
            }
            (Kind::Pins, rest) => {
                let called = rest.iter().map(step_text).cloned().collect::<Vec<_>>().join(".");
                let Some(inner) = inner(table, name, path, &self.key) else { return };
                if let Some(node) = self.pin(&join(path, &called)) {
                    inner.insert(called, node);
                }
            }
            (Kind::Tables(shape), [Step::Item(called), rest @ ..]) if !rest.is_empty() => {
                let Some(Val::List(items)) = table.get_mut(name).map(|n| &mut n.value) else {
                    return self.astray(path, "is not stated here");
                };
                let names: Vec<String> = items.iter().enumerate().map(|(at, item)| name_of(item, at)).collect();
                let found = names.iter().position(|n| n == called);
                match found.and_then(|at| items.get_mut(at)).map(|n| &mut n.value) {
                    Some(Val::Table(inner)) => self.table(inner, shape, &format!("{path}[{called}]"), rest),
                    _ => self.nobody(path, called, &names),
                }
            }
            _ => self.astray(path, "has nothing below it"),
        }
    }

    /// The value, typed as its key wants it.
    fn read(&mut self, kind: Kind, path: &str) -> Option<Node> {
        let key = self.key.clone();
        self.parsed(wants_text(kind), |reader, value| reader.value(value, kind, path, &key))
    }

    fn pin(&mut self, path: &str) -> Option<Node> {
        let key_span = self.key.clone();
        // A quantity or a word needs no quotes, a range and a list are TOML's.
        let bare = self.value.starts_with(|c: char| c.is_ascii_alphanumeric()) && toml_value(self.value).is_none();
        self.parsed(bare, |reader, value| match pins::pin(value.get_ref()) {
            Ok(pin) => Some(Node { value: Val::Pin(pin), span: value.span(), key_span, path: Arc::from(path) }),
            Err(text) => {
                let leaf = path.rsplit('/').next().unwrap_or(path).trim_end_matches('"');
                let finding = Finding::error("pin-bad-value", format!("the pin `{leaf}` {text}"))
                    .at(&reader.place(&value.span()), "here");
                reader.findings.push(finding);
                None
            }
        })
    }

    /// Hands the value to `then` as TOML reads it, with the place where it stands; as text where that is what is wanted.
    fn parsed(
        &mut self,
        text: bool,
        then: impl FnOnce(&mut Reader, &Spanned<DeValue<'_>>) -> Option<Node>,
    ) -> Option<Node> {
        let span = self.at..self.at + self.value.len();
        if text && !self.value.starts_with(['"', '\'']) {
            let value = DeValue::String(Cow::Borrowed(self.value));
            return then(self.reader, &Spanned::new(span, value));
        }
        // Blanks before it give the value the place it has below the spec.
        let document = format!("{}x={}", " ".repeat(self.at.saturating_sub(2)), self.value);
        let table = DeTable::parse(&document).ok().filter(|t| t.get_ref().len() == 1);
        match table.as_ref().and_then(|t| t.get_ref().get("x")) {
            Some(value) => then(self.reader, value),
            None => {
                self.refuse("spec-bad-value", format!("`{}` is not a TOML value", self.value), None);
                None
            }
        }
    }

    /// A name that is not there.
    fn nobody(&mut self, path: &str, called: &str, names: &[String]) {
        let help = nearest(called, names.iter().map(String::as_str)).map(|close| format!("did you mean `{close}`?"));
        let help = help.or_else(|| (!names.is_empty()).then(|| format!("it has {}", names.join(", "))));
        self.refuse("spec-unknown-key", format!("`{path}` has no `{called}`"), help);
    }

    /// A path that leads nowhere.
    fn astray(&mut self, path: &str, why: &str) {
        self.refuse("spec-unknown-key", format!("`{path}` {why}"), None);
    }

    fn refuse(&mut self, id: &'static str, message: String, help: Option<String>) {
        let finding = Finding::error(id, message).at(&self.reader.place(&self.key), "set here").help_if(help);
        self.reader.findings.push(finding);
    }
}

fn step_text(step: &Step) -> &String {
    match step {
        Step::Key(text) | Step::Item(text) => text,
    }
}

/// The table at `name`, made where there is none yet.
fn inner<'t>(table: &'t mut Table, name: &str, path: &str, key: &Range<usize>) -> Option<&'t mut Table> {
    let node = table.entry(name.to_string()).or_insert_with(|| Node {
        value: Val::Table(Table::new()),
        span: key.clone(),
        key_span: key.clone(),
        path: Arc::from(path),
    });
    match &mut node.value {
        Val::Table(inner) => Some(inner),
        _ => None,
    }
}

/// What an item of a list is called: its name, else its position.
fn name_of(item: &Node, at: usize) -> String {
    match item.table().and_then(|t| t.get("name")).map(|n| &n.value) {
        Some(Val::Text(name)) => name.clone(),
        _ => at.to_string(),
    }
}

/// Whether a value of the kind is a text in TOML.
fn wants_text(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Bool
            | Kind::Int(..)
            | Kind::Ratio(..)
            | Kind::List(_)
            | Kind::Table(_)
            | Kind::Tables(_)
            | Kind::Named(_)
            | Kind::Map(_)
            | Kind::Pins
    )
}

fn toml_value(text: &str) -> Option<()> {
    let document = format!("x={text}");
    let table = DeTable::parse(&document).ok()?;
    (table.get_ref().len() == 1).then_some(())
}
