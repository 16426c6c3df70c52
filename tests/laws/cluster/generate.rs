//! Random clusters with a control plane of their own: sizes, versions, round trips, hosts that have a connection table already.

use proptest::prelude::*;
use std::fmt::Write;

/// A class of workers.
#[derive(Clone, Debug)]
pub struct Workers {
    /// Nodes.
    pub count: i64,
    /// Logical CPUs.
    pub cpus: i64,
    /// GiB.
    pub memory: i64,
    /// Long-lived connections of one pod.
    pub connections: i64,
    /// Thousandths of a core that one pod requests.
    pub cpu: i64,
    /// `nf_conntrack_max` that the host has.
    pub table: Option<i64>,
    /// Kernel.
    pub kernel: &'static str,
    /// Seconds of a node's lease, where pinned.
    pub lease: Option<i64>,
}

/// A cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Kubernetes minor.
    pub minor: u32,
    /// etcd's version.
    pub etcd: &'static str,
    /// Network plugin.
    pub cni: &'static str,
    /// Length of the pods' prefix.
    pub prefix: u32,
    /// Control-plane machines, their CPUs and GiB.
    pub servers: (i64, i64, i64),
    /// Milliseconds between members.
    pub rtt: i64,
    /// Services and endpoints.
    pub services: (i64, i64),
    /// Whether every class has a kube-proxy of its own.
    pub proxy_per_class: bool,
    /// Classes.
    pub workers: Vec<Workers>,
}

fn workers() -> impl Strategy<Value = Workers> {
    let count = prop_oneof![1_i64..20, 20_i64..400, 400_i64..2_000];
    let cpus = prop::sample::select(vec![2_i64, 4, 8, 16, 32, 48, 64, 96, 128]);
    let table =
        prop::option::weighted(0.4, prop::sample::select(vec![65_536_i64, 131_072, 262_144, 1_048_576, 2_097_152]));
    let kernel = prop::sample::select(vec!["5.4", "5.15", "6.8"]);
    let lease = prop::option::weighted(0.2, 8_i64..120);
    (count, cpus, 2_i64..8, 0_i64..4_000, 50_i64..900, table, kernel, lease).prop_map(
        |(count, cpus, per_cpu, connections, cpu, table, kernel, lease)| Workers {
            count,
            cpus,
            memory: cpus * per_cpu,
            connections,
            cpu,
            table,
            kernel,
            lease,
        },
    )
}

/// Any cluster.
pub fn cluster() -> impl Strategy<Value = Cluster> {
    let etcd = prop::sample::select(vec!["3.4", "3.5", "3.6", "3.7"]);
    let cni = prop::sample::select(vec!["cilium", "calico", "flannel", "other"]);
    let servers = (prop::sample::select(vec![1_i64, 3, 5]), prop::sample::select(vec![4_i64, 8, 16, 64]), 2_i64..9);
    let services = (0_i64..12_000, 0_i64..150_000);
    (
        25_u32..38,
        etcd,
        cni,
        8_u32..15,
        servers,
        0_i64..400,
        services,
        any::<bool>(),
        prop::collection::vec(workers(), 1..4),
    )
        .prop_map(|(minor, etcd, cni, prefix, servers, rtt, services, proxy_per_class, workers)| Cluster {
            minor,
            etcd,
            cni,
            prefix,
            servers: (servers.0, servers.1, servers.1 * servers.2),
            rtt,
            services,
            proxy_per_class,
            workers,
        })
}

impl Cluster {
    /// The spec as a person would write it.
    pub fn text(&self) -> String {
        let (count, cpus, memory) = self.servers;
        let mut out = format!(
            "[cluster]\nname = \"random\"\nkubernetes = \"1.{}\"\ncni = \"{}\"\npod-cidrs = [\"10.0.0.0/{}\"]\nservice-cidrs = [\"172.16.0.0/16\"]\n\
             services = {}\nendpoints = {}\nkube-proxy-per-class = {}\n\n[control-plane]\nnode-class = \"cp\"\n\n[control-plane.etcd]\nversion = \"{}\"\n\
             member-rtt = \"{}ms\"\ndisk = {{ kind = \"nvme\", iops = 200000, fsync-p99 = \"1ms\" }}\n\n\
             [node-class.cp]\nrole = \"control-plane\"\ncount = {count}\nos = {{ kernel = \"6.8\" }}\n[node-class.cp.hardware]\ncpus = {cpus}\nmemory = \"{memory}Gi\"\n",
            self.minor,
            self.cni,
            self.prefix,
            self.services.0,
            self.services.1,
            self.proxy_per_class,
            self.etcd,
            self.rtt
        );
        for (at, class) in self.workers.iter().enumerate() {
            let _ = write!(
                out,
                "\n[node-class.w{at}]\ncount = {}\nos = {{ kernel = \"{}\" }}\n[node-class.w{at}.hardware]\ncpus = {}\nmemory = \"{}Gi\"\n",
                class.count, class.kernel, class.cpus, class.memory
            );
            if let Some(table) = class.table {
                let _ = writeln!(out, "sysctl = {{ \"net.netfilter.nf_conntrack_max\" = {table} }}");
            }
            let _ = write!(
                out,
                "[[node-class.w{at}.workload]]\nname = \"pods\"\nshare = 1.0\ncpu = \"{}m\"\nmemory = \"200Mi\"\nconnections = {}\n",
                class.cpu, class.connections
            );
            if let Some(lease) = class.lease {
                let _ = writeln!(out, "[node-class.w{at}.pin]\n\"kubelet/nodeLeaseDurationSeconds\" = {lease}");
            }
        }
        out
    }
}
