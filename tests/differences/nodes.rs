//! A node's own files: its main file, drop-ins, units and files of the environment, as `check` reads them.

use crate::common::{root, run, run_in};
use crate::{change, differs, folder, kubelet};
use serde_json::{Value as Json, json};

const UNIT: &str = "[Service]\nExecStart=/usr/bin/kubelet\n";
const DROP_IN: &str = "[Service]\nEnvironment=\"KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml --config-dir=/etc/kubernetes/kubelet.conf.d\"\nEnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env\nEnvironmentFile=-/etc/default/kubelet\nExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS\n";
const KUBEADM: &str = "KUBELET_KUBEADM_ARGS=\"--node-labels=a=b --max-pods=50 --system-reserved=memory=2Gi\"\n";

/// The spec of one class, `work`.
const SPEC: &str = r#"[cluster]
name = "lab"
kubernetes = "1.34"
platform = "kubeadm"
cni = "cilium"
[node-class.work]
count = 5
[node-class.work.hardware]
cpus = 8
memory = "31Gi"
"#;

fn node(more: &[(&str, &str)]) -> tempfile::TempDir {
    let config = kubelet("maxPods: 200\nsyncFrequency: 30s\nserializeImagePulls: false");
    let files = [
        ("spec.toml", SPEC),
        ("n/var/lib/kubelet/config.yaml", config.as_str()),
        ("n/etc/kubernetes/kubelet.conf.d/10-a.conf", "maxPods: 150\nsyncFrequency: 20s\n"),
        ("n/usr/lib/systemd/system/kubelet.service", UNIT),
        ("n/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf", DROP_IN),
        ("n/var/lib/kubelet/kubeadm-flags.env", KUBEADM),
        // What is no configuration of a component is nobody's concern here.
        ("n/etc/containerd/config.toml", "version = 2\n"),
        ("n/etc/sysctl.d/k8s.conf", "net.ipv4.ip_forward = 1\n"),
    ];
    folder(&[&files[..], more].concat())
}

fn before(document: &Json, name: &str) -> Json {
    change(document, "work", name)["before"].clone()
}

#[test]
fn flags_win_over_drop_ins_and_those_over_the_file() {
    let folder = node(&[]);
    for current in ["work=n", "n"] {
        let found = differs(folder.path(), &["spec.toml", "--current", current]);
        assert_eq!(before(&found, "kubelet/maxPods"), json!(50), "{current}");
        assert_eq!(before(&found, "kubelet/systemReserved.memory"), json!("2Gi"));
        assert_eq!(before(&found, "kubelet/syncFrequency"), json!("20s"));
        assert_eq!(found["scopes"]["work"]["allocatable"]["before"]["pods"], "50");
    }
}

#[test]
fn the_last_file_of_the_environment_wins() {
    let folder = node(&[("n/etc/default/kubelet", "KUBELET_EXTRA_ARGS=--max-pods=60\n")]);
    let found = differs(folder.path(), &["spec.toml", "--current", "work=n"]);
    assert_eq!(before(&found, "kubelet/maxPods"), json!(60));
    // Single files are read alike.
    let arguments = ["work=n/var/lib/kubelet/config.yaml", "work=n/etc/default/kubelet"];
    let found = differs(folder.path(), &["spec.toml", "--current", arguments[0], "--current", arguments[1]]);
    assert_eq!(before(&found, "kubelet/maxPods"), json!(60));
    // Without a plan, too.
    let found = differs(
        folder.path(),
        &["--current", "n", "--against", arguments[0].trim_start_matches("work="), "--kubernetes", "1.34"],
    );
    let pods = change(&found, "nodes", "kubelet/maxPods");
    assert_eq!((&pods["before"], &pods["after"]), (&json!(60), &json!(200)));
}

#[test]
fn the_command_line_says_which_file_is_read() {
    let other = kubelet("maxPods: 99\npodPidsLimit: 77");
    let folder = node(&[("n/etc/kubernetes/kubelet.yaml", &other)]);
    let run = run_in(folder.path(), &["diff", "spec.toml", "--format", "json", "--current", "work=n"], "");
    assert_eq!(run.code, 1, "{}", run.err);
    let found: Json = serde_json::from_str(&run.out).unwrap();
    assert_ne!(before(&found, "kubelet/podPidsLimit"), json!(77));
    assert!(run.err.contains("n/etc/kubernetes/kubelet.yaml"), "{}", run.err);
    assert!(run.err.contains("the command line of kubelet names `/var/lib/kubelet/config.yaml`"), "{}", run.err);
}

/// Of two nodes neither is the other's main file or command line.
#[test]
fn two_nodes_are_not_one() {
    let config = kubelet("maxPods: 100");
    let folder = node(&[
        ("m/var/lib/kubelet/config.yaml", &config),
        ("m/var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS=--max-pods=70\n"),
    ]);
    let arguments = ["diff", "--current", ".", "--kubernetes", "1.33..1.34"];
    let run = run_in(folder.path(), &arguments, "");
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(run.err.contains("current-twice") && run.err.contains("write `CLASS=PATH`"), "{}", run.err);
    std::fs::remove_file(folder.path().join("m/var/lib/kubelet/config.yaml")).unwrap();
    let run = run_in(folder.path(), &arguments, "");
    assert!(run.code == 2 && run.err.contains("current-twice"), "{}", run.err);
}

#[test]
fn a_file_that_is_named_and_not_given_is_not_guessed() {
    let folder = node(&[]);
    std::fs::remove_file(folder.path().join("n/var/lib/kubelet/config.yaml")).unwrap();
    std::fs::remove_dir_all(folder.path().join("n/etc/kubernetes")).unwrap();
    let run = run_in(folder.path(), &["diff", "spec.toml", "--format", "json", "--current", "work=n"], "");
    let found: Json = serde_json::from_str(&run.out).unwrap();
    assert_eq!(before(&found, "kubelet/maxPods"), json!(50), "a flag is known");
    let names: Vec<&str> = found["scopes"]["work"]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|c| c["tunable"].as_str())
        .filter(|name| {
            !["maxPods", "systemReserved.memory", "node-labels.a", "config", "config-dir"].contains(&&name[8..])
        })
        .collect();
    assert!(names.is_empty(), "{names:?}");
    assert!(found["scopes"]["work"]["allocatable"].is_null());
    assert!(run.err.contains("of kubelet only flags are compared"), "{}", run.err);
}

#[test]
fn what_kubeadm_was_told_stands_behind_what_was_made_of_it() {
    let folder = root().join("tests/check/kubeadm/clean");
    let current = format!("cp={}", folder.display());
    let run = run(&["diff", "examples/kubeadm.toml", "--format", "json", "--current", &current]);
    assert_eq!(run.code, 1, "{}", run.err);
    let found: Json = serde_json::from_str(&run.out).unwrap();
    let scopes: Vec<&String> = found["scopes"].as_object().unwrap().keys().collect();
    assert_eq!(scopes, ["cluster", "control-plane", "cp"]);
    assert!(run.err.contains("has the command line that kubeadm made of it"), "{}", run.err);
}

#[test]
fn what_the_plan_does_not_write_on_a_command_line_is_left_alone() {
    let folder = root().join("tests/check/kubeadm/clean");
    let manifests = folder.join("etc/kubernetes/manifests");
    let config = folder.join("etc/kubernetes/scheduler-config.yaml");
    for more in [&[][..], &["--current", config.to_str().unwrap()]] {
        let arguments = ["diff", "examples/kubeadm.toml", "--format", "json", "--current", manifests.to_str().unwrap()];
        let run = run(&[&arguments[..], more].concat());
        assert_eq!(run.code, 1, "{}", run.err);
        assert_eq!(run.err.contains("of kube-scheduler only flags are compared"), more.is_empty(), "{}", run.err);
        let found: Json = serde_json::from_str(&run.out).unwrap();
        for name in [
            "kube-scheduler/bind-address",
            "kube-scheduler/authentication-kubeconfig",
            "kube-scheduler/config",
            "kube-apiserver/authorization-mode",
            "kube-apiserver/etcd-servers",
            "kube-apiserver/service-cluster-ip-range",
            "kube-apiserver/tls-cert-file",
            "kube-controller-manager/use-service-account-credentials",
            "etcd/data-dir",
        ] {
            let change = change(&found, "control-plane", name);
            assert_eq!((&change["class"], &change["before"]), (&json!("no-effect"), &change["after"]), "{change}");
            assert!(
                !change["before"].is_null()
                    && change["reason"].as_str().unwrap().starts_with("the plan does not set it")
            );
        }
        let changes = found["scopes"]["control-plane"]["changes"].as_array().unwrap();
        let unset = |c: &&Json| c["class"] == "behaviour" && c["reason"].as_str().unwrap().contains("does not set it");
        assert_eq!(changes.iter().filter(unset).count(), 0, "{changes:#?}");
    }
}

#[test]
fn a_flag_beside_a_planned_file_has_to_go() {
    let folder = node(&[("n/etc/default/kubelet", "KUBELET_EXTRA_ARGS=--register-schedulable=true\n")]);
    let found = differs(folder.path(), &["spec.toml", "--current", "work=n"]);
    let change = |name: &str| change(&found, "work", name);
    let reason = change("kubelet/maxPods")["reason"].as_str().unwrap();
    assert!(reason.ends_with("`--max-pods` wins over the file until it is taken away"), "{reason}");
    // The flag has the whole map, and this key of it as well.
    let reason = change("kubelet/systemReserved.cpu")["reason"].as_str().unwrap();
    assert!(reason.ends_with("`--system-reserved` wins over the file until it is taken away"), "{reason}");
    let labels = change("kubelet/node-labels.a");
    assert_eq!((&labels["class"], &labels["after"]), (&json!("no-effect"), &json!("b")));
    let gone = change("kubelet/register-schedulable");
    assert_eq!((&gone["class"], &gone["after"]), (&json!("invalid"), &Json::Null));
}

#[test]
fn feature_gates_of_a_command_line_are_left_one_by_one() {
    let spec = format!("{SPEC}[node-class.work.pin]\n\"kubelet/featureGates.ImageMaximumGCAge\" = false\n");
    let flags = "KUBELET_EXTRA_ARGS=--feature-gates=NodeLogQuery=true,ImageMaximumGCAge=true\n";
    let folder = node(&[("pinned.toml", &spec), ("n/etc/default/kubelet", flags)]);
    let found = differs(folder.path(), &["pinned.toml", "--current", "work=n"]);
    let other = change(&found, "work", "kubelet/featureGates.NodeLogQuery");
    assert_eq!((&other["class"], &other["after"]), (&json!("no-effect"), &json!(true)), "{other}");
    let planned = change(&found, "work", "kubelet/featureGates.ImageMaximumGCAge");
    assert_eq!((&planned["class"], &planned["after"]), (&json!("behaviour"), &json!(false)), "{planned}");
    assert!(planned["reason"].as_str().unwrap().contains("`--feature-gates` wins over the file"), "{planned}");
}

#[test]
fn what_lies_beside_a_tree_is_read_or_named() {
    let config = |pods: &str| kubelet(&format!("maxPods: {pods}"));
    let (one, two) = (config("51"), config("52"));
    let files = [
        ("spec.toml", SPEC),
        ("a/cluster/notes.yaml", "kind: ConfigMap\n"),
        ("a/work/var/lib/kubelet/config.yaml", one.as_str()),
        ("b/node-class/other.yaml", "x: 1\n"),
        ("b/work/kubelet.yaml", one.as_str()),
        ("b/elsewhere/kubelet.yaml", two.as_str()),
    ];
    let folder = folder(&files);
    for (current, named) in [("a", None), ("b", Some("`b/elsewhere` is not read"))] {
        let run = run_in(folder.path(), &["diff", "spec.toml", "--format", "json", "--current", current], "");
        let found: Json = serde_json::from_str(&run.out).unwrap();
        assert_eq!(before(&found, "kubelet/maxPods"), json!(51), "{current}: {}", run.err);
        let told = run.err.contains("is not read");
        assert_eq!(told, named.is_some_and(|named| run.err.contains(named)), "{}", run.err);
    }
}

#[test]
fn a_flag_that_nobody_knows_the_text_of_is_not_compared() {
    let dir = node(&[("n/etc/default/kubelet", "KUBELET_EXTRA_ARGS=\"--max-pods=${MOST}\"\n")]);
    let run = run_in(dir.path(), &["diff", "spec.toml", "--current", "work=n", "--format", "json"], "");
    let document: Json = serde_json::from_str(&run.out).unwrap();
    let scope = &document["scopes"]["work"];
    assert_eq!(before(&document, "kubelet/systemReserved.memory"), "2Gi");
    let changes = scope["changes"].as_array().unwrap();
    assert!(changes.iter().all(|c| c["tunable"] != "kubelet/maxPods") && scope["allocatable"].is_null(), "{scope}");
    assert!(run.err.contains("`kubelet/maxPods` is not compared"), "{}", run.err);
}
