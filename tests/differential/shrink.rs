//! A disagreeing mutant made smaller while it still disagrees in the same way.

use super::compare::{difference, family};
use super::{Case, Options, verdicts};
use plimsoll::quantity::Minor;

/// Rounds of taking parts away.
const ROUNDS: usize = 40;

/// The smallest that was found.
pub fn shrink(options: &Options, minor: Minor, case: &Case) -> Result<Case, String> {
    let kind = |case: &Case| difference(case).map(|d| family(case, &d));
    let wanted = kind(case);
    let mut best = case.clone();
    for _ in 0..ROUNDS {
        let smaller = verdicts(options, minor, best.0.smaller())?;
        let length = |case: &Case| case.0.text().len();
        let next = smaller.into_iter().filter(|c| kind(c) == wanted).min_by_key(length);
        match next.filter(|next| length(next) < length(&best)) {
            Some(next) => best = next,
            None => break,
        }
    }
    Ok(best)
}
