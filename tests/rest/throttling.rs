//! Memory throttling only where it is asked for and acts.

use crate::common::plan;
use crate::{DISK, planned, spec, workload};
use serde_json::json;

const FACTOR: &str = "kubelet/memoryThrottlingFactor";
const GATE: &str = "kubelet/featureGates.MemoryQoS";

fn text(kubernetes: &str, class: &str) -> String {
    spec(kubernetes, class, DISK, &workload("web", "share = 1.0", ""))
}

#[test]
fn nobody_is_throttled_unasked() {
    for minor in ["1.25", "1.36", "1.37"] {
        let plan = planned(&text(minor, ""));
        assert!(plan.value(FACTOR).is_null() && plan.value(GATE).is_null(), "{minor}");
    }
}

#[test]
fn the_gate_is_switched_on_where_upstream_has_it_off() {
    let plan = planned(&text("1.36", "memory-throttling = 0.8"));
    assert_eq!((plan.value(FACTOR), plan.value(GATE)), (&json!(0.8), &json!(true)));
    assert!(plan.findings.contains(&"throttling-gate".to_string()));
    let plan = planned(&text("1.37", "memory-throttling = 0.8"));
    assert_eq!(plan.value(FACTOR), &json!(0.8));
    assert!(plan.value(GATE).is_null() && !plan.findings.contains(&"throttling-gate".to_string()));
}

#[test]
fn the_formula_is_the_minors() {
    let formula = |minor: &str| planned(&text(minor, "memory-throttling = 0.8")).reason(FACTOR).to_string();
    assert!(formula("1.26").contains("factor × limit"));
    assert!(formula("1.27").contains("request + factor × (limit − request)"));
}

#[test]
fn cgroup_v1_has_no_throttling() {
    let old = text("1.34", "memory-throttling = 0.8").replace("kernel = \"6.8\"", "kernel = \"6.8\", cgroup = 1");
    assert_eq!(plan(&old).refused(), ["throttling-cgroup-v1"]);
}
