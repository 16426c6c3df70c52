//! Logs fit with what is written between two looks, and are rotated as fast as they come.

use crate::{DISK, Planned, planned, spec, workload};
use serde_json::json;

const LOOK: &str = "kubelet/containerLogMonitorInterval";
const WORKERS: &str = "kubelet/containerLogMaxWorkers";

fn of(kubernetes: &str, class: &str, disk: &str, rate: &str) -> String {
    let rate = if rate.is_empty() { String::new() } else { format!("containers = 2\nlog-rate = \"{rate}\"") };
    spec(kubernetes, class, disk, &workload("web", "share = 1.0", &rate))
}

fn bytes(plan: &Planned, name: &str) -> i128 {
    let text = plan.value(name).as_str().unwrap();
    let at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let unit = match &text[at..] {
        "" => 1,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        other => panic!("{other}"),
    };
    text[..at].parse::<i128>().unwrap() * unit
}

#[test]
fn without_rates_the_looks_are_upstreams() {
    let plan = planned(&of("1.34", "", DISK, ""));
    assert!(plan.value(LOOK).is_null() && plan.value(WORKERS).is_null());
}

#[test]
fn all_files_and_what_is_written_between_looks_fit() {
    for rate in [1_i128 << 10, 200 << 10, 900 << 10, 3 << 20] {
        let plan = planned(&of("1.34", "", DISK, &format!("{rate}/s")));
        let pods = i128::from(plan.value("kubelet/maxPods").as_i64().unwrap());
        let files = i128::from(plan.value("kubelet/containerLogMaxFiles").as_i64().unwrap());
        let look: i128 = plan.value(LOOK).as_str().unwrap().trim_end_matches('s').parse().unwrap();
        let each = bytes(&plan, "kubelet/containerLogMaxSize") + rate * look;
        let space = (400_i128 << 30) / 5;
        assert!(pods * 2 * files * each <= space, "{rate}: {pods} × 2 × {files} × {each} > {space}");
        assert!(rate * look <= bytes(&plan, "kubelet/containerLogMaxSize"), "{rate}: a file more than doubles");
        let workers = i128::from(plan.value(WORKERS).as_i64().unwrap());
        assert!(workers == 16 || workers * (25 << 20) >= pods * 2 * rate, "{rate}: {workers} workers");
    }
}

#[test]
fn a_fast_logger_is_looked_at_more_often() {
    let slow = planned(&of("1.34", "", DISK, "100Ki/s"));
    assert_eq!(slow.value(LOOK), "10s");
    let pin = "pin = { \"kubelet/containerLogMaxSize\" = \"10Mi\" }";
    let fast = planned(&of("1.34", pin, DISK, "1800Ki/s"));
    assert_eq!(fast.value(LOOK), "5s", "{}", fast.reason(LOOK));
}

#[test]
fn fewer_pods_fit_where_each_logs_more() {
    let disk = r#"disks = [{ mount = "/", size = "40Gi", holds = ["nodefs", "imagefs"] }]"#;
    let pods = |rate: &str| planned(&of("1.34", "goal = \"density\"", disk, rate)).value("kubelet/maxPods").as_i64();
    assert!(pods("8Mi/s") < pods("1Ki/s"), "{:?} {:?}", pods("8Mi/s"), pods("1Ki/s"));
}

#[test]
fn before_the_settings_the_kubelets_own_ten_seconds_count() {
    let plan = planned(&of("1.29", "", DISK, "200Ki/s"));
    assert!(plan.value(LOOK).is_null() && plan.value(WORKERS).is_null());
    assert!(
        plan.reason("kubelet/containerLogMaxSize").contains("× 10s ×"),
        "{}",
        plan.reason("kubelet/containerLogMaxSize")
    );
    assert_eq!(plan.findings, vec![json!("log-rotation-slow")]);
}
