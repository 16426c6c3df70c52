//! Readers: what `render` writes is read back, value by value and with a place.

use plimsoll::catalog;
use plimsoll::current::{self, Current};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let specs = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut specs: Vec<PathBuf> =
        specs.filter(|p| p.extension().is_some_and(|e| e == "toml") && !p.ends_with("infeasible.toml")).collect();
    specs.sort();
    specs
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() { files(&entry, out) } else { out.push(entry) }
    }
}

/// Components whose files are read, by the folder they stand in.
fn is_read(name: &str) -> bool {
    let component = name.split('/').next().unwrap();
    !matches!(component, "karpenter" | "cluster-autoscaler" | "cni" | "coredns" | "etcd-defragmentation")
}

/// What is read below a folder, by tunable.
fn read_back(folder: &Path) -> BTreeMap<String, (Json, String)> {
    let mut paths = Vec::new();
    files(folder, &mut paths);
    let mut out = BTreeMap::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.to_str().unwrap();
        if !current::could_be_read(name, &text) {
            continue;
        }
        for reading in current::read_as_upstream(name, &text).unwrap() {
            let current = Current::new(reading);
            for (tunable, stated) in &current.stated {
                let written = &text[stated.node.span.clone()];
                assert!(!written.is_empty(), "{tunable} has no place in {name}");
                out.insert(tunable.clone(), (stated.value.clone(), written.to_string()));
            }
        }
    }
    out
}

fn missing(scope: &str, values: &Json, found: &BTreeMap<String, (Json, String)>) -> Vec<String> {
    let mut out = Vec::new();
    for (name, value) in values.as_object().unwrap() {
        let planned = &value["value"];
        let off = planned.is_null() || (name.starts_with("module/") && planned == false);
        if off || !is_read(name) || value["origin"] == "platform" {
            continue;
        }
        let whole = planned.as_object().map(|o| o.keys().all(|key| found.contains_key(&format!("{name}.{key}"))));
        let equal = |read: &Json| {
            let kind = catalog::find(name).unwrap().kind();
            let canonical = |v: &Json| plimsoll::facts::typed::canonical(v, kind).unwrap_or_else(|_| v.clone());
            let (read, planned) = (canonical(read), canonical(planned));
            read == planned || read.as_f64().is_some_and(|r| Some(r) == planned.as_f64())
        };
        let part = found.keys().any(|f| f.starts_with(&format!("{name}[")));
        if !part && !whole.unwrap_or(false) && !found.get(name).is_some_and(|(read, _)| equal(read)) {
            out.push(format!("{scope}: {name} = {planned}, read {:?}", found.get(name)));
        }
    }
    out
}

#[test]
fn every_planned_value_is_read_back_from_what_render_writes() {
    let out = tempfile::tempdir().unwrap();
    let (mut faults, mut seen) = (Vec::new(), 0);
    for spec in examples() {
        let folder = out.path().join(spec.file_stem().unwrap());
        let done =
            Command::new(env!("CARGO_BIN_EXE_plimsoll")).arg("render").arg(&spec).arg("--out").arg(&folder).output();
        let done = done.unwrap();
        assert!(done.status.success(), "{}: {}", spec.display(), String::from_utf8_lossy(&done.stderr));
        let cluster = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).find(|p| p.join("plan.json").exists());
        let cluster = cluster.unwrap();
        let plan: Json = serde_json::from_str(&fs::read_to_string(cluster.join("plan.json")).unwrap()).unwrap();
        for (class, planned) in plan["nodeClasses"].as_object().unwrap() {
            let found = read_back(&cluster.join("node-class").join(class));
            seen += found.len();
            faults.extend(missing(&format!("{} {class}", spec.display()), &planned["values"], &found));
        }
        for (folder, key) in [("cluster", "clusterValues"), ("control-plane", "controlPlane")] {
            let path = cluster.join(folder);
            let values = if key == "controlPlane" { &plan[key]["values"] } else { &plan[key] };
            if path.exists() && values.is_object() {
                let found = read_back(&path);
                seen += found.len();
                faults.extend(missing(&format!("{} {folder}", spec.display()), values, &found));
            }
        }
    }
    assert!(seen > 500, "only {seen} values");
    assert!(faults.is_empty(), "{} of {seen}:\n{}", faults.len(), faults.join("\n"));
}
