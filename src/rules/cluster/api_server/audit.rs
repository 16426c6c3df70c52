//! The audit log: files that stay within their disk, and what happens while the disk is slow.

use super::super::load::Load;
use super::servers::Servers;
use crate::because;
use crate::diag::Finding;
use crate::facts::{AuditFacts, Cause, Facts, Known};
use crate::quantity::{Bytes, ceil_div};
use crate::rules::{Draft, Origin, Rule};

/// Where it is written.
pub static LOG: Rule = Rule {
    id: "apiserver-audit-log",
    why: "nothing is recorded without a policy and a path",
    source: "k8s.io/apiserver pkg/server/options/audit.go newPolicyRuleEvaluator, AuditLogOptions.enabled",
};
/// Files.
pub static FILES: Rule = Rule {
    id: "apiserver-audit-files",
    why: "the file that is written and the older ones that are kept have to fit into the disk that is stated for them",
    source: "k8s.io/apiserver pkg/server/options/audit.go getWriter; gopkg.in/natefinch/lumberjack.v2 Logger",
};
/// While the disk is slow.
pub static SLOW: Rule = Rule {
    id: "apiserver-audit-slow-disk",
    why: "in mode blocking a request waits until its record is written; in mode batch records wait in a buffer, and those that find it full are lost",
    source: "k8s.io/apiserver pkg/server/options/audit.go; k8s.io/apiserver plugin/pkg/audit/buffered/buffered.go ProcessEvents",
};

const MEBI: i64 = 1 << 20;
const DAY: i64 = 86400;

/// Records per second on one server, in thousandths: steadily, and in a burst.
struct Rates {
    steady: Known<i64>,
    peak: Known<i64>,
}

impl Rates {
    fn of(audit: &AuditFacts, load: &Load, servers: Option<&Servers>) -> Self {
        let alive = servers.map_or_else(|| Known::fact(1, "opinion/api-server/servers-away"), |s| s.alive.clone());
        let sum = |flows: &mut dyn Iterator<Item = &super::super::load::Flow>| {
            let rates: Vec<&Known<i64>> = flows.map(|f| &f.rate).collect();
            let all = Known::<i64>::fold(0, rates, |sum: i64, rate| sum.saturating_add(*rate));
            let each = all.join(&alive, |all, alive| ceil_div(*all, (*alive).max(1)));
            each.join(&audit.recorded, |rate, recorded| rate.saturating_mul(*recorded) / 100)
        };
        Self { steady: sum(&mut load.steady.iter()), peak: sum(&mut load.steady.iter().chain(&load.burst)) }
    }
}

/// Sets the flags of the audit log where one is stated.
pub fn decide(
    facts: &Facts,
    load: &Load,
    servers: Option<&Servers>,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) {
    let Some(audit) = facts.cluster.control_plane.as_ref().and_then(|c| c.audit.as_ref()) else { return };
    for (flag, path) in [("audit-policy-file", &audit.policy_file), ("audit-log-path", &audit.log_path)] {
        let name = format!("kube-apiserver/{flag}");
        draft.set(&name, path.value.clone(), Origin::Derived, &LOG).reason("stated").because(because![path]);
    }
    let rates = Rates::of(audit, load, servers);
    files(audit, &rates, draft, findings);
    slow(audit, &rates, draft);
}

/// Bytes that are recorded in a day on one server.
fn daily(audit: &AuditFacts, rates: &Rates) -> Known<i64> {
    let bytes = |rate: &i64, size: &i64| i64::try_from(i128::from(*rate) * i128::from(*size) * i128::from(DAY) / 1000);
    rates.steady.join(&audit.record_size, |rate, size| bytes(rate, size).unwrap_or(i64::MAX))
}

fn files(audit: &AuditFacts, rates: &Rates, draft: &mut Draft<'_>, findings: &mut Vec<Finding>) {
    const SIZE: &str = "kube-apiserver/audit-log-maxsize";
    const KEPT: &str = "kube-apiserver/audit-log-maxbackup";
    const AGE: &str = "kube-apiserver/audit-log-maxage";
    let (file, daily) = (Known::opinion("audit/file"), daily(audit, rates));
    let grows = format!(
        "{} records a second × {} = {} a day",
        thousandths(rates.steady.value),
        Bytes(audit.record_size.value),
        Bytes(whole(daily.value))
    );
    draft
        .set(SIZE, file.value, Origin::Derived, &FILES)
        .reason(format!("{grows}; a file is full at {}Mi", file.value))
        .because(because![file]);
    let size = Known::caused(
        draft.get(SIZE).and_then(serde_json::Value::as_i64).unwrap_or(1).max(1),
        Cause::Value(SIZE.into()),
    );
    let bytes = size.value.saturating_mul(MEBI);
    if let Some((disk, place)) = &audit.disk {
        // The file that is being written is one more than those that are kept. None kept would mean: all.
        let kept = (disk.value / bytes - 1).max(1);
        let reason = format!("({kept} + 1) × {}Mi of {}; {grows}", size.value, Bytes(disk.value));
        draft.set(KEPT, kept, Origin::Derived, &FILES).reason(reason).because(because![disk, size]);
        findings.extend(short(audit, disk, &daily, bytes).map(|f| f.at(place, "too little").note(grows)));
    } else if let Some(keep) = &audit.keep_days {
        let taken = daily.value.saturating_mul(keep.value);
        let needed = ceil_div(taken, bytes).max(1);
        let reason = format!("{} in {} days; {grows}", Bytes(whole(taken)), keep.value);
        draft.set(KEPT, needed, Origin::Derived, &FILES).reason(reason).because(because![keep, size, daily]);
    }
    if let Some(keep) = &audit.keep_days {
        draft.set(AGE, keep.value, Origin::Derived, &FILES).reason("stated: older files go").because(because![keep]);
    }
}

/// A disk that holds less than what is to be kept, or not even two files.
fn short(audit: &AuditFacts, disk: &Known<i64>, daily: &Known<i64>, file: i64) -> Option<Finding> {
    let needed = audit.keep_days.as_ref().map_or(0, |days| daily.value.saturating_mul(days.value)).max(2 * file);
    let text = Bytes(whole(needed));
    let finding = || {
        let message = format!("the audit log needs {text} on each server, and may take {}", Bytes(disk.value));
        Finding::warning("audit-disk", message).help(format!("state {text} or more, or keep records for fewer days"))
    };
    (needed > disk.value).then(finding)
}

fn slow(audit: &AuditFacts, rates: &Rates, draft: &mut Draft<'_>) {
    const MODE: &str = "kube-apiserver/audit-log-mode";
    const BUFFER: &str = "kube-apiserver/audit-log-batch-buffer-size";
    match &audit.drop {
        Some(drop) if drop.value => {
            draft
                .set(MODE, "batch", Origin::Derived, &SLOW)
                .reason("records may be lost, requests do not wait")
                .because(because![drop]);
            let seconds = Known::opinion("audit/buffered");
            let burst = rates.peak.join(&seconds, |rate, seconds| ceil_div(rate.saturating_mul(*seconds), 1000));
            let default = Known::default_of(BUFFER, draft.version());
            let line =
                format!("{} records a second × {} s = {}", thousandths(rates.peak.value), seconds.value, burst.value);
            if burst.value <= default.value {
                let reason = format!("{line}, within upstream's default");
                draft.keep_because(BUFFER, &SLOW, &reason, because![burst]);
            } else {
                draft.set(BUFFER, burst.value, Origin::Derived, &SLOW).reason(line).because(because![burst]);
            }
        }
        Some(drop) => {
            draft
                .set(MODE, "blocking", Origin::Derived, &SLOW)
                .reason("requests wait for their record, none is lost")
                .because(because![drop]);
        }
        None => draft.keep(MODE, &SLOW, "upstream's default: requests wait for their record"),
    }
}

fn thousandths(rate: i64) -> String {
    format!("{}.{}", rate / 1000, rate % 1000 / 100)
}

/// Bytes rounded up to a mebibyte, so that sums of small records read well.
fn whole(bytes: i64) -> i64 {
    ceil_div(bytes, MEBI).saturating_mul(MEBI)
}
