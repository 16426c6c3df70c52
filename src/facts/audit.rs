//! The audit log of the API servers as meant.

use super::known::Known;
use crate::diag::Place;
use crate::spec::{self, Spec};

/// What is recorded, and what the record may take.
#[derive(Clone, Debug)]
pub struct AuditFacts {
    /// Path of the policy.
    pub policy_file: Known<String>,
    /// Path of the log.
    pub log_path: Known<String>,
    /// Bytes that the log may take on a machine, and where that is stated.
    pub disk: Option<(Known<i64>, Place)>,
    /// Days for which records are to be there, when stated.
    pub keep_days: Option<Known<i64>>,
    /// Records for a hundred requests.
    pub recorded: Known<i64>,
    /// Bytes of a record.
    pub record_size: Known<i64>,
    /// Whether records may be lost while the disk is slow, when stated.
    pub drop: Option<Known<bool>>,
}

impl AuditFacts {
    /// What the spec states of it.
    pub(super) fn of(spec: &Spec, stated: &spec::Audit) -> Self {
        let bytes = |at: &spec::At<crate::quantity::Bytes>| Known::spec(at).map(|b| b.0);
        Self {
            policy_file: Known::spec(&stated.policy_file),
            log_path: Known::spec(&stated.log_path),
            disk: stated.disk.as_ref().map(|at| (bytes(at), spec.place(at))),
            keep_days: stated.keep_days.as_ref().map(Known::spec),
            recorded: stated.recorded.as_ref().map_or_else(|| Known::opinion("audit/recorded"), Known::spec),
            record_size: stated.record_size.as_ref().map_or_else(|| Known::cost("audit-record-bytes"), bytes),
            drop: stated.when_slow.as_ref().map(|at| Known::spec(at).map(|word| word == "drop")),
        }
    }
}
