//! The mistakes of published guides, in files as a reader of such a guide would write them: `check` names each of them.

use crate::command::{json, run};
use std::collections::BTreeSet;
use std::path::Path;

const OWN: &str = "tests/check/published";
const SCENARIOS: &str = "examples/scenarios/published";

/// What is found in a file, by id.
fn found(path: &str, kubernetes: &str) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let done = run(root, &["check", path, "--kubernetes", kubernetes, "--etcd", "3.6", "--format", "json"]);
    let document = json(&done);
    let findings = document["findings"].as_array().unwrap_or_else(|| panic!("{path}: {}{}", done.out, done.err));
    findings.iter().map(|f| f["id"].as_str().unwrap().to_string()).collect()
}

fn named(path: &str, kubernetes: &str, wanted: &[&str]) {
    let found = found(path, kubernetes);
    let missing: Vec<_> = wanted.iter().filter(|id| !found.contains(**id)).collect();
    assert!(missing.is_empty(), "{path}: {missing:?} not among {found:?}");
}

#[test]
fn of_the_api_server() {
    let file = format!("{OWN}/kube-apiserver.flags");
    named(
        &file,
        "1.34",
        &[
            "anonymous-auth-off",
            "audit-without-policy",
            "default-watch-cache-size-unused",
            "unknown-setting",
            "watch-cache-sizes-unused",
        ],
    );
}

#[test]
fn of_the_controller_manager() {
    let file = format!("{OWN}/kube-controller-manager.flags");
    let wanted = [
        "controller-syncs-by-wildcard",
        "endpoint-syncs-for-services",
        "min-resync-period",
        "setting-of-another-version",
    ];
    named(&file, "1.34", &[&wanted[..], &["node-monitor-grace-connection"]].concat());
    named(&file, "1.30", &[&wanted[..], &["node-grace-forty-seconds"]].concat());
    // The flag was there up to 1.26, and did nothing.
    assert!(!found(&file, "1.26").contains("setting-of-another-version"));
}

#[test]
fn of_etcd() {
    let wanted = [
        "compaction-revisions",
        "etcd-election-order",
        "etcd-request-bytes",
        "etcd-snapshot-count",
        "unknown-setting",
        "wrong-type",
    ];
    named(&format!("{OWN}/etcd.flags"), "1.34", &wanted);
}

#[test]
fn of_the_scheduler() {
    let wanted = ["plugin-unknown", "scheduler-disable-all-filters", "scheduler-fixed-sampling", "unknown-setting"];
    named(&format!("{OWN}/kube-scheduler.yaml"), "1.34", &wanted);
    named(&format!("{SCENARIOS}/schedulers.yaml"), "1.34", &["plugin-unknown"]);
}

#[test]
fn of_the_kubelet() {
    let wanted = [
        "eviction-by-one-key",
        "evented-pleg",
        "kubelet-rates-that-are-defaults",
        "pods-beyond-tested",
        "pulls-without-limit",
        "registry-burst-below-rate",
        "status-frequency-alone",
        "sync-frequency",
        "soft-eviction-at-once",
        "unknown-gate",
    ];
    named(&format!("{OWN}/kubelet.yaml"), "1.34", &wanted);
    named(&format!("{SCENARIOS}/dense.yaml"), "1.34", &["eviction-by-one-key", "pods-beyond-tested"]);
    let wanted = ["parallel-pulls-while-serial", "reserved-memory-equals-reservation"];
    named(&format!("{SCENARIOS}/production.yaml"), "1.34", &wanted);
    named(&format!("{SCENARIOS}/latency.yaml"), "1.34", &["reserved-memory-equals-reservation"]);
    // Its reserved cores, 0 to 3, are of one NUMA node of the two that its machine has.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let spec = format!("{}/latency.toml", SCENARIOS.trim_end_matches("/published"));
    let done = run(root, &["check", &format!("{OWN}/latency.yaml"), "--spec", &spec, "--quiet"]);
    assert!(done.out.contains("[reserved-cpus-one-node]"), "{}{}", done.out, done.err);
    let wanted = ["system-enforcement-without-cgroup", "kube-enforcement-without-cgroup"];
    named(&format!("{OWN}/enforced.yaml"), "1.34", &wanted);
}

#[test]
fn of_kube_proxy_and_the_host() {
    let proxy = format!("{OWN}/kube-proxy.yaml");
    named(&proxy, "1.34", &["ipvs-for-many-services"]);
    named(&format!("{OWN}/kube-proxy-iptables.yaml"), "1.34", &["proxy-sync-periods", "proxy-full-sync"]);
    named(&proxy, "1.35", &["ipvs-deprecated"]);
    named(&format!("{SCENARIOS}/metallb.yaml"), "1.36", &["ipvs-deprecated"]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sysctl = format!("{OWN}/sysctl.conf");
    let done = run(root, &["check", &proxy, &sysctl, "--kubernetes", "1.34", "--quiet"]);
    assert!(done.out.contains("conntrack-one-owner"), "{}", done.out);
}
