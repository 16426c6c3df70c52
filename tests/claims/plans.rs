//! Plans to hold claims against: every example, scenario and case, each for several minors, and clusters of several sizes.

use crate::common::{Outcome, document, files, plan, read, root};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::OnceLock;

/// A plan as far as claims are about it.
pub struct Planned {
    /// Where it comes from.
    pub name: String,
    /// Every value of every scope, by tunable.
    pub values: Vec<(String, Value)>,
    /// Every file by path, plan.json left out.
    pub files: Vec<(String, String)>,
}

const MINORS: [&str; 4] = ["1.25", "1.30", "1.34", "1.37"];

fn specs() -> Vec<PathBuf> {
    let listed = |folder: &str| std::fs::read_dir(root().join(folder)).unwrap().map(|e| e.unwrap().path());
    let mut out: Vec<PathBuf> =
        ["examples", "examples/scenarios", "examples/sizes"].into_iter().flat_map(listed).collect();
    out.extend(listed("tests/cases").map(|folder| folder.join("spec.toml")));
    // What its pins say is the user's, and the plan has to follow it.
    out.retain(|p| !p.ends_with("follow/spec.toml"));
    out.retain(|p| p.extension().is_some_and(|e| e == "toml") && p.is_file());
    out.sort();
    out
}

/// The spec for another minor; classes that state an older one follow it.
fn for_minor(text: &str, minor: &str) -> String {
    let line = |line: &str| match line.trim_start().strip_prefix("kubernetes") {
        Some(rest) if rest.trim_start().starts_with('=') => format!("kubernetes = \"{minor}\""),
        _ => line.to_string(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A cluster of this many nodes, with a control plane of its own.
pub fn sized(nodes: i64, minor: &str, etcd: &str, cni: &str) -> String {
    format!(
        "[cluster]\nname = \"sized\"\nkubernetes = \"{minor}\"\ncni = \"{cni}\"\npod-cidrs = [\"10.0.0.0/8\"]\nservice-cidrs = [\"172.20.0.0/16\"]\n\
         services = {}\nendpoints = {}\n\n[control-plane]\nnode-class = \"cp\"\n[control-plane.etcd]\nversion = \"{etcd}\"\n\
         disk = {{ kind = \"nvme\", iops = 50000, fsync-p99 = \"1ms\" }}\nmember-rtt = \"1ms\"\n\n\
         [node-class.cp]\nrole = \"control-plane\"\ncount = 3\n[node-class.cp.hardware]\ncpus = 32\nmemory = \"125Gi\"\n\
         disks = [{{ mount = \"/\", kind = \"nvme\", size = \"400Gi\", holds = [\"nodefs\", \"imagefs\"] }}]\n\n\
         [node-class.web]\ncount = {nodes}\nos = {{ kernel = \"6.8\" }}\n[node-class.web.hardware]\ncpus = 16\nmemory = \"62Gi\"\n\
         disks = [{{ mount = \"/\", kind = \"nvme\", size = \"200Gi\", holds = [\"nodefs\", \"imagefs\"] }}]\n\
         [[node-class.web.workload]]\nname = \"services\"\nshare = 1.0\ncpu = \"400m\"\nmemory = \"1Gi\"\n",
        nodes * 3,
        nodes * 30,
    )
}

/// Every plan; what does not exist in a minor is refused there and left out.
pub fn plans() -> &'static [Planned] {
    static ONCE: OnceLock<Vec<Planned>> = OnceLock::new();
    ONCE.get_or_init(|| {
        let mut texts: Vec<(String, String)> = Vec::new();
        for path in specs() {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            let text = read(&path);
            texts.push((name.clone(), text.clone()));
            texts.extend(MINORS.map(|m| (format!("{name} in {m}"), for_minor(&text, m))));
        }
        for (nodes, etcd) in [(3, "3.5"), (150, "3.6"), (1000, "3.6"), (4000, "3.7")] {
            for minor in MINORS {
                for cni in ["cilium", "calico", "flannel"] {
                    texts.push((format!("{nodes} nodes, {cni}, in {minor}"), sized(nodes, minor, etcd, cni)));
                }
            }
        }
        texts.into_iter().filter_map(|(name, text)| of(name, &text)).collect()
    })
}

fn of(name: String, text: &str) -> Option<Planned> {
    let Outcome::Fits(plan) = plan(text) else { return None };
    let document = document(&plan);
    let scopes = document["nodeClasses"].as_object().unwrap().values().chain([&document["controlPlane"]]);
    let maps = scopes.map(|s| &s["values"]).chain([&document["clusterValues"]]);
    let values = maps
        .filter_map(Value::as_object)
        .flat_map(|m| m.iter().map(|(n, v)| (n.clone(), v["value"].clone())))
        .collect();
    let files = files(&plan)
        .into_iter()
        .filter(|(path, _)| path != "plan.json")
        .map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap()))
        .collect();
    Some(Planned { name, values, files })
}
