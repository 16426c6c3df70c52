//! When the database is defragmented, and how long one member may take.

use super::quota::Need;
use crate::because;
use crate::catalog;
use crate::facts::{Cause, Known};
use crate::quantity::{Bytes, GoDuration, ceil_div};
use crate::rules::{Draft, Origin, Rule};

/// Fragmentation.
pub(super) static DEFRAGMENTATION: Rule = Rule {
    id: "etcd-defragmentation",
    why: "compaction frees pages inside of the file and never makes it smaller; a member answers nothing while it is defragmented, so it is done in a quiet hour and one member after the other",
    source: "etcd-io/etcd server/storage/backend/backend.go defrag; etcdctl/ctlv3/command/defrag_command.go; profiles/opinions/etcd.toml",
};

/// Sets the calendar and the time that one member is given.
pub(super) fn set(need: &Need, quota: i64, draft: &mut Draft<'_>) {
    let (share, rate) = (Known::opinion("etcd/defragmentation-share"), Known::opinion("etcd/defragmentation-rate"));
    let near = need.bytes * 1000 > i128::from(quota) * i128::from(share.value);
    let (often, id) = if near { ("every night", "busy") } else { ("once a week", "calm") };
    let id = format!("etcd/defragmentation-{id}");
    let Some(calendar) = catalog::opinion(&id).map(|o| o.value.clone()) else { return };
    let quota_name = Cause::Value("etcd/quota-backend-bytes".into());
    draft
        .set("etcd-defragmentation/OnCalendar", calendar, Origin::Derived, &DEFRAGMENTATION)
        .reason(format!("{} of {}: {often}", need.line, Bytes(quota)))
        .because(because![share; Cause::Fact(format!("opinion/{id}")), quota_name.clone()]);
    let seconds = ceil_div(quota, rate.value.max(1));
    draft
        .set(
            "etcd-defragmentation/command-timeout",
            GoDuration(seconds.saturating_mul(GoDuration::SECOND)).to_string(),
            Origin::Derived,
            &DEFRAGMENTATION,
        )
        .reason(format!("{} at {} a second", Bytes(quota), Bytes(rate.value)))
        .because(because![rate; quota_name]);
}
