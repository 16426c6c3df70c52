//! Constraints: what upstream, or the settings among themselves, ask of a configuration. They are data, in
//! `catalog/constraints/`; a condition that one line cannot say is a function of the same id (`by_hand`).

use super::expression::{Expr, parse};
use crate::catalog;
use crate::quantity::Minor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What comes of breaking a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Consequence {
    /// The component does not start.
    Refuses,
    /// The component takes no notice, in silence.
    Ignored,
    /// It starts, and something can fail that need not.
    Dangerous,
    /// It costs something and gains nothing.
    Wasteful,
    /// It does what it says, and says it badly.
    Style,
}

impl Consequence {
    /// Every one, the worst first.
    pub const ALL: [Self; 5] = [Self::Refuses, Self::Ignored, Self::Dangerous, Self::Wasteful, Self::Style];

    /// Its word in data.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Refuses => "refuses",
            Self::Ignored => "ignored",
            Self::Dangerous => "dangerous",
            Self::Wasteful => "wasteful",
            Self::Style => "style",
        }
    }

    /// What it says of the component that reads the setting.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Refuses => "the component does not start",
            Self::Ignored => "the component takes no notice, in silence",
            Self::Dangerous => "it starts, and something can fail that need not",
            Self::Wasteful => "it costs something and gains nothing",
            Self::Style => "it does what it says, and says it badly",
        }
    }
}

/// What mends a broken constraint without a decision of the user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mend {
    /// The stated settings that break it may go: the component makes the same of the file without them.
    Drop,
    /// They may go, and the component then does something else.
    Remove,
}

/// An example of files that break or keep a constraint: of its own component, or by component.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Example {
    /// The fields or flags of the constraint's component.
    Own(String),
    /// Those of several components.
    Several(BTreeMap<String, String>),
}

/// One constraint.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// Stable id of words.
    pub id: &'static str,
    /// The component whose settings it names without a prefix; `cluster` for constraints between components.
    pub component: &'static str,
    /// First minor that has it.
    pub since: Option<Minor>,
    /// Last minor that has it.
    pub until: Option<Minor>,
    /// What comes of breaking it.
    pub consequence: Consequence,
    /// The condition; none when a function says it.
    pub needs: Option<Expr>,
    /// The condition as written.
    pub text: String,
    /// The finding's sentence, with `{setting}` for values.
    pub says: String,
    /// Why it is so.
    pub why: String,
    /// What to do, with `{setting}` for values.
    pub help: Option<String>,
    /// Whether the name is at fault and not the value: then the name is pointed at.
    pub names: bool,
    /// What mends it.
    pub mend: Option<Mend>,
    /// Where that was verified.
    pub source: String,
    /// Files that break it.
    pub fails: Example,
    /// Files that just keep it.
    pub passes: Example,
    /// Facts of the machine for the examples, as `machine/…` names them.
    pub machine: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    id: String,
    component: Option<String>,
    since: Option<String>,
    until: Option<String>,
    consequence: Consequence,
    needs: Option<String>,
    says: Option<String>,
    why: String,
    help: Option<String>,
    #[serde(default)]
    names: bool,
    mend: Option<Mend>,
    source: String,
    fails: Example,
    passes: Example,
    #[serde(default)]
    machine: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct File {
    constraint: Vec<Row>,
}

/// Files of constraints by component.
const FILES: [(&str, &str); 9] = [
    ("any", include_str!("../../catalog/constraints/any.toml")),
    ("etcd", include_str!("../../catalog/constraints/etcd.toml")),
    ("kube-apiserver", include_str!("../../catalog/constraints/kube-apiserver.toml")),
    ("kube-controller-manager", include_str!("../../catalog/constraints/kube-controller-manager.toml")),
    ("kube-proxy", include_str!("../../catalog/constraints/kube-proxy.toml")),
    ("kube-scheduler", include_str!("../../catalog/constraints/kube-scheduler.toml")),
    ("kubelet", include_str!("../../catalog/constraints/kubelet.toml")),
    ("cluster", include_str!("../../catalog/constraints/cluster.toml")),
    // Each of these says its component itself.
    ("guides", include_str!("../../catalog/constraints/guides.toml")),
];

/// Every constraint, by file and in file order. One id may be there several times, for minors that differ.
pub fn constraints() -> &'static [Constraint] {
    static ONCE: OnceLock<Vec<Constraint>> = OnceLock::new();
    ONCE.get_or_init(|| FILES.iter().flat_map(|(component, text)| read(component, text)).collect())
}

fn read(component: &'static str, text: &'static str) -> Vec<Constraint> {
    let name = format!("constraints/{component}.toml");
    let file: File = catalog::read(&name, text);
    let minor = |text: &Option<String>| {
        text.as_ref().map(|t| catalog::embedded(&name, Minor::parse(t).ok_or_else(|| format!("`{t}` is not a minor"))))
    };
    let rows = file.constraint.into_iter().map(|row| Constraint {
        // Read once, for the life of the program.
        id: Box::leak(row.id.into_boxed_str()),
        component: row.component.map_or(component, |own| Box::leak(own.into_boxed_str())),
        since: minor(&row.since),
        until: minor(&row.until),
        consequence: row.consequence,
        needs: row.needs.as_ref().map(|text| catalog::embedded(&name, parse(text))),
        text: row.needs.unwrap_or_default(),
        says: row.says.unwrap_or_default(),
        why: row.why,
        help: row.help,
        names: row.names,
        mend: row.mend,
        source: row.source,
        fails: row.fails,
        passes: row.passes,
        machine: row.machine,
    });
    rows.collect()
}

/// The constraint of this id for a minor.
#[must_use]
pub fn constraint(id: &str, version: Minor) -> Option<&'static Constraint> {
    constraints().iter().find(|c| c.id == id && c.holds_in(version))
}

impl Constraint {
    /// Whether `version` has it.
    #[must_use]
    pub fn holds_in(&self, version: Minor) -> bool {
        self.since.is_none_or(|s| s <= version) && self.until.is_none_or(|u| version <= u)
    }

    /// A setting's full name: those without a component are of the constraint's own.
    #[must_use]
    pub fn full(&self, name: &str) -> String {
        let qualified = name.split_once('/').is_some_and(|(front, _)| !front.contains(['.', '[']));
        if qualified { name.to_string() } else { format!("{}/{name}", self.component) }
    }

    /// The settings that the condition names, in full.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.needs.iter().flat_map(Expr::names).map(|n| self.full(n)).collect()
    }
}
