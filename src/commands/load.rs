//! From a path to a plan: reading the spec and its base files, and every way in which that can end.

use super::{Exit, Format, input, output};
use crate::diag::{Finding, Place, Severity, Sources, in_order};
use crate::facts::{self, Facts};
use crate::plan::{self, Plan, Stop};
use crate::spec::{self, Set, Spec};
use crate::view;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};
use std::path::Path;
use std::sync::Arc;

/// A plan with the texts it came from.
pub struct Loaded {
    /// The plan.
    pub plan: Plan,
    /// Texts that findings point into.
    pub sources: Sources,
    /// The spec's name, as typed.
    pub input: String,
    /// Byte offset of every key of the spec, by path.
    pub offsets: BTreeMap<Arc<str>, usize>,
}

/// Classes from which a progress bar is worth its flicker.
const MANY: usize = 200;

/// A spec as it was read, before anything is made of it.
pub struct Text {
    path: std::path::PathBuf,
    /// The spec's name, as typed.
    pub input: String,
    text: String,
}

/// Why there is no plan, with what is needed to say so.
pub enum Failed {
    /// The input cannot be used.
    Refused(Vec<Finding>, Sources, String),
    /// Planning stopped.
    Stopped(Box<Stop>, Box<Spec>, Sources, String),
}

/// Reads, understands and solves a spec. Whatever stops it is reported in `format`.
///
/// # Errors
/// The exit status, after everything has been said.
pub fn load(path: &Path, format: Format) -> Result<Loaded, Exit> {
    attempt(&open(path, format)?, &[]).map_err(|failed| failed.say(format))
}

/// Reads a spec's text.
///
/// # Errors
/// The exit status, after everything has been said.
pub fn open(path: &Path, format: Format) -> Result<Text, Exit> {
    let named = input::name(path);
    let text =
        input::text(path, spec::LARGEST).map_err(|message| refuse_file(&named, "spec-unreadable", &message, format))?;
    Ok(Text { path: path.to_path_buf(), input: named, text })
}

/// Understands and solves a spec with values set over it, and says nothing.
///
/// # Errors
/// Why there is no plan.
pub fn attempt(spec: &Text, sets: &[Set]) -> Result<Loaded, Failed> {
    attempt_with(spec, sets, &|_| {})
}

/// The same, with a change of what the spec means before it is solved.
///
/// # Errors
/// Why there is no plan.
pub fn attempt_with(spec: &Text, sets: &[Set], adapt: &dyn Fn(&mut Facts)) -> Result<Loaded, Failed> {
    let input = if sets.is_empty() { spec.input.clone() } else { format!("{} with --set", spec.input) };
    let (text, read, mistakes) = spec::read_with(&input, &spec.text, sets);
    let mut sources = Sources::default();
    sources.add(&input, &text);
    let (spec, mut facts) = match understand(read, mistakes, &spec.path, &mut sources) {
        Ok(both) => both,
        Err(list) => return Err(Failed::Refused(list, sources, input)),
    };
    adapt(&mut facts);
    match solve(&facts) {
        Ok(plan) => Ok(Loaded { plan, sources, input, offsets: spec.offsets }),
        Err(stop) => Err(Failed::Stopped(Box::new(stop), Box::new(spec), sources, input)),
    }
}

/// What a spec says of machines and versions, without a plan.
///
/// # Errors
/// The exit status, after everything has been said.
pub fn facts(path: &Path, sources: &mut Sources, format: Format) -> Result<Facts, Exit> {
    let spec = open(path, format)?;
    let (text, read, mistakes) = spec::read_with(&spec.input, &spec.text, &[]);
    sources.add(&spec.input, &text);
    understand(read, mistakes, &spec.path, sources)
        .map(|(_, facts)| facts)
        .map_err(|list| output::refuse(&list, sources, &spec.input, format))
}

impl Failed {
    /// Reports it.
    pub fn say(&self, format: Format) -> Exit {
        match self {
            Self::Refused(list, sources, input) => output::refuse(list, sources, input, format),
            Self::Stopped(stop, spec, sources, input) => stopped(stop, spec, sources, input, format),
        }
    }
}

/// Asks the catalogue about a spec. One with mistakes is asked as well, so that a user sees all of them at once; what then
/// only seems to be missing, since it could not be read, is not told.
fn understand(
    spec: Option<Spec>,
    mut mistakes: Vec<Finding>,
    path: &Path,
    sources: &mut Sources,
) -> Result<(Spec, Facts), Vec<Finding>> {
    let Some(spec) = spec else {
        in_order(&mut mistakes);
        return Err(mistakes);
    };
    let broken = mistakes.iter().any(|f| f.severity == Severity::Error);
    match facts::facts(&spec, &bases(&spec, path), sources) {
        Ok(facts) if !broken => Ok((spec, facts)),
        Ok(_) => {
            in_order(&mut mistakes);
            Err(mistakes)
        }
        Err(list) => {
            mistakes.extend(
                list.into_iter().filter(|f| !broken || (f.severity == Severity::Error && !MISSING.contains(&f.id))),
            );
            in_order(&mut mistakes);
            Err(mistakes)
        }
    }
}

/// Findings that a misspelt key elsewhere may be the cause of.
const MISSING: [&str; 5] = ["hardware-unknown", "eni-unknown", "cni-unknown", "measured-half", "measured-empty"];

fn refuse_file(input: &str, id: &'static str, message: &str, format: Format) -> Exit {
    let place = Place::new(&Arc::from(input), 0..0);
    let finding = Finding::error(id, format!("cannot read `{input}`: {message}")).at(&place, "");
    output::refuse(&[finding], &Sources::default(), input, format)
}

/// Base files, read beside the spec: regular files only, and no more of one than is ever used. One that cannot be read is
/// missing from the map, and the class that names it says so.
fn bases(spec: &Spec, path: &Path) -> BTreeMap<String, String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let named = spec.classes.values().filter_map(|c| c.value.base.as_ref()).map(|b| b.value.clone());
    let read = |base: &str| {
        let file = folder.join(base);
        // A FIFO would be waited for without end.
        if !std::fs::metadata(&file).ok()?.is_file() {
            return None;
        }
        let mut text = String::new();
        std::fs::File::open(file).ok()?.take(facts::LARGEST_BASE as u64 + 1).read_to_string(&mut text).ok()?;
        Some(text)
    };
    let named: std::collections::BTreeSet<String> =
        named.chain(spec.cluster.goals.as_ref().map(|g| g.value.clone())).collect();
    named.into_iter().filter_map(|base| Some((base.clone(), read(&base)?))).collect()
}

fn solve(facts: &Facts) -> Result<Plan, Stop> {
    let many = facts.classes.len() >= MANY && std::io::stderr().is_terminal();
    let bar = if many { ProgressBar::new(facts.classes.len() as u64) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("solving {bar:30} {pos} of {len} node classes") {
        bar.set_style(style);
    }
    let plan = plan::plan(facts, &|| bar.inc(1));
    bar.finish_and_clear();
    plan
}

fn stopped(stop: &Stop, spec: &Spec, sources: &Sources, input: &str, format: Format) -> Exit {
    match stop {
        Stop::Bug(what) => output::bug(what),
        Stop::Refused(list) => output::refuse(list, sources, input, format),
        Stop::Unfit(unfit, others) => {
            let mut all = view::findings(unfit);
            all.extend(others.iter().cloned());
            if format == Format::Json {
                output::json(&plan::infeasible(spec, unfit, &all, sources));
                if let Some(first) = unfit.first() {
                    let more = if unfit.len() > 1 { format!(", and {} more", unfit.len() - 1) } else { String::new() };
                    output::talk(&format!("{}{more}; the document says why\n", first.message));
                }
                return Exit::Unfit;
            }
            output::refuse(&all, sources, input, format)
        }
    }
}
