//! What a person sees: plans, explanations and refusals as text.

mod diff;
mod explain;
mod plan;
mod summary;
mod table;
mod unfit;

pub use diff::{diff, diff_markdown, unified};
pub use explain::{catalogued, overview, rule, value};
pub use plan::plan;
pub use summary::markdown;
pub use table::Table;
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
