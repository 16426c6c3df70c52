//! No plan fits a class: every minimal conflict with its arithmetic, and the nearest change that was solved.

use super::bounds;
use super::model::{ClassModel, MOST_PODS};
use crate::facts::{Allowed, ClassFacts};
use crate::rules::{Conflict, Rule, Unfit, WayOut, Why};
use plimsoll_solver::{Change, Fault, Limits, Relax, conflicts, nearest};

/// Minimal conflicts that are shown at most.
const SETS: usize = 8;
/// Solves after which the search for conflicts stops, however long they take: a count, so that every machine says the same.
const SOLVES: usize = 1_000;

/// Explains why a class's program has no solution.
pub fn explain(facts: &ClassFacts, m: &ClassModel) -> Result<Unfit, Fault> {
    let found = conflicts(&m.model, Limits { sets: SETS, solves: SOLVES })?;
    let pinned_pods = m.model.var("pods").map_or(MOST_PODS, |v| m.model.bounds(v).0);
    let asked_pods = facts.pins.get("kubelet/maxPods").and_then(|p| p.bounds().0).unwrap_or(pinned_pods);
    let conflicts: Vec<Conflict> = found.sets.iter().map(|set| conflict(m, set, asked_pods)).collect();
    let relax: Vec<Relax> = m.asked.iter().map(|(row, _)| Relax { row: *row }).collect();
    let changes = nearest(&m.model, &relax)?;
    let pin = facts.pins.get("kubelet/maxPods");
    let asks = match pin {
        Some(_) => format!("{asked_pods} pods need more than its nodes have"),
        None if !m.asked.is_empty() => "the pinned reservations do not go with its pods".to_string(),
        None if facts.mix.fixed_pods() > 0 => "the pods placed first need more than its nodes have".to_string(),
        None if !facts.pins.is_empty() => "what is pinned leaves no room for one pod of its mix".to_string(),
        None => "not one pod of its mix fits its nodes".to_string(),
    };
    let message = format!("no plan fits node class `{}`: {asks}", facts.name);
    let mut asked: Vec<_> = m
        .asked
        .iter()
        .filter_map(|(_, name)| facts.pins.get(name))
        .map(|p| (facts.pin_place(p), "pinned here".to_string()))
        .collect();
    if asked.is_empty() {
        asked.push((facts.place.clone(), "this class".to_string()));
    }
    let capacity = match facts.machine.overhead {
        Some(ppm) => {
            format!("{} nominal, {} after {}%", facts.machine.nominal.value, facts.machine.memory.value, percent(ppm))
        }
        None => format!("{} of memory", facts.machine.memory.value),
    };
    let against = facts.machine.stated_at.iter().map(|place| (place.clone(), capacity.clone())).collect();
    let way_out =
        changes.first().filter(|c| !c.together).and_then(|change| way_out(facts, m, change).transpose()).transpose()?;
    Ok(Unfit { class: facts.name.clone(), message, asked, against, conflicts, complete: found.complete, way_out })
}

fn percent(ppm: i64) -> String {
    let text = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

fn conflict(m: &ClassModel, set: &[Why], pods: i64) -> Conflict {
    let arithmetic = set.iter().flat_map(|why| bounds::lines(m, why, pods)).collect();
    Conflict { rules: set.iter().map(ToString::to_string).collect(), arithmetic }
}

/// The pin with the solved number in it.
fn way_out(facts: &ClassFacts, m: &ClassModel, change: &Change<Why>) -> Result<Option<WayOut>, Fault> {
    let Some((_, name)) = m.asked.iter().find(|(row, _)| *row == change.row) else { return Ok(None) };
    let Some(pinned) = facts.pins.get(name) else { return Ok(None) };
    let to = if name.ends_with(".memory") {
        format!("\"{}\"", crate::quantity::Bytes(change.to * 1024))
    } else if name.ends_with(".cpu") {
        format!("\"{}\"", crate::quantity::Milli((change.to + 999) / 1000))
    } else {
        change.to.to_string()
    };
    let replacement = match &pinned.allowed {
        Allowed::Exactly(_) => to.clone(),
        Allowed::Range(..) | Allowed::AnyOf(_) if change.to < change.from => format!("{{ max = {to} }}"),
        _ => format!("{{ min = {to} }}"),
    };
    let verb = if change.to < change.from { "lower" } else { "raise" };
    let bounds = bounds::of(m, &change.solution)?;
    // The pin itself is tight now; what stopped it there is the next rule at the same value, or the nearest one.
    let shown = bounds.tight.iter().chain(&bounds.behind).find(|b| b.rule != super::pods::PIN.id);
    let solved = shown.map(|b| b.arithmetic.clone()).or_else(|| bounds::at_solution(m, &change.solution));
    let solved = solved.unwrap_or_default();
    let text = format!("{verb} the pin `{name}` to {to} (solved: {solved})");
    Ok(Some(WayOut { text, place: facts.pin_place(pinned), replacement, path: pinned.at.path.to_string() }))
}

/// Explains menus none of whose entries is allowed: the pins on them are the only reason there can be.
pub fn menus(facts: &ClassFacts, failed: &[(&'static Rule, String)]) -> Unfit {
    let conflicts = failed
        .iter()
        .map(|(rule, why)| Conflict { rules: vec![rule.id.to_string()], arithmetic: vec![why.clone()] })
        .collect();
    let pins = facts.pins.iter().filter(|(name, _)| {
        let about: &[&str] = &[
            "kubelet/podPidsLimit",
            "kubelet/containerLog",
            "kubelet/imageGC",
            "kubelet/eviction",
            "kubelet/maxParallelImagePulls",
        ];
        about.iter().any(|a| name.starts_with(a))
    });
    let asked: Vec<_> = pins.map(|(_, p)| (facts.pin_place(p), "pinned here".to_string())).collect();
    let asked = if asked.is_empty() { vec![(facts.place.clone(), "this class".to_string())] } else { asked };
    let message = format!(
        "no plan fits node class `{}`: {}",
        facts.name,
        failed.iter().map(|(r, _)| r.why).collect::<Vec<_>>().join("; ")
    );
    Unfit { class: facts.name.clone(), message, asked, against: Vec::new(), conflicts, complete: true, way_out: None }
}
