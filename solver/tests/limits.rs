//! Limits by cause against enumeration, and what binds a value by hand.

// Helpers of tests assert by panicking too; clippy excuses only the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{MEMORY, Plain, Random, Shape, random};
use plimsoll_solver::{Direction, Model, Next, Unit, binding, defining, limit_of, solve};

const MI: i64 = 1024;

/// The best value of an integer with only the demands of one cause, by trying all of them.
fn enumerate(plain: &Plain, values: &[i64], v: usize, direction: Direction, cause: u8) -> Option<i64> {
    let (_, lo, hi) = plain.integers[v];
    // A derived variable's bound is nobody's cause.
    let mut unbounded = plain.clone();
    unbounded.derived.iter_mut().for_each(|d| d.2 = i64::MAX);
    let fits = |value: &i64| {
        let mut point = values[..plain.integers.len()].to_vec();
        point[v] = *value;
        let Some(there) = unbounded.closed(&point, &|_| true) else { return false };
        plain.rows.iter().enumerate().filter(|(_, row)| row.cause == cause).all(|(at, row)| match row.kind.is_soft() {
            true => plain.miss(at, &there) <= plain.miss(at, values),
            false => plain.miss(at, &there) == 0,
        })
    };
    match direction {
        Direction::Up => (lo..=hi).rev().find(fits).filter(|best| *best != hi),
        Direction::Down => (lo..=hi).find(fits).filter(|best| *best != lo),
    }
}

#[test]
fn limits_and_bindings_are_as_enumerated() {
    let (mut checked, mut limited, mut moved) = (0, 0, 0);
    for seed in 0..600 {
        let shape = Shape { max_integers: 3, one_way: seed % 3 != 0, soft: true, ease: 9 };
        let plain = random(&mut Random::new(seed), shape);
        let (m, vars, _) = plain.model();
        let Some(solution) = solve(&m).unwrap().solution() else { continue };
        let values: Vec<i64> = vars.iter().map(|v| solution.value(*v)).collect();
        for v in 0..plain.integers.len() {
            for direction in [Direction::Up, Direction::Down] {
                let expected: Vec<(u8, i64)> = m
                    .causes()
                    .into_iter()
                    .filter_map(|cause| Some((cause, enumerate(&plain, &values, v, direction, cause)?)))
                    .collect();
                for cause in m.causes() {
                    let limit = expected.iter().find(|(c, _)| *c == cause).map(|(_, limit)| *limit);
                    assert_eq!(limit_of(&m, &solution, vars[v], direction, &cause), limit, "seed {seed} {plain:#?}");
                    checked += 1;
                    limited += usize::from(limit.is_some());
                }
                let bound = binding(&m, &solution, vars[v], direction).unwrap();
                let tight: Vec<_> = expected.iter().copied().filter(|(_, limit)| *limit == values[v]).collect();
                assert_eq!(bound.tight, tight, "seed {seed}");
                let mut others: Vec<_> = expected.iter().copied().filter(|(_, limit)| *limit != values[v]).collect();
                others.sort_by_key(|(cause, limit)| (limit.abs_diff(values[v]), *cause));
                assert_eq!(bound.others, others, "seed {seed}");
                assert_eq!(bound.next.is_some(), !tight.is_empty(), "seed {seed}");
                if let Some(next) = bound.next.filter(|_| shape.one_way) {
                    let gone: Vec<u8> = tight.iter().map(|(cause, _)| *cause).collect();
                    let free = plain.best(&|at| !gone.contains(&plain.rows[at].cause)).unwrap();
                    assert_eq!(next.value, free.values[v], "seed {seed}");
                    assert!(next.causes.iter().all(|cause| !gone.contains(cause)), "seed {seed}");
                    moved += usize::from(next.value != values[v]);
                }
            }
        }
    }
    assert!(checked > 2000 && limited > 300 && moved > 50, "{checked} checked, {limited} limited, {moved} moved");
}

/// A node of 60,620 MiB: 236 pods by addresses, 225 by memory.
fn node() -> (Model<&'static str>, plimsoll_solver::Var, plimsoll_solver::Var) {
    let mut m = Model::new();
    let pods = m.integer("pods", Unit::COUNT, 0, 1000);
    let reserved = m.derived("kube-reserved", MEMORY, 1 << 40);
    m.define(reserved, pods * (11 * MI) + 255 * MI).because("kubelet-memory");
    m.define(reserved, 500 * MI).because("floor");
    let eviction = plimsoll_solver::Expr::constant(100 * MI, "eviction");
    m.at_most(pods * (256 * MI) + reserved + eviction, 60_620 * MI).because("node-memory");
    m.at_most(pods, 234).because("addresses");
    m.at_most(pods, 250).because("platform");
    m.maximize("pods", pods);
    (m, pods, reserved)
}

#[test]
fn the_next_constraint_stands_behind_the_tight_one() {
    let (m, pods, reserved) = node();
    let solution = solve(&m).unwrap().solution().unwrap();
    assert_eq!((solution.value(pods), solution.value(reserved)), (225, 2730 * MI));
    let bound = binding(&m, &solution, pods, Direction::Up).unwrap();
    assert_eq!(bound.tight, [("node-memory", 225)]);
    assert_eq!(bound.others, [("addresses", 234), ("platform", 250)]);
    assert_eq!(bound.next, Some(Next { value: 234, causes: vec!["addresses"] }));
    assert_eq!(defining(&m, &solution, reserved), ["kubelet-memory"]);
    assert_eq!(limit_of(&m, &solution, reserved, Direction::Up, &"node-memory"), None);
    assert_eq!(limit_of(&m, &solution, pods, Direction::Up, &"kubelet-memory"), None);
}

#[test]
fn a_preference_that_is_met_holds_like_a_constraint() {
    let mut m = Model::new();
    let pods = m.integer("pods", Unit::COUNT, 0, 1000);
    m.prefer_at_most(pods * 2, 110).because("room-for-churn");
    m.at_most(pods, 80).because("addresses");
    m.maximize("pods", pods);
    let solution = solve(&m).unwrap().solution().unwrap();
    let bound = binding(&m, &solution, pods, Direction::Up).unwrap();
    assert_eq!(bound.tight, [("room-for-churn", 55)]);
    assert_eq!(bound.next, Some(Next { value: 80, causes: vec!["addresses"] }));
}

#[test]
fn a_derived_variable_s_own_bound_is_nobody_s_limit() {
    let mut m = Model::new();
    let pods = m.integer("pods", Unit::COUNT, 0, 1000);
    let need = m.derived("need", Unit::COUNT, 10);
    m.define(need, pods).because("each");
    m.at_most(need, 50).because("room");
    m.maximize("pods", pods);
    let solution = solve(&m).unwrap().solution().unwrap();
    assert_eq!(solution.value(pods), 10);
    assert_eq!(limit_of(&m, &solution, pods, Direction::Up, &"room"), Some(50));
}
