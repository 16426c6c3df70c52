//! What a spec says of a class's machine, by the names that conditions use after `machine/` (`check::Scene`).

use super::Scene;
use crate::facts::{ClassFacts, NumaNode};
use serde_json::{Value as Json, json};

/// Components that run on the nodes of a class, in its version.
const OF_NODE: [&str; 2] = ["kubelet", "kube-proxy"];

/// Gives a scene the class's machine and the version of what runs on it.
pub fn describe(class: &ClassFacts, scene: &mut Scene) {
    for component in OF_NODE {
        scene.versions.insert(component, class.version.value.minor);
    }
    let machine = &class.machine;
    let each = |of: fn(&NumaNode) -> i64| -> Json { machine.numa.iter().map(of).collect() };
    let pages = |node: &NumaNode| node.hugepages.values().map(|b| b.0).sum();
    let mut add = |name: &str, value: Json| drop(scene.machine.insert(name.to_string(), value));
    add("cpus", json!(machine.cpus.value));
    add("online", json!(machine.online.to_string()));
    add("threads-per-core", json!(machine.threads_per_core.value));
    add("sockets", json!(machine.sockets.value));
    if machine.exact {
        add("memory", json!(machine.memory.value.0));
    }
    if !machine.numa.is_empty() {
        add("numa-nodes", json!(machine.numa.len()));
        add("numa-cpus", machine.numa.iter().map(|node| json!(node.cpus.to_string())).collect());
        add("numa-memory", each(|node| node.memory.0));
        add("numa-hugepages", each(pages));
    }
    let cores: Vec<String> = machine.numa.iter().flat_map(|node| &node.cores).map(ToString::to_string).collect();
    if !cores.is_empty() {
        add("cores", json!(cores));
    }
    add("hugepages", json!(machine.hugepages()));
    if let Some(nodefs) = &machine.disks.nodefs {
        add("nodefs", json!(nodefs.value.0));
    }
    add("swap", json!(machine.swap.as_ref().is_some_and(|s| s.value.0 > 0)));
    add("cgroup", json!(class.cgroup.value));
    add("pid-max", json!(class.pid_max.value));
}
