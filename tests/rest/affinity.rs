//! CPU affinity of the host: services where pods are not, the runtime everywhere, and nowhere without a unit of its own.

use crate::{planned, spec, workload};
use plimsoll::quantity::CpuSet;

const MANAGER: &str = "systemd/system.conf.CPUAffinity";
const RUNTIME: &str = "systemd/containerd.service.CPUAffinity";

fn own(platform: &str, exclusive: bool) -> String {
    let pods =
        workload("own", "count = 2", if exclusive { "exclusive = true" } else { "" }).replace("\"100m\"", "\"2\"");
    let hardware = "threads-per-core = 2\nsiblings = \"split\"";
    spec("1.34", "", hardware, &pods).replace("cni =", &format!("platform = \"{platform}\"\ncni ="))
}

#[test]
fn services_keep_to_the_reserved_cpus_and_containers_inherit_all() {
    let plan = planned(&own("kubeadm", true));
    let reserved = plan.value("kubelet/reservedSystemCPUs").as_str().unwrap();
    assert_eq!(plan.value(MANAGER), reserved);
    assert_eq!(CpuSet::parse(plan.value(RUNTIME).as_str().unwrap()).unwrap(), CpuSet::first(16));
    let manager = plan.file("systemd/system.conf.d/20-plimsoll.conf").unwrap();
    assert!(manager.contains("[Manager]") && manager.contains(&format!("CPUAffinity={reserved}")), "{manager}");
    let runtime = plan.file("systemd/containerd.service.d/20-plimsoll.conf").unwrap();
    assert!(runtime.contains("[Service]") && runtime.contains("CPUAffinity=0-15"), "{runtime}");
}

#[test]
fn nothing_is_said_where_no_cpus_are_reserved_or_the_runtime_has_no_unit() {
    assert!(planned(&own("kubeadm", false)).value(MANAGER).is_null());
    let plan = planned(&own("rke2", true));
    assert!(!plan.value("kubelet/reservedSystemCPUs").is_null());
    assert!(plan.value(MANAGER).is_null() && plan.value(RUNTIME).is_null());
}
