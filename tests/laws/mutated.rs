//! Damaged specs: whatever is cut, mistyped or replaced, the run says where, and nothing panics.

use crate::common::{Outcome, example, plan};
use plimsoll::diag::{Finding, Sources, formats, human};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeMap;
use toml::{Table, Value};

fn runner(cases: u32) -> TestRunner {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// Every label lies in the text, and every form can be printed.
fn printable(list: &[Finding], text: &str) -> Result<(), TestCaseError> {
    let mut sources = Sources::default();
    sources.add("spec.toml", text);
    for label in list.iter().flat_map(|f| &f.labels).filter(|l| l.path == "spec.toml") {
        prop_assert!(text.get(label.span.clone()).is_some(), "{label:?} is not in the text\n{text}");
    }
    prop_assert!(!human(list, &sources, false).is_empty());
    let printed = formats::json(list, &sources).as_array().map(Vec::len);
    prop_assert_eq!(printed, Some(list.len()));
    prop_assert!(formats::github(list, &sources).lines().count() == list.len());
    Ok(())
}

fn judge(text: &str) -> Result<(), TestCaseError> {
    match plan(text) {
        Outcome::Refused(list) => {
            prop_assert!(!list.is_empty());
            printable(&list, text)
        }
        Outcome::Fits(plan) => {
            if !plan.findings.is_empty() {
                printable(&plan.findings, text)?;
            }
            Ok(())
        }
        Outcome::Unfit(list) => {
            prop_assert!(list.iter().all(|u| !u.conflicts.is_empty()), "{list:?}\n{text}");
            Ok(())
        }
        Outcome::Bug(what) => {
            prop_assert!(false, "bug: {what}\n{text}");
            Ok(())
        }
    }
}

/// A text with one place cut off or overwritten.
fn slip(text: &str, runner: &mut TestRunner, judge: impl Fn(&str) -> Result<(), TestCaseError>) {
    let odd = vec![
        "", "\"", "[", "]", "=", ":", "\n", "\n  ", "\t", "ü", "\u{0}", "\u{feff}", "9", "-", "#", "{", "'''", "&a",
        "*a", "!!x", "\r",
    ];
    let slips = (any::<prop::sample::Index>(), prop::sample::select(odd), any::<bool>());
    let places: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
    let result = runner.run(&slips, |(at, put, cut)| {
        let at = places[at.index(places.len())];
        let rest = if cut { "" } else { &text[at + text[at..].chars().next().unwrap().len_utf8()..] };
        judge(&format!("{}{put}{rest}", &text[..at]))
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_text_with_a_slip_is_read_or_refused() {
    slip(&example("eks-web"), &mut runner(600), judge);
}

#[test]
fn a_base_with_a_slip_is_read_or_refused() {
    let (name, text) = ("files/kubelet.yaml", example("bare-metal"));
    let spec = plimsoll::spec::parse("spec.toml", &text).unwrap();
    let base = crate::common::read(crate::common::root().join("examples").join(name));
    slip(&base, &mut runner(600), |changed| {
        let mut sources = Sources::default();
        sources.add("spec.toml", text.as_str());
        let bases = BTreeMap::from([(name.to_string(), changed.to_string())]);
        if let Err(list) = plimsoll::facts::facts(&spec, &bases, &mut sources) {
            for label in list.iter().flat_map(|f| &f.labels) {
                prop_assert!(
                    sources.text(&label.path).get(label.span.clone()).is_some(),
                    "{label:?} is not in\n{changed}"
                );
            }
            prop_assert!(!human(&list, &sources, false).is_empty());
        }
        Ok(())
    });
}

/// Paths of all leaves and tables below a table.
fn paths(table: &Table, so_far: &[String], out: &mut Vec<Vec<String>>) {
    for (key, value) in table {
        let path: Vec<String> = so_far.iter().cloned().chain([key.clone()]).collect();
        if let Value::Table(inner) = value {
            paths(inner, &path, out);
        }
        if let Value::Array(items) = value {
            for (at, item) in items.iter().enumerate().filter_map(|(at, i)| Some((at, i.as_table()?))) {
                paths(item, &[path.clone(), vec![at.to_string()]].concat(), out);
            }
        }
        out.push(path);
    }
}

/// Replaces what a path leads to, or takes it away.
fn put(at: &mut Value, path: &[String], value: Option<&Value>) {
    match (at, path) {
        (Value::Table(table), [key]) => match value {
            Some(value) => drop(table.insert(key.clone(), value.clone())),
            None => drop(table.remove(key)),
        },
        (Value::Table(table), [key, rest @ ..]) => put(&mut table[key.as_str()], rest, value),
        (Value::Array(items), [index, rest @ ..]) => put(&mut items[index.parse::<usize>().unwrap()], rest, value),
        _ => unreachable!("the path was made from the same tree"),
    }
}

#[test]
fn a_key_with_another_value_is_planned_or_refused() {
    let pool = r#"v = [0, -1, 1, 9223372036854775807, 0.5, "", "0", "1", "7Ei", "0%", "1ns", "64Gi", "1.34", "ü", "latency", "none", true, [], {}, ["nodefs"], { min = 1 }, [{ name = "x" }]]"#;
    let pool = toml::from_str::<Table>(pool).unwrap()["v"].as_array().unwrap().clone();
    for name in ["bare-metal", "eks-web"] {
        let spec = Value::Table(toml::from_str(&example(name)).unwrap());
        let mut all = Vec::new();
        paths(spec.as_table().unwrap(), &[], &mut all);
        assert!(all.len() > 30);
        let changes = (prop::sample::select(all), prop::option::weighted(0.85, prop::sample::select(pool.clone())));
        let result = runner(300).run(&changes, |(path, value)| {
            let mut changed = spec.clone();
            put(&mut changed, &path, value.as_ref());
            judge(&toml::to_string(&changed).unwrap())
        });
        result.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
