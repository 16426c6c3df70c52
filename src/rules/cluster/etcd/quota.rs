//! Whether the database fits: objects, their history and fragmentation against the quotas that etcd suggests.

use super::{Part, QUOTA};
use crate::catalog;
use crate::facts::{Cause, Pinned};
use crate::quantity::Bytes;
use crate::rules::cluster::load::Load;
use crate::rules::{Conflict, Draft, Origin};

/// What a database comes to.
pub(super) struct Need {
    /// Bytes of its file.
    pub bytes: i128,
    /// How that comes about.
    pub line: String,
    causes: Vec<Cause>,
}

/// What the database of a load comes to.
pub(super) fn need(load: &Load) -> Need {
    let menus = catalog::menus();
    let (objects, steady) = (load.objects(), load.history(menus.etcd_history));
    let history = steady.join(&load.burst_history(), |steady, burst| steady + burst);
    let mut causes: Vec<Cause> = objects.causes().chain(history.causes()).cloned().collect();
    causes.extend(["etcd-quota", "etcd-fragmentation", "etcd-history"].map(|id| Cause::Fact(format!("menu/{id}"))));
    let bytes = objects.value * i128::from(menus.etcd_fragmentation) / 1000 + history.value;
    let mi = |bytes: i128| format!("{}Mi", (bytes + (1 << 20) - 1) >> 20);
    let line = format!(
        "{} of objects × {} + {} of history = {}",
        mi(objects.value),
        times(menus.etcd_fragmentation),
        mi(history.value),
        mi(bytes)
    );
    Need { bytes, line, causes }
}

/// Thousandths as a factor: `1.5`.
fn times(thousandths: i64) -> String {
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// The quotas of the menu, smallest first, in bytes.
fn sizes() -> Vec<i64> {
    catalog::menus().etcd_quota.iter().filter_map(|q| Bytes::parse(q).ok()).map(|b| b.0).collect()
}

/// The smallest quota of the menu that holds it.
pub(super) fn smallest(need: &Need) -> Option<i64> {
    sizes().into_iter().find(|s| i128::from(*s) >= need.bytes)
}

/// The quota: a pinned one that holds the database, or the smallest of the menu that does.
pub(super) fn choose(need: &Need, load: &Load, pin: Option<&Pinned>) -> Result<i64, Conflict> {
    let pinned = pin.and_then(|p| p.bounds().0).filter(|b| *b > 0);
    let size = match pinned {
        Some(p) => (i128::from(p) >= need.bytes).then_some(p),
        None => smallest(need),
    };
    size.ok_or_else(|| {
        let most = pinned.or(sizes().last().copied()).unwrap_or(0);
        Conflict {
            rules: vec![QUOTA.id.to_string()],
            arithmetic: vec![format!("{} > {}", need.line, Bytes(most)), format!("the most of it: {}", load.largest())],
        }
    })
}

/// Sets the quota.
pub(super) fn set(part: &Part<'_>, need: &Need, quota: i64, draft: &mut Draft<'_>) {
    let reason = format!("{} of {}", need.line, Bytes(quota));
    draft
        .set(&part.flag("quota-backend-bytes"), quota, Origin::Derived, &QUOTA)
        .reason(reason)
        .because(need.causes.iter().cloned());
}
