//! Main files and drop-ins, merged as the kubelets of several minors merge them: `answers.json` is what their own code says
//! (`tests/upstream/merge`).

use plimsoll::catalog;
use plimsoll::check::assemble::{Given, scenes};
use plimsoll::current::{Current, read_as_upstream};
use plimsoll::facts::typed;
use plimsoll::quantity::Minor;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the folder of a case comes to.
fn merged(case: &Json) -> Current {
    let head = |own: &str| format!("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n{own}");
    let line = |(key, value): (&String, &Json)| format!("{key}: {value}\n");
    let text = |fields: &Json| head(&fields.as_object().unwrap().iter().map(line).collect::<String>());
    let drop_ins = case["dropIns"].as_object().unwrap().iter();
    let mut files: Vec<(String, String)> =
        drop_ins.map(|(name, own)| (format!("n/kubelet.conf.d/{name}"), text(own))).collect();
    files.push(("n/kubelet.yaml".into(), text(&case["main"])));
    // The order in which folders are walked.
    files.sort_by(|a, b| Path::new(&a.0).cmp(Path::new(&b.0)));
    let given = files.iter().flat_map(|(path, text)| {
        let drop_in = path.contains(".d/") && path.ends_with(".conf");
        read_as_upstream(path, text).unwrap().into_iter().map(move |reading| Given { class: None, drop_in, reading })
    });
    std::sync::Arc::unwrap_or_clone(scenes(given.collect()).remove(0).parts.remove("kubelet").unwrap())
}

/// A value as the setting's type has it, with what says nothing taken for nothing.
fn plain(name: &str, value: &Json, version: Minor) -> Json {
    let found = catalog::find(name);
    let value = found.and_then(|f| typed::canonical(value, f.kind_in(version)).ok()).unwrap_or_else(|| value.clone());
    let off = name.starts_with("kubelet/eviction") && value == "0%";
    let empty = match &value {
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty() || typed::is_no_time(&value),
        Json::Array(items) => items.is_empty(),
        Json::Object(fields) => fields.is_empty(),
        other => *other == Json::Bool(false),
    };
    if off || empty { Json::Null } else { value }
}

/// Upstream's answer by tunable: elements of a list that the catalogue names by a key apart.
fn answer(fields: &Map<String, Json>) -> BTreeMap<String, Json> {
    let mut out = BTreeMap::new();
    for (path, value) in fields {
        let name = format!("kubelet/{path}");
        let keyed = catalog::find(&name).and_then(|f| f.tunable.list_key).zip(value.as_array());
        let Some((key, items)) = keyed else {
            out.insert(name, value.clone());
            continue;
        };
        for item in items {
            let own =
                item.get(key).map_or_else(|| "0".into(), |k| k.as_str().map_or_else(|| k.to_string(), Into::into));
            let mut fields = item.clone();
            fields.as_object_mut().unwrap().remove(key);
            leaves(&format!("{name}[{own}]"), &fields, &mut out);
        }
    }
    out
}

fn leaves(name: &str, value: &Json, out: &mut BTreeMap<String, Json>) {
    match value.as_object() {
        Some(fields) => fields.iter().for_each(|(key, inner)| leaves(&format!("{name}.{key}"), inner, out)),
        None => drop(out.insert(name.to_string(), value.clone())),
    }
}

/// Lists whose elements are structures. Up to 1.31 upstream merges them into the main file's elements at the same positions, by
/// the leavings of Go's decoder (golang/go issue 21092): what an element leaves out, it has from the one before it. Ours takes
/// the list as it is written.
const ELEMENTS: [&str; 3] = ["registerWithTaints", "reservedMemory", "shutdownGracePeriodByPodPriority"];

fn is_left_over(case: &Json, name: &str, version: Minor) -> bool {
    let list = ELEMENTS.into_iter().find(|list| name.starts_with(&format!("kubelet/{list}")));
    catalog::behaviour("kubelet-drop-in-defaults-again", version).is_none()
        && list.is_some_and(|list| case["main"][list].as_array().is_some_and(|items| !items.is_empty()))
}

/// Every way in which ours differs.
fn faults(case: &Json, version: Minor, fields: &Map<String, Json>) -> Vec<String> {
    let current = merged(case);
    let theirs = answer(fields);
    let settings = catalog::starting("kubelet/").filter(|t| t.exists_in(version) && !t.name.contains("[]"));
    let names: BTreeSet<String> = settings
        .map(|t| t.name.to_string())
        .chain(current.names(version))
        .chain(theirs.keys().cloned())
        .filter(|name| catalog::find(name).is_some_and(|f| f.tunable.exists_in(version)))
        .collect();
    let mut out = Vec::new();
    for name in names {
        let default = || Current::default().effective(&name, version);
        let ours = current.effective(&name, version);
        // A whole map is its keys; null of upstream is no value.
        let whole = ours.is_object() || catalog::row(&name).is_some_and(|r| r.kind == catalog::Type::Map);
        let wanted = theirs.get(&name).cloned().unwrap_or_else(default);
        let (ours, wanted) = (plain(&name, &ours, version), plain(&name, &wanted, version));
        if !whole && ours != wanted && !is_left_over(case, &name, version) {
            out.push(format!("{version} {name}: upstream has {wanted}, ours is {ours}"));
        }
    }
    out
}

#[test]
fn drop_ins_are_merged_as_each_kubelet_merges_them() {
    let cases: Vec<Json> = serde_json::from_str(include_str!("merge/answers.json")).unwrap();
    let (mut asked, mut wrong) = (0, Vec::new());
    for (at, case) in cases.iter().enumerate() {
        for (minor, answer) in case["answers"].as_object().unwrap() {
            let version = Minor::parse(minor).unwrap();
            // A file that the kubelet does not load is a finding, and no merge.
            if answer.get("refused").is_some() {
                continue;
            }
            asked += 1;
            let fields = answer.get("fields").and_then(Json::as_object).cloned().unwrap_or_default();
            wrong.extend(faults(case, version, &fields).into_iter().map(|fault| format!("case {at}: {fault}")));
        }
    }
    assert!(wrong.is_empty(), "{} of {asked} answers:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 1000, "only {asked} answers are compared");
}
