//! From TOML text to typed nodes, reporting every mistake of the file and not only the first.

use super::keys::SPEC;
use super::node::{Node, Table, Val};
use super::pins;
use super::scalar;
use super::shape::{Kind, Shape};
use crate::diag::{Finding, Place, nearest};
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A longer spec is a mistake (a file given by accident), and reading it would take memory for nothing.
pub const LARGEST: usize = 64 << 20;

/// Reads a whole spec. The table holds what could be understood; findings hold everything that could not.
pub fn read(path: &Arc<str>, text: &str) -> (Table, Vec<Finding>) {
    let mut reader = Reader { file: Arc::clone(path), findings: Vec::new() };
    if text.len() > LARGEST {
        let place = Place::new(path, 0..0);
        let message = format!("the spec is {} bytes long; at most {LARGEST} are read", text.len());
        return (Table::new(), vec![Finding::error("spec-too-large", message).at(&place, "begins here")]);
    }
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let last = text.char_indices().next_back().map_or(0, |(start, _)| start);
        // An empty span at the very end would point at nothing.
        let span = if span.start >= text.len() { last..text.len() } else { span };
        let finding = Finding::error("spec-not-toml", "the spec is not valid TOML")
            .at(&Place::new(path, span), "the reader lost its place here")
            .note(error.message());
        reader.findings.push(finding);
    }
    if !reader.findings.is_empty() {
        // What recovery made of a broken file would only produce mistakes that are not the user's.
        return (Table::new(), reader.findings);
    }
    let table = reader.table(document.get_ref(), &SPEC, "", &(0..0));
    (table, reader.findings)
}

/// State of one reading.
pub(super) struct Reader {
    /// Name of the file in findings.
    pub file: Arc<str>,
    /// Mistakes so far.
    pub findings: Vec<Finding>,
}

impl Reader {
    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        Place::new(&self.file, span.clone())
    }

    /// Reads a table of known keys. `path` is empty for the file itself.
    fn table(&mut self, table: &DeTable<'_>, shape: &Shape, path: &str, at: &Range<usize>) -> Table {
        let mut out = Table::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match shape.key(name) {
                Some(known) => {
                    if let Some(node) = self.value(value, known.kind, &join(path, name), &key.span()) {
                        out.insert(name.to_string(), node);
                    }
                }
                None => self.unknown_key(name, shape, path, &key.span()),
            }
        }
        for missing in shape.keys.iter().filter(|k| k.required && !table.iter().any(|(n, _)| n.get_ref() == k.name)) {
            let owner = if path.is_empty() { "the spec".to_string() } else { format!("`[{path}]`") };
            let message = format!("{owner} has no `{}`", missing.name);
            let finding = Finding::error("spec-missing-key", message)
                .at(&self.place(at), "it belongs here")
                .help(format!("add `{}`: {}", missing.name, missing.doc));
            self.findings.push(finding);
        }
        out
    }

    pub(super) fn unknown_key(&mut self, name: &str, shape: &Shape, path: &str, span: &Range<usize>) {
        let owner = if path.is_empty() { "the spec".to_string() } else { format!("`[{path}]`") };
        let names = shape.keys.iter().map(|k| k.name);
        let help = match nearest(name, names.clone()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("it has {}", names.collect::<Vec<_>>().join(", ")),
        };
        let finding = Finding::error("spec-unknown-key", format!("unknown key `{name}` in {owner}"))
            .at(&self.place(span), "no key has this name")
            .help(help);
        self.findings.push(finding);
    }

    /// Reads one value of the given kind; `None` when it could not be understood, which is then reported.
    pub(super) fn value(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        kind: Kind,
        path: &str,
        key: &Range<usize>,
    ) -> Option<Node> {
        let span = value.span();
        let val = match (kind, value.get_ref()) {
            (Kind::Table(shape), DeValue::Table(table)) => Val::Table(self.table(table, shape, path, key)),
            (Kind::Named(shape), DeValue::Table(table)) => Val::Table(self.named(table, shape, path)),
            (Kind::Map(item), DeValue::Table(table)) => {
                let mut out = Table::new();
                for (name, value) in table {
                    let sub = join(path, name.get_ref());
                    if let Some(node) = self.value(value, *item, &sub, &name.span()) {
                        out.insert(name.get_ref().to_string(), node);
                    }
                }
                Val::Table(out)
            }
            (Kind::Pins, DeValue::Table(table)) => Val::Table(pins::read(self, table, path)),
            (Kind::List(item), DeValue::Array(items)) => Val::List(self.items(items.iter(), *item, path)),
            (Kind::Tables(shape), DeValue::Array(items)) => {
                Val::List(self.items(items.iter(), Kind::Table(shape), path))
            }
            (kind, other) => match scalar::read(kind, other) {
                Ok(val) => val,
                Err(fault) => {
                    self.mistake(fault, path, &span);
                    return None;
                }
            },
        };
        Some(Node { value: val, span, key_span: key.clone(), path: Arc::from(path) })
    }

    fn items<'a, 'i: 'a>(
        &mut self,
        items: impl Iterator<Item = &'a Spanned<DeValue<'i>>>,
        kind: Kind,
        path: &str,
    ) -> Vec<Node> {
        items
            .enumerate()
            .filter_map(|(at, item)| {
                // A named item is called by its name, since positions shift when a line is added above.
                let name = item.get_ref().as_table().and_then(|t| t.get("name")).and_then(|n| n.get_ref().as_str());
                let label = name.map_or_else(|| at.to_string(), ToString::to_string);
                self.value(item, kind, &format!("{path}[{label}]"), &item.span())
            })
            .collect()
    }

    fn named(&mut self, table: &DeTable<'_>, shape: &'static Shape, path: &str) -> Table {
        let mut out = Table::new();
        for (name, value) in table {
            if let Err(fault) = scalar::name(name.get_ref()) {
                self.mistake(scalar::Mistake::new("spec-bad-name", fault), path, &name.span());
                continue;
            }
            let sub = join(path, name.get_ref());
            if let Some(node) = self.value(value, Kind::Table(shape), &sub, &name.span()) {
                out.insert(name.get_ref().to_string(), node);
            }
        }
        out
    }

    fn mistake(&mut self, mistake: scalar::Mistake, path: &str, span: &Range<usize>) {
        let leaf = path.rsplit('.').next().unwrap_or(path);
        let finding = Finding::error(mistake.id, format!("`{leaf}` {}", mistake.text))
            .at(&self.place(span), mistake.label)
            .help_if(mistake.help);
        self.findings.push(finding);
    }
}

/// `a` and `b` as a dotted path, quoting what is not a bare key.
pub(super) fn join(path: &str, name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let name = if bare { name.to_string() } else { format!("\"{name}\"") };
    if path.is_empty() { name } else { format!("{path}.{name}") }
}
