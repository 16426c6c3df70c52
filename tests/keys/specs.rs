//! Specs in which a key is changed: each has what its keys need to make a difference.

/// A cluster of one's own: control plane, etcd, node ranges, one class of workers.
pub const OWN: &str = r#"
[cluster]
name = "keys"
kubernetes = "1.34"
cni = "flannel"
pod-cidrs = ["10.0.0.0/12"]
service-cidrs = ["10.96.0.0/16"]
services = 100
autoscaling = { hpas = 400, vpas = 100 }

[control-plane]
node-class = "cp"
etcd = { version = "3.6", disk = { kind = "nvme", iops = 9000, fsync-p99 = "2ms" }, member-rtt = "1ms", memory = "8Gi" }

[control-plane.objects]
secrets = 100
custom = [{ name = "certificates", count = 10, size = "4Ki" }]

[node-class.cp]
role = "control-plane"
os = { kernel = "6.8" }
hardware = { cpus = 8, memory = "31Gi" }

[node-class.web]
count = 3
os = { kernel = "6.8" }
reservation = "fitted"

[node-class.web.hardware]
cpus = 8
memory = "31Gi"
disks = [
    { mount = "/", kind = "ssd", size = "200Gi", holds = ["nodefs"] },
    { mount = "/images", kind = "ssd", size = "200Gi", write = "100Mi/s", holds = ["imagefs"] },
]

[[node-class.web.workload]]
name = "services"
share = 1.0
cpu = "100m"
memory = "512Mi"
"#;

/// A class of a cloud: nominal memory, interfaces, a published formula.
pub const CLOUD: &str = r#"
[cluster]
name = "keys"
kubernetes = "1.34"
cni = "aws-vpc"

[node-class.web]
os = { kernel = "6.8" }
reservation = "aks"
hardware = { cpus = 8, memory-nominal = "32Gi", network = { enis = 3, ipv4-per-eni = 10 } }

[[node-class.web.workload]]
name = "services"
share = 1.0
cpu = "50m"
memory = "64Mi"
"#;

/// Pods with attached volumes on a machine that takes a stated number of them.
pub const ATTACHED: &str = r#"
[cluster]
name = "keys"
kubernetes = "1.34"
cni = "other"

[node-class.web]
os = { kernel = "6.8" }
hardware = { cpus = 8, memory = "31Gi", volumes = 20 }

[[node-class.web.workload]]
name = "stores"
share = 1.0
cpu = "50m"
memory = "64Mi"
volumes = 1
"#;

/// A machine of the catalogue.
pub const TYPED: &str = r#"
[cluster]
name = "keys"
kubernetes = "1.34"
cni = "aws-vpc"

[node-class.web]
instance-type = "m6i.large"
"#;

/// A machine of two NUMA nodes.
pub const NUMA: &str = r#"
[cluster]
name = "keys"
kubernetes = "1.35"
cni = "other"

[node-class.web]
os = { kernel = "6.8" }
hardware = { numa = [{ cpus = "0-3", memory = "15Gi" }, { cpus = "4-7", memory = "16Gi" }] }

[[node-class.web.workload]]
name = "services"
share = 1.0
cpu = "100m"
memory = "512Mi"
"#;

/// Costs measured on nodes of one's own.
pub const MEASURED: &str = r#"
[cluster]
name = "keys"
kubernetes = "1.34"
cni = "other"

[node-class.web]
os = { kernel = "6.8" }
hardware = { cpus = 8, memory = "31Gi" }

[node-class.web.measured]
quantile = 0.95
samples = 100
pods-max = 200
source = "six nodes"
kubelet = { memory = "120Mi", memory-per-pod = "1100Ki", cpu = "30m", cpu-per-pod = "300u" }
runtime = { memory = "70Mi", memory-per-pod = "7Mi", cpu = "9m", cpu-per-pod = "1600u" }
system = { memory = "180Mi", memory-per-pod = "40Ki", cpu = "40m", cpu-per-pod = "15u" }

[[node-class.web.workload]]
name = "services"
share = 1.0
cpu = "100m"
memory = "512Mi"
"#;

/// Sixty-four addresses for one node.
pub const POOL: &str = r#"
[cluster]
name = "keys"
kubernetes = "1.34"
cni = "calico"
pod-cidrs = ["10.0.0.0/26"]

[node-class.web]
os = { kernel = "6.8" }
hardware = { cpus = 16, memory = "63Gi" }
workload = [
    { name = "services", share = 1.0, cpu = "100m", memory = "128Mi" },
    { name = "daemons", count = 5, cpu = "100m", memory = "128Mi" },
]
"#;

/// Two NUMA nodes of two-threaded cores, and pods that want CPUs of their own on them.
pub const ALIGNED: &str = r#"
[cluster]
name = "keys"
kubernetes = "1.35"
cni = "flannel"
pod-cidrs = ["10.0.0.0/16"]

[node-class.web]
goal = "latency"
os = { kernel = "6.8" }
system-cpus = { near = "eth0" }

[node-class.web.hardware]
threads-per-core = 2
siblings = "adjacent"
devices = [{ name = "eth0", numa = 1 }, { name = "card", resource = "example.com/card", count = 2, numa = 0 }]
numa = [
    { cpus = "0-7", memory = "31Gi", hugepages = { "1Gi" = "4Gi" } },
    { cpus = "8-15", memory = "31Gi" },
    { cpus = "16-23", memory = "31Gi" },
]

[[node-class.web.workload]]
name = "engine"
count = 2
cpu = "2"
memory = "4Gi"
exclusive = true
devices = { "example.com/card" = 1 }

[[node-class.web.workload]]
name = "services"
share = 1.0
cpu = "100m"
memory = "256Mi"
"#;

/// A pod wider than a NUMA node.
pub const WIDE: &str = r#"
[cluster]
name = "keys"
kubernetes = "1.35"
cni = "other"

[node-class.web]
os = { kernel = "6.8" }

[node-class.web.hardware]
threads-per-core = 1
numa = [
    { cpus = "0-7", memory = "31Gi", distances = [10, 20, 20] },
    { cpus = "8-15", memory = "31Gi", distances = [20, 10, 20] },
    { cpus = "16-23", memory = "31Gi", distances = [20, 20, 10] },
]

[[node-class.web.workload]]
name = "engine"
count = 1
cpu = "12"
memory = "40Gi"
exclusive = true
"#;

/// Efficiency cores, on a machine of one node.
pub const HYBRID: &str = r#"
[cluster]
name = "keys"
kubernetes = "1.35"
cni = "other"

[node-class.web]
os = { kernel = "6.8" }

[node-class.web.hardware]
cpus = 6
memory = "31Gi"
cores = ["0-1", "2-3", "4", "5"]

[[node-class.web.workload]]
name = "engine"
count = 1
cpu = "2"
memory = "4Gi"
exclusive = true
"#;

/// A control plane of three servers with everything stated that happens in the cluster.
pub const LOADED: &str = r#"
[cluster]
name = "keys"
kubernetes = "1.34"
cni = "flannel"
pod-cidrs = ["10.0.0.0/12"]
services = 100
endpoints = 300

[control-plane]
node-class = "cp"
load-balancer = "l7"

[control-plane.audit]
policy-file = "/etc/kubernetes/audit.yaml"
log-path = "/var/log/kubernetes/audit.log"
keep-days = 1
recorded = 100
record-size = "1Ki"
when-slow = "drop"

[control-plane.load]
pod-starts-per-minute = 10
jobs-per-minute = 5
rollouts-per-hour = 2
burst = { pods = 500, within = "5m" }
secrets-per-pod = 1
config-maps-per-pod = 1
client = [{ name = "argocd", service-account = "argocd/controller", requests-per-second = 100 }]

[node-class.cp]
role = "control-plane"
count = 3
os = { kernel = "6.8" }
hardware = { cpus = 8, memory = "31Gi" }

[node-class.web]
count = 20
os = { kernel = "6.8" }
hardware = { cpus = 8, memory = "31Gi" }

[[node-class.web.workload]]
name = "services"
share = 1.0
cpu = "100m"
memory = "512Mi"
"#;

/// A pool of Calico's behind a tunnel.
pub const CALICO: &str = r#"
[cluster]
name = "keys"
kubernetes = "1.34"
cni = "calico"
pod-cidrs = ["10.0.0.0/16"]
network = { encapsulation = "vxlan", mtu = 1500 }

[node-class.web]
count = 3
os = { kernel = "6.8" }
hardware = { cpus = 16, memory = "63Gi" }
workload = [{ name = "services", share = 1.0, cpu = "100m", memory = "128Mi" }]
"#;

/// Cilium, with the ranges given by the controller-manager and a DNS cache on every node.
pub const CILIUM: &str = r#"
[cluster]
name = "keys"
kubernetes = "1.34"
cni = "cilium"
pod-cidrs = ["10.0.0.0/16"]
service-cidrs = ["10.96.0.0/16"]
dns = { node-local = true }

[node-class.web]
count = 3
os = { kernel = "6.8" }
hardware = { cpus = 16, memory = "63Gi" }
workload = [{ name = "services", share = 1.0, cpu = "100m", memory = "128Mi" }]
"#;

/// Prefixes from a subnet of which single addresses are counted.
pub const SUBNETS: &str = r#"
[cluster]
name = "keys"
kubernetes = "1.34"
cni = "aws-vpc"

[[cluster.network.subnets]]
name = "pods"
free = 4000

[node-class.web]
os = { kernel = "6.8" }
hardware = { cpus = 8, memory = "31Gi", network = { enis = 3, ipv4-per-eni = 10, prefix-delegation = true } }
workload = [{ name = "services", share = 1.0, cpu = "100m", memory = "128Mi" }]
"#;

/// A class that Karpenter scales.
pub const SCALED: &str = r#"
[cluster]
name = "keys"
kubernetes = "1.34"
platform = "eks"
autoscaling = { nodes = "karpenter" }

[node-class.web]
count = 3
os = { kernel = "6.8" }
instance-type = "m6i.4xlarge"
autoscale = { max = 3 }

[[node-class.web.workload]]
name = "services"
share = 1.0
cpu = "100m"
memory = "512Mi"
"#;

/// A cluster whose events have an etcd of their own.
pub const EVENTS: &str = r#"
[cluster]
name = "keys"
kubernetes = "1.34"
cni = "flannel"
pod-cidrs = ["10.0.0.0/16"]

[control-plane]
etcd = { version = "3.6", events = "apart", events-servers = ["https://10.0.0.1:2379", "https://10.0.0.2:2379"] }

[node-class.web]
os = { kernel = "6.8" }
hardware = { cpus = 8, memory = "31Gi" }

[[node-class.web.workload]]
name = "services"
share = 1.0
cpu = "100m"
memory = "512Mi"
"#;
