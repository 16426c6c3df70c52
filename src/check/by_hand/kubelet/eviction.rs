//! Eviction thresholds: what the eviction manager can read, and what they come to together.

use super::super::Find;
use super::super::asked::{broken, is_on, keys, machine, short, stated_as, text};
use crate::check::constraint::Constraint;
use crate::check::go::{self, NANO, Quantity};
use crate::check::scene::At;
use crate::diag::Finding;
use serde_json::Value as Json;

pub(in super::super) const FIND: &[(&str, Find)] = &[
    ("eviction-threshold", thresholds),
    ("soft-eviction-without-grace-period", without_grace),
    ("eviction-grace-period", grace_periods),
    ("eviction-minimum-reclaim", reclaims),
    ("eviction-defaults-merged-late", merged_late),
    ("soft-eviction-below-hard", below_hard),
    ("eviction-grace-period-without-threshold", idle_grace),
];

const HARD: &str = "evictionHard";
const SOFT: &str = "evictionSoft";
const GRACE: &str = "evictionSoftGracePeriod";
const RECLAIM: &str = "evictionMinimumReclaim";

/// A threshold as the eviction manager reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Limit {
    /// `0%` or `100%`, by the letter.
    Off,
    /// A share of what there is.
    Share(f32),
    /// An amount.
    Amount(Quantity),
}

impl Limit {
    /// Reads a threshold.
    ///
    /// # Errors
    /// Why the eviction manager does not take it.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        if matches!(text, "0%" | "100%") {
            return Ok(Self::Off);
        }
        if text.ends_with('%') {
            return match go::share(text) {
                None => Err("is no percentage"),
                Some(share) if share < 0.0 => Err("is below nothing"),
                Some(share) if share > 1.0 => Err("is more than all there is"),
                Some(share) => Ok(Self::Share(share)),
            };
        }
        match Quantity::parse(text) {
            None => Err("is neither a quantity nor a percentage"),
            Some(amount) if amount.nano <= 0 => Err("is not above nothing; a signal is switched off by `0%`"),
            Some(amount) => Ok(Self::Amount(amount)),
        }
    }

    /// What it comes to of a capacity in bytes, in billionths, by upstream's own arithmetic.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    pub(super) fn of(self, capacity: Option<i64>) -> Option<i128> {
        match self {
            Self::Off => Some(0),
            Self::Amount(amount) => Some(amount.nano),
            Self::Share(share) => Some(i128::from((capacity? as f64 * f64::from(share)) as i64) * NANO),
        }
    }
}

fn thresholds(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for map in [HARD, SOFT] {
        for (key, stated) in keys(at, map) {
            if let Some(value) = stated.value.as_str()
                && let Err(what) = Limit::read(value)
            {
                let name = format!("{map}.{key}");
                out.push(broken(at, constraint, &format!("`{name}` is `{value}`, which {what}"), &[&name]));
            }
        }
    }
}

fn is_off(value: &Json) -> bool {
    value.as_str().is_some_and(|text| Limit::read(text) == Ok(Limit::Off))
}

fn without_grace(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (key, _) in keys(at, SOFT).into_iter().filter(|(_, s)| !is_off(&s.value)) {
        if stated_as(at, &format!("{GRACE}.{key}")).is_none() {
            let says = format!("`{SOFT}.{key}` has no grace period in `{GRACE}`");
            let finding = broken(at, constraint, &says, &[&format!("{SOFT}.{key}")]);
            out.push(finding.help(format!("add `{key}: 1m30s` to `{GRACE}`, or as long as the pressure may last")));
        }
    }
}

fn grace_periods(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (key, stated) in keys(at, GRACE) {
        if let Some(value) = stated.value.as_str()
            && go::duration(value).is_some_and(|d| d < 0)
        {
            let name = format!("{GRACE}.{key}");
            out.push(broken(at, constraint, &format!("`{name}` is `{value}`, which is below nothing"), &[&name]));
        }
    }
}

fn reclaims(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (key, stated) in keys(at, RECLAIM) {
        let Some(value) = stated.value.as_str() else { continue };
        let what = match (value.ends_with('%'), go::share(value), Quantity::parse(value)) {
            (true, None, _) => "is no percentage",
            (true, Some(share), _) if share <= 0.0 => "is not above nothing",
            (false, _, None) => "is neither a quantity nor a percentage",
            (false, _, Some(amount)) if amount.nano < 0 => "is below nothing",
            _ => continue,
        };
        let name = format!("{RECLAIM}.{key}");
        out.push(broken(at, constraint, &format!("`{name}` is `{value}`, which {what}"), &[&name]));
    }
}

fn merged_late(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    const MERGED: &str = "mergeDefaultEvictionSettings";
    if stated_as(at, MERGED).is_some_and(|s| s.late && s.value == Json::Bool(true)) && is_on(at, MERGED) {
        out.push(broken(
            at,
            constraint,
            &format!("`{MERGED}` stands in a drop-in file, where it merges nothing"),
            &[MERGED],
        ));
    }
}

/// The capacity that a signal is a share of, where the machine is known.
fn capacity(at: &At<'_>, signal: &str) -> Option<i64> {
    match signal {
        "memory.available" => machine(at, "memory"),
        "nodefs.available" => machine(at, "nodefs"),
        _ => None,
    }
}

fn below_hard(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (key, stated) in keys(at, SOFT) {
        let (soft, hard) = (format!("{SOFT}.{key}"), format!("{HARD}.{key}"));
        let read = |text: Option<&str>| text.and_then(|t| Limit::read(t).ok()).filter(|l| *l != Limit::Off);
        let hard_text = text(at, &hard);
        let Some((low, high)) = read(stated.value.as_str()).zip(read(hard_text.as_deref())) else { continue };
        let reached = match (low, high) {
            (Limit::Share(low), Limit::Share(high)) => low <= high,
            _ => low.of(capacity(at, key)).zip(high.of(capacity(at, key))).is_some_and(|(low, high)| low <= high),
        };
        if reached {
            let says = format!("`{soft}` is {{{soft}}}, and the hard threshold of {{{hard}}} is reached no later");
            out.push(broken(at, constraint, &says, &[&soft, &hard]));
        }
    }
}

fn idle_grace(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (key, _) in keys(at, GRACE) {
        if stated_as(at, &format!("{SOFT}.{key}")).is_none() {
            let name = format!("{GRACE}.{key}");
            let says = format!("`{}` has no threshold in `{SOFT}`", short(&at.full(&name)));
            out.push(broken(at, constraint, &says, &[&name]));
        }
    }
}
