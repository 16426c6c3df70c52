//! `check --from-cluster` through a kubectl that is a script: what is asked, what is said, how it ends.

use serde_json::{Value as Json, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

/// A kubectl that writes down its arguments and answers from files named after them.
const SCRIPT: &str = r#"#!/bin/sh
echo "$@" >> "$(dirname "$0")/asked"
last=""
for word in "$@"; do case "$word" in
  nodes|pods) last="$word" ;;
  kubelet-config|kube-proxy|kubeadm-config) last="$word" ;;
  /api/v1/nodes/*) last="$(echo "$word" | cut -d/ -f5)" ;;
esac; done
if [ "$last" = "broken" ]; then echo "Error from server (Forbidden): nodes \"broken\" is forbidden" >&2; exit 1; fi
if [ -f "$(dirname "$0")/$last.json" ]; then cat "$(dirname "$0")/$last.json"; fi
"#;

fn node(name: &str, class: &str) -> Json {
    json!({ "kind": "Node", "metadata": { "name": name, "labels": { "class": class } },
            "status": { "nodeInfo": { "kubeletVersion": "v1.34.2" } } })
}

fn cluster(folder: &Path) {
    let write = |name: &str, json: Json| fs::write(folder.join(name), json.to_string()).unwrap();
    let nodes: Vec<Json> = ["w1", "w2", "w3", "w4", "w5"].iter().map(|n| node(n, "web")).collect();
    let nodes = nodes.into_iter().chain([node("d1", "db"), node("broken", "db")]).collect::<Vec<_>>();
    write("nodes.json", json!({ "kind": "List", "items": nodes }));
    for name in ["w1", "w2", "w3"] {
        write(
            &format!("{name}.json"),
            json!({ "kubeletconfig": { "maxPods": 110, "imageGCHighThresholdPercent": 85, "imageGCLowThresholdPercent": 80 } }),
        );
    }
    write(
        "d1.json",
        json!({ "kubeletconfig": { "imageGCHighThresholdPercent": 80, "imageGCLowThresholdPercent": 80 } }),
    );
    let config = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ebtables\n";
    write(
        "kube-proxy.json",
        json!({ "kind": "ConfigMap", "metadata": { "name": "kube-proxy" }, "data": { "config.conf": config } }),
    );
    let container = json!({ "name": "kube-apiserver", "image": "registry.k8s.io/kube-apiserver:v1.34.2", "command": ["kube-apiserver", "--goaway-chance=0.5"] });
    write("pods.json", json!({ "kind": "List", "items": [{ "kind": "Pod", "spec": { "containers": [container] } }] }));
    let script = folder.join("kubectl");
    fs::write(&script, SCRIPT).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
}

fn check(folder: &Path, more: &[&str]) -> Output {
    let kubectl = folder.join("kubectl");
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(["check", "--from-cluster", "--kubectl"]).arg(kubectl).args(more).output().unwrap()
}

#[test]
fn a_cluster_is_read_through_kubectl() {
    let folder = tempfile::tempdir().unwrap();
    cluster(folder.path());
    let output = check(folder.path(), &["--context", "prod", "--class-label", "class", "--format", "json"]);
    let (data, talk) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let document: Json = serde_json::from_str(&data).unwrap_or_else(|_| panic!("{data}{talk}"));
    let found: Vec<(&str, &str)> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["id"].as_str().unwrap(), f["labels"][0]["path"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(
        found,
        [
            ("unknown-word", "cluster/configmap/kube-proxy"),
            ("image-gc-order", "cluster/db/d1/configz"),
            ("out-of-range", "cluster/pods"),
            ("cluster-part-unread", ""),
        ]
    );
    assert!(talk.contains("3 of 5 nodes of web are looked at"), "{talk}");
    assert!(talk.contains("checked for Kubernetes 1.34"), "{talk}");
    assert_eq!(output.status.code(), Some(1));
    let asked = fs::read_to_string(folder.path().join("asked")).unwrap();
    assert!(asked.lines().all(|line| line.starts_with("--context=prod --request-timeout=20s get ")), "{asked}");
    assert_eq!(asked.lines().filter(|l| l.contains("/proxy/configz")).count(), 5, "{asked}");
}

#[test]
fn a_cluster_that_does_not_answer_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let output = check(folder.path(), &[]);
    let talk = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(talk.contains("error[cluster-unreadable]") && talk.contains("No such file"), "{talk}");
}
