//! `plimsoll diff` beyond one plan and one file: plans against themselves, files against files, what changes cost, and what
//! pods ask for.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod alone;
mod costs;
mod itself;
mod nodes;
mod usage;

use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// A folder with files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// A kubelet's configuration with these fields.
fn kubelet(fields: &str) -> String {
    format!("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n{fields}\n")
}

/// The document of a diff that differs, run in `folder`.
fn differs(folder: &Path, arguments: &[&str]) -> Json {
    let run = common::run_in(folder, &[&["diff", "--format", "json"], arguments].concat(), "");
    assert_eq!(run.code, 1, "{}", run.err);
    serde_json::from_str(&run.out).unwrap()
}

fn change<'a>(document: &'a Json, scope: &str, tunable: &str) -> &'a Json {
    let list = document["scopes"][scope]["changes"].as_array().unwrap();
    list.iter().find(|c| c["tunable"] == tunable).unwrap_or_else(|| panic!("no change of {tunable} in {list:#?}"))
}

fn fixture(name: &str) -> PathBuf {
    common::root().join("tests/fixtures/diff").join(name)
}
