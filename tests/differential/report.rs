//! What is printed: the figure of a minor, rule by rule what was hit, and disagreements made small.

use super::compare::{Tally, tally, tally_rows};
use super::known::Accepted;
use super::rows::Row;
use super::{Case, Options, etcds, families, shrink, targeted};
use plimsoll::check::{Constraint, constraints};
use plimsoll::quantity::Minor;
use std::collections::BTreeSet;

/// How often a rule has to be hit in each direction.
const ENOUGH: usize = 20;

/// Prints a minor's report; false when there is a disagreement that is not known, or a rule that is hit too seldom.
pub fn print(options: &Options, minor: Minor, cases: &[Case], accepted: &Accepted) -> Result<bool, String> {
    let (known, open) = (&accepted.known, accepted.open(minor));
    let hit = rules(options, minor, cases, accepted);
    let families = families(cases);
    let mut unknown = 0;
    let mut by_size: Vec<_> = families.iter().collect();
    by_size.sort_by_key(|(name, cases)| (usize::MAX - cases.len(), (*name).clone()));
    for (at, (name, list)) in by_size.iter().enumerate() {
        let reason = |case: &Case| known.iter().find(|k| k.covers(case, minor)).map(|k| k.reason.as_str());
        let new: Vec<&&Case> = list.iter().filter(|case| reason(case).is_none()).collect();
        unknown += new.len();
        println!("{minor}  {} disagree: {name}", list.len());
        if let Some(reason) = list.iter().find_map(|case| reason(case)) {
            println!("{minor}    {} of them are known: {reason}", list.len() - new.len());
        }
        if at < options.show
            && let Some(case) = new.first()
        {
            show(&shrink::shrink(options, minor, case)?);
        }
    }
    let wrong: usize = families.values().map(Vec::len).sum();
    let refused = cases.iter().filter(|c| c.2.refused).count();
    let second = cases.iter().filter(|c| c.2.stage == 2).count();
    let lossy = cases.iter().filter(|c| !c.2.refused && !c.2.dropped.is_empty()).count();
    let percent = 100.0 * (cases.len() - wrong) as f64 / cases.len().max(1) as f64;
    println!(
        "{minor}  {} mutants, of which upstream refuses {refused} ({second} at start-up) and loses fields of {lossy}; agreement on {} ({percent:.2}%), {} disagreements known, {unknown} open of {open} that may be",
        cases.len(),
        cases.len() - wrong,
        wrong - unknown,
    );
    Ok(unknown <= open && hit)
}

/// How often each rule was broken and kept; false when one is hit too seldom and nobody says why.
fn rules(options: &Options, minor: Minor, cases: &[Case], accepted: &Accepted) -> bool {
    let tallies = tally(cases);
    let wanted = |c: &&Constraint| {
        options.only.as_ref().is_none_or(|only| only == c.id)
            && etcds().iter().any(|etcd| targeted::judged(c, minor, *etcd))
    };
    let ids: BTreeSet<&str> = constraints().iter().filter(wanted).map(|c| c.id).collect();
    if !options.brief {
        println!("{minor}  rule  broken  kept  disagreements");
    }
    let mut tallied: Vec<(String, Tally)> =
        ids.iter().map(|id| ((*id).to_string(), tallies.get(*id).cloned().unwrap_or_default())).collect();
    let rows: Vec<Row> = Row::all(minor, etcds()[etcds().len() - 1])
        .into_iter()
        .filter(|row| options.only.as_ref().is_none_or(|only| *only == row.rule || *only == row.name()))
        .collect();
    tallied.extend(tally_rows(cases, &rows));
    let (mut never, mut seldom) = (Vec::new(), Vec::new());
    for (id, tally) in &tallied {
        if !options.brief {
            println!("{minor}  {id}  {}  {}  {}", tally.broken, tally.kept, tally.wrong);
        }
        match (tally.broken, tally.kept) {
            (0, _) => never.push(id.as_str()),
            (broken, kept) if broken < ENOUGH || kept < ENOUGH => seldom.push(id.as_str()),
            _ => {}
        }
    }
    let mut unsaid = 0;
    let mut list = |what: &str, ids: &[&str]| {
        let reason = |id: &str| accepted.short.iter().find(|s| s.rule == id && s.covers(minor)).map(|s| &s.reason);
        let new: Vec<&str> = ids.iter().copied().filter(|id| reason(id).is_none()).collect();
        if !new.is_empty() {
            println!("{minor}  {what}: {}", new.join(" "));
        }
        unsaid += new.len();
        for (id, reason) in ids.iter().filter_map(|id| Some((id, reason(id)?))) {
            println!("{minor}  {what}, and known: {id}: {reason}");
        }
    };
    list("never broken", &never);
    list(&format!("fewer than {ENOUGH} times in a direction"), &seldom);
    let hit = tallied.len() - never.len() - seldom.len();
    println!(
        "{minor}  {} rules, and {} that are a setting's own range, words or gate: {hit} are hit {ENOUGH} times in each direction, {unsaid} are short without a reason",
        ids.len(),
        rows.len(),
    );
    unsaid == 0
}

fn show((mutant, ours, upstream): &Case) {
    let indent = |text: &str| text.lines().map(|l| format!("    | {l}\n")).collect::<String>();
    print!("{}", indent(&mutant.text()));
    println!("    {} {}: {}", mutant.component, mutant.form(), mutant.done.join("; "));
    if let Some(machine) = &mutant.machine {
        println!("    on {machine}");
    }
    println!("    ours      refused {:?}, lost {:?}", ours.refused, ours.dropped);
    println!("    upstream  refused {} at stage {}, lost {:?}", upstream.refused, upstream.stage, upstream.dropped);
    for error in &upstream.errors {
        println!("      {}", error.chars().take(400).collect::<String>());
    }
}
