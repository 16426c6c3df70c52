//! `plimsoll diff` as a user runs it: files of every kind against a plan, folders, what is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value as Json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn plimsoll(arguments: &[&str]) -> Output {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    Command::new(env!("CARGO_BIN_EXE_plimsoll")).current_dir(folder).args(arguments).output().unwrap()
}

fn fixture(name: &str) -> String {
    format!("tests/fixtures/diff/{name}")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The document of a diff that differs.
fn document(spec: &str, current: &[&str]) -> Json {
    let spec = fixture(spec);
    let mut arguments = vec!["diff", &spec, "--format", "json", "--current"];
    arguments.extend(current);
    let output = plimsoll(&arguments);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    serde_json::from_str(&out(&output)).unwrap()
}

fn change<'a>(document: &'a Json, scope: &str, tunable: &str) -> &'a Json {
    let list = document["scopes"][scope]["changes"].as_array().unwrap();
    list.iter().find(|c| c["tunable"] == tunable).unwrap_or_else(|| panic!("no change of {tunable} in {list:#?}"))
}

/// Fields of a change, in one line.
fn row(document: &Json, scope: &str, tunable: &str) -> String {
    let c = change(document, scope, tunable);
    ["before", "beforeOrigin", "after", "class", "cost"].map(|key| c[key].to_string().replace('"', "")).join(" ")
}

#[test]
fn a_nodeadm_kubelet_is_compared_by_effect() {
    for file in ["nodeadm.json", "configz.json"] {
        let current = format!("web={}", fixture(file));
        let found = document("web.toml", &[&current]);
        assert_eq!(found["formatVersion"], "1.0");
        let memory = |side: &str| found["scopes"]["web"]["allocatable"][side]["memory"].as_str().unwrap().to_string();
        assert_eq!((memory("before"), memory("after")), ("57691Mi".into(), "59055Mi".into()));
        assert_eq!(found["scopes"]["web"]["allocatable"]["before"]["pods"], "234");
        assert_eq!(row(&found, "web", "kubelet/maxPods"), "234 stated 110 behaviour restart");
        assert!(
            change(&found, "web", "kubelet/maxPods")["risk"].as_str().unwrap().contains("refuse the pods above it")
        );
        assert_eq!(row(&found, "web", "kubelet/kubeReserved.memory"), "2829Mi stated 1465Mi behaviour restart");
        assert_eq!(row(&found, "web", "kubelet/evictionHard.imagefs.available"), "0% default 15% behaviour restart");
        assert_eq!(row(&found, "web", "kubelet/address"), "0.0.0.0 stated 0.0.0.0 default restart");
        assert_eq!(row(&found, "web", "kubelet/memorySwapp"), "{} stated null no-effect ");
        assert_eq!(row(&found, "web", "kubelet/podPidsLimit"), "many stated 4096 invalid restart");
        let names: Vec<&str> = found["scopes"]["web"]["changes"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|c| c["tunable"].as_str())
            .collect();
        // 300s is 5m0s, and equal thresholds are no change.
        assert!(
            !names.contains(&"kubelet/evictionPressureTransitionPeriod")
                && !names.contains(&"kubelet/evictionHard.nodefs.available")
        );
        assert!(found["order"][0].as_str().unwrap().starts_with("canary: 1 node of web"));
    }
}

#[test]
fn the_screen_says_allocatable_first_and_the_order_last() {
    let current = format!("web={}", fixture("nodeadm.json"));
    let text = out(&plimsoll(&["diff", &fixture("web.toml"), "--current", &current]));
    let lines: Vec<String> = text.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let at = |start: &str| {
        lines.iter().position(|l| l.starts_with(start)).unwrap_or_else(|| panic!("no `{start}` in\n{text}"))
    };
    assert_eq!(lines[0], "web 120 nodes");
    assert_eq!(lines[at("memory")], "memory 57691Mi 59055Mi +1364Mi a node, +159.8Gi in all");
    assert_eq!(lines[at("pods")], "pods 234 110 −124");
    assert!(lines[at("~ kubelet/maxPods")].starts_with("~ kubelet/maxPods 234 → 110 restart;"));
    assert!(
        lines[at("~ kubelet/evictionHard.imagefs.available")]
            .contains("off → 15% restart; was off because the map left it out")
    );
    assert!(at("changes behaviour") < at("no effect in 1.34") && at("no effect in 1.34") < at("invalid"));
    assert!(lines[at("2 equal the default")].ends_with("unchanged (--all)"));
    assert!(at("order 1 canary: 1 node of web") > at("2 equal the default"));
    assert!(!text.contains("= kubelet/evictionHard"));
    let all = out(&plimsoll(&["diff", &fixture("web.toml"), "--all", "--current", &current]));
    assert!(all.contains("= kubelet/evictionHard.memory.available") && all.contains("- kubelet/address"));
}

#[test]
fn a_manifest_of_kubeadm_is_read_for_its_flags() {
    let found = document("self.toml", &[&fixture("kube-controller-manager.yaml")]);
    let row = |flag: &str| row(&found, "control-plane", &format!("kube-controller-manager/{flag}"));
    assert_eq!(row("node-monitor-grace-period"), "1m30s stated 50s behaviour restart");
    assert_eq!(row("node-cidr-mask-size"), "25 stated 24 behaviour new-node");
    assert_eq!(row("bind-address"), "127.0.0.1 stated 127.0.0.1 no-effect restart");
    assert_eq!(row("pod-eviction-timeout"), "5m stated null invalid restart");
    assert_eq!(row("concurrent-deployment-syncs"), "lots stated 5 invalid restart");
    let kept = change(&found, "control-plane", "kube-controller-manager/kubeconfig");
    assert_eq!((&kept["class"], &kept["before"]), (&Json::from("no-effect"), &kept["after"]));
    assert!(found["order"].as_array().unwrap().last().unwrap().as_str().unwrap().contains("after the nodes"));
}

#[test]
fn a_proxy_of_kubeadm_says_zero_for_unset() {
    let found = document("self.toml", &[&fixture("kube-proxy.conf")]);
    // A pointer's zero is a value, another zero is none.
    assert_eq!(
        row(&found, "cluster", "kube-proxy/conntrack.tcpEstablishedTimeout"),
        "0s stated 24h0m0s behaviour restart"
    );
    let changes = found["scopes"]["cluster"]["changes"].as_array().unwrap();
    assert!(
        changes
            .iter()
            .all(|c| c["tunable"] != "kube-proxy/configSyncPeriod" && c["tunable"] != "kube-proxy/iptables.syncPeriod")
    );
    assert_eq!(found["order"], serde_json::json!(["kube-proxy: restart node by node, after the kubelets"]));
}

#[test]
fn a_field_of_a_later_version_has_no_effect() {
    let folder = tempfile::tempdir().unwrap();
    let old = fs::read_to_string(fixture("self.toml")).unwrap().replace("1.34", "1.32");
    let spec = folder.path().join("old.toml");
    fs::write(&spec, old).unwrap();
    let current = format!("work={}", fixture("gated.yaml"));
    let output = plimsoll(&["diff", spec.to_str().unwrap(), "--format", "json", "--current", &current]);
    let found: Json = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(row(&found, "work", "kubelet/mergeDefaultEvictionSettings"), "true stated null no-effect restart");
    assert_eq!(row(&found, "work", "kubelet/evictionHard.nodefs.available"), "0% default 10% behaviour restart");
    let newer = document("self.toml", &[&current]);
    assert_eq!(row(&newer, "work", "kubelet/mergeDefaultEvictionSettings"), "true stated false behaviour restart");
    assert_eq!(row(&newer, "work", "kubelet/nodeStatusReportFrequency"), "30s default 5m0s behaviour restart");
}

#[test]
fn a_broken_file_is_pointed_into_twice() {
    let output = plimsoll(&["diff", &fixture("web.toml"), "--current", &fixture("broken.yaml")]);
    assert_eq!(output.status.code(), Some(2));
    let text = err(&output);
    assert!(text.contains("error[current-unparsable]") && text.contains("broken.yaml:5:3"), "{text}");
    assert!(text.contains("this quote is never closed") && text.contains("the parser lost its place here"), "{text}");
    assert!(text.contains("the plan itself is complete"), "{text}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_file_for_no_class_asks_which() {
    let output = plimsoll(&["diff", &fixture("self.toml"), "--current", &fixture("gated.yaml")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("current-which-class") && err(&output).contains("the classes are cp, work"));
    let each = format!("*={}", fixture("gated.yaml"));
    let found = document("self.toml", &[&each]);
    assert_eq!(found["scopes"].as_object().unwrap().keys().collect::<Vec<_>>(), ["cp", "work"]);
    let unknown = format!("wrok={}", fixture("gated.yaml"));
    let output = plimsoll(&["diff", &fixture("self.toml"), "--current", &unknown]);
    assert!(output.status.code() == Some(2) && err(&output).contains("did you mean `work`?"), "{}", err(&output));
}

/// Renders an example and gives the folder of its cluster.
fn rendered(example: &str, into: &Path, more: &[&str]) -> PathBuf {
    let spec = format!("examples/{example}.toml");
    let mut arguments = vec!["render", &spec, "--out", into.to_str().unwrap()];
    arguments.extend(more);
    assert_eq!(plimsoll(&arguments).status.code(), Some(0), "{example}");
    let clusters = fs::read_dir(into).unwrap().filter_map(|e| e.ok().map(|e| e.path()));
    clusters.filter(|p| p.is_dir()).find(|p| p.join("plan.json").exists()).unwrap()
}

#[test]
fn what_render_wrote_does_not_differ() {
    for example in ["eks-web", "bare-metal", "fleet"] {
        for more in [&[][..], &["--no-comments"]] {
            let folder = tempfile::tempdir().unwrap();
            let tree = rendered(example, folder.path(), more);
            let spec = format!("examples/{example}.toml");
            // The cluster's own folder, and the one above it.
            for current in [tree.as_path(), folder.path()] {
                let output = plimsoll(&["diff", &spec, "--text", "--current", current.to_str().unwrap()]);
                assert_eq!(output.status.code(), Some(0), "{example}: {}{}", out(&output), err(&output));
                assert!(!out(&output).contains("@@"), "{}", out(&output));
            }
            let output = plimsoll(&["diff", &spec, "--format", "json", "--current", tree.to_str().unwrap()]);
            let found: Json = serde_json::from_str(&out(&output)).unwrap();
            for (scope, diff) in found["scopes"].as_object().unwrap() {
                assert_eq!(diff["changes"], serde_json::json!([]), "{example} {scope}");
                assert_eq!(diff["allocatable"]["before"], diff["allocatable"]["after"], "{example} {scope}");
            }
            assert_eq!(found["order"], serde_json::json!([]));
        }
    }
}

#[test]
fn folders_named_as_classes_map_themselves_and_drop_ins_are_merged() {
    let folder = tempfile::tempdir().unwrap();
    let class = folder.path().join("work/kubelet.conf.d");
    fs::create_dir_all(&class).unwrap();
    fs::copy(fixture("gated.yaml"), folder.path().join("work/config.yaml")).unwrap();
    fs::write(class.join("10-a.conf"), "kind: KubeletConfiguration\nmaxPods: 77\n").unwrap();
    fs::write(class.join("20-b.conf"), "kind: KubeletConfiguration\nmaxPods: 78\n").unwrap();
    fs::write(class.join("30-c.yaml"), "kind: KubeletConfiguration\nmaxPods: 79\n").unwrap();
    let found = document("self.toml", &[folder.path().to_str().unwrap()]);
    assert_eq!(found["scopes"].as_object().unwrap().keys().collect::<Vec<_>>(), ["work"]);
    assert_eq!(change(&found, "work", "kubelet/maxPods")["before"], 78);
}

#[test]
fn a_text_diff_and_markdown_are_for_people() {
    let current = format!("work={}", fixture("gated.yaml"));
    let text = out(&plimsoll(&["diff", &fixture("self.toml"), "--text", "--current", &current]));
    assert!(
        text.contains("+++ node-class/work/kubelet.yaml") && text.contains("-nodeStatusUpdateFrequency: 30s"),
        "{text}"
    );
    let text = out(&plimsoll(&["diff", &fixture("self.toml"), "--format", "markdown", "--current", &current]));
    assert!(
        text.contains("### work (5 nodes)")
            && text.contains("| behaviour | `kubelet/nodeStatusUpdateFrequency` | 30s | 10s | restart |"),
        "{text}"
    );
    let refused = plimsoll(&["diff", &fixture("self.toml"), "--text", "--format", "json", "--current", &current]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn what_the_plan_does_not_cover_is_said() {
    let output = plimsoll(&["diff", &fixture("web.toml"), "--current", &fixture("kube-controller-manager.yaml")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("the control plane of eks is not planned"), "{}", err(&output));
}

#[test]
fn a_plan_that_does_not_fit_is_said_first() {
    let output = plimsoll(&["diff", "examples/infeasible.toml", "--current", &fixture("nodeadm.json")]);
    assert_eq!(output.status.code(), Some(3));
}
