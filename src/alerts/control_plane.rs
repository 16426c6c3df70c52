//! Alerts of API server and controller-manager: seats, waiting clients and queues, unhealthy nodes.

use super::{Alert, Draft, Watched, opinion, p99, seconds, share};
use crate::catalog;
use crate::plan::Plan;

/// The alerts of the control plane; none where the platform runs it.
pub(super) fn alerts(plan: &Plan) -> Vec<Alert> {
    if plan.control_plane.is_empty() {
        return Vec::new();
    }
    let of = |scope: &str| Watched {
        scope: scope.to_string(),
        version: plan.kubernetes.minor,
        values: vec![&plan.control_plane],
    };
    let (server, manager) = (of("kube-apiserver"), of("kube-controller-manager"));
    let list = [
        inflight(&server),
        seats(&server),
        rejected(&server),
        waiting(&manager),
        queues(&manager),
        unhealthy(&manager),
    ];
    list.into_iter().flatten().collect()
}

const READS: &str = "kube-apiserver/max-requests-inflight";
const WRITES: &str = "kube-apiserver/max-mutating-requests-inflight";

/// Requests in flight, both kinds, against the seats that all priority levels share.
fn inflight(watched: &Watched<'_>) -> Option<Alert> {
    let number = |name| watched.number(name).unwrap_or_else(|| catalog::default_number(name, watched.version));
    let (reads, writes, near) = (number(READS), number(WRITES), opinion("inflight-near"));
    let limit = share(reads + writes, near);
    let draft = Draft {
        name: "APIServerInflightNearLimit",
        severity: "warning",
        hold: "hold-latency",
        expr: format!("sum by (instance) (apiserver_current_inflight_requests) > {limit}"),
        summary: "An API server handles nearly as many requests at a time as it may.".into(),
        arithmetic: format!("{near}% of {reads} + {writes} requests in flight = {limit}"),
    };
    watched.alert(draft, &["apiserver_current_inflight_requests"], &[READS, WRITES])
}

const LIMITS: &[&str] = &[READS, WRITES, "kube-controller-manager/kube-api-qps", "kube-scheduler/clientConnection.qps"];

/// Seats of one priority level. The names of both metrics changed when levels began to lend seats.
fn seats(watched: &Watched<'_>) -> Option<Alert> {
    let near = opinion("seats-near");
    let pairs = [
        ("apiserver_flowcontrol_current_executing_seats", "apiserver_flowcontrol_nominal_limit_seats"),
        ("apiserver_flowcontrol_request_concurrency_in_use", "apiserver_flowcontrol_request_concurrency_limit"),
    ];
    pairs.into_iter().find_map(|(used, limit)| {
        let draft = Draft {
            name: "APIServerPriorityLevelNearLimit",
            severity: "warning",
            hold: "hold-latency",
            expr: format!(
                "100 * sum by (instance, priority_level) ({used}) / sum by (instance, priority_level) ({limit} > 0) > {near}"
            ),
            summary: "A priority level of an API server uses nearly all of its seats.".into(),
            arithmetic: format!("{near}% of the level's own seats, before it borrows"),
        };
        watched.alert(draft, &[used, limit], LIMITS)
    })
}

fn rejected(watched: &Watched<'_>) -> Option<Alert> {
    let metric = "apiserver_flowcontrol_rejected_requests_total";
    let draft = Draft {
        name: "APIServerRejectsRequests",
        severity: "critical",
        hold: "hold-soon",
        expr: format!("sum by (instance, priority_level, reason) (rate({metric}[5m])) > 0"),
        summary: "An API server rejects requests because a priority level has neither seats nor room in its queues."
            .into(),
        arithmetic: "the plan's rates and seats leave no request to reject".into(),
    };
    watched.alert(draft, &[metric], LIMITS)
}

/// The controller-manager waits for its own rate limit.
fn waiting(watched: &Watched<'_>) -> Option<Alert> {
    let (metric, most) = ("rest_client_rate_limiter_duration_seconds", seconds(opinion("client-wait-p99")));
    let qps = watched.number("kube-controller-manager/kube-api-qps")?;
    let draft = Draft {
        name: "ControllerManagerThrottled",
        severity: "warning",
        hold: "hold-latency",
        expr: format!("{} > {most}", p99(metric, MANAGER, "instance")),
        summary: "The controller-manager waits for its own limit of requests a second.".into(),
        arithmetic: format!(
            "{qps} requests a second are planned; more than {most}s of waiting says that they are too few"
        ),
    };
    watched.alert(draft, &[metric], &["kube-controller-manager/kube-api-qps", "kube-controller-manager/kube-api-burst"])
}

const MANAGER: &str = "job=\"kube-controller-manager\"";

fn queues(watched: &Watched<'_>) -> Option<Alert> {
    let (metric, most) = ("workqueue_queue_duration_seconds", seconds(opinion("queue-wait-p99")));
    let syncs: Vec<&str> = watched.values.iter().flat_map(|v| v.keys()).map(String::as_str).collect();
    let syncs: Vec<&str> = syncs.into_iter().filter(|n| n.starts_with("kube-controller-manager/concurrent-")).collect();
    let draft = Draft {
        name: "ControllerQueueSlow",
        severity: "warning",
        hold: "hold-latency",
        expr: format!("{} > {most}", p99(metric, MANAGER, "instance, name")),
        summary: "Work waits long for a worker of the controller that the queue is named for.".into(),
        arithmetic: format!("the 99th percentile of five minutes is above {most}s"),
    };
    watched.alert(draft, &[metric], &syncs)
}

/// Half of the way to the share at which the node controller slows evictions down.
fn unhealthy(watched: &Watched<'_>) -> Option<Alert> {
    let name = "kube-controller-manager/unhealthy-zone-threshold";
    let value = watched.values.iter().find_map(|v| v.get(name))?.value.to_string();
    let (share, near) = (value.trim_matches('"').to_string(), opinion("unhealthy-near"));
    let draft = Draft {
        name: "ZoneNodesUnhealthy",
        severity: "critical",
        hold: "hold-soon",
        expr: format!("100 * node_collector_unhealthy_nodes_in_zone / node_collector_zone_size > {near} * {share}"),
        summary: "So many nodes of a zone are unhealthy that evictions of their pods will soon slow down or stop."
            .into(),
        arithmetic: format!("{near}% of the planned share {share}"),
    };
    let guards = [name, "kube-controller-manager/node-monitor-grace-period"];
    watched.alert(draft, &["node_collector_unhealthy_nodes_in_zone", "node_collector_zone_size"], &guards)
}
