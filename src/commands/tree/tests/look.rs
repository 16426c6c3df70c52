//! `check` names what is different, and leaves no trace.

use std::fs;

use super::super::DifferenceKind::{Changed, Edited, InTheWay, Interrupted, Missing, Stale};
use super::super::{Difference, DifferenceKind, MANIFEST, check, write};
use super::{C, names_in, new, old, stamp};

fn found(list: Vec<Difference>) -> Vec<(String, DifferenceKind)> {
    list.into_iter().map(|Difference { path, kind }| (path, kind)).collect()
}

fn expected(list: &[(&str, DifferenceKind)]) -> Vec<(String, DifferenceKind)> {
    list.iter().map(|(path, kind)| ((*path).to_owned(), *kind)).collect()
}

#[test]
fn nothing_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    assert!(check(&out, C, &old()).unwrap().iter().all(|d| d.kind == Missing));
    assert_eq!(check(&out, C, &old()).unwrap().len(), 3);
    assert!(names_in(dir.path()).is_empty());
}

#[test]
fn every_kind_is_named_and_nothing_is_touched() {
    let out = tempfile::tempdir().unwrap();
    let tree = out.path().join(C);
    write(out.path(), C, &old(), false).unwrap();
    assert!(check(out.path(), C, &old()).unwrap().is_empty());
    fs::remove_file(out.path().join(format!(".{C}.plimsoll-lock"))).unwrap();
    let before = stamp(out.path());
    let cases = [("cluster/kube-proxy.yaml", Missing), ("node-class/db/kubelet.yaml", Stale), ("plan.json", Changed)];
    assert_eq!(found(check(out.path(), C, &new()).unwrap()), expected(&cases));
    assert_eq!(stamp(out.path()), before);

    fs::write(tree.join("plan.json"), "{9}").unwrap();
    fs::write(tree.join("node-class/db/kubelet.yaml"), "b: 9").unwrap();
    fs::write(tree.join("node-class/web/kubelet.yaml"), "a: 9").unwrap();
    fs::create_dir(tree.join("cluster")).unwrap();
    fs::write(tree.join("cluster/kube-proxy.yaml"), "theirs").unwrap();
    let before = stamp(out.path());
    let cases = [
        ("cluster/kube-proxy.yaml", InTheWay),
        ("node-class/db/kubelet.yaml", Edited),
        ("node-class/web/kubelet.yaml", Edited),
        ("plan.json", Edited),
    ];
    assert_eq!(found(check(out.path(), C, &new()).unwrap()), expected(&cases));
    assert_eq!(stamp(out.path()), before);
}

#[test]
fn a_manifest_that_alone_differs_is_named() {
    let out = tempfile::tempdir().unwrap();
    let manifest = out.path().join(C).join(MANIFEST);
    write(out.path(), C, &old(), false).unwrap();
    let text = fs::read_to_string(&manifest).unwrap();
    let turned: Vec<&str> = text.lines().rev().collect();
    fs::write(&manifest, turned.join("\n")).unwrap();
    assert_eq!(found(check(out.path(), C, &old()).unwrap()), expected(&[(MANIFEST, Changed)]));
    fs::remove_file(&manifest).unwrap();
    assert_eq!(found(check(out.path(), C, &old()).unwrap()), expected(&[(MANIFEST, Missing)]));
}

#[test]
fn an_interrupted_switch_is_seen_through() {
    let out = tempfile::tempdir().unwrap();
    write(out.path(), C, &old(), false).unwrap();
    fs::rename(out.path().join(C), out.path().join(format!(".{C}.plimsoll-old"))).unwrap();
    fs::create_dir(out.path().join(format!(".{C}.plimsoll-new"))).unwrap();
    let before = stamp(out.path());
    assert_eq!(found(check(out.path(), C, &old()).unwrap()), expected(&[(C, Interrupted)]));
    assert_eq!(stamp(out.path()), before);
    assert!(write(out.path(), C, &old(), false).unwrap().recovered);
    assert!(check(out.path(), C, &old()).unwrap().is_empty());
}
