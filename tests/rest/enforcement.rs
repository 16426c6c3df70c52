//! Enforcement as it is asked for, with the slices it needs.

use crate::common::plan;
use crate::{DISK, Planned, planned, spec, workload};
use serde_json::json;

const LIST: &str = "kubelet/enforceNodeAllocatable";

fn text(kubernetes: &str, class: &str) -> String {
    spec(kubernetes, class, DISK, &workload("web", "share = 1.0", ""))
}

fn of(kubernetes: &str, enforce: &str) -> Planned {
    planned(&text(kubernetes, &format!("enforce = \"{enforce}\"")))
}

#[test]
fn unasked_nothing_is_written() {
    let plan = planned(&text("1.34", ""));
    assert!(plan.value(LIST).is_null());
    assert!(!plan.files.keys().any(|f| f.contains("systemd")));
}

#[test]
fn pods_alone_need_no_slice_and_leave_daemons_protected() {
    let plan = of("1.25", "pods");
    assert_eq!(plan.value(LIST), &json!(["pods"]));
    assert!(plan.value("kubelet/kubeReservedCgroup").is_null());
    let bytes = |name: &str| -> i64 {
        plan.value(name).as_str().and_then(|t| t.strip_suffix("Mi")?.parse::<i64>().ok()).unwrap() << 20
    };
    let sum = bytes("kubelet/kubeReserved.memory") + bytes("kubelet/systemReserved.memory");
    let file = plan.file("systemd/system.slice.d/20-plimsoll.conf").unwrap();
    assert!(file.contains("[Slice]\n") && file.ends_with(&format!("MemoryMin={sum}\n")), "{file}");
}

#[test]
fn daemons_are_enforced_on_slices_that_are_made() {
    let plan = of("1.32", "compressible");
    assert_eq!(plan.value(LIST), &json!(["pods", "system-reserved-compressible", "kube-reserved-compressible"]));
    assert_eq!(plan.value("kubelet/systemReservedCgroup"), "/system.slice");
    assert_eq!(plan.value("kubelet/kubeReservedCgroup"), "/kube.slice");
    assert!(plan.file("systemd/kube.slice").unwrap().contains("[Slice]\n"));
    for unit in ["kubelet", "containerd"] {
        let file = plan.file(&format!("systemd/{unit}.service.d/20-plimsoll.conf")).unwrap();
        assert!(file.contains("[Service]\n") && file.ends_with("Slice=kube.slice\n"), "{file}");
    }
    assert!(plan.file("systemd/kube.slice.d/20-plimsoll.conf").unwrap().contains("MemoryMin="));
    let crio = planned(&text("1.32", "enforce = \"compressible\"\nruntime = { name = \"crio\" }"));
    assert!(crio.file("systemd/crio.service.d/20-plimsoll.conf").is_some());
}

#[test]
fn all_limits_memory_and_says_so() {
    let plan = of("1.25", "all");
    assert_eq!(plan.value(LIST), &json!(["pods", "system-reserved", "kube-reserved"]));
    assert!(plan.findings.contains(&"enforce-memory".to_string()));
    assert!(plan.file("systemd/kube.slice.d/20-plimsoll.conf").is_none(), "a limit and no protection");
}

#[test]
fn a_pin_on_a_unit_is_rendered_without_enforcement() {
    let plan = planned(&text("1.34", "pin = { \"systemd/system.slice.MemoryMin\" = \"1Gi\" }"));
    let file = plan.file("systemd/system.slice.d/20-plimsoll.conf").unwrap();
    assert!(file.ends_with("MemoryMin=1073741824\n"), "{file}");
    let pin = "enforce = \"compressible\"\npin = { \"systemd/kubelet.service.Slice\" = \"own.slice\" }";
    assert!(planned(&text("1.34", pin)).file("systemd/own.slice").is_some());
}

#[test]
fn what_upstream_would_refuse_is_refused() {
    assert_eq!(plan(&text("1.31", "enforce = \"compressible\"")).refused(), ["enforce-version"]);
    let away = "pin = { \"systemd/kubelet.service.Slice\" = \"../../kube.slice\" }";
    assert_eq!(plan(&text("1.34", away)).refused(), ["slice-name"]);
    let both = "enforce = \"all\"\npin = { \"kubelet/reservedSystemCPUs\" = \"0-1\" }";
    assert_eq!(plan(&text("1.34", both)).refused(), ["enforce-reserved-cpus"]);
    let alone = "enforce = \"pods\"\npin = { \"kubelet/reservedSystemCPUs\" = \"0-1\" }";
    assert!(!planned(&text("1.34", alone)).value(LIST).is_null());
}
