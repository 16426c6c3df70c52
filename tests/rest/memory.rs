//! Hard eviction holds what pods take between two looks.

use crate::{DISK, planned, spec, workload};

const HARD: &str = "kubelet/evictionHard.memory.available";

fn of(class: &str, first: &str, second: &str) -> crate::Planned {
    let pods = workload("web", "share = 1.0", first) + &workload("db", "count = 2", second);
    planned(&spec("1.34", class, DISK, &pods))
}

#[test]
fn the_goal_decides_where_no_workload_says_anything() {
    assert_eq!(of("", "", "").value(HARD), "200Mi");
}

#[test]
fn stated_growth_replaces_the_goals() {
    assert_eq!(of("", "memory-growth = \"30Mi/s\"", "").value(HARD), "300Mi");
    assert_eq!(of("", "memory-growth = \"30Mi/s\"", "memory-growth = \"5Mi/s\"").value(HARD), "350Mi");
    assert_eq!(of("", "memory-growth = \"1Mi/s\"", "").value(HARD), "100Mi", "never below upstream's own");
}

#[test]
fn counted_pods_take_no_more_than_their_peaks() {
    // Two pods of 256Mi that peak at 400Mi.
    assert_eq!(of("", "", "memory-growth = \"90Mi/s\"\npeak-memory = \"400Mi\"").value(HARD), "288Mi");
    // Without a rate one pod jumps from request to peak.
    assert_eq!(of("", "", "peak-memory = \"700Mi\"").value(HARD), "444Mi");
}

#[test]
fn a_published_threshold_that_is_too_small_is_told() {
    let plan = of("reservation = \"gke\"", "memory-growth = \"90Mi/s\"", "");
    assert_eq!(plan.value(HARD), "100Mi");
    assert!(plan.findings.contains(&"eviction-short".to_string()), "{:?}", plan.findings);
}
