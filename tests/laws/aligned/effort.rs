//! No hang: how much is searched for a plan is counted, and held to a bound. Counts are the same on every machine; times are
//! only told.

use super::demand::Demand;
use super::{export, number};
use plimsoll::diag::Sources;
use plimsoll::rules::class::aligned::packing::Effort;
use plimsoll::rules::class::{self, Planned};
use plimsoll::rules::cluster;
use plimsoll::{facts, spec};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Relaxations of one program.
const SOLVES: usize = 60;
/// Searches for NUMA nodes, over all numbers of pods and all layouts of the system's cores.
const PACKINGS: usize = 200;
/// Steps of one search, which gives up after 50,000.
const STEPS: usize = 5_000;

#[path = "../../../benches/generate.rs"]
mod generate;

/// Plans the class of a spec, and says how long that takes.
fn planned(text: &str) -> Option<(Option<Effort>, Duration)> {
    let parsed = spec::parse("spec.toml", text).ok()?;
    let facts = facts::facts(&parsed, &BTreeMap::new(), &mut Sources::default()).ok()?;
    let cap = cluster::envelope(&facts).unwrap().cap;
    let began = Instant::now();
    let result = class::plan(&facts.classes["a"], &facts.cluster, cap.as_ref());
    let took = began.elapsed();
    let Ok(Planned::Fits(result)) = result else { return Some((None, took)) };
    Some((Some(result.effort), took))
}

/// The benchmark's machine: 8 NUMA nodes that are alike, 256 cores, 20 workloads.
#[test]
fn nodes_that_are_alike_are_no_trouble() {
    let (effort, _) = planned(&generate::symmetric()).unwrap();
    let effort = effort.expect("a plan");
    assert!(effort.undecided == 0 && effort.steps <= STEPS && effort.packings <= PACKINGS, "{effort:?}");
}

#[test]
fn every_search_is_short() {
    let mut most = [(0, String::new()), (0, String::new()), (0, String::new())];
    let mut slowest = (Duration::ZERO, String::new());
    let mut plans = 0;
    for spec in export::specs(number("LAWS_CASES", 400)) {
        let text = spec.text();
        let Some((effort, took)) = planned(&text) else { continue };
        if took > slowest.0 {
            slowest = (took, text.clone());
        }
        let Some(effort) = effort else { continue };
        plans += 1;
        assert_eq!(effort.undecided, 0, "a search gave up\n{text}");
        for (most, count) in most.iter_mut().zip([effort.solves, effort.packings, effort.steps]) {
            if count > most.0 {
                *most = (count, text.clone());
            }
        }
        assert!(Demand::of(&spec).own().is_empty() || effort.packings > 0, "nothing was searched\n{text}");
    }
    let [solves, packings, steps] = &most;
    eprintln!(
        "{plans} plans: at most {} relaxations, {} searches, {} steps in one; the slowest class took {:?}",
        solves.0, packings.0, steps.0, slowest.0
    );
    if std::env::var_os("LAWS_SHOW").is_some() {
        eprintln!("slowest\n{}\nmost searches\n{}\nmost steps\n{}", slowest.1, packings.1, steps.1);
    }
    for ((count, text), bound) in most.iter().zip([SOLVES, PACKINGS, STEPS]) {
        assert!(*count <= bound, "{count} of at most {bound}\n{text}");
    }
}
