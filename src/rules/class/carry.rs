//! Values that are not planned: pinned, or carried from the base file.

use crate::catalog;
use crate::facts::{Allowed, Cause, ClassFacts, typed};
use crate::quantity::Minor;
use crate::rules::{Draft, Origin, Rule};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&PINNED, &BASE, &OWNED];

/// A pin on something nothing is planned for.
pub static PINNED: Rule =
    Rule { id: "pinned-only", why: "the spec pins it and nothing else is planned for it", source: "the spec" };
/// A field of the base file.
pub static BASE: Rule =
    Rule { id: "base-carried", why: "the base file sets it and nothing is planned for it", source: "the base file" };

/// A key of the base in a map that the plan owns.
pub static OWNED: Rule = Rule {
    id: "base-overruled",
    why: "reservations and eviction thresholds are planned whole; one that only the base has would not be counted",
    source: "kubernetes/kubernetes cmd/kubelet/app/server.go mergeKubeletConfigurations",
};

/// Enters every pin of the kubelet and its host that no rule has used. A pinned map is all of the map: planned keys that it lacks are gone.
pub fn pins(draft: &mut Draft<'_>) {
    let is_map =
        |name: &str| catalog::find(name).is_some_and(|f| f.key.is_none() && f.tunable.kind == catalog::Type::Map);
    // Pins of kube-proxy are entered where it is planned, once for the cluster or once for each class.
    let of_nodes = |name: &str| catalog::home_of(name) == Some(catalog::Home::Nodes);
    for (name, pinned) in draft.pins().iter().filter(|(n, _)| of_nodes(n)) {
        match &pinned.allowed {
            Allowed::Exactly(Json::Object(map)) if is_map(name) => {
                let below = format!("{name}.");
                draft.values.retain(|n, _| n.strip_prefix(&below).is_none_or(|key| map.contains_key(key)));
            }
            _ if draft.values.contains_key(name) => {}
            _ => draft.set(name, draft.default_of(name), Origin::Pinned, &PINNED).because([]),
        }
    }
}

/// Enters every field of the base that is neither planned nor pinned. A field is carried whole, maps and lists included,
/// unless a part of it is planned.
pub fn base(facts: &ClassFacts, draft: &mut Draft<'_>) {
    let Some(base) = &facts.base else { return };
    for (name, value) in base.leaves() {
        if let Some(planned) = draft.values.get_mut(&name).filter(|p| !same(&name, &p.value, &value, facts.minor())) {
            planned.base = Some(value.clone());
        }
        let planned =
            draft.values.contains_key(&name) || draft.values.keys().any(|n| n.starts_with(&format!("{name}.")));
        if planned || value.is_null() {
            continue;
        }
        let cause = Cause::Spec(base.spec_path.clone());
        match catalog::find(&name).filter(|f| f.key.is_some()).and_then(|f| nothing(f.tunable.name)) {
            Some(off) => {
                let reason = "the base sets it and the plan does not, so it is switched off";
                draft.set(&name, off, Origin::Derived, &OWNED).reason(reason).because([cause]);
            }
            None => draft.set(&name, value, Origin::Base, &BASE).reason("from the base file").because([cause]),
        }
    }
}

/// Whether two values of a tunable are one, whatever their spelling.
fn same(name: &str, a: &Json, b: &Json, version: Minor) -> bool {
    let kind = catalog::find(name).map(|f| f.kind_in(version));
    let canonical = |v: &Json| kind.and_then(|k| typed::canonical(v, k).ok());
    a == b || canonical(a).is_some_and(|a| canonical(b) == Some(a))
}

/// What switches a key off in the maps that the plan owns whole: a reservation or threshold of the base that nobody planned
/// would make allocatable other than promised. It is written, not left out, since a drop-in cannot delete before 1.32.
fn nothing(map: &str) -> Option<&'static str> {
    match map {
        "kubelet/evictionHard" | "kubelet/evictionSoft" => Some("0%"),
        "kubelet/kubeReserved" | "kubelet/systemReserved" => Some("0"),
        _ => None,
    }
}
