//! Attached volumes: slots that the system's disks and the interfaces share with them, and CPUs that are off.

use crate::common::{Outcome, document, plan};
use crate::{DISK, planned, spec, workload};

/// A cloud's class of one type, its disks, and pods of which each has `volumes`.
fn of_type(kind: &str, cni: &str, disks: &str, amount: &str, volumes: i64) -> String {
    format!(
        "[cluster]\nname = \"rest\"\nkubernetes = \"1.34\"\n{cni}\n\n[node-class.a]\nos = {{ kernel = \"6.8\" }}\n\
         instance-type = \"{kind}\"\nhardware = {{ disks = [{disks}] }}\n\n\
         [[node-class.a.workload]]\nname = \"store\"\n{amount}\ncpu = \"20m\"\nmemory = \"64Mi\"\nvolumes = {volumes}\n"
    )
}

const VPC: &str = "cni = \"aws-vpc\"";
const OVERLAY: &str = "cni = \"flannel\"\npod-cidrs = [\"10.0.0.0/16\"]";
const ROOT: &str = r#"{ mount = "/", kind = "gp3", size = "100Gi", holds = ["nodefs", "imagefs"] }"#;
const TWO: &str = r#"{ mount = "/", kind = "gp3", size = "50Gi", holds = ["nodefs"] },
                     { mount = "/var/lib/containerd", kind = "gp3", size = "100Gi", holds = ["imagefs"] }"#;

fn pods(text: &str) -> i64 {
    planned(text).class["capacity"]["pods"].as_str().unwrap().parse().unwrap()
}

#[test]
fn shared_slots_are_the_systems_disks_the_interfaces_and_the_volumes() {
    // 27 − root = 26; 25 pods need one interface of 29 addresses, and a spare one takes another slot.
    assert_eq!(pods(&of_type("m5.4xlarge", VPC, ROOT, "share = 1.0", 1)), 25);
    // A second disk of the system takes one more.
    assert_eq!(pods(&of_type("m5.4xlarge", VPC, TWO, "share = 1.0", 1)), 24);
    // Elsewhere pods' addresses need no interface.
    assert_eq!(pods(&of_type("m5.4xlarge", OVERLAY, ROOT, "share = 1.0", 1)), 26);
    assert_eq!(pods(&of_type("m5.4xlarge", OVERLAY, ROOT, "share = 1.0", 3)), 8);
}

#[test]
fn dedicated_slots_are_not_shared() {
    assert_eq!(pods(&of_type("m7i.4xlarge", VPC, ROOT, "share = 1.0", 1)), 31);
    // Without Nitro, 39.
    assert_eq!(pods(&of_type("m4.4xlarge", VPC, ROOT, "share = 1.0", 1)), 38);
}

#[test]
fn a_stated_count_is_what_the_scheduler_counts_to() {
    let disks = format!("{DISK}\nvolumes = 12");
    let plan = planned(&spec("1.34", "", &disks, &workload("store", "share = 1.0", "volumes = 2")));
    assert_eq!(plan.class["capacity"]["pods"], "6");
    assert!(
        plan.reason("kubelet/maxPods").contains("of 12 volumes can be attached"),
        "{}",
        plan.reason("kubelet/maxPods")
    );
    assert!(!plan.findings.iter().any(|f| f == "volumes-unknown"));
}

#[test]
fn volumes_placed_first_beyond_the_slots_have_no_plan_and_a_way_out() {
    let text = of_type("m5.4xlarge", VPC, ROOT, "count = 14", 2);
    let Outcome::Unfit(unfit) = plan(&text) else { panic!("a plan") };
    let all = format!("{unfit:?}");
    assert!(all.contains("node-volumes") && all.contains("lower the count of `store` from 14 to 12"), "{all}");
}

#[test]
fn types_that_the_table_does_not_have_are_asked_for() {
    let text = of_type("m9g.4xlarge", VPC, ROOT, "share = 1.0", 1);
    assert!(planned(&text).findings.iter().any(|f| f == "volumes-unknown"));
}

/// Three of eight CPUs are off: the others keep their numbers, and whole cores are those that are on.
#[test]
fn the_systems_cpus_are_online_ones() {
    let hardware = "cpus = 13\noffline = \"0-1,5\"\nthreads-per-core = 2\nsiblings = \"adjacent\"\nmemory = \"62Gi\"";
    let own = workload("own", "count = 2", "exclusive = true").replace("\"100m\"", "\"2\"");
    let text = spec("1.34", "", "", &own).replace("cpus = 16\nmemory = \"62Gi\"", hardware);
    let document = document(&plan(&text).plan());
    let class = &document["nodeClasses"]["a"];
    assert_eq!(class["capacity"]["cpu"], "13", "{class}");
    let reserved = class["values"]["kubelet/reservedSystemCPUs"]["value"].as_str().unwrap();
    let set = plimsoll::quantity::CpuSet::parse(reserved).unwrap();
    assert!(!set.is_empty() && set.0.iter().all(|cpu| ![0, 1, 5].contains(cpu)), "{reserved}");
}
