//! Messages: every finding that can be made has a case in `tests/messages/`, and reads the way the house style asks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{expect, none, read, root, run_in};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Findings that a file in the repository would be too large for; the test below makes the files.
const TOO_LARGE: [&str; 2] = ["base-too-large", "spec-too-large"];

fn cases() -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> =
        std::fs::read_dir(root().join("tests/messages")).unwrap().map(|e| e.unwrap().path()).collect();
    out.sort();
    out
}

/// Standard error of every case by the case's name, and its exit status.
fn said() -> BTreeMap<String, (i32, String)> {
    let name = |case: &Path| case.file_name().unwrap().to_str().unwrap().to_string();
    cases()
        .iter()
        .map(|case| {
            // A case of another command has its arguments in a file, one a line.
            let args = std::fs::read_to_string(case.join("args")).unwrap_or_else(|_| "plan\nspec.toml".into());
            let run = run_in(case, &args.lines().collect::<Vec<_>>(), "");
            (name(case), (run.code, run.err))
        })
        .collect()
}

/// `error[id]: message`, as printed.
fn findings(text: &str) -> Vec<(&str, &str, &str)> {
    text.lines()
        .filter_map(|line| {
            let (head, message) = line.split_once("]: ")?;
            let (severity, id) = head.split_once('[')?;
            ["error", "warning", "advice", "bug"].contains(&severity).then_some((severity, id, message))
        })
        .collect()
}

#[test]
fn every_case_says_what_is_stored() {
    let mut complaints = Vec::new();
    for (name, (code, text)) in said() {
        let stored = root().join("tests/messages").join(&name).join("expected.txt");
        complaints.extend(expect(&stored, &text).err());
        let list = findings(&text);
        let status = match list.iter().map(|(severity, id, _)| (*severity, *id)).min_by_key(|(s, _)| *s != "error") {
            Some(("error", "plan-infeasible")) => 3,
            Some(("error", _)) => 2,
            _ => 0,
        };
        if code != status {
            complaints.push(format!("{name}: exit {code}, not {status}"));
        }
        if name != "all-at-once" && list.iter().any(|(_, id, _)| *id != name) {
            complaints.push(format!("{name}: says {:?}", list.iter().map(|(_, id, _)| id).collect::<Vec<_>>()));
        }
        if name != "all-at-once" && list.is_empty() {
            complaints.push(format!("{name}: says nothing"));
        }
    }
    none(&complaints);
}

/// Ids in the source: literal ones at findings and mistakes, and the rules that are checked over finished values.
fn ids() -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for (path, bytes) in common::tree(&root().join("src")) {
        // What is said about a cluster's current state needs that state; `tests/diff*.rs` and `tests/check` hold it.
        if [
            "current/",
            "diff/",
            "check/allow",
            "commands/diff",
            "commands/gather",
            "commands/cluster",
            "commands/check",
        ]
        .iter()
        .any(|beside| path.starts_with(beside))
        {
            continue;
        }
        let text = String::from_utf8(bytes).unwrap();
        // What tests inside the source make up is not said to anybody.
        // Without white space, since the formatter breaks calls where it likes.
        let text: String = text.split("#[cfg(test)]").next().unwrap().split_whitespace().collect();
        let doors =
            ["Finding::error(", "Finding::warning(", "Finding::advice(", "Mistake::new(", "advice(facts,", "letid="];
        for door in doors {
            for rest in text.split(door).skip(1) {
                let quoted = rest.strip_prefix('"').and_then(|r| r.split_once('"'));
                out.extend(quoted.map(|(id, _)| id.to_string()));
                // A finding that goes by the id of a rule in the same file.
                let rule =
                    rest.split_once(".id").filter(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
                let stated = rule.and_then(|(name, _)| text.split_once(&format!("{name}:Rule=Rule{{id:\"")));
                out.extend(stated.and_then(|(_, after)| Some(after.split_once('"')?.0.to_string())));
            }
        }
        if path.ends_with("/coherence.rs") {
            out.extend(text.split("id:\"").skip(1).filter_map(|r| Some(r.split_once('"')?.0.to_string())));
        }
    }
    assert!(out.len() > 70, "the source is read, so its many ids are found");
    out
}

#[test]
fn every_finding_has_a_case() {
    let cases: BTreeSet<String> =
        cases().iter().map(|c| c.file_name().unwrap().to_str().unwrap().to_string()).collect();
    let missing: Vec<String> =
        ids().into_iter().filter(|id| !cases.contains(id) && !TOO_LARGE.contains(&id.as_str())).collect();
    none(&missing);
    // Pins that upstream would refuse are told by its constraints, each of which has examples of its own (`tests/check`).
    let constraint = |id: &str| plimsoll::check::constraints().iter().any(|c| c.id == id);
    let stale: Vec<&String> =
        cases.iter().filter(|c| !ids().contains(*c) && !constraint(c) && *c != "all-at-once").collect();
    assert!(stale.is_empty(), "cases of no finding: {stale:?}");
}

#[test]
fn messages_read_alike() {
    let mut complaints = Vec::new();
    for (name, (_, text)) in said() {
        for (_, id, message) in findings(&text) {
            let lower = message.to_lowercase();
            let mut say = |what: &str| complaints.push(format!("{name}: {id} {what}: {message}"));
            if message.ends_with('.') {
                say("ends in a full stop");
            }
            // A name such as `PriorityClass` or CPU may stand first; a sentence's capital may not.
            let mut first = message.split(' ').next().unwrap().chars();
            let capital = first.next().is_some_and(char::is_uppercase) && first.all(char::is_lowercase);
            if capital && !["Kubernetes"].contains(&message.split(' ').next().unwrap()) {
                say("begins with a capital");
            }
            for word in ["invalid", "failed to", "error while", "unexpected", "please", "sorry", "simply", "we "] {
                if lower.split(['`', '"']).step_by(2).any(|part| {
                    part.split(' ').any(|w| w == word) || (word.contains(' ') && part.contains(&format!(" {word}")))
                }) {
                    say(&format!("says `{word}`"));
                }
            }
        }
    }
    none(&complaints);
}

#[test]
fn all_mistakes_are_told_in_one_run_and_in_file_order() {
    let text = run_in(&root().join("tests/messages/all-at-once"), &["plan", "spec.toml"], "").err;
    let lines: Vec<usize> = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("--> spec.toml:")?.split(':').next()?.parse().ok())
        .collect();
    assert!(lines.len() >= 12, "{lines:?}");
    assert!(lines.is_sorted(), "{lines:?}");
    let kinds: BTreeSet<&str> = findings(&text).iter().map(|(_, id, _)| *id).collect();
    assert!(kinds.len() >= 7, "{kinds:?}");
    let last = text.lines().last().unwrap();
    assert_eq!(last, format!("{} errors in spec.toml", lines.len()));
}

#[test]
fn files_that_are_too_large_are_refused_by_their_size() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("spec.toml"), vec![b'#'; plimsoll::spec::LARGEST + 10]).unwrap();
    let run = run_in(folder.path(), &["plan", "spec.toml"], "");
    assert_eq!((run.code, findings(&run.err).first().map(|f| f.1)), (2, Some("spec-too-large")), "{}", run.err);

    let spec = read(root().join("tests/messages/base-missing/spec.toml"));
    std::fs::write(folder.path().join("spec.toml"), spec).unwrap();
    std::fs::write(folder.path().join("kubelet.yaml"), vec![b'#'; (4 << 20) + 1]).unwrap();
    let run = run_in(folder.path(), &["plan", "spec.toml"], "");
    assert_eq!((run.code, findings(&run.err).first().map(|f| f.1)), (2, Some("base-too-large")), "{}", run.err);
}
