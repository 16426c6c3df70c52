//! What pins ask of the values beside them. Upstream's constraints are data that `check` asks of files; here the same conditions
//! are rows of a program: where a pin would make a component refuse its configuration, and values that nobody stated can keep
//! the constraint, the nearest ones that do are planned.

mod alternatives;
mod linear;
mod search;

use super::draft::{Draft, Origin, Values};
use super::registry::asked;
use crate::catalog;
use crate::check::report::shown;
use crate::check::{self, At, Consequence, Constraint, Scene, constraints, expression};
use crate::current::Current;
use crate::facts::{Cause, ClassFacts};
use crate::quantity::Minor;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Values by the full names of settings.
type Changes = BTreeMap<String, Json>;

/// Facts of a machine, by the names that conditions use after `machine/`.
type Machine = BTreeMap<String, Json>;

/// Lets the values of a component that nobody stated follow the pins on it. What cannot be kept that way is left as it is, for
/// `plan/judge.rs` to say at the pin.
pub fn follow(component: &'static str, class: Option<&ClassFacts>, draft: &mut Draft<'_>) {
    let rules = touched(component, draft);
    if rules.is_empty() {
        return;
    }
    let mut machine = Scene::default();
    if let Some(class) = class {
        check::describe(class, &mut machine);
    }
    let machine = &machine.machine;
    // Each round mends one constraint with settings that are then no longer free.
    for _ in 0..rules.len() {
        let scene = scene(component, machine, &draft.values);
        let at = at(&scene, component, draft.version());
        let mended = rules.iter().filter(|rule| holds(rule, &at) == Some(false)).find_map(|rule| {
            let search = search::Search { component, machine, draft, rule, rules: &rules };
            search.nearest(&at).map(|changes| (*rule, changes, search::fixed(&at, rule)))
        });
        let Some((rule, changes, fixed)) = mended else { return };
        enter(rule, changes, &fixed, draft);
    }
}

/// Constraints that would keep the component from starting, and that name a setting that the user states.
fn touched(component: &'static str, draft: &Draft<'_>) -> Vec<&'static Constraint> {
    let stated = |name: &String| {
        let based = draft.values.get(name).is_some_and(|v| v.origin == Origin::Base);
        based || draft.pins().keys().any(|pin| within(name, pin))
    };
    let own = constraints().iter().filter(|c| c.component == component && c.holds_in(draft.version()));
    own.filter(|c| c.consequence == Consequence::Refuses && c.names().iter().any(stated)).collect()
}

/// Whether a name is a pinned one, or a part of it.
fn within(name: &str, pin: &str) -> bool {
    name.strip_prefix(pin).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// What is drafted of a component.
fn scene(component: &'static str, machine: &Machine, values: &Values) -> Scene {
    let current = Current::planned(component, values);
    Scene { parts: BTreeMap::from([(component, Arc::new(current))]), machine: machine.clone(), ..Scene::default() }
}

/// Whether a constraint's condition holds; nothing where that cannot be known.
fn holds(rule: &Constraint, at: &At<'_>) -> Option<bool> {
    expression::holds(rule.needs.as_ref()?, at)
}

fn at<'s>(scene: &'s Scene, component: &'s str, version: Minor) -> At<'s> {
    At { scene, kubernetes: version, etcd: catalog::versions().etcd_newest, component }
}

/// Enters what a constraint asks for, with what it rests on.
fn enter(rule: &'static Constraint, changes: Changes, fixed: &BTreeMap<String, Json>, draft: &mut Draft<'_>) {
    let Some(asked) = asked(rule) else { return };
    let short = |name: &str| name.split_once('/').map_or(name, |(_, path)| path).to_string();
    let known: Vec<String> = fixed
        .iter()
        .filter(|(name, value)| !changes.contains_key(*name) && !value.is_null())
        .map(|(name, value)| format!("{} = {}", short(name), shown(value)))
        .collect();
    let reason = format!("{}; {}", rule.why, known.join(", "));
    let cause = |name: &String| match draft.values.contains_key(name) {
        true => Cause::Value(name.clone()),
        false => Cause::Fact(format!("default/{}/{name}", draft.version())),
    };
    // What the machine has is no cause of its own: a pin is one of the causes always.
    let others = fixed.keys().filter(|name| !changes.contains_key(*name) && !name.starts_with("machine/"));
    let others: Vec<Cause> = others.map(cause).collect();
    for (name, value) in changes {
        draft.set(&name, value, Origin::Derived, asked).reason(reason.clone()).because(others.clone());
    }
}
