//! A timer and its service that defragment etcd, one member after the other.

use super::{Bug, Options, Texts, fill, object, yaml};
use crate::plan::Plan;
use minijinja::context;

/// Both units; none where the plan has no calendar for them.
pub(super) fn units(plan: &Plan, options: &Options) -> Result<Texts, Bug> {
    let value = |key: &str| plan.control_plane.get(&format!("etcd-defragmentation/{key}"));
    let (Some(calendar), Some(timeout)) = (value("OnCalendar"), value("command-timeout")) else {
        return Ok(Texts::new());
    };
    let reason = |text: &str| if options.comments { yaml::one_line(text) } else { String::new() };
    let text = |value: &serde_json::Value| yaml::one_line(value.as_str().unwrap_or_default());
    let header = if options.comments {
        vec![
            object::written_by(plan, "defragmentation of etcd", plan.kubernetes),
            "Put both units on one machine alone: two at a time could stop a majority.".to_string(),
            "/etc/default/etcdctl names the members and how to reach them: ETCDCTL_ENDPOINTS, ETCDCTL_CACERT, ETCDCTL_CERT, ETCDCTL_KEY."
                .to_string(),
        ]
    } else {
        Vec::new()
    };
    let service = fill(
        "etcd-defragmentation.service",
        include_str!("../../templates/etcd-defragmentation.service.j2"),
        context! { header => header.clone(), timeout => text(&timeout.value), reason => reason(&timeout.reason) },
    )?;
    let timer = fill(
        "etcd-defragmentation.timer",
        include_str!("../../templates/etcd-defragmentation.timer.j2"),
        context! { header, calendar => text(&calendar.value), reason => reason(&calendar.reason) },
    )?;
    Ok(Texts::from([("etcd-defragmentation.service".into(), service), ("etcd-defragmentation.timer".into(), timer)]))
}
