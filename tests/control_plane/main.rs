//! Controller-manager and scheduler: laws over sizes of clusters, versions and round trips, computed again from `plan.json`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod autoscalers;
mod laws;
mod scheduler;

use common::{document, plan};
use plimsoll::quantity::GoDuration;
use serde_json::Value;

/// A cluster of one class of workers and three machines of its control plane. 28 pods on a node: 5,000 of them are upstream's
/// tested envelope.
struct Cluster {
    kubernetes: &'static str,
    nodes: i64,
    /// Keys of `[cluster]`.
    cluster: String,
    /// Keys of `[control-plane]`.
    control: String,
    /// Keys of the class of workers.
    workers: String,
    /// Pins of the class of workers.
    pins: String,
}

impl Cluster {
    fn new(kubernetes: &'static str, nodes: i64) -> Self {
        let etcd = "etcd = { version = \"3.5\" }\n".to_string();
        Self { kubernetes, nodes, cluster: String::new(), control: etcd, workers: String::new(), pins: String::new() }
    }

    fn text(&self) -> String {
        let Self { kubernetes, nodes, cluster, control, workers, pins } = self;
        format!(
            "[cluster]\nname = \"c\"\nkubernetes = \"{kubernetes}\"\ncni = \"cilium\"\npod-cidrs = [\"10.0.0.0/8\"]\n{cluster}\n\
             [control-plane]\nnode-class = \"cp\"\n{control}\n\
             [node-class.cp]\nrole = \"control-plane\"\ncount = 3\nos = {{ kernel = \"6.8\" }}\n\
             hardware = {{ cpus = 16, memory = \"62Gi\" }}\n\
             [node-class.w]\ncount = {nodes}\nos = {{ kernel = \"6.8\" }}\n{workers}\n\
             hardware = {{ cpus = 16, memory = \"62Gi\" }}\n\
             workload = [{{ name = \"web\", share = 1.0, cpu = \"100m\", memory = \"256Mi\" }}]\n\
             [node-class.w.pin]\n\"kubelet/maxPods\" = 28\n{pins}\n"
        )
    }

    fn plan(&self) -> Plan {
        Plan(document(&plan(&self.text()).plan()))
    }
}

/// A plan's document.
struct Plan(Value);

impl Plan {
    fn entry(&self, name: &str) -> &Value {
        &self.0["controlPlane"]["values"][name]
    }

    fn number(&self, name: &str) -> i64 {
        let value = &self.entry(name)["value"];
        value.as_i64().unwrap_or_else(|| panic!("{name} is {value}"))
    }

    /// Nanoseconds of a duration.
    fn nanos(&self, name: &str) -> i64 {
        GoDuration::parse(self.entry(name)["value"].as_str().unwrap_or_else(|| panic!("{name}"))).unwrap().0
    }

    fn reason(&self, name: &str) -> &str {
        self.entry(name)["reason"].as_str().unwrap()
    }

    fn findings(&self) -> Vec<&str> {
        self.0["findings"].as_array().unwrap().iter().map(|f| f["id"].as_str().unwrap()).collect()
    }
}

const KCM: &str = "kube-controller-manager";
