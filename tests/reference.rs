//! `docs/reference/` is generated; this fails when it is stale. `UPDATE=1 cargo test --test reference` writes it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{read, root};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

/// Every message with the input that brings it about: the stored cases are its documentation.
fn messages() -> String {
    let mut out = String::from(
        "# Messages\n\n<!-- Generated: `UPDATE=1 cargo test --test reference` writes this page. -->\n\n\
         Every finding by id, each with an input that brings it about and what is printed for it.\n",
    );
    let folder = root().join("tests/messages");
    let mut names: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    for name in names {
        let expected = folder.join(&name).join("expected.txt");
        if expected.exists() {
            // A case of another command has arguments instead of a spec.
            let why = match fs::read_to_string(folder.join(&name).join("args")) {
                Ok(args) => {
                    let about = fs::read_to_string(folder.join(&name).join("about.txt")).unwrap_or_default();
                    let about = about.trim().trim_start_matches("# ").to_string();
                    let command = format!("`plimsoll {}`", args.split_whitespace().collect::<Vec<_>>().join(" "));
                    if about.is_empty() { command } else { format!("{about} {command}") }
                }
                Err(_) => {
                    let why = read(folder.join(&name).join("spec.toml"));
                    why.lines().next().and_then(|l| l.strip_prefix("# ")).unwrap_or_default().to_string()
                }
            };
            let _ = write!(out, "\n## {name}\n\n{why}\n\n```text\n{}\n```\n", read(&expected).trim_end());
        }
    }
    out
}

#[test]
fn the_reference_is_what_the_catalogue_says() {
    let mut pages: BTreeMap<String, String> = plimsoll::view::reference();
    pages.insert("messages.md".into(), messages());
    let mut index = String::from(
        "# Reference\n\n<!-- Generated: `UPDATE=1 cargo test --test reference` writes this page. -->\n\n\
         Generated from `catalog/`, the rules and the stored messages.\n\n",
    );
    for (name, text) in &pages {
        let title = text.lines().next().unwrap().trim_start_matches("# ");
        let _ = writeln!(index, "* [{title}]({name})");
    }
    pages.insert("README.md".into(), index);
    let folder = root().join("docs/reference");
    let update = std::env::var_os("UPDATE").is_some();
    let mut stale = Vec::new();
    if update {
        fs::create_dir_all(&folder).unwrap();
    }
    for (name, text) in &pages {
        let path = folder.join(name);
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            if update {
                fs::write(&path, text).unwrap();
            }
            stale.push(name.clone());
        }
    }
    for entry in fs::read_dir(&folder).into_iter().flatten() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if !pages.contains_key(&name) {
            stale.push(format!("{name} is no page any more"));
            if update {
                fs::remove_file(folder.join(&name)).unwrap();
            }
        }
    }
    assert!(update || stale.is_empty(), "stale: {stale:?}; UPDATE=1 cargo test --test reference writes them");
}
