//! Data to standard output, talk to standard error; a closed pipe is not a fault.

use super::{Exit, Format};
use crate::diag::{self, Finding, Severity, Sources, formats};
use crate::view;
use std::io::{IsTerminal, Write};

/// Writes data. A reader that went away (`| head`) ends the run quietly.
pub fn data(text: &str) -> Exit {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => Exit::Ok,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Ok,
        Err(error) => {
            talk(&format!("error: standard output: {error}\n"));
            Exit::BadInput
        }
    }
}

/// Writes JSON data.
pub fn json(value: &serde_json::Value) -> Exit {
    data(&format!("{value:#}\n"))
}

/// Writes talk.
pub fn talk(text: &str) {
    // Nobody is left to tell when standard error is gone.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Whether standard error is a terminal that wants colour.
fn colour() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}

/// Whether standard output is a terminal that wants colour.
pub fn colour_of_data() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}

/// Prints findings for people on standard error, with the count at the end.
pub fn findings(list: &[Finding], sources: &Sources, input: &str) {
    if list.is_empty() {
        return;
    }
    talk(&diag::human(list, sources, colour()));
    if let Some(line) = diag::summary(list, input) {
        talk(&format!("{line}\n"));
    }
}

/// Prints findings in the format asked for, where that is one of findings; `false` when it is not.
pub fn formatted(list: &[Finding], sources: &Sources, input: &str, format: Format) -> bool {
    failing(list, sources, input, format, Severity::Error)
}

/// The same; what is as severe as `failing` fails the run.
pub fn failing(list: &[Finding], sources: &Sources, input: &str, format: Format, failing: Severity) -> bool {
    match format {
        Format::Sarif => json(&formats::sarif(list, sources, &view::about)),
        Format::Junit => data(&formats::junit(list, sources, input, failing)),
        Format::Github => data(&formats::github(list, sources)),
        Format::Human | Format::Json | Format::Markdown | Format::Dot | Format::Mermaid => return false,
    };
    true
}

/// Reports findings that stop a run.
pub fn refuse(list: &[Finding], sources: &Sources, input: &str, format: Format) -> Exit {
    if !formatted(list, sources, input, format) {
        if format == Format::Json {
            json(&serde_json::json!({ "formatVersion": "1.0", "findings": formats::json(list, sources) }));
        } else {
            findings(list, sources, input);
        }
    }
    if list.iter().any(|f| f.id == "plan-infeasible" && f.severity == Severity::Error) {
        Exit::Unfit
    } else {
        Exit::BadInput
    }
}

/// Reports a bug of ours.
pub fn bug(what: &str) -> Exit {
    talk(&format!(
        "bug[internal]: {what}\n  = note: this is a fault of plimsoll, not of the spec\n  = help: attach the spec to a report; nothing was written\n"
    ));
    Exit::Bug
}
