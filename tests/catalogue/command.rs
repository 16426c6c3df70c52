//! `plimsoll fields`, and `plimsoll explain` for what is only carried.

use crate::common::{root, run};
use serde_json::Value;

#[test]
fn a_search_finds_settings_flags_and_gates() {
    let found = run(&["fields", "memoryqos"]);
    assert_eq!((found.code, found.err.as_str()), (0, ""));
    assert!(found.out.starts_with("gate MemoryQoS"), "{}", found.out);
    let flags = run(&["fields", "kubelet/max-pods"]);
    assert!(flags.out.contains("flag, writes kubelet/maxPods; deprecated"), "{}", flags.out);
    let nothing = run(&["fields", "kubeApiQps2"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (0, ""));
    assert!(nothing.err.starts_with("nothing matches"), "{}", nothing.err);
}

#[test]
fn one_version_has_what_it_has() {
    let at = |minor: &str| run(&["fields", "kubelet/kubeAPIQPS", "--kubernetes", minor]).out;
    assert!(at("1.26").contains(" 5") && at("1.27.3").contains(" 50"));
    assert_eq!(run(&["fields", "pod-eviction-timeout", "--kubernetes", "1.27"]).out, "");
    let json: Value =
        serde_json::from_str(&run(&["fields", "snapshot-count", "--etcd", "3.5", "--format", "json"]).out).unwrap();
    let row = json["fields"].as_array().unwrap().iter().find(|f| f["name"] == "etcd/snapshot-count").unwrap();
    assert_eq!((&row["default"], &json["etcd"]), (&Value::from(100_000), &Value::from("3.5")));
}

#[test]
fn versions_that_are_not_covered_are_refused_with_those_that_are() {
    for args in
        [&["--kubernetes", "1.19"][..], &["--changed-since", "1.24"], &["--etcd", "2.3"], &["--kubernetes", "x"]]
    {
        let refused = run(&[&["fields"], args].concat());
        assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{args:?}");
        assert!(refused.err.starts_with("error[version-not-covered]"), "{}", refused.err);
    }
    assert_eq!(run(&["fields", "--changed-since", "1.35", "--kubernetes", "1.30"]).code, 2);
}

#[test]
fn changes_are_told_minor_by_minor() {
    let told = run(&["fields", "kubelet/*", "--changed-since", "1.26", "--kubernetes", "1.27"]);
    assert!(told.out.starts_with("1.27\n"), "{}", told.out);
    assert!(
        told.out.lines().any(|l| l.contains("kubelet/kubeAPIQPS") && l.ends_with("default 5 → 50")),
        "{}",
        told.out
    );
    let etcd = run(&["fields", "--changed-since", "3.5", "--format", "json"]);
    let json: Value = serde_json::from_str(&etcd.out).unwrap();
    let changes = json["changes"].as_array().unwrap();
    assert!(changes.iter().all(|c| c["name"].as_str().unwrap().starts_with("etcd/")));
    assert!(
        changes.iter().any(|c| c["name"] == "etcd/snapshot-count" && c["kind"] == "default" && c["since"] == "3.6")
    );
}

#[test]
fn any_setting_is_explained_with_a_spec_and_without() {
    let spec = root().join("examples/eks-web.toml");
    let spec = spec.to_str().unwrap();
    for name in [
        "kubelet/podsPerCore",
        "kube-proxy/nftables.masqueradeAll",
        "kubelet/cert-dir",
        "kubelet/max-pods",
        "kubelet/authentication",
    ] {
        let told = run(&["explain", spec, name]);
        assert_eq!(told.code, 0, "{name}: {}", told.err);
        assert!(told.out.starts_with(name), "{}", told.out);
        let alone = run(&["explain", name]);
        assert_eq!(alone.code, 0, "{name}: {}", alone.err);
        assert!(alone.out.starts_with(name) && !alone.out.contains("not planned"), "{}", alone.out);
    }
    let gate = run(&["explain", "kubelet/featureGates.MemoryQoS"]);
    assert!(gate.out.contains("feature gate; ") && gate.out.contains("known to: kubelet"), "{}", gate.out);
    let wrong = run(&["explain", "kubelet/maxPodz"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("did you mean `kubelet/maxPods`"), "{}", wrong.err);
}

#[test]
fn every_row_can_be_explained() {
    // A screen of every kind; the rows differ in data only.
    for row in plimsoll::catalog::rows().iter().step_by(97) {
        let told = run(&["explain", row.name]);
        assert_eq!(told.code, 0, "{}: {}", row.name, told.err);
    }
}
