//! Traps that published advice falls into: each comes out as upstream's release has it, on both sides of the change.

use crate::common::run_in;
use plimsoll::catalog::{self, What};
use plimsoll::quantity::Minor;
use serde_json::{Value, json};

fn default(name: &str, minor: u32) -> Value {
    let found = catalog::find(name).unwrap_or_else(|| panic!("{name}"));
    assert!(found.tunable.exists_in(Minor(1, minor)), "{name} in 1.{minor}");
    found.default_in(Minor(1, minor)).unwrap_or_default()
}

fn exists(name: &str, minor: u32) -> bool {
    catalog::find(name).is_some_and(|f| f.tunable.exists_in(Minor(1, minor)))
}

fn holds(behaviour: &str, minor: u32) -> bool {
    catalog::limit(behaviour).unwrap_or_else(|| panic!("{behaviour}"));
    catalog::behaviour(behaviour, Minor(1, minor)).is_some()
}

#[test]
fn the_kubelets_qps_rose_with_1_27() {
    for (name, before, after) in [("kubeAPIQPS", 5, 50), ("kubeAPIBurst", 10, 100), ("eventRecordQPS", 5, 50)] {
        let name = format!("kubelet/{name}");
        assert_eq!((default(&name, 26), default(&name, 27)), (json!(before), json!(after)), "{name}");
    }
}

#[test]
fn the_grace_period_of_nodes_rose_with_1_32() {
    let name = "kube-controller-manager/node-monitor-grace-period";
    assert_eq!((default(name, 31), default(name, 32)), (json!("40s"), json!("50s")));
}

#[test]
fn the_throttling_factor_has_three_defaults_and_is_unset_in_1_37() {
    let name = "kubelet/memoryThrottlingFactor";
    assert_eq!((default(name, 26), default(name, 27), default(name, 36)), (json!(0.8), json!(0.9), json!(0.9)));
    assert_eq!(default(name, 37), Value::Null);
    // Writing the old default there turns throttling on, so no plan writes it and the note says why.
    let notes = catalog::find(name).unwrap().tunable.notes().join(" ");
    assert!(notes.contains("1.37") && notes.contains("throttl"), "{notes}");
}

#[test]
fn image_inodes_count_by_default_since_1_30() {
    assert_eq!(default("kubelet/evictionHard", 29).get("imagefs.inodesFree"), None);
    assert_eq!(default("kubelet/evictionHard.imagefs.inodesFree", 30), json!("5%"));
}

#[test]
fn etcds_snapshots_came_closer_with_3_6() {
    let it = catalog::find("etcd/snapshot-count").unwrap();
    assert_eq!(it.default_in(Minor(3, 5)), Some(json!(100_000)));
    assert_eq!(it.default_in(Minor(3, 6)), Some(json!(10_000)));
}

#[test]
fn gates_that_are_gone_or_locked_are_known_as_such() {
    let gate = |name: &str, minor: u32| catalog::gate(name, Minor(1, minor));
    assert!(gate("TopologyManager", 28).is_some() && gate("TopologyManager", 29).is_none());
    assert!(gate("CPUManager", 32).is_some_and(|g| g.locked));
    let changes = catalog::changes(Minor(1, 28), Minor(1, 29), false);
    assert!(changes.iter().any(|c| c.name == "gate TopologyManager" && matches!(c.what, What::Gate(Some(_), None))));
}

#[test]
fn flags_that_were_removed_are_gone() {
    let name = "kube-controller-manager/pod-eviction-timeout";
    assert!(exists(name, 26) && !exists(name, 27));
    let dockershim = "kubelet/container-runtime";
    assert!(exists(dockershim, 26) && !exists(dockershim, 27));
}

#[test]
fn the_words_of_swap_behaviour_changed_with_1_30() {
    let words =
        |minor| catalog::find("kubelet/memorySwap.swapBehavior").unwrap().tunable.words_in(Minor(1, minor)).unwrap();
    assert!(words(29).contains(&json!("UnlimitedSwap")) && !words(29).contains(&json!("NoSwap")));
    assert!(words(30).contains(&json!("NoSwap")) && !words(30).contains(&json!("UnlimitedSwap")));
}

#[test]
fn cgroup_v1_fails_by_default_since_1_35() {
    let name = "kubelet/failCgroupV1";
    assert!(!exists(name, 30) && exists(name, 31));
    assert_eq!((default(name, 34), default(name, 35)), (json!(false), json!(true)));
    assert!(!holds("kubelet-fails-on-cgroup-v1", 34) && holds("kubelet-fails-on-cgroup-v1", 35));
}

#[test]
fn thresholds_can_be_merged_since_1_33_and_are_not_by_default() {
    let name = "kubelet/mergeDefaultEvictionSettings";
    assert!(!exists(name, 32) && exists(name, 33));
    assert_eq!(default(name, 33), json!(false));
}

#[test]
fn conntrack_is_capped_since_1_36_and_only_raised_before_1_29() {
    assert!(!holds("kube-proxy-conntrack-cap", 35) && holds("kube-proxy-conntrack-cap", 36));
    assert!(holds("kube-proxy-conntrack-raise-only", 28) && !holds("kube-proxy-conntrack-raise-only", 29));
}

#[test]
fn drop_ins_mean_something_else_in_nearly_every_minor() {
    let all = [
        "kubelet-drop-in-alpha",
        "kubelet-drop-in-struct-merge",
        "kubelet-drop-in-directory",
        "kubelet-drop-in-null-deletes",
    ];
    let shown = |minor| all.map(|b| holds(b, minor));
    assert!(!exists("kubelet/config-dir", 27) && exists("kubelet/config-dir", 28));
    assert_eq!(shown(27), [false, false, false, false]);
    assert_eq!(shown(28), [true, true, false, false]);
    assert_eq!(shown(29), [true, false, false, false]);
    assert_eq!(shown(30), [false, false, true, false]);
    assert_eq!(shown(32), [false, false, true, true]);
}

#[test]
fn containerfs_signals_are_fatal_before_1_29_and_overridden_after() {
    assert!(holds("eviction-containerfs-unknown", 28) && !holds("eviction-containerfs-overridden", 28));
    assert!(!holds("eviction-containerfs-unknown", 29) && holds("eviction-containerfs-overridden", 29));
    let keys = catalog::find("kubelet/evictionHard").unwrap().tunable.key_values.unwrap();
    assert!(!keys.iter().any(|k| k.starts_with("containerfs")));
}

/// A class of one machine in one minor, rendered; the kubelet's file.
fn kubelet(minor: u32, pins: &str) -> (i32, String, String) {
    let spec = format!(
        "[cluster]\nname = \"c\"\nkubernetes = \"1.{minor}\"\ncni = \"calico\"\npod-cidrs = [\"10.0.0.0/12\"]\n\
         [node-class.web]\ncount = 3\nruntime = {{ name = \"containerd\", version = \"1.7\" }}\n\
         os = {{ family = \"linux\", cgroup = 2, kernel = \"6.8\", pid-max = 4194304 }}\n\
         [node-class.web.hardware]\ncpus = 8\nmemory = \"31Gi\"\n\
         disks = [{{ mount = \"/\", kind = \"nvme\", size = \"200Gi\", holds = [\"nodefs\", \"imagefs\"] }}]\n\
         [node-class.web.pin]\n{pins}\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let run = run_in(folder.path(), &["render", "-", "--out", "out"], &spec);
    let file = std::fs::read_to_string(folder.path().join("out/c/node-class/web/kubelet.yaml")).unwrap_or_default();
    let drop_in = folder.path().join("out/c/node-class/web/kubelet.conf.d/20-plimsoll.conf").exists();
    assert!(run.code != 0 || drop_in == (minor >= 30), "1.{minor}: drop-in {drop_in}");
    (run.code, file, run.err)
}

#[test]
fn every_minor_renders_without_what_it_does_not_have() {
    for minor in 25..=37 {
        let (code, file, err) = kubelet(minor, "");
        assert_eq!(code, 0, "1.{minor}: {err}");
        assert!(!file.contains("memoryThrottlingFactor") && !file.contains("containerfs"), "1.{minor}:\n{file}");
        for (field, since) in [("failCgroupV1", 31), ("mergeDefaultEvictionSettings", 33), ("imageMaximumGCAge", 29)] {
            assert!(minor >= since || !file.contains(field), "1.{minor} has no {field}");
        }
    }
}

#[test]
fn pins_are_held_to_their_version() {
    let (code, _, err) = kubelet(26, "\"kubelet/maxParallelImagePulls\" = 5");
    assert_eq!((code, err.contains("added in 1.27")), (2, true), "{err}");
    let (code, _, err) = kubelet(29, "\"kubelet/featureGates.TopologyManager\" = true");
    assert_eq!((code, err.contains("has no feature gate `TopologyManager`")), (2, true), "{err}");
    let (code, _, err) = kubelet(34, "\"kubelet/memorySwap.swapBehavior\" = \"UnlimitedSwap\"");
    assert_eq!((code, err.contains("accepts")), (2, true), "{err}");
    let (code, file, err) = kubelet(34, "\"kubelet/featureGates.MemoryQoS\" = true");
    assert_eq!(code, 0, "{err}");
    assert!(file.contains("MemoryQoS: true"), "{file}");
}
