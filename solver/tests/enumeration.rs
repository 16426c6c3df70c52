//! Every answer against exhaustive enumeration: feasibility, tiers, and the one point they leave.

// Helpers of tests assert by panicking too; clippy excuses only the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Answer, Plain, Random, Shape, random};
use plimsoll_solver::{Model, Outcome, Var, solve, solve_by, verify};

fn answer(m: &Model<u8>, vars: &[Var], outcome: Outcome) -> Option<Answer> {
    let solution = outcome.solution()?;
    verify(m, &solution).unwrap();
    let values = vars.iter().map(|v| solution.value(*v)).collect();
    Some(Answer { values, tiers: solution.tiers().iter().map(|(_, value)| *value).collect() })
}

/// Solves by every path and compares each with enumeration; returns whether there is an answer.
fn compare(plain: &Plain, seed: u64) -> bool {
    let (m, vars, _) = plain.model();
    let expected = plain.best(&|_| true);
    let paths = [("auto", solve(&m)), ("solver", solve_by(&m, true)), ("exact", solve_by(&m, false))];
    for (name, outcome) in paths {
        let outcome = outcome.unwrap_or_else(|fault| panic!("seed {seed}, {name}: {fault}\n{plain:#?}"));
        assert_eq!(answer(&m, &vars, outcome), expected, "seed {seed}, {name}\n{plain:#?}");
    }
    expected.is_some()
}

fn run(seeds: std::ops::Range<u64>, shape: Shape) -> usize {
    seeds.filter(|seed| compare(&random(&mut Random::new(*seed), shape), *seed)).count()
}

#[test]
fn reservations_are_solved_as_enumerated() {
    let solved = run(0..900, Shape { max_integers: 4, one_way: true, soft: true, ease: 9 });
    assert!((200..800).contains(&solved), "the sample must hold both kinds: {solved} of 900 have an answer");
}

#[test]
fn sums_that_are_wanted_large_are_solved_as_enumerated() {
    let solved = run(10_000..10_600, Shape { max_integers: 3, one_way: false, soft: true, ease: 9 });
    assert!((100..550).contains(&solved), "the sample must hold both kinds: {solved} of 600 have an answer");
}

#[test]
fn one_integer_is_solved_as_enumerated() {
    let solved = run(20_000..20_300, Shape { max_integers: 1, one_way: true, soft: false, ease: 5 });
    assert!((50..270).contains(&solved), "the sample must hold both kinds: {solved} of 300 have an answer");
}

#[test]
fn the_order_of_statements_does_not_matter() {
    for seed in 30_000..30_300 {
        let mut r = Random::new(seed);
        let plain = random(&mut r, Shape { max_integers: 4, one_way: seed % 2 == 0, soft: true, ease: 12 });
        let (m, vars, _) = plain.model();
        let first = answer(&m, &vars, solve(&m).unwrap());
        let mut vars_order: Vec<usize> = (0..plain.count()).collect();
        let mut rows_order: Vec<usize> = (0..plain.rows.len()).collect();
        r.shuffle(&mut vars_order);
        r.shuffle(&mut rows_order);
        let (m, vars, _) = plain.model_in(&vars_order, &rows_order);
        assert_eq!(answer(&m, &vars, solve(&m).unwrap()), first, "seed {seed}");
    }
}

/// Ranges too wide to enumerate: the two paths share only the exact check, and must agree.
#[test]
fn relaxation_and_bisection_agree_on_wide_ranges() {
    let (mut relaxations, mut solved) = (0, 0);
    for seed in 0..600 {
        let mut r = Random::new(seed);
        let mut plain = random(&mut r, Shape { max_integers: 4, one_way: seed % 2 == 0, soft: true, ease: 9 });
        plain.integers.iter_mut().for_each(|integer| integer.2 = integer.1 + r.within(0, 60));
        plain.derived.iter_mut().for_each(|derived| derived.2 = 1 << 50);
        plain.rows.iter_mut().filter(|row| !row.kind.is_definition()).for_each(|row| row.rhs.constant *= 10);
        let (m, vars, _) = plain.model();
        let by_solver = solve_by(&m, true).unwrap();
        if let Outcome::Solved(solution) = &by_solver {
            relaxations += solution.solves();
            solved += 1;
        }
        let by_halving = solve_by(&m, false).unwrap();
        assert_eq!(answer(&m, &vars, by_solver), answer(&m, &vars, by_halving), "seed {seed}\n{plain:#?}");
    }
    assert!(solved > 200 && relaxations > 300, "{solved} of 600 have an answer, {relaxations} relaxations");
}
