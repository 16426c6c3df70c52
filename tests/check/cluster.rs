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
case "$*" in */apis/karpenter*)
  if [ -f "$(dirname "$0")/karpenter.json" ]; then cat "$(dirname "$0")/karpenter.json"; exit 0; fi
  echo "Error from server (NotFound): the server could not find the requested resource" >&2; exit 1 ;;
esac
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

/// A kubelet's whole answer, of which a spec's plan differs.
fn configz(pods: u32, reserved: &str) -> Json {
    json!({ "kubeletconfig": { "maxPods": pods, "kubeReserved": { "memory": reserved }, "providerID": format!("aws:///{pods}{reserved}") } })
}

const SPEC: &str = r#"
[cluster]
name = "prod"
kubernetes = "1.34"
platform = "self-managed"
cni = "cilium"
[node-class.web]
count = 5
[node-class.web.hardware]
cpus = 8
memory = "30Gi"
[node-class.db]
count = 2
[node-class.db.hardware]
cpus = 8
memory = "30Gi"
"#;

fn diff(folder: &Path, more: &[&str]) -> Output {
    fs::write(folder.join("spec.toml"), SPEC).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    let spec = folder.join("spec.toml");
    command.arg("diff").arg(spec).args(["--from-cluster", "--kubectl"]).arg(folder.join("kubectl"));
    command.args(more).output().unwrap()
}

#[test]
fn a_cluster_is_compared_with_a_plan() {
    let folder = tempfile::tempdir().unwrap();
    cluster(folder.path());
    for (name, pods, reserved) in [("w1", 110, "1Gi"), ("w2", 58, "2Gi"), ("w3", 58, "2Gi")] {
        fs::write(folder.path().join(format!("{name}.json")), configz(pods, reserved).to_string()).unwrap();
    }
    let output = diff(folder.path(), &["--context", "prod", "--class-label", "class", "--format", "json"]);
    let (data, talk) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let document: Json = serde_json::from_str(&data).unwrap_or_else(|_| panic!("{data}{talk}"));
    let change = |scope: &str, name: &str| {
        let list = document["scopes"][scope]["changes"].as_array().unwrap();
        list.iter().find(|c| c["tunable"] == name).unwrap_or_else(|| panic!("{name}: {list:#?}")).clone()
    };
    // Two of the three that were asked agree, so theirs is what is compared.
    assert_eq!(change("web", "kubelet/kubeReserved.memory")["before"], "2Gi");
    assert!(
        talk.contains("warning[cluster-nodes-differ]: 1 of 3 nodes of web has another configuration than w2"),
        "{talk}"
    );
    assert!(
        talk.contains("w1: kubelet/kubeReserved.memory 1Gi instead of 2Gi, kubelet/maxPods 110 instead of 58"),
        "{talk}"
    );
    assert!(!talk.contains("providerID"), "{talk}");
    assert_eq!(change("db", "kubelet/imageGCHighThresholdPercent")["before"], 80);
    assert_eq!(change("cluster", "kube-proxy/mode")["class"], "invalid");
    assert!(talk.contains("3 of 5 nodes of web are looked at"), "{talk}");
    assert!(talk.contains("warning[cluster-part-unread]: `broken/configz` could not be read"), "{talk}");
    assert_eq!(output.status.code(), Some(1));
    let asked = fs::read_to_string(folder.path().join("asked")).unwrap();
    assert!(asked.lines().all(|line| line.starts_with("--context=prod --request-timeout=20s get ")), "{asked}");
    // What kubeadm wrote once is not what runs.
    assert!(!asked.contains("kubelet-config") && !asked.contains("kubeadm-config"), "{asked}");
}

#[test]
fn a_class_that_does_not_answer_is_said_and_not_guessed() {
    let folder = tempfile::tempdir().unwrap();
    cluster(folder.path());
    let nodes = json!({ "kind": "List", "items": [node("w1", "web"), node("broken", "db"), node("x1", "gpu")] });
    fs::write(folder.path().join("nodes.json"), nodes.to_string()).unwrap();
    let output = diff(folder.path(), &["--class-label", "class", "--format", "json"]);
    let talk = String::from_utf8(output.stderr).unwrap();
    let document: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["scopes"]["web"].is_object() && document["scopes"]["db"].is_null());
    assert!(
        talk.contains("warning[cluster-class-unread]: db is not compared: no kubelet of this class has answered"),
        "{talk}"
    );
    assert!(talk.contains("x1 of no class: its label `class` is `gpu`, which is no node class"), "{talk}");
}

#[test]
fn a_comparison_with_a_cluster_that_does_not_answer_ends() {
    let folder = tempfile::tempdir().unwrap();
    let output = diff(folder.path(), &[]);
    let talk = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{talk}");
    assert!(talk.contains("error[cluster-unreadable]") && !talk.contains("cluster-class-unread"), "{talk}");
}

#[test]
fn a_cluster_of_an_older_minor_is_an_upgrade() {
    let folder = tempfile::tempdir().unwrap();
    cluster(folder.path());
    let mut old = node("w1", "web");
    old["status"]["nodeInfo"]["kubeletVersion"] = json!("v1.33.3");
    fs::write(folder.path().join("nodes.json"), json!({ "kind": "List", "items": [old] }).to_string()).unwrap();
    let output = diff(folder.path(), &["--class-label", "class", "--format", "json"]);
    let document: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["scopes"]["web"]["kubernetes"], json!({ "before": "1.33", "after": "1.34" }));
    // Its API server says 1.34.
    assert!(document["scopes"]["cluster"]["kubernetes"].is_null(), "{document:#}");
    // Without a plan, the cluster is compared with itself after an upgrade.
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(["diff", "--from-cluster", "--kubernetes", "1.33..1.34", "--format", "json", "--kubectl"]);
    let output = command.arg(folder.path().join("kubectl")).output().unwrap();
    let document: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["scopes"]["nodes"]["kubernetes"], json!({ "before": "1.33", "after": "1.34" }));
}

#[test]
fn nodes_are_checked_for_the_version_that_each_reports_and_on_its_machine() {
    let folder = tempfile::tempdir().unwrap();
    cluster(folder.path());
    let reporting = |name: &str, version: &str| {
        let mut node = node(name, "web");
        node["status"] = json!({
            "nodeInfo": { "kubeletVersion": version },
            "capacity": { "cpu": "2", "memory": "4Gi", "pods": "110" },
            "allocatable": { "cpu": "2", "memory": "3Gi", "pods": "110" },
        });
        node
    };
    let mut nodes = [reporting("w1", "v1.29.4"), reporting("w2", "v1.34.2")];
    nodes[1]["metadata"]["labels"]["karpenter.k8s.aws/ec2nodeclass"] = json!("web");
    fs::write(folder.path().join("nodes.json"), json!({ "kind": "List", "items": nodes }).to_string()).unwrap();
    let class =
        json!({ "kind": "EC2NodeClass", "metadata": { "name": "web" }, "spec": { "kubelet": { "maxPods": 110 } } });
    let classes = json!({ "kind": "EC2NodeClassList", "items": [class] });
    fs::write(folder.path().join("karpenter.json"), classes.to_string()).unwrap();
    let own = json!({ "kubeletconfig": { "maxPods": 58, "imageMaximumGCAge": "1h", "singleProcessOOMKill": true } });
    for name in ["w1", "w2"] {
        fs::write(folder.path().join(format!("{name}.json")), own.to_string()).unwrap();
    }
    let output = check(folder.path(), &["--class-label", "class", "--format", "json"]);
    let (data, talk) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let document: Json = serde_json::from_str(&data).unwrap_or_else(|_| panic!("{data}{talk}"));
    let told = |id: &str| {
        let all = document["findings"].as_array().unwrap().iter().filter(|f| f["id"] == id);
        let path = |label: &Json| label["path"].as_str().unwrap().to_string();
        all.map(|f| f["labels"].as_array().unwrap().iter().map(path).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    assert!(talk.contains("checked for Kubernetes 1.34"), "{talk}");
    // Both answer with the same text, which is the first one's; only w1 is of a minor without these fields.
    assert_eq!(told("setting-of-another-version"), [["cluster/web/w1/configz"]]);
    assert_eq!(told("kubelet-version-skew"), [["cluster/web/w1/node", "cluster/pods"]]);
    // Only w2 has a label of Karpenter's.
    assert_eq!(told("karpenter-kubelet-apart"), [["cluster/web/w1/configz", "cluster/ec2nodeclasses"]]);
    let of = |node: &str| ["cluster/web/w1/configz".to_string(), format!("cluster/web/{node}/node")];
    assert!(
        told("allocatable-apart").contains(&of("w1").to_vec())
            && told("allocatable-apart").contains(&of("w2").to_vec()),
        "{data}"
    );
}

#[test]
fn a_spec_says_the_classes_and_the_machines_of_a_cluster() {
    let folder = tempfile::tempdir().unwrap();
    cluster(folder.path());
    fs::write(folder.path().join("spec.toml"), SPEC).unwrap();
    let own = json!({ "kubeletconfig": { "kubeReserved": { "memory": "31Gi" } } });
    fs::write(folder.path().join("w1.json"), own.to_string()).unwrap();
    let spec = folder.path().join("spec.toml");
    let output =
        check(folder.path(), &["--class-label", "class", "--format", "json", "--spec", spec.to_str().unwrap()]);
    let (data, talk) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let document: Json = serde_json::from_str(&data).unwrap_or_else(|_| panic!("{data}{talk}"));
    let ids: Vec<&str> = document["findings"].as_array().unwrap().iter().map(|f| f["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"reservation-over-capacity"), "{ids:?}");
}
