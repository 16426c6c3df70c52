//! That every value is of its setting's type: in files by the type in Go, of flags and of the host by the catalogue's.

use super::Find;
use super::asked::{go_type, in_document, map_of, row, short, stated};
use super::fields::{Field, fields, has_fields};
use crate::catalog::{self, Form, Found, Type};
use crate::check::constraint::Constraint;
use crate::check::go;
use crate::check::report;
use crate::check::scene::At;
use crate::current::{Layer, Stated, is_drop_in};
use crate::diag::{Finding, Place};
use crate::facts::typed;
use crate::quantity::Minor;
use crate::yaml::{Node, Value};
use std::sync::Arc;

pub(super) const FIND: &[(&str, Find)] = &[("wrong-type", wrong_type)];

fn wrong_type(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for field in fields(at) {
        in_file(at, constraint, &field, out);
    }
    let version = at.minor(at.component);
    for (name, stated) in stated(at) {
        if !in_document(at, stated) {
            let what = match decoded_as(name, version).filter(|go| !is_notation(stated, go)) {
                Some(go) => {
                    let structure = row(name).is_some_and(has_fields);
                    go::fault(&stated.node, go, structure).map(|fault| fault.says)
                }
                None => {
                    catalog::find(name).filter(|f| f.tunable.exists_in(version)).and_then(|f| of_kind(at, stated, &f))
                }
            };
            push(at, constraint, name, what, out);
        }
        push(at, constraint, name, unparsed(name, stated, version), out);
    }
}

fn push(at: &At<'_>, constraint: &'static Constraint, name: &str, what: Option<String>, out: &mut Vec<Finding>) {
    if let Some(what) = what {
        out.push(report::finding(at, constraint, &format!("`{}` {what}", short(name)), &[name.to_string()]));
    }
}

/// Whether a flag has a notation of its own for what is a list of objects in a file.
fn is_notation(stated: &Stated, go: &str) -> bool {
    stated.layer == Layer::Flags && matches!(stated.node.value, Value::List(_)) && go != "[]string"
}

fn in_file(at: &At<'_>, constraint: &'static Constraint, field: &Field<'_>, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    let node = &field.member.node;
    // In a drop-in file null takes a value back.
    if node.is_null() && is_drop_in(field.path) {
        return;
    }
    let Some(go) = field.go(version) else { return };
    if let Some(fault) = go::fault(node, go, field.row.is_some_and(has_fields)) {
        let says = format!("`{}` {}", short(&field.name), fault.says);
        // What is wrong as a whole is pointed at as every setting is.
        let whole = fault.at == node.span;
        let place = if whole { field.place() } else { Place::new(&Arc::clone(field.path), fault.at) };
        out.push(report::finding(at, constraint, &says, &[]).at(&place, ""));
    }
}

/// The Go type that a name decodes into: its own, or that of the map's values.
fn decoded_as(name: &str, version: Minor) -> Option<&'static str> {
    if row(name).is_some() && map_of(name).is_none() {
        return go_type(name, version);
    }
    let map = match map_of(name) {
        Some(map) => map,
        None => catalog::find(name).filter(|f| f.key.is_some() && f.tunable.kind == Type::Map)?.tunable,
    };
    go::element(go_type(map.name, version)?.trim_start_matches('*'))
}

/// What is wrong with a text that decodes, and that who reads it cannot read.
fn unparsed(name: &str, stated: &Stated, version: Minor) -> Option<String> {
    let found = catalog::find(name)?;
    let text = stated.value.as_str()?;
    let what = match found.kind_in(version) {
        // Quantities of thresholds are the eviction manager's to read.
        Type::Quantity | Type::Cpu | Type::Bytes if go::Quantity::parse(text).is_none() => "a quantity such as `512Mi`",
        Type::Duration if go::duration(text).is_none() => "a duration such as `1m30s`",
        _ => return None,
    };
    let text_is_read = decoded_as(name, version) == Some("string");
    let unset = found.key.is_none() && text.is_empty();
    (text_is_read && !unset).then(|| match text {
        "" => format!("is empty, which is not {what}"),
        text => format!("is `{text}`, not {what}"),
    })
}

/// What is wrong with a flag, or with a setting of the host, by the catalogue's type.
fn of_kind(at: &At<'_>, stated: &Stated, found: &Found<'_>) -> Option<String> {
    let version = at.minor(at.component);
    let kind = found.kind_in(version);
    // Below an object that the catalogue does not look into, nobody knows the type.
    // The members of a structure have rows of their own.
    let span = found.tunable.span(version);
    let structure = span.is_some_and(|s| s.form == Form::Field && !s.go.is_empty() && !s.go.starts_with("map["));
    // An element of a list that says nothing is entered with null.
    if stated.value.is_null() || found.key.is_some() && (kind == Type::Object || structure) {
        return None;
    }
    // Several durations and quantities may be negative upstream, or larger than any machine; the catalogue's type may not.
    let readable = stated.value.as_str().is_some_and(|text| match kind {
        Type::Duration => go::duration(text).is_some(),
        Type::Quantity | Type::Cpu | Type::Bytes => go::Quantity::parse(text).is_some(),
        _ => false,
    });
    match typed::canonical(&stated.value, kind) {
        Err(what) => Some(what).filter(|_| !readable),
        Ok(_) => beyond(span.filter(|_| found.key.is_none())?.go, &stated.node),
    }
}

/// What is wrong with a whole number that its Go type cannot hold.
fn beyond(go: &str, node: &Node) -> Option<String> {
    let go = go::in_file(go).unwrap_or(go.trim_start_matches('*'));
    let number = go::is_whole(go) && node.json().is_number();
    go::fault(node, go, false).filter(|_| number).map(|fault| fault.says)
}
