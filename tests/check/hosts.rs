//! Nodes as their installers leave them: where each keeps a component's command line, and what stands in for what is not known.

use super::command::{Done, json, run};
use std::fs;

/// Checks a tree of files for a minor.
fn check(files: &[(&str, &str)], minor: &str) -> Done {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    run(folder.path(), &["check", ".", "--kubernetes", minor, "--format", "json"])
}

/// What is found: id and file of each.
fn found(done: &Done) -> Vec<(String, String)> {
    let text = |json: &serde_json::Value| json.as_str().unwrap_or_default().to_string();
    let all = json(done)["findings"].as_array().unwrap().clone();
    all.iter().map(|f| (text(&f["id"]), text(&f["labels"][0]["path"]))).collect()
}

fn pair(id: &str, path: &str) -> (String, String) {
    (id.to_string(), path.to_string())
}

const UNIT: &str = "etc/systemd/system/kubelet.service";

#[test]
fn a_variable_in_quotes_is_split_into_flags() {
    let unit = "[Service]\nEnvironmentFile=/etc/sysconfig/kubelet\nExecStart=/usr/bin/kubelet \"$DAEMON_ARGS\"\n";
    let flags = "DAEMON_ARGS=\"--config=/var/lib/kubelet/config.yaml --no-such-flag=3\"\nHOME=\"/root\"\n";
    let done = check(&[(UNIT, unit), ("etc/sysconfig/kubelet", flags)], "1.35");
    assert_eq!(found(&done), [pair("unknown-setting", "./etc/sysconfig/kubelet")], "{}", done.out);
}

#[test]
fn a_variable_of_a_file_that_is_not_there_leaves_its_flag_unjudged() {
    let start = "ExecStart=/usr/bin/kubelet --config=/etc/kubernetes/kubelet.conf --system-reserved=cpu=${CPU},memory=1Gi --max-pods=${PODS} --eviction-hard=${HARD} --no-such-flag=${X}";
    let unit = format!("[Service]\nEnvironmentFile=/etc/node-sizing.env\n{start}\n");
    let done = check(&[(UNIT, &unit)], "1.35");
    assert_eq!(found(&done), [pair("field-as-flag", &format!("./{UNIT}"))], "{}", done.out);
    // With the file, beside the unit's folder in the same tree, they are judged.
    let values = "CPU=0.08\nPODS=11x\nHARD=memory.available<100Mi\nX=1\n";
    let done = check(&[(UNIT, &unit), ("etc/node-sizing.env", values)], "1.35");
    let found = found(&done);
    assert!(found.contains(&pair("wrong-type", &format!("./{UNIT}"))), "{}", done.out);
    assert!(found.contains(&pair("unknown-setting", &format!("./{UNIT}"))), "{}", done.out);
}

#[test]
fn a_value_that_is_not_known_takes_the_place_of_one_that_is() {
    let unit = "[Service]\nExecStart=/usr/bin/kubelet --config=/k.yaml --max-pods=${PODS} --feature-gates=${GATES}\n";
    let file = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 250\n";
    assert_eq!(found(&check(&[("etc/kubernetes/k.yaml", file)], "1.35"))[0].0, "pods-beyond-tested");
    let done = check(&[(UNIT, unit), ("etc/kubernetes/k.yaml", file)], "1.35");
    assert_eq!(found(&done), [], "{}", done.out);
}

#[test]
fn a_file_of_the_environment_is_read_where_the_unit_says() {
    let unit =
        "[Service]\nEnvironmentFile=-/etc/eks/kubelet/environment\nExecStart=/usr/bin/kubelet $NODEADM_KUBELET_ARGS\n";
    let flags = "NODEADM_KUBELET_ARGS=\"--config=/k.json --no-such-flag=1\"\n";
    let path = "n1/etc/eks/kubelet/environment";
    let done = check(&[(&format!("n1/{UNIT}"), unit), (path, flags)], "1.35");
    assert_eq!(found(&done), [pair("unknown-setting", &format!("./{path}"))], "{}", done.out);
    let done = check(&[(UNIT, unit)], "1.35");
    assert_eq!(found(&done), [], "{}", done.out);
}

#[test]
fn a_file_out_of_the_given_folder_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        (
            "t/etc/systemd/system/kubelet.service",
            "[Service]\nEnvironmentFile=/etc/up\nEnvironmentFile=/../out\nExecStart=/usr/bin/kubelet $A\n",
        ),
        ("out", "A=--no-such-flag=1\n"),
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    std::os::unix::fs::symlink("../../out", folder.path().join("t/etc/up")).unwrap();
    let done = run(folder.path(), &["check", "t", "--kubernetes", "1.35", "--format", "json"]);
    assert_eq!(found(&done), [], "{}", done.out);
}

#[test]
fn every_file_in_the_folder_of_static_pods_is_read() {
    let pod = "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - name: kube-apiserver\n    command: [kube-apiserver, --no-such-flag=1]\n";
    let paths =
        ["etc/kubernetes/manifests/kube-apiserver.manifest", "etc/kubernetes/manifests/api", "n/manifests/a.manifest"];
    for path in paths {
        assert_eq!(found(&check(&[(path, pod)], "1.35")), [pair("unknown-setting", &format!("./{path}"))], "{path}");
    }
    for path in ["etc/kubernetes/manifests/.kube-apiserver.yaml", "n/a.manifest"] {
        assert_eq!(check(&[(path, pod)], "1.35").code, 2, "{path}");
    }
}

#[test]
fn an_element_of_a_list_is_one_argument() {
    let pod = "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - name: kube-apiserver\n    command:\n    - kube-apiserver\n    - --max-requests-inflight 400\n    - --max-mutating-requests-inflight\n    - '200'\n";
    let path = "etc/kubernetes/manifests/kube-apiserver.yaml";
    let done = check(&[(path, pod)], "1.35");
    assert_eq!(found(&done), [pair("unknown-setting", &format!("./{path}"))], "{}", done.out);
    assert!(done.out.contains("`max-requests-inflight 400`"), "{}", done.out);
}

#[test]
fn a_shell_leaves_the_other_files_checked() {
    let pod = |script: &str| {
        format!(
            "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - name: kube-scheduler\n    command: [/bin/sh, -c]\n    args:\n    - |\n      {script}\n"
        )
    };
    let unit = "[Service]\nExecStart=/bin/sh -c 'sleep 1; kubelet --no-such-flag=1'\n";
    let api = "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - name: kube-apiserver\n    command: [kube-apiserver, --no-such-flag=1]\n";
    let folder = "etc/kubernetes/manifests";
    let (path, api_path) = (format!("{folder}/a.yaml"), format!("{folder}/b.yaml"));
    let done = check(&[(&path, &pod("umask 022; kube-scheduler --v=2")), (&api_path, api), (UNIT, unit)], "1.35");
    let wanted = [
        pair("current-shell", &format!("./{path}")),
        pair("unknown-setting", &format!("./{api_path}")),
        pair("current-shell", &format!("./{UNIT}")),
    ];
    assert_eq!(found(&done), wanted, "{}", done.out);
    assert_eq!(done.code, 1);
    let done = check(&[(&path, &pod("exec kube-scheduler --no-such-flag=1 2>&1"))], "1.35");
    assert_eq!(found(&done), [pair("unknown-setting", &format!("./{path}"))], "{}", done.out);
}

const KUBELET: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nnoSuchField: 1\n";

#[test]
fn a_configuration_file_is_read_where_the_command_line_says() {
    let unit = "[Service]\nExecStart=/usr/bin/kubelet --config /etc/kubernetes/kubelet/config\n";
    let path = "n1/etc/kubernetes/kubelet/config";
    let done = check(&[(&format!("n1/{UNIT}"), unit), (path, KUBELET)], "1.35");
    assert_eq!(found(&done), [pair("unknown-setting", &format!("./{path}"))], "{}", done.out);
}

#[test]
fn the_folders_of_rancher_and_of_snaps_are_looked_into() {
    let pod = "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - name: kube-proxy\n    command: [kube-proxy, --no-such-flag=1]\n";
    let cases = [
        ("var/lib/rancher/rke2/agent/pod-manifests/kube-proxy.yaml", pod),
        ("var/lib/rancher/k3s/agent/etc/kubelet.conf.d/00-defaults.conf", KUBELET),
        ("var/snap/k8s/common/args/kubelet", "--no-such-flag=1\n"),
        ("var/snap/microk8s/1234/args/kube-proxy", "--no-such-flag=1\n"),
    ];
    for (path, text) in cases {
        assert_eq!(found(&check(&[(path, text)], "1.35")), [pair("unknown-setting", &format!("./{path}"))], "{path}");
    }
    for path in ["var/lib/rancher/rke2/server/db/a.yaml", "var/snap/k8s/common/var/lib/a.yaml"] {
        assert_eq!(check(&[(path, KUBELET)], "1.35").code, 2, "{path}");
    }
}
