//! A comparison as a row of a program: whole coefficients of whole unknowns, and what their sum may come to.

use crate::check::expression::{Expr, Val};
use std::collections::BTreeMap;

/// One whole, in the billionths that conditions count in.
const ONE: i128 = 1_000_000_000;

/// `sum of coefficient × unknown ≤ most`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Coefficients by the name of the unknown.
    pub of: BTreeMap<String, i64>,
    /// What the sum may come to.
    pub most: i64,
}

/// A sum of multiples of unknowns and a constant, all in billionths.
#[derive(Clone, Debug, Default)]
struct Sum {
    of: BTreeMap<String, i128>,
    constant: i128,
}

/// What is known of a name: its value, or that it is an unknown.
pub type Lookup<'l> = &'l dyn Fn(&str) -> Option<Known>;

/// A name in a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// It has this value.
    Value(Val),
    /// It is to be found.
    Unknown,
}

/// The rows that a comparison comes to, so that it holds (or, with `wanted` off, so that it does not); nothing where its sides
/// are no sums, or it is no comparison of numbers.
pub fn rows(sign: &str, left: &Expr, right: &Expr, wanted: bool, lookup: Lookup<'_>) -> Option<Vec<Row>> {
    let (left, right) = (sum(left, lookup)?, sum(right, lookup)?);
    let (less, more) = (minus(&left, &right)?, minus(&right, &left)?);
    match (sign, wanted) {
        ("<=", true) | (">", false) => Some(vec![row(&less, false)?]),
        ("<", true) | (">=", false) => Some(vec![row(&less, true)?]),
        (">=", true) | ("<", false) => Some(vec![row(&more, false)?]),
        (">", true) | ("<=", false) => Some(vec![row(&more, true)?]),
        ("==", true) | ("!=", false) => Some(vec![row(&less, false)?, row(&more, false)?]),
        _ => None,
    }
}

fn sum(expr: &Expr, lookup: Lookup<'_>) -> Option<Sum> {
    match expr {
        Expr::Literal(Val::Number(number)) => Some(Sum { constant: *number, ..Sum::default() }),
        Expr::Name(name) => match lookup(name)? {
            Known::Value(Val::Number(number)) => Some(Sum { constant: number, ..Sum::default() }),
            Known::Value(_) => None,
            Known::Unknown => Some(Sum { of: BTreeMap::from([(name.clone(), ONE)]), constant: 0 }),
        },
        Expr::Arithmetic('+', a, b) => plus(&sum(a, lookup)?, &sum(b, lookup)?, 1),
        Expr::Arithmetic('-', a, b) => minus(&sum(a, lookup)?, &sum(b, lookup)?),
        Expr::Arithmetic('*', a, b) => {
            let (a, b) = (sum(a, lookup)?, sum(b, lookup)?);
            let (factor, of) = if a.of.is_empty() { (a.constant, b) } else { (b.constant, a) };
            let both = !of.of.is_empty() && factor == 0;
            (!both).then(|| scaled(&of, factor))?
        }
        _ => None,
    }
}

fn scaled(of: &Sum, factor: i128) -> Option<Sum> {
    let times = |n: i128| n.checked_mul(factor)?.checked_div(ONE);
    let parts: Option<_> = of.of.iter().map(|(name, n)| Some((name.clone(), times(*n)?))).collect();
    Some(Sum { of: parts?, constant: times(of.constant)? })
}

fn plus(a: &Sum, b: &Sum, sign: i128) -> Option<Sum> {
    let mut out = a.clone();
    out.constant = out.constant.checked_add(b.constant.checked_mul(sign)?)?;
    for (name, n) in &b.of {
        let entry = out.of.entry(name.clone()).or_default();
        *entry = entry.checked_add(n.checked_mul(sign)?)?;
    }
    Some(out)
}

fn minus(a: &Sum, b: &Sum) -> Option<Sum> {
    plus(a, b, -1)
}

/// `sum ≤ 0`, or with `strict` below it, in the smallest whole coefficients.
fn row(sum: &Sum, strict: bool) -> Option<Row> {
    let divisor = sum.of.values().copied().fold(0, greatest_common);
    if divisor == 0 {
        return None;
    }
    // Unknowns are whole, so both sides may be divided and the right one rounded down.
    let most = (-sum.constant - i128::from(strict)).div_euclid(divisor);
    let of: Option<_> = sum.of.iter().map(|(name, n)| Some((name.clone(), i64::try_from(n / divisor).ok()?))).collect();
    Some(Row { of: of?, most: i64::try_from(most).ok()? })
}

fn greatest_common(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::expression::parse;

    fn of(text: &str, wanted: bool) -> Option<Vec<Row>> {
        let Expr::Compare(sign, left, right) = parse(text).unwrap() else { panic!("{text} compares nothing") };
        let lookup = |name: &str| {
            Some(match name {
                "x" | "y" => Known::Unknown,
                "three" => Known::Value(Val::Number(3 * ONE)),
                "text" => Known::Value(Val::Text("t".into())),
                _ => return None,
            })
        };
        rows(sign, &left, &right, wanted, &lookup)
    }

    fn only(text: &str, wanted: bool) -> (Vec<(String, i64)>, i64) {
        let rows = of(text, wanted).unwrap();
        assert_eq!(rows.len(), 1, "{text}");
        (rows[0].of.clone().into_iter().collect(), rows[0].most)
    }

    #[test]
    fn comparisons_are_rows_in_small_whole_numbers() {
        let x = |n| vec![("x".to_string(), n)];
        assert_eq!(only("x < three", true), (x(1), 2));
        assert_eq!(only("x < three", false), (x(-1), -3));
        assert_eq!(only("x >= 1.5s", true), (x(-1), -2));
        assert_eq!(only("1.2 * x < 6s", true), (x(1), 4));
        assert_eq!(only("x > 1.2 * y", true), (vec![("x".into(), -5), ("y".into(), 6)], -1));
        assert_eq!(only("x + y - 1 <= three", true), (vec![("x".into(), 1), ("y".into(), 1)], 4));
        assert_eq!(of("x == three", true).unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_sum_is_no_row() {
        for text in ["x * y < 3", "x < text", "x < gone", "x in [1, 2]", "three < 4"] {
            assert!(of(text, true).is_none(), "{text}");
        }
    }
}
