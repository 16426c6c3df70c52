//! The tunables that a comparison is about: what either side states, and what an upgrade changes for everybody.

use super::compare::Pair;
use crate::catalog::{self, Form, Tunable, Type};
use crate::current::{Current, is_flags};
use crate::quantity::Minor;
use std::collections::BTreeSet;

/// The scheduler's profile that upstream makes where none is stated (k8s.io/api/core/v1 DefaultSchedulerName).
const PROFILE: &str = "default-scheduler";

/// Names of everything to be compared, in order.
pub(super) fn of(pair: &Pair<'_>) -> BTreeSet<String> {
    let (before, after) = pair.versions;
    let mut out = pair.now.names(before);
    out.extend(pair.then.names(after));
    // What the arguments of a plugin are, which upstream fills in.
    out.retain(|name| !name.ends_with(".args.apiVersion") && !name.ends_with(".args.kind"));
    if before != after {
        // The etcd of events has etcd's flags.
        let table = if pair.component.starts_with("etcd") { "etcd" } else { pair.component };
        let prefix = format!("{table}/");
        let moved = catalog::starting(&prefix).filter(|t| moves(t, pair.component, before, after));
        let named = |name: &str| name.replacen(table, pair.component, 1);
        let moved = moved.flat_map(|t| keys(t, before, after)).flat_map(|name| concrete(named(&name), pair));
        // A list whose elements are stated is compared by them.
        let parts =
            |name: &str| out.range(format!("{name}[")..).next().is_some_and(|n| n.starts_with(&format!("{name}[")));
        let moved: Vec<String> = moved.filter(|name| !parts(name)).collect();
        out.extend(moved);
    }
    out
}

/// Whether one minor has another default than the other, or none.
fn moves(tunable: &Tunable, component: &str, before: Minor, after: Minor) -> bool {
    let form = if is_flags(component) { Form::Flag } else { Form::Field };
    let takes = |minor| tunable.span(minor).filter(|s| s.form == form).map(|_| tunable.default_in(minor));
    let (old, new) = (takes(before), takes(after));
    old != new && [old, new].iter().flatten().any(Option::is_some)
}

/// The name, and of a map the names of the keys that its default has.
fn keys(tunable: &Tunable, before: Minor, after: Minor) -> BTreeSet<String> {
    if tunable.kind != Type::Map {
        return BTreeSet::from([tunable.name.to_string()]);
    }
    let defaults = [before, after].into_iter().filter_map(|minor| tunable.default_in(minor));
    defaults
        .flat_map(|map| map.as_object().cloned().unwrap_or_default())
        .map(|(key, _)| format!("{}.{key}", tunable.name))
        .collect()
}

/// The name, for each element of its list that either side has.
fn concrete(name: String, pair: &Pair<'_>) -> Vec<String> {
    let Some((list, rest)) = name.split_once("[]") else { return vec![name] };
    // What lies in a list within a list has no default of its own.
    if rest.contains("[]") {
        return Vec::new();
    }
    let mut keys = elements(pair.now, list);
    keys.extend(elements(pair.then, list));
    if keys.is_empty() && list.ends_with("/profiles") {
        keys.insert(PROFILE);
    }
    keys.into_iter().map(|key| format!("{list}[{key}]{rest}")).collect()
}

fn elements<'c>(current: &'c Current, list: &str) -> BTreeSet<&'c str> {
    let key = |name: &'c str| name.strip_prefix(list)?.strip_prefix('[')?.split_once(']').map(|(key, _)| key);
    current.stated.keys().filter_map(|name| key(name)).collect()
}
