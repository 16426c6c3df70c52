//! What components are made of by name: kube-scheduler's plugins and kube-controller-manager's controllers.

use crate::quantity::Minor;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A plugin or controller.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// Spans of minors in which it does not change, in order.
    pub spans: &'static [PartSpan],
}

/// Minors in which a plugin or controller does not change.
#[derive(Clone, Copy, Debug)]
pub struct PartSpan {
    /// First minor.
    pub since: Minor,
    /// Last minor; none when that is the newest one read.
    pub until: Option<Minor>,
    /// Whether it runs when nothing is said of it.
    pub default: bool,
}

include!(concat!(env!("OUT_DIR"), "/parts.rs"));

/// Plugins that kube-scheduler itself has, in order of name.
#[must_use]
pub fn plugins() -> &'static [Part] {
    &PLUGINS
}

/// Controllers of kube-controller-manager, in order of name.
#[must_use]
pub fn controllers() -> &'static [Part] {
    &CONTROLLERS
}

impl Part {
    /// Whether it runs by default in `version`; `None` when that version does not have it.
    #[must_use]
    pub fn default_in(&self, version: Minor) -> Option<bool> {
        let mut spans = self.spans.iter();
        spans.find(|s| s.since <= version && s.until.is_none_or(|u| version <= u)).map(|s| s.default)
    }
}

/// The controller that a short name stands for, where newer minors still take it.
#[must_use]
pub fn controller_alias(name: &str) -> Option<&'static str> {
    #[derive(Deserialize)]
    struct File {
        aliases: BTreeMap<String, String>,
    }
    static ONCE: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    let read = || {
        let file: File = super::read("controller-aliases.toml", include_str!("../../catalog/controller-aliases.toml"));
        file.aliases
    };
    ONCE.get_or_init(read).get(name).map(String::as_str)
}
