//! The load of a cluster and what its API servers are given for it: upstream's arithmetic, and that more load never asks for less.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{document, plan, run_in};
use plimsoll::catalog;
use plimsoll::facts::Known;
use plimsoll::rules::cluster::api_server::demand::Demand;
use plimsoll::rules::cluster::api_server::inflight::{raise, shipped};
use plimsoll::rules::cluster::api_server::seats::{Watchers, nominal};
use serde_json::Value;

/// A cluster of so many nodes; `more` stands in `[control-plane]`.
fn spec(minor: &str, nodes: i64, cpus: i64, more: &str) -> String {
    format!(
        r#"
[cluster]
name = "c"
kubernetes = "{minor}"
cni = "flannel"
pod-cidrs = ["10.0.0.0/9"]
services = {services}
endpoints = {endpoints}

[control-plane]
etcd = {{ version = "3.6" }}
{more}

[node-class.cp]
role = "control-plane"
count = 3
os = {{ kernel = "6.8" }}
hardware = {{ cpus = {cpus}, memory = "126Gi" }}

[node-class.web]
count = {nodes}
os = {{ kernel = "6.8" }}
hardware = {{ cpus = 8, memory = "31Gi" }}

[[node-class.web.workload]]
name = "services"
share = 1.0
cpu = "250m"
memory = "512Mi"
"#,
        services = nodes * 2,
        endpoints = nodes * 20,
    )
}

fn planned(text: &str) -> Value {
    document(&plan(text).plan())
}

fn value(document: &Value, name: &str) -> Value {
    document["controlPlane"]["values"][name]["value"].clone()
}

/// `nominalCL` of a real API server at 400 and 200 in flight, by level: what `/metrics` and the log of 1.36 showed.
#[test]
fn seats_are_those_that_a_real_server_has() {
    let all: i64 = shipped().values().sum();
    assert_eq!(all, 245);
    let seats = |level: &str| nominal(600, catalog::priority_level(level).unwrap().shares, all);
    let levels =
        ["system", "leader-election", "node-high", "workload-high", "workload-low", "global-default", "catch-all"];
    assert_eq!(levels.map(seats), [74, 25, 98, 98, 245, 49, 13]);
}

/// Upstream's estimator: ceil(watchers ÷ 10) seats for 5 ms, at most 10 of them at once, none below 10 watchers.
#[test]
fn watchers_take_seats_as_upstream_counts_them() {
    let upstream = Watchers { per_seat: 10, held: 5, most: 10 };
    assert_eq!(upstream.seat_time(4_000, 9), 4_000);
    assert_eq!(upstream.seat_time(4_000, 10), 4_000 + 5_000);
    assert_eq!(upstream.seat_time(4_000, 95), 10 * 4_000 + 10 * 5_000);
    assert_eq!(upstream.seat_time(4_000, 1_667), 10 * 4_000 + 167 * 5_000);
}

#[test]
fn raised_shares_give_every_level_what_it_needs() {
    let mut state = 7_u64;
    let mut next = |below: i64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(state >> 33).unwrap() % below
    };
    let (mut fitting, mut raised_some) = (0, 0);
    for _ in 0..3_000 {
        let limit = 300 + next(6_000);
        let mut demands: Vec<Demand> =
            catalog::priority_levels().iter().map(|l| demand(&l.name, l.shares, next(limit / 4))).collect();
        demands.extend((0..next(4)).map(|n| demand(&format!("client-{n}"), 0, next(100))));
        let (raised, fits) = raise(&demands, limit);
        if !fits {
            assert!(
                demands.iter().map(|d| d.seats.value.max(1)).sum::<i64>() >= limit,
                "given up though there is room"
            );
            continue;
        }
        fitting += 1;
        raised_some += i32::from(!raised.is_empty());
        let mut shares = shipped();
        shares.extend(raised);
        let all: i64 = shares.values().sum();
        for demand in &demands {
            assert!(nominal(limit, shares[&demand.level], all) >= demand.seats.value, "{demand:?} of {limit}");
        }
    }
    assert!(fitting > 500 && raised_some > 200, "{fitting} {raised_some}");
}

fn demand(level: &str, shares: i64, seats: i64) -> Demand {
    Demand { level: level.into(), shares, rate: 0, mean: 0, seats: Known::fact(seats, "behaviour/watches-per-seat") }
}

#[test]
fn a_larger_cluster_never_gets_less() {
    let numbers = |document: &Value| -> Vec<f64> {
        let load = &document["controlPlane"]["load"];
        let at = |pointer: &str| load.pointer(pointer).unwrap_or_else(|| panic!("{pointer}")).as_f64().unwrap();
        let mut out: Vec<f64> =
            ["/objects", "/bytes", "/writesPerSecond", "/bytesPerSecond", "/podStartsPerSecond"].map(at).into();
        out.extend(["/burst/pods", "/burst/writesPerSecond", "/watches/open", "/watches/peakChangesPerSecond"].map(at));
        out.extend(["/relistBytes", "/kinds/events/count", "/clients/kubelets/peakRequestsPerSecond"].map(at));
        for name in [
            "kube-apiserver/max-requests-inflight",
            "kube-apiserver/max-mutating-requests-inflight",
            "etcd/quota-backend-bytes",
        ] {
            out.push(value(document, name).as_f64().unwrap());
        }
        out
    };
    let plans: Vec<Vec<f64>> = [5, 50, 500, 2_000].map(|n| numbers(&planned(&spec("1.37", n, 64, "")))).into();
    for pair in plans.windows(2) {
        assert!(pair[0].iter().zip(&pair[1]).all(|(small, large)| small <= large), "{pair:?}");
        assert!(pair[0][0] < pair[1][0] && pair[0][2] < pair[1][2], "{pair:?}");
    }
}

/// Ten thousand pods at once ask for more seats than upstream's; the shorter the time, the more.
#[test]
fn a_burst_raises_the_limits() {
    let inflight = |within: &str| {
        let more = format!("load = {{ burst = {{ pods = 10000, within = \"{within}\" }} }}");
        value(&planned(&spec("1.37", 500, 64, &more)), "kube-apiserver/max-requests-inflight").as_i64().unwrap()
    };
    let [hour, seconds, moment] = ["1h", "10s", "2s"].map(inflight);
    assert_eq!(hour, 400);
    assert!(hour <= seconds && seconds <= moment && hour < moment, "{hour} {seconds} {moment}");
}

/// Kubelets' own values are counted, not only upstream's defaults.
#[test]
fn planned_kubelets_are_counted() {
    let base = spec("1.37", 100, 16, "");
    let pinned = format!(
        "{base}\n[node-class.web.pin]\n\"kubelet/nodeLeaseDurationSeconds\" = 80\n\
         \"kubelet/configMapAndSecretChangeDetectionStrategy\" = \"Get\"\n"
    );
    let (before, after) = (planned(&base), planned(&pinned));
    let load = |d: &Value, pointer: &str| d["controlPlane"]["load"].pointer(pointer).unwrap().as_f64().unwrap();
    let leases = "/kinds/leases/writesPerSecond";
    // 103 nodes renew four times in 40 s; then 100 of them four times in 80 s.
    assert!((load(&before, leases) - load(&after, leases) - 5.0).abs() < 0.01);
    assert!(load(&before, "/watches/open") > load(&after, "/watches/open"), "nothing is watched any more");
    let requests = "/clients/kubelets/requestsPerSecond";
    assert!(load(&before, requests) < load(&after, requests), "it is read instead");
}

#[test]
fn levels_are_written_in_the_api_of_the_minor() {
    let client = r#"load = { client = [{ name = "argocd", service-account = "argocd/controller", requests-per-second = 400 }] }"#;
    for (minor, version, shares, lending) in [
        ("1.25", "v1beta2", "assuredConcurrencyShares", false),
        ("1.26", "v1beta3", "nominalConcurrencyShares", true),
        ("1.28", "v1beta3", "nominalConcurrencyShares", true),
        ("1.29", "v1", "nominalConcurrencyShares", true),
        ("1.37", "v1", "nominalConcurrencyShares", true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("spec.toml"), spec(minor, 20, 16, client)).unwrap();
        let run = run_in(folder.path(), &["render", "spec.toml", "--out", "out"], "");
        assert_eq!(run.code, 0, "{}", run.err);
        let read = |name: &str| common::read(folder.path().join("out/c/control-plane").join(name));
        let (levels, schemas) = (read("priority-level-configuration.yaml"), read("flow-schema.yaml"));
        for text in [&levels, &schemas] {
            assert!(text.contains(&format!("apiVersion: flowcontrol.apiserver.k8s.io/{version}\n")), "{minor}: {text}");
        }
        assert!(
            levels.contains(&format!("{shares}: ")) && levels.contains("lendablePercent") == lending,
            "{minor}: {levels}"
        );
        assert!(schemas.contains("namespace: \"argocd\"") && schemas.contains("name: \"client-argocd\""), "{schemas}");
    }
}

/// Files of the audit log and the buffer in front of it, by hand from the load that the plan states.
#[test]
fn the_audit_log_stays_within_its_disk() {
    let audit = |more: &str| {
        format!(
            "\n[control-plane.audit]\npolicy-file = \"/p.yaml\"\nlog-path = \"/l.log\"\nrecord-size = \"1Ki\"\n{more}\n"
        )
    };
    let named = |more: &str| {
        spec("1.34", 2000, 32, &audit(more)).replace("[control-plane]\n", "[control-plane]\nnode-class = \"cp\"\n")
    };
    let with = |more: &str| planned(&named(more));
    let flag = |document: &Value, name: &str| value(document, &format!("kube-apiserver/{name}"));
    let disk = with("disk = \"2Gi\"");
    // 2048 MiB hold 20 files of 100; one of them is being written.
    assert_eq!((flag(&disk, "audit-log-maxsize"), flag(&disk, "audit-log-maxbackup")), (100.into(), 19.into()));
    assert_eq!(flag(&disk, "audit-log-mode"), "blocking");
    let kept = with("keep-days = 2");
    assert_eq!(flag(&kept, "audit-log-maxage"), 2);
    let (one, two) = (flag(&with("keep-days = 1"), "audit-log-maxbackup"), flag(&kept, "audit-log-maxbackup"));
    let (one, two) = (one.as_i64().unwrap(), two.as_i64().unwrap());
    assert!((2 * one - 1..=2 * one).contains(&two), "{one} files a day, {two} in two");
    let dropping = with("when-slow = \"drop\"");
    assert_eq!(flag(&dropping, "audit-log-mode"), "batch");
    let (buffer, doubled) =
        (flag(&dropping, "audit-log-batch-buffer-size"), with("when-slow = \"drop\"\nrecorded = 200"));
    assert!(
        buffer.as_i64().unwrap() >= 10_000 && flag(&doubled, "audit-log-batch-buffer-size").as_i64() >= buffer.as_i64()
    );
    assert!(value(&planned(&spec("1.34", 20, 8, "")), "kube-apiserver/audit-log-mode").is_null());
}
