//! What files ask of each other, with all of them read from one directory.

use crate::command::{Done, json, run};
use plimsoll::catalog::versions;
use plimsoll::check::{Constraint, Example, constraints, example};
use std::fs;
use std::path::Path;

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn check(files: &[(&str, &str)], more: &[&str]) -> Done {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    let mut args = vec!["check", ".", "--format", "json", "--fail-on", "advice"];
    args.extend(more);
    run(folder.path(), &args)
}

/// Findings of an id, each with the files that it points into.
fn found(done: &Done, id: &str) -> Vec<Vec<String>> {
    let document = json(done);
    let own = document["findings"].as_array().unwrap().iter().filter(|f| f["id"] == id);
    let file = |label: &serde_json::Value| label["path"].as_str().unwrap().trim_start_matches("./").to_string();
    own.map(|f| f["labels"].as_array().unwrap().iter().map(file).collect()).collect()
}

fn of_example(constraint: &Constraint, example: &Example) -> Vec<Vec<String>> {
    let samples = example::samples(constraint, example);
    let files: Vec<(&str, &str)> = samples.iter().map(|s| (s.path.as_str(), s.text.as_str())).collect();
    let newest = constraint.until.unwrap_or(versions().newest).to_string();
    found(&check(&files, &["--kubernetes", &newest]), constraint.id)
}

/// The rules between components that issue 6 names, and all others: both files lie in a directory.
#[test]
fn files_of_a_directory_are_held_against_each_other() {
    let mut tried = Vec::new();
    for constraint in constraints().iter().filter(|c| c.component == "cluster") {
        let fails = of_example(constraint, &constraint.fails);
        assert_eq!(fails.len(), 1, "{}: {fails:?}", constraint.id);
        assert!(!fails[0].is_empty(), "{} points nowhere", constraint.id);
        assert_eq!(of_example(constraint, &constraint.passes), [[""; 0]; 0], "{}", constraint.id);
        tried.push(constraint.id);
    }
    for id in [
        "cgroup-driver-agrees",
        "conntrack-one-owner",
        "shutdown-outlasts-inhibitor",
        "pods-in-node-range",
        "proxy-beside-cilium",
        "karpenter-kubelet-apart",
        "protect-kernel-defaults",
    ] {
        assert!(tried.contains(&id), "{id} is not tried");
    }
}

const KUBELET: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

fn node(name: &str, rest: &str) -> String {
    format!("apiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\n{rest}")
}

#[test]
fn pods_are_held_against_the_range_that_their_node_has() {
    let kubelet = format!("{KUBELET}maxPods: 110\n");
    let object = node("w1", "spec: {podCIDR: 10.244.3.0/26, podCIDRs: [10.244.3.0/26]}\n");
    let cilium = |mode: &str, mask: &str| {
        format!(
            "kind: ConfigMap\nmetadata: {{name: cilium-config}}\ndata: {{ipam: {mode}, cluster-pool-ipv4-mask-size: \"{mask}\"}}\n"
        )
    };
    let files = [("etc/kubernetes/kubelet.yaml", kubelet.as_str()), ("node.yaml", &object)];
    let done = check(&files, &[]);
    assert_eq!(found(&done, "pods-in-node-range"), [["etc/kubernetes/kubelet.yaml", "node.yaml"]]);
    assert!(done.out.contains("addresses for 61 pods: 2^6 - 3"), "{}", done.out);
    // Cilium's own pool counts where Cilium has one, and another plugin's pools are not known.
    for (map, wanted) in
        [(cilium("cluster-pool", "24"), 0), (cilium("cluster-pool", "26"), 1), (cilium("eni", "26"), 0)]
    {
        let files = [files[0], files[1], ("cilium.yaml", map.as_str())];
        assert_eq!(found(&check(&files, &[]), "pods-in-node-range").len(), wanted, "{map}");
    }
}

#[test]
fn a_node_says_what_its_machine_has_and_which_minor_its_kubelet_is_of() {
    let status = |version: &str| {
        format!(
            "status:\n  capacity: {{cpu: \"2\", memory: 4Gi}}\n  nodeInfo: {{kubeletVersion: {version}, kernelVersion: 5.10.0-33-amd64}}\n"
        )
    };
    let (old, new) = (node("w1", &status("v1.29.4")), node("w2", &status("v1.34.1")));
    let kubelet =
        format!("{KUBELET}kubeReserved: {{memory: 4Gi}}\nimageMaximumGCAge: 1h\nsingleProcessOOMKill: true\n");
    let proxy = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables\n";
    let files = [
        ("w1/var/lib/kubelet/config.yaml", kubelet.as_str()),
        ("w2/var/lib/kubelet/config.yaml", &kubelet),
        ("nodes/w1.yaml", &old),
        ("nodes/w2.yaml", &new),
        ("proxy.yaml", proxy),
        ("version.json", "{\"major\": \"1\", \"minor\": \"34\", \"gitVersion\": \"v1.34.2\"}\n"),
    ];
    let done = check(&files, &[]);
    assert!(done.err.contains("checked for Kubernetes 1.34, which"), "{}", done.err);
    let paths = |id: &str| found(&done, id).into_iter().map(|f| f[0].clone()).collect::<Vec<_>>();
    // Only the older kubelet has no such field, and only it is too old for the API server.
    assert_eq!(paths("setting-of-another-version"), ["w1/var/lib/kubelet/config.yaml"]);
    assert_eq!(paths("kubelet-version-skew"), ["nodes/w1.yaml"]);
    assert_eq!(paths("reservation-over-capacity").len(), 2);
    assert_eq!(paths("proxy-mode-needs-kernel"), ["proxy.yaml", "proxy.yaml"]);
    // A minor that is asked for counts for all.
    let done = check(&files, &["--kubernetes", "1.34"]);
    assert_eq!(found(&done, "setting-of-another-version"), [[""; 0]; 0]);
}

#[test]
fn what_a_node_reports_is_what_its_configuration_leaves() {
    let kubelet = format!(
        "{KUBELET}maxPods: 58\nreservedSystemCPUs: \"0\"\nkubeReserved: {{cpu: 500m, memory: 1Gi}}\nevictionHard: {{memory.available: 10%, nodefs.available: 10%}}\n"
    );
    let object = |cpu: &str, memory: &str, storage: &str| {
        node(
            "w1",
            &format!(
                "status:\n  capacity: {{cpu: \"4\", memory: 8388608Ki, ephemeral-storage: 101430960Ki, hugepages-2Mi: 1Gi, pods: \"58\"}}\n  allocatable: {{cpu: {cpu}, memory: {memory}, ephemeral-storage: \"{storage}\", hugepages-2Mi: 1Gi, pods: \"58\"}}\n"
            ),
        )
    };
    let apart = |object: &str| {
        let files = [("w1/var/lib/kubelet/config.yaml", kubelet.as_str()), ("w1/node.yaml", object)];
        found(&check(&files, &["--kubernetes", "1.34"]), "allocatable-apart").len()
    };
    // 8Gi - 1Gi - 10% - 1Gi of huge pages; upstream's percentages are 32-bit floats.
    assert_eq!(apart(&object("\"3\"", "5452595Ki", "93478772682")), 0);
    assert_eq!(apart(&object("3500m", "5452595Ki", "93478772682")), 1);
    assert_eq!(apart(&object("3500m", "7340032Ki", "103865303040")), 3);
}

#[test]
fn of_several_classes_of_karpenter_a_node_has_the_one_that_it_names() {
    let class = |name: &str, pods: u32| {
        format!("kind: EC2NodeClass\nmetadata: {{name: {name}}}\nspec: {{kubelet: {{maxPods: {pods}}}}}\n")
    };
    let both = format!("{}---\n{}", class("web", 58), class("db", 20));
    let kubelet = format!("{KUBELET}maxPods: 58\n");
    let labels = |labels: &str| format!("apiVersion: v1\nkind: Node\nmetadata: {{name: w1, labels: {{{labels}}}}}\n");
    for (own, wanted) in [
        ("karpenter.k8s.aws/ec2nodeclass: web", 0),
        ("karpenter.k8s.aws/ec2nodeclass: db", 1),
        ("kubernetes.io/os: linux", 0),
    ] {
        let object = labels(own);
        let files =
            [("w1/var/lib/kubelet/config.yaml", kubelet.as_str()), ("w1/node.yaml", &object), ("k.yaml", &both)];
        assert_eq!(found(&check(&files, &[]), "karpenter-kubelet-apart").len(), wanted, "{own}");
    }
}

#[test]
fn keys_of_etcds_file_are_those_of_its_file() {
    let text = "name: a\ninitial-cluster: a=https://10.0.0.1:2380\nheartbeat-intervall: 100\ncert-file: /x\npeer-key-file: /x\nforce: true\nsocket-options: {reuse-prt: true}\nclient-transport-security: {cert-file: /x, key-file: /y, ca-file: /z}\nlogger: zap\nnonsense: 1\nListenPeerUrls: []\n";
    let done = check(&[("etcd.yaml", text)], &[]);
    let document = json(&done);
    let told: Vec<(String, String)> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["message"].as_str().unwrap().to_string(), f["notes"].to_string() + &f["help"].to_string()))
        .collect();
    let messages: Vec<&str> = told.iter().map(|(message, _)| message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "etcd's file has no key called `heartbeat-intervall`",
            "`cert-file` is a flag of etcd, and no key of its file",
            "`peer-key-file` is a flag of etcd, and no key of its file",
            "`force` is a flag of etcd, and no key of its file",
            "`socket-options` of etcd's file has no key called `reuse-prt`",
            "`client-transport-security` of etcd's file has no key called `ca-file`",
            "etcd's file has no key called `nonsense`",
        ]
    );
    assert!(done.out.contains("write it as `key-file` below `peer-transport-security`"), "{}", done.out);
    // What counts is what the file has.
    let reading = &plimsoll::current::read("etcd.yaml", text).unwrap()[0];
    assert_eq!(reading.stated["etcd/cert-file"].value, "/x");
    assert!(!reading.stated.contains_key("etcd/peer-key-file") && !reading.stated.contains_key("etcd/force"));
}
