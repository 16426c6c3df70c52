//! etcd: compaction, and flags that shut each other out.

use super::Find;
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::report;
use crate::check::scene::At;
use crate::diag::Finding;
use crate::quantity::GoDuration;

pub(super) const FIND: &[(&str, Find)] =
    &[("compaction-retention", retention), ("compaction-revisions", revisions), ("flag-both-names", both_names)];

fn name(at: &At<'_>, flag: &str) -> String {
    format!("{}/{flag}", at.component)
}

/// The retention as it is stated.
fn stated<'s>(at: &At<'s>) -> Option<&'s str> {
    let current = at.scene.parts.get(at.component)?;
    current.stated.get(&name(at, "auto-compaction-retention"))?.value.as_str().filter(|t| !t.is_empty())
}

/// Whether it is what Go reads as a whole number.
fn whole(text: &str) -> Option<i64> {
    text.strip_prefix('+').unwrap_or(text).parse().ok()
}

fn duration(text: &str) -> Option<i64> {
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    GoDuration::parse(rest).ok().map(|d| sign * d.0)
}

fn retention(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(text) = stated(at).filter(|t| whole(t).is_none_or(|n| n < 0) && duration(t).is_none()) else { return };
    let says = format!("auto-compaction-retention is `{text}`, which is neither a number nor a duration");
    out.push(report::finding(at, constraint, &says, &[name(at, "auto-compaction-retention")]));
}

fn revisions(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let mode = at.json(&name(at, "auto-compaction-mode"));
    let Some(text) = stated(at).filter(|_| mode.is_some_and(|m| m == "revision")) else { return };
    let Some(nanos) = duration(text).filter(|n| whole(text).is_none() && *n > 0) else { return };
    let says = format!("auto-compaction-retention is {text}, which keeps {nanos} revisions");
    let blamed = ["auto-compaction-retention", "auto-compaction-mode"].map(|flag| name(at, flag));
    out.push(report::finding(at, constraint, &says, &blamed));
}

fn both_names(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(current) = at.scene.parts.get(at.component) else { return };
    for old in current.stated.keys() {
        let Some(flag) = old.strip_prefix(&name(at, "experimental-")) else { continue };
        let new = name(at, flag);
        let both = [old, &new].iter().all(|n| catalog::find(n).is_some_and(|f| f.tunable.exists_in(at.etcd)));
        if both && current.stated.contains_key(&new) {
            let says = format!("`experimental-{flag}` and `{flag}` are both stated, and are one setting");
            out.push(report::finding(at, constraint, &says, &[old.clone(), new]));
        }
    }
}
