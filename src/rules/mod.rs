//! What limits or fixes values: one file per concern, each with the rules it applies and their reasons.

pub mod class;
pub mod cluster;
mod draft;
mod follow;
mod host;
mod menu;
mod registry;
mod unfit;

pub use draft::{Bound, Draft, Next, Origin, Value, Values};
pub use menu::{Choice, choose};
pub use registry::{Rule, rule, rules};
pub use unfit::{Conflict, Unfit, WayOut};

use crate::facts::Cause;

/// The cause of a row of a model: a rule, and which of its uses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Why {
    /// Id of the rule.
    pub rule: &'static str,
    /// What it is applied to, when it is applied more than once: a pin's tunable, a resource.
    pub subject: String,
}

impl Why {
    /// The only use of a rule.
    #[must_use]
    pub fn of(rule: &'static Rule) -> Self {
        Self { rule: rule.id, subject: String::new() }
    }

    /// One of several uses of a rule.
    #[must_use]
    pub fn on(rule: &'static Rule, subject: impl Into<String>) -> Self {
        Self { rule: rule.id, subject: subject.into() }
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.subject.is_empty() { f.write_str(self.rule) } else { write!(f, "{} ({})", self.rule, self.subject) }
    }
}

/// Causes of several known values, without repeats.
#[must_use]
pub fn causes<'a>(parts: impl IntoIterator<Item = Vec<&'a Cause>>) -> Vec<Cause> {
    let mut out: Vec<Cause> = parts.into_iter().flatten().cloned().collect();
    out.sort();
    out.dedup();
    out
}

/// A because-list from known values and single causes: `because![known, cause; Cause::…]`.
#[macro_export]
macro_rules! because {
    ($($known:expr),* $(; $($cause:expr),*)?) => {{
        #[allow(unused_mut)]
        let mut list: Vec<$crate::facts::Cause> = Vec::new();
        $(list.extend($known.causes().cloned());)*
        $($(list.push($cause);)*)?
        list.sort();
        list.dedup();
        list
    }};
}
