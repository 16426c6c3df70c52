//! A key that is accepted has an effect: each key of the spec is changed once, and the plan or its findings must change.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod specs;

use common::{Outcome, document, none, plan};
use serde_json::{Value, json};
use specs::{
    ALIGNED, ATTACHED, CALICO, CILIUM, CLOUD, EVENTS, HYBRID, LOADED, MEASURED, NUMA, OWN, POOL, SCALED, SUBNETS,
    TYPED, WIDE,
};
use std::collections::BTreeSet;
use toml::{Table, Value as Toml};

/// What a changed key comes to.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    /// Another plan, or the same with other findings.
    Plan,
    /// The run stops with this finding.
    Refused(&'static str),
    /// No plan fits, because of this rule.
    Unfit(&'static str),
}
use Then::{Plan, Refused, Unfit};

/// A key of the schema, the spec it is changed in, where, to what, and what that comes to.
type Case = (&'static str, &'static str, &'static str, &'static str, Then);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("cluster.name", OWN, "cluster.name", r#""other""#, Plan),
    ("cluster.kubernetes", OWN, "cluster.kubernetes", r#""1.33""#, Plan),
    ("cluster.platform", OWN, "cluster.platform", r#""kubeadm""#, Plan),
    ("cluster.cni", OWN, "cluster.cni", r#""cilium""#, Plan),
    ("cluster.pod-cidrs", OWN, "cluster.pod-cidrs", r#"["10.0.0.0/16"]"#, Plan),
    ("cluster.service-cidrs", OWN, "cluster.service-cidrs", r#"["10.97.0.0/16"]"#, Plan),
    ("cluster.goals", OWN, "cluster.goals", r#""no-such-file.toml""#, Refused("goals-missing")),
    ("cluster.services", OWN, "cluster.services", "900000", Plan),
    ("cluster.endpoints", OWN, "cluster.endpoints", "900000", Plan),
    ("cluster.autoscaling.hpas", OWN, "cluster.autoscaling.hpas", "900", Plan),
    ("cluster.autoscaling.vpas", OWN, "cluster.autoscaling.vpas", "5000", Plan),
    ("cluster.autoscaling.hpa-metrics", OWN, "cluster.autoscaling.hpa-metrics", "4", Plan),
    ("cluster.autoscaling.metrics-latency", OWN, "cluster.autoscaling.metrics-latency", r#""200ms""#, Plan),
    ("cluster.autoscaling.nodes", SCALED, "cluster.autoscaling.nodes", r#""cluster-autoscaler""#, Plan),
    ("node-class.*.autoscale.min", SCALED, "node-class.web.autoscale.min", "1", Plan),
    ("node-class.*.autoscale.max", SCALED, "node-class.web.autoscale.max", "4", Plan),
    ("cluster.kube-proxy-per-class", OWN, "cluster.kube-proxy-per-class", "true", Plan),
    ("cluster.network.mtu", CLOUD, "cluster.network.mtu", "8000", Plan),
    ("cluster.network.encapsulation", OWN, "cluster.network.encapsulation", r#""none""#, Plan),
    ("cluster.network.cross-subnet", CALICO, "cluster.network.cross-subnet", "true", Plan),
    ("cluster.network.ipam", CILIUM, "cluster.network.ipam", r#""cluster-pool""#, Plan),
    ("cluster.network.block-size", CALICO, "cluster.network.block-size", "28", Plan),
    ("cluster.network.nat-outgoing", CALICO, "cluster.network.nat-outgoing", "false", Plan),
    ("cluster.network.subnets[].name", SUBNETS, "cluster.network.subnets[0].name", r#""other""#, Plan),
    ("cluster.network.subnets[].free", SUBNETS, "cluster.network.subnets[0].free", "20", Unfit("aws-vpc-subnets")),
    ("cluster.network.subnets[].prefixes", SUBNETS, "cluster.network.subnets[0].prefixes", "200", Plan),
    ("cluster.network.kube-proxy-replacement", CILIUM, "cluster.network.kube-proxy-replacement", "true", Plan),
    ("cluster.network.load-balancer", OWN, "cluster.network.load-balancer", r#""metallb-l2""#, Plan),
    ("cluster.dns.queries-per-second", OWN, "cluster.dns.queries-per-second", "90000", Plan),
    ("cluster.dns.node-local", OWN, "cluster.dns.node-local", "true", Plan),
    ("cluster.dns.domain", CILIUM, "cluster.dns.domain", r#""example.org""#, Plan),
    ("control-plane.node-class", OWN, "control-plane.node-class", r#""web""#, Refused("control-plane-role")),
    ("control-plane.etcd.version", OWN, "control-plane.etcd.version", r#""3.5""#, Plan),
    ("control-plane.etcd.disk.kind", OWN, "control-plane.etcd.disk.kind", r#""hdd""#, Plan),
    ("control-plane.etcd.disk.iops", OWN, "control-plane.etcd.disk.iops", "1", Unfit("etcd-disk")),
    ("control-plane.etcd.node-class", OWN, "control-plane.etcd.node-class", r#""web""#, Refused("etcd-role")),
    ("control-plane.etcd.members", OWN, "control-plane.etcd.members", "4", Plan),
    ("control-plane.etcd.events", OWN, "control-plane.etcd.events", r#""apart""#, Refused("etcd-events-servers")),
    ("control-plane.etcd.events-servers", EVENTS, "control-plane.etcd.events-servers", r#"["https://10.0.0.9:2379"]"#, Plan),
    ("control-plane.etcd.disk.size", OWN, "control-plane.etcd.disk.size", r#""2Gi""#, Plan),
    ("control-plane.etcd.disk.write", OWN, "control-plane.etcd.disk.write", r#""1Ki/s""#, Unfit("etcd-disk")),
    ("control-plane.etcd.disk.fsync-p99", OWN, "control-plane.etcd.disk.fsync-p99", r#""40ms""#, Plan),
    ("control-plane.etcd.member-rtt", OWN, "control-plane.etcd.member-rtt", r#""120ms""#, Plan),
    ("control-plane.etcd.memory", OWN, "control-plane.etcd.memory", r#""1Mi""#, Plan),
    ("control-plane.objects.secrets", OWN, "control-plane.objects.secrets", "900000", Plan),
    ("control-plane.objects.config-maps", OWN, "control-plane.objects.config-maps", "900000", Plan),
    ("control-plane.objects.writes-per-second", OWN, "control-plane.objects.writes-per-second", "2000", Plan),
    ("control-plane.audit.policy-file", LOADED, "control-plane.audit.policy-file", r#""/etc/other.yaml""#, Plan),
    ("control-plane.audit.log-path", LOADED, "control-plane.audit.log-path", r#""/other/audit.log""#, Plan),
    ("control-plane.audit.disk", LOADED, "control-plane.audit.disk", r#""40Gi""#, Plan),
    ("control-plane.audit.keep-days", LOADED, "control-plane.audit.keep-days", "3", Plan),
    ("control-plane.audit.recorded", LOADED, "control-plane.audit.recorded", "200", Plan),
    ("control-plane.audit.record-size", LOADED, "control-plane.audit.record-size", r#""4Ki""#, Plan),
    ("control-plane.audit.when-slow", LOADED, "control-plane.audit.when-slow", r#""wait""#, Plan),
    ("control-plane.load-balancer", LOADED, "control-plane.load-balancer", r#""l4""#, Plan),
    ("control-plane.load.pod-starts-per-minute", LOADED, "control-plane.load.pod-starts-per-minute", "600", Plan),
    ("control-plane.load.jobs-per-minute", LOADED, "control-plane.load.jobs-per-minute", "60", Plan),
    ("control-plane.load.rollouts-per-hour", LOADED, "control-plane.load.rollouts-per-hour", "60", Plan),
    ("control-plane.load.burst.pods", LOADED, "control-plane.load.burst.pods", "5000", Plan),
    ("control-plane.load.burst.within", LOADED, "control-plane.load.burst.within", r#""30s""#, Plan),
    ("control-plane.load.client[].name", LOADED, "control-plane.load.client[0].name", r#""flux""#, Plan),
    ("control-plane.load.client[].service-account", LOADED, "control-plane.load.client[0].service-account", r#""argocd/other""#, Plan),
    ("control-plane.load.client[].requests-per-second", LOADED, "control-plane.load.client[0].requests-per-second", "9000", Plan),
    ("control-plane.load.secrets-per-pod", LOADED, "control-plane.load.secrets-per-pod", "4", Plan),
    ("control-plane.load.config-maps-per-pod", LOADED, "control-plane.load.config-maps-per-pod", "4", Plan),
    ("control-plane.objects.deployments", LOADED, "control-plane.objects.deployments", "9000", Plan),
    ("control-plane.objects.custom[].name", OWN, "control-plane.objects.custom[0].name", r#""orders""#, Plan),
    ("control-plane.objects.custom[].count", OWN, "control-plane.objects.custom[0].count", "400000", Plan),
    ("control-plane.objects.custom[].size", OWN, "control-plane.objects.custom[0].size", r#""150Mi""#, Plan),
    ("node-class.*.inherits", OWN, "node-class.web.inherits", r#""cp""#, Plan),
    ("node-class.*.role", OWN, "node-class.web.role", r#""etcd""#, Plan),
    ("node-class.*.count", OWN, "node-class.web.count", "7", Plan),
    ("node-class.*.goal", OWN, "node-class.web.goal", r#""latency""#, Plan),
    ("node-class.*.kubernetes", OWN, "node-class.web.kubernetes", r#""1.33""#, Plan),
    ("node-class.*.os.family", OWN, "node-class.web.os.family", r#""windows""#, Refused("windows-not-planned")),
    ("node-class.*.os.arch", OWN, "node-class.web.os.arch", r#""arm64""#, Plan),
    ("node-class.*.os.cgroup", NUMA, "node-class.web.os.cgroup", "1", Plan),
    ("node-class.*.os.kernel", OWN, "node-class.web.os.kernel", r#""5.4""#, Plan),
    ("node-class.*.os.pid-max", OWN, "node-class.web.os.pid-max", "65536", Plan),
    ("node-class.*.runtime.name", OWN, "node-class.web.runtime.name", r#""crio""#, Plan),
    ("node-class.*.runtime.version", OWN, "node-class.web.runtime.version", r#""1.7""#, Plan),
    ("node-class.*.base", OWN, "node-class.web.base", r#""files/kubelet.yaml""#, Plan),
    ("node-class.*.reservation", OWN, "node-class.web.reservation", r#""gke""#, Plan),
    ("node-class.*.enforce", OWN, "node-class.web.enforce", r#""all""#, Plan),
    ("node-class.*.memory-throttling", OWN, "node-class.web.memory-throttling", "0.9", Plan),
    ("node-class.*.measured.quantile", MEASURED, "node-class.web.measured.quantile", "0.999", Plan),
    ("node-class.*.measured.samples", MEASURED, "node-class.web.measured.samples", "7", Plan),
    ("node-class.*.measured.pods-max", MEASURED, "node-class.web.measured.pods-max", "9", Plan),
    ("node-class.*.measured.source", MEASURED, "node-class.web.measured.source", r#""other nodes""#, Plan),
    ("node-class.*.measured.kubelet.memory", MEASURED, "node-class.web.measured.kubelet.memory", r#""150Mi""#, Plan),
    ("node-class.*.measured.kubelet.memory-per-pod", MEASURED, "node-class.web.measured.kubelet.memory-per-pod", r#""2Mi""#, Plan),
    ("node-class.*.measured.kubelet.cpu", MEASURED, "node-class.web.measured.kubelet.cpu", r#""35m""#, Plan),
    ("node-class.*.measured.kubelet.cpu-per-pod", MEASURED, "node-class.web.measured.kubelet.cpu-per-pod", r#""0.9m""#, Plan),
    ("node-class.*.measured.runtime.memory", MEASURED, "node-class.web.measured.runtime.memory", r#""90Mi""#, Plan),
    ("node-class.*.measured.runtime.memory-per-pod", MEASURED, "node-class.web.measured.runtime.memory-per-pod", r#""0""#, Plan),
    ("node-class.*.measured.runtime.cpu", MEASURED, "node-class.web.measured.runtime.cpu", r#""0.5""#, Plan),
    ("node-class.*.measured.runtime.cpu-per-pod", MEASURED, "node-class.web.measured.runtime.cpu-per-pod", r#""3m""#, Plan),
    ("node-class.*.measured.system.memory", MEASURED, "node-class.web.measured.system.memory", r#""1Gi""#, Plan),
    ("node-class.*.measured.system.memory-per-pod", MEASURED, "node-class.web.measured.system.memory-per-pod", r#""1Mi""#, Plan),
    ("node-class.*.measured.system.cpu", MEASURED, "node-class.web.measured.system.cpu", r#""60m""#, Plan),
    ("node-class.*.measured.system.cpu-per-pod", MEASURED, "node-class.web.measured.system.cpu-per-pod", r#""1m""#, Plan),
    ("node-class.*.formula", CLOUD, "node-class.web.formula", r#""pre-1.29""#, Plan),
    ("node-class.*.instance-type", TYPED, "node-class.web.instance-type", r#""m6i.2xlarge""#, Plan),
    ("node-class.*.hardware.cpus", OWN, "node-class.web.hardware.cpus", "16", Plan),
    ("node-class.*.hardware.memory", OWN, "node-class.web.hardware.memory", r#""30Gi""#, Plan),
    ("node-class.*.hardware.memory-nominal", CLOUD, "node-class.web.hardware.memory-nominal", r#""64Gi""#, Plan),
    ("node-class.*.hardware.memory-overhead", CLOUD, "node-class.web.hardware.memory-overhead", "0.02", Plan),
    ("node-class.*.hardware.threads-per-core", OWN, "node-class.web.hardware.threads-per-core", "2", Plan),
    ("node-class.*.hardware.sockets", OWN, "node-class.web.hardware.sockets", "2", Plan),
    ("node-class.*.hardware.siblings", ALIGNED, "node-class.web.hardware.siblings", r#""split""#, Plan),
    ("node-class.*.hardware.cores", HYBRID, "node-class.web.hardware.cores", r#"["0", "1", "2", "3", "4-5"]"#, Plan),
    ("node-class.*.hardware.caches", ALIGNED, "node-class.web.hardware.caches", r#"["0-3", "4-7", "8-11", "12-15"]"#, Plan),
    ("node-class.*.hardware.efficiency", HYBRID, "node-class.web.hardware.efficiency", r#""4-5""#, Plan),
    ("node-class.*.hardware.hugepages", HYBRID, "node-class.web.hardware.hugepages", r#"{ "2Mi" = "2Gi" }"#, Plan),
    ("node-class.*.hardware.devices[].name", ALIGNED, "node-class.web.hardware.devices[0].name", r#""eth1""#, Refused("device-unknown")),
    ("node-class.*.hardware.devices[].resource", ALIGNED, "node-class.web.hardware.devices[1].resource", r#""example.com/other""#, Unfit("node-devices")),
    ("node-class.*.hardware.devices[].count", ALIGNED, "node-class.web.hardware.devices[1].count", "1", Unfit("node-devices")),
    ("node-class.*.hardware.devices[].numa", ALIGNED, "node-class.web.hardware.devices[1].numa", "2", Plan),
    ("node-class.*.hardware.numa[].hugepages", ALIGNED, "node-class.web.hardware.numa[1].hugepages", r#"{ "1Gi" = "2Gi" }"#, Plan),
    ("node-class.*.hardware.numa[].distances", WIDE, "node-class.web.hardware.numa[0].distances", "[10, 12, 20]", Plan),
    ("node-class.*.system-cpus.place", ALIGNED, "node-class.web.system-cpus.place", r#""spread""#, Plan),
    ("node-class.*.system-cpus.near", ALIGNED, "node-class.web.system-cpus.near", r#""card""#, Plan),
    ("node-class.*.workload[].hugepages", ALIGNED, "node-class.web.workload[0].hugepages", r#"{ "1Gi" = "8Gi" }"#, Unfit("node-hugepages")),
    ("node-class.*.workload[].devices", ALIGNED, "node-class.web.workload[0].devices", r#"{ "example.com/card" = 2 }"#, Unfit("node-devices")),
    ("node-class.*.hardware.numa[].cpus", NUMA, "node-class.web.hardware.numa[1].cpus", r#""4-11""#, Plan),
    ("node-class.*.hardware.numa[].memory", NUMA, "node-class.web.hardware.numa[1].memory", r#""17Gi""#, Plan),
    ("node-class.*.hardware.disks[].mount", OWN, "node-class.web.hardware.disks[1].mount", r#""/""#, Refused("disk-twice")),
    ("node-class.*.hardware.disks[].kind", OWN, "node-class.web.hardware.disks[1].kind", r#""hdd""#, Plan),
    ("node-class.*.hardware.disks[].size", OWN, "node-class.web.hardware.disks[0].size", r#""20Gi""#, Plan),
    ("node-class.*.hardware.disks[].iops", OWN, "node-class.web.hardware.disks[1].iops", "200", Plan),
    ("node-class.*.hardware.disks[].write", OWN, "node-class.web.hardware.disks[1].write", r#""300Mi/s""#, Plan),
    ("node-class.*.hardware.disks[].holds", OWN, "node-class.web.hardware.disks[1].holds", "[]", Plan),
    ("node-class.*.hardware.disks[].holds", OWN, "node-class.web.hardware.disks[0].holds", r#"["nodefs", "containerfs"]"#, Refused("containerfs-runtime")),
    ("node-class.*.hardware.swap", OWN, "node-class.web.hardware.swap", r#""8Gi""#, Plan),
    ("node-class.*.hardware.network.enis", CLOUD, "node-class.web.hardware.network.enis", "4", Plan),
    ("node-class.*.hardware.network.ipv4-per-eni", CLOUD, "node-class.web.hardware.network.ipv4-per-eni", "15", Plan),
    ("node-class.*.hardware.network.prefix-delegation", CLOUD, "node-class.web.hardware.network.prefix-delegation", "true", Plan),
    ("node-class.*.hardware.network.custom-networking", CLOUD, "node-class.web.hardware.network.custom-networking", "true", Plan),
    ("node-class.*.hardware.network.reserved-enis", CLOUD, "node-class.web.hardware.network.reserved-enis", "1", Plan),
    ("node-class.*.hardware.volumes", ATTACHED, "node-class.web.hardware.volumes", "12", Plan),
    ("node-class.*.hardware.offline", ALIGNED, "node-class.web.hardware.offline", r#""3""#, Refused("cpu-offline")),
    ("node-class.*.hardware.sysctl", OWN, "node-class.web.hardware.sysctl", r#"{ "net.netfilter.nf_conntrack_max" = 65536 }"#, Plan),
    ("node-class.*.workload[].name", OWN, "node-class.web.workload[0].name", r#""others""#, Plan),
    ("node-class.*.workload[].count", OWN, "node-class.web.workload", r#"[{ name = "services", count = 5, cpu = "100m", memory = "512Mi" }]"#, Plan),
    ("node-class.*.workload[].share", OWN, "node-class.web.workload[0].share", "0.9", Refused("workload-shares")),
    ("node-class.*.workload[].cpu", OWN, "node-class.web.workload[0].cpu", r#""1""#, Plan),
    ("node-class.*.workload[].memory", OWN, "node-class.web.workload[0].memory", r#""1Gi""#, Plan),
    ("node-class.*.workload[].exclusive", OWN, "node-class.web.workload[0].exclusive", "true", Refused("exclusive-fraction")),
    ("node-class.*.workload[].volumes", ATTACHED, "node-class.web.workload[0].volumes", "2", Plan),
    ("node-class.*.workload[].host-network", POOL, "node-class.web.workload[1].host-network", "true", Plan),
    ("node-class.*.workload[].containers", OWN, "node-class.web.workload[0].containers", "6", Plan),
    ("node-class.*.workload[].connections", OWN, "node-class.web.workload[0].connections", "90000", Plan),
    ("node-class.*.workload[].connection-rate", OWN, "node-class.web.workload[0].connection-rate", "900", Plan),
    ("node-class.*.workload[].pids", OWN, "node-class.web.workload[0].pids", "5000", Plan),
    ("node-class.*.workload[].peak-memory", OWN, "node-class.web.workload[0].peak-memory", r#""1Gi""#, Plan),
    ("node-class.*.workload[].memory-growth", OWN, "node-class.web.workload[0].memory-growth", r#""90Mi/s""#, Plan),
    ("node-class.*.workload[].image-size", OWN, "node-class.web.workload[0].image-size", r#""900Mi""#, Plan),
    ("node-class.*.workload[].images", OWN, "node-class.web.workload[0].images", "3", Refused("workload-images")),
    ("node-class.*.workload[].log-rate", OWN, "node-class.web.workload[0].log-rate", r#""100Ki/s""#, Plan),
    ("node-class.*.workload[].grace", OWN, "node-class.web.workload[0].grace", r#""1m""#, Plan),
    ("node-class.*.workload[].priority", OWN, "node-class.web.workload[0].priority", "2000000000", Plan),
    ("node-class.*.pin", OWN, "node-class.web.pin", r#"{ "kubelet/maxPods" = 40 }"#, Plan),
    ("pin", OWN, "pin", r#"{ "kube-controller-manager/concurrent-job-syncs" = 20 }"#, Plan),
];

/// Keys whose value is only carried: into the machine's description, which the judge and people read, or into names.
const ONLY_TOLD: &[&str] = &[
    "control-plane.objects.custom[].name",
    "node-class.*.hardware.sockets",
    "node-class.*.hardware.threads-per-core",
    "node-class.*.measured.source",
    "node-class.*.os.arch",
    "node-class.*.workload[].name",
];

/// Leaves of the schema as dotted keys: `*` for names of the user's, `[]` for items.
fn leaves(schema: &Value, path: &str, out: &mut BTreeSet<String>) {
    if let Some(fields) = schema["properties"].as_object() {
        for (name, inner) in fields {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            leaves(inner, &path, out);
        }
    } else if schema["additionalProperties"]["properties"].is_object() {
        leaves(&schema["additionalProperties"], &format!("{path}.*"), out);
    } else if schema["items"]["properties"].is_object() {
        leaves(&schema["items"], &format!("{path}[]"), out);
    } else {
        out.insert(path.to_string());
    }
}

fn parse(text: &str) -> Table {
    toml::from_str(text).unwrap()
}

/// Sets one key; tables on the way are made.
fn set(spec: &mut Table, path: &str, value: &str) {
    let value = parse(&format!("v = {value}"))["v"].clone();
    let mut at = spec;
    let parts: Vec<&str> = path.split('.').collect();
    for part in &parts[..parts.len() - 1] {
        let (name, index) = part.split_once('[').map_or((*part, None), |(n, i)| (n, i.strip_suffix(']')));
        let next = at.entry(name).or_insert_with(|| Toml::Table(Table::new()));
        at = match index {
            Some(index) => next[index.parse::<usize>().unwrap()].as_table_mut().unwrap(),
            None => next.as_table_mut().unwrap(),
        };
    }
    at.insert(parts[parts.len() - 1].to_string(), value);
}

/// The spec with the class's whole content in `[defaults]`.
fn by_default(spec: &Table) -> Table {
    let mut spec = spec.clone();
    let classes = spec["node-class"].as_table_mut().unwrap();
    let web = classes.insert("web".into(), Toml::Table(Table::new())).unwrap();
    spec.insert("defaults".into(), web);
    spec
}

fn outcome(spec: &Table) -> Outcome {
    plan(&toml::to_string(spec).unwrap())
}

/// Everything that is said and planned.
fn whole(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Fits(plan) => document(plan),
        Outcome::Refused(list) => json!(list.iter().map(|f| &f.message).collect::<Vec<_>>()),
        Outcome::Unfit(list) => json!(list.iter().map(|u| &u.message).collect::<Vec<_>>()),
        Outcome::Bug(text) => json!(text),
    }
}

/// Planned values, capacities and findings, without what only tells where they came from.
fn decided(outcome: &Outcome) -> Value {
    let mut document = whole(outcome);
    let strip = |values: &mut Value| {
        for value in values.as_object_mut().into_iter().flatten().map(|(_, v)| v) {
            *value = value["value"].clone();
        }
    };
    if matches!(outcome, Outcome::Fits(_)) {
        strip(&mut document["controlPlane"]["values"]);
        strip(&mut document["clusterValues"]);
        for class in document["nodeClasses"].as_object_mut().unwrap().values_mut() {
            strip(&mut class["values"]);
            class.as_object_mut().unwrap().remove("machine");
        }
        // What kinds of custom resources are called decides nothing.
        if let Some(kinds) = document["controlPlane"]["load"]["kinds"].as_object() {
            let mut list: Vec<String> = kinds.values().map(Value::to_string).collect();
            list.sort();
            document["controlPlane"]["load"]["kinds"] = json!(list);
        }
        for key in ["facts", "rules"] {
            document.as_object_mut().unwrap().remove(key);
        }
    }
    document
}

#[test]
fn every_key_is_changed_somewhere() {
    let mut keys = BTreeSet::new();
    leaves(plimsoll::spec::schema().as_value(), "", &mut keys);
    // `[defaults]` has the keys of a class; each is changed there as well, below.
    keys.retain(|k| !k.starts_with("defaults."));
    let listed: BTreeSet<String> = CASES.iter().map(|c| c.0.to_string()).collect();
    assert_eq!(keys, listed);
    let known: Vec<_> = ONLY_TOLD.iter().filter(|k| !listed.contains(**k)).collect();
    assert!(known.is_empty(), "no keys: {known:?}");
}

#[test]
fn a_changed_key_changes_the_plan() {
    let (mut complaints, mut only_told) = (Vec::new(), BTreeSet::new());
    for (key, base, path, value, then) in CASES {
        let base = parse(base);
        let mut changed = base.clone();
        set(&mut changed, path, value);
        let (before, after) = (outcome(&base), outcome(&changed));
        assert!(matches!(before, Outcome::Fits(_)), "the base of {key} has a plan: {}", whole(&before));
        complaints.extend(judge(key, &before, &after, *then));
        if decided(&before) == decided(&after) {
            only_told.insert(*key);
        }
    }
    none(&complaints);
    assert_eq!(only_told, ONLY_TOLD.iter().copied().collect(), "keys that decide nothing");
}

#[test]
fn a_key_changed_in_defaults_changes_the_plan() {
    let mut complaints = Vec::new();
    for (key, base, path, value, then) in CASES {
        let Some(below) = path.strip_prefix("node-class.web.").filter(|p| *p != "inherits") else { continue };
        let base = by_default(&parse(base));
        let mut changed = base.clone();
        set(&mut changed, &format!("defaults.{below}"), value);
        // Classes that state the key themselves keep their own.
        complaints.extend(judge(key, &outcome(&base), &outcome(&changed), *then));
    }
    none(&complaints);
    let mut spec = by_default(&parse(OWN));
    set(&mut spec, "defaults.inherits", r#""web""#);
    assert_eq!(outcome(&spec).refused(), ["class-inherits"]);
}

fn judge(key: &str, before: &Outcome, after: &Outcome, then: Then) -> Option<String> {
    match (then, after) {
        (Plan, Outcome::Fits(_)) if whole(before) == whole(after) => {
            Some(format!("{key}: accepted, and without any effect"))
        }
        (Plan, Outcome::Fits(_)) => None,
        (Refused(id), after) if after.refused().iter().all(|r| *r == id) && !after.refused().is_empty() => None,
        (Unfit(rule), Outcome::Unfit(list))
            if list.iter().flat_map(|u| &u.conflicts).flat_map(|c| &c.rules).any(|r| r.starts_with(rule)) =>
        {
            None
        }
        _ => Some(format!("{key}: comes to {}", whole(after))),
    }
}
