//! The screen of `plimsoll explain --upgrade`.

use super::{Table, show};
use crate::compare::{Comparison, allocatable};
use crate::quantity::Minor;
use crate::rules::Value;
use crate::upgrade::{Why, stays, upstream, why};
use std::fmt::Write;

/// Longest value in a column.
const WIDTH: usize = 40;

/// What an upgrade changes, of one scope or of all.
#[must_use]
pub fn upgrade(comparison: &Comparison<'_>, from: Minor, to: Minor, class: Option<&str>) -> String {
    let wanted = |scope: &str| class.is_none_or(|c| c == scope);
    let mut out = format!("{}   upgrade from {from} to {to}, solved at both\n", comparison.before.cluster);
    for (name, scope) in comparison.scopes.iter().filter(|(name, _)| wanted(name)) {
        if scope.moves.is_empty() {
            let _ = writeln!(out, "\n{name}   nothing changes: {} values stay", scope.same);
            continue;
        }
        let _ = writeln!(out, "\n{name}   {} values stay", scope.same);
        if let (Some(before), Some(after)) = scope.class {
            let both = allocatable(before).into_iter().zip(allocatable(after));
            for ((what, old), (_, new)) in both.filter(|(a, b)| a != b) {
                let _ = writeln!(out, "  allocatable {what}   {old} → {new}");
            }
        }
        let mut table = Table::new(2, &[false, false, false]);
        for one in &scope.moves {
            let cause = why(one, from, to);
            let reason = one.after.map_or("", |v| v.reason.as_str());
            let text = match (&cause, reason) {
                (Why::Solved, reason) if !reason.is_empty() => reason.to_string(),
                (_, "") => cause.text(),
                (_, reason) => format!("{}; {reason}", cause.text()),
            };
            table.row([one.tunable.to_string(), format!("{} → {}", planned(one.before), planned(one.after)), text]);
        }
        out.push_str(&table.text(2));
    }
    let stays: Vec<_> = stays(comparison.before, comparison.after).into_iter().filter(|s| wanted(s.scope)).collect();
    if !stays.is_empty() {
        out.push_str("\nstay, while upstream's default moves\n");
        let mut table = Table::new(2, &[false, false, false]);
        for s in stays {
            let name = if class.is_some() { s.tunable.to_string() } else { format!("{}: {}", s.scope, s.tunable) };
            table.row([
                name,
                cut(&show(s.value)),
                format!("default {} → {}", cut(&show(s.default.0)), cut(&show(s.default.1))),
            ]);
        }
        out.push_str(&table.text(2));
    }
    of_upstream(&mut out, from, to);
    for finding in &comparison.gone {
        let _ = writeln!(out, "no longer said: {}: {}", finding.id, finding.message);
    }
    out
}

/// What upstream changes for everybody.
fn of_upstream(out: &mut String, from: Minor, to: Minor) {
    let upstream = upstream(from, to);
    if !upstream.behaviours.is_empty() {
        out.push_str("\nupstream itself\n");
        let mut table = Table::new(2, &[false, false]);
        for (minor, text) in &upstream.behaviours {
            table.row([minor.to_string(), text.clone()]);
        }
        out.push_str(&table.text(2));
    }
    let _ = writeln!(
        out,
        "\nthe default of {} feature gates turns, and {} settings come, go or change: `plimsoll fields --changed-since {from} --kubernetes {to}`",
        upstream.gates, upstream.settings
    );
}

fn planned(value: Option<&Value>) -> String {
    value.map_or_else(|| "not planned".to_string(), |v| cut(&show(&v.value)))
}

fn cut(text: &str) -> String {
    if text.chars().count() <= WIDTH { text.to_string() } else { text.chars().take(WIDTH - 1).chain(['…']).collect() }
}
