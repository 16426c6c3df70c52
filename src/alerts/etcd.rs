//! Alerts of etcd: its database against the quota, its disk, and its members' round trip against the heartbeat.

use super::{Alert, Draft, Watched, opinion, p99, seconds, share};
use crate::catalog;
use crate::plan::Plan;
use crate::quantity::Bytes;

/// The alerts of etcd; none where nothing is planned for it.
pub(super) fn alerts(plan: &Plan) -> Vec<Alert> {
    let Some(version) = plan.etcd else { return Vec::new() };
    let watched = Watched { scope: "etcd".into(), version: version.minor, values: vec![&plan.control_plane] };
    [size(&watched), fsync(&watched), round_trip(&watched), leaders(&watched)].into_iter().flatten().collect()
}

fn size(watched: &Watched<'_>) -> Option<Alert> {
    const QUOTA: &str = "etcd/quota-backend-bytes";
    let (quota, near) = (watched.number(QUOTA)?, opinion("etcd-size-near"));
    // Zero stands for etcd's own default.
    let quota = if quota == 0 { catalog::limit_value("etcd-quota-default") } else { quota };
    let limit = share(quota, near);
    let draft = Draft {
        name: "EtcdDatabaseNearQuota",
        severity: "critical",
        hold: "hold-soon",
        expr: format!("etcd_mvcc_db_total_size_in_bytes > {limit}"),
        summary: "etcd's database is near its quota; at the quota it takes no more writes.".into(),
        arithmetic: format!("{near}% of {}", Bytes(quota)),
    };
    watched.alert(draft, &["etcd_mvcc_db_total_size_in_bytes"], &[QUOTA])
}

fn fsync(watched: &Watched<'_>) -> Option<Alert> {
    let (metric, millis) = ("etcd_disk_wal_fsync_duration_seconds", catalog::limit_value("etcd-fsync-p99"));
    let most = seconds(millis);
    let draft = Draft {
        name: "EtcdDiskSlow",
        severity: "warning",
        hold: "hold-latency",
        expr: format!("{} > {most}", p99(metric, "", "instance")),
        summary: "etcd's disk syncs too slowly; every write of the cluster waits for it.".into(),
        arithmetic: format!("etcd's documents ask for {millis}ms at the 99th percentile"),
    };
    watched.alert(draft, &[metric], &["etcd/heartbeat-interval", "etcd/election-timeout"])
}

/// A heartbeat that is shorter than the round trip is late every time.
fn round_trip(watched: &Watched<'_>) -> Option<Alert> {
    const HEARTBEAT: &str = "etcd/heartbeat-interval";
    let (metric, millis) = ("etcd_network_peer_round_trip_time_seconds", watched.number(HEARTBEAT)?);
    let most = seconds(millis);
    let draft = Draft {
        name: "EtcdPeersSlow",
        severity: "warning",
        hold: "hold-latency",
        expr: format!("{} > {most}", p99(metric, "", "instance, To")),
        summary: "The round trip between etcd's members is longer than their heartbeat.".into(),
        arithmetic: format!("a heartbeat of {millis}ms is planned"),
    };
    watched.alert(draft, &[metric], &[HEARTBEAT])
}

fn leaders(watched: &Watched<'_>) -> Option<Alert> {
    const ELECTION: &str = "etcd/election-timeout";
    let (metric, most) = ("etcd_server_leader_changes_seen_total", opinion("leader-changes"));
    let timeout = watched.number(ELECTION)?;
    let draft = Draft {
        name: "EtcdLeaderChangesOften",
        severity: "warning",
        hold: "hold-soon",
        expr: format!("increase({metric}[1h]) > {most}"),
        summary: "etcd changes its leader often; nothing is written while there is none.".into(),
        arithmetic: format!("more than {most} changes within an hour, with an election timeout of {timeout}ms"),
    };
    watched.alert(draft, &[metric], &[ELECTION, "etcd/heartbeat-interval"])
}
