//! Names that could leave the tree, or meet another name of ours, are refused before anything is touched.

use super::super::{TreeError, check, write};
use super::{C, files, names_in, old};

#[test]
fn paths_that_are_refused() {
    let long = "x".repeat(256);
    let deep = vec!["x"; 600].join("/");
    for path in [
        "",
        "/",
        "/etc/passwd",
        "..",
        "a/../b",
        "a/./b",
        ".",
        "a//b",
        "a/",
        "a\\b",
        "a\0b",
        "a\nb",
        &long,
        &deep,
        "SHA256SUMS",
        "SHA256SUMS/a",
    ] {
        let out = tempfile::tempdir().unwrap();
        let set = files(&[(path, "1")]);
        let error = write(out.path(), C, &set, true).unwrap_err();
        assert!(matches!(error, TreeError::BadPath { .. }), "{path:?}: {error:?}");
        assert!(matches!(check(out.path(), C, &set), Err(TreeError::BadPath { .. })));
        assert!(names_in(out.path()).is_empty());
    }
    let both = files(&[("a/b", "1"), ("a", "2"), ("a-", "3")]);
    let error = write(tempfile::tempdir().unwrap().path(), C, &both, true).unwrap_err();
    assert_eq!(error.to_string(), "output path `a/b` has another file as a directory");
}

#[test]
fn cluster_names_that_are_refused() {
    let long = "x".repeat(241);
    for cluster in ["", ".", "..", "a/b", "/", ".hidden", ".a.plimsoll-new", "a\\b", "a\0", &long] {
        let out = tempfile::tempdir().unwrap();
        let error = write(out.path(), cluster, &old(), true).unwrap_err();
        assert!(matches!(error, TreeError::BadCluster { .. }), "{cluster:?}: {error:?}");
        assert!(names_in(out.path()).is_empty());
    }
    let out = tempfile::tempdir().unwrap();
    write(out.path(), &long[..240], &old(), false).unwrap();
}
