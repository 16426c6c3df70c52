//! What stops a write, and what `force` then does.

use std::fs;

use super::super::{MANIFEST, TreeError, write};
use super::{C, assert_tidy, clean, files, new, old, picture, stamp};

#[test]
fn edited_files_stop_the_run_and_force_overwrites_them() {
    let out = tempfile::tempdir().unwrap();
    write(out.path(), C, &old(), false).unwrap();
    let tree = out.path().join(C);
    // One that is written on with the same bytes, one that is no longer written.
    fs::write(tree.join("node-class/web/kubelet.yaml"), "a: 7\n").unwrap();
    fs::write(tree.join("node-class/db/kubelet.yaml"), "b: 7\n").unwrap();
    let before = stamp(&tree);
    let error = write(out.path(), C, &new(), false).unwrap_err();
    let TreeError::EditedByHand { files } = &error else { panic!("{error:?}") };
    assert_eq!(files, &["node-class/db/kubelet.yaml", "node-class/web/kubelet.yaml"]);
    assert_eq!(
        error.to_string(),
        "`node-class/db/kubelet.yaml`, `node-class/web/kubelet.yaml` were edited by hand since the last run"
    );
    assert_eq!(stamp(&tree), before);
    let report = write(out.path(), C, &new(), true).unwrap();
    assert_eq!(report.removed, ["node-class/db/kubelet.yaml"]);
    assert_eq!(picture(&tree), clean(&new()));
}

#[test]
fn an_edit_that_the_plan_makes_too_loses_nothing() {
    let out = tempfile::tempdir().unwrap();
    write(out.path(), C, &old(), false).unwrap();
    fs::write(out.path().join(C).join("plan.json"), "{2}").unwrap();
    write(out.path(), C, &new(), false).unwrap();
    assert_eq!(picture(&out.path().join(C)), clean(&new()));
}

#[test]
fn a_file_of_ours_that_became_a_directory_was_edited() {
    let out = tempfile::tempdir().unwrap();
    let tree = out.path().join(C);
    write(out.path(), C, &old(), false).unwrap();
    fs::remove_file(tree.join("plan.json")).unwrap();
    fs::create_dir(tree.join("plan.json")).unwrap();
    let error = write(out.path(), C, &old(), false).unwrap_err();
    assert!(matches!(error, TreeError::EditedByHand { files } if files == ["plan.json"]));
    write(out.path(), C, &old(), true).unwrap();
    assert_eq!(picture(&tree), clean(&old()));
}

#[test]
fn foreign_file_in_the_way_stops_unless_equal_or_forced() {
    let out = tempfile::tempdir().unwrap();
    let tree = out.path().join(C);
    write(out.path(), C, &old(), false).unwrap();
    fs::create_dir(tree.join("cluster")).unwrap();
    let proxy = tree.join("cluster/kube-proxy.yaml");
    fs::write(&proxy, "theirs").unwrap();
    let error = write(out.path(), C, &new(), false).unwrap_err();
    assert!(matches!(&error, TreeError::InTheWay { files } if files == &["cluster/kube-proxy.yaml"]), "{error:?}");
    fs::write(&proxy, "c: 1\n").unwrap();
    let report = write(out.path(), C, &new(), false).unwrap();
    assert_eq!(report.unchanged, ["cluster/kube-proxy.yaml", "node-class/web/kubelet.yaml"]);

    write(out.path(), C, &old(), false).unwrap();
    fs::create_dir(tree.join("cluster")).unwrap();
    fs::write(&proxy, "theirs").unwrap();
    write(out.path(), C, &new(), true).unwrap();
    assert_eq!(picture(&tree), clean(&new()));
    assert_tidy(out.path());
}

#[test]
fn foreign_file_where_a_directory_must_go() {
    let out = tempfile::tempdir().unwrap();
    write(out.path(), C, &old(), false).unwrap();
    fs::write(out.path().join(C).join("cluster"), "theirs").unwrap();
    let error = write(out.path(), C, &new(), false).unwrap_err();
    assert!(matches!(error, TreeError::InTheWay { files } if files == ["cluster"]));
    write(out.path(), C, &new(), true).unwrap();
    assert_eq!(picture(&out.path().join(C)), clean(&new()));
}

#[test]
fn force_replaces_an_empty_directory_but_never_one_that_holds_foreign_files() {
    let out = tempfile::tempdir().unwrap();
    let tree = out.path().join(C);
    write(out.path(), C, &old(), false).unwrap();
    let next = files(&[("d", "1")]);
    fs::create_dir(tree.join("d")).unwrap();
    assert!(matches!(write(out.path(), C, &next, false), Err(TreeError::InTheWay { files }) if files == ["d"]));
    fs::write(tree.join("d/theirs"), "x").unwrap();
    for force in [false, true] {
        let error = write(out.path(), C, &next, force).unwrap_err();
        assert!(matches!(error, TreeError::InTheWay { files } if files == ["d/theirs"]));
    }
    fs::remove_file(tree.join("d/theirs")).unwrap();
    write(out.path(), C, &next, true).unwrap();
    assert_eq!(picture(&tree), clean(&next));
}

#[test]
fn malformed_manifest_stops_and_force_takes_it_for_none() {
    let sum = "0".repeat(64);
    let cases = [
        ("x\n".to_owned(), "line 1: needs a sum, two spaces and a path"),
        ("zz  a\n".to_owned(), "line 1: needs a sum of 64 hexadecimal digits"),
        (format!("{sum}  a\n{sum}  ../../etc/passwd\n"), "line 2: path `../../etc/passwd` has a component `.` or `..`"),
        (format!("{sum}  /etc/passwd\n"), "line 1: path `/etc/passwd` is absolute"),
        (format!("{sum}  a\n{sum}  a\n"), "line 2: `a` is listed twice"),
        (format!("{sum}  {MANIFEST}\n"), "line 1: `SHA256SUMS` lists itself"),
        (format!("{sum}  a\n\n"), "line 2: needs a sum, two spaces and a path"),
    ];
    for (text, expected) in cases {
        let out = tempfile::tempdir().unwrap();
        let manifest = out.path().join(C).join(MANIFEST);
        write(out.path(), C, &old(), false).unwrap();
        fs::write(&manifest, text).unwrap();
        let error = write(out.path(), C, &new(), false).unwrap_err();
        assert_eq!(error.to_string(), format!("manifest `{}` {expected}", manifest.display()));
        let report = write(out.path(), C, &new(), true).unwrap();
        assert_eq!(report.kept_foreign, ["node-class/db/kubelet.yaml"]);
    }
}

#[test]
fn manifest_that_is_a_directory_or_not_text() {
    let out = tempfile::tempdir().unwrap();
    let manifest = out.path().join(C).join(MANIFEST);
    fs::create_dir_all(&manifest).unwrap();
    let error = write(out.path(), C, &new(), false).unwrap_err();
    assert!(error.to_string().ends_with("is a directory"), "{error}");
    write(out.path(), C, &new(), true).unwrap();
    fs::write(&manifest, [0xff, 0xfe]).unwrap();
    let error = write(out.path(), C, &new(), false).unwrap_err();
    assert!(error.to_string().ends_with("is not UTF-8"), "{error}");
}

#[test]
fn a_file_under_the_clusters_name_is_refused() {
    let out = tempfile::tempdir().unwrap();
    fs::write(out.path().join(C), "x").unwrap();
    for force in [false, true] {
        assert!(matches!(write(out.path(), C, &new(), force), Err(TreeError::NotADirectory { .. })));
    }
    assert_eq!(fs::read(out.path().join(C)).unwrap(), b"x");
}
