//! Discovery on recordings of real machines: what is printed is stored beside each, and plans.
//!
//! `recordings/*.txt` hold the files that were read, with a header that says of which machine; `cases/*` are dumps of other
//! kinds and combinations. `UPDATE=1 cargo test --test discover` rewrites what is expected.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod cases;
mod here;
mod machines;
mod mutated;
mod refused;

use std::path::PathBuf;

/// The recordings, by name.
pub fn recordings() -> Vec<(String, String)> {
    let folder = folder("recordings");
    let mut out: Vec<(String, String)> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "txt"))
        .map(|p| (p.file_stem().unwrap().to_str().unwrap().to_string(), common::read(&p)))
        .collect();
    out.sort();
    assert!(out.len() >= 8, "recordings are found in {}", folder.display());
    out
}

/// A folder beside this file.
pub fn folder(name: &str) -> PathBuf {
    common::root().join("tests/discover").join(name)
}

/// A spec around a fragment: what the user has besides the hardware.
pub fn spec(fragment: &str) -> String {
    let cluster = "[cluster]\nname = \"c\"\nkubernetes = \"1.34\"\ncni = \"cilium\"\npod-cidrs = [\"10.0.0.0/12\"]\n\n";
    format!("{cluster}[defaults]\ncount = 1\ngoal = \"balanced\"\n\n{fragment}")
}
