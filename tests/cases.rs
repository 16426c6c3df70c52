//! Cases: a folder with a spec and every byte that comes of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{none, root, run_in, tree, updating};
use std::path::Path;

/// Renders the case's spec and returns every file, with what was said and how the run ended.
fn actual(case: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let out = tempfile::tempdir().unwrap();
    let run = run_in(case, &["render", "spec.toml", "--out", out.path().to_str().unwrap()], "");
    let mut files: std::collections::BTreeMap<_, _> =
        tree(out.path()).into_iter().map(|(name, bytes)| (format!("out/{name}"), bytes)).collect();
    // The folder that was written to is another in each run.
    let said = run.err.replace(out.path().to_str().unwrap(), "out");
    files.insert("stderr".into(), format!("{said}exit {}\n", run.code).into_bytes());
    files
}

#[test]
fn every_case_comes_out_byte_for_byte() {
    let mut complaints = Vec::new();
    let mut cases = 0;
    for entry in std::fs::read_dir(root().join("tests/cases")).unwrap() {
        let case = entry.unwrap().path();
        let expected = case.join("expected");
        let (files, mut stored) = (actual(&case), tree(&expected));
        cases += 1;
        for (name, bytes) in &files {
            let text = std::str::from_utf8(bytes).unwrap();
            complaints.extend(common::expect(&expected.join(name), text).err());
            stored.remove(name);
        }
        for name in stored.keys() {
            if updating() {
                std::fs::remove_file(expected.join(name)).unwrap();
            } else {
                complaints.push(format!("{}: no longer written", expected.join(name).display()));
            }
        }
    }
    none(&complaints);
    assert!(cases >= 3);
}

/// The cases are the examples: what the documentation shows is what is tested.
#[test]
fn cases_are_the_examples() {
    for name in ["eks-web", "bare-metal", "infeasible"] {
        assert_eq!(
            common::read(root().join(format!("tests/cases/{name}/spec.toml"))),
            common::example(name),
            "copy examples/{name}.toml"
        );
    }
    let base = "files/kubelet.yaml";
    assert_eq!(
        common::read(root().join("tests/cases/bare-metal").join(base)),
        common::read(root().join("examples").join(base))
    );
}
