//! etcd: database size against quota, writes against the disk, compaction, and timing from the members' round trip.

mod defragmentation;
mod disk;
mod events;
mod log;
mod members;
mod quota;
mod timing;
mod unfit;

use super::load::Load;
use crate::diag::Finding;
use crate::facts::{ControlPlaneFacts, EtcdFacts, Facts};
use crate::rules::{Conflict, Draft, Rule, Unfit};

/// Rules of this concern.
pub static RULES: &[&Rule] =
    &[&QUOTA, &COMPACTION, &TIMING, &SNAPSHOT, &REQUEST, &BATCH, &DISK, &EVENTS, &defragmentation::DEFRAGMENTATION];

/// The database fits.
pub static QUOTA: Rule = Rule {
    id: "etcd-quota",
    why: "an etcd whose database reaches its quota takes no more writes; objects, their history and fragmentation must fit",
    source: "etcd-io/etcd server/storage/quota.go; profiles/menus.toml",
};
/// Compaction.
pub static COMPACTION: Rule = Rule {
    id: "etcd-compaction",
    why: "the API server compacts every five minutes, so etcd's own compaction stays off",
    source: "kubernetes/kubernetes staging/src/k8s.io/apiserver/pkg/storage/etcd3/compact.go",
};
/// Heartbeat and election.
pub static TIMING: Rule = Rule {
    id: "etcd-timing",
    why: "a heartbeat is about the round trip between members and longer than a sync of the log, and an election waits for ten of them",
    source: "etcd-io/website docs tuning: time parameters; etcd-io/etcd server/embed/config.go Validate; server/etcdserver/raft.go start: one task counts heartbeats and syncs the log",
};
/// Snapshots.
pub static SNAPSHOT: Rule = Rule {
    id: "etcd-snapshot-count",
    why: "entries since the newest snapshot wait in memory, except where etcd drops them without one; then the count only decides on snapshots on disk",
    source: "etcd-io/etcd server/etcdserver/server.go DefaultSnapshotCount, memorySnapshotCount, compactRaftLog",
};
/// Requests.
static REQUEST: Rule = Rule {
    id: "etcd-request-size",
    why: "the API server refuses bodies above 3 MiB and one object is one request, so a larger limit gains nothing",
    source: "etcd-io/etcd server/embed/config.go DefaultMaxRequestBytes; kubernetes/kubernetes staging/src/k8s.io/apiserver/pkg/server/config.go MaxRequestBodyBytes",
};
/// Batches of the database.
static BATCH: Rule = Rule {
    id: "etcd-backend-batch",
    why: "the database is committed by interval, not by write: a longer one spares the disk little and makes what is read from it older",
    source: "etcd-io/etcd server/storage/backend/backend.go run, batch_tx.go Unlock",
};
/// The disk carries the writes.
static DISK: Rule = Rule {
    id: "etcd-disk",
    why: "every write is synced to the log before it counts, and written to the database again",
    source: "etcd-io/etcd server/etcdserver/raft.go start, server/storage/wal/wal.go Save, server/storage/backend/backend.go run; catalog/costs/etcd.toml",
};
/// Events apart.
static EVENTS: Rule = Rule {
    id: "etcd-events-apart",
    why: "events are written most and missed least, so an etcd of their own takes their load from all other objects",
    source: "kubernetes/kubernetes staging/src/k8s.io/apiserver/pkg/server/options/etcd.go etcd-servers-overrides",
};

/// Bytes of one pod in etcd, when the catalogue knows.
pub fn pod_bytes() -> Option<i64> {
    crate::catalog::cost("etcd-pod-bytes").map(|c| c.typical)
}

/// The load that changed facts come to.
type Reload<'a> = &'a dyn Fn(&Facts) -> Load;

/// One etcd: that of everything, or one of two.
struct Part<'a> {
    /// Component that its settings go by.
    name: &'static str,
    etcd: &'a EtcdFacts,
    load: Load,
}

impl Part<'_> {
    /// A flag of this etcd as a tunable.
    fn flag(&self, flag: &str) -> String {
        format!("{}/{flag}", self.name)
    }

    /// Why this etcd does not carry its load.
    fn conflicts(&self, draft: &Draft<'_>) -> Vec<Conflict> {
        let quota = quota::choose(&quota::need(&self.load), &self.load, draft.pin(&self.flag("quota-backend-bytes")));
        let demand = disk::demand(&self.load, &disk::interval(self, draft));
        quota.err().into_iter().chain(demand.conflicts(&self.etcd.disk)).collect()
    }
}

/// Sets etcd's flags; nothing where its version is not stated.
///
/// # Errors
/// A database larger than any quota that etcd suggests, or writes that the stated disk does not carry.
pub fn decide(
    facts: &Facts,
    load: &Load,
    reload: Reload<'_>,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(), Box<Unfit>> {
    let Some(control) = &facts.cluster.control_plane else { return Ok(()) };
    let Some(version) = &control.etcd_version else {
        findings.extend(unknown(facts));
        return Ok(());
    };
    // Defaults are those of etcd's own version, not of Kubernetes'.
    let mut own = Draft::new(version.value.minor, draft.pins());
    let apart = events::apart(control, load, &own);
    let main = match &apart {
        Some(_) => Part { name: "etcd", etcd: &control.etcd, load: events::without(load) },
        None => Part { name: "etcd", etcd: &control.etcd, load: load.clone() },
    };
    settle(facts, control, &main, reload, &mut own, findings)?;
    members::remarks(&main, findings);
    super::pinned(&mut own, "etcd");
    if let Some(etcd) = &apart {
        let part = Part { name: events::NAME, etcd, load: events::only(load) };
        settle(facts, control, &part, reload, &mut own, findings)?;
        super::pinned(&mut own, events::NAME);
        events::tell(control, draft);
    } else {
        findings.extend(events::pinned_for_nothing(control, draft));
    }
    draft.values.append(&mut own.values);
    Ok(())
}

fn unknown(facts: &Facts) -> Option<Finding> {
    let class = facts.classes.values().find(|c| c.role.value == "control-plane").or(facts.classes.values().next())?;
    Some(
        Finding::advice("etcd-unknown", "the version of etcd is not stated, so its settings are not planned")
            .at(&class.place, "this class")
            .help("add `version` to `[control-plane.etcd]`"),
    )
}

/// Sets one etcd's flags.
fn settle(
    facts: &Facts,
    control: &ControlPlaneFacts,
    part: &Part<'_>,
    reload: Reload<'_>,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(), Box<Unfit>> {
    let need = quota::need(&part.load);
    let demand = disk::demand(&part.load, &disk::interval(part, draft));
    let quota = quota::choose(&need, &part.load, draft.pin(&part.flag("quota-backend-bytes")));
    let (Ok(quota), true) = (quota, demand.conflicts(&part.etcd.disk).is_empty()) else {
        return Err(Box::new(unfit::explain(facts, control, part, reload, draft)));
    };
    quota::set(part, &need, quota, draft);
    for flag in ["auto-compaction-mode", "auto-compaction-retention"] {
        draft.keep(&part.flag(flag), &COMPACTION, "the API server compacts");
    }
    timing::set(part, draft);
    log::set(part, facts, draft);
    draft.keep(&part.flag("max-request-bytes"), &REQUEST, "upstream's default: etcd refuses larger requests");
    disk::batches(part, &demand, draft);
    if part.name == "etcd" {
        defragmentation::set(&need, quota, draft);
    }
    disk::remarks(part, quota, draft, findings);
    log::remarks(part, facts, need.bytes, draft, findings);
    Ok(())
}
