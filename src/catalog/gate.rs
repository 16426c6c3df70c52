//! Feature gates: in which minors each exists, its default, whether it is locked, and which components know it.

use crate::quantity::Minor;

/// A gate.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    /// Its name.
    pub name: &'static str,
    /// Spans of minors in which it does not change, in order.
    pub spans: &'static [GateSpan],
}

/// Minors in which a gate does not change.
#[derive(Clone, Copy, Debug)]
pub struct GateSpan {
    /// First minor.
    pub since: Minor,
    /// Last minor; none when that is the newest one read.
    pub until: Option<Minor>,
    /// State within the span.
    pub state: GateState,
}

/// A gate in one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateState {
    /// ALPHA, BETA, GA, DEPRECATED, as upstream spells it.
    pub stage: &'static str,
    /// Whether it is on when not set.
    pub default: bool,
    /// Whether it can only be set to its default.
    pub locked: bool,
    /// Components that know it; any other refuses to start with it.
    pub components: &'static [&'static str],
    /// Gates that must be on where it is.
    pub requires: &'static [&'static str],
}

include!(concat!(env!("OUT_DIR"), "/gates.rs"));

impl Gate {
    /// Its state in `version`.
    #[must_use]
    pub fn state(&self, version: Minor) -> Option<&'static GateState> {
        let mut spans = self.spans.iter();
        spans.find(|g| g.since <= version && g.until.is_none_or(|u| version <= u)).map(|g| &g.state)
    }
}

/// The gate in `version`; `None` when that version does not know it and would refuse to start with it.
#[must_use]
pub fn gate(name: &str, version: Minor) -> Option<&'static GateState> {
    let at = GATES.binary_search_by(|g| g.name.cmp(name)).ok()?;
    GATES[at].state(version)
}

/// Every gate of any version, in order of name.
#[must_use]
pub fn gates() -> &'static [Gate] {
    &GATES
}

/// Names of every gate of any version.
pub fn gate_names() -> impl Iterator<Item = &'static str> {
    GATES.iter().map(|g| g.name)
}
