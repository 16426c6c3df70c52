//! Components, and where their settings live: with a node class, with the cluster, or with its control plane.

/// Whose the settings of a component are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// Every node class has its own.
    Nodes,
    /// The cluster has one, whoever runs its control plane.
    Cluster,
    /// The control plane's.
    ControlPlane,
}

/// Every component that has settings. kube-proxy's are a class's where each has a kube-proxy of its own.
const COMPONENTS: [(&str, Home); 21] = [
    ("kubelet", Home::Nodes),
    ("logind", Home::Nodes),
    ("systemd", Home::Nodes),
    ("sysctl", Home::Nodes),
    ("module", Home::Nodes),
    ("containerd", Home::Nodes),
    ("crio", Home::Nodes),
    ("kube-proxy", Home::Cluster),
    ("cni", Home::Cluster),
    ("coredns", Home::Cluster),
    ("karpenter", Home::Nodes),
    ("cluster-autoscaler", Home::Cluster),
    ("vpa-recommender", Home::Cluster),
    ("kube-apiserver", Home::ControlPlane),
    ("kube-controller-manager", Home::ControlPlane),
    ("kube-scheduler", Home::ControlPlane),
    ("etcd", Home::ControlPlane),
    ("etcd-events", Home::ControlPlane),
    ("etcd-defragmentation", Home::ControlPlane),
    ("priority-level", Home::ControlPlane),
    ("flow-schema", Home::ControlPlane),
];

/// Where the settings of a component live; nothing for a component that has none.
#[must_use]
pub fn home(component: &str) -> Option<Home> {
    COMPONENTS.iter().find(|(name, _)| *name == component).map(|(_, home)| *home)
}

/// Where a tunable lives, by its full name.
#[must_use]
pub fn home_of(name: &str) -> Option<Home> {
    home(name.split_once('/').map_or(name, |(component, _)| component))
}

/// Names of the components whose settings live there.
pub fn living(there: Home) -> impl Iterator<Item = &'static str> {
    COMPONENTS.iter().filter(move |(_, home)| *home == there).map(|(name, _)| *name)
}
