//! Why one etcd does not carry its load, and the nearest change with which it does: each candidate is tried.

use super::{Part, Reload, events, quota};
use crate::diag::Place;
use crate::facts::{ControlPlaneFacts, EtcdFacts, Facts};
use crate::quantity::{Bytes, ceil_div};
use crate::rules::{Conflict, Draft, Unfit, WayOut};
use std::sync::Arc;

/// Explains it.
pub(super) fn explain(
    facts: &Facts,
    control: &ControlPlaneFacts,
    part: &Part<'_>,
    reload: Reload<'_>,
    draft: &Draft<'_>,
) -> Unfit {
    let conflicts = part.conflicts(draft);
    let of_quota = |c: &Conflict| c.rules.iter().any(|r| r == super::QUOTA.id);
    let message = match (conflicts.iter().any(of_quota), conflicts.iter().all(of_quota)) {
        (true, true) => "no plan fits: etcd's database is larger than its quota may be",
        (true, false) => {
            "no plan fits: etcd's database is larger than its quota may be, and its disk does not carry the writes"
        }
        _ => "no plan fits: the disk of etcd does not carry the writes",
    };
    Unfit {
        class: String::new(),
        message: message.into(),
        asked: asked(facts, part, draft, conflicts.iter().any(of_quota)),
        against: against(part, draft),
        conflicts,
        complete: true,
        way_out: way_out(facts, control, part, reload, draft),
    }
}

/// What asks for too much: the pinned quota, the stated writes, or else the classes.
fn asked(facts: &Facts, part: &Part<'_>, draft: &Draft<'_>, of_quota: bool) -> Vec<(Place, String)> {
    let pin = draft.pin(&part.flag("quota-backend-bytes")).filter(|_| of_quota);
    let pin = pin.map(|p| (Place::new(&part.etcd.file, p.at.span.clone()), "pinned here".to_string()));
    let writes =
        part.etcd.writes_at.as_ref().map(|at| (part.etcd.place(at), "besides those of nodes and pods".to_string()));
    let first = || facts.classes.values().next().map(|c| (c.place.clone(), "this cluster".to_string()));
    pin.or(writes).or_else(first).into_iter().collect()
}

/// What is too small: the stated figures of the disk that are below the demand.
fn against(part: &Part<'_>, draft: &Draft<'_>) -> Vec<(Place, String)> {
    let demand = super::disk::demand(&part.load, &super::disk::interval(part, draft));
    let disk = &part.etcd.disk;
    let few = disk.iops.as_ref().filter(|i| i.value < demand.operations);
    let slow = disk.write.as_ref().filter(|w| w.value.0 < demand.bytes);
    let few = few.map(|at| (part.etcd.place(at), format!("{} operations a second", at.value)));
    few.into_iter().chain(slow.map(|at| (part.etcd.place(at), format!("{} a second", at.value)))).collect()
}

/// Changes that were tried and work: the first as a fix, the others by name.
fn way_out(
    facts: &Facts,
    control: &ControlPlaneFacts,
    part: &Part<'_>,
    reload: Reload<'_>,
    draft: &Draft<'_>,
) -> Option<WayOut> {
    let disk = faster_disk(part, draft).into_iter().chain(larger_quota(part, draft));
    let mut ways: Vec<WayOut> = disk.chain(fewer_writes(facts, part, reload, draft)).collect();
    let rest = Part { load: events::without(&part.load), ..*part };
    let split = part.name == "etcd" && control.etcd.events_servers.is_empty() && rest.conflicts(draft).is_empty();
    let first = if ways.is_empty() { return None } else { ways.remove(0) };
    let mut text = first.text.clone();
    for other in ways
        .iter()
        .map(|w| w.text.clone())
        .chain(split.then(|| "give events an etcd of their own: `events-servers`".to_string()))
    {
        text = format!("{text}; or {other}");
    }
    Some(WayOut { text: format!("{text} (solved)"), ..first })
}

/// The one figure of the disk that is too small, raised to what is asked of it.
fn faster_disk(part: &Part<'_>, draft: &Draft<'_>) -> Option<WayOut> {
    let demand = super::disk::demand(&part.load, &super::disk::interval(part, draft));
    let disk = &part.etcd.disk;
    let fits =
        |etcd: EtcdFacts| Part { etcd: &etcd, load: part.load.clone(), name: part.name }.conflicts(draft).is_empty();
    let way = |at: &Arc<str>, place: Place, key: &str, to: String, replacement: String| WayOut {
        text: format!("raise `{key}` of the disk to {to}"),
        place,
        replacement,
        path: at.to_string(),
    };
    let few = disk.iops.as_ref().filter(|i| i.value < demand.operations).and_then(|at| {
        let mut etcd = part.etcd.clone();
        etcd.disk.iops = Some(at.with(demand.operations));
        let to = demand.operations.to_string();
        fits(etcd).then(|| way(&at.path, part.etcd.place(at), "iops", to.clone(), to))
    });
    let slow = disk.write.as_ref().filter(|w| w.value.0 < demand.bytes).and_then(|at| {
        let rate = Bytes(ceil_div(demand.bytes, 1 << 20) << 20);
        let mut etcd = part.etcd.clone();
        etcd.disk.write = Some(at.with(rate));
        fits(etcd).then(|| way(&at.path, part.etcd.place(at), "write", format!("{rate}/s"), format!("\"{rate}/s\"")))
    });
    few.or(slow)
}

/// A pinned quota, raised to the smallest that holds the database.
fn larger_quota(part: &Part<'_>, draft: &Draft<'_>) -> Option<WayOut> {
    let pin = draft.pin(&part.flag("quota-backend-bytes"))?;
    let need = quota::need(&part.load);
    let size = quota::smallest(&need)?;
    let only = part.conflicts(draft).len() == 1 && quota::choose(&need, &part.load, Some(pin)).is_err();
    only.then(|| WayOut {
        text: format!("raise the pin `{}` to {size}", part.flag("quota-backend-bytes")),
        place: Place::new(&part.etcd.file, pin.at.span.clone()),
        replacement: size.to_string(),
        path: pin.at.path.to_string(),
    })
}

/// The most writes of the user's own with which it fits.
fn fewer_writes(facts: &Facts, part: &Part<'_>, reload: Reload<'_>, draft: &Draft<'_>) -> Option<WayOut> {
    let at = part.etcd.writes_at.as_ref()?;
    let fits = |writes: i64| {
        let mut changed = facts.clone();
        if let Some(control) = &mut changed.cluster.control_plane {
            control.writes_per_second = control.writes_per_second.map(|_| writes);
        }
        let whole = reload(&changed);
        let load = if part.load.kinds.len() == whole.kinds.len() { whole } else { events::without(&whole) };
        Part { name: part.name, etcd: part.etcd, load }.conflicts(draft).is_empty()
    };
    if part.name != "etcd" || !fits(0) {
        return None;
    }
    // Fewer writes never need more.
    let (mut works, mut fails) = (0, at.value);
    while fails - works > 1 {
        let middle = works + (fails - works) / 2;
        if fits(middle) { works = middle } else { fails = middle }
    }
    Some(WayOut {
        text: format!("lower `writes-per-second` from {} to {works}", at.value),
        place: part.etcd.place(at),
        replacement: works.to_string(),
        path: at.path.to_string(),
    })
}
