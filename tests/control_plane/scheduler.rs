//! The scheduler's profiles, and how many nodes it looks at.

use crate::Cluster;
use crate::common::{files, plan, read, root};
use plimsoll::rules::cluster::scheduler::sample;
use serde_json::{Value, json};

fn scenario(kubernetes: &str) -> Value {
    let text = read(root().join("examples/scenarios/schedulers.toml"));
    let text = text.replace("kubernetes    = \"1.34\"", &format!("kubernetes = \"{kubernetes}\""));
    let files = files(&plan(&text).plan());
    let yaml = String::from_utf8(files["control-plane/kube-scheduler.yaml"].clone()).unwrap();
    // Upstream refuses a configuration that names a plugin it has not.
    assert!(!yaml.contains("LeastAllocated:") && !yaml.contains("NodeResourcesLeastAllocated"));
    serde_yaml::from_str(&yaml).unwrap()
}

fn args<'a>(profile: &'a Value, plugin: &str) -> &'a Value {
    let list = profile["pluginConfig"].as_array().unwrap();
    &list.iter().find(|p| p["name"] == plugin).unwrap()["args"]
}

#[test]
fn three_schedulers_are_three_profiles() {
    for kubernetes in ["1.25", "1.34", "1.37"] {
        let config = scenario(kubernetes);
        let profiles = config["profiles"].as_array().unwrap();
        let name = |name: &str| profiles.iter().find(|p| p["schedulerName"] == name).unwrap();
        assert_eq!(profiles.len(), 3);
        let (spread, pack, gpu) = (name("default-scheduler"), name("batch-scheduler"), name("gpu-scheduler"));
        assert_eq!(args(spread, "NodeResourcesFit")["scoringStrategy"], json!({ "type": "LeastAllocated" }));
        assert_eq!(args(spread, "PodTopologySpread")["defaultingType"], "System");
        assert_eq!(args(pack, "NodeResourcesFit")["scoringStrategy"], json!({ "type": "MostAllocated" }));
        assert_eq!(args(pack, "PodTopologySpread")["defaultingType"], "List");
        let resources = json!([
            { "name": "cpu", "weight": 1 },
            { "name": "memory", "weight": 1 },
            { "name": "nvidia.com/gpu", "weight": 5 },
        ]);
        let strategy = json!({ "type": "MostAllocated", "resources": resources });
        assert_eq!(args(gpu, "NodeResourcesFit")["scoringStrategy"], strategy);
    }
}

#[test]
fn a_cluster_of_devices_alone_has_one_profile() {
    let mut cluster = Cluster::new("1.34", 5);
    cluster.workers = String::from("goal = \"latency\"");
    let text = cluster.text().replace(
        "hardware = { cpus = 16, memory = \"62Gi\" }\nworkload",
        "hardware = { cpus = 16, memory = \"62Gi\", devices = [{ name = \"card\", resource = \"example.com/card\" }] }\nworkload",
    );
    let plan = plan(&text).plan();
    let profiles: Vec<&String> = plan.control_plane.keys().filter(|n| n.ends_with("scoringStrategy.type")).collect();
    assert_eq!(profiles.len(), 1);
    assert!(profiles[0].contains("profiles[default-scheduler]"), "{profiles:?}");
}

#[test]
fn sampling_is_explained_with_the_nodes_it_comes_to() {
    // Upstream's own table: numFeasibleNodesToFind with a share of 0.
    for (nodes, enough) in [
        (10, None),
        (99, None),
        (100, Some((50, 100))),
        (1000, Some((42, 420))),
        (5000, Some((10, 500))),
        (6000, Some((5, 300))),
    ] {
        assert_eq!(sample(nodes), enough, "{nodes}");
    }
    let plan = Cluster::new("1.34", 997).plan();
    let name = "kube-scheduler/percentageOfNodesToScore";
    assert_eq!((plan.number(name), plan.reason(name)), (0, "adaptive: 42% of 1000 nodes, 420 are enough"));
}

#[test]
fn the_scheduler_binds_as_many_pods_as_start() {
    let mut cluster = Cluster::new("1.34", 200);
    cluster.control.push_str("load = { burst = { pods = 10000, within = \"1m\" } }\n");
    // 167 in a second, those that start anyway beside them, in whole tens.
    assert_eq!(cluster.plan().number("kube-scheduler/clientConnection.qps"), 170);
    let quiet = Cluster::new("1.34", 200).plan();
    assert_eq!(quiet.number("kube-scheduler/clientConnection.qps"), 50);
}
