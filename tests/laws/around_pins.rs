//! A pin moves what is planned around it: one value that a person insists on is no reason to refuse the others.

use crate::common::plan;
use plimsoll::plan::Plan;

const CLUSTER: &str =
    "[cluster]\nname = \"around\"\nkubernetes = \"1.34\"\ncni = \"flannel\"\npod-cidrs = [\"10.0.0.0/12\"]\n";
const DISK: &str =
    "disks = [{ mount = \"/\", kind = \"nvme\", size = \"400Gi\", holds = [\"nodefs\", \"imagefs\"] }]\n";

fn class(goal: &str, disk: &str, pins: &str) -> String {
    format!(
        "{CLUSTER}[node-class.a]\ngoal = \"{goal}\"\nos = {{ kernel = \"6.8\" }}\n[node-class.a.hardware]\ncpus = 16\nmemory = \"63Gi\"\n{disk}\
         [[node-class.a.workload]]\nname = \"services\"\nshare = 1.0\ncpu = \"100m\"\nmemory = \"256Mi\"\n[node-class.a.pin]\n{pins}\n"
    )
}

fn value(plan: &Plan, name: &str) -> String {
    plan.classes["a"].values[name].value.to_string()
}

#[test]
fn soft_eviction_of_a_disk_stays_above_a_pinned_hard_one() {
    let plan = plan(&class("balanced", DISK, "\"kubelet/evictionHard.nodefs.available\" = \"18%\"")).plan();
    let soft = value(&plan, "kubelet/evictionSoft.nodefs.available");
    assert!(soft.trim_matches(['"', '%']).parse::<i64>().unwrap() > 18, "{soft}");
}

#[test]
fn soft_eviction_of_memory_stays_above_a_hard_map_pinned_whole() {
    let map = r#""kubelet/evictionHard" = { "memory.available" = "1Gi", "nodefs.available" = "10%", "nodefs.inodesFree" = "5%", "imagefs.available" = "15%", "imagefs.inodesFree" = "5%" }"#;
    let plan = plan(&class("balanced", DISK, map)).plan();
    let planned = &plan.classes["a"];
    assert_eq!(planned.values["kubelet/evictionHard.memory.available"].value, "1Gi");
    assert_eq!(planned.ledger.memory[3], 1 << 30, "what is pinned is what the ledger takes away");
}

#[test]
fn image_collection_goes_down_from_a_pinned_high() {
    for disk in [DISK, ""] {
        let plan = plan(&class("balanced", disk, "\"kubelet/imageGCHighThresholdPercent\" = 60")).plan();
        let low: i64 = value(&plan, "kubelet/imageGCLowThresholdPercent").parse().unwrap();
        assert!(low < 60, "{low}");
    }
}

#[test]
fn image_collection_goes_down_to_a_pinned_low() {
    let plan = plan(&class("density", DISK, "\"kubelet/imageGCLowThresholdPercent\" = 75")).plan();
    let high: i64 = value(&plan, "kubelet/imageGCHighThresholdPercent").parse().unwrap();
    assert!(high > 75, "{high}");
}

/// A ceiling above what is planned anyway changes nothing.
#[test]
fn a_range_that_holds_the_planned_value_leaves_it() {
    for (table, name, bound) in [
        ("pin", "kube-proxy/conntrack.maxPerCore", "{ max = 131072 }"),
        ("pin", "kube-proxy/conntrack.min", "{ max = 524288 }"),
        ("pin", "kube-controller-manager/node-cidr-mask-size", "{ max = 28 }"),
        ("pin", "kube-controller-manager/terminated-pod-gc-threshold", "{ min = 500, max = 12500 }"),
        ("node-class.a.pin", "kubelet/maxPods", "{ max = 200 }"),
        ("node-class.a.pin", "kubelet/podPidsLimit", "{ max = 8192 }"),
        ("node-class.a.pin", "kubelet/kubeReserved.memory", "{ max = \"8Gi\" }"),
        ("node-class.a.pin", "kubelet/evictionHard.memory.available", "{ max = \"8Gi\" }"),
        ("node-class.a.pin", "kubelet/imageGCHighThresholdPercent", "{ min = 50, max = 85 }"),
    ] {
        let free = class("balanced", DISK, "");
        let pinned = format!("{}\n[{table}]\n\"{name}\" = {bound}\n", free.replace("[node-class.a.pin]\n", ""));
        let of = |plan: &Plan| plan.all_values().find(|(_, n, _)| *n == name).map(|(_, _, v)| v.value.clone()).unwrap();
        assert_eq!(of(&plan(&pinned).plan()), of(&plan(&free).plan()), "{name} = {bound}");
    }
}

/// Pods on the node's own address take none of the plugin's, however they are counted.
#[test]
fn pods_on_the_hosts_address_need_no_other() {
    let spec = class("balanced", DISK, "").replace("flannel", "calico").replace("10.0.0.0/12", "10.0.0.0/26");
    let host = spec.replace("share = 1.0\n", "share = 1.0\nhost-network = true\n");
    let pods = |text: &str| plan(text).plan().classes["a"].pods;
    // A block of 64 addresses, of which one is the tunnel's.
    assert_eq!((pods(&spec), pods(&host)), (63, 110));
}
