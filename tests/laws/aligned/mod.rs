//! Pods with CPUs of their own on random machines: sums, whole cores, capacity, alignment, the strictest policy, the most
//! pods, and one answer per spec. README.md says how many are looked at and by which recipe.

mod demand;
mod effort;
mod export;
mod generate;
mod holds;
mod pack;
mod reserve;
mod spec;

use crate::common::{Outcome, document, plan};
use demand::Demand;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use spec::Spec;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How often each end was reached.
#[derive(Default, Debug)]
struct Ends(RefCell<BTreeMap<String, u32>>);

impl Ends {
    fn count(&self, what: impl Into<String>) {
        *self.0.borrow_mut().entry(what.into()).or_default() += 1;
    }

    fn of(&self, what: &str) -> u32 {
        self.0.borrow().get(what).copied().unwrap_or(0)
    }
}

/// A whole number of the environment.
fn number(name: &str, default: u32) -> u32 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// The same specs in every run, unless a seed says otherwise.
fn runner(cases: u32) -> TestRunner {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let rng = match number("LAWS_SEED", 0) {
        0 => TestRng::deterministic_rng(RngAlgorithm::ChaCha),
        seed => {
            let mut bytes = [0; 32];
            bytes[..4].copy_from_slice(&seed.to_le_bytes());
            TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
        }
    };
    TestRunner::new_with_rng(config, rng)
}

fn look(spec: &Spec, ends: &Ends) -> Result<(), TestCaseError> {
    let text = spec.text();
    let demand = Demand::of(spec);
    match plan(&text) {
        Outcome::Fits(plan) => {
            let document = document(&plan);
            let broken = holds::broken(&demand, &document);
            prop_assert!(broken.is_empty(), "{}\n{text}", broken.join("\n"));
            ends.count("fits");
            let class = holds::Doc(&document["nodeClasses"]["a"]);
            ends.count(format!("policy {}", class.value("topologyManagerPolicy").as_str().unwrap_or("none")));
            // A second plan takes as long as the first, so every fourth spec has one.
            if ends.of("fits").is_multiple_of(4) {
                let Outcome::Fits(other) = crate::common::plan(&spec.reversed()) else {
                    return Err(TestCaseError::fail(format!("has no plan in reverse\n{text}")));
                };
                prop_assert!(crate::common::document(&other) == document, "another plan in reverse\n{text}");
            }
        }
        Outcome::Refused(list) => {
            let ids: Vec<_> = list.iter().map(|f| f.id).collect();
            let said: Vec<_> = list.iter().map(|f| &f.message).collect();
            prop_assert!(holds::may_be_refused(&demand), "refused: {ids:?} {said:?}\n{text}");
            for id in ids {
                ends.count(format!("refused {id}"));
            }
        }
        Outcome::Unfit(list) => {
            prop_assert!(list.iter().all(|u| !u.conflicts.is_empty()), "not explained: {list:?}\n{text}");
            match holds::unfit(&demand) {
                _ if spec.hybrid() => ends.count("unfit, hybrid"),
                Some(unfit) => {
                    prop_assert!(unfit, "a plan exists, and none is found: {list:?}\n{text}");
                    ends.count("unfit");
                }
                None => ends.count("unfit, not proved"),
            }
        }
        Outcome::Bug(what) => prop_assert!(false, "bug: {what}\n{text}"),
    }
    Ok(())
}

#[test]
fn aligned_pods_on_any_machine() {
    let ends = Ends::default();
    let result = runner(number("LAWS_CASES", 3_000)).run(&generate::any_spec(), |spec| look(&spec, &ends));
    eprintln!("{ends:#?}");
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(ends.of("fits") > 100 && ends.of("unfit") > 10, "{ends:?}");
}
