//! A plan does not differ from itself: every example, in every minor that the catalogue covers.

use crate::common::{read, root, run};
use plimsoll::catalog;
use plimsoll::quantity::Minor;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What a base file has that older minors do not: the file, the newest minor that lacks it, and the line. The judge takes them
/// out as well.
const LATER: [(&str, Minor, &str); 3] = [
    ("files/kubelet.yaml", Minor(1, 26), "containerRuntimeEndpoint:"),
    ("published/production.yaml", Minor(1, 26), "maxParallelImagePulls"),
    ("published/dense.yaml", Minor(1, 26), "maxParallelImagePulls"),
];

/// Every spec that has a plan.
fn specs() -> Vec<PathBuf> {
    let mut out = Vec::new();
    for folder in ["examples", "examples/scenarios", "examples/sizes"] {
        let entries = fs::read_dir(root().join(folder)).unwrap().map(|e| e.unwrap().path());
        out.extend(entries.filter(|p| p.extension().is_some_and(|e| e == "toml") && !p.ends_with("infeasible.toml")));
    }
    out.sort();
    assert!(out.len() >= 12, "{out:?}");
    out
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|e| e.unwrap().path()) {
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            fs::copy(&entry, &target).unwrap();
        }
    }
}

/// A copy of the spec's folder in which everything is of `minor`; the path of the spec in it.
fn for_minor(spec: &Path, minor: Minor, folder: &Path) -> PathBuf {
    copy(spec.parent().unwrap(), folder);
    for (name, lacking, line) in LATER {
        let path = folder.join(name);
        if minor <= lacking && path.exists() {
            let kept: Vec<String> = read(&path).lines().filter(|l| !l.starts_with(line)).map(String::from).collect();
            fs::write(&path, kept.join("\n")).unwrap();
        }
    }
    let path = folder.join(spec.file_name().unwrap());
    let stated = read(&path);
    let lines = stated.lines().map(|line| match line.trim_start().split(['=', ' ']).next() {
        Some("kubernetes") => format!("kubernetes = \"{minor}\"\n"),
        _ => format!("{line}\n"),
    });
    let text: String = lines.collect();
    fs::write(&path, text).unwrap();
    path
}

/// Complaints about one spec in one minor.
fn complaints(spec: &Path, minor: Minor) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (of, out) = (folder.path().join("spec"), folder.path().join("out"));
    let path = for_minor(spec, minor, &of);
    let (path, tree) = (path.to_str().unwrap(), out.to_str().unwrap());
    let about =
        |what: &str, run: &crate::common::Run| format!("{} in {minor}: {what}: {}{}", spec.display(), run.out, run.err);
    let rendered = run(&["render", path, "--out", tree]);
    if rendered.code != 0 {
        return vec![about("render", &rendered)];
    }
    let same = run(&["diff", path, "--current", tree, "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&same.out).unwrap_or_default();
    let scopes = document["scopes"].as_object().cloned().unwrap_or_default();
    let empty = !scopes.is_empty() && scopes.values().all(|scope| scope["changes"] == serde_json::json!([]));
    if same.code == 0 && empty && document["order"] == serde_json::json!([]) {
        return Vec::new();
    }
    vec![about("diff", &same)]
}

#[test]
fn a_plan_does_not_differ_from_itself_in_any_minor() {
    let versions = catalog::versions();
    let minors = (versions.oldest.1..=versions.newest.1).map(|minor| Minor(versions.oldest.0, minor));
    let specs = specs();
    let work: Vec<(&PathBuf, Minor)> = minors.flat_map(|minor| specs.iter().map(move |spec| (spec, minor))).collect();
    assert!(work.len() >= 12 * 13);
    let (next, found) = (Mutex::new(work.into_iter()), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((spec, minor)) = { next.lock().unwrap().next() } {
                    let list = complaints(spec, minor);
                    found.lock().unwrap().extend(list);
                }
            });
        }
    });
    crate::common::none(&found.into_inner().unwrap());
}
