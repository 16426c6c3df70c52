//! Disagreements that are known, each with its reason: they are counted as what they are, and do not fail the run.

use super::Case;
use plimsoll::quantity::Minor;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    known: Vec<Known>,
    #[serde(default)]
    short: Vec<Short>,
    /// By minor.
    open: BTreeMap<String, usize>,
}

/// A rule that this test cannot break, or keep, often enough.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Short {
    /// Its id.
    pub rule: String,
    since: Option<String>,
    until: Option<String>,
    /// Why.
    pub reason: String,
}

impl Short {
    /// Whether it is about a minor.
    pub fn covers(&self, minor: Minor) -> bool {
        within(&self.since, &self.until, minor)
    }
}

fn within(since: &Option<String>, until: &Option<String>, minor: Minor) -> bool {
    let bound = |text: &Option<String>| text.as_ref().and_then(|t| Minor::parse(t));
    bound(since).is_none_or(|since| since <= minor) && bound(until).is_none_or(|until| minor <= until)
}

/// What a run may disagree about without failing.
pub struct Accepted {
    /// Disagreements with a reason.
    pub known: Vec<Known>,
    /// Rules that are not hit often enough.
    pub short: Vec<Short>,
    open: BTreeMap<String, usize>,
}

impl Accepted {
    /// Disagreements of a minor that nobody has explained or mended yet. A minor that is not listed may have none.
    pub fn open(&self, minor: Minor) -> usize {
        self.open.get(&minor.to_string()).copied().unwrap_or(0)
    }
}

/// One of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Components.
    components: Vec<String>,
    /// First minor.
    since: Option<String>,
    /// Last minor.
    until: Option<String>,
    /// What upstream's error holds, when it is upstream that refuses.
    upstream: Option<String>,
    /// Our rule, when it is we who refuse or miss.
    rule: Option<String>,
    /// A path that one of the two says is ignored.
    lost: Option<String>,
    /// Why the two differ.
    pub reason: String,
}

/// The list.
pub fn read() -> Result<Accepted, String> {
    let file: File = toml::from_str(include_str!("known.toml")).map_err(|e| format!("known.toml: {e}"))?;
    Ok(Accepted { known: file.known, short: file.short, open: file.open })
}

impl Known {
    /// Whether a disagreement is this one.
    pub fn covers(&self, case: &Case, minor: Minor) -> bool {
        let (mutant, ours, upstream) = case;
        let minor = if mutant.component == "etcd" { mutant.etcd } else { minor };
        let here = self.components.iter().any(|c| c == mutant.component) && within(&self.since, &self.until, minor);
        let says = |wanted: &Option<String>, said: bool| wanted.is_none() || said;
        here && says(
            &self.upstream,
            self.upstream.as_ref().is_some_and(|text| upstream.errors.iter().any(|e| e.contains(text))),
        ) && says(&self.rule, self.rule.as_ref().is_some_and(|id| ours.all.contains(id)))
            && says(
                &self.lost,
                self.lost
                    .as_ref()
                    .is_some_and(|path| ours.dropped.iter().chain(&upstream.dropped).any(|p| p.contains(path))),
            )
    }
}
