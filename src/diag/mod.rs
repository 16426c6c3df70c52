//! One shape for everything the tool says about an input: a finding with an id, a sentence, labelled spans and ways out.
//!
//! Human text, JSON, SARIF, JUnit and GitHub annotations are all made from this shape.

pub mod formats;
mod human;
mod source;

pub use human::{human, summary};
pub use source::{Place, Sources};

use serde::Serialize;
use std::borrow::Cow;
use std::ops::Range;

/// How much a finding matters. `Error` alone stops the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The input cannot be used, or upstream would refuse the result.
    Error,
    /// The plan stands, but a promise in it is weaker than it looks.
    Warning,
    /// Worth knowing; nothing is wrong.
    Advice,
}

/// What a label points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The mistake itself.
    Fault,
    /// What the mistake clashes with.
    Clash,
}

/// A stretch of a source text with a remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Name of the source, as the user gave it.
    pub path: String,
    /// Byte range in the source.
    pub span: Range<usize>,
    /// What stands there, in a few words.
    pub text: String,
    /// Fault or clash.
    pub role: Role,
}

/// A change that would mend a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the change does, in the imperative.
    pub title: String,
    /// Name of the source.
    pub path: String,
    /// Byte range that is replaced.
    pub span: Range<usize>,
    /// The new text.
    pub replacement: String,
    /// Whether the changed input was solved or read again, and works.
    pub verified: bool,
    /// Whether the component that reads the file makes the same of it afterwards.
    pub safe: bool,
}

/// What a proposal does to a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// It goes.
    Remove,
    /// It gets another name.
    Rename(String),
    /// It gets another value, as written.
    Value(String),
}

/// A change to one stated setting that would mend a finding, before it has been tried on the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What the change does, in the imperative.
    pub title: String,
    /// The setting's name in its file.
    pub key: Place,
    /// Its value.
    pub value: Place,
    /// What is done.
    pub edit: Edit,
    /// Whether the component that reads the file makes the same of it afterwards.
    pub safe: bool,
}

/// One diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable id of words.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence that stands alone: lower case, no full stop.
    pub message: String,
    /// Spans, the fault first.
    pub labels: Vec<Label>,
    /// Facts the reader needs.
    pub notes: Vec<String>,
    /// What to do.
    pub helps: Vec<String>,
    /// Changes that were tried.
    pub fixes: Vec<Fix>,
    /// Changes that were not.
    pub proposals: Vec<Proposal>,
    /// What comes of it, where a constraint says so.
    pub consequence: Option<&'static str>,
    /// Minors of Kubernetes for which it was found, of those that were asked for; empty where it is about none.
    pub versions: Vec<String>,
    /// Why somebody accepted it.
    pub accepted: Option<String>,
}

impl Finding {
    /// A finding of a severity that data decides.
    pub fn of(id: &'static str, severity: Severity, message: impl Into<String>) -> Self {
        Self::new(id, severity, message)
    }

    fn new(id: &'static str, severity: Severity, message: impl Into<String>) -> Self {
        let (labels, notes, helps) = (Vec::new(), Vec::new(), Vec::new());
        let (fixes, proposals, consequence) = (Vec::new(), Vec::new(), None);
        let (message, versions, accepted) = (message.into(), Vec::new(), None);
        Self { id, severity, message, labels, notes, helps, fixes, proposals, consequence, versions, accepted }
    }

    /// A finding that stops the run.
    pub fn error(id: &'static str, message: impl Into<String>) -> Self {
        Self::new(id, Severity::Error, message)
    }

    /// A finding about a promise that is weaker than it looks.
    pub fn warning(id: &'static str, message: impl Into<String>) -> Self {
        Self::new(id, Severity::Warning, message)
    }

    /// A finding that is only worth knowing.
    pub fn advice(id: &'static str, message: impl Into<String>) -> Self {
        Self::new(id, Severity::Advice, message)
    }

    /// Points at the mistake.
    #[must_use]
    pub fn at(self, place: &Place, text: impl Into<String>) -> Self {
        self.label(place, text, Role::Fault)
    }

    /// Points at what the mistake clashes with.
    #[must_use]
    pub fn clash(self, place: &Place, text: impl Into<String>) -> Self {
        self.label(place, text, Role::Clash)
    }

    fn label(mut self, place: &Place, text: impl Into<String>, role: Role) -> Self {
        let label = Label { path: place.path.to_string(), span: place.span.clone(), text: text.into(), role };
        self.labels.push(label);
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds an action.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(text.into());
        self
    }

    /// Adds an action when there is one.
    #[must_use]
    pub fn help_if(self, text: Option<String>) -> Self {
        match text {
            Some(text) => self.help(text),
            None => self,
        }
    }

    /// Says what comes of it.
    #[must_use]
    pub fn consequence(mut self, word: &'static str) -> Self {
        self.consequence = Some(word);
        self
    }

    /// Adds a change that nobody has tried.
    #[must_use]
    pub fn propose(mut self, proposal: Option<Proposal>) -> Self {
        self.proposals.extend(proposal);
        self
    }

    /// Adds a change.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    /// Where this finding sorts: by file, then by place, then by id, so that output follows the file.
    #[must_use]
    pub fn order(&self) -> (String, usize, &'static str, String) {
        let fault = self.labels.iter().find(|l| l.role == Role::Fault).or(self.labels.first());
        let (path, start) = fault.map_or((String::from("\u{10ffff}"), usize::MAX), |l| (l.path.clone(), l.span.start));
        (path, start, self.id, self.message.clone())
    }
}

/// A text for a terminal, which what a file holds, or is called, may not steer: without control characters but ends of lines.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    let steers = |c: char| c.is_control() && c != '\n';
    match text.contains(steers) {
        true => Cow::Owned(text.replace(steers, "·")),
        false => Cow::Borrowed(text),
    }
}

/// Sorts findings into file order and drops exact repeats.
pub fn in_order(findings: &mut Vec<Finding>) {
    findings.sort_by_cached_key(Finding::order);
    findings.dedup();
}

/// The closest of `known` to `typed`, when it is close enough to be what was meant (edit distance at most two, or a third
/// of the word).
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = typed.to_lowercase();
    let most = 2.max(typed.chars().count() / 4);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= most && *distance < name.chars().count())
        .min()
        .map(|(_, name)| name)
}
