//! Events in an etcd of their own: when one etcd does not carry everything, or when the spec says so.

use super::{EVENTS, Part};
use crate::diag::Finding;
use crate::facts::{Cause, ControlPlaneFacts, EtcdFacts};
use crate::rules::cluster::load::{EVENTS as KIND, Load};
use crate::rules::{Draft, Origin};
use crate::spec::EtcdDisk;
use serde_json::Value as Json;

/// The component that settings of the etcd of events go by.
pub(super) const NAME: &str = "etcd-events";
/// The load of all other objects.
pub(super) fn without(load: &Load) -> Load {
    part(load, false)
}

/// The load of events.
pub(super) fn only(load: &Load) -> Load {
    part(load, true)
}

fn part(load: &Load, events: bool) -> Load {
    let mut part = load.clone();
    part.kinds.retain(|kind| (kind.name == KIND) == events);
    part
}

/// The etcd of events, when there is one: its disk and memory are not stated.
pub(super) fn apart(control: &ControlPlaneFacts, load: &Load, draft: &Draft<'_>) -> Option<EtcdFacts> {
    let etcd = &control.etcd;
    let fits = |load: Load| Part { name: "etcd", etcd, load }.conflicts(draft).is_empty();
    let needed = || !etcd.events_servers.is_empty() && !fits(load.clone()) && fits(without(load));
    let wanted = match etcd.events.value.as_str() {
        "apart" => true,
        "together" => false,
        _ => needed(),
    };
    wanted.then(|| EtcdFacts { disk: EtcdDisk::default(), memory: None, machines: None, ..etcd.clone() })
}

/// Tells the API servers where events are.
pub(super) fn tell(control: &ControlPlaneFacts, draft: &mut Draft<'_>) {
    let etcd = &control.etcd;
    let servers: Vec<&str> = etcd.events_servers.iter().map(|at| at.value.as_str()).collect();
    let because = etcd.events_servers.iter().map(|at| Cause::Spec(at.path.to_string()));
    let because: Vec<Cause> = because.chain(etcd.events.causes().cloned()).collect();
    draft
        .set(
            "kube-apiserver/etcd-servers-overrides",
            Json::from(vec![format!("/{KIND}#{}", servers.join(";"))]),
            Origin::Derived,
            &EVENTS,
        )
        .reason("events have an etcd of their own")
        .because(because);
}

/// Pins on the etcd of events, where there is none.
pub(super) fn pinned_for_nothing(control: &ControlPlaneFacts, draft: &Draft<'_>) -> Option<Finding> {
    let (name, pin) =
        draft.pins().iter().find(|(name, _)| name.strip_prefix(NAME).is_some_and(|r| r.starts_with('/')))?;
    let message = format!("`{name}` is pinned, and events share the etcd of all other objects");
    let place = crate::diag::Place::new(&control.etcd.file, pin.at.key_span.clone());
    Some(
        Finding::warning("etcd-events-together", message)
            .at(&place, "has no effect")
            .help("say `events = \"apart\"` and `events-servers` in `[control-plane.etcd]`, or leave the pin out"),
    )
}
