//! Defaults that were read by hand in a release's source, against what the extractor found there.

use crate::common::{read, root};
use plimsoll::catalog;
use plimsoll::quantity::Minor;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct File {
    default: Vec<Cited>,
}

#[derive(Deserialize)]
struct Cited {
    name: String,
    minor: String,
    release: String,
    /// JSON.
    value: String,
    file: String,
    line: u32,
    reason: String,
}

#[test]
fn cited_defaults_are_those_of_the_catalogue() {
    let file: File = toml::from_str(&read(root().join("tests/default_citations.toml"))).unwrap();
    assert!(file.default.len() >= 15);
    for it in &file.default {
        let minor = Minor::parse(&it.minor).unwrap();
        assert!(it.release.starts_with(&format!("{}.", it.minor)), "{}: release", it.name);
        assert!(it.file.ends_with(".go") && it.line > 0 && !it.reason.is_empty(), "{}: citation", it.name);
        let found = catalog::find(&it.name).unwrap_or_else(|| panic!("{} is not in the catalogue", it.name));
        assert!(found.tunable.exists_in(minor), "{} in {minor}", it.name);
        let wanted: Value = serde_json::from_str(&it.value).unwrap();
        assert_eq!(found.default_in(minor).unwrap_or_default(), wanted, "{} in {minor}", it.name);
    }
}
