//! HorizontalPodAutoscalers: workers and periods from how many there are.

use crate::common::{Outcome, plan};
use crate::{Cluster, KCM};
use plimsoll::catalog;

/// Microseconds of the requests that are no queries: the scale is read, the status written.
fn own() -> i64 {
    ["apiserver-seat-read", "apiserver-seat-write"].iter().map(|id| catalog::cost(id).unwrap().typical).sum()
}

fn cluster(kubernetes: &'static str, hpas: i64, more: &str) -> Cluster {
    let mut cluster = Cluster::new(kubernetes, 100);
    cluster.cluster = format!("autoscaling = {{ hpas = {hpas}{more} }}");
    cluster
}

#[test]
fn rates_carry_the_queries_of_a_round_and_workers_its_time() {
    let plan = cluster("1.34", 1500, "").plan();
    // 1500 in 15 s are 100 a second; each keeps its worker for a read, a query and a write, half of the time.
    let workers = |query: i64| (1500 * (own() + query) * 2 + 14_999_999) / 15_000_000;
    assert_eq!(plan.number(&format!("{KCM}/kube-api-qps")), 100);
    assert_eq!(plan.number(&format!("{KCM}/concurrent-horizontal-pod-autoscaler-syncs")), workers(20_000));
    assert_eq!(plan.nanos(&format!("{KCM}/horizontal-pod-autoscaler-sync-period")), 15_000_000_000);
    let slow = cluster("1.34", 1500, ", metrics-latency = \"100ms\"").plan();
    assert_eq!(slow.number(&format!("{KCM}/concurrent-horizontal-pod-autoscaler-syncs")), workers(100_000));
}

#[test]
fn one_worker_and_no_flag_in_the_oldest_minor() {
    let plan = cluster("1.25", 1500, "").plan();
    assert!(plan.entry(&format!("{KCM}/concurrent-horizontal-pod-autoscaler-syncs")).is_null());
    // A worker that is busy half of the time takes twice the work; the next period of the menu has room for it.
    let need = 1500 * (own() + 20_000) * 2;
    let period = [15, 30, 60, 120, 300].into_iter().find(|s| s * 1_000_000 >= need).unwrap();
    assert_eq!(plan.nanos(&format!("{KCM}/horizontal-pod-autoscaler-sync-period")), period * 1_000_000_000);
    assert!(!plan.findings().contains(&"autoscalers-late"));
    assert!(cluster("1.25", 9000, "").plan().findings().contains(&"autoscalers-late"));
}

#[test]
fn nothing_is_planned_for_autoscalers_that_nobody_states() {
    let plan = Cluster::new("1.34", 100).plan();
    let values = plan.0["controlPlane"]["values"].as_object().unwrap();
    assert!(!values.keys().any(|name| name.contains("horizontal-pod")));
}

#[test]
fn a_providers_defaults_are_held_against_them() {
    let late = |hpas: i64| {
        let text = format!(
            "[cluster]\nname = \"c\"\nkubernetes = \"1.34\"\nplatform = \"eks\"\nautoscaling = {{ hpas = {hpas} }}\n\
             [node-class.a]\ninstance-type = \"m6i.large\"\n"
        );
        let Outcome::Fits(plan) = plan(&text) else { panic!("no plan for {hpas}") };
        plan.findings.iter().any(|f| f.id == "autoscalers-late")
    };
    assert_eq!([late(10), late(300), late(301), late(5000)], [false, false, true, true]);
}
