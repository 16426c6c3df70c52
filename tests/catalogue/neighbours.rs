//! One spec for each minor: what differs between the plans of neighbours is what `fields --changed-since` lists, or follows
//! from it.

use crate::common::{example, plan};
use plimsoll::catalog;
use plimsoll::facts::Cause;
use plimsoll::plan::Plan;
use plimsoll::quantity::Minor;
use plimsoll::rules::Value;
use std::collections::{BTreeMap, BTreeSet};

type Values<'p> = BTreeMap<(String, String), &'p Value>;

fn values(plan: &Plan) -> Values<'_> {
    plan.all_values().map(|(scope, name, value)| ((scope.to_string(), name.to_string()), value)).collect()
}

/// Whether a value of one of two plans differs because of a change in the list: its own tunable, a behaviour or default it
/// rests on, or another value for which that holds.
fn explained(
    of: &(String, String),
    plans: &[&Values<'_>],
    changed: &BTreeSet<String>,
    seen: &mut BTreeSet<(String, String)>,
) -> bool {
    let catalogued = |name: &str| {
        let whole = catalog::find(name).map_or(name, |f| f.tunable.name);
        changed.contains(whole) || changed.iter().any(|c| c.starts_with(&format!("{whole}.")))
    };
    if catalogued(&of.1) {
        return true;
    }
    if !seen.insert(of.clone()) {
        return false;
    }
    let causes: Vec<&Cause> = plans.iter().filter_map(|p| p.get(of)).flat_map(|v| &v.because).collect();
    causes.into_iter().any(|cause| match cause {
        Cause::Fact(id) => match id.split_once('/') {
            Some(("behaviour", id)) => changed.contains(&format!("behaviour {id}")),
            Some(("default", rest)) => rest.split_once('/').is_some_and(|(_, name)| catalogued(name)),
            _ => false,
        },
        Cause::Value(text) => {
            let (scope, name) = text.split_once(": ").unwrap_or((&of.0, text));
            explained(&(scope.to_string(), name.to_string()), plans, changed, seen)
        }
        Cause::Spec(_) => false,
    })
}

/// The spec for one minor, planned.
fn in_minor(name: &str, minor: Minor) -> Plan {
    let text = example(name);
    // The example's base has a field that the oldest minors lack.
    let lines = text.lines().filter(|l| !l.starts_with("base ")).map(|line| match line.split_once("kubernetes ") {
        Some((before, _)) if before.trim().is_empty() => format!("kubernetes = \"{minor}\""),
        _ => line.to_string(),
    });
    plan(&lines.collect::<Vec<_>>().join("\n")).plan()
}

#[test]
fn differences_between_neighbours_are_listed_as_changes() {
    let versions = catalog::versions();
    let mut differences = 0;
    for name in ["eks-web", "bare-metal"] {
        for minor in versions.oldest.1..versions.newest.1 {
            let (old, new) = (Minor(1, minor), Minor(1, minor + 1));
            let changed: BTreeSet<String> = catalog::changes(old, new, false).into_iter().map(|c| c.name).collect();
            let (before, after) = (in_minor(name, old), in_minor(name, new));
            let (before, after) = (values(&before), values(&after));
            let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
            for key in keys {
                let (was, is) = (before.get(key).map(|v| &v.value), after.get(key).map(|v| &v.value));
                if was == is {
                    continue;
                }
                differences += 1;
                let why = explained(key, &[&before, &after], &changed, &mut BTreeSet::new());
                assert!(
                    why,
                    "{name}, {old} to {new}: {key:?} was {was:?}, is {is:?}, and no listed change explains it"
                );
            }
        }
    }
    // A plan that is the same in every minor would prove nothing.
    assert!(differences > 10, "{differences} differences");
}
