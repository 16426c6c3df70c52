//! A node of many pods reports more than kubelets before 1.27 allow themselves by default.

use crate::{DISK, planned, spec, workload};
use serde_json::Value;

const RATES: [(&str, i64); 4] =
    [("kubeAPIQPS", 50), ("kubeAPIBurst", 100), ("eventRecordQPS", 50), ("eventBurst", 100)];

fn rates(kubernetes: &str, goal: &str) -> Vec<Value> {
    let plan = planned(&spec(kubernetes, &format!("goal = \"{goal}\""), DISK, &workload("web", "share = 1.0", "")));
    RATES.iter().map(|(field, _)| plan.value(&format!("kubelet/{field}")).clone()).collect()
}

#[test]
fn many_pods_on_an_old_kubelet_get_the_later_defaults() {
    let later: Vec<Value> = RATES.iter().map(|(_, rate)| Value::from(*rate)).collect();
    assert_eq!(rates("1.26", "density"), later, "more than 110 pods");
    assert_eq!(rates("1.26", "balanced"), [const { Value::Null }; 4], "as many as upstream tests");
    assert_eq!(rates("1.27", "density"), [const { Value::Null }; 4], "the default by then");
}
