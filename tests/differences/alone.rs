//! Without a spec: files against files, and against themselves after an upgrade.

use crate::common::run_in;
use crate::{change, differs, folder, kubelet};
use serde_json::json;

#[test]
fn an_upgrade_is_what_defaults_and_fields_do() {
    let old = kubelet(
        "evictionHard: {memory.available: 200Mi}\nfeatureGates: {RotateKubeletServerCertificate: true, NodeSwap: false}\nmaxPods: 50\nnoSuch: 1",
    );
    let folder = folder(&[("kubelet.yaml", &old)]);
    let found = differs(folder.path(), &["--current", "kubelet.yaml", "--kubernetes", "1.29..1.34", "--all"]);
    let change = |name: &str| change(&found, "nodes", name);
    // NodeSwap is stable and locked in 1.34, and a kubelet that is told otherwise does not start.
    let locked = change("kubelet/featureGates.NodeSwap");
    assert_eq!((&locked["class"], &locked["after"]), (&json!("invalid"), &json!(false)), "{locked}");
    assert!(locked["reason"].as_str().unwrap().contains("locked to true in 1.34"), "{locked}");
    let added = change("kubelet/podLogsDir");
    assert_eq!((&added["class"], &added["after"]), (&json!("default"), &json!("/var/log/pods")));
    assert_eq!(added["reason"], "added in 1.30, with this default");
    let names: Vec<&str> =
        found["scopes"]["nodes"]["changes"].as_array().unwrap().iter().filter_map(|c| c["tunable"].as_str()).collect();
    // The map is stated, so its defaults are of no importance; what stays is not listed.
    assert!(!names.iter().any(|n| n.starts_with("kubelet/evictionHard") || *n == "kubelet/maxPods"), "{names:?}");
    assert_eq!(found["scopes"]["nodes"]["kubernetes"], json!({ "before": "1.29", "after": "1.34" }));
    let first = found["order"][0].as_str().unwrap();
    assert!(first.starts_with("control plane from 1.29 to 1.34: 5 minors, one after the other"), "{first}");
    assert!(found["rollout"][0]["why"].as_str().unwrap().contains("no skipping of minors"));
}

#[test]
fn a_default_that_moved_is_behaviour() {
    let folder = folder(&[("kubelet.yaml", &kubelet(""))]);
    let found = differs(folder.path(), &["--current", "kubelet.yaml", "--kubernetes", "1.26..1.27"]);
    let qps = change(&found, "nodes", "kubelet/kubeAPIQPS");
    assert_eq!((&qps["before"], &qps["after"], &qps["class"]), (&json!(5), &json!(50), &json!("behaviour")));
    assert_eq!(qps["reason"], "the default changed in 1.27");
    assert_eq!(qps["beforeOrigin"], "default");
}

#[test]
fn two_files_of_one_version_are_compared_by_effect() {
    let files = [
        ("old.yaml", kubelet("maxPods: 50\nsyncFrequency: 60s\nresolvConf: /run/resolv.conf\nextra: 1")),
        ("new.yaml", kubelet("maxPods: 60\nsyncFrequency: 1m\nextra: 2")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let folder = folder(&files);
    let arguments = ["--current", "old.yaml", "--against", "new.yaml", "--kubernetes", "1.34"];
    let found = differs(folder.path(), &arguments);
    let names: Vec<&str> =
        found["scopes"]["nodes"]["changes"].as_array().unwrap().iter().filter_map(|c| c["tunable"].as_str()).collect();
    assert_eq!(names, ["kubelet/maxPods", "kubelet/resolvConf", "kubelet/extra"]);
    // A field that nobody knows is shown with both values.
    let unknown = change(&found, "nodes", "kubelet/extra");
    assert_eq!((&unknown["before"], &unknown["after"], &unknown["class"]), (&json!(1), &json!(2), &json!("no-effect")));
    let text = run_in(folder.path(), &[&["diff", "--text"], &arguments[..]].concat(), "").out;
    assert!(text.contains("-maxPods: 50") && text.contains("+maxPods: 60"), "{text}");
    let markdown = run_in(folder.path(), &[&["diff", "--format", "markdown"], &arguments[..]].concat(), "").out;
    assert!(markdown.contains("| behaviour | `kubelet/maxPods` | 50 | 60 | restart |"), "{markdown}");
}

#[test]
fn trees_map_themselves_and_classes_are_named() {
    let folder = folder(&[
        ("old/node-class/a/kubelet.yaml", &kubelet("maxPods: 50")),
        ("old/node-class/b/kubelet.yaml", &kubelet("maxPods: 60")),
        ("old/control-plane/kube-apiserver.flags", "--max-requests-inflight=500\n"),
        ("new/node-class/a/kubelet.yaml", &kubelet("maxPods: 50")),
        ("new/node-class/b/kubelet.yaml", &kubelet("maxPods: 61")),
        ("new/control-plane/kube-apiserver.flags", "--max-requests-inflight=600\n"),
    ]);
    let found = differs(folder.path(), &["--current", "old", "--against", "new", "--kubernetes", "1.34"]);
    assert_eq!(found["scopes"].as_object().unwrap().keys().collect::<Vec<_>>(), ["a", "b", "control-plane"]);
    assert_eq!(found["scopes"]["a"]["changes"], json!([]));
    assert_eq!(change(&found, "b", "kubelet/maxPods")["after"], 61);
    let flag = change(&found, "control-plane", "kube-apiserver/max-requests-inflight");
    assert_eq!(flag["costText"], "control-plane restart");
    let order: Vec<&str> = found["order"].as_array().unwrap().iter().filter_map(|s| s.as_str()).collect();
    assert!(order[0].starts_with("kube-apiserver:") && order[1].starts_with("canary: 1 node of b"), "{order:?}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = folder(&[("a.yaml", &kubelet("")), ("etcd.flags", "--quota-backend-bytes=1\n")]);
    for (arguments, wanted) in [
        (&["--current", "a.yaml", "--against", "a.yaml"][..], "no `--kubernetes` says it"),
        (&["--current", "a.yaml", "--kubernetes", "1.34"], "compared with nothing"),
        (&["--current", "a.yaml", "--kubernetes", "1.20..1.34"], "the catalogue covers Kubernetes 1.25"),
        (&["--current", "a.yaml", "--kubernetes", "1.34..1.29"], "no downgrade"),
        (&["--current", "etcd.flags", "--against", "etcd.flags", "--kubernetes", "1.34"], "no `--etcd` says it"),
        (&["--current", "missing.yaml", "--kubernetes", "1.29..1.34"], "No such file"),
        (&["--current", "a.yaml", "b=a.yaml", "a.yaml", "--kubernetes", "1.29..1.34"], "are both kubelet files"),
    ] {
        let run = run_in(folder.path(), &[&["diff"], arguments].concat(), "");
        assert!(run.code == 2 && run.err.contains(wanted), "{arguments:?}: {} {}", run.code, run.err);
    }
    let same =
        run_in(folder.path(), &["diff", "--current", "a.yaml", "--against", "a.yaml", "--kubernetes", "1.34"], "");
    assert!(same.code == 0 && same.out.contains("nothing differs"), "{}{}", same.out, same.err);
}

#[test]
fn the_current_files_of_a_plan_may_be_read_by_an_older_minor() {
    let folder = folder(&[("kubelet.yaml", &kubelet(""))]);
    let spec = crate::fixture("web.toml");
    let file = format!("web={}", folder.path().join("kubelet.yaml").display());
    let found = differs(folder.path(), &[spec.to_str().unwrap(), "--current", &file, "--kubernetes", "1.26"]);
    assert_eq!(change(&found, "web", "kubelet/kubeAPIQPS")["before"], 5);
    let both =
        run_in(folder.path(), &["diff", spec.to_str().unwrap(), "--current", &file, "--kubernetes", "1.26..1.34"], "");
    assert!(both.code == 2 && both.err.contains("write `--kubernetes 1.26`"), "{}", both.err);
}

/// Flags that end a component are no matter of the file that it reads without them.
#[test]
fn a_flag_that_the_version_does_not_have_ends_the_component() {
    let folder = folder(&[
        ("kubelet.flags", "--pod-infra-container-image=x\n--register-schedulable=true\n--nonsense=3\n--max_pods=60\n"),
        ("kube-apiserver.flags", "--cloud-provider=external\n--event-ttl=2h\n--v=2\n"),
        ("kube-scheduler.flags", "--bind-address=127.0.0.1\n--version=false\n"),
        ("kubelet.yaml", &kubelet("noSuchField: 1")),
    ]);
    let found = differs(folder.path(), &["--current", ".", "--kubernetes", "1.30..1.36"]);
    let reason = |scope: &str, name: &str| {
        let change = change(&found, scope, name);
        assert_eq!(change["class"], "invalid", "{change}");
        change["reason"].as_str().unwrap().to_string()
    };
    let image = reason("nodes", "kubelet/pod-infra-container-image");
    assert_eq!(image, "it was removed in 1.35: kubelet 1.36 does not start with `--pod-infra-container-image`");
    assert!(reason("nodes", "kubelet/register-schedulable").starts_with("it was removed in 1.34"));
    assert!(reason("nodes", "kubelet/nonsense").starts_with("no version has such a flag"));
    assert!(reason("control-plane", "kube-apiserver/cloud-provider").starts_with("it was removed in 1.33"));
    let invalid = found["scopes"].as_object().unwrap().values().flat_map(|s| s["changes"].as_array().unwrap());
    assert_eq!(invalid.filter(|c| c["class"] == "invalid").count(), 4);
    // The first minor that takes a flag by the name of a later field does not lose it.
    let folder = crate::folder(&[("kubelet.flags", "--container-runtime-endpoint=unix:///run/x.sock\n")]);
    let found = differs(folder.path(), &["--current", "kubelet.flags", "--kubernetes", "1.26..1.27"]);
    let names = found["scopes"]["nodes"]["changes"].as_array().unwrap();
    assert!(names.iter().all(|c| c["tunable"] != "kubelet/containerRuntimeEndpoint"), "{names:?}");
}

#[test]
fn a_default_says_since_when_it_is_what_it_is() {
    let folder = folder(&[("kubelet.yaml", &kubelet(""))]);
    let found = differs(folder.path(), &["--current", "kubelet.yaml", "--kubernetes", "1.30..1.36", "--all"]);
    let fail = change(&found, "nodes", "kubelet/failCgroupV1");
    assert_eq!((&fail["after"], &fail["class"]), (&json!(true), &json!("behaviour")));
    assert_eq!(fail["reason"], "added in 1.31; the default is true since 1.35");
    let arguments = ["diff", "--current", "kubelet.yaml", "--kubernetes", "1.30..1.34", "--format", "json"];
    let found: serde_json::Value = serde_json::from_str(&run_in(folder.path(), &arguments, "").out).unwrap();
    let fail = change(&found, "nodes", "kubelet/failCgroupV1");
    assert_eq!((&fail["class"], &fail["reason"]), (&json!("default"), &json!("added in 1.31, with this default")));
}
