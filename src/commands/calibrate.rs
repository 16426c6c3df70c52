//! `plimsoll calibrate`: reads `/stats/summary` documents and prints the costs that they come to.

use super::{Exit, Format, cli, output};
use crate::calibrate::{self, Container};
use crate::diag::{Finding, Place, Severity, Sources, in_order};
use crate::{spec, view};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Reads every file, so that all mistakes are told in one run, fits, and prints.
pub fn run(args: &cli::Calibrate) -> Exit {
    let input = match args.files.as_slice() {
        [one] => name(one),
        more => format!("{} files", more.len()),
    };
    let (mut texts, mut findings) = (Vec::new(), Vec::new());
    for path in &args.files {
        let name = name(path);
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
        Ok(_) => return refuse(findings, &input, args.format),
        Err(mistakes) => {
            findings.extend(mistakes);
            return refuse(findings, &input, args.format);
        }
    };
    let fits = calibrate::calibrate(&observed, args.quantile.ppm);
    let remarks = calibrate::remarks(&observed, &fits);
    if remarks.iter().any(|f| f.severity == Severity::Error) {
        return refuse(remarks, &input, args.format);
    }
    let asked = view::Asked { class: &args.class, quantile: &args.quantile.text, quantile_ppm: args.quantile.ppm };
    if args.format == Format::Json {
        return output::json(&view::calibration_json(&observed, &fits, &remarks, &asked));
    }
    let exit = output::data(&view::calibration(&observed, &fits, &asked));
    output::findings(&remarks, &Sources::default(), &input);
    exit
}

fn refuse(mut findings: Vec<Finding>, input: &str, format: Format) -> Exit {
    in_order(&mut findings);
    output::refuse(&findings, &Sources::default(), input, format)
}

fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { "<stdin>".to_string() } else { path.display().to_string() }
}

/// A file's text; no longer than a spec may be, since a folder or a log given by accident would only take memory.
fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let limit = spec::LARGEST as u64 + 1;
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|f| f.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(|e| e.to_string())?;
    if bytes.len() > spec::LARGEST {
        return Err(format!("it is longer than {} bytes", spec::LARGEST));
    }
    String::from_utf8(bytes).map_err(|e| format!("it is not UTF-8 from byte {} on", e.utf8_error().valid_up_to()))
}
