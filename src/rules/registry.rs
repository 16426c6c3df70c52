//! Every rule by id. Rules are stated beside the code that applies them and listed once here.

use super::{class, cluster, host};
use crate::check::{Constraint, constraints};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One reason that limits or fixes values.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Stable id of words.
    #[serde(skip)]
    pub id: &'static str,
    /// Why it is so, in one sentence.
    pub why: &'static str,
    /// Where a reviewer can settle it, or `opinion`.
    pub source: &'static str,
}

/// Every rule by id.
pub fn rules() -> &'static BTreeMap<&'static str, &'static Rule> {
    static ONCE: OnceLock<BTreeMap<&'static str, &'static Rule>> = OnceLock::new();
    ONCE.get_or_init(|| {
        class::RULES
            .iter()
            .chain(cluster::RULES)
            .chain(host::RULES)
            .chain(cluster::cni::RULES)
            .flat_map(|list| list.iter())
            .map(|r| (r.id, *r))
            .collect()
    })
}

/// The rule called `id`: one of the planner's own, or a constraint of upstream's that decided a value.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().get(id).copied().or_else(|| upstream().get(id))
}

/// A constraint as the reason of a value.
pub(super) fn asked(constraint: &'static Constraint) -> Option<&'static Rule> {
    upstream().get(constraint.id)
}

fn upstream() -> &'static BTreeMap<&'static str, Rule> {
    static ONCE: OnceLock<BTreeMap<&'static str, Rule>> = OnceLock::new();
    let of = |c: &'static Constraint| (c.id, Rule { id: c.id, why: &c.why, source: &c.source });
    ONCE.get_or_init(|| constraints().iter().map(of).collect())
}
