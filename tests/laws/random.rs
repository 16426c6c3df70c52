//! Whatever the spec: planning ends in a plan, a refusal or an explanation, never in a panic or a bug.

use crate::common::{Outcome, document, files, plan};
use crate::relations;
use crate::specs::{Spec, any_spec, reserving_spec};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use std::cell::Cell;

/// How many specs ended which way.
#[derive(Default)]
struct Ends {
    fits: Cell<u32>,
    refused: Cell<u32>,
    unfit: Cell<u32>,
}

/// Plans many specs, the same in every run, and holds each plan to the relations.
fn all(specs: impl Strategy<Value = Spec>, cases: u32) -> Ends {
    let ends = Ends::default();
    let count = |cell: &Cell<u32>| cell.set(cell.get() + 1);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let result = runner.run(&specs, |spec| {
        let text = spec.text();
        match plan(&text) {
            Outcome::Fits(plan) => {
                count(&ends.fits);
                let broken = relations::broken(&spec, &document(&plan));
                prop_assert!(broken.is_empty(), "{}\n{text}", broken.join("\n"));
                prop_assert!(files(&plan).len() >= 3);
            }
            Outcome::Refused(list) => {
                count(&ends.refused);
                prop_assert!(
                    list.iter().any(|f| f.severity == plimsoll::diag::Severity::Error),
                    "refused without an error\n{text}"
                );
            }
            Outcome::Unfit(list) => {
                count(&ends.unfit);
                let told = list.iter().all(|u| {
                    !u.conflicts.is_empty()
                        && u.conflicts.iter().all(|c| !c.rules.is_empty() && !c.arithmetic.is_empty())
                });
                prop_assert!(told, "not explained: {list:?}\n{text}");
            }
            Outcome::Bug(what) => prop_assert!(false, "bug: {what}\n{text}"),
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    ends
}

#[test]
fn any_spec_is_planned_refused_or_explained() {
    let ends = all(any_spec(), 800);
    // The generator is only worth its time when every end is reached.
    let (fits, refused, unfit) = (ends.fits.get(), ends.refused.get(), ends.unfit.get());
    assert!(fits > 200 && refused > 10 && unfit > 50, "{fits} fit, {refused} refused, {unfit} unfit");
}

/// A pinned reservation is paid for: what is reserved by order is not there for pods.
#[test]
fn pinned_reservations_are_paid_for() {
    let ends = all(reserving_spec(), 200);
    assert!(ends.fits.get() > 50, "{} fit", ends.fits.get());
}
