//! Findings that somebody has looked at and accepted, each with the reason: `.plimsoll-check.toml`.

use super::constraints;
use crate::diag::{Finding, Place, in_order, nearest};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use toml::Spanned;

/// One accepted rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allow {
    id: Spanned<String>,
    reason: Spanned<String>,
    #[serde(default)]
    paths: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    allow: Vec<Allow>,
}

/// What is accepted.
#[derive(Debug, Default)]
pub struct Config {
    path: String,
    allow: Vec<Allow>,
}

/// Findings after what is accepted was taken out.
pub struct Allowed {
    /// The others, and what is wrong with the list itself.
    pub found: Vec<Finding>,
    /// Those that were accepted, each with the reason.
    pub accepted: Vec<Finding>,
    /// How many were accepted, by rule.
    pub counts: BTreeMap<String, usize>,
}

/// What was checked, as far as the list can speak of it.
pub struct Checked<'a> {
    /// Names of a file by which a pattern may mean it: as it was given, and from the folder of the list.
    pub names: &'a dyn Fn(&str) -> Vec<String>,
    /// The files, as they were given.
    pub files: &'a [String],
    /// Whether a rule was asked of anything, in any version.
    pub asked: &'a dyn Fn(&str) -> bool,
}

/// Reads the text of a list that is called `name`.
///
/// # Errors
/// Why it cannot be used.
pub fn read(name: &str, text: &str) -> Result<Config, Vec<Finding>> {
    let file: Arc<str> = Arc::from(name);
    let read: File = toml::from_str(text).map_err(|error| {
        let finding = Finding::error("allow-unreadable", format!("cannot read `{name}`: {}", error.message()))
            .at(&Place::new(&file, error.span().unwrap_or(0..0)), "here")
            .help("an entry is `[[allow]]` with `id`, `reason` and, where it is for some files only, `paths`");
        vec![finding]
    })?;
    let faults: Vec<Finding> = read.allow.iter().filter_map(|allow| fault(allow, &file)).collect();
    if faults.is_empty() { Ok(Config { path: name.to_string(), allow: read.allow }) } else { Err(faults) }
}

/// A rule that there is not, or a reason that says nothing.
fn fault(allow: &Allow, file: &Arc<str>) -> Option<Finding> {
    let id = allow.id.get_ref();
    if !constraints().iter().any(|c| c.id == id) {
        let near = nearest(id, constraints().iter().map(|c| c.id));
        let finding = Finding::error("allow-unknown", format!("no rule of check is called `{id}`"))
            .at(&Place::new(file, allow.id.span()), "not one of them");
        return Some(finding.help_if(near.map(|n| format!("did you mean `{n}`?"))));
    }
    allow.reason.get_ref().trim().is_empty().then(|| {
        Finding::error("allow-reason", format!("`{id}` is allowed without a reason"))
            .at(&Place::new(file, allow.reason.span()), "say why here")
    })
}

impl Config {
    /// Takes out what is accepted. An entry that could have accepted something and did not is a finding: what it was for is
    /// gone, or never was.
    #[must_use]
    pub fn split(&self, found: Vec<Finding>, checked: &Checked<'_>) -> Allowed {
        let mut used = vec![false; self.allow.len()];
        let mut counts = BTreeMap::new();
        let (mut out, mut accepted) = (Vec::new(), Vec::new());
        for mut finding in found {
            match self.allow.iter().position(|allow| allow.takes(&finding, checked)) {
                Some(at) => {
                    used[at] = true;
                    *counts.entry(finding.id.to_string()).or_default() += 1;
                    finding.accepted = Some(self.allow[at].reason.get_ref().clone());
                    accepted.push(finding);
                }
                None => out.push(finding),
            }
        }
        let file: Arc<str> = Arc::from(self.path.as_str());
        let idle = self.allow.iter().zip(used).filter(|(allow, used)| !used && allow.was_asked(checked));
        for (allow, _) in idle {
            let message = format!("`{}` is allowed, and nothing breaks it", allow.id.get_ref());
            let finding = Finding::advice("allow-unused", message).at(&Place::new(&file, allow.id.span()), "");
            out.push(finding.help("take the entry out"));
        }
        in_order(&mut out);
        Allowed { found: out, accepted, counts }
    }
}

impl Allow {
    fn takes(&self, finding: &Finding, checked: &Checked<'_>) -> bool {
        let path = finding.labels.first().map_or("", |l| l.path.as_str());
        finding.id == self.id.get_ref() && self.is_for(path, checked)
    }

    fn is_for(&self, path: &str, checked: &Checked<'_>) -> bool {
        let any = |names: Vec<String>| names.iter().any(|name| self.paths.iter().any(|p| covers(p, name)));
        self.paths.is_empty() || any((checked.names)(path))
    }

    /// Whether a file that it is for was checked, and its rule was asked.
    fn was_asked(&self, checked: &Checked<'_>) -> bool {
        (checked.asked)(self.id.get_ref()) && checked.files.iter().any(|file| self.is_for(file, checked))
    }
}

/// Whether a pattern is a path or the end of it; `*` stands for anything.
fn covers(pattern: &str, path: &str) -> bool {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let Some((last, middle)) = rest.split_last() else {
        return path == pattern || path.ends_with(&format!("/{pattern}"));
    };
    let Some(mut left) = path.strip_prefix(first) else { return false };
    for part in middle {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_pattern_is_a_path_its_end_or_has_stars() {
        for pattern in ["./a/b.yaml", "a/b.yaml", "b.yaml", "a/*", "*.yaml", "*/b.*"] {
            assert!(covers(pattern, "a/b.yaml"), "{pattern}");
        }
        for pattern in ["a", ".yaml", "b/*", "*.conf", "a/b.yaml/*"] {
            assert!(!covers(pattern, "a/b.yaml"), "{pattern}");
        }
    }
}
