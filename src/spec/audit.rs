//! `[control-plane.audit]` as types.

use super::get;
use super::node::Table;
use super::shape::At;
use crate::quantity::Bytes;

/// The audit log, as stated.
#[derive(Clone, Debug)]
pub struct Audit {
    /// Path of the policy.
    pub policy_file: At<String>,
    /// Path of the log.
    pub log_path: At<String>,
    /// Bytes that the log may take on a machine.
    pub disk: Option<At<Bytes>>,
    /// Days for which records are to be there.
    pub keep_days: Option<At<i64>>,
    /// Records for a hundred requests.
    pub recorded: Option<At<i64>>,
    /// Bytes of a record.
    pub record_size: Option<At<Bytes>>,
    /// `wait` or `drop`.
    pub when_slow: Option<At<String>>,
}

/// Reads `[control-plane.audit]` from the table of the control plane.
pub(super) fn audit(control_plane: &Table) -> Option<Audit> {
    let t = get::table(control_plane, "audit")?;
    Some(Audit {
        policy_file: get::text(t, "policy-file")?,
        log_path: get::text(t, "log-path")?,
        disk: get::bytes(t, "disk"),
        keep_days: get::int(t, "keep-days"),
        recorded: get::int(t, "recorded"),
        record_size: get::bytes(t, "record-size"),
        when_slow: get::text(t, "when-slow"),
    })
}
