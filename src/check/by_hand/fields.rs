//! Configuration files field by field, as Go's structures have them: every member that a file writes, with the row of the
//! catalogue that it is decoded into.

use crate::catalog::{self, Form, Tunable, Type};
use crate::check::go;
use crate::check::report;
use crate::check::scene::At;
use crate::current::{folds, is_drop_in, meant};
use crate::diag::Place;
use crate::quantity::Minor;
use crate::yaml::{Member, Node, Value};
use std::sync::Arc;

/// A member as a file writes it.
pub(super) struct Field<'s> {
    /// Its full name, with keys or numbers for elements of lists.
    pub name: String,
    /// The file.
    pub path: &'s Arc<str>,
    /// Key and value.
    pub member: &'s Member,
    /// Its row; none where the structure has no such field.
    pub row: Option<&'static Tunable>,
    /// The map that it is a key of, where it is one that has a row of its own.
    pub map: Option<&'static Tunable>,
}

impl Field<'_> {
    /// Where it stands: the key, where there is no value.
    pub(super) fn place(&self) -> Place {
        if self.member.node.is_null() {
            return self.name_place();
        }
        report::place_of(self.path, &self.member.at, &self.member.node.span)
    }

    /// Where its name stands.
    pub(super) fn name_place(&self) -> Place {
        Place::new(self.path, self.member.at.clone())
    }

    /// Go's type of it in a version; nothing of what nobody extracted a type of.
    pub(super) fn go(&self, version: Minor) -> Option<&'static str> {
        match self.map {
            Some(map) => go::element(field_type(map, version)?.trim_start_matches('*')),
            None => field_type(self.row?, version),
        }
    }
}

fn field_type(row: &Tunable, version: Minor) -> Option<&'static str> {
    let span = row.span(version).filter(|span| !span.go.is_empty())?;
    match span.form {
        Form::Field => Some(span.go),
        Form::Flag => go::in_file(span.go),
    }
}

/// Components whose files are decoded into structures that the catalogue has whole. Of other objects, such as those of nodes, it
/// has what some rule asks for.
const DECODED: [&str; 5] = ["kubelet", "kube-proxy", "kube-scheduler", "etcd", "etcd-events"];
/// Bytes of a name beyond which nothing in the catalogue is looked for: it costs their square.
const LONGEST: usize = 1000;

/// Every field that the files of the component that is asked write, in their order. Of one that no version has, of one that
/// the version lacks, and of what the version hands on unread, the fields are not there.
pub(super) fn fields<'s>(at: &At<'s>) -> Vec<Field<'s>> {
    let mut out = Walk { version: at.minor(at.component), path: None, out: Vec::new() };
    let decoded = at.scene.parts.get(at.component).filter(|_| DECODED.contains(&at.component));
    for (path, document) in decoded.into_iter().flat_map(|c| &c.documents) {
        out.path = Some(path);
        out.structure(at.component, rows_of(at.component), document);
    }
    out.out
}

/// The component under which the catalogue has a component's rows.
fn rows_of(component: &str) -> &str {
    if component == "etcd-events" { "etcd" } else { component }
}

struct Walk<'s> {
    version: Minor,
    path: Option<&'s Arc<str>>,
    out: Vec<Field<'s>>,
}

impl<'s> Walk<'s> {
    fn structure(&mut self, name: &str, own: &str, node: &'s Node) {
        let top = !own.contains('/');
        // They say what the object is, and are no setting: at the top, and in arguments of plugins.
        let head = |key: &str| (top || own.ends_with("].args")) && matches!(key, "apiVersion" | "kind");
        for member in node.members().filter(|m| !head(&m.key)) {
            let sign = if top { '/' } else { '.' };
            let own = row_below(own, sign, &member.key);
            let own = self.in_other_letters(own);
            self.field(format!("{name}{sign}{}", member.key), &own, None, member);
        }
    }

    /// The field that a drop-in's name means to a version that does not mind upper and lower case.
    fn in_other_letters(&self, own: String) -> String {
        let folded = self.path.is_some_and(|path| is_drop_in(path)) && folds(self.version);
        if !folded || is_structure(&own) { own } else { meant(&own).unwrap_or(own) }
    }

    fn field(&mut self, name: String, own: &str, map: Option<&'static Tunable>, member: &'s Member) {
        let Some(path) = self.path.filter(|_| name.len() <= LONGEST) else { return };
        let row = catalog::row(own);
        let there = match row {
            Some(row) => row.exists_in(self.version),
            None => is_structure(own),
        };
        if row.is_some() || !there {
            self.out.push(Field { name: name.clone(), path, member, row, map });
        }
        if there {
            self.below(&name, own, row, &member.node);
        }
    }

    fn below(&mut self, name: &str, own: &str, row: Option<&'static Tunable>, node: &'s Node) {
        match &node.value {
            Value::List(items) => {
                let keyed_by = row.and_then(|r| r.list_key);
                for (nth, item) in items.iter().enumerate() {
                    let key = keyed_by.and_then(|field| item.get(field)).and_then(Node::text);
                    let (name, own) = match key {
                        Some(key) => (format!("{name}[{key}]"), element(own, key)),
                        None => (format!("{name}[{nth}]"), format!("{own}[]")),
                    };
                    self.below(&name, &own, None, item);
                }
            }
            Value::Map(_) if is_structure(own) => {
                if read_in(own, self.version) {
                    self.structure(name, own, node);
                }
            }
            Value::Map(_) => {
                let map = row.filter(|r| is_free(r));
                for member in node.members().filter(|_| map.is_some()) {
                    let own = format!("{own}.{}", member.key);
                    if catalog::row(&own).is_some() {
                        self.field(format!("{name}.{}", member.key), &own, map, member);
                    }
                }
            }
            Value::Scalar(_) => {}
        }
    }
}

/// The row of a field: with the plugin that its structure is of, where that has rows of its own.
fn row_below(own: &str, sign: char, key: &str) -> String {
    let direct = format!("{own}{sign}{key}");
    if catalog::row(&direct).is_some() || is_structure(&direct) {
        return direct;
    }
    // What all plugins have in common: the name.
    match own.rsplit_once('[').filter(|(_, rest)| rest.ends_with(']') && *rest != "]") {
        Some((list, _)) => format!("{list}[]{sign}{key}"),
        None => direct,
    }
}

/// An element of a list: a plugin's, where it has rows of its own.
pub(super) fn element(own: &str, key: &str) -> String {
    let kept = format!("{own}[{key}]");
    if own.ends_with("pluginConfig") && has_rows(&format!("{kept}.")) { kept } else { format!("{own}[]") }
}

/// Whether a name is of a structure, so that it can have no other members than its rows.
fn is_structure(own: &str) -> bool {
    !catalog::row(own).is_some_and(is_free) && has_rows(&format!("{own}."))
}

/// Whether upstream takes any key there. Keys of a map may have rows, too.
fn is_free(row: &Tunable) -> bool {
    let go = row.spans.last().map_or("", |s| s.go.trim_start_matches('*'));
    go::element(go).is_some() || go.ends_with("RawExtension") || go.is_empty() && row.kind == Type::Map
}

/// Whether a row, or an element of it, has fields.
pub(super) fn has_fields(row: &Tunable) -> bool {
    !is_free(row) && ["", "[]"].iter().any(|element| has_rows(&format!("{}{element}.", row.name)))
}

fn has_rows(prefix: &str) -> bool {
    catalog::rows_starting(prefix).next().is_some()
}

/// Whether the version reads what a plugin's arguments hold at all: it passes on those of plugins that it has no type for.
pub(super) fn read_in(own: &str, version: Minor) -> bool {
    let Some((front, _)) = own.split_once("].args").filter(|(front, _)| !front.ends_with('[')) else { return true };
    catalog::rows_starting(&format!("{front}].args.")).any(|row| row.exists_in(version))
}
