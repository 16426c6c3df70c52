//! Keys of `[cluster]` and `[control-plane]`.

use super::super::shape::{Kind, Shape, key, required};
use super::load::LOAD;

/// Most nodes, pods or objects that a whole number in a spec may stand for.
const MANY: i64 = 1_000_000_000;

pub static CLUSTER: Shape = Shape {
    keys: &[
        required("name", Kind::Name, "The cluster's name; becomes the output folder."),
        required("kubernetes", Kind::Kubernetes, "Control-plane version: a minor, or an exact patch."),
        key(
            "platform",
            Kind::OneOf(&["self-managed", "kubeadm", "eks", "gke", "aks", "openshift", "talos", "k3s", "rke2"]),
            "Who runs the control plane; decides what is yours to set. `self-managed` when left out.",
        ),
        key(
            "cni",
            Kind::OneOf(&["aws-vpc", "calico", "cilium", "flannel", "other"]),
            "The network plugin: it decides how many pod addresses a node has.",
        ),
        key("pod-cidrs", Kind::List(&Kind::Cidr), "Pod address range, one or one per family, primary first."),
        key("service-cidrs", Kind::List(&Kind::Cidr), "Service address range, one or one per family, primary first."),
        key("goals", Kind::Text, "A file of goals of your own, in the form of profiles/goals.toml, beside the spec."),
        key("services", Kind::Int(0, MANY), "Services in the cluster."),
        key("endpoints", Kind::Int(0, MANY), "Endpoints behind all services together."),
        key(
            "kube-proxy-per-class",
            Kind::Bool,
            "There is one kube-proxy DaemonSet per node class, so its settings may differ between classes.",
        ),
        key("autoscaling", Kind::Table(&super::autoscaling::AUTOSCALING), "What scales workloads and nodes."),
        key("network", Kind::Table(&super::network::NETWORK), "The network between pods."),
        key("dns", Kind::Table(&super::network::DNS), "The cluster's DNS."),
    ],
};

static CUSTOM: Shape = Shape {
    keys: &[
        required("name", Kind::Name, "The resource's name."),
        required("count", Kind::Int(0, MANY), "How many there are."),
        required("size", Kind::Bytes, "Size of one, as stored."),
    ],
};

static OBJECTS: Shape = Shape {
    keys: &[
        key("secrets", Kind::Int(0, MANY), "Secrets in the cluster."),
        key("config-maps", Kind::Int(0, MANY), "Config maps in the cluster."),
        key("deployments", Kind::Int(0, MANY), "Deployments in the cluster; one for ten pods when left out."),
        key("custom", Kind::Tables(&CUSTOM), "Custom resources that count."),
        key("writes-per-second", Kind::Int(0, 1_000_000), "Steady writes to etcd beyond those of nodes and pods."),
    ],
};

pub static CONTROL_PLANE: Shape = Shape {
    keys: &[
        key("node-class", Kind::Name, "The node class of the control-plane machines."),
        key(
            "load-balancer",
            Kind::OneOf(&["l4", "l7", "none"]),
            "What stands before several API servers: `l4` forwards connections, which then stay where they began; `l7` forwards requests.",
        ),
        key("etcd", Kind::Table(&super::etcd::ETCD), "etcd: stacked on the control-plane machines, or on its own."),
        key("objects", Kind::Table(&OBJECTS), "Objects that nodes and pods do not tell of."),
        key(
            "audit",
            Kind::Table(&super::audit::AUDIT),
            "The audit log of the API servers: what it may take, and what happens while its disk is slow.",
        ),
        key(
            "load",
            Kind::Table(&LOAD),
            "What happens in the cluster: pods that start and end, jobs, the largest burst.",
        ),
    ],
};
