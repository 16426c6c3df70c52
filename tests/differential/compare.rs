//! The two verdicts side by side, and the tally by rule.

use super::Case;
use super::rows::Row;
use plimsoll::catalog;
use std::collections::BTreeMap;

/// How the two differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Upstream refuses what we accept.
    Missed,
    /// We refuse what upstream accepts.
    Invented,
    /// Upstream ignores what we say nothing of.
    LostUnsaid(String),
    /// We say that something is ignored that is not.
    LostInvented(String),
}

/// The difference of two verdicts, if there is one. What a component that does not start ignores is nobody's concern.
pub fn difference((mutant, ours, upstream): &Case) -> Option<Difference> {
    let same = |own: &str, theirs: &str| same(own, theirs) || flag_of(mutant.component, own, theirs);
    match (!ours.refused.is_empty(), upstream.refused) {
        (true, true) => None,
        (false, true) => Some(Difference::Missed),
        (true, false) => Some(Difference::Invented),
        (false, false) => {
            let unsaid = upstream.dropped.iter().find(|theirs| !ours.dropped.iter().any(|own| same(own, theirs)));
            let invented = ours.dropped.iter().find(|own| !upstream.dropped.iter().any(|theirs| same(own, theirs)));
            let unsaid = unsaid.map(|path| Difference::LostUnsaid(path.clone()));
            unsaid.or_else(|| invented.map(|path| Difference::LostInvented(path.clone())))
        }
    }
}

/// Whether two names of what is lost mean the same: upstream names the highest part that it does not know, and of a key that is
/// there twice the last part only.
fn same(ours: &str, theirs: &str) -> bool {
    let last = |path: &str| path.rsplit('.').next().unwrap_or(path).to_string();
    ours == theirs
        || ours.strip_prefix(theirs).is_some_and(|rest| rest.starts_with(['.', '[']))
        || theirs.rsplit('.').next() == Some(ours)
        || last(ours) == theirs
}

/// Whether what we name is what a flag of theirs sets, or one of its keys: `--feature-gates=A=true` is `featureGates.A` to us.
fn flag_of(component: &str, ours: &str, theirs: &str) -> bool {
    let Some(said) = theirs.strip_prefix("--") else { return false };
    let flag = said.split(['=', ':']).next().unwrap_or_default().replace('_', "-");
    let full = format!("{component}/{flag}");
    let path = |name: &'static str| name.split_once('/').map_or(name, |(_, path)| path).to_string();
    let alias = catalog::instead(&full).and_then(|(_, of)| of).map(path);
    let sets = catalog::find(&full).and_then(|f| f.tunable.spans.iter().find_map(|s| s.sets)).map(path);
    [Some(flag), alias, sets]
        .into_iter()
        .flatten()
        .any(|name| ours.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// What happened to one rule.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Mutants that broke it, as we say.
    pub broken: usize,
    /// Mutants made for it that kept it.
    pub kept: usize,
    /// Disagreements on those.
    pub wrong: usize,
}

/// Tallies by rule.
pub fn tally(all: &[Case]) -> BTreeMap<String, Tally> {
    let mut out: BTreeMap<String, Tally> = BTreeMap::new();
    for case in all {
        let wrong = usize::from(difference(case).is_some());
        let (mutant, ours, _) = case;
        for id in &ours.all {
            let entry = out.entry(id.clone()).or_default();
            entry.broken += 1;
            entry.wrong += wrong;
        }
        if let Some(target) = mutant.target.filter(|t| !ours.all.contains(*t)) {
            let entry = out.entry(target.to_string()).or_default();
            entry.kept += 1;
            entry.wrong += wrong;
        }
    }
    out
}

/// The same for settings, by rule and setting.
pub fn tally_rows(all: &[Case], rows: &[Row]) -> BTreeMap<String, Tally> {
    let mut out: BTreeMap<String, Tally> = rows.iter().map(|row| (row.name(), Tally::default())).collect();
    for case in all {
        let wrong = usize::from(difference(case).is_some());
        let (mutant, ours, _) = case;
        for row in rows.iter().filter(|row| row.tunable.component() == mutant.component) {
            let broken = ours.breaks(row.rule, row.tunable.path());
            let made = || mutant.row.is_some_and(|own| own.rule == row.rule && own.tunable.name == row.tunable.name);
            if let Some(entry) = out.get_mut(&row.name()).filter(|_| broken || made()) {
                entry.broken += usize::from(broken);
                entry.kept += usize::from(!broken);
                entry.wrong += wrong;
            }
        }
    }
    out
}

/// What disagreements have in common: the kind, our rules, and upstream's first error without its values.
pub fn family((mutant, ours, upstream): &Case, difference: &Difference) -> String {
    let words = |text: &str| {
        let text = text.rsplit("error: ").next().unwrap_or(text);
        // Of a process that ended, its last words.
        let text = text.rsplit(" | ").next().unwrap_or(text);
        let kept: Vec<String> = text
            .split_whitespace()
            .map(|w| w.chars().filter(|c| c.is_alphabetic() || ".,-()".contains(*c)).collect())
            .collect();
        kept.join(" ").chars().take(110).collect::<String>()
    };
    let rules = ours.refused.iter().cloned().collect::<Vec<_>>().join(" ");
    match difference {
        Difference::Missed => format!(
            "missed: {} {}: {}",
            mutant.component,
            mutant.form(),
            words(upstream.errors.first().map_or("", String::as_str))
        ),
        Difference::Invented => format!("invented: {} {}: {rules}", mutant.component, mutant.form()),
        Difference::LostUnsaid(path) => {
            format!("lost, unsaid: {} {}: {}", mutant.component, mutant.form(), words(path))
        }
        Difference::LostInvented(path) => {
            format!("lost, invented: {} {}: {}", mutant.component, mutant.form(), words(path))
        }
    }
}
