//! etcd: database size against quota, compaction, and timing from the members' round trip.

use super::load::Load;
use crate::because;
use crate::catalog;
use crate::diag::{Finding, Place};
use crate::facts::{Cause, ControlPlaneFacts, Facts, Known};
use crate::quantity::{Bytes, GoDuration, ceil_div};
use crate::rules::{Conflict, Draft, Origin, Rule, Unfit};
use std::sync::Arc;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&QUOTA, &COMPACTION, &TIMING, &SNAPSHOT];

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
    why: "a heartbeat is about the round trip between members, and an election waits for ten of them",
    source: "etcd-io/website docs tuning: time parameters; etcd-io/etcd server/embed/config.go Validate",
};
/// Snapshots.
pub static SNAPSHOT: Rule = Rule {
    id: "etcd-snapshot-count",
    why: "upstream lowered the count when it had shown to cost memory; older versions keep theirs",
    source: "etcd-io/etcd server/etcdserver/server.go DefaultSnapshotCount",
};

const QUOTA_NAME: &str = "etcd/quota-backend-bytes";

/// Bytes of one pod in etcd, when the catalogue knows.
pub fn pod_bytes() -> Option<i64> {
    catalog::cost("etcd-pod-bytes").map(|c| c.typical)
}

/// Sets etcd's flags; nothing where its version is not stated.
///
/// # Errors
/// A database larger than any quota that etcd suggests.
pub fn decide(
    facts: &Facts,
    load: &Load,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(), Box<Unfit>> {
    let Some(control) = &facts.cluster.control_plane else { return Ok(()) };
    let Some(version) = &control.etcd_version else {
        findings.extend(advice(
            facts,
            "etcd-unknown",
            "the version of etcd is not stated, so its settings are not planned",
            "add `version` to `[control-plane.etcd]`",
        ));
        return Ok(());
    };
    // Defaults are those of etcd's own version, not of Kubernetes'.
    let mut own = Draft::new(version.value.minor, draft.pins());
    quota(facts, control, load, &mut own, findings)?;
    for name in ["etcd/auto-compaction-mode", "etcd/auto-compaction-retention"] {
        own.keep(name, &COMPACTION, "the API server compacts");
    }
    timing(control, &mut own);
    own.keep("etcd/snapshot-count", &SNAPSHOT, "upstream's default of this version");
    own.keep("etcd/max-request-bytes", &SNAPSHOT, "upstream's default: etcd refuses larger requests");
    disk(facts, control, findings);
    super::pinned(&mut own, "etcd");
    draft.values.append(&mut own.values);
    Ok(())
}

fn advice(facts: &Facts, id: &'static str, message: &str, help: &str) -> Option<Finding> {
    let class = facts.classes.values().find(|c| c.role.value == "control-plane").or(facts.classes.values().next())?;
    Some(Finding::advice(id, message).at(&class.place, "this class").help(help))
}

fn quota(
    facts: &Facts,
    control: &ControlPlaneFacts,
    load: &Load,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(), Box<Unfit>> {
    let menus = catalog::menus();
    let (objects, history) = (load.objects(), load.history(menus.etcd_history));
    let mut causes = because![objects, history];
    causes.extend(["etcd-quota", "etcd-fragmentation", "etcd-history"].map(|id| Cause::Fact(format!("menu/{id}"))));
    let (objects, history) = (objects.value, history.value);
    let need = (objects + history) * i128::from(menus.etcd_fragmentation) / 1000;
    let mi = |bytes: i128| format!("{}Mi", (bytes + (1 << 20) - 1) >> 20);
    let line = format!(
        "({} of objects + {} of history) × {} = {}",
        mi(objects),
        mi(history),
        menus.etcd_fragmentation / 1000,
        mi(need)
    );
    let sizes: Vec<i64> = menus.etcd_quota.iter().filter_map(|q| Bytes::parse(q).ok()).map(|b| b.0).collect();
    let pinned = draft.pin(QUOTA_NAME).and_then(|p| p.bounds().0).filter(|b| *b > 0);
    let Some(size) = pinned.map_or_else(
        || sizes.iter().copied().find(|s| i128::from(*s) >= need),
        |p| (i128::from(p) >= need).then_some(p),
    ) else {
        let most = pinned.or(sizes.last().copied()).unwrap_or(0);
        return Err(Box::new(too_large(facts, draft, &line, &load.largest(), most)));
    };
    if let Some(memory) = &control.etcd.memory
        && i128::from(memory.value.0) < need
    {
        let message =
            format!("etcd's database of {} does not fit its {} of memory, where it is mapped", mi(need), memory.value);
        findings.extend(
            file(facts).map(|f| {
                Finding::warning("etcd-memory", message).at(&Place::new(&f, memory.span.clone()), "stated here")
            }),
        );
    }
    draft.set(QUOTA_NAME, size, Origin::Derived, &QUOTA).reason(format!("{line} of {}", Bytes(size))).because(causes);
    Ok(())
}

fn file(facts: &Facts) -> Option<Arc<str>> {
    facts.classes.values().next().map(|c| Arc::clone(&c.file))
}

fn too_large(facts: &Facts, draft: &Draft<'_>, line: &str, largest: &str, most: i64) -> Unfit {
    let pin = draft.pin(QUOTA_NAME);
    let asked = file(facts).zip(pin).map(|(f, p)| vec![(Place::new(&f, p.at.span.clone()), "pinned here".to_string())]);
    let asked = asked
        .unwrap_or_else(|| facts.classes.values().take(1).map(|c| (c.place.clone(), "this cluster".into())).collect());
    Unfit {
        class: String::new(),
        message: "no plan fits: etcd's database is larger than its quota may be".into(),
        asked,
        against: Vec::new(),
        conflicts: vec![Conflict {
            rules: vec![QUOTA.id.to_string()],
            arithmetic: vec![format!("{line} > {}", Bytes(most)), format!("the most of it: {largest}")],
        }],
        complete: true,
        way_out: None,
    }
}

fn timing(control: &ControlPlaneFacts, draft: &mut Draft<'_>) {
    const HEARTBEAT: &str = "etcd/heartbeat-interval";
    const ELECTION: &str = "etcd/election-timeout";
    let Some(rtt) = &control.etcd.member_rtt else {
        draft.keep(HEARTBEAT, &TIMING, "no round trip is stated");
        draft.keep(ELECTION, &TIMING, "no round trip is stated");
        return;
    };
    let cause = Cause::Spec(rtt.path.to_string());
    let version = draft.version();
    let [(least, least_fact), (election, election_fact)] = [HEARTBEAT, ELECTION]
        .map(|name| (catalog::default_number(name, version), Cause::Fact(format!("default/{version}/{name}"))));
    // One and a half round trips, in whole tens of milliseconds.
    let wanted = ceil_div(rtt.value.0 * 3 / 2, 10_000_000) * 10;
    let wanted = wanted.max(least);
    let pin = draft.pin(HEARTBEAT);
    let heartbeat = pin.map_or(wanted, |p| {
        if p.allows(&wanted.into()) { wanted } else { p.bounds().0.or(p.bounds().1).unwrap_or(wanted) }
    });
    let reason = format!("1.5 × {}, at least {least}ms", rtt.value);
    draft.set(HEARTBEAT, heartbeat, Origin::Derived, &TIMING).reason(reason).because([cause.clone(), least_fact]);
    let most = Known::limit("etcd-election-most");
    let timeout = (heartbeat * 10).max(election).min(most.value);
    draft
        .set(ELECTION, timeout, Origin::Derived, &TIMING)
        .reason(format!("10 × {heartbeat}ms"))
        .because(because![most; cause, election_fact, Cause::Value(HEARTBEAT.into())]);
}

/// What is stated of the disk against what etcd's own documents ask of one.
fn disk(facts: &Facts, control: &ControlPlaneFacts, findings: &mut Vec<Finding>) {
    let Some(file) = file(facts) else { return };
    let etcd = &control.etcd;
    let (slowest, least) = (catalog::limit_value("etcd-fsync-p99"), catalog::limit_value("etcd-disk-iops"));
    if let Some(fsync) = etcd.fsync_p99.as_ref().filter(|f| f.value.0 > slowest * GoDuration::SECOND / 1000) {
        let message = format!(
            "etcd's disk syncs in {} at the 99th percentile; more than {slowest}ms delays every write",
            fsync.value
        );
        findings.push(
            Finding::warning("etcd-disk-slow", message).at(&Place::new(&file, fsync.span.clone()), "stated here"),
        );
    }
    if let Some(iops) = etcd.disk_iops.as_ref().filter(|i| i.value < least) {
        let message = format!("etcd's disk has {} operations per second; a loaded cluster needs {least}", iops.value);
        findings
            .push(Finding::warning("etcd-disk-slow", message).at(&Place::new(&file, iops.span.clone()), "stated here"));
    }
    if let Some(kind) = etcd.disk_kind.as_ref().filter(|k| k.value == "hdd") {
        let message = "etcd lies on a spinning disk, which syncs too slowly for it";
        findings
            .push(Finding::warning("etcd-disk-slow", message).at(&Place::new(&file, kind.span.clone()), "stated here"));
    }
}
