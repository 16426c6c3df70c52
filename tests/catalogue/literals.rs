//! Versions are facts: no code and no template names one, outside of tests; limits are asked for by ids that are there.

use crate::common::{read, root};
use std::path::{Path, PathBuf};

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

/// `1.27` or `3.6` as a word of its own, `Minor(1, 27)`, or a comparison of a minor's number.
fn names_a_version(line: &str) -> bool {
    let covered = |text: &str| {
        let mut parts = text.split('.');
        let number = |part: Option<&str>| part.and_then(|p| p.parse::<u32>().ok());
        matches!((number(parts.next()), number(parts.next())), (Some(1), Some(20..=60)) | (Some(3), Some(3..=9)))
    };
    let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).map(|w| w.trim_start_matches('v'));
    let literal = words.into_iter().any(covered);
    let compact: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    let built =
        compact.match_indices("Minor(").any(|(at, _)| compact[at + 6..].starts_with(|c: char| c.is_ascii_digit()));
    let compared = ["minor.1<", "minor.1>", "minor.1=", ".minor<", ".minor>", "minor>=", "minor<="]
        .iter()
        .any(|c| compact.contains(c));
    literal || built || compared
}

/// Code without comments and tests: both may name versions.
fn code(text: &str) -> Vec<(usize, &str)> {
    let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
    let lines = text[..tests].lines().enumerate().map(|(at, line)| (at + 1, line));
    lines.map(|(at, line)| (at, line.split("//").next().unwrap_or_default())).collect()
}

#[test]
fn no_code_and_no_template_names_a_version() {
    // The tables' own spans are compared where they are looked up, and numbers become versions where they are read.
    let allowed = ["src/catalog/", "src/quantity/"];
    let mut list = Vec::new();
    files(&root().join("src"), &mut list);
    files(&root().join("templates"), &mut list);
    let mut found = Vec::new();
    for path in list {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        if allowed.iter().any(|a| name.starts_with(a)) {
            continue;
        }
        let text = read(&path);
        found.extend(
            code(&text).into_iter().filter(|(_, l)| names_a_version(l)).map(|(at, l)| format!("{name}:{at}: {l}")),
        );
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_search_finds_what_it_looks_for() {
    for line in ["if v >= Minor(1, 27)", "\"1.31\"", "{% if minor >= 30 %}", "version.minor.1 > 27", "etcd v3.6"] {
        assert!(names_a_version(line), "{line}");
    }
    for line in ["0.9 * share", "FORMAT: &str = \"1.0\"", "Minor(major, minor)", "2.1.0 of SARIF", "1.5 GiB"] {
        assert!(!names_a_version(line), "{line}");
    }
    assert_eq!(code("let a = 1; // 1.27\n#[cfg(test)]\n1.28"), [(1, "let a = 1; ")]);
}

#[test]
fn limits_that_code_asks_for_are_in_the_table() {
    let mut list = Vec::new();
    files(&root().join("src"), &mut list);
    let mut asked = std::collections::BTreeSet::new();
    for path in list {
        let text = read(&path);
        for call in ["limit_value(\"", "Known::limit(\"", "taken(\""] {
            let ids = text.split(call).skip(1).filter_map(|rest| rest.split('"').next());
            asked.extend(ids.map(str::to_string));
        }
    }
    assert!(asked.len() > 15, "{asked:?}");
    let missing: Vec<_> =
        asked.iter().filter(|id| plimsoll::catalog::limit(id).and_then(|l| l.value).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
