//! Alerts of one node class: pods, addresses, connections, processes, memory, and the kubelet's own speed.

use super::{Alert, Draft, Watched, opinion, opinion_text, p99, seconds, share};
use crate::plan::{ClassPlan, Plan};
use crate::quantity::Bytes;
use crate::rules::cluster::conntrack;

/// The alerts of a class.
pub(super) fn alerts(plan: &Plan, name: &str, class: &ClassPlan) -> Vec<Alert> {
    let watched = Watched {
        scope: format!("node-class/{name}"),
        version: class.kubernetes.minor,
        values: vec![&class.values, &plan.shared, &plan.control_plane],
    };
    // Names of classes have neither quotes nor backslashes.
    let label = opinion_text("class-label");
    let one = Class { watched, class, select: format!("{label}=\"{name}\""), by: format!("{label}, instance") };
    let list = [
        one.pods(),
        one.addresses(plan),
        one.conntrack_full(plan),
        one.conntrack_small(plan),
        one.threads(),
        one.reserved(),
        one.eviction(),
    ];
    list.into_iter().flatten().chain(one.slow()).collect()
}

struct Class<'p> {
    watched: Watched<'p>,
    class: &'p ClassPlan,
    /// The selector of its series.
    select: String,
    /// Labels that tell its nodes apart.
    by: String,
}

impl Class<'_> {
    fn pods(&self) -> Option<Alert> {
        let (most, near) = (self.watched.number("kubelet/maxPods")?, opinion("pods-near"));
        let limit = share(most, near);
        let draft = Draft {
            name: "NodePodsNearMaxPods",
            severity: "warning",
            hold: "hold-filling",
            expr: format!("kubelet_running_pods{{{}}} > {limit}", self.select),
            summary: "A node runs nearly as many pods as its kubelet admits.".into(),
            arithmetic: format!("{near}% of maxPods {most} = {limit}"),
        };
        self.watched.alert(draft, &["kubelet_running_pods"], &["kubelet/maxPods"])
    }

    /// Addresses of the node's own range, where they are fewer than maxPods would use.
    fn addresses(&self, plan: &Plan) -> Option<Alert> {
        let near = opinion("addresses-near");
        if plan.cni == "aws-vpc" {
            let most = self.class.values.get("kubelet/maxPods")?.value.as_i64()?;
            let limit = share(most, near);
            let draft = Draft {
                name: "NodeAddressesNearMaxPods",
                severity: "warning",
                hold: "hold-filling",
                expr: format!("awscni_assigned_ip_addresses{{{}}} > {limit}", self.select),
                summary: "A node has given out nearly as many pod addresses as the plan counts on.".into(),
                arithmetic: format!("{near}% of maxPods {most} = {limit}"),
            };
            return self.watched.alert(draft, &["awscni_assigned_ip_addresses"], &["kubelet/maxPods"]);
        }
        None
    }

    /// Entries of the connection table, as kube-proxy's code computes them for this machine.
    fn table(&self, plan: &Plan) -> Option<i64> {
        let number = |path: &str| self.watched.number(path);
        let version = if plan.proxy_per_class { self.class.kubernetes.minor } else { plan.kubernetes.minor };
        let host = self.class.machine["sysctl"]["net.netfilter.nf_conntrack_max"].as_i64();
        let stated = number("sysctl/net.netfilter.nf_conntrack_max").or(host);
        let (core, min) = (number("kube-proxy/conntrack.maxPerCore")?, number("kube-proxy/conntrack.min")?);
        conntrack::effective(core, min, self.class.machine["cpus"].as_i64()?, stated, version)
    }

    fn conntrack_full(&self, plan: &Plan) -> Option<Alert> {
        let (table, near) = (self.table(plan)?, opinion("conntrack-near"));
        let limit = share(table, near);
        let draft = Draft {
            name: "NodeConntrackNearFull",
            severity: "critical",
            hold: "hold-soon",
            expr: format!("node_nf_conntrack_entries{{{}}} > {limit}", self.select),
            summary: "A node's connection table is nearly full; a full one drops new connections.".into(),
            arithmetic: format!("{near}% of {table} planned entries = {limit}"),
        };
        self.watched.alert(draft, &["node_nf_conntrack_entries"], TABLE)
    }

    /// The table is a promise of the plan itself: another owner of the sysctl breaks it in silence.
    fn conntrack_small(&self, plan: &Plan) -> Option<Alert> {
        let table = self.table(plan)?;
        let draft = Draft {
            name: "NodeConntrackSmallerThanPlanned",
            severity: "warning",
            hold: "hold-filling",
            expr: format!("node_nf_conntrack_entries_limit{{{}}} < {table}", self.select),
            summary: "A node's connection table is smaller than planned: something else sets the sysctl.".into(),
            arithmetic: format!("{table} entries are planned"),
        };
        self.watched.alert(draft, &["node_nf_conntrack_entries_limit"], TABLE)
    }

    fn threads(&self) -> Option<Alert> {
        let (most, near) = (self.class.machine["sysctl"]["kernel.pid_max"].as_i64()?, opinion("threads-near"));
        let limit = share(most, near);
        let draft = Draft {
            name: "NodeProcessIdsNearLimit",
            severity: "critical",
            hold: "hold-soon",
            expr: format!("node_processes_threads{{{}}} > {limit}", self.select),
            summary: "A node has used nearly all of its process ids.".into(),
            arithmetic: format!("{near}% of the {most} that pid_max and threads-max allow = {limit}"),
        };
        self.watched.alert(draft, &["node_processes_threads"], &["kubelet/podPidsLimit", "kubelet/systemReserved.pid"])
    }

    /// What is used outside of the pods' cgroup, against what is reserved for it.
    fn reserved(&self) -> Option<Alert> {
        let [_, kube, system, _] = self.class.ledger.memory;
        let (limit, select, by) = (kube + system, &self.select, &self.by);
        let set = "container_memory_working_set_bytes";
        let draft = Draft {
            name: "NodeSystemMemoryAboveReservation",
            severity: "warning",
            hold: "hold-filling",
            expr: format!(
                "{set}{{{select},id=\"/\"}} - on ({by}) {set}{{{select},id=~\"/kubepods([.]slice)?\"}} > {limit}"
            ),
            summary: "What runs outside of pods uses more memory than is reserved for it; pods are evicted for it."
                .into(),
            arithmetic: format!("{} kube-reserved + {} system-reserved", Bytes(kube), Bytes(system)),
        };
        let guards = ["kubelet/kubeReserved.memory", "kubelet/systemReserved.memory"];
        (limit > 0).then(|| self.watched.alert(draft, &["container_memory_working_set_bytes"], &guards))?
    }

    fn eviction(&self) -> Option<Alert> {
        let read = |name: &str| self.watched.text(name).and_then(|t| Bytes::parse(t).ok()).map(|b| b.0);
        let (hard, soft) = ("kubelet/evictionHard.memory.available", "kubelet/evictionSoft.memory.available");
        let (first, near) = (read(soft).or_else(|| read(hard))?, opinion("eviction-near"));
        let (limit, select, by) = (share(first, near), &self.select, &self.by);
        let draft = Draft {
            name: "NodeMemoryNearEviction",
            severity: "warning",
            hold: "hold-soon",
            expr: format!(
                "machine_memory_bytes{{{select}}} - on ({by}) container_memory_working_set_bytes{{{select},id=\"/\"}} < {limit}"
            ),
            summary: "A node's free memory, as the kubelet counts it, is near the eviction threshold.".into(),
            arithmetic: format!("{near}% of {}", Bytes(first)),
        };
        self.watched.alert(draft, &["machine_memory_bytes", "container_memory_working_set_bytes"], &[soft, hard])
    }

    /// The kubelet and its runtime slow down when a node has more pods than what is reserved for them carries.
    fn slow(&self) -> impl Iterator<Item = Alert> {
        const GUARDS: &[&str] = &["kubelet/maxPods", "kubelet/kubeReserved.cpu", "kubelet/kubeReserved.memory"];
        let kinds = [
            (
                "NodePodListSlow",
                "kubelet_pleg_relist_duration_seconds",
                "relist-p99",
                "",
                "The kubelet needs long to list its containers.",
            ),
            (
                "NodePodStartSlow",
                "kubelet_pod_start_duration_seconds",
                "pod-start-p99",
                "",
                "Pods take long to start on a node.",
            ),
            (
                "NodeRuntimeSlow",
                "kubelet_runtime_operations_duration_seconds",
                "runtime-p99",
                // A pull takes as long as its image is large.
                ",operation_type!=\"pull_image\"",
                "The container runtime answers slowly.",
            ),
        ];
        kinds.into_iter().filter_map(|(name, metric, key, more, summary)| {
            let most = seconds(opinion(key));
            let draft = Draft {
                name,
                severity: "warning",
                hold: "hold-latency",
                expr: format!("{} > {most}", p99(metric, &format!("{}{more}", self.select), &self.by)),
                summary: summary.to_string(),
                arithmetic: format!("the 99th percentile of five minutes is above {most}s"),
            };
            self.watched.alert(draft, &[metric], GUARDS)
        })
    }
}

const TABLE: &[&str] =
    &["kube-proxy/conntrack.maxPerCore", "kube-proxy/conntrack.min", "sysctl/net.netfilter.nf_conntrack_max"];
