//! `--usage`: what pods ask for on each node, held against what the plan leaves.

use crate::common::run_in;
use crate::{fixture, folder};
use serde_json::{Value as Json, json};
use std::path::Path;

/// A pod on a node, as kubectl prints it.
fn pod(name: &str, node: &str, memory: &str) -> Json {
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "namespace": "default" },
            "spec": { "nodeName": node, "containers": [{ "name": "c", "resources": { "requests": { "cpu": "1", "memory": memory } } }] },
            "status": { "phase": "Running" } })
}

fn node(name: &str, labels: &Json) -> Json {
    json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": name, "labels": labels } })
}

fn list(items: &[Json]) -> String {
    json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string()
}

fn run(folder: &Path, more: &[&str]) -> crate::common::Run {
    let current = format!("web={}", fixture("nodeadm.json").display());
    let spec = fixture("web.toml");
    let spec = spec.to_str().unwrap();
    run_in(folder, &[&["diff", spec, "--current", &current], more].concat(), "")
}

#[test]
fn nodes_that_the_plan_leaves_too_little_are_counted() {
    let kind = json!({ "node.kubernetes.io/instance-type": "m6i.4xlarge" });
    let other = json!({ "node.kubernetes.io/instance-type": "m5.large" });
    let nodes = [node("n1", &kind), node("n2", &kind), node("n3", &other), node("n4", &json!({}))];
    // Two pods of n1 are too much for the plan's 59055Mi and for the 57691Mi of now; one of n2 is too much for now alone.
    let pods = [pod("a", "n1", "40Gi"), pod("b", "n1", "20Gi"), pod("c", "n2", "57Gi"), pod("d", "n5", "1Gi")];
    let folder = folder(&[("nodes.json", &list(&nodes)), ("pods.json", &list(&pods))]);
    let run = run(folder.path(), &["--usage", "pods.json", "nodes.json", "--format", "json"]);
    let found: Json = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        found["usage"]["nodeClasses"],
        json!({ "web": { "nodes": 2, "stated": 120, "overcommitted": 1, "resources": [
            { "resource": "memory", "nodes": 1, "already": 1,
              "worst": { "node": "n1", "asks": "60Gi", "leaves": "59055Mi", "by": "2385Mi" } }] } })
    );
    let unknown = found["usage"]["unknownNodes"].as_array().unwrap();
    let named: Vec<(&str, &str)> =
        unknown.iter().map(|u| (u["node"].as_str().unwrap(), u["why"].as_str().unwrap())).collect();
    assert_eq!(named.iter().map(|n| n.0).collect::<Vec<_>>(), ["n3", "n4", "n5"]);
    assert!(named[0].1.contains("no node class has the instance type `m5.large`"), "{named:?}");
    assert!(named[1].1.contains("has no label") && named[2].1.contains("nothing says its labels"), "{named:?}");
}

#[test]
fn a_label_or_a_map_says_the_class() {
    let map = "[n1]\nmemory = \"60Gi\"\npods = 120\nclass = \"web\"\n[n2]\nmemory = \"1Gi\"\n[n3]\npods = 115\n";
    let labelled = [node("n2", &json!({ "pool": "web" })), node("n3", &json!({ "pool": "wbe" }))];
    let folder = folder(&[("map.toml", map), ("nodes.json", &list(&labelled))]);
    let arguments = ["--usage", "map.toml", "nodes.json", "--class-label", "pool"];
    let text = run(folder.path(), &arguments).out;
    for part in [
        "web   the pods of 1 of 2 nodes found (120 in the spec) ask for more than the plan leaves",
        "memory   1 node   worst n1 by 2385Mi: 60Gi of 59055Mi, 1 of them now as well",
        "worst n1 by 10: 120 of 110, none of them now",
        "its label `pool` is `wbe`, which is no node class",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let markdown = run(folder.path(), &[&arguments[..], &["--format", "markdown"]].concat()).out;
    for part in
        ["### Usage", "- web: the pods of 1 of 2 nodes", "  - pods: 1 node, worst n1 by 10", "- of no class: n3:"]
    {
        assert!(markdown.contains(part), "{part}\n{markdown}");
    }
    assert!(markdown.contains("| cost | risk | why |") && markdown.contains("### Order"), "{markdown}");
}

#[test]
fn a_file_that_says_nothing_of_nodes_is_refused() {
    let folder = folder(&[("bad.json", "{"), ("service.json", r#"{"kind": "Service"}"#)]);
    for (file, wanted) in
        [("bad.json", "is not valid JSON"), ("service.json", "holds a Service"), ("none.json", "No such file")]
    {
        let run = run(folder.path(), &["--usage", file]);
        assert!(
            run.code == 2 && run.err.contains("usage-unreadable") && run.err.contains(wanted),
            "{file}: {}",
            run.err
        );
    }
}
