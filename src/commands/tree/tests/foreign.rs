//! Foreign files, links and directories go over into the new tree as they are.

use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use super::super::switch::{Kernel, System};
use super::super::{MANIFEST, TreeError, write, write_on};
use super::{C, assert_tidy, files, new, old, picture};

/// A file system without second names, such as FAT.
struct NoLinks;

impl System for NoLinks {
    fn link(&self, _: &Path, _: &Path) -> rustix::io::Result<()> {
        Err(rustix::io::Errno::PERM)
    }
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn plant(tree: &Path) {
    fs::write(tree.join("note.txt"), "note").unwrap();
    mode(&tree.join("note.txt"), 0o600);
    fs::write(tree.join("node-class/db/run.sh"), "#!/bin/sh").unwrap();
    mode(&tree.join("node-class/db/run.sh"), 0o4751);
    symlink("/nowhere/at all", tree.join("node-class/web/link")).unwrap();
    fs::create_dir_all(tree.join("theirs/deep/empty")).unwrap();
    fs::write(tree.join("theirs/deep/file"), "x").unwrap();
    mode(&tree.join("theirs/deep/file"), 0o400);
    mode(&tree.join("theirs/deep/empty"), 0o700);
    mode(&tree.join("theirs/deep"), 0o555);
    fs::write(tree.join(std::ffi::OsStr::from_bytes(b"\xff")), "not a text name").unwrap();
}

#[test]
fn foreign_things_are_kept_with_their_modes() {
    for system in [&Kernel as &dyn System, &NoLinks] {
        let out = tempfile::tempdir().unwrap();
        let tree = out.path().join(C);
        write_on(system, out.path(), C, &old(), false).unwrap();
        plant(&tree);
        let modified = |tree: &Path| fs::metadata(tree.join("note.txt")).unwrap().modified().unwrap();
        let (before, time) = (picture(&tree), modified(&tree));
        let report = write_on(system, out.path(), C, &new(), false).unwrap();
        let kept = [
            "node-class/db/run.sh",
            "node-class/web/link",
            "note.txt",
            "theirs/deep/empty/",
            "theirs/deep/file",
            "\u{fffd}",
        ];
        assert_eq!(report.kept_foreign, kept);
        let after = picture(&tree);
        for (path, thing) in &before {
            let ours = path.as_os_str().is_empty()
                || path.ends_with("kubelet.yaml")
                || path == Path::new("plan.json")
                || path == Path::new(MANIFEST);
            assert!(ours || after.get(path) == Some(thing), "{}: {:?}", path.display(), after.get(path));
        }
        assert!(!after.contains_key(Path::new("node-class/db/kubelet.yaml")));
        assert_eq!(modified(&tree), time);
        assert_eq!(fs::metadata(tree.join("note.txt")).unwrap().nlink(), 1);
        // A directory without write permission in the replaced tree did not stop its removal.
        assert_tidy(out.path());
        // So that whoever runs this without being root can remove the temporary directory.
        mode(&tree.join("theirs/deep"), 0o755);
    }
}

#[test]
fn a_tree_without_manifest_is_all_foreign() {
    let out = tempfile::tempdir().unwrap();
    let tree = out.path().join(C);
    fs::create_dir_all(tree.join("node-class/db")).unwrap();
    fs::write(tree.join("node-class/db/kubelet.yaml"), "mine").unwrap();
    fs::write(tree.join("plan.json"), "{2}").unwrap();
    let report = write(out.path(), C, &new(), false).unwrap();
    assert_eq!(report.kept_foreign, ["node-class/db/kubelet.yaml"]);
    assert_eq!(report.unchanged, ["plan.json"]);
    // A later plan that wants that path meets it as foreign still.
    let error = write(out.path(), C, &old(), false).unwrap_err();
    assert!(matches!(error, TreeError::InTheWay { files } if files == ["node-class/db/kubelet.yaml"]));
}

#[test]
fn equal_foreign_files_are_adopted_by_writing_the_manifest() {
    let out = tempfile::tempdir().unwrap();
    write(out.path(), C, &old(), false).unwrap();
    fs::remove_file(out.path().join(C).join(MANIFEST)).unwrap();
    let report = write(out.path(), C, &old(), false).unwrap();
    assert_eq!((report.written, report.unchanged.len()), (vec![MANIFEST.to_owned()], 3));
    assert!(write(out.path(), C, &old(), false).unwrap().written.is_empty());
}

#[test]
fn directories_of_ours_go_when_they_are_empty() {
    let out = tempfile::tempdir().unwrap();
    write(out.path(), C, &files(&[("a/b/c/d", "1"), ("e", "1")]), false).unwrap();
    let report = write(out.path(), C, &files(&[("e", "1")]), false).unwrap();
    assert_eq!((report.removed, report.kept_foreign), (vec!["a/b/c/d".to_owned()], Vec::new()));
    assert!(!out.path().join(C).join("a").exists());
    // Also when their files were deleted by hand before.
    write(out.path(), C, &files(&[("a/b", "1"), ("e", "1")]), false).unwrap();
    fs::remove_file(out.path().join(C).join("a/b")).unwrap();
    let report = write(out.path(), C, &files(&[("e", "1")]), false).unwrap();
    assert_eq!((report.removed, report.kept_foreign), (Vec::new(), Vec::new()));
    assert!(!out.path().join(C).join("a").exists());
}
