//! Swap by goal and version.

use crate::common::plan;
use crate::{DISK, Planned, planned, spec, workload};
use serde_json::json;

const FAIL: &str = "kubelet/failSwapOn";
const MODE: &str = "kubelet/memorySwap.swapBehavior";

fn text(kubernetes: &str, class: &str, swap: &str) -> String {
    let disk = if swap.is_empty() { DISK.to_string() } else { format!("swap = \"{swap}\"\n{DISK}") };
    spec(kubernetes, class, &disk, &workload("web", "share = 1.0", ""))
}

fn of(kubernetes: &str, class: &str, swap: &str) -> Planned {
    planned(&text(kubernetes, class, swap))
}

#[test]
fn without_swap_nothing_is_said_of_it() {
    for swap in ["", "0"] {
        let plan = of("1.34", "", swap);
        assert!(plan.value(FAIL).is_null() && plan.value(MODE).is_null());
        assert_eq!(plan.class["machine"]["swapBytes"], 0);
    }
}

#[test]
fn the_goal_decides_where_the_kubelet_can_limit() {
    let dense = of("1.34", "goal = \"density\"", "8Gi");
    assert_eq!((dense.value(FAIL), dense.value(MODE)), (&json!(false), &json!("LimitedSwap")));
    assert_eq!(dense.class["machine"]["swapBytes"], 8_i64 << 30);
    // 256Mi ÷ 62Gi × 8Gi = 33.03Mi.
    assert!(dense.reason(MODE).ends_with("256Mi ÷ 62Gi × 8Gi = 33Mi"), "{}", dense.reason(MODE));
    assert_eq!(of("1.34", "goal = \"latency\"", "8Gi").value(MODE), "NoSwap");
    assert_eq!(of("1.34", "goal = \"batch\"", "8Gi").value(MODE), "LimitedSwap");
}

#[test]
fn below_the_minor_that_limits_by_default_nothing_is_switched_on() {
    for minor in ["1.25", "1.27", "1.28", "1.29"] {
        let plan = of(minor, "goal = \"density\"", "8Gi");
        assert_eq!(plan.value(FAIL), &json!(false));
        assert!(plan.value(MODE).is_null() && plan.value("kubelet/featureGates.NodeSwap").is_null(), "{minor}");
        assert_eq!(plan.findings.contains(&"swap-unlimited".to_string()), minor < "1.28", "{minor}");
    }
    assert_eq!(of("1.30", "goal = \"density\"", "8Gi").value(MODE), "LimitedSwap");
}

#[test]
fn cgroup_v1_cannot_limit_swap() {
    let old = text("1.34", "goal = \"density\"", "8Gi").replace("kernel = \"6.8\"", "kernel = \"6.8\", cgroup = 1");
    assert_eq!(planned(&old).value(MODE), "NoSwap");
    let pinned = old.replace("goal = \"density\"", "pin = { \"kubelet/memorySwap.swapBehavior\" = \"LimitedSwap\" }");
    assert_eq!(plan(&pinned).refused(), ["swap-cgroup-v1"]);
}
