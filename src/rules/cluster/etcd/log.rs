//! The log in memory, and the memory that a member needs with it.

use super::{Part, SNAPSHOT};
use crate::because;
use crate::catalog;
use crate::diag::{Finding, Place};
use crate::facts::{Cause, Facts, Known};
use crate::quantity::{Bytes, ceil_div};
use crate::rules::{Draft, Origin};

/// Entries that wait in memory, and their bytes.
struct Kept {
    entries: i64,
    bytes: i64,
    line: String,
    causes: Vec<Cause>,
}

/// What `count` comes to: entries since the newest snapshot, and those kept behind it.
fn kept(part: &Part<'_>, count: i64, draft: &Draft<'_>) -> Kept {
    let behind = Known::limit("etcd-log-kept");
    let in_memory = catalog::behaviour("etcd-snapshot-in-memory", draft.version());
    let since = in_memory.and_then(|b| b.value).unwrap_or(count);
    let (writes, written) = (part.load.writes(), part.load.history(1));
    let mean = (written.value * 1000).checked_div(writes.value).unwrap_or(0);
    let mean = i64::try_from(mean).unwrap_or(i64::MAX);
    let entries = since.saturating_add(behind.value);
    let bytes = entries.saturating_mul(mean);
    let line = format!("({since} + {}) entries × {mean} bytes = {}Mi", behind.value, ceil_div(bytes, 1 << 20));
    let mut causes = because![behind, writes, written];
    causes.extend(in_memory.map(|b| Cause::Fact(format!("behaviour/{}", b.id))));
    Kept { entries, bytes, line, causes }
}

/// Memory of one member: as stated, or that of its machines.
fn memory(part: &Part<'_>, facts: &Facts) -> Option<(Known<i64>, Place)> {
    let stated = part.etcd.memory.as_ref().map(|m| (Known::spec(m).map(|b| b.0), part.etcd.place(m)));
    stated.or_else(|| {
        let class = facts.classes.get(part.etcd.machines.as_ref()?)?;
        Some((class.machine.memory.map(|m| m.0), class.place.clone()))
    })
}

/// Sets how often snapshots are taken, where that decides on memory.
pub(super) fn set(part: &Part<'_>, facts: &Facts, draft: &mut Draft<'_>) {
    let name = part.flag("snapshot-count");
    let own = catalog::default_number(&name, draft.version());
    let share = Known::opinion("etcd/log-share");
    let small = Known::opinion("etcd/snapshot-count-small");
    let log = kept(part, own, draft);
    let crowded = memory(part, facts).filter(|(m, _)| log.bytes > m.value / 1000 * share.value && own > small.value);
    let Some((memory, _)) = crowded else {
        let reason = format!("upstream's default of this version: {} in memory", log.line);
        draft.keep_because(&name, &SNAPSHOT, &reason, log.causes);
        return;
    };
    let fewer = kept(part, small.value, draft);
    let reason = format!(
        "{}; upstream's {own} keeps {} entries, more than a share of {}",
        fewer.line,
        log.entries,
        Bytes(memory.value)
    );
    let because = because![memory, share, small].into_iter().chain(log.causes);
    draft.set(&name, small.value, Origin::Derived, &SNAPSHOT).reason(reason).because(because);
}

/// Says when the database, which is mapped, and the log do not fit the memory of a member.
pub(super) fn remarks(part: &Part<'_>, facts: &Facts, need: i128, draft: &Draft<'_>, findings: &mut Vec<Finding>) {
    let Some((memory, place)) = memory(part, facts) else { return };
    let count = draft.get(&part.flag("snapshot-count")).and_then(serde_json::Value::as_i64).unwrap_or(0);
    let log = kept(part, count, draft);
    if need + i128::from(log.bytes) > i128::from(memory.value) {
        let mi = (need + (1 << 20) - 1) >> 20;
        let message =
            format!("etcd's database of {mi}Mi does not fit its {} of memory, where it is mapped", Bytes(memory.value));
        findings.push(
            Finding::warning("etcd-memory", message)
                .at(&place, "stated here")
                .note(format!("the log in memory comes to it: {}", log.line)),
        );
    }
}
