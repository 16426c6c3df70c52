//! What a node has beside CPU and memory: how it shuts down, what it logs, where images lie, swap, enforcement, volumes. Numbers are
//! computed again here, from the spec and the plan's document.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod affinity;
mod autoscaling;
mod disks;
mod enforcement;
mod etcd;
mod images;
mod logs;
mod memory;
mod random;
mod rates;
mod shutdown;
mod swap;
mod throttling;
mod volumes;

use common::{document, files, plan};
use plimsoll::plan::Plan;
use serde_json::Value;

/// A spec of one class `a`: the version, keys of the class, its disks, and its workloads, each as TOML.
fn spec(kubernetes: &str, class: &str, disks: &str, workloads: &str) -> String {
    format!(
        "[cluster]\nname = \"rest\"\nkubernetes = \"{kubernetes}\"\ncni = \"flannel\"\npod-cidrs = [\"10.0.0.0/16\"]\n\n\
         [node-class.a]\nos = {{ kernel = \"6.8\" }}\n{class}\n\n\
         [node-class.a.hardware]\ncpus = 16\nmemory = \"62Gi\"\n{disks}\n\n{workloads}"
    )
}

/// One workload.
fn workload(name: &str, amount: &str, more: &str) -> String {
    format!("[[node-class.a.workload]]\nname = \"{name}\"\n{amount}\ncpu = \"100m\"\nmemory = \"256Mi\"\n{more}\n\n")
}

const DISK: &str = r#"disks = [{ mount = "/", kind = "nvme", size = "400Gi", holds = ["nodefs", "imagefs"] }]"#;

/// What was planned for the class.
struct Planned {
    class: Value,
    findings: Vec<String>,
    files: std::collections::BTreeMap<String, Vec<u8>>,
}

fn planned(text: &str) -> Planned {
    of_plan(&plan(text).plan())
}

fn of_plan(plan: &Plan) -> Planned {
    let document = document(plan);
    let ids = document["findings"].as_array().unwrap().iter();
    Planned {
        class: document["nodeClasses"]["a"].clone(),
        findings: ids.map(|f| f["id"].as_str().unwrap().to_string()).collect(),
        files: files(plan),
    }
}

impl Planned {
    /// A value; null where nothing was planned.
    fn value(&self, name: &str) -> &Value {
        &self.class["values"][name]["value"]
    }

    fn reason(&self, name: &str) -> &str {
        self.class["values"][name]["reason"].as_str().unwrap_or_default()
    }

    fn file(&self, name: &str) -> Option<String> {
        self.files.get(&format!("node-class/a/{name}")).map(|b| String::from_utf8(b.clone()).unwrap())
    }
}
