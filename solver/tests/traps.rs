//! Hand-made edges: each was once a wrong answer or an error of a solver (`facts/solver.md`, section 4).

// Helpers of tests assert by panicking too; clippy excuses only the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::MEMORY;
use plimsoll_solver::{
    Conflicts, Expr, Fault, INTEGER_LIMIT, Limits, Model, Outcome, Unit, Var, conflicts, solve, solve_by, verify,
};

const MI: i64 = 1024;
const TI: i64 = 1 << 30;

fn value(m: &Model<&'static str>, v: Var) -> Option<i64> {
    let both = [solve_by(m, true).unwrap(), solve_by(m, false).unwrap()];
    let values = both.map(|outcome| outcome.solution().map(|solution| solution.value(v)));
    assert_eq!(values[0], values[1], "the two paths agree");
    values[0]
}

/// Trap 1: on a node of a tebibyte, one pod more reserves a two-millionth of the memory. A tier fixed within a relative
/// tolerance would let the next tier take those pods.
#[test]
fn a_tier_does_not_leak_into_the_next() {
    let mut m = Model::new();
    let pods = m.integer("pods", Unit::COUNT, 1, 500);
    let max_pods = m.integer("max-pods", Unit::COUNT, 1, 500);
    let reserved = m.derived("reserved", MEMORY, TI);
    let away = m.derived("away", Unit::COUNT, 500);
    m.define(reserved, max_pods + (TI / 100)).because("reservation");
    m.define(away, max_pods - 110).because("default");
    m.define(away, Expr::from(110) - max_pods).because("default");
    m.at_most(pods * (60 * 1024 * MI) + reserved, TI).because("memory");
    m.at_most(pods, max_pods - 3).because("daemons");
    m.maximize("pods", pods);
    m.minimize("reserved", reserved);
    m.minimize("departures", away);
    // 1037993 MiB ÷ 61440 MiB = 16.9 pods, and three more for the daemons: not one more for the default's sake.
    assert_eq!((value(&m, pods), value(&m, max_pods)), (Some(16), Some(19)));
}

/// Trap 3: what is rounded up is the exact number, not the solver's 1536.001.
#[test]
fn rounding_up_is_exact() {
    for (numerator, expected) in [(1536 * 7, 1536), (1536 * 7 + 1, 1537), (1536 * 7 - 6, 1536), (0, 0), (-3, 0)] {
        let mut m = Model::new();
        let x = m.integer("x", Unit::COUNT, 0, 3);
        let reserved = m.derived("reserved", MEMORY, TI);
        m.define_ceil(reserved, x * 7_000_000 + numerator, 7).because("formula");
        m.minimize("reserved", reserved);
        assert_eq!(value(&m, reserved), Some(expected), "{numerator}");
    }
}

/// A row that holds for the quotient and not for what it is rounded up to: the relaxation alone would take it.
#[test]
fn a_row_that_only_rounding_breaks_is_broken() {
    let mut m = Model::new();
    let pods = m.integer("pods", Unit::COUNT, 0, 1000);
    let other = m.integer("other", Unit::COUNT, 0, 1000);
    let table = m.derived("table", Unit::COUNT, 1 << 20);
    m.define_ceil(table, pods * 10 + other, 7).because("table");
    m.at_most(Expr::from(table) + other, 71).because("room");
    m.maximize("pods", pods);
    // 50 pods need ⌈500 / 7⌉ = 72; 49 need 70.
    assert_eq!(value(&m, pods), Some(49));
}

/// The other side: a demand that only rounding up satisfies.
#[test]
fn a_row_that_only_rounding_satisfies_is_satisfied() {
    let mut m = Model::new();
    let pods = m.integer("pods", Unit::COUNT, 0, 1000);
    let other = m.integer("other", Unit::COUNT, 0, 1000);
    let table = m.derived("table", Unit::COUNT, 1 << 20);
    m.define_ceil(table, pods + other, 7).because("table");
    m.at_least(table, 3).because("large");
    m.at_most(pods + other, 15).because("room");
    // ⌈15 / 7⌉ = 3, and no smaller sum will do.
    assert_eq!((value(&m, other), value(&m, pods)), (Some(0), Some(15)));
}

/// Trap 4: integers beyond 32 bits are refused by us, not saturated by a solver; what is derived may be large.
#[test]
fn integers_keep_to_the_solver_s_range_and_derived_values_need_not() {
    for (min, max) in [(0, 1 << 31), (-(1 << 31), 0), (0, INTEGER_LIMIT + 1), (2, 1)] {
        let mut m: Model<&str> = Model::new();
        m.integer("x", Unit::COUNT, min, max);
        assert!(matches!(solve(&m), Err(Fault::Model(text)) if text.contains("`x`")), "{min} to {max}");
    }
    let mut m = Model::new();
    let x = m.integer("x", Unit::COUNT, 0, INTEGER_LIMIT);
    let bytes = Unit { symbol: "B", per: 1, scale: 1 << 30 };
    let memory = m.derived("memory", bytes, 1 << 50);
    m.define(memory, x * (1 << 18)).because("each");
    m.at_most(memory, (1 << 45) + 5).because("room");
    m.maximize("x", x);
    assert_eq!((value(&m, x), value(&m, memory)), (Some(1 << 27), Some(1 << 45)));
}

/// Trap 5: bytes beside single entries. Unscaled, this is what microlp calls a singular matrix.
#[test]
fn wide_coefficients_are_scaled() {
    let bytes = Unit { symbol: "B", per: 1, scale: 1 << 30 };
    let mut m = Model::new();
    let pods = m.integer("pods", Unit::COUNT, 0, 1000);
    let entries = m.integer("entries", Unit::COUNT, 64, 1_000_000);
    let kernel = m.derived("kernel", bytes, 1 << 50);
    let kube = m.derived("kube", bytes, 1 << 50);
    m.define(kernel, entries * 322).because("table");
    m.define(kube, pods * (11 << 20) + (255 << 20)).because("kubelet");
    m.at_least(entries, pods * 2500).because("connections");
    m.at_most(pods * (256 << 20) + kernel + kube, 64 << 30).because("memory");
    m.maximize("pods", pods);
    m.minimize("kernel", kernel);
    assert!(m.statistics().unwrap().largest_coefficient_ratio < 1e8);
    // Each pod takes 267 MiB and 2500 × 322 bytes: 280,779,432 bytes of 68,452,089,856.
    assert_eq!((value(&m, pods), value(&m, entries)), (Some(243), Some(607_500)));
}

/// Trap 7: at the edge, one KiB decides.
#[test]
fn the_edge_of_feasibility_is_exact() {
    for (short, fits) in [(-1, true), (0, true), (1, false)] {
        let mut m = Model::new();
        let pods = m.integer("pods", Unit::COUNT, 0, 1000);
        let cores = m.integer("cores", Unit::COUNT, 0, 1000);
        let reserved = m.derived("reserved", MEMORY, 4 * TI);
        m.define(reserved, pods * 11 + cores * 3).because("formula");
        m.at_most(pods * (256 * MI) + reserved, 110 * (256 * MI + 11) + 21 - short).because("memory");
        m.at_least(pods, 110).because("wanted");
        m.at_least(cores, 7).because("cores");
        assert_eq!(value(&m, pods), fits.then_some(110), "{short} KiB short");
        let found = conflicts(&m, Limits::default()).unwrap();
        assert_eq!(found.sets.is_empty(), fits);
    }
}

#[test]
fn a_row_without_a_cause_is_not_in_the_model() {
    let mut m: Model<&str> = Model::new();
    let pods = m.integer("pods", Unit::COUNT, 0, 10);
    let need = m.derived("need", Unit::COUNT, 10);
    drop(m.at_most(pods, 5));
    drop(m.define(need, 7));
    drop(m.prefer_at_most(pods, 3));
    m.maximize("pods", pods);
    assert_eq!((m.rows().count(), m.vars().count(), m.causes().len()), (0, 2, 0));
    assert_eq!((value(&m, pods), value(&m, need)), (Some(10), Some(0)));
    m.at_most(pods, 5).because("addresses");
    assert_eq!(value(&m, pods), Some(5));
}

#[test]
fn malformed_models_are_faults() {
    type Spoil = fn(&mut Model<&'static str>, Var, Var);
    let spoils: [(Spoil, &str); 7] = [
        (|m, x, _| m.define(x, 1).because("a").discard(), "not derived"),
        (|m, _, d| m.define(d, Expr::from(d) + 1).because("a").discard(), "by itself"),
        (|m, x, d| m.define_ceil(d, x, 0).because("a").discard(), "divides by 0"),
        (|m, x, _| m.at_most(x * i64::MAX * 2, 1).because("a").discard(), "64-bit"),
        (|m, _, _| m.integer("x", Unit::COUNT, 0, 1).discard(), "two variables"),
        (|m, x, _| (0..7).for_each(|_| m.minimize("t", x)), "7 tiers"),
        (|m, x, _| m.at_most(x, foreign()).because("a").discard(), "another model"),
    ];
    for (spoil, words) in spoils {
        let mut m = Model::new();
        let x = m.integer("x", Unit::COUNT, 0, 10);
        let d = m.derived("d", Unit::COUNT, 10);
        spoil(&mut m, x, d);
        let fault = solve(&m).unwrap_err();
        assert!(matches!(fault, Fault::Model(_)) && fault.to_string().contains(words), "{fault}");
        assert!(conflicts(&m, Limits::default()).is_err());
    }
}

trait Discard: Sized {
    fn discard(self) {}
}
impl<T> Discard for T {}

/// A variable that no small model has.
fn foreign() -> Var {
    let mut m: Model<&str> = Model::new();
    (0..9).map(|at| m.integer(format!("v{at}"), Unit::COUNT, 0, 1)).last().unwrap()
}

#[test]
fn the_check_finds_what_does_not_hold() {
    let build = |limit: i64, per_pod: i64| {
        let mut m = Model::new();
        let pods = m.integer("pods", Unit::COUNT, 0, 10);
        let need = m.derived("need", MEMORY, 100 * MI);
        m.define(need, pods * (per_pod * MI)).because("each");
        m.at_most(need, limit * MI).because("room");
        m.maximize("pods", pods);
        m
    };
    let m = build(7, 1);
    let solution = solve(&m).unwrap().solution().unwrap();
    assert_eq!(verify(&m, &solution), Ok(()));
    let fault = verify(&build(6, 1), &solution).unwrap_err();
    assert_eq!(fault, Fault::Check("\"room\": 7Mi need > 6Mi".into()));
    assert!(matches!(verify(&build(70, 2), &solution), Err(Fault::Check(text)) if text.contains("definitions")));
    let empty: Model<&str> = Model::new();
    assert!(verify(&m, &solve(&empty).unwrap().solution().unwrap()).is_err());
}

#[test]
fn domains_that_cannot_be_met_are_an_empty_conflict() {
    let mut m: Model<&str> = Model::new();
    let d = m.derived("d", Unit::COUNT, 5);
    m.define(d, 9).because("formula");
    assert_eq!(solve(&m).unwrap(), Outcome::Infeasible);
    assert_eq!(conflicts(&m, Limits::default()).unwrap().sets, [["formula"]]);
    // A row that wants the variable large keeps its definition, so that no stated cause is left to drop.
    m.at_least(d, 1).because("large");
    let found = conflicts(&m, Limits::default()).unwrap();
    assert_eq!((found.sets, found.complete), (vec![Vec::<&str>::new()], true));
    let none = conflicts(&m, Limits { sets: 8, solves: 0 }).unwrap();
    assert_eq!(none, Conflicts { sets: Vec::new(), complete: false, solves: 0 });
}

#[test]
fn preferences_of_different_units_weigh_by_solver_units() {
    let mut m = Model::new();
    let pods = m.integer("pods", Unit::COUNT, 0, 10);
    let spare = m.derived("spare", MEMORY, TI);
    m.define(spare, pods * (512 * MI)).because("each");
    let pods_wanted = m.prefer_at_least(pods, 8).because("promise");
    let memory = m.prefer_at_most(spare, 1024 * MI).because("thrift");
    // A pod missed weighs 1, the half GiB it takes weighs a half.
    assert_eq!(value(&m, pods), Some(8));
    let solution = solve(&m).unwrap().solution().unwrap();
    let short = |row| solution.value(m.shortfall(row).unwrap());
    assert_eq!((short(pods_wanted), short(memory)), (0, 3 * 1024 * MI));
    assert_eq!(solution.tiers(), [("promises".to_owned(), 3 * 1024 * MI)]);
}
