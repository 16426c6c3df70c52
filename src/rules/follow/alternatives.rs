//! The ways in which a condition can come to hold: each a list of parts that then hold, or do not, together.

use crate::check::expression::Expr;

/// More ways than any condition of ours has; beyond it a condition is left to whoever stated what breaks it.
const MOST: usize = 64;

/// A part of a condition, and what it has to come to.
pub type Atom<'e> = (&'e Expr, bool);

/// Every way in which `expr` comes to `wanted`, in the order of its text; nothing where there are too many.
pub fn ways(expr: &Expr, wanted: bool) -> Option<Vec<Vec<Atom<'_>>>> {
    let out = match (expr, wanted) {
        (Expr::Not(inner), _) => ways(inner, !wanted)?,
        (Expr::Or(a, b), true) | (Expr::And(a, b), false) => {
            let mut out = ways(a, wanted)?;
            out.extend(ways(b, wanted)?);
            out
        }
        (Expr::And(a, b), true) | (Expr::Or(a, b), false) => {
            let (left, right) = (ways(a, wanted)?, ways(b, wanted)?);
            left.iter().flat_map(|l| right.iter().map(move |r| [l.as_slice(), r.as_slice()].concat())).collect()
        }
        _ => vec![vec![(expr, wanted)]],
    };
    (out.len() <= MOST).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::expression::parse;

    fn counts(text: &str, wanted: bool) -> Vec<usize> {
        let expr = parse(text).unwrap();
        ways(&expr, wanted).unwrap().iter().map(Vec::len).collect()
    }

    #[test]
    fn either_side_is_a_way_and_both_sides_are_one() {
        assert_eq!(counts("a < b or c", true), [1, 1]);
        assert_eq!(counts("a < b or c", false), [2]);
        assert_eq!(counts("(a and b) or not (c or d)", true), [2, 2]);
        assert_eq!(counts("(a or b) and (c or d)", true), [2, 2, 2, 2]);
    }

    #[test]
    fn what_has_too_many_ways_has_none() {
        let text = ["(a or b)"; 7].join(" and ");
        assert!(ways(&parse(&text).unwrap(), true).is_none());
    }
}
