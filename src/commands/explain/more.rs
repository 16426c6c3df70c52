//! One pod, one GiB or one core more on every node of a class: the spec solved again with it.

use crate::commands::load::{self, Failed, Loaded, Text};
use crate::diag::Severity;
use crate::facts::{Facts, More};
use crate::plan::{Plan, Stop};
use crate::rules::Unfit;
use crate::spec::Set;
use crate::view::OneMore;

/// Solves a spec three times more. A plan that cannot be made says why.
pub(super) fn solve(text: &Text, plan: &Plan, class: &str) -> Vec<OneMore> {
    let Some(planned) = plan.classes.get(class) else { return Vec::new() };
    let pods = planned.pods.saturating_add(1);
    let set = Set { key: format!("node-class.{class}.pin.\"kubelet/maxPods\""), value: pods.to_string() };
    let give = |more: More| {
        let adapt = move |facts: &mut Facts| {
            if let Some(class) = facts.classes.get_mut(class) {
                class.give(more);
            }
        };
        load::attempt_with(text, &[], &adapt)
    };
    vec![
        OneMore { what: "one pod more", outcome: outcome(load::attempt(text, &[set])) },
        OneMore { what: "one GiB more", outcome: outcome(give(More::Memory)) },
        OneMore { what: "one core more", outcome: outcome(give(More::Core)) },
    ]
}

fn outcome(made: Result<Loaded, Failed>) -> Result<Box<Plan>, String> {
    match made {
        Ok(loaded) => Ok(Box::new(loaded.plan)),
        Err(Failed::Refused(list, ..)) => {
            let first = list.iter().find(|f| f.severity == Severity::Error);
            Err(first.map_or_else(String::new, |f| f.message.clone()))
        }
        Err(Failed::Stopped(stop, ..)) => Err(match *stop {
            Stop::Unfit(unfit, _) => unfit.first().map_or_else(String::new, conflict),
            Stop::Refused(list) => list.first().map_or_else(String::new, |f| f.message.clone()),
            Stop::Bug(what) => what,
        }),
    }
}

/// The first conflict: its rules, and the arithmetic of those that are not the pin itself.
fn conflict(unfit: &Unfit) -> String {
    let Some(first) = unfit.conflicts.first() else { return unfit.message.clone() };
    let rules: Vec<&str> = first.rules.iter().map(String::as_str).filter(|r| *r != "pin (kubelet/maxPods)").collect();
    let sums: Vec<&str> = first.arithmetic.iter().map(String::as_str).filter(|a| !a.ends_with(" is pinned")).collect();
    format!("{}: {}", rules.join(", "), sums.join("; "))
}
