//! `plimsoll compare`.

use super::{Exit, Format, cli, load, output};
use crate::compare::{self, Comparison};
use crate::diag::Finding;
use crate::plan::Stop;
use crate::spec::Set;
use crate::view;

/// Plans a spec as it is and with values set over it, and shows what moves.
pub fn run(args: &cli::Compare) -> Exit {
    if let Some(key) = twice(args) {
        output::talk(&format!("error[set-twice]: `{key}` is set more than once\n"));
        return Exit::BadInput;
    }
    let text = match load::open(&args.spec, args.format) {
        Ok(text) => text,
        Err(exit) => return exit,
    };
    let before = match load::attempt(&text, &[]) {
        Ok(loaded) => loaded,
        Err(failed) => return failed.say(args.format),
    };
    match &args.sweep {
        None => one(args, &text, &before),
        Some(sweep) => many(args, sweep, &text, &before),
    }
}

/// A key given twice: one of the two would have no effect.
fn twice(args: &cli::Compare) -> Option<&str> {
    let mut keys: Vec<&str> = args.set.iter().map(|s| s.key.as_str()).collect();
    keys.extend(args.sweep.as_ref().map(|s| s.key.as_str()));
    keys.sort_unstable();
    keys.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

fn one(args: &cli::Compare, text: &load::Text, before: &load::Loaded) -> Exit {
    let after = match load::attempt(text, &args.set) {
        Ok(after) => after,
        Err(failed) => return failed.say(args.format),
    };
    let comparison = compare::compare(&before.plan, &after.plan);
    if args.format == Format::Json {
        let variants = vec![comparison.json(&args.set)];
        return output::json(&compare::document(&before.plan, &text.input, variants));
    }
    let exit = output::data(&view::comparison(&comparison, &args.set));
    let added: Vec<Finding> = comparison.added.iter().map(|f| (*f).clone()).collect();
    output::findings(&added, &after.sources, &after.input);
    exit
}

fn many(args: &cli::Compare, sweep: &cli::Sweep, text: &load::Text, before: &load::Loaded) -> Exit {
    let points = sweep.values.iter().map(|value| {
        let swept = Set { key: sweep.key.clone(), value: value.to_string() };
        let sets: Vec<Set> = args.set.iter().cloned().chain([swept]).collect();
        let made = load::attempt(text, &sets);
        (*value, sets, made)
    });
    let mut made = Vec::new();
    for (value, sets, result) in points {
        match result {
            Ok(loaded) => made.push((value, sets, Ok(loaded))),
            // A point without a plan is an answer; anything else is no point at all.
            Err(load::Failed::Stopped(stop, spec, sources, input)) if matches!(*stop, Stop::Unfit(..)) => {
                made.push((value, sets, Err(load::Failed::Stopped(stop, spec, sources, input))));
            }
            Err(failed) => return failed.say(args.format),
        }
    }
    let unfit = made.iter().find_map(|(_, _, result)| result.as_ref().err());
    let compared: Vec<(i64, &[Set], Option<Comparison<'_>>)> = made
        .iter()
        .map(|(value, sets, result)| {
            let compared = result.as_ref().ok().map(|after| compare::compare(&before.plan, &after.plan));
            (*value, sets.as_slice(), compared)
        })
        .collect();
    let exit = if args.format == Format::Json {
        let variants =
            compared.iter().zip(&made).map(|((_, sets, compared), (_, _, result))| match (compared, result) {
                (Some(comparison), _) => comparison.json(sets),
                (None, Err(load::Failed::Stopped(stop, ..))) => compare::unfit_json(sets, &why(stop)),
                (None, _) => compare::unfit_json(sets, &[]),
            });
        output::json(&compare::document(&before.plan, &text.input, variants.collect()))
    } else {
        let points: Vec<_> = compared.iter().map(|(value, _, c)| (*value, c.as_ref().map(|c| c.after))).collect();
        output::data(&view::sweep(&before.plan, &sweep.key, &points))
    };
    match unfit {
        Some(_) if args.format == Format::Json => Exit::Unfit,
        Some(failed) => failed.say(args.format),
        None => {
            talk_of(&made, args.format);
            exit
        }
    }
}

fn why(stop: &Stop) -> Vec<Finding> {
    match stop {
        Stop::Unfit(unfit, _) => view::findings(unfit),
        _ => Vec::new(),
    }
}

/// Findings of the last point of a sweep that the first does not have.
fn talk_of(made: &[(i64, Vec<Set>, Result<load::Loaded, load::Failed>)], format: Format) {
    let ends = (made.first().map(|(.., r)| r), made.last().map(|(.., r)| r));
    if let (Some(Ok(first)), Some(Ok(last)), Format::Human) = (ends.0, ends.1, format) {
        let comparison = compare::compare(&first.plan, &last.plan);
        let added: Vec<Finding> = comparison.added.iter().map(|f| (*f).clone()).collect();
        output::findings(&added, &last.sources, &last.input);
    }
}
