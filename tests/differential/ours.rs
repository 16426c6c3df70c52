//! Our verdict on a mutant, by the library: which constraints refuse it, and what is ignored.

use super::machines;
use super::mutant::Mutant;
use plimsoll::check::assemble::{self, Given};
use plimsoll::diag::{Finding, Severity};
use plimsoll::quantity::Minor;
use plimsoll::{check, current};
use std::collections::BTreeSet;

/// What we say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Ids that say the component would not start.
    pub refused: BTreeSet<String>,
    /// Paths that it would ignore.
    pub dropped: BTreeSet<String>,
    /// Ids of all findings.
    pub all: BTreeSet<String>,
    /// The same with what each of them names first.
    named: BTreeSet<(String, String)>,
}

/// Ids of what is lost when files and flags are read. What else is ignored shows in what the component does, not here.
const LOST: [&str; 6] = [
    "unknown-setting",
    "setting-of-another-version",
    "key-twice",
    "flag-ignored",
    "flag-beside-file",
    "drop-in-not-read",
];

/// Our verdict.
pub fn verdict(mutant: &Mutant, kubernetes: Minor) -> Verdict {
    let mut out = Verdict::default();
    let component = mutant.component;
    let text = mutant.text();
    let files = match (mutant.form(), &mutant.main) {
        ("flags", Some(beside)) => {
            vec![(format!("{component}.yaml"), beside.clone(), false), (format!("{component}.flags"), text, false)]
        }
        ("flags", None) => vec![(format!("{component}.flags"), text, false)],
        (_, Some(main)) => vec![
            (format!("{component}.yaml"), main.clone(), false),
            (format!("{component}.conf.d/{}", mutant.name), text, true),
        ],
        _ => vec![(format!("{component}.yaml"), text, false)],
    };
    let mut given = Vec::new();
    for (path, text, drop_in) in files {
        match current::read_as_upstream(&path, &text) {
            Ok(list) => given.extend(list.into_iter().map(|reading| Given { class: None, drop_in, reading })),
            Err(fault) => out.add(*fault),
        }
    }
    // No flags at all are none of no component.
    let empty = mutant.form() == "flags" && mutant.text().is_empty();
    if out.refused.is_empty() && !empty && !given.iter().any(|g| g.reading.component == component) {
        out.refused.insert("unrecognised".to_string());
        out.all.insert("unrecognised".to_string());
    }
    if !out.refused.is_empty() {
        return out;
    }
    for mut scene in assemble::scenes(given) {
        scene.machine = machines::facts(mutant.machine.as_ref());
        for finding in check::check(&scene, kubernetes, mutant.etcd) {
            out.add(finding);
        }
    }
    out
}

impl Verdict {
    /// Whether a setting breaks a rule.
    pub fn breaks(&self, rule: &str, path: &str) -> bool {
        self.named.iter().any(|(id, name)| id == rule && name == path)
    }

    fn add(&mut self, finding: Finding) {
        let id = finding.id.to_string();
        if let Some(name) = finding.message.split('`').nth(1) {
            self.named.insert((id.clone(), name.to_string()));
        }
        if finding.severity == Severity::Error {
            self.refused.insert(id.clone());
        } else if LOST.contains(&id.as_str())
            && let Some(name) = finding.message.split('`').nth(1)
        {
            self.dropped.insert(name.to_string());
        }
        self.all.insert(id);
    }
}
