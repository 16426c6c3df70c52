//! Mutants made for one setting: some rules are one line of upstream's for every setting, as its range is, so that each of
//! those settings is tried by itself. As with a rule, our own verdict sorts the mutants.

use super::mutant::{Body, Mutant};
use super::mutate::NEVER;
use super::ours;
use super::random::Random;
use super::seeds::{COMPONENTS, Seeds};
use super::targeted::{assign, put, set_gate};
use super::values;
use plimsoll::catalog::{self, Form, Tunable};
use plimsoll::check::expression::parse;
use plimsoll::quantity::Minor;
use std::collections::BTreeSet;

/// How many of each direction are made for a setting.
pub const EACH: usize = 20;
/// How often it is tried at most.
const TRIES: usize = 300;
/// How often, while one direction is never met: also with mutants that other rules refuse.
const VAIN: usize = 100;

/// What upstream asks of one setting.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The rule.
    pub rule: &'static str,
    /// The setting.
    pub tunable: &'static Tunable,
}

impl Row {
    /// The rule and the setting, as the report has them.
    pub fn name(&self) -> String {
        format!("{}:{}", self.rule, self.tunable.name)
    }

    /// What the components have at a minor of Kubernetes and of etcd.
    pub fn all(minor: Minor, etcd: Minor) -> Vec<Self> {
        let of = |component: &'static str| {
            let prefix = format!("{component}/");
            let minor = if component == "etcd" { etcd } else { minor };
            let settings: Vec<_> = catalog::starting(&prefix).filter(|t| settable(t, minor)).collect();
            settings.into_iter().flat_map(move |tunable| {
                let held = tunable.asked_when(minor) != Some("false");
                let asks = [
                    ("out-of-range", held && (tunable.min_in(minor).is_some() || tunable.max.is_some())),
                    ("unknown-word", held && tunable.words_in(minor).is_some()),
                    ("gate-needed", gates(tunable, minor).next().is_some()),
                ];
                asks.into_iter().filter(|(_, asks)| *asks).map(move |(rule, _)| Self { rule, tunable })
            })
        };
        COMPONENTS.iter().flat_map(|(component, _)| of(component)).collect()
    }

    /// Mutants for it: up to `EACH` that break it and `EACH` that keep it.
    pub fn mutants(&self, minor: Minor, seeds: &Seeds, random: &mut Random) -> Vec<Mutant> {
        let (mut broken, mut kept): (Vec<Mutant>, Vec<Mutant>) = (Vec::new(), Vec::new());
        for attempt in 0..TRIES {
            let (most, least) = (broken.len().max(kept.len()), broken.len().min(kept.len()));
            if least >= EACH || most >= EACH && least == 0 && attempt >= VAIN {
                break;
            }
            let Some(mutant) = self.one(minor, seeds, broken.len() <= kept.len(), random) else { continue };
            let verdict = ours::verdict(&mutant, minor);
            if !verdict.refused.iter().all(|id| id == self.rule) && attempt < VAIN / 2 {
                continue;
            }
            let side = if verdict.breaks(self.rule, self.tunable.path()) { &mut broken } else { &mut kept };
            if side.len() < EACH {
                side.push(mutant);
            }
        }
        broken.append(&mut kept);
        broken
    }

    fn one(&self, minor: Minor, seeds: &Seeds, breaks: bool, random: &mut Random) -> Option<Mutant> {
        let component = self.tunable.component();
        let component = COMPONENTS.iter().find(|(own, _)| *own == component)?.0;
        let found = catalog::find(self.tunable.name)?;
        let files: Vec<&Mutant> = ["file", "flags"]
            .iter()
            .filter(|form| **form == "flags" || self.tunable.form() == Form::Field)
            .filter_map(|form| seeds.valid.get(&(component, *form)))
            .flatten()
            .collect();
        let mut mutant = (*random.pick(&files)?).clone();
        let minor = if component == "etcd" { mutant.etcd } else { minor };
        mutant.target = Some(self.rule);
        mutant.row = Some(*self);
        // A file where there is one: most settings have no flag.
        if self.tunable.form() == Form::Field && matches!(mutant.body, Body::Flags(_)) {
            mutant = random.pick(seeds.valid.get(&(component, "file"))?)?.clone();
            mutant.target = Some(self.rule);
            mutant.row = Some(*self);
        }
        let value = match self.rule {
            "out-of-range" => values::around(&found, minor, breaks, random)?,
            "unknown-word" => values::word(&found, minor, breaks, random)?,
            _ if self.tunable.words_in(minor).is_some() => values::word(&found, minor, false, random)?,
            _ => values::element(self.tunable).unwrap_or_else(|| values::value(&found, minor, random)),
        };
        mutant.done.push(format!("{}: {}", self.name(), value.text().trim_end()));
        put(&mut mutant, self.tunable.name, Some(value));
        // Some settings are looked at under a condition only.
        if let Some(when) = self.tunable.asked_when(minor).and_then(|when| parse(when).ok()) {
            let full = |name: &str| if name.contains('/') { name.to_string() } else { format!("{component}/{name}") };
            assign(&when, &full, &mut mutant, minor, 90, random);
        }
        if self.rule == "gate-needed" || random.percent(70) {
            let on = self.rule != "gate-needed" || !breaks;
            gates(self.tunable, minor).for_each(|gate| set_gate(&mut mutant, gate, if on { "true" } else { "false" }));
        }
        Some(mutant)
    }
}

/// Whether it can be given a value here: keys of maps and members of lists are tried with the rules that are about them.
fn settable(tunable: &Tunable, minor: Minor) -> bool {
    let own = tunable.span(minor).is_some_and(|span| !span.go.is_empty());
    own && !tunable.name.contains('[') && !NEVER.contains(&tunable.path())
}

fn gates(tunable: &'static Tunable, minor: Minor) -> impl Iterator<Item = &'static str> {
    // Some values need a gate that others do not need.
    let values = tunable.words_in(minor).unwrap_or_default().into_iter().chain(["x".into(), true.into()]);
    let gates: BTreeSet<&str> =
        values.flat_map(|value| tunable.needs(&value, minor).map(|needs| needs.gate).collect::<Vec<_>>()).collect();
    gates.into_iter().filter(move |gate| catalog::gate(gate, minor).is_some_and(|state| !state.locked))
}
