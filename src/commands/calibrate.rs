//! `plimsoll calibrate`: reads `/stats/summary` documents and prints the costs that they come to.

use super::{Exit, Format, cli, input, output};
use crate::calibrate::{self, Container};
use crate::diag::{Finding, Place, Severity, Sources, in_order};
use crate::{spec, view};
use std::path::Path;
use std::sync::Arc;

/// Reads every file, so that all mistakes are told in one run, fits, and prints.
pub fn run(args: &cli::Calibrate) -> Exit {
    let named = match args.files.as_slice() {
        [one] => input::name(one),
        more => format!("{} files", more.len()),
    };
    let (mut texts, mut findings) = (Vec::new(), Vec::new());
    for path in &args.files {
        let name = input::name(path);
        match read(path) {
            Ok(text) => texts.push((name, text)),
            Err(why) => {
                let place = Place::new(&Arc::from(name.as_str()), 0..0);
                let message = format!("cannot read `{name}`: {why}");
                findings.push(Finding::error("stats-unreadable", message).at(&place, "this file"));
            }
        }
    }
    let held = |c: &Container| args.misc_holds.iter().any(|h| h == c.name());
    let held: Vec<Container> = Container::ALL.into_iter().filter(held).collect();
    let observed = match calibrate::read(&texts, &held) {
        Ok(observed) if findings.is_empty() => observed,
        Ok(_) => return refuse(findings, &named, args.format),
        Err(mistakes) => {
            findings.extend(mistakes);
            return refuse(findings, &named, args.format);
        }
    };
    let fits = calibrate::calibrate(&observed, args.quantile.ppm);
    let remarks = calibrate::remarks(&observed, &fits);
    if remarks.iter().any(|f| f.severity == Severity::Error) {
        return refuse(remarks, &named, args.format);
    }
    let asked = view::Asked { class: &args.class, quantile: &args.quantile.text, quantile_ppm: args.quantile.ppm };
    if args.format == Format::Json {
        return output::json(&view::calibration_json(&observed, &fits, &remarks, &asked));
    }
    let exit = output::data(&view::calibration(&observed, &fits, &asked));
    output::findings(&remarks, &Sources::default(), &named);
    exit
}

fn refuse(mut findings: Vec<Finding>, input: &str, format: Format) -> Exit {
    in_order(&mut findings);
    output::refuse(&findings, &Sources::default(), input, format)
}

/// A file's text; no longer than a spec may be.
fn read(path: &Path) -> Result<String, String> {
    let text = input::text(path, spec::LARGEST)?;
    if text.len() > spec::LARGEST {
        return Err(format!("it is longer than {} bytes", spec::LARGEST));
    }
    Ok(text)
}
