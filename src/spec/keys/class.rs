//! Keys of a node class and its workloads.

use super::super::shape::{Kind, Shape, key, required};
use super::hardware::HARDWARE;

static OS: Shape = Shape {
    keys: &[
        key("family", Kind::OneOf(&["linux", "windows"]), "Operating system; only Linux is planned so far."),
        key("arch", Kind::OneOf(&["amd64", "arm64"]), "Processor architecture; must agree with the instance type."),
        key("cgroup", Kind::Int(1, 2), "cgroup version the host mounts; 2 when left out."),
        key("kernel", Kind::Kernel, "Kernel release; decides whether nftables can carry kube-proxy."),
        key("pid-max", Kind::Int(1_024, 4_194_304), "kernel.pid_max of the host."),
    ],
};

static RUNTIME: Shape = Shape {
    keys: &[
        key("name", Kind::OneOf(&["containerd", "crio"]), "Container runtime; containerd when left out."),
        key("version", Kind::Version, "Its version."),
    ],
};

static SYSTEM_CPUS: Shape = Shape {
    keys: &[
        key(
            "place",
            Kind::OneOf(&["pack", "spread"]),
            "`pack` takes whole cores of one NUMA node after the other, `spread` as evenly from all as whole cores allow.",
        ),
        key("near", Kind::Text, "A device of the hardware, such as `eth0`: its NUMA node comes first."),
    ],
};

static WORKLOAD: Shape = Shape {
    keys: &[
        required("name", Kind::Name, "What to call it in arithmetic and messages."),
        key("count", Kind::Int(1, 100_000), "Pods of it on every node, placed first: DaemonSets, pinned services."),
        key("share", Kind::Ratio(1, 1_000_000), "Its part of the remaining pods; the shares of a class sum to 1."),
        required("cpu", Kind::Cpu, "CPU request of one pod."),
        required("memory", Kind::Bytes, "Memory request of one pod."),
        key("exclusive", Kind::Bool, "Guaranteed pods that want whole cores of their own."),
        key("hugepages", Kind::Map(&Kind::Bytes), "Huge pages of one pod, per page size."),
        key("devices", Kind::Map(&Kind::Int(1, 1_024)), "Devices of one pod, by extended resource."),
        key(
            "volumes",
            Kind::Int(0, 1_024),
            "Volumes of one pod that are attached to its node; bounds the pods where the machine's slots are known.",
        ),
        key("host-network", Kind::Bool, "Its pods use the node's address and take none of the CNI's."),
        key("containers", Kind::Int(1, 1_000), "Containers in one pod."),
        key("connections", Kind::Int(0, 100_000_000), "Long-lived connections of one pod."),
        key("connection-rate", Kind::Int(0, 10_000_000), "New short connections of one pod per second."),
        key("pids", Kind::Int(1, 4_194_304), "Processes and threads of one pod at its peak."),
        key("peak-memory", Kind::Bytes, "Memory of one pod at its peak, beyond its request."),
        key(
            "memory-growth",
            Kind::Rate,
            "Memory that its pods on one node take per second together, at their fastest.",
        ),
        key("image-size", Kind::Bytes, "Images of one pod together, unpacked."),
        key(
            "images",
            Kind::Int(1, 100_000),
            "Different images among its pods on a node, where they are not alike; needs `image-size`.",
        ),
        key("log-rate", Kind::Rate, "What one container of its pods logs per second."),
        key("grace", Kind::Duration, "Termination grace period of its pods, in whole seconds."),
        key(
            "priority",
            Kind::Int(-2_147_483_648, 2_000_001_000),
            "Value of its pods' priority class; 0 when left out.",
        ),
    ],
};

static LINE: Shape = Shape {
    keys: &[
        key("memory", Kind::Bytes, "Memory with no pods."),
        key("memory-per-pod", Kind::Bytes, "Memory that every pod adds."),
        key("cpu", Kind::MicroCpu, "CPU with no pods."),
        key("cpu-per-pod", Kind::MicroCpu, "CPU that every pod adds; `u` is a millionth of a core."),
    ],
};

static MEASURED: Shape = Shape {
    keys: &[
        key(
            "quantile",
            Kind::Ratio(*crate::calibrate::QUANTILES.start(), *crate::calibrate::QUANTILES.end()),
            "Share of the samples that the costs cover.",
        ),
        key(
            "samples",
            Kind::Int(1, 1_000_000_000),
            "Samples that every cost rests on; too few for the quantile is said.",
        ),
        key("pods-max", Kind::Int(0, 100_000), "Most pods on a node that was measured; a plan with more is told."),
        key("source", Kind::Text, "Where the figures are from, for explanations."),
        key("kubelet", Kind::Table(&LINE), "What the kubelet uses."),
        key("runtime", Kind::Table(&LINE), "What the container runtime uses, with containerd's shims."),
        key("system", Kind::Table(&LINE), "What the host's other processes use; kernel memory is not theirs."),
    ],
};

/// A node class. `[defaults]` has the same keys.
pub static CLASS: Shape = Shape {
    keys: &[
        key("inherits", Kind::Name, "Another class to start from: tables merge key by key, lists replace."),
        key("role", Kind::OneOf(&["worker", "control-plane", "etcd"]), "What the nodes are; `worker` when left out."),
        key(
            "autoscale",
            Kind::Table(&super::autoscaling::RANGE),
            "Nodes that the autoscaler of `[cluster.autoscaling]` may leave and make.",
        ),
        key("count", Kind::Int(0, 1_000_000), "Nodes of this class."),
        key(
            "goal",
            Kind::Name,
            "What the class is for: `balanced`, `density`, `latency`, `batch`, `stability`, `edge`, or one of your own.",
        ),
        key("kubernetes", Kind::Kubernetes, "Kubelet version, when older than the control plane."),
        key("os", Kind::Table(&OS), "The host's operating system."),
        key("runtime", Kind::Table(&RUNTIME), "The container runtime."),
        key("base", Kind::Text, "A KubeletConfiguration file whose fields, where not planned, are carried over."),
        key(
            "reservation",
            Kind::OneOf(&["fitted", "eks", "gke", "aks", "openshift"]),
            "How much is reserved: `fitted` sums component costs, the others are providers' published formulas.",
        ),
        key(
            "enforce",
            Kind::OneOf(&["pods", "compressible", "all"]),
            "Who is held to the reservations: pods alone, daemons by CPU weight too, or daemons by all that is reserved for them.",
        ),
        key(
            "memory-throttling",
            Kind::Ratio(1, 1_000_000),
            "Part of the way from request to limit at which the kernel slows a container down; nobody is when left out.",
        ),
        key(
            "measured",
            Kind::Table(&MEASURED),
            "Costs measured on your own nodes, for `fitted`; `plimsoll calibrate` prints them.",
        ),
        key("formula", Kind::Text, "Generation of the published formula, where it has several."),
        key("instance-type", Kind::Text, "A type of the AWS catalogue: fills the hardware with its nominal sizes."),
        key("hardware", Kind::Table(&HARDWARE), "The machine."),
        key("system-cpus", Kind::Table(&SYSTEM_CPUS), "Which CPUs the system keeps where pods get CPUs of their own."),
        key("workload", Kind::Tables(&WORKLOAD), "What runs on one node, per kind of pod."),
        key("pin", Kind::Pins, "Values you insist on for this class."),
    ],
};
