//! A shutdown waits as long as pods need, critical ones last, and logind lets it.

use crate::common::plan;
use crate::{DISK, planned, spec, workload};
use serde_json::{Value, json};

const TOTAL: &str = "kubelet/shutdownGracePeriod";
const LAST: &str = "kubelet/shutdownGracePeriodCriticalPods";
const STEPS: &str = "kubelet/shutdownGracePeriodByPodPriority";
const DELAY: &str = "logind/InhibitDelayMaxSec";

fn of(class: &str, first: &str, second: &str) -> String {
    let pods = workload("web", "share = 1.0", first) + &workload("agent", "count = 2", second);
    spec("1.34", class, DISK, &pods)
}

#[test]
fn without_a_grace_nothing_is_planned() {
    let plan = planned(&of("", "", ""));
    for name in [TOTAL, LAST, STEPS, DELAY] {
        assert!(plan.value(name).is_null(), "{name}");
    }
    assert_eq!(plan.file("logind.conf"), None);
}

#[test]
fn the_longest_of_both_sides_adds_up() {
    let plan = planned(&of("", "grace = \"45s\"", "grace = \"20s\"\npriority = 2000001000"));
    assert_eq!((plan.value(TOTAL), plan.value(LAST)), (&json!("1m5s"), &json!("20s")));
    assert_eq!(plan.value(DELAY), "1m5s");
    assert!(plan.file("logind.conf").unwrap().ends_with("InhibitDelayMaxSec=65s\n"));
    // Where none is critical by statement, the menu's ten seconds are kept for what every node has.
    let plan = planned(&of("", "grace = \"2m\"", ""));
    assert_eq!((plan.value(TOTAL), plan.value(LAST)), (&json!("2m10s"), &json!("10s")));
}

#[test]
fn a_pod_that_does_not_say_has_upstreams_grace() {
    let plan = planned(&of("", "", "grace = \"5s\""));
    assert_eq!(plan.value(TOTAL), "40s", "30s by default and 10s for critical pods");
}

#[test]
fn priorities_that_differ_are_steps_in_their_order() {
    let plan = planned(&of("", "grace = \"45s\"", "grace = \"20s\"\npriority = 1000"));
    let list: Vec<(i64, i64)> = plan.value(STEPS).as_array().unwrap().iter().map(pair).collect();
    assert_eq!(list, [(0, 45), (1000, 20), (2_000_000_000, 10)]);
    assert_eq!((plan.value(TOTAL), plan.value(LAST)), (&json!("0s"), &json!("0s")), "upstream refuses both at once");
    assert_eq!(plan.value(DELAY), "1m15s");
}

fn pair(step: &Value) -> (i64, i64) {
    (step["priority"].as_i64().unwrap(), step["shutdownGracePeriodSeconds"].as_i64().unwrap())
}

#[test]
fn a_pin_decides_and_logind_follows_it() {
    let pin = "pin = { \"kubelet/shutdownGracePeriod\" = \"3m\" }";
    let plan = planned(&of(pin, "", ""));
    assert_eq!((plan.value(TOTAL), plan.value(DELAY)), (&json!("3m0s"), &json!("3m0s")));
    let plan = planned(&of(pin, "grace = \"1m\"", "priority = 1000"));
    assert!(plan.value(STEPS).is_null(), "a pinned total leaves no room for steps");
    assert!(!plan.findings.contains(&"shutdown-short".to_string()));
    let pin = "pin = { \"kubelet/shutdownGracePeriod\" = \"30s\" }";
    assert!(planned(&of(pin, "grace = \"1m\"", "")).findings.contains(&"shutdown-short".to_string()));
    let list =
        "pin = { \"kubelet/shutdownGracePeriodByPodPriority\" = [{ priority = 0, shutdownGracePeriodSeconds = 90 }] }";
    let plan = planned(&of(list, "grace = \"1m\"", ""));
    assert_eq!((plan.value(TOTAL), plan.value(DELAY)), (&Value::Null, &json!("1m30s")));
}

#[test]
fn a_delay_below_what_is_asked_is_refused() {
    let pin = "pin = { \"logind/InhibitDelayMaxSec\" = \"20s\" }";
    assert_eq!(plan(&of(pin, "grace = \"1m\"", "")).refused(), ["logind-delay-short"]);
    assert_eq!(planned(&of(pin, "", "")).value(DELAY), "20s", "a pin alone is carried");
}

#[test]
fn a_goal_may_ask_for_it() {
    let plan = planned(&of("goal = \"stability\"", "", ""));
    assert_eq!((plan.value(TOTAL), plan.value(LAST)), (&json!("40s"), &json!("10s")));
    let causes = plan.class["values"][TOTAL]["because"].to_string();
    assert!(causes.contains("goal/stability"), "{causes}");
}

#[test]
fn static_pods_of_the_control_plane_are_critical() {
    let plan = planned(&of("role = \"control-plane\"", "grace = \"1m\"", ""));
    assert_eq!((plan.value(TOTAL), plan.value(LAST)), (&json!("1m30s"), &json!("30s")));
    assert!(plan.reason(LAST).contains("etcd") || plan.reason(LAST).contains("kube-"), "{}", plan.reason(LAST));
}
