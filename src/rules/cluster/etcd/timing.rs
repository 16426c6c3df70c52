//! Heartbeat and election from the members' round trip and the disk they sync to.

use super::{Part, TIMING};
use crate::because;
use crate::catalog;
use crate::facts::{Cause, Known};
use crate::quantity::ceil_div;
use crate::rules::{Draft, Origin};

/// Sets both.
pub(super) fn set(part: &Part<'_>, draft: &mut Draft<'_>) {
    let (heartbeat, election) = (part.flag("heartbeat-interval"), part.flag("election-timeout"));
    let (rtt, fsync) = (&part.etcd.member_rtt, &part.etcd.disk.fsync_p99);
    if rtt.is_none() && fsync.is_none() {
        draft.keep(&heartbeat, &TIMING, "no round trip is stated");
        draft.keep(&election, &TIMING, "no round trip is stated");
        return;
    }
    let version = draft.version();
    let [least, shortest] = [&heartbeat, &election]
        .map(|name| Known::<i64>::fact(catalog::default_number(name, version), format!("default/{version}/{name}")));
    let (trips, beats) = (Known::opinion("etcd/heartbeat-round-trips"), Known::opinion("etcd/election-heartbeats"));
    let (most, fewest) = (Known::limit("etcd-election-most"), Known::limit("etcd-election-heartbeats"));
    // In whole tens of milliseconds, as upstream's default is.
    let tens = |nanos: i64| ceil_div(nanos, 10_000_000).saturating_mul(10);
    let (mut wanted, mut reason) = (least.value, format!("at least {}ms", least.value));
    let mut because = because![least, fewest, most];
    if let Some(rtt) = rtt {
        wanted = wanted.max(tens(rtt.value.0 / 1000 * trips.value));
        reason = format!("{}.{} × {}, {reason}", trips.value / 1000, trips.value % 1000 / 100, rtt.value);
        because.extend(because![trips; Cause::Spec(rtt.path.to_string())]);
    }
    // The leader's clock stands still while its log is synced: one task does both (etcdserver/raft.go).
    if let Some(fsync) = fsync {
        wanted = wanted.max(tens(fsync.value.0));
        reason = format!("{reason}, and a sync of the log, {}", fsync.value);
        because.push(Cause::Spec(fsync.path.to_string()));
    }
    // A pinned election bounds the heartbeat, and upstream's longest one does.
    let longest = draft.pin(&election).and_then(|p| p.bounds().1).unwrap_or(most.value).min(most.value);
    let wanted = wanted.min(longest / fewest.value).max(1);
    draft.set(&heartbeat, wanted, Origin::Derived, &TIMING).reason(reason).because(because);
    let planned = draft.get(&heartbeat).and_then(serde_json::Value::as_i64).unwrap_or(wanted);
    let timeout = planned.saturating_mul(beats.value).max(shortest.value).min(most.value);
    draft
        .set(&election, timeout, Origin::Derived, &TIMING)
        .reason(format!("{} × {planned}ms, {} to {}ms", beats.value, shortest.value, most.value))
        .because(because![beats, shortest, most; Cause::Value(heartbeat.clone())]);
}
