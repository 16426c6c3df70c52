//! Units and arithmetic as readers see them.

// Helpers of tests assert by panicking too; clippy excuses only the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use plimsoll_solver::{Expr, Model, Unit, arithmetic, arithmetic_of, lines};

const MI: Unit = Unit { symbol: "Mi", per: 1024, scale: 1 << 20 };

#[test]
fn units_are_exact_or_rounded_to_three_decimals() {
    let shown = [(0, "0Mi"), (1024, "1Mi"), (1536, "1.5Mi"), (-1536, "-1.5Mi"), (1, "0.001Mi"), (1023, "0.999Mi")];
    for (value, text) in shown {
        assert_eq!(MI.show(value), text);
    }
    assert_eq!(MI.show(i64::MAX / 1024 * 1024), format!("{}Mi", i64::MAX / 1024));
    assert_eq!(Unit::COUNT.show(-7), "-7");
    let cpu = Unit { symbol: "", per: 1000, scale: 1000 };
    assert_eq!((cpu.show(2500), cpu.show(15_890)), ("2.5".to_owned(), "15.89".to_owned()));
}

#[test]
fn a_row_is_shown_with_its_numbers_and_labels() {
    let mut m = Model::new();
    let pods = m.integer("pods", Unit::COUNT, 0, 1000);
    let reserved = m.derived("kube-reserved", MI, 1 << 40);
    let formula = m.define(reserved, pods * (11 * 1024) + 255 * 1024).because("kubelet");
    let floor = m.define(reserved, 500 * 1024).because("kubelet");
    let eviction = Expr::constant(100 * 1024, "eviction");
    let memory = m.at_most(pods * (256 * 1024) + reserved + eviction.clone(), 60_620 * 1024).because("memory");
    let short = m.at_most(reserved + eviction, 3788 * 1024).because("short");
    let bare = m.at_most(pods * 2048, 4096).shown_in(MI).because("bare");
    let wanted = m.at_least(pods, 250).because("wanted");
    let pin = m.exactly(pods, 225).because("pin");
    let sum = m.at_most(Expr::from(pods) * 2 - 1, 449).because("sum");
    let at = |n: i64| move |v| if v == pods { n } else { (11 * n + 255) * 1024 };
    let text = |row| arithmetic(&m, row, &at(225));
    assert_eq!(text(memory), "225 × 256Mi + 2730Mi kube-reserved + 100Mi eviction = 60430Mi of 60620Mi");
    assert_eq!(text(formula), "11Mi × 225 + 255Mi = 2730Mi kube-reserved");
    assert_eq!(text(floor), "500Mi = 500Mi ≤ 2730Mi kube-reserved");
    assert_eq!(arithmetic(&m, short, &at(434)), "5029Mi kube-reserved + 100Mi eviction = 5129Mi > 3788Mi");
    assert_eq!(text(bare), "225 × 2Mi = 450Mi > 4Mi");
    assert_eq!(text(wanted), "225 pods < 250");
    assert_eq!(text(pin), "225 pods, exactly 225");
    assert_eq!(text(sum), "2 × 225 pods - 1 = 449 of 449");
    assert_eq!(arithmetic_of(&m, &"kubelet", &at(225)), format!("{}; {}", text(formula), text(floor)));
    assert_eq!(lines(&m, &"pin", &at(9)).len(), 1);
    assert_eq!(lines(&m, &"pin", &at(9))[0].text, "9 pods ≠ 225");
}

#[test]
fn rounding_up_and_the_smaller_of_two_are_shown() {
    let mut m = Model::new();
    let entries = m.integer("entries", Unit::COUNT, 0, 1000);
    let small = m.integer("small", Unit::COUNT, 0, 1000);
    let buckets = m.derived("buckets", Unit::COUNT, 1000);
    let rounded = m.define_ceil(buckets, entries + 1, 4).because("hash");
    let least = m.define_min(buckets, entries, small * 2).because("least");
    let at = |v| if v == entries { 9 } else { 3 };
    assert_eq!(arithmetic(&m, rounded, &at), "⌈(9 entries + 1) / 4⌉ = 3 buckets");
    assert_eq!(arithmetic(&m, least, &at), "min(9 entries, 2 × 3 small) = 6 > 3 buckets");
}
