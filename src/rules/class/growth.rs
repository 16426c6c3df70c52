//! What pods may take of memory before an eviction begins: as workloads state it, else as the goal supposes.

use crate::because;
use crate::diag::Finding;
use crate::facts::{Cause, ClassFacts, Known, PodKind};
use crate::quantity::Bytes;

/// Memory taken within one look of the kubelet, with its arithmetic and causes.
pub struct Taken {
    /// Bytes.
    pub bytes: i64,
    /// How that comes about.
    pub text: String,
    /// What it rests on.
    pub causes: Vec<Cause>,
}

/// What pods may take within `look` seconds.
pub fn taken(facts: &ClassFacts, look: &Known<i64>) -> Taken {
    stated(facts, look).unwrap_or_else(|| {
        let growth = Bytes::parse(&facts.goal.memory_growth).map_or(0, |b| b.0);
        Taken {
            bytes: growth * look.value,
            text: format!("{}/s × {}s", facts.goal.memory_growth, look.value),
            causes: because![facts.goal_name, look; facts.goal_cause.clone()],
        }
    })
}

/// The sum over all workloads that say how they grow; `None` when none does.
pub fn stated(facts: &ClassFacts, look: &Known<i64>) -> Option<Taken> {
    let counted = facts.mix.fixed.iter().map(|k| (k, Some(k.amount)));
    let shared = facts.mix.shared.iter().map(|k| (k, None));
    let parts: Vec<(i64, String, Vec<Cause>)> =
        counted.chain(shared).filter_map(|(kind, count)| part(kind, look, count)).collect();
    if parts.is_empty() {
        return None;
    }
    let texts: Vec<&str> = parts.iter().map(|(_, text, _)| text.as_str()).collect();
    Some(Taken {
        bytes: parts.iter().map(|(bytes, ..)| *bytes).fold(0, i64::saturating_add),
        text: texts.join(" + "),
        causes: parts.iter().flat_map(|(.., causes)| causes.clone()).chain(because![look]).collect(),
    })
}

/// What one kind takes within a look: as fast as it grows, but no more than from request to peak where its pods are
/// counted. Without a rate, one pod goes from request to peak at once.
fn part(kind: &PodKind, look: &Known<i64>, count: Option<i64>) -> Option<(i64, String, Vec<Cause>)> {
    let (growth, peak) = (&kind.habits.memory_growth, &kind.habits.peak_memory);
    let jump = peak.as_ref().map(|p| (p.value.0 - kind.memory.0).max(0));
    let causes: Vec<Cause> =
        [growth, peak].into_iter().flatten().flat_map(Known::causes).chain(&kind.causes).cloned().collect();
    let Some(growth) = growth else {
        let (bytes, peak) = (jump?, peak.as_ref()?);
        return Some((bytes, format!("{} − {} ({})", peak.value, kind.memory, kind.name), causes));
    };
    let fast = growth.value.0.saturating_mul(look.value);
    let most = jump.zip(count).map(|(jump, count)| jump.saturating_mul(count));
    Some(match most.filter(|m| *m < fast) {
        Some(most) => (most, format!("{} from request to peak ({})", Bytes(most), kind.name), causes),
        None => (fast, format!("{}/s × {}s ({})", growth.value, look.value, kind.name), causes),
    })
}

/// Says so when a published or pinned threshold is less than what workloads state that they take.
pub fn short(facts: &ClassFacts, threshold: i64, findings: &mut Vec<Finding>) {
    let look = Known::limit("eviction-monitoring-period");
    let Some(taken) = stated(facts, &look).filter(|t| t.bytes > threshold) else { return };
    let message = format!(
        "{}: pods take {} before the kubelet looks again, and eviction begins with {} left",
        facts.name,
        Bytes(taken.bytes),
        Bytes(threshold)
    );
    let pin = facts.pins.get("kubelet/evictionHard.memory.available");
    let place = pin.map_or_else(|| facts.place.clone(), |p| facts.pin_place(p));
    findings.push(
        Finding::warning("eviction-short", message)
            .at(&place, if pin.is_some() { "pinned here" } else { "this class" })
            .note(taken.text)
            .note("the kernel kills before the kubelet evicts, and chooses by itself"),
    );
}
