//! What a file states below the settings that are carried whole: members of lists and structures, which are rows of the
//! catalogue without being settings of their own.

use crate::catalog::{self, Tunable, Type};
use crate::check::scene::At;
use crate::current::Stated;
use crate::diag::Place;
use crate::facts::typed;
use crate::quantity::Minor;
use crate::yaml::{Member, Node, Value};
use std::sync::Arc;

/// A member as a file states it.
pub(super) struct Part<'s> {
    /// Its full name, with the numbers of list elements.
    pub name: String,
    /// Where it stands: key and value.
    pub place: Place,
    /// Its value.
    pub node: &'s Node,
    /// Its row; none where the structure has no such member.
    pub row: Option<&'static Tunable>,
    /// The entry that it belongs to.
    pub stated: &'s Stated,
}

/// Every member that is stated of the component that is asked, in the order of the settings' names.
pub(super) fn parts<'s>(at: &At<'s>) -> Vec<Part<'s>> {
    let mut out = Vec::new();
    let Some(current) = at.scene.parts.get(at.component) else { return out };
    for (name, stated) in &current.stated {
        let own = row_name(name);
        let row = catalog::row(&own);
        // A setting that is found by itself is the business of the others.
        let direct = catalog::setting(&own).is_some() || catalog::find(name).is_none();
        // Arguments of a plugin may say what object they are.
        let head = own.ends_with("].args.apiVersion") || own.ends_with("].args.kind");
        let structure = has_rows(&format!("{own}."));
        if !direct && !head && !structure && !stated.node.is_null() && (row.is_some() || structured(&own)) {
            let node = &stated.node;
            let place = crate::check::report::place(stated);
            out.push(Part { name: name.clone(), place, node, row, stated });
        }
        if row.is_some() {
            below(name, &own, &stated.node, stated, &mut out);
        }
    }
    out
}

fn below<'s>(name: &str, own: &str, node: &'s Node, stated: &'s Stated, out: &mut Vec<Part<'s>>) {
    match &node.value {
        Value::List(items) => {
            for (nth, item) in items.iter().enumerate() {
                below(&format!("{name}[{nth}]"), &format!("{own}[]"), item, stated, out);
            }
        }
        Value::Map(_) if has_rows(&format!("{own}.")) && !free(own) => {
            for member in node.members().filter(|m| !m.node.is_null()) {
                let (name, own) = (format!("{name}.{}", member.key), format!("{own}.{}", member.key));
                let row = catalog::row(&own);
                out.push(Part { name: name.clone(), place: place(stated, member), node: &member.node, row, stated });
                if row.is_some() {
                    below(&name, &own, &member.node, stated, out);
                }
            }
        }
        _ => {}
    }
}

fn place(stated: &Stated, member: &Member) -> Place {
    let end = member.node.span.end.max(member.at.end);
    Place::new(&Arc::clone(&stated.key.path), member.at.start..end)
}

/// The row that a name belongs to: keys of lists left out, except the plugin's where it has arguments of its own.
pub(super) fn row_name(name: &str) -> String {
    let name = name.strip_prefix("etcd-events/").map_or(name.to_string(), |path| format!("etcd/{path}"));
    let mut out = String::with_capacity(name.len());
    let mut rest = name.as_str();
    while let Some((before, after)) = rest.split_once('[') {
        let Some((key, after)) = after.split_once(']') else { break };
        out.push_str(before);
        let kept = before.ends_with("pluginConfig") && has_rows(&format!("{out}[{key}]."));
        out.push_str(&if kept { format!("[{key}]") } else { "[]".to_string() });
        rest = after;
    }
    out + rest
}

/// Whether the nearest thing above the name that the catalogue knows is a structure, so that it can have no other members.
fn structured(own: &str) -> bool {
    let mut above = own;
    while let Some(cut) = above.rfind(['.', '[']) {
        above = &above[..cut];
        if catalog::row(above).is_some() || has_rows(&format!("{above}.")) {
            return has_rows(&format!("{above}.")) && !free(above);
        }
    }
    false
}

/// Whether upstream takes any key there.
fn free(own: &str) -> bool {
    let go = catalog::row(own).and_then(|r| r.spans.last()).map_or("", |s| s.go);
    go.starts_with("map[") || go.ends_with("RawExtension")
}

fn has_rows(prefix: &str) -> bool {
    catalog::rows_starting(prefix).next().is_some()
}

/// What is wrong with the type of a member, where its type is certain.
pub(super) fn mistyped(part: &Part<'_>, version: Minor) -> Option<String> {
    let row = part.row.filter(|r| r.exists_in(version))?;
    let go = row.span(version)?.go.trim_start_matches('*');
    let kind = row.kind_in(version);
    let certain = match kind {
        Type::Boolean | Type::Integer | Type::Number | Type::List | Type::Object => true,
        Type::String => go == "string",
        _ => false,
    };
    typed::canonical(&part.node.json(), kind).err().filter(|_| certain)
}

/// Whether the version reads what a plugin's arguments hold at all: it passes on those of plugins that it has no type for.
pub(super) fn read_in(name: &str, version: Minor) -> bool {
    let own = row_name(name);
    let Some((front, _)) = own.split_once("].args.").filter(|(front, _)| !front.ends_with('[')) else { return true };
    catalog::rows_starting(&format!("{front}].args.")).any(|row| row.exists_in(version))
}

/// Durations that a file sets to null. Go's decoder hands null to types that read themselves, and a duration that is no
/// pointer reads it as an empty text. In a drop-in of the kubelet null takes a value back.
pub(super) fn null_durations(at: &At<'_>) -> Vec<(Place, String)> {
    let mut out = Vec::new();
    if !matches!(at.component, "kube-proxy" | "kube-scheduler") {
        return out;
    }
    let current = at.scene.parts.get(at.component);
    for (path, document) in current.into_iter().flat_map(|c| &c.documents) {
        nulls(at, path, &format!("{}/", at.component), document, &mut out);
    }
    out
}

fn nulls(at: &At<'_>, path: &Arc<str>, prefix: &str, node: &Node, out: &mut Vec<(Place, String)>) {
    for member in node.members() {
        let name = format!("{prefix}{}", member.key);
        let span = catalog::row(&name).and_then(|row| row.span(at.minor(at.component)));
        if member.node.is_null() && span.is_some_and(|s| s.go == "v1.Duration") {
            out.push((Place::new(&Arc::clone(path), member.at.clone()), name));
        } else if member.node.is_map() {
            nulls(at, path, &format!("{name}."), &member.node, out);
        }
    }
}
