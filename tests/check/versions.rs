//! Several versions, a spec beside them, and none: what is told and what is changed holds in each that was asked for.

use crate::command::{folder, ids, json, kubelet, run};
use std::fs;

/// What `--fix` leaves of a kubelet's file.
fn fixed(fields: &str, more: &[&str]) -> (String, String) {
    let dir = folder(&[("k.yaml", &kubelet(fields))]);
    let done = run(dir.path(), &[&["check", "k.yaml", "--fix"], more].concat());
    let after = fs::read_to_string(dir.path().join("k.yaml")).unwrap();
    (after.replace(&kubelet(""), ""), done.err)
}

/// `--kubernetes` for each.
fn minors<'a>(list: &[&'a str]) -> Vec<&'a str> {
    list.iter().flat_map(|minor| ["--kubernetes", minor]).collect()
}

const GATE: &str = "failSwapOn: false\nfeatureGates:\n  NodeSwap: true\nmemorySwap: {swapBehavior: LimitedSwap}\n";

#[test]
fn a_change_is_made_where_no_version_asked_for_is_altered_by_it() {
    let cgroup = "failCgroupV1: false\n";
    let idle = "maxPod: 120\n";
    let cases = [
        (cgroup, vec!["1.30"], ""),
        (cgroup, vec!["1.30", "1.36"], cgroup),
        (cgroup, vec!["1.36", "1.30"], cgroup),
        (GATE, vec!["1.29", "1.34"], GATE),
        (GATE, vec!["1.34"], "failSwapOn: false\nfeatureGates:\nmemorySwap: {swapBehavior: LimitedSwap}\n"),
        (idle, vec!["1.29", "1.34", "1.36"], ""),
    ];
    for (before, asked, wanted) in cases {
        let (after, told) = fixed(before, &minors(&asked));
        assert_eq!(after, wanted, "{asked:?} {told}");
    }
}

#[test]
fn one_change_that_is_not_safe_keeps_no_other_from_being_made() {
    let both = "failCgroupV1: false\nmaxPod: 120\nkubeAPIQPS: 50\nfailSwapOn: true\n";
    let (after, told) = fixed(both, &minors(&["1.30", "1.36"]));
    assert_eq!(after, "failCgroupV1: false\nfailSwapOn: true\n", "{told}");
}

#[test]
fn what_is_not_safe_everywhere_is_not_called_so() {
    let dir = folder(&[("k.yaml", &kubelet("failCgroupV1: false\n"))]);
    let with = |list: &[&str]| {
        let done = run(dir.path(), &[&["check", "k.yaml"][..], &minors(list)].concat());
        (done.out.contains("--fix: "), done.err.contains("by --fix"))
    };
    assert_eq!(with(&["1.30"]), (true, true));
    assert_eq!(with(&["1.30", "1.36"]), (false, false));
}

/// Which settings a component has to itself is said by its own defaults, which another file may not move.
#[test]
fn a_shared_file_is_changed_where_each_node_is_the_same_afterwards() {
    let node = |name: &str, version: &str| {
        format!(
            "kind: Node\napiVersion: v1\nmetadata: {{name: {name}}}\nstatus: {{nodeInfo: {{kubeletVersion: {version}}}}}\n"
        )
    };
    let config = kubelet("failCgroupV1: false\n");
    let dir = folder(&[]);
    for (name, version) in [("w1", "v1.30.1"), ("w2", "v1.36.0")] {
        let below = dir.path().join(name).join("var/lib/kubelet");
        fs::create_dir_all(&below).unwrap();
        fs::write(below.join("config.yaml"), &config).unwrap();
        fs::write(dir.path().join(name).join("node.yaml"), node(name, version)).unwrap();
    }
    let done = run(dir.path(), &["check", ".", "--fix"]);
    let read = |name: &str| fs::read_to_string(dir.path().join(name).join("var/lib/kubelet/config.yaml")).unwrap();
    assert_eq!((read("w1"), read("w2")), (kubelet(""), config), "{}{}", done.out, done.err);
}

#[test]
fn nothing_is_changed_for_a_version_that_nobody_said() {
    for fields in [GATE, "maxPod: 120\n"] {
        let (after, told) = fixed(fields, &[]);
        assert_eq!(after, fields, "{told}");
        assert!(told.contains("nothing is changed: no file says for certain"), "{told}");
        assert!(told.contains("--kubernetes"), "{told}");
    }
    let (_, told) = fixed("maxPods: 100\n", &[]);
    assert!(!told.contains("nothing is changed"), "{told}");
}

#[test]
fn the_newest_minor_is_said_to_be_taken() {
    let dir = folder(&[
        ("k.yaml", &kubelet("maxPods: 100\n")),
        ("e.yaml", "name: a\ndata-dir: /var/lib/etcd\nlisten-client-urls: https://10.0.0.1:2379\n"),
    ]);
    let newest = plimsoll::catalog::versions();
    let kubernetes = format!("checked for Kubernetes {}, the newest, since no file says another", newest.newest);
    let etcd = format!("checked for etcd {}, the newest, since no file says another", newest.etcd_newest);
    let told = |args: &[&str]| run(dir.path(), args).err;
    let alone = told(&["check", "k.yaml"]);
    assert!(alone.contains(&kubernetes) && !alone.contains("etcd"), "{alone}");
    assert!(told(&["check", "e.yaml"]).contains(&etcd));
    assert!(!told(&["check", "e.yaml"]).contains(&kubernetes));
    let said = told(&["check", ".", "--kubernetes", "1.34", "--etcd", "3.6"]);
    assert!(!said.contains("the newest"), "{said}");
}

const SPEC: &str = r#"
[cluster]
name = "c"
kubernetes = "1.30"
platform = "self-managed"
cni = "calico"

[node-class.big]
count = 3
workload = [{ name = "web", share = 1.0, cpu = "100m", memory = "256Mi" }]
os = { cgroup = 1 }
[node-class.big.hardware]
cpus = 64
memory = "250Gi"
"#;

/// What is found for a version is the same with a spec of another one.
#[test]
fn a_version_that_is_asked_for_counts_for_everything() {
    let proxy = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables\n";
    let newer = SPEC.replace("\"1.30\"", "\"1.36\"").replace("cgroup = 1", "cgroup = 2");
    let files = [
        ("proxy.yaml", proxy),
        ("gates.yaml", &kubelet("featureGates: {NodeSwap: true}\n")),
        ("bare.yaml", &kubelet("")),
        ("old.toml", SPEC),
        ("new.toml", &newer),
    ];
    let dir = folder(&files);
    let of = |file: &str, more: &[&str]| {
        let done = run(dir.path(), &[&["check", file, "--format", "json"], more].concat());
        assert!(done.code < 2, "{}{}", done.out, done.err);
        (ids(&done), done.err.clone(), json(&done)["findings"].to_string())
    };
    let none: [&str; 0] = [];
    for version in ["1.29", "1.30", "1.33", "1.36"] {
        for file in ["proxy.yaml", "gates.yaml"] {
            let alone = of(file, &["--kubernetes", version]);
            let with = of(file, &["--kubernetes", version, "--spec", "new.toml"]);
            assert_eq!((&with.0, &with.2), (&alone.0, &alone.2), "{file} {version}");
            assert_eq!(with.1.contains("the spec says 1.36"), version != "1.36", "{}", with.1);
        }
    }
    assert_eq!(of("proxy.yaml", &["--kubernetes", "1.29", "--spec", "new.toml"]).0, ["gate-needed"]);
    assert_eq!(of("proxy.yaml", &["--kubernetes", "1.36", "--spec", "old.toml"]).0, none);
    // Of the spec, the machine is left.
    let cgroup = |more: &[&str]| of("bare.yaml", &[&["--spec", "old.toml"], more].concat()).0;
    assert_eq!((cgroup(&[]), cgroup(&["--kubernetes", "1.36"])), (vec![], vec!["cgroup-v1-refused".to_string()]));
}

#[test]
fn without_one_a_class_is_of_its_own_version() {
    let spec = SPEC.replace("\"1.30\"", "\"1.34\"").replace("count = 3", "count = 3\nkubernetes = \"1.32\"");
    let dir = folder(&[("k.yaml", &kubelet("featureGates: {CPUManager: true}\n")), ("spec.toml", &spec)]);
    let done = run(dir.path(), &["check", "k.yaml", "--spec", "spec.toml"]);
    assert!(!done.out.contains("1.34"), "{}", done.out);
}

#[test]
fn a_finding_says_in_which_versions_it_holds() {
    let dir = folder(&[("kube-controller-manager.flags", "--pod-eviction-timeout=5m0s\n")]);
    let asked = minors(&["1.26", "1.30", "1.36"]);
    let document = json(&run(dir.path(), &[&["check", ".", "--format", "json"], &asked[..]].concat()));
    let of = |id: &str| {
        document["findings"].as_array().unwrap().iter().find(|f| f["id"] == id).unwrap()["kubernetes"].clone()
    };
    assert_eq!(of("setting-of-another-version"), serde_json::json!(["1.30", "1.36"]));
    assert_eq!(of("pod-eviction-timeout-unread"), serde_json::json!(["1.26"]));
}

#[test]
fn a_version_is_taken_as_components_write_it() {
    let dir = folder(&[("k.yaml", &kubelet("maxPods: 100\n"))]);
    for version in ["v1.34.2", "1.34.2", "v1.34", "1.34"] {
        let done =
            run(dir.path(), &["check", "k.yaml", "--kubernetes", version, "--etcd", "v3.6.1", "--format", "json"]);
        assert_eq!(json(&done)["kubernetes"], serde_json::json!(["1.34"]), "{version} {}", done.err);
    }
    for version in ["1", "1.34.", "1.34.2.5", "1.99", "latest"] {
        let done = run(dir.path(), &["check", "k.yaml", "--kubernetes", version]);
        assert!(done.code == 2 && done.err.contains("is no minor"), "{version} {}", done.err);
    }
}

#[test]
fn nothing_is_changed_beside_a_file_that_is_not_given() {
    let rates = kubelet("kubeAPIQPS: 50\nkubeAPIBurst: 100\n");
    let flags = "--config=/etc/absent.yaml\n--kube-api-qps=50\n--kube-api-burst=100\n";
    for (path, text, changed) in
        [("kubelet.conf.d/10-a.conf", rates.as_str(), false), ("kubelet.flags", flags, false), ("k.yaml", &rates, true)]
    {
        let dir = folder(&[]);
        fs::create_dir_all(dir.path().join(path).parent().unwrap()).unwrap();
        fs::write(dir.path().join(path), text).unwrap();
        let told = ids(&run(dir.path(), &["check", ".", "--kubernetes", "1.34", "--format", "json"]));
        assert_eq!(told, ["kubelet-rates-that-are-defaults"], "{path}");
        let done = run(dir.path(), &["check", ".", "--kubernetes", "1.34", "--fix"]);
        assert_eq!(fs::read_to_string(dir.path().join(path)).unwrap() != text, changed, "{path} {}", done.err);
    }
}
