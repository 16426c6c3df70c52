//! The nearest change against trying changes one by one.

// Helpers of tests assert by panicking too; clippy excuses only the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Plain, Random, Shape, random};
use plimsoll_solver::{Change, Model, Relax, RowKind, Unit, nearest, solve};

/// The smallest distance any point misses row `at` by, when all other rows hold.
fn enumerate(plain: &Plain, at: usize) -> Option<i64> {
    let points = plain.points();
    let others = |row: usize| row != at;
    let there = points.iter().filter_map(|p| plain.closed(p, &|_| true)).filter(|values| plain.holds(values, &others));
    there.map(|values| plain.miss(at, &values)).min()
}

#[test]
fn single_changes_are_the_smallest_and_work() {
    let (mut changed, mut none) = (0, 0);
    for seed in 0..500 {
        let shape = Shape { max_integers: 3, one_way: seed % 2 == 0, soft: true, ease: 2 };
        let plain = random(&mut Random::new(seed), shape);
        let (m, vars, rows) = plain.model();
        let relaxable: Vec<usize> = (0..rows.len()).filter(|at| plain.rows[*at].kind.is_hard()).collect();
        let relax: Vec<Relax> = relaxable.iter().map(|at| Relax { row: rows[*at] }).collect();
        let found = nearest(&m, &relax).unwrap();
        if plain.feasible(&|_| true) {
            assert!(found.is_empty(), "seed {seed}");
            continue;
        }
        let mut alone: Vec<&Change<u8>> = found.iter().filter(|change| !change.together).collect();
        let expected = relaxable.iter().filter_map(|at| Some((*at, enumerate(&plain, *at)?)));
        for (at, distance) in expected {
            let place = alone.iter().position(|change| change.row == rows[at]);
            let change = alone.remove(place.unwrap_or_else(|| panic!("seed {seed}: row {at} cures\n{plain:#?}")));
            assert_eq!(change.from, plain.rows[at].rhs.constant, "seed {seed}");
            assert_eq!((change.to - change.from).abs(), distance, "seed {seed}");
            check(&plain, &vars, &[(at, change)]);
            changed += 1;
        }
        assert!(alone.is_empty(), "seed {seed}: {alone:?} do not cure");
        none += usize::from(found.is_empty());
        let relative = |c: &Change<u8>| (c.to - c.from).abs() as f64 / c.from.abs().max(1) as f64;
        let singles: Vec<_> = found.iter().filter(|change| !change.together).collect();
        assert!(singles.is_sorted_by(|a, b| relative(a) <= relative(b) + 1e-12), "seed {seed}");
        let together: Vec<_> = found.iter().filter(|change| change.together).collect();
        let number = |change: &Change<u8>| rows.iter().position(|row| *row == change.row).unwrap();
        check(&plain, &vars, &together.iter().map(|change| (number(change), *change)).collect::<Vec<_>>());
    }
    assert!(changed > 150 && none < 60, "{changed} changes, {none} models without");
}

/// The changed model, enumerated, has exactly the answer that came with the change.
fn check(plain: &Plain, vars: &[plimsoll_solver::Var], changes: &[(usize, &Change<u8>)]) {
    let mut changed = plain.clone();
    for (at, change) in changes {
        changed.rows[*at].rhs.constant = change.to;
    }
    for (_, change) in changes {
        let values: Vec<i64> = vars.iter().map(|v| change.solution.value(*v)).collect();
        assert_eq!(Some(values), changed.best(&|_| true).map(|answer| answer.values));
    }
}

#[test]
fn the_fewest_rows_are_changed_together() {
    let mut m = Model::new();
    let pods = m.integer("pods", Unit::COUNT, 0, 1000);
    let cores = m.integer("cores", Unit::COUNT, 0, 64);
    let wanted = m.at_least(pods, 200).because("wanted");
    let addresses = m.at_most(pods, 100).because("addresses");
    let volumes = m.at_most(pods, 150).because("volumes");
    let exclusive = m.at_least(cores, 10).because("zone-exclusive");
    let reserved = m.at_most(cores, 8).because("reserved");
    let all = [wanted, addresses, volumes, exclusive, reserved].map(|row| Relax { row });
    let found = nearest(&m, &all).unwrap();
    let told: Vec<_> = found.iter().map(|c| (c.cause, c.from, c.to, c.together)).collect();
    // 2 of 10 is nearer than 2 of 8, though `reserved` comes first; the 100 pods can only be given up, since two limits
    // would have to move.
    assert_eq!(told, [("wanted", 200, 100, true), ("zone-exclusive", 10, 8, true)]);
    assert!(solve(&m).unwrap().solution().is_none());
    assert_eq!(found[0].solution.value(pods), 100);
}

#[test]
fn an_equality_moves_either_way() {
    for (fixed, expected) in [(200, 110), (5, 10)] {
        let mut m = Model::new();
        let pods = m.integer("pods", Unit::COUNT, 0, 1000);
        m.at_most(pods, 110).because("addresses");
        m.at_least(pods, 10).because("static");
        let pin = m.exactly(pods, fixed).because("pin");
        let found = nearest(&m, &[Relax { row: pin }]).unwrap();
        assert_eq!((found.len(), found[0].from, found[0].to), (1, fixed, expected));
        assert_eq!(m.statement(pin).unwrap().kind, RowKind::Exactly);
    }
}

/// Moving both limits a little would be the smaller change in sum, but two rows where one does.
#[test]
fn fewer_rows_count_before_smaller_changes() {
    let mut m = Model::new();
    let pods = m.integer("pods", Unit::COUNT, 0, 1000);
    let cores = m.integer("cores", Unit::COUNT, 0, 64);
    let wanted = m.at_least(pods - 190, 10).because("wanted");
    let addresses = m.at_most(pods, 190).because("addresses");
    let volumes = m.at_most(pods, 190).because("volumes");
    m.at_most(cores, 8).because("cores");
    let exclusive = m.at_least(cores, 10).because("exclusive");
    let all = [wanted, addresses, volumes, exclusive].map(|row| Relax { row });
    let told: Vec<_> = nearest(&m, &all).unwrap().iter().map(|c| (c.cause, c.from, c.to)).collect();
    assert_eq!(told, [("exclusive", 10, 8), ("wanted", 10, 0)]);
}
