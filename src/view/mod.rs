//! What a person sees: plans, explanations and refusals as text.

mod beside;
mod calibrate;
mod check;
mod compare;
mod diff;
mod explain;
mod fields;
mod plan;
mod reference;
mod registry;
mod summary;
mod table;
mod tunable;
mod unfit;

pub use calibrate::{Asked, calibration, calibration_json};
pub use check::{Detail, check, check_summary, constraints_json};
pub use compare::{comparison, sweep};
pub use diff::{diff, diff_markdown, unified};
pub use explain::{overview, value};
pub use fields::{changes, changes_json, fields, fields_json};
pub use plan::plan;
pub use reference::reference;
pub use registry::{about, asked, rule};
pub use summary::markdown;
pub use table::Table;
pub use tunable::{catalogued, gate, instead, type_of, when};
pub use unfit::findings;

use serde_json::Value as Json;

/// A value as a person writes it: texts without quotes, "unset" for what upstream leaves open.
#[must_use]
pub fn show(value: &Json) -> String {
    match value {
        Json::Null => "unset".into(),
        Json::String(text) if text.is_empty() => "\"\"".into(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
