//! What writes ask of the disk: the log is synced for every batch of writes, the database committed every interval.
//!
//! etcd's log has one writer: while one sync runs, the writes that come in wait, and the next sync takes all of them. So the
//! least it can do with is one sync per write, or one in the time that a sync may take, whichever is fewer.

use super::{BATCH, DISK, Part};
use crate::because;
use crate::catalog;
use crate::diag::Finding;
use crate::facts::{Cause, Known};
use crate::quantity::{Bytes, GoDuration, ceil_div};
use crate::rules::cluster::load::Load;
use crate::rules::{Conflict, Draft};
use crate::spec::EtcdDisk;

/// What a load asks of the disk at its peak, per second.
pub(super) struct Demand {
    /// Operations.
    pub operations: i64,
    /// Bytes.
    pub bytes: i64,
    /// How the operations come about.
    operations_line: String,
    /// How the bytes come about.
    bytes_line: String,
    causes: Vec<Cause>,
}

/// The demand of a load with a commit of the database every `interval` nanoseconds.
pub(super) fn demand(load: &Load, interval: &Known<i64>) -> Demand {
    let [object, sync, commit] =
        ["etcd-disk-object-bytes", "etcd-disk-sync-bytes", "etcd-disk-commit-bytes"].map(Known::cost);
    let each = Known::cost("etcd-disk-commit-operations");
    let longest = Known::limit("etcd-fsync-p99");
    let (writes, written) = (load.peak_writes(), load.peak_bytes_per_second());
    let small = |value: i128| i64::try_from(value).unwrap_or(i64::MAX);
    let per_second = ceil_div(small(writes.value), 1000);
    let syncs = per_second.min(1000 / longest.value.max(1));
    let commits = ceil_div(GoDuration::SECOND, interval.value.max(1_000_000)).min(per_second.max(1));
    let operations = syncs + commits * each.value;
    let of_objects = small(written.value * i128::from(object.value) / 1024);
    let bytes = of_objects.saturating_add(syncs * sync.value).saturating_add(commits * commit.value);
    let mut causes = because![writes, written, object, sync, commit, each, longest, interval];
    causes.dedup();
    Demand {
        operations,
        bytes,
        operations_line: format!(
            "{per_second} writes in {syncs} syncs, of at most {}ms each, + {commits} commits × {} = {operations} operations a second",
            longest.value, each.value
        ),
        bytes_line: format!(
            "{} of objects written as {} + {syncs} syncs × {} + {commits} commits × {} = {} a second",
            kib(small(written.value)),
            kib(of_objects),
            kib(sync.value),
            kib(commit.value),
            kib(bytes)
        ),
        causes,
    }
}

/// Bytes as people read them, rounded up.
fn kib(bytes: i64) -> String {
    if bytes >= 10 << 20 { format!("{}Mi", ceil_div(bytes, 1 << 20)) } else { format!("{}Ki", ceil_div(bytes, 1024)) }
}

impl Demand {
    /// What the disk does not carry, each with its arithmetic.
    pub fn conflicts(&self, disk: &EtcdDisk) -> Vec<Conflict> {
        let conflict = |line: String| Conflict { rules: vec![DISK.id.to_string()], arithmetic: vec![line] };
        let few = disk.iops.as_ref().filter(|i| i.value < self.operations);
        let slow = disk.write.as_ref().filter(|w| w.value.0 < self.bytes);
        few.map(|i| conflict(format!("{} > {}", self.operations_line, i.value)))
            .into_iter()
            .chain(slow.map(|w| conflict(format!("{} > {}", self.bytes_line, w.value))))
            .collect()
    }
}

/// How often the database is committed, as pinned or as upstream does, in nanoseconds.
pub(super) fn interval(part: &Part<'_>, draft: &Draft<'_>) -> Known<i64> {
    let name = part.flag("backend-batch-interval");
    let own = Known::default_of(&name, draft.version());
    let pin = draft.pin(&name).and_then(|p| Some((p.bounds().0.or(p.bounds().1).filter(|b| *b > 0)?, p)));
    pin.map_or(own, |(value, p)| Known::spec(&p.at.with(value)))
}

/// Keeps the batches of the database, which the demand counts with.
pub(super) fn batches(part: &Part<'_>, demand: &Demand, draft: &mut Draft<'_>) {
    let reason = format!("{}; {}", demand.operations_line, demand.bytes_line);
    draft.keep_because(&part.flag("backend-batch-interval"), &BATCH, &reason, demand.causes.iter().cloned());
    draft.keep(&part.flag("backend-batch-limit"), &BATCH, "far more than is written within one interval");
}

/// What is stated of the disk against what etcd's own documents ask of one.
pub(super) fn remarks(part: &Part<'_>, quota: i64, draft: &Draft<'_>, findings: &mut Vec<Finding>) {
    let (etcd, disk) = (part.etcd, &part.etcd.disk);
    let (slowest, least) = (catalog::limit_value("etcd-fsync-p99"), catalog::limit_value("etcd-disk-iops"));
    let mut slow = |message: String, place| {
        findings.push(Finding::warning("etcd-disk-slow", message).at(&place, "stated here"));
    };
    if let Some(fsync) = disk.fsync_p99.as_ref().filter(|f| f.value.0 > slowest * GoDuration::SECOND / 1000) {
        let message = format!(
            "etcd's disk syncs in {} at the 99th percentile; more than {slowest}ms delays every write",
            fsync.value
        );
        slow(message, etcd.place(fsync));
    }
    if let Some(iops) = disk.iops.as_ref().filter(|i| i.value < least) {
        let message = format!("etcd's disk has {} operations per second; a loaded cluster needs {least}", iops.value);
        slow(message, etcd.place(iops));
    }
    if let Some(kind) = disk.kind.as_ref().filter(|k| k.value == "hdd") {
        slow("etcd lies on a spinning disk, which syncs too slowly for it".into(), etcd.place(kind));
    }
    let segments = catalog::default_number(&part.flag("max-wals"), draft.version());
    let segment = catalog::limit_value("etcd-log-segment");
    let room = quota.saturating_mul(2).saturating_add(segments * segment);
    if let Some(size) = disk.size.as_ref().filter(|s| s.value.0 < room) {
        let message = format!("etcd's disk of {} does not hold its database twice and its log", size.value);
        findings.push(
            Finding::warning("etcd-disk-small", message)
                .at(&etcd.place(size), "stated here")
                .note(format!(
                    "2 × {} + {segments} segments of the log × {segment} = {room} bytes; defragmentation writes the database anew beside the old one",
                    Bytes(quota)
                )),
        );
    }
}
