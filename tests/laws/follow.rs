//! A pin that leaves others free draws them after it, by upstream's own constraints, to the nearest values that keep them.

use crate::common::{Outcome, plan};

const SPEC: &str = r#"
[cluster]
name = "follow"
kubernetes = "1.34"
cni = "flannel"
pod-cidrs = ["10.0.0.0/12"]

[control-plane.etcd]
version = "3.6"

[node-class.a]
os = { kernel = "6.8" }

[node-class.a.hardware]
cpus = 8
memory = "31Gi"
disks = [{ mount = "/", kind = "nvme", size = "200Gi", holds = ["nodefs", "imagefs"] }]

[[node-class.a.workload]]
name = "services"
share = 1.0
cpu = "100m"
memory = "256Mi"

"#;

/// Pins, and what another setting comes to: the default where nothing is asked of it, else what the arithmetic beside it says.
struct Drawn(&'static str, &'static str, &'static str);

#[rustfmt::skip]
const DRAWN: &[Drawn] = &[
    Drawn("[pin]\n\"kube-proxy/nftables.minSyncPeriod\" = \"30s\"", "kube-proxy/nftables.syncPeriod", "\"30s\""),
    Drawn("[pin]\n\"kube-proxy/nftables.minSyncPeriod\" = \"31s\"", "kube-proxy/nftables.syncPeriod", "\"31s\""),
    Drawn("[pin]\n\"kube-scheduler/podInitialBackoffSeconds\" = 10", "kube-scheduler/podMaxBackoffSeconds", "10"),
    Drawn("[pin]\n\"kube-scheduler/podInitialBackoffSeconds\" = 25", "kube-scheduler/podMaxBackoffSeconds", "25"),
    Drawn("[pin]\n\"kube-scheduler/podMaxBackoffSeconds\" = 1", "kube-scheduler/podInitialBackoffSeconds", "1"),
    // Longer than the deadline: a second more than 15s is the nearest whole one.
    Drawn("[pin]\n\"kube-controller-manager/leader-elect-renew-deadline\" = \"15s\"", "kube-controller-manager/leader-elect-lease-duration", "\"16s\""),
    // 1.2 × 10s = 12s: the deadline is 13s, and the lease of 15s stays.
    Drawn("[pin]\n\"kube-controller-manager/leader-elect-retry-period\" = \"10s\"", "kube-controller-manager/leader-elect-renew-deadline", "\"13s\""),
    Drawn("[pin]\n\"kube-controller-manager/leader-elect-retry-period\" = \"10s\"", "kube-controller-manager/leader-elect-lease-duration", "\"15s\""),
    // 1.2 × 20s = 24s: both move.
    Drawn("[pin]\n\"kube-controller-manager/leader-elect-retry-period\" = \"20s\"", "kube-controller-manager/leader-elect-renew-deadline", "\"25s\""),
    Drawn("[pin]\n\"kube-controller-manager/leader-elect-retry-period\" = \"20s\"", "kube-controller-manager/leader-elect-lease-duration", "\"26s\""),
    Drawn("[node-class.a.pin]\n\"kubelet/maxParallelImagePulls\" = 4", "kubelet/serializeImagePulls", "false"),
];

#[test]
fn what_a_pin_leaves_free_follows_it() {
    let mut complaints = Vec::new();
    for Drawn(pins, name, wanted) in DRAWN {
        match plan(&format!("{SPEC}{pins}\n")) {
            Outcome::Fits(plan) => {
                let parts = plan.classes.values().map(|c| &c.values).chain([&plan.shared, &plan.control_plane]);
                let found: Vec<String> = parts.filter_map(|v| Some(v.get(*name)?.value.to_string())).collect();
                if found != [*wanted] {
                    complaints.push(format!("{pins}\n  {name} comes to {found:?}, not {wanted}"));
                }
            }
            Outcome::Refused(list) => complaints
                .push(format!("{pins}\n  is refused: {:?}", list.iter().map(|f| &f.message).collect::<Vec<_>>())),
            Outcome::Unfit(list) => complaints.push(format!("{pins}\n  does not fit: {list:?}")),
            Outcome::Bug(text) => complaints.push(format!("{pins}\n  is a bug: {text}")),
        }
    }
    crate::common::none(&complaints);
}

#[test]
fn what_both_sides_pin_is_refused_at_both() {
    let pins =
        "[pin]\n\"kube-scheduler/podInitialBackoffSeconds\" = 25\n\"kube-scheduler/podMaxBackoffSeconds\" = 24\n";
    let refused = plan(&format!("{SPEC}{pins}"));
    assert_eq!(refused.refused(), ["backoff-order"]);
    let Outcome::Refused(list) = refused else { panic!("it is refused") };
    assert_eq!(list[0].labels.len(), 2, "both pins are shown");
}
