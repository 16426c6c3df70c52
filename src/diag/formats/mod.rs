//! Findings in the forms that machines read: JSON, SARIF 2.1.0, JUnit and GitHub annotations.

mod github;
mod json;
mod junit;
mod sarif;

pub use github::github;
pub use json::json;
pub use junit::junit;
pub use sarif::sarif;
