//! Each constraint's failing example breaks it, and its passing example does not, in every minor that has the constraint.

use plimsoll::catalog::{self, versions};
use plimsoll::check::{Constraint, Example, check, constraints, example};
use plimsoll::quantity::Minor;
use std::collections::BTreeMap;

/// Every minor from the oldest to the newest that has the constraint.
fn minors(constraint: &Constraint) -> Vec<Minor> {
    let range = match constraint.component.starts_with("etcd") {
        true => (versions().etcd_oldest, versions().etcd_newest),
        false => (versions().oldest, versions().newest),
    };
    (range.0.1..=range.1.1).map(|m| Minor(range.0.0, m)).filter(|m| constraint.holds_in(*m)).collect()
}

fn found(constraint: &Constraint, example: &Example, minor: Minor) -> Vec<String> {
    let scene = match example::scene(constraint, example) {
        Ok(scene) => scene,
        Err(fault) => return vec![fault.message],
    };
    let (kubernetes, etcd) = match constraint.component.starts_with("etcd") {
        true => (versions().newest, minor),
        false => (minor, versions().etcd_newest),
    };
    check(&scene, kubernetes, etcd).into_iter().map(|f| f.id.to_string()).collect()
}

/// Whether what an example states exists in a minor: an example of the newest minors may be no example of the oldest.
fn readable(constraint: &Constraint, example: &Example, minor: Minor) -> bool {
    let others = ["setting-of-another-version", "unknown-setting", "unknown-gate", "locked-gate"];
    let found = found(constraint, example, minor);
    others.contains(&constraint.id) || !found.iter().any(|id| others.contains(&id.as_str()))
}

#[test]
fn failing_examples_fail_and_passing_ones_pass() {
    let mut faults = Vec::new();
    for constraint in constraints() {
        let mut tried = 0;
        for minor in minors(constraint) {
            if !readable(constraint, &constraint.fails, minor) || !readable(constraint, &constraint.passes, minor) {
                continue;
            }
            let (fails, passes) =
                (found(constraint, &constraint.fails, minor), found(constraint, &constraint.passes, minor));
            let is = |ids: &[String]| ids.iter().any(|id| id == constraint.id);
            // A constraint of single versions, such as one on gates, need not fail in all of them.
            if is(&fails) {
                tried += 1;
            } else if constraint.component != "any" {
                faults.push(format!("{} {minor}: the failing example passes: {fails:?}", constraint.id));
            }
            if is(&passes) {
                faults.push(format!("{} {minor}: the passing example fails", constraint.id));
            }
        }
        if tried == 0 {
            faults.push(format!("{}: no minor tries it", constraint.id));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn conditions_name_settings_that_there_are() {
    for constraint in constraints() {
        for name in constraint.names() {
            let there = name.starts_with("machine/") || catalog::find(&name).is_some();
            assert!(there, "{}: the catalogue has no `{name}`", constraint.id);
        }
        assert!(constraint.needs.is_none() || !constraint.says.is_empty(), "{} says nothing", constraint.id);
        assert!(!constraint.why.is_empty() && !constraint.source.is_empty(), "{}", constraint.id);
    }
}

#[test]
fn one_id_is_one_constraint_in_a_version() {
    let mut seen: BTreeMap<(&str, &str, Minor), usize> = BTreeMap::new();
    for constraint in constraints() {
        for minor in minors(constraint) {
            *seen.entry((constraint.id, constraint.component, minor)).or_default() += 1;
        }
    }
    let twice: Vec<_> = seen.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}
