//! Symbolic links in our way are refused, and special files are never opened.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::super::{TreeError, check, write};
use super::{C, new, old};

#[test]
fn the_tree_itself_as_a_link_is_refused() {
    let out = tempfile::tempdir().unwrap();
    let target = tempfile::tempdir().unwrap();
    symlink(target.path(), out.path().join(C)).unwrap();
    for force in [false, true] {
        assert!(matches!(write(out.path(), C, &old(), force), Err(TreeError::Symlink { .. })));
    }
    assert!(matches!(check(out.path(), C, &old()), Err(TreeError::Symlink { .. })));
    assert_eq!(fs::read_dir(target.path()).unwrap().count(), 0);
}

#[test]
fn links_on_our_paths_are_refused_even_by_force() {
    let target = tempfile::tempdir().unwrap();
    fs::write(target.path().join("kube-proxy.yaml"), "c: 1\n").unwrap();
    let file = target.path().join("kube-proxy.yaml");
    for (at, to) in [("cluster", target.path()), ("plan.json", &file), ("SHA256SUMS", &file)] {
        let out = tempfile::tempdir().unwrap();
        write(out.path(), C, &old(), false).unwrap();
        let link = out.path().join(C).join(at);
        let _ = fs::remove_file(&link);
        symlink(to, &link).unwrap();
        for force in [false, true] {
            let error = write(out.path(), C, &new(), force).unwrap_err();
            assert!(matches!(&error, TreeError::Symlink { path } if path == &link), "{error:?}");
        }
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
    assert_eq!(fs::read(file).unwrap(), b"c: 1\n");
}

#[test]
fn a_link_in_place_of_a_file_no_longer_written_was_put_there_by_hand() {
    let out = tempfile::tempdir().unwrap();
    let db = out.path().join(C).join("node-class/db/kubelet.yaml");
    write(out.path(), C, &old(), false).unwrap();
    fs::remove_file(&db).unwrap();
    symlink("/etc/passwd", &db).unwrap();
    assert!(matches!(write(out.path(), C, &new(), false), Err(TreeError::EditedByHand { .. })));
    let report = write(out.path(), C, &new(), true).unwrap();
    assert_eq!(report.kept_foreign, ["node-class/db/kubelet.yaml"]);
}

#[test]
fn links_under_the_hidden_names_are_removed_or_refused_but_not_followed() {
    let target = tempfile::tempdir().unwrap();
    fs::write(target.path().join("precious"), "x").unwrap();
    let out = tempfile::tempdir().unwrap();
    let hidden = |what| out.path().join(format!(".{C}.plimsoll-{what}"));
    symlink(target.path(), hidden("new")).unwrap();
    write(out.path(), C, &old(), false).unwrap();
    symlink(target.path(), hidden("old")).unwrap();
    write(out.path(), C, &new(), false).unwrap();
    fs::remove_file(hidden("lock")).unwrap();
    symlink(target.path().join("precious"), hidden("lock")).unwrap();
    assert!(matches!(write(out.path(), C, &old(), false), Err(TreeError::Symlink { .. })));
    assert_eq!(fs::read(target.path().join("precious")).unwrap(), b"x");
}

#[test]
fn special_files_are_refused_without_opening_them() {
    for (name, kind) in [("pipe", "a FIFO"), ("plan.json", "a FIFO"), ("socket", "a socket")] {
        let out = tempfile::tempdir().unwrap();
        write(out.path(), C, &old(), false).unwrap();
        let path = out.path().join(C).join(name);
        let _ = fs::remove_file(&path);
        if kind == "a FIFO" {
            // Not by a program: a child that is being started holds our locks for a moment.
            mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        } else {
            UnixListener::bind(&path).unwrap();
        }
        for force in [false, true] {
            let error = write(out.path(), C, &new(), force).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("`{}` is {kind}, which cannot be carried over into a new tree", path.display())
            );
        }
    }
}
