//! Proposals tried on the text: a change is offered only where the file, read again, states what it should and nothing else.

use crate::current::{self, Reading};
use crate::diag::{Edit, Finding, Fix, Proposal, Sources};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// What the files of a text state: component and name, with the value and where name and value stand.
type Statements = BTreeMap<(String, String), (Json, (Range<usize>, Range<usize>))>;

/// Bytes that are read for trying changes of one file, its length for each change: a file of thousands of mistakes would be
/// read thousands of times.
const MOST_READ: usize = 1 << 20;

/// Findings with the changes that work, in the order in which they were proposed. Of a file that comes to [`MOST_READ`] no
/// more are tried.
#[must_use]
pub fn mended(findings: Vec<Finding>, sources: &Sources) -> Vec<Finding> {
    let mut read: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    let mut try_one = |proposal: &Proposal| {
        let text = sources.text(&proposal.key.path);
        let before = read.entry(Arc::clone(&proposal.key.path)).or_default();
        let more = *before < MOST_READ;
        *before += text.len();
        more.then(|| tried(proposal, text))?
    };
    let with = |mut finding: Finding| {
        let proposals = std::mem::take(&mut finding.proposals);
        finding.fixes.extend(proposals.iter().filter_map(&mut try_one));
        finding
    };
    findings.into_iter().map(with).collect()
}

/// The change that a proposal comes to, if there is one that does this alone.
fn tried(proposal: &Proposal, text: &str) -> Option<Fix> {
    let path = &*proposal.key.path;
    let before = statements(path, text)?;
    let wanted = wanted(&before, proposal)?;
    let candidates = match &proposal.edit {
        Edit::Remove => removals(text, proposal),
        Edit::Rename(name) => vec![(proposal.key.span.clone(), name.rsplit('.').next().unwrap_or(name).to_string())],
        Edit::Value(value) => vec![(proposal.value.span.clone(), value.clone())],
    };
    let works = |(span, replacement): &(Range<usize>, String)| {
        let changed = replaced(text, span, replacement)?;
        let after = statements(path, &changed)?;
        let same = match wanted.as_ref() {
            Some(wanted) => values(&after) == values(wanted),
            // Which value a text is read as is the reader's to say; nothing else may move.
            None => after.keys().eq(before.keys()) && values(&after) != values(&before),
        };
        same.then(|| Fix {
            title: proposal.title.clone(),
            path: path.to_string(),
            span: span.clone(),
            replacement: replacement.clone(),
            verified: true,
            safe: proposal.safe,
        })
    };
    candidates.iter().find_map(works)
}

fn values(statements: &Statements) -> Vec<(&(String, String), &Json)> {
    statements.iter().map(|(name, (value, _))| (name, value)).collect()
}

/// What the file is to state afterwards; nothing within where only the value is to change.
#[allow(clippy::option_option)]
fn wanted(before: &Statements, proposal: &Proposal) -> Option<Option<Statements>> {
    // Several keys of a flag that is a map stand behind one name.
    let own = (proposal.key.span.clone(), proposal.value.span.clone());
    let name = before.iter().find(|(_, (_, at))| *at == own).map(|(name, _)| name.clone())?;
    let mut after = before.clone();
    match &proposal.edit {
        Edit::Value(_) => return Some(None),
        Edit::Remove => drop(after.remove(&name)),
        Edit::Rename(to) => {
            let (head, _) = name.1.rsplit_once(['/', '.'])?;
            let (front, _) = to.rsplit_once('.').unwrap_or(("", to));
            let own = head.split_once('/').map_or("", |(_, path)| path);
            // Only the last part of a name stands at its place.
            if front != own {
                return None;
            }
            let value = after.remove(&name)?;
            after.insert((name.0.clone(), format!("{}/{to}", name.0)), value);
        }
    }
    Some(Some(after))
}

/// Everything that a text states, by component and name; nothing where it cannot be read.
fn statements(path: &str, text: &str) -> Option<Statements> {
    let readings: Vec<Reading> = current::read_as_upstream(path, text).ok()?;
    let mut out = Statements::new();
    for reading in readings {
        for (name, entry) in reading.stated {
            out.insert((reading.component.to_string(), name), (entry.value, (entry.key, entry.node.span)));
        }
    }
    Some(out)
}

fn replaced(text: &str, span: &Range<usize>, by: &str) -> Option<String> {
    let (before, after) = (text.get(..span.start)?, text.get(span.end..)?);
    Some(format!("{before}{by}{after}"))
}

/// Stretches that could go with a setting: its lines, its part of a map in one line, its part of a flag's value.
fn removals(text: &str, proposal: &Proposal) -> Vec<(Range<usize>, String)> {
    let (key, value) = (&proposal.key.span, &proposal.value.span);
    let (from, to) = (key.start.min(value.start), value.end.max(key.end));
    let start = text.get(..from).and_then(|t| t.rfind('\n')).map_or(0, |at| at + 1);
    let end = text.get(to..).and_then(|t| t.find('\n')).map_or(text.len(), |at| to + at + 1);
    let mut out = Vec::new();
    let lead = text.get(start..from).unwrap_or_default();
    // A dash before a flag is the flag's own; before a field it is that of a whole element, which the trial then shows.
    if lead.trim_matches(['-', ' ', '"', '\'']).is_empty() {
        out.push((start..end, String::new()));
    }
    for (from, to) in [(from, to), (value.start, value.end)] {
        let (before, after) = (text.get(..from).unwrap_or_default(), text.get(to..).unwrap_or_default());
        if let Some(rest) = after.trim_start().strip_prefix(',') {
            out.push((from..text.len() - rest.trim_start_matches(' ').len(), String::new()));
        }
        if before.trim_end().ends_with(',') {
            out.push((before.trim_end().len() - 1..to, String::new()));
        }
    }
    out
}

/// A text with changes applied, of which those that touch an earlier one are left for another run; and how many were.
#[must_use]
pub fn applied(text: &str, fixes: &[&Fix]) -> (String, usize) {
    let mut list: Vec<&&Fix> = fixes.iter().collect();
    list.sort_by_key(|fix| (fix.span.start, fix.span.end));
    let mut chosen: Vec<&&Fix> = Vec::new();
    for fix in list {
        if chosen.last().is_none_or(|last| last.span.end <= fix.span.start) {
            chosen.push(fix);
        }
    }
    let mut out = text.to_string();
    for fix in chosen.iter().rev() {
        if let Some(changed) = replaced(&out, &fix.span, &fix.replacement) {
            out = changed;
        }
    }
    (out, chosen.len())
}
