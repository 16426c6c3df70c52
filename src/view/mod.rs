//! What a person sees: plans, explanations and refusals as text.

mod beside;
mod calibrate;
mod chain;
mod check;
mod compare;
mod diff;
mod diff_markdown;
mod explain;
mod fields;
mod one_more;
mod plan;
mod reference;
mod registry;
mod summary;
mod table;
mod tunable;
mod unfit;
mod upgrade;

pub use calibrate::{Asked, calibration, calibration_json};
pub use chain::{chain_json, dot, mermaid};
pub use check::{Detail, check, check_summary, constraints_json};
pub use compare::{comparison, sweep};
pub use diff::{diff, unified};
pub use diff_markdown::diff_markdown;
pub use explain::{overview, value};
pub use fields::{changes, changes_json, fields, fields_json};
pub use one_more::{OneMore, one_more_json};
pub use plan::plan;
pub use reference::reference;
pub use registry::{about, asked, rule};
pub use summary::markdown;
pub use table::Table;
pub use tunable::{catalogued, gate, instead, type_of, when};
pub use unfit::findings;
pub use upgrade::upgrade;

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
