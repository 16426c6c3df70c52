//! Which kind of dump a text is, and reading it.

use super::known::Known;
use super::tree::Tree;
use super::{lscpu, lscpu_table, node, stats, sys};
use crate::diag::{Finding, Place, Sources};
use crate::quantity::Fault;
use serde_json::Value as Json;
use std::sync::Arc;

/// Reads a tree.
///
/// # Errors
/// The file that is unsound.
pub fn tree(name: &str, tree: &Tree) -> Result<Known, Box<Finding>> {
    let known = sys::read(tree).map_err(|f| unsound(name, &f))?;
    Ok(Known { source: name.into(), ..known })
}

/// Reads a text: JSON of one of the known forms, or a recording.
///
/// # Errors
/// What it is not, or what is wrong within.
pub fn read(name: &str, text: &str, sources: &mut Sources) -> Result<Known, Box<Finding>> {
    if Tree::is_record(text) {
        let files = Tree::parse(text).map_err(|f| unsound(name, &f))?;
        return tree(name, &files);
    }
    let json: Json = serde_json::from_str(text).map_err(|error| {
        sources.add(name, text);
        let start = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        let mut at = (start + error.column().saturating_sub(1)).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
        let why = error.to_string();
        let why = why.split(" at line ").next().unwrap_or_default().to_string();
        let finding = Finding::error("discover-not-json", format!("`{name}` is not JSON"))
            .at(&Place::new(&Arc::from(name), at..end), why)
            .help("give `lscpu --json`, `kubectl get node -o json`, a kubelet's `/stats/summary`, or a folder");
        Box::new(finding)
    })?;
    let rank = |rank: u8| move |known: Known| Known { rank, ..known };
    let known = match &json {
        _ if json["cpus"].is_array() => lscpu_table::read(items(&json, "cpus")).map(rank(1)),
        _ if json["lscpu"].is_array() => lscpu::read(items(&json, "lscpu")).map(rank(2)),
        _ if json["kind"] == "Node" => node::read(&json).map(rank(4)),
        _ if json["items"].is_array() && items(&json, "items").iter().all(|i| i["kind"] == "Node") => {
            node::read_all(items(&json, "items")).map(rank(4))
        }
        _ if json["node"]["fs"].is_object() => stats::read(&json["node"]).map(rank(3)),
        _ => {
            let message = format!("`{name}` is JSON, but none of the dumps that are known");
            return Err(Box::new(Finding::error("discover-unknown-dump", message)
                .note("`lscpu --json` has `lscpu`, `lscpu --json --extended` has `cpus`")
                .note(
                    "`kubectl get node -o json` is of kind `Node` or a list of such, `/stats/summary` has `node.fs`",
                )));
        }
    };
    let known = known.map_err(|f| unsound(name, &f))?;
    Ok(Known { source: name.into(), ..known })
}

fn items<'j>(json: &'j Json, key: &str) -> &'j [Json] {
    json[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn unsound(name: &str, fault: &Fault) -> Box<Finding> {
    // A fault with a verb of its own has the dump for its subject.
    let verb = ["has ", "lists ", "states "].iter().any(|verb| fault.0.starts_with(verb));
    let colon = if verb { "" } else { ":" };
    let finding = Finding::error("discover-unsound", format!("`{name}`{colon} {}", fault.0));
    if fault.0.contains("of several classes") {
        return Box::new(finding.help("ask for the nodes of one class: `kubectl get node -l KEY=VALUE -o json`"));
    }
    if fault.0.contains("`CPU(s)`") {
        return Box::new(finding.help("field names are translated in some locales: `LC_ALL=C lscpu --json`"));
    }
    Box::new(finding)
}
