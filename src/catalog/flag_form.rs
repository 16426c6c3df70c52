//! How the text of a flag is read where the name of its Go type does not say it.

use super::{Form, Span, minor, read, row};
use crate::quantity::Minor;
use serde::Deserialize;
use std::sync::OnceLock;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    also_fields: Vec<String>,
    left_out: Vec<String>,
    also_flag: Vec<Also>,
    form: Vec<Row>,
}

#[derive(Deserialize)]
struct Also {
    flag: String,
    until: String,
}

#[derive(Deserialize)]
struct Row {
    flag: String,
    #[serde(default)]
    since: Option<String>,
    #[serde(default)]
    until: Option<String>,
    reads: String,
}

fn file() -> &'static File {
    static ONCE: OnceLock<File> = OnceLock::new();
    ONCE.get_or_init(|| read("flag-forms.toml", include_str!("../../catalog/flag-forms.toml")))
}

/// Whether `version` has a flag of this name, which is of the form `component/flag`.
#[must_use]
pub fn is_flag(name: &str, version: Minor) -> bool {
    let until = |also: &Also| minor(&also.flag, Some(&also.until)).is_some_and(|until| version <= until);
    let flag = name.split_once('/').map_or(name, |(_, flag)| flag);
    file().also_fields.iter().any(|own| own == name)
        || file().left_out.iter().any(|left| left == name || left == flag)
        || file().also_flag.iter().any(|also| also.flag == name && until(also))
        || span(name, version).is_some()
}

fn span(name: &str, version: Minor) -> Option<&'static Span> {
    row(name)?.span(version).filter(|span| span.form == Form::Flag)
}

/// How a flag's text is read in `version`: the name of its type in Go, or of the form that flag-forms.toml states.
#[must_use]
pub fn flag_type(name: &str, version: Minor) -> Option<&'static str> {
    let holds = |row: &&Row| {
        let since = minor(&row.flag, row.since.as_ref()).is_none_or(|s| s <= version);
        row.flag == name && since && minor(&row.flag, row.until.as_ref()).is_none_or(|u| version <= u)
    };
    let stated = file().form.iter().find(holds).map(|row| row.reads.as_str());
    stated.or_else(|| span(name, version).map(|span| span.go))
}
