//! Laws of node lifecycle, leader election, workers and rates.

use crate::{Cluster, KCM, Plan};
use plimsoll::catalog;
use std::collections::BTreeMap;

const SECOND: i64 = 1_000_000_000;
const MINORS: [&str; 4] = ["1.25", "1.31", "1.34", "1.37"];
const NODES: [i64; 5] = [3, 40, 300, 1000, 5000];
/// Milliseconds between two members of etcd.
const TRIPS: [i64; 4] = [1, 40, 250, 900];

/// Every combination, with a burst of three pods a node within a minute.
fn every(mut look: impl FnMut(&Cluster, &Plan, i64)) {
    for kubernetes in MINORS {
        for nodes in NODES {
            for trip in TRIPS {
                let mut cluster = Cluster::new(kubernetes, nodes);
                cluster.cluster = "services = 200\nendpoints = 2000".into();
                let burst = nodes * 3;
                cluster.control = format!(
                    "etcd = {{ version = \"3.5\", member-rtt = \"{trip}ms\" }}\n\
                     load = {{ burst = {{ pods = {burst}, within = \"1m\" }}, jobs-per-minute = 60 }}"
                );
                look(&cluster, &cluster.plan(), trip);
            }
        }
    }
}

#[test]
fn a_leader_outlasts_the_elections_of_etcd() {
    every(|cluster, plan, _| {
        let timeout = plan.number("etcd/election-timeout") * 1_000_000;
        for (component, lease, renew, retry) in [
            (KCM, "leader-elect-lease-duration", "leader-elect-renew-deadline", "leader-elect-retry-period"),
            (
                "kube-scheduler",
                "leaderElection.leaseDuration",
                "leaderElection.renewDeadline",
                "leaderElection.retryPeriod",
            ),
        ] {
            let [lease, renew, retry] = [lease, renew, retry].map(|n| plan.nanos(&format!("{component}/{n}")));
            assert!(lease > renew && renew * 10 > retry * 12, "{}: {lease} {renew} {retry}", cluster.text());
            // Two elections, each of which waits up to twice the timeout.
            assert!(renew > 4 * timeout, "{}: {renew} and {timeout}", cluster.text());
            let kept = (lease, renew, retry) == (15 * SECOND, 10 * SECOND, 2 * SECOND);
            assert_eq!(kept, 4 * timeout < 10 * SECOND, "{}", cluster.text());
        }
    });
}

/// Shares of the controllers' level and of all: upstream's, and what is planned beside them.
fn shares(plan: &Plan) -> (i64, i64) {
    let shipped = [
        ("system", 30),
        ("leader-election", 10),
        ("node-high", 40),
        ("workload-high", 40),
        ("workload-low", 100),
        ("global-default", 20),
        ("catch-all", 5),
    ];
    let mut shares: BTreeMap<String, i64> = shipped.map(|(name, n)| (name.to_string(), n)).into();
    for (name, value) in plan.0["controlPlane"]["values"].as_object().unwrap() {
        if let Some(level) = name.strip_prefix("priority-level/shares.") {
            shares.insert(level.to_string(), value["value"].as_i64().unwrap());
        }
    }
    (shares["workload-high"], shares.values().sum())
}

#[test]
fn controllers_ask_no_more_than_their_seats_answer() {
    every(|cluster, plan, trip| {
        let flight: i64 = [("max-requests-inflight", 400), ("max-mutating-requests-inflight", 200)]
            .iter()
            .map(|(flag, default)| plan.entry(&format!("kube-apiserver/{flag}"))["value"].as_i64().unwrap_or(*default))
            .sum();
        let (own, all) = shares(plan);
        // Half of their level's seats are theirs, each for the time of a write and the round trip.
        let seats = (flight * own + all - 1) / all;
        let time = catalog::cost("apiserver-seat-write").unwrap().typical + trip * 1000;
        let answers = seats * 500_000 / time;
        let (qps, scheduler) =
            (plan.number(&format!("{KCM}/kube-api-qps")), plan.number("kube-scheduler/clientConnection.qps"));
        // Six controllers with work, and the garbage collector with twice the rate.
        let all = 8 * qps + scheduler;
        assert!(all <= answers || (qps == 20 && scheduler == 50), "{}: {all} of {answers}", cluster.text());
        assert!(scheduler * 4 <= answers || scheduler == 50, "{}", cluster.text());
        assert_eq!(plan.number(&format!("{KCM}/kube-api-burst")), (qps * 3 + 1) / 2);
        assert_eq!(plan.number("kube-scheduler/clientConnection.burst"), scheduler * 2);
        // What a burst of so many pods needs is there, or is said not to be: a pod and an event each, and some status.
        let need = cluster.nodes * 3 * 2 / 60;
        let short = plan.findings().contains(&"controller-rates-short");
        let told = short || plan.findings().iter().any(|f| f.starts_with("apiserver-"));
        assert!(qps >= need || told, "{}: {qps} of {need}", cluster.text());
        assert!(!short || 8 * (qps + 1) + scheduler > answers || qps == 20, "{}", cluster.text());
    });
}

#[test]
fn workers_are_never_fewer_than_upstreams_and_grow_with_the_cluster() {
    let flags = |minor| {
        let all = catalog::names().filter(|n| n.starts_with(KCM) && n.contains("concurrent-"));
        let here = all.filter(move |n| catalog::find(n).is_some_and(|f| f.tunable.exists_in(minor)));
        here.map(ToString::to_string).collect::<Vec<_>>()
    };
    for kubernetes in MINORS {
        let minor = plimsoll::quantity::Minor::parse(kubernetes).unwrap();
        let mut before: Option<Plan> = None;
        for nodes in NODES {
            let mut cluster = Cluster::new(kubernetes, nodes);
            let burst = nodes * 5;
            cluster.control.push_str(&format!("load = {{ burst = {{ pods = {burst}, within = \"1m\" }} }}\n"));
            let plan = cluster.plan();
            for flag in flags(minor).iter().filter(|f| !f.contains("horizontal")) {
                let (now, default) = (plan.number(flag), catalog::default_number(flag, minor));
                assert!(now >= default, "{flag} {now} below {default} in {kubernetes}");
                assert!(before.as_ref().is_none_or(|b| b.number(flag) <= now), "{flag} falls at {nodes} nodes");
            }
            before = Some(plan);
        }
        // Controllers differ: a replica set's makes a pod and an event, a deployment's a status for some.
        let large = before.unwrap();
        let of = |what: &str| large.number(&format!("{KCM}/concurrent-{what}-syncs"));
        assert!(of("replicaset") > of("deployment") && of("service-endpoint") == 5, "{}", of("replicaset"));
    }
}

#[test]
fn a_silent_node_is_given_its_detection_and_three_missed_renewals() {
    let name = format!("{KCM}/node-monitor-grace-period");
    for kubernetes in MINORS {
        for lease in [20, 40, 60, 90, 120, 300] {
            let mut cluster = Cluster::new(kubernetes, 20);
            cluster.pins = format!("\"kubelet/nodeLeaseDurationSeconds\" = {lease}");
            let plan = cluster.plan();
            let grace = plan.nanos(&name);
            // The control plane's nodes keep the 40 seconds of upstream, a renewal in ten.
            let renewal = ((lease + 3) / 4).max(10);
            assert!(grace > 45 * SECOND, "{kubernetes}, {lease}: {}", plan.reason(&name));
            assert!(grace >= 4 * renewal * SECOND, "{kubernetes}, {lease}: {}", plan.reason(&name));
            // And no more than a renewal beyond what asks for it.
            assert!(grace <= (45 + renewal).max(4 * renewal) * SECOND, "{kubernetes}, {lease}: {}", plan.reason(&name));
        }
    }
}

#[test]
fn workers_stay_within_what_upstream_accepts() {
    let mut cluster = Cluster::new("1.34", 1000);
    cluster.cluster = "services = 20\nendpoints = 30000".into();
    let trip = "member-rtt = \"900ms\"";
    cluster.control =
        format!("etcd = {{ version = \"3.5\", {trip} }}\nload = {{ burst = {{ pods = 28000, within = \"1m\" }} }}");
    let name = format!("{KCM}/concurrent-service-endpoint-syncs");
    let plan = cluster.plan();
    assert!(plan.number(&name) <= 50, "{}", plan.reason(&name));
    assert!(plan.number(&format!("{KCM}/concurrent-endpoint-syncs")) >= plan.number(&name));
}

#[test]
fn changes_of_endpoints_are_collected_where_many_nodes_hear_of_many() {
    let period = |nodes, endpoints: i64| {
        let mut cluster = Cluster::new("1.34", nodes);
        cluster.cluster = format!("services = 2000\nendpoints = {endpoints}");
        let plan = cluster.plan();
        ["endpoint", "endpointslice"].map(|w| plan.nanos(&format!("{KCM}/{w}-updates-batch-period")))
    };
    assert_eq!(period(50, 3000), [0, 0]);
    assert_eq!(period(5000, 0), [0, 0]);
    assert_eq!(period(5000, 500_000), [SECOND / 2, SECOND / 2]);
}
