//! What a new value of a tunable takes before it acts, and where it takes more than the tunable's own word says.

use super::read;
use serde::Deserialize;
use std::sync::OnceLock;

/// One word for what a change takes.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ChangeCost {
    /// The word.
    pub id: String,
    /// In a few words, for a table.
    pub short: String,
    /// Whether the node is emptied first.
    #[serde(default)]
    pub drain: bool,
    /// What is done on a node; empty where nothing is done there.
    #[serde(default)]
    pub act: String,
    /// The same where the kubelet was stopped before.
    #[serde(default)]
    pub after_stop: String,
}

/// A case in which a change takes more.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Further {
    /// Tunables, or what their names begin with.
    pub tunables: Vec<String>,
    /// What has to hold, before or after.
    pub when: Option<When>,
    /// A tunable that must not be set, neither before nor after.
    pub unless: Option<String>,
    /// The word that is right then.
    pub cost: String,
    /// Files of the kubelet's root folder that are removed.
    #[serde(default)]
    pub files: Vec<String>,
    /// What happens otherwise.
    pub risk: String,
    /// Where that was verified.
    pub source: String,
}

/// A value that another tunable has.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Its name.
    pub tunable: String,
    /// The value.
    pub is: String,
}

#[derive(Deserialize)]
struct File {
    cost: Vec<ChangeCost>,
    further: Vec<Further>,
}

fn file() -> &'static File {
    static ONCE: OnceLock<File> = OnceLock::new();
    ONCE.get_or_init(|| read("change-costs.toml", include_str!("../../catalog/change-costs.toml")))
}

/// The meaning of a word, and its rank: a dearer one has a higher rank.
#[must_use]
pub fn change_cost(word: &str) -> Option<(usize, &'static ChangeCost)> {
    file().cost.iter().enumerate().find(|(_, cost)| cost.id == word)
}

/// The cases about a tunable.
pub fn further(name: &str) -> impl Iterator<Item = &'static Further> {
    file().further.iter().filter(move |f| f.tunables.iter().any(|t| is_of(name, t)))
}

/// Whether `name` is the tunable `whole`, or a part of it.
fn is_of(name: &str, whole: &str) -> bool {
    name.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{find, rows};

    #[test]
    fn every_word_of_the_catalogue_has_a_meaning() {
        for row in rows() {
            assert!(change_cost(row.change()).is_some(), "{}: {}", row.name, row.change());
        }
        for case in &file().further {
            assert!(change_cost(&case.cost).is_some(), "{}", case.cost);
            let named = case.tunables.iter().chain(case.when.as_ref().map(|w| &w.tunable)).chain(&case.unless);
            for name in named {
                assert!(find(name).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn a_part_of_a_tunable_costs_what_the_whole_does() {
        assert_eq!(further("kubelet/reservedMemory[0].limits.memory").count(), 1);
        assert_eq!(further("kubelet/cpuManagerPolicyOptions.full-pcpus-only").count(), 0);
        assert_eq!(further("kubelet/cpuManagerPolicy").count(), 1);
    }
}
