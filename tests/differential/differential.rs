//! Mutates valid files of every component and compares our verdict with upstream's own: tests/differential/README.md.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod compare;
mod examples;
mod judge;
mod known;
mod machines;
mod mutant;
mod mutate;
mod ours;
mod random;
mod report;
mod rows;
mod seeds;
mod shrink;
mod targeted;
mod tree;
mod values;

use compare::{difference, family};
use judge::Answer;
use mutant::Mutant;
use ours::Verdict;
use plimsoll::catalog;
use plimsoll::check::constraints;
use plimsoll::quantity::Minor;
use random::Random;
use rayon::prelude::*;
use std::path::PathBuf;
use std::process::ExitCode;

/// Everything that is known of one mutant.
type Case = (Mutant, Verdict, Answer);

struct Options {
    minors: Vec<Minor>,
    cases: usize,
    seed: u64,
    show: usize,
    only: Option<String>,
    brief: bool,
    judges: PathBuf,
    seeds: PathBuf,
}

fn options() -> Result<Options, String> {
    let mut out = Options {
        minors: Vec::new(),
        cases: 5000,
        seed: 1,
        show: 0,
        only: None,
        brief: false,
        judges: PathBuf::from("tests/upstream/.bin"),
        seeds: PathBuf::from("target/differential"),
    };
    let mut rest = std::env::args().skip(1);
    while let Some(name) = rest.next() {
        if name == "--brief" {
            out.brief = true;
            continue;
        }
        let (name, value) = match name.split_once('=') {
            Some((name, value)) => (name.to_string(), Some(value.to_string())),
            None => (name, None),
        };
        let value = value.or_else(|| rest.next()).ok_or_else(|| format!("{name} needs a value"))?;
        let number = || value.parse::<usize>().map_err(|e| format!("{name} {value}: {e}"));
        match name.as_str() {
            "--minor" => out.minors.push(Minor::parse(&value).ok_or_else(|| format!("{value} is no minor"))?),
            "--cases" => out.cases = number()?,
            "--seed" => out.seed = u64::try_from(number()?).unwrap_or(1),
            "--show" => out.show = number()?,
            "--only" => out.only = Some(value),
            "--judges" => out.judges = PathBuf::from(value),
            "--seeds" => out.seeds = PathBuf::from(value),
            _ => return Err(format!("{name} is no option")),
        }
    }
    Ok(out)
}

fn main() -> ExitCode {
    match options().and_then(|options| run(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            eprintln!("differential: {fault}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Result<bool, String> {
    let known = known::read()?;
    let mut good = true;
    for minor in &options.minors {
        let cases = cases(options, *minor)?;
        good &= report::print(options, *minor, &cases, &known)?;
    }
    Ok(good)
}

/// The minors of etcd, each of which is asked in turn.
fn etcds() -> Vec<Minor> {
    let (oldest, newest) = (catalog::versions().etcd_oldest, catalog::versions().etcd_newest);
    (oldest.1..=newest.1).map(|minor| Minor(newest.0, minor)).collect()
}

/// All mutants of a minor with both verdicts: those made for each rule first, then those made for none.
fn cases(options: &Options, minor: Minor) -> Result<Vec<Case>, String> {
    let etcds = etcds();
    let folder = options.seeds.join(minor.to_string());
    let seeds: Result<Vec<_>, String> = etcds.iter().map(|etcd| seeds::Seeds::read(&folder, *etcd)).collect();
    let seeds = seeds?;
    let wanted = |id: &str| options.only.as_ref().is_none_or(|only| only == id);
    let rules: Vec<_> = constraints().iter().filter(|c| wanted(c.id)).collect();
    let made: Vec<Mutant> = rules
        .par_iter()
        .flat_map(|rule| {
            // A rule of etcd is tried with every etcd that has it, the newest first: what it is about may go with a minor.
            let of = |at: &usize| targeted::judged(rule, minor, etcds[*at]);
            let of: Vec<&seeds::Seeds> = (0..etcds.len()).rev().filter(of).map(|at| &seeds[at]).collect();
            targeted::mutants(rule, minor, &of, &mut Random::new(options.seed, &format!("{minor} {}", rule.id)))
        })
        .collect();
    // A setting of etcd is tried with the newest one.
    let newest = seeds.len() - 1;
    let rows = rows::Row::all(minor, etcds[newest]);
    let of_rows: Vec<Mutant> = rows
        .par_iter()
        .filter(|row| wanted(row.rule) || wanted(&row.name()))
        .flat_map(|row| {
            row.mutants(minor, &seeds[newest], &mut Random::new(options.seed, &format!("{minor} {}", row.name())))
        })
        .collect();
    let free = if options.only.is_some() { 0 } else { options.cases.saturating_sub(made.len()).max(options.cases / 2) };
    let mutants: Vec<Mutant> = (0..free)
        .into_par_iter()
        .filter_map(|at| {
            let mut random = Random::new(options.seed, &format!("{minor} free {at}"));
            mutate::Mutator { minor, seeds: &seeds[at % seeds.len()] }.mutant(&mut random)
        })
        .collect();
    let mutants: Vec<Mutant> = made.into_iter().chain(of_rows).chain(mutants).collect();
    verdicts(options, minor, mutants)
}

/// Both verdicts on mutants.
fn verdicts(options: &Options, minor: Minor, mutants: Vec<Mutant>) -> Result<Vec<Case>, String> {
    let answers = judge::ask(&options.judges, minor, &mutants)?;
    if let Some(unasked) = answers.iter().find(|a| a.errors.iter().any(|e| e.starts_with("cannot ask"))) {
        return Err(format!("the judge was not asked: {:?}", unasked.errors));
    }
    let ours: Vec<Verdict> = mutants.par_iter().map(|mutant| ours::verdict(mutant, minor)).collect();
    let all = mutants.into_iter().zip(ours).zip(answers).map(|((mutant, ours), answer)| (mutant, ours, answer));
    // No flags at all are a configuration of no component.
    let says = |mutant: &Mutant| mutant.form() != "flags" || !mutant.text().is_empty();
    Ok(all.filter(|(mutant, _, answer)| says(mutant) && !answer.is_of_the_host()).collect())
}

/// Disagreements by what they have in common.
fn families(cases: &[Case]) -> std::collections::BTreeMap<String, Vec<&Case>> {
    let mut out = std::collections::BTreeMap::<String, Vec<&Case>>::new();
    for case in cases {
        if let Some(found) = difference(case) {
            out.entry(family(case, &found)).or_default().push(case);
        }
    }
    out
}
