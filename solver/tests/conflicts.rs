//! Conflicts against every subset of causes, each enumerated.

// Helpers of tests assert by panicking too; clippy excuses only the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;

use common::{MEMORY, Plain, Random, Shape, random};
use plimsoll_solver::{Conflicts, Limits, Model, RowKind, Unit, conflicts, solve};

const ALL: Limits = Limits { sets: usize::MAX, solves: usize::MAX };

/// Numbers of derived variables that a demand, directly or through definitions, wants large.
fn wanted_large(plain: &Plain) -> BTreeSet<usize> {
    let integers = plain.integers.len();
    let mut wanted = BTreeSet::new();
    let mut used = BTreeSet::new();
    for row in plain.rows.iter().filter(|row| row.kind.is_hard()) {
        for (v, c) in row.lhs.terms.iter().filter(|(v, _)| *v >= integers) {
            used.insert(*v);
            let large = match row.kind {
                RowKind::AtMost => *c < 0,
                RowKind::AtLeast => *c > 0,
                _ => true,
            };
            if large {
                wanted.insert(*v);
            }
        }
    }
    for user in (integers..plain.count()).rev().filter(|v| used.clone().contains(v)).collect::<Vec<_>>() {
        spread(plain, user, &mut used, &mut wanted);
    }
    wanted
}

fn spread(plain: &Plain, user: usize, used: &mut BTreeSet<usize>, wanted: &mut BTreeSet<usize>) {
    for row in plain.rows.iter().filter(|row| row.defines == user) {
        for (v, c) in row.lhs.terms.iter().chain(&row.rhs.terms).filter(|(v, _)| *v >= plain.integers.len()) {
            let news = used.insert(*v) | ((*c < 0 || wanted.contains(&user)) && wanted.insert(*v));
            if news {
                spread(plain, *v, used, wanted);
            }
        }
    }
}

/// All minimal infeasible sets of causes, by trying every subset.
fn enumerate(plain: &Plain) -> Vec<Vec<u8>> {
    let fixed = wanted_large(plain);
    let permanent = |at: usize| fixed.contains(&plain.rows[at].defines);
    let candidates = (0..plain.rows.len()).filter(|at| !permanent(*at) && !plain.rows[*at].kind.is_soft());
    let causes: BTreeSet<u8> = candidates.map(|at| plain.rows[at].cause).collect();
    let causes: Vec<u8> = causes.into_iter().collect();
    let mut subsets: Vec<Vec<u8>> = (0..1_u32 << causes.len())
        .map(|mask| causes.iter().enumerate().filter(|(at, _)| mask >> at & 1 == 1).map(|(_, cause)| *cause).collect())
        .collect();
    subsets.sort_by(|a: &Vec<u8>, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    let mut found: Vec<Vec<u8>> = Vec::new();
    for subset in subsets {
        let minimal = !found.iter().any(|set| set.iter().all(|cause| subset.contains(cause)));
        if minimal && !plain.feasible(&|at| permanent(at) || subset.contains(&plain.rows[at].cause)) {
            found.push(subset);
        }
    }
    found
}

fn compare(seeds: std::ops::Range<u64>, shape: Shape) -> (usize, usize) {
    let (mut infeasible, mut several) = (0, 0);
    for seed in seeds {
        let plain = random(&mut Random::new(seed), shape);
        let (m, _, _) = plain.model();
        let found = conflicts(&m, ALL).unwrap();
        let expected = enumerate(&plain);
        assert!(found.complete);
        assert_eq!(found.sets, expected, "seed {seed}\n{plain:#?}");
        infeasible += usize::from(!expected.is_empty());
        several += usize::from(expected.len() > 1);
        let first = conflicts(&m, Limits { sets: 1, solves: 1000 }).unwrap();
        assert_eq!(first.complete, expected.len() <= 1, "seed {seed}");
        assert_eq!(first.sets.len(), expected.len().min(1), "seed {seed}");
        assert!(first.sets.iter().all(|set| expected.contains(set)), "seed {seed}");
    }
    (infeasible, several)
}

#[test]
fn all_minimal_conflicts_of_reservations_are_found() {
    let (infeasible, several) = compare(0..350, Shape { max_integers: 3, one_way: true, soft: true, ease: 2 });
    assert!(infeasible > 120 && several > 40, "{infeasible} infeasible, {several} with several conflicts");
}

#[test]
fn definitions_that_a_demand_needs_are_never_dropped() {
    let (infeasible, several) = compare(5_000..5_250, Shape { max_integers: 3, one_way: false, soft: true, ease: 2 });
    assert!(infeasible > 80 && several > 20, "{infeasible} infeasible, {several} with several conflicts");
}

/// `count` pods cannot be had for `count` reasons, each on its own.
fn crowded(count: i64) -> Model<String> {
    let mut m = Model::new();
    let pods = m.integer("pods", Unit::COUNT, 0, 1000);
    m.at_least(pods, 500).because("wanted".to_owned());
    for at in 0..count {
        m.at_most(pods, 100 + at).because(format!("limit-{at:02}"));
    }
    m
}

#[test]
fn a_search_that_stops_early_says_so_and_is_repeatable() {
    let m = crowded(20);
    let all = conflicts(&m, ALL).unwrap();
    assert_eq!((all.sets.len(), all.complete), (20, true));
    let some = conflicts(&m, Limits::default()).unwrap();
    assert_eq!((some.sets.len(), some.complete), (8, false));
    assert_eq!(some, conflicts(&m, Limits::default()).unwrap());
    let few = conflicts(&m, Limits { sets: 8, solves: 20 }).unwrap();
    assert!(few.solves <= 20 && !few.complete && few.sets.len() < 8);
}

#[test]
fn a_model_with_an_answer_has_no_conflict() {
    let mut m = Model::new();
    let pods = m.integer("pods", Unit::COUNT, 0, 110);
    m.at_least(pods, 110).because("wanted");
    assert_eq!(conflicts(&m, ALL).unwrap(), Conflicts { sets: Vec::new(), complete: true, solves: 1 });
}

#[test]
fn a_reservation_is_part_of_the_conflict_it_makes() {
    let mut m = Model::new();
    let pods = m.integer("pods", Unit::COUNT, 0, 1000);
    let reserved = m.derived("kube-reserved", MEMORY, 1 << 30);
    m.define(reserved, pods * (11 * 1024) + 255 * 1024).because("kubelet-memory");
    m.at_most(reserved + pods * (256 * 1024), 27 * 267 * 1024 + 255 * 1024).because("node-memory");
    m.at_least(pods, 28).because("wanted");
    m.at_most(pods, 500).because("addresses");
    // Without the reservation 28 × 256Mi fit.
    let found = conflicts(&m, ALL).unwrap();
    assert_eq!(found.sets, [vec!["kubelet-memory", "node-memory", "wanted"]]);
    assert!(solve(&m).unwrap().solution().is_none());
}
