//! Pins that upstream would refuse are refused; each stands beside its neighbour that upstream accepts.

use crate::common::{Outcome, plan};

const SPEC: &str = r#"
[cluster]
name = "refused"
kubernetes = "1.34"
cni = "flannel"
pod-cidrs = ["10.0.0.0/12"]

[node-class.a]
os = { kernel = "6.8" }
reservation = "eks"

[node-class.a.hardware]
numa = [{ cpus = "0-7", memory = "31Gi" }, { cpus = "8-15", memory = "32Gi" }]
disks = [{ mount = "/", kind = "nvme", size = "400Gi", holds = ["nodefs", "imagefs"] }]

[[node-class.a.workload]]
name = "services"
share = 1.0
cpu = "100m"
memory = "256Mi"

[node-class.a.pin]
"#;

/// A finding, pins that make it, and pins that differ by what upstream asks.
struct Pair(&'static str, &'static str, &'static str);

#[rustfmt::skip]
const PAIRS: &[Pair] = &[
    // 64 pods: 11 × 64 + 255 = 959Mi kube-reserved, and 100Mi of hard eviction: 1059Mi to the byte.
    Pair("reserved-memory-equals-reservation",
        r#""kubelet/maxPods" = 64
           "kubelet/memoryManagerPolicy" = "Static"
           "kubelet/reservedMemory" = [{ numaNode = 0, limits = { memory = "500Mi" } }, { numaNode = 1, limits = { memory = "558Mi" } }]"#,
        r#""kubelet/maxPods" = 64
           "kubelet/memoryManagerPolicy" = "Static"
           "kubelet/reservedMemory" = [{ numaNode = 0, limits = { memory = "500Mi" } }, { numaNode = 1, limits = { memory = "559Mi" } }]"#),
    Pair("reserved-memory-node",
        r#""kubelet/maxPods" = 64
           "kubelet/memoryManagerPolicy" = "Static"
           "kubelet/reservedMemory" = [{ numaNode = 2, limits = { memory = "1059Mi" } }]"#,
        r#""kubelet/maxPods" = 64
           "kubelet/memoryManagerPolicy" = "Static"
           "kubelet/reservedMemory" = [{ numaNode = 1, limits = { memory = "1059Mi" } }]"#),
    Pair("kubelet-reserved-memory-node",
        r#""kubelet/reservedMemory" = [{ numaNode = 0, limits = { memory = "32Gi" } }]"#,
        r#""kubelet/reservedMemory" = [{ numaNode = 0, limits = { memory = "31Gi" } }]"#),
    Pair("reserved-huge-pages",
        r#""kubelet/maxPods" = 64
           "kubelet/memoryManagerPolicy" = "Static"
           "kubelet/reservedMemory" = [{ numaNode = 0, limits = { memory = "1059Mi", hugepages-2Mi = "1Gi" } }]"#,
        r#""kubelet/maxPods" = 64
           "kubelet/memoryManagerPolicy" = "Static"
           "kubelet/reservedMemory" = [{ numaNode = 0, limits = { memory = "1059Mi" } }]"#),
    Pair("parallel-pulls-while-serial",
        "\"kubelet/serializeImagePulls\" = true\n\"kubelet/maxParallelImagePulls\" = 2",
        "\"kubelet/serializeImagePulls\" = true\n\"kubelet/maxParallelImagePulls\" = 1"),
    Pair("soft-eviction-without-grace-period",
        r#""kubelet/evictionSoft" = { "memory.available" = "1Gi" }"#,
        r#""kubelet/evictionSoft" = { "memory.available" = "1Gi" }
           "kubelet/evictionSoftGracePeriod" = { "memory.available" = "1m" }"#),
    Pair("image-gc-order",
        "\"kubelet/imageGCHighThresholdPercent\" = 70\n\"kubelet/imageGCLowThresholdPercent\" = 70",
        "\"kubelet/imageGCHighThresholdPercent\" = 70\n\"kubelet/imageGCLowThresholdPercent\" = 69"),
    Pair("image-age-order",
        "\"kubelet/imageMinimumGCAge\" = \"1h\"\n\"kubelet/imageMaximumGCAge\" = \"60m\"",
        "\"kubelet/imageMinimumGCAge\" = \"1h\"\n\"kubelet/imageMaximumGCAge\" = \"61m\""),
    Pair("kubelet-eviction-map-partial",
        r#""kubelet/evictionHard" = { "memory.available" = "100Mi", "nodefs.available" = "10%" }"#,
        r#""kubelet/evictionHard" = { "memory.available" = "100Mi", "nodefs.available" = "10%", "nodefs.inodesFree" = "5%", "imagefs.available" = "15%", "imagefs.inodesFree" = "5%" }"#),
    Pair("reserved-cpus-with-cgroup",
        "\"kubelet/reservedSystemCPUs\" = \"0-1\"\n\"kubelet/kubeReservedCgroup\" = \"/kube\"",
        "\"kubelet/reservedSystemCPUs\" = \"0-1\""),
    Pair("reserved-cpus-online", r#""kubelet/reservedSystemCPUs" = "15-16""#, r#""kubelet/reservedSystemCPUs" = "14-15""#),
    Pair("kube-enforcement-without-cgroup",
        r#""kubelet/enforceNodeAllocatable" = ["pods", "kube-reserved"]"#,
        "\"kubelet/enforceNodeAllocatable\" = [\"pods\", \"kube-reserved\"]\n\"kubelet/kubeReservedCgroup\" = \"/kube\""),
    Pair("enforcement-none-alone",
        r#""kubelet/enforceNodeAllocatable" = ["none", "pods"]"#,
        r#""kubelet/enforceNodeAllocatable" = ["none"]"#),
    Pair("cpu-options-without-static",
        r#""kubelet/cpuManagerPolicyOptions" = { full-pcpus-only = "true" }"#,
        "\"kubelet/cpuManagerPolicyOptions\" = { full-pcpus-only = \"true\" }\n\"kubelet/cpuManagerPolicy\" = \"static\""),
    Pair("shutdown-critical-longer",
        "\"kubelet/shutdownGracePeriod\" = \"30s\"\n\"kubelet/shutdownGracePeriodCriticalPods\" = \"31s\"",
        "\"kubelet/shutdownGracePeriod\" = \"30s\"\n\"kubelet/shutdownGracePeriodCriticalPods\" = \"30s\""),
    // Gone since 1.29, and locked since it is generally available.
    Pair("unknown-feature-gate", r#""kubelet/featureGates.TopologyManager" = true"#, r#""kubelet/featureGates.InPlacePodVerticalScaling" = false"#),
    Pair("locked-feature-gate", r#""kubelet/featureGates.NodeSwap" = false"#, r#""kubelet/featureGates.MutableCSINodeAllocatableCount" = false"#),
    Pair("pin-bad-value", r#""kubelet/maxPods" = -1"#, r#""kubelet/maxPods" = 1"#),
    Pair("pin-bad-value", r#""kubelet/topologyManagerPolicy" = "single""#, r#""kubelet/topologyManagerPolicy" = "single-numa-node""#),
    Pair("pin-bad-value", r#""kubelet/evictionHard.memory.available" = "0""#, r#""kubelet/evictionHard.nodefs.available" = "0%""#),
    Pair("unknown-key", r#""kubelet/evictionHard.containerfs.available" = "10%""#, r#""kubelet/evictionHard.imagefs.available" = "10%""#),
];

#[test]
fn what_upstream_refuses_is_refused_and_its_neighbour_is_not() {
    let mut complaints = Vec::new();
    for Pair(id, bad, good) in PAIRS {
        let refused = plan(&format!("{SPEC}{bad}\n"));
        if refused.refused() != [*id] {
            complaints.push(format!("{bad}\n  should be refused by {id}, and comes to {:?}", refused.refused()));
        }
        match plan(&format!("{SPEC}{good}\n")) {
            Outcome::Fits(_) => {}
            Outcome::Refused(list) => complaints
                .push(format!("{good}\n  is refused: {:?}", list.iter().map(|f| &f.message).collect::<Vec<_>>())),
            Outcome::Unfit(list) => complaints.push(format!("{good}\n  does not fit: {list:?}")),
            Outcome::Bug(text) => complaints.push(format!("{good}\n  is a bug: {text}")),
        }
    }
    crate::common::none(&complaints);
}

/// A pin is in the plan as stated, or the run stops: it is never dropped in silence.
#[test]
fn accepted_pins_are_in_the_plan() {
    for pin in [
        (r#""kubelet/maxPods" = 40"#, "kubelet/maxPods", "40"),
        (r#""kubelet/maxPods" = { max = 33 }"#, "kubelet/maxPods", "33"),
        (r#""kubelet/kubeReserved.memory" = "4Gi""#, "kubelet/kubeReserved.memory", "\"4Gi\""),
        (r#""kubelet/kubeReserved.cpu" = { min = "1500m" }"#, "kubelet/kubeReserved.cpu", "\"1500m\""),
        (r#""kubelet/evictionSoft.nodefs.available" = "25%""#, "kubelet/evictionSoft.nodefs.available", "\"25%\""),
        (
            r#""kubelet/imageGCHighThresholdPercent" = { any-of = [60, 65] }"#,
            "kubelet/imageGCHighThresholdPercent",
            "60",
        ),
        (r#""kubelet/nodeStatusUpdateFrequency" = "20s""#, "kubelet/nodeStatusUpdateFrequency", "\"20s\""),
        (r#""kubelet/registryPullQPS" = "default""#, "kubelet/registryPullQPS", "5"),
    ] {
        let (text, name, value) = pin;
        let plan = plan(&format!("{SPEC}{text}\n")).plan();
        let planned = &plan.classes["a"].values[name];
        assert_eq!(planned.value.to_string(), value, "{text}");
        assert!(
            planned.because.iter().any(|c| matches!(c, plimsoll::facts::Cause::Spec(path) if path.contains(".pin."))),
            "{text}: {:?}",
            planned.because
        );
    }
}
