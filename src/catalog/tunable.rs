//! Tunables: every upstream setting that may be pinned, planned, carried, compared or explained. `build/` joins what
//! upstream says by version with the hand-written layer; this is the joined table and its questions.

use crate::quantity::Minor;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::OnceLock;

/// What upstream's type is, as far as writing and comparing go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A decimal number.
    Number,
    /// Text.
    String,
    /// A Kubernetes quantity, written as text.
    Quantity,
    /// CPU, written as text: a quantity under the key `cpu`.
    Cpu,
    /// Memory, storage or a count, written as text: a quantity under any other key.
    Bytes,
    /// A Go duration, written as text.
    Duration,
    /// A quantity or a percentage, written as text.
    Threshold,
    /// A list.
    List,
    /// A map with free keys.
    Map,
    /// A structure that is carried whole.
    Object,
}

/// Where a tunable's value can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Between single nodes.
    Node,
    /// Between node classes.
    Class,
    /// One value for the cluster.
    Cluster,
}

/// How upstream takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A field of a configuration file.
    Field,
    /// A command-line flag.
    Flag,
}

/// What a row is to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It has a value of its own, and can be pinned.
    Setting,
    /// A structure whose fields are settings.
    Group,
    /// A member of the list or structure named, which is carried whole.
    Part(&'static str),
    /// A flag that writes the configuration field named.
    Alias(&'static str),
}

/// Minors in which nothing about it changes.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// First minor.
    pub since: Minor,
    /// Last minor; none when that is the newest one read.
    pub until: Option<Minor>,
    /// Field or flag.
    pub form: Form,
    /// Upstream's Go type; a star says that it can be unset. Empty for a key of a map.
    pub go: &'static str,
    /// Whether upstream warns of it.
    pub deprecated: bool,
    /// The configuration field that a flag writes.
    pub sets: Option<&'static str>,
    json: &'static str,
}

/// A feature gate without which upstream refuses a value other than the default.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    /// The gate.
    pub gate: &'static str,
    since: Minor,
    until: Option<Minor>,
    json: &'static str,
    /// Whether stating the setting at all needs the gate: its default, and an empty map.
    pub stated: bool,
    /// Where upstream asks for it.
    pub source: &'static str,
}

/// What a default comes to that upstream's own object does not hold.
#[derive(Clone, Copy, Debug)]
pub struct Effective {
    since: Minor,
    until: Option<Minor>,
    json: &'static str,
    /// Where upstream puts it in place.
    pub source: &'static str,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    since: Minor,
    until: Option<Minor>,
    when: &'static str,
}

#[derive(Clone, Copy, Debug)]
struct Words {
    since: Minor,
    json: &'static [&'static str],
}

/// An end of a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// A number.
    Number(f64),
    /// A Go duration.
    Duration(&'static str),
}

/// What was written by hand.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Where the value can differ.
    pub scope: Scope,
    /// What changing it takes.
    pub change: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Where that was verified.
    pub source: &'static str,
    /// Traps.
    pub notes: &'static [&'static str],
}

/// One tunable.
#[derive(Clone, Copy, Debug)]
pub struct Tunable {
    /// `component/path`.
    pub name: &'static str,
    /// Type of the value.
    pub kind: Type,
    /// Type of an element of a list or map.
    pub of: Option<Type>,
    /// What it is to a user.
    pub role: Role,
    /// Where it exists, in order.
    pub spans: &'static [Span],
    /// Unit, for people.
    pub unit: Option<&'static str>,
    /// Smallest value upstream accepts.
    pub min: Option<Bound>,
    min_before: Option<(Minor, Option<Bound>)>,
    /// Largest value upstream accepts.
    pub max: Option<Bound>,
    /// Keys upstream accepts in a map.
    pub key_values: Option<&'static [&'static str]>,
    also_keys: &'static [(Minor, &'static [&'static str])],
    /// Field that keys an element of a list of objects.
    pub list_key: Option<&'static str>,
    /// The hand layer, where there is one.
    pub facts: Option<Facts>,
    effective: &'static [Effective],
    words: &'static [Words],
    needs: &'static [Needs],
    asked: &'static [Asked],
}

include!(concat!(env!("OUT_DIR"), "/tunables.rs"));

/// Every row, in order of name: settings, and what is carried as a part of one.
#[must_use]
pub fn rows() -> &'static [Tunable] {
    &TUNABLES
}

/// The row of exactly this name, whatever its role. A plan of a thousand classes asks millions of times, so there is an index
/// beside the order: a binary search looks at eleven names that lie far apart.
#[must_use]
pub fn row(name: &str) -> Option<&'static Tunable> {
    static INDEX: OnceLock<HashMap<&'static str, &'static Tunable>> = OnceLock::new();
    INDEX.get_or_init(|| TUNABLES.iter().map(|t| (t.name, t)).collect()).get(name).copied()
}

/// The setting of exactly this name.
#[must_use]
pub fn setting(name: &str) -> Option<&'static Tunable> {
    row(name).filter(|t| t.role == Role::Setting)
}

/// Settings whose name begins with `prefix`, in order.
pub fn starting(prefix: &str) -> impl Iterator<Item = &'static Tunable> {
    let from = TUNABLES.partition_point(|t| t.name < prefix);
    TUNABLES[from..].iter().take_while(move |t| t.name.starts_with(prefix)).filter(|t| t.role == Role::Setting)
}

/// Rows whose name begins with `prefix`, whatever their role, in order.
pub fn rows_starting(prefix: &str) -> impl Iterator<Item = &'static Tunable> {
    let from = TUNABLES.partition_point(|t| t.name < prefix);
    TUNABLES[from..].iter().take_while(move |t| t.name.starts_with(prefix))
}

/// Names of all settings, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    TUNABLES.iter().filter(|t| t.role == Role::Setting).map(|t| t.name)
}

/// Names of the components that have tunables, in order.
pub fn components() -> impl Iterator<Item = &'static str> {
    static ONCE: OnceLock<Vec<&'static str>> = OnceLock::new();
    let names = ONCE.get_or_init(|| {
        let mut names: Vec<&'static str> = TUNABLES.iter().map(Tunable::component).collect();
        names.dedup();
        names
    });
    names.iter().copied()
}

impl Span {
    /// Whether `version` is within it.
    #[must_use]
    pub fn holds(&self, version: Minor) -> bool {
        within(self.since, self.until, version)
    }

    /// The default that upstream's own object or flag set holds.
    #[must_use]
    pub fn literal(&self) -> Option<Value> {
        json(self.json)
    }
}

fn next(minor: Minor) -> Minor {
    Minor(minor.0, minor.1 + 1)
}

fn within(since: Minor, until: Option<Minor>, version: Minor) -> bool {
    since <= version && until.is_none_or(|u| version <= u)
}

/// What upstream leaves empty it leaves unset.
fn json(text: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(text).ok()?;
    let empty = match &value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    (!empty).then_some(value)
}

impl Tunable {
    /// The span of `version`.
    #[must_use]
    pub fn span(&self, version: Minor) -> Option<&'static Span> {
        self.spans.iter().find(|s| s.holds(version))
    }

    /// Whether `version` has it.
    #[must_use]
    pub fn exists_in(&self, version: Minor) -> bool {
        self.span(version).is_some()
    }

    /// First minor that has it; the oldest covered one may have had it before that.
    #[must_use]
    pub fn since(&self) -> Option<Minor> {
        self.spans.first().map(|s| s.since)
    }

    /// Last minor that has it; `None` when the newest one does.
    #[must_use]
    pub fn until(&self) -> Option<Minor> {
        self.spans.last().and_then(|s| s.until)
    }

    /// First minor that lacks it again.
    #[must_use]
    pub fn removed(&self) -> Option<Minor> {
        self.until().map(next)
    }

    /// How the newest minor that has it takes it.
    #[must_use]
    pub fn form(&self) -> Form {
        self.spans.last().map_or(Form::Field, |s| s.form)
    }

    /// Upstream's default in `version`; `None` when upstream leaves it unset.
    #[must_use]
    pub fn default_in(&self, version: Minor) -> Option<Value> {
        match self.effective_in(version) {
            Some(step) => json(step.json),
            None => self.span(version).and_then(Span::literal),
        }
    }

    /// What replaces the literal default in `version`, where the literal one means something else.
    #[must_use]
    pub fn effective_in(&self, version: Minor) -> Option<&'static Effective> {
        self.effective.iter().find(|e| within(e.since, e.until, version))
    }

    /// Smallest value upstream accepts in `version`.
    #[must_use]
    pub fn min_in(&self, version: Minor) -> Option<Bound> {
        match self.min_before {
            Some((until, before)) if version <= until => before,
            _ => self.min,
        }
    }

    /// Whether upstream takes a key that nobody should write.
    #[must_use]
    pub fn also_takes(&self, key: &str, version: Minor) -> bool {
        self.also_keys.iter().any(|(since, keys)| *since <= version && keys.contains(&key))
    }

    /// Words upstream accepts in `version`, when it is a choice.
    #[must_use]
    pub fn words_in(&self, version: Minor) -> Option<Vec<Value>> {
        let reached = self.words.iter().filter(|w| w.since <= version).max_by_key(|w| w.since)?;
        Some(reached.json.iter().filter_map(|w| serde_json::from_str(w).ok()).collect())
    }

    /// Gates that must be on for `value` in `version`, which is not its default.
    pub fn needs(&self, value: &Value, version: Minor) -> impl Iterator<Item = &'static Needs> {
        let needs = self.needs.iter().filter(move |n| within(n.since, n.until, version));
        let value = value.clone();
        needs.filter(move |n| json(n.json).is_none_or(|only| only == value))
    }

    /// The gate with which the setting comes and goes in `version`: set, by default or by name, while it is on, and refused
    /// while it is off.
    #[must_use]
    pub fn comes_with(&self, version: Minor) -> Option<&'static str> {
        let mut needs = self.needs.iter().filter(|n| n.stated && within(n.since, n.until, version));
        needs.next().filter(|_| self.kind != Type::Map && self.exists_in(version)).map(|n| n.gate)
    }

    /// The condition under which upstream holds a value against the range and the words in `version`, as constraints write
    /// conditions; none where it always does.
    #[must_use]
    pub fn asked_when(&self, version: Minor) -> Option<&'static str> {
        self.asked.iter().find(|a| within(a.since, a.until, version)).map(|a| a.when)
    }

    /// Type of the value in `version`: Go's own durations are read as whole numbers of nanoseconds from files, and as text
    /// from flags.
    #[must_use]
    pub fn kind_in(&self, version: Minor) -> Type {
        let number = |s: &Span| s.form == Form::Field && s.go.trim_start_matches('*') == "time.Duration";
        if self.span(version).is_some_and(number) { Type::Integer } else { self.kind }
    }

    /// The component.
    #[must_use]
    pub fn component(&self) -> &'static str {
        self.name.split_once('/').map_or(self.name, |(component, _)| component)
    }

    /// The name within its component.
    #[must_use]
    pub fn path(&self) -> &'static str {
        self.name.split_once('/').map_or(self.name, |(_, path)| path)
    }

    /// Where its value can differ. A component's flags and fields without a hand-written entry follow the component: what
    /// runs on nodes is configured per class, the rest once.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self.facts {
            Some(facts) => facts.scope,
            None if self.component() == "kubelet" => Scope::Class,
            None => Scope::Cluster,
        }
    }

    /// What changing it takes. Nothing that upstream reads from a file or a flag is read again while it runs, so this is at
    /// least a restart.
    #[must_use]
    pub fn change(&self) -> &'static str {
        self.facts.map_or("restart", |f| f.change)
    }

    /// Where its facts were verified.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.facts.map_or("catalog/generated/fields.tsv, extracted by tools/upstream-facts", |f| f.source)
    }

    /// Traps.
    #[must_use]
    pub fn notes(&self) -> &'static [&'static str] {
        self.facts.map_or(&[], |f| f.notes)
    }

    /// Every (first minor, default) step, oldest first.
    #[must_use]
    pub fn steps(&self) -> Vec<(Minor, Option<Value>)> {
        let mut minors: Vec<Minor> = self.spans.iter().map(|s| s.since).collect();
        for step in self.effective {
            minors.push(step.since);
            minors.extend(step.until.map(next).filter(|m| self.exists_in(*m)));
        }
        minors.sort_unstable();
        let mut steps: Vec<_> = minors.into_iter().map(|m| (m, self.default_in(m))).collect();
        steps.dedup_by(|b, a| a.1 == b.1);
        steps
    }
}
