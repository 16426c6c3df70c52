//! Writing where nothing stands in the way.

use std::fs;

use sha2::{Digest, Sha256};

use super::super::{Report, write};
use super::{C, assert_tidy, clean, files, new, old, picture, stamp};

#[test]
fn first_write_creates_the_output_directory_and_the_tree() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("a/out");
    let report = write(&out, C, &old(), false).unwrap();
    let written = ["node-class/db/kubelet.yaml", "node-class/web/kubelet.yaml", "plan.json"].map(String::from).to_vec();
    assert_eq!(report, Report { written, ..Report::default() });
    let picture = picture(&out.join(C));
    for (path, (mode, _)) in &picture {
        let expected = if out.join(C).join(path).is_dir() { 0o40755 } else { 0o100_644 };
        assert_eq!(*mode, expected, "{}", path.display());
    }
    assert_eq!(picture.len(), 8);
    assert_tidy(&out);
}

#[test]
fn the_manifest_holds_the_hash_of_every_file_and_is_sorted() {
    let out = tempfile::tempdir().unwrap();
    let odd = files(&[("a.b/x", "1"), ("a/x", "2"), ("a b", "3"), (" lead", "4"), ("*star", "5"), ("ü", "")]);
    write(out.path(), C, &odd, false).unwrap();
    let tree = out.path().join(C);
    let text = fs::read_to_string(tree.join("SHA256SUMS")).unwrap();
    for line in text.lines() {
        let hash: String = Sha256::digest(&odd[&line[66..]]).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(&line[..66], format!("{hash}  "));
    }
    let paths: Vec<&str> = text.lines().map(|line| &line[66..]).collect();
    assert_eq!(paths, [" lead", "*star", "a b", "a.b/x", "a/x", "ü"]);
}

#[test]
fn second_write_reports_what_it_did_and_leaves_nothing_else() {
    let out = tempfile::tempdir().unwrap();
    write(out.path(), C, &old(), false).unwrap();
    let report = write(out.path(), C, &new(), false).unwrap();
    assert_eq!(report.written, ["cluster/kube-proxy.yaml", "plan.json"]);
    assert_eq!(report.unchanged, ["node-class/web/kubelet.yaml"]);
    assert_eq!(report.removed, ["node-class/db/kubelet.yaml"]);
    assert!(!report.recovered);
    assert_eq!(picture(&out.path().join(C)), clean(&new()));
    assert_tidy(out.path());
}

#[test]
fn same_files_again_write_nothing() {
    let out = tempfile::tempdir().unwrap();
    write(out.path(), C, &old(), false).unwrap();
    fs::write(out.path().join(C).join("foreign"), "x").unwrap();
    let before = stamp(out.path());
    let report = write(out.path(), C, &old(), false).unwrap();
    assert_eq!((report.written.len(), report.unchanged.len(), report.removed.len()), (0, 3, 0));
    assert_eq!(report.kept_foreign, ["foreign"]);
    assert_eq!(stamp(out.path()), before);
}

#[test]
fn a_file_becomes_a_directory_and_back() {
    let out = tempfile::tempdir().unwrap();
    let [file, dir] = [files(&[("a", "1"), ("k", "1")]), files(&[("a/b/c", "1"), ("k", "1")])];
    for next in [&file, &dir, &file] {
        write(out.path(), C, next, false).unwrap();
        assert_eq!(picture(&out.path().join(C)), clean(next));
    }
}

#[test]
fn file_deleted_by_hand_is_written_again() {
    let out = tempfile::tempdir().unwrap();
    write(out.path(), C, &old(), false).unwrap();
    fs::remove_dir_all(out.path().join(C).join("node-class/web")).unwrap();
    let report = write(out.path(), C, &old(), false).unwrap();
    assert_eq!(report.written, ["node-class/web/kubelet.yaml"]);
    assert_eq!(picture(&out.path().join(C)), clean(&old()));
}

#[test]
fn two_clusters_share_an_output_directory() {
    let out = tempfile::tempdir().unwrap();
    write(out.path(), "a", &old(), false).unwrap();
    write(out.path(), "b", &new(), false).unwrap();
    assert_eq!(picture(&out.path().join("a")), clean(&old()));
    assert_eq!(picture(&out.path().join("b")), clean(&new()));
}

#[test]
fn an_output_directory_behind_a_link_is_the_users_choice() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("real")).unwrap();
    std::os::unix::fs::symlink("real", dir.path().join("out")).unwrap();
    write(&dir.path().join("out"), C, &old(), false).unwrap();
    write(&dir.path().join("out"), C, &new(), false).unwrap();
    assert_eq!(picture(&dir.path().join("real").join(C)), clean(&new()));
}
