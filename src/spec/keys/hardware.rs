//! Keys of `hardware`: processors, memory, disks, network and what the host already has.

use super::super::shape::{Kind, Shape, key, required};

static NUMA: Shape = Shape {
    keys: &[
        required("cpus", Kind::Cpus, "Logical CPUs of this NUMA node."),
        required("memory", Kind::Bytes, "MemTotal of this NUMA node."),
        key(
            "hugepages",
            Kind::Map(&Kind::Bytes),
            "Memory held in huge pages on this node, per page size: `2Mi`, `1Gi`.",
        ),
        key(
            "distances",
            Kind::List(&Kind::Int(1, 255)),
            "Distance from this node to every node, as the kernel lists it.",
        ),
    ],
};

static DEVICE: Shape = Shape {
    keys: &[
        required("name", Kind::Text, "What to call it: an interface such as `eth0`, or a kind of device."),
        key("resource", Kind::Text, "Extended resource under which a device plugin offers it: `nvidia.com/gpu`."),
        key("count", Kind::Int(1, 1_024), "How many of them; 1 when left out."),
        key("numa", Kind::Int(0, 63), "NUMA node it is attached to."),
    ],
};

static DISK: Shape = Shape {
    keys: &[
        required("mount", Kind::Text, "Where it is mounted."),
        key("kind", Kind::OneOf(&["nvme", "ssd", "gp3", "network", "hdd"]), "What the disk is."),
        required("size", Kind::Bytes, "Size of the file system."),
        key("iops", Kind::Int(1, 100_000_000), "Sustained input and output operations per second."),
        key("write", Kind::Rate, "Sustained write rate: bounds how many images are pulled at once."),
        required(
            "holds",
            Kind::List(&Kind::OneOf(&["nodefs", "imagefs", "containerfs"])),
            "What lies on it: `nodefs` (kubelet, logs, volumes), `imagefs` (images), `containerfs` (what containers write; beside the images unless stated).",
        ),
    ],
};

static NETWORK: Shape = Shape {
    keys: &[
        key("enis", Kind::Int(1, 64), "Network interfaces of the machine, where the catalogue does not know it."),
        key(
            "ipv4-per-eni",
            Kind::Int(1, 256),
            "IPv4 addresses of one interface, where the catalogue does not know it.",
        ),
        key("prefix-delegation", Kind::Bool, "Interfaces hold /28 prefixes instead of single addresses."),
        key("custom-networking", Kind::Bool, "Pods use other subnets than the node, so its first interface has none."),
        key("reserved-enis", Kind::Int(0, 64), "Interfaces that pods must not use."),
    ],
};

/// The machine of a node class.
pub static HARDWARE: Shape = Shape {
    keys: &[
        key("cpus", Kind::Int(1, 8_192), "Online logical CPUs."),
        key(
            "offline",
            Kind::Cpus,
            "CPUs that are there and switched off: nobody counts them, and they are never reserved.",
        ),
        key("memory", Kind::Bytes, "MemTotal as the kernel reports it."),
        key("memory-nominal", Kind::Bytes, "The vendor's figure; capacity is this less `memory-overhead`."),
        key(
            "memory-overhead",
            Kind::Ratio(0, 500_000),
            "Part of the nominal memory the kernel does not report; 0.075.",
        ),
        key("threads-per-core", Kind::Int(1, 8), "Sibling threads of a physical core."),
        key(
            "siblings",
            Kind::OneOf(&["adjacent", "split"]),
            "How sibling threads are numbered within a NUMA node: side by side, or half of the node's CPUs apart.",
        ),
        key("cores", Kind::List(&Kind::Cpus), "Physical cores, each with its CPUs, where they are not all alike."),
        key("caches", Kind::List(&Kind::Cpus), "CPUs that share a last-level cache, where a NUMA node has several."),
        key("efficiency", Kind::Cpus, "CPUs of efficiency cores on a hybrid machine."),
        key("sockets", Kind::Int(1, 64), "Processor sockets."),
        key("numa", Kind::Tables(&NUMA), "NUMA nodes; CPUs and memory are their sums."),
        key(
            "hugepages",
            Kind::Map(&Kind::Bytes),
            "Memory held in huge pages, per page size, on a machine of one node.",
        ),
        key("devices", Kind::Tables(&DEVICE), "Devices that pods or the system's own work should be near."),
        key("swap", Kind::Bytes, "Swap that the host has switched on."),
        key("disks", Kind::Tables(&DISK), "File systems that the kubelet and the runtime use."),
        key(
            "volumes",
            Kind::Int(0, 1_024),
            "Volumes that pods can have attached, as the storage driver reports in CSINode.",
        ),
        key("network", Kind::Table(&NETWORK), "Interfaces and how the AWS VPC CNI uses them."),
        key("sysctl", Kind::Map(&Kind::Int(0, i64::MAX)), "Values that the host already has, where they matter."),
    ],
};
