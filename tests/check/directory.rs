//! `check` on a folder that holds a kubeadm control plane: nothing on a clean copy, each fault once and at its place.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

type Tree = BTreeMap<&'static str, String>;

/// A control plane as kubeadm makes one, with the host's files beside it.
fn clean() -> Tree {
    let files: [(&str, &str); 25] = [
        ("cp1/var/lib/kubelet/config.yaml", include_str!("cp/kubelet.yaml")),
        ("cp1/etc/kubernetes/kubelet.conf.d/20-more.conf", include_str!("cp/drop-in.conf")),
        (
            "cp1/usr/lib/systemd/system/kubelet.service",
            "[Unit]\nDescription=kubelet\n\n[Service]\nExecStart=/usr/bin/kubelet\nRestart=always\n",
        ),
        ("cp1/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf", include_str!("cp/10-kubeadm.conf")),
        ("cp1/var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS=\"--node-labels=role=cp --v=2\"\n"),
        ("cp1/etc/default/kubelet", "KUBELET_EXTRA_ARGS=\"--node-ip=10.0.0.1\"\n"),
        ("cp1/etc/kubernetes/manifests/kube-apiserver.yaml", include_str!("cp/kube-apiserver.yaml")),
        ("cp1/etc/kubernetes/manifests/kube-controller-manager.yaml", include_str!("cp/kube-controller-manager.yaml")),
        ("cp1/etc/kubernetes/manifests/kube-scheduler.yaml", include_str!("cp/kube-scheduler.yaml")),
        ("cp1/etc/kubernetes/manifests/etcd.yaml", include_str!("cp/etcd.yaml")),
        (
            "cp1/etc/kubernetes/scheduler.yaml",
            "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nparallelism: 16\nprofiles:\n  - schedulerName: default-scheduler\n",
        ),
        ("cp1/etc/kubernetes/admin.conf", "apiVersion: v1\nkind: Config\nclusters: []\n"),
        (
            "cp1/etc/sysctl.d/99-kubernetes.conf",
            "# nodes\nvm.overcommit_memory = 1\n-net.ipv4.ip_forward = 1\nkernel.panic=10\n",
        ),
        ("cp1/etc/modules-load.d/k8s.conf", "br_netfilter\n"),
        (
            "cp1/etc/containerd/config.toml",
            "version = 3\n\n[plugins.'io.containerd.cri.v1.images']\n  discard_unpacked_layers = false\n\n[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]\n  SystemdCgroup = true\n",
        ),
        ("cp1/etc/systemd/logind.conf.d/k8s.conf", "[Login]\nInhibitDelayMaxSec=60\n"),
        ("cp1/etc/systemd/system/containerd.service.d/10.conf", "[Service]\nTasksMax=infinity\n"),
        ("cp1/etc/systemd/system/kube.slice.d/10.conf", "[Slice]\nMemoryMin=512M\n"),
        (
            "w1/configz.json",
            "{\n  \"kubeletconfig\": {\n    \"maxPods\": 110,\n    \"cgroupDriver\": \"systemd\",\n    \"syncFrequency\": \"1m0s\",\n    \"kubeAPIQPS\": 50,\n    \"kind\": \"KubeletConfiguration\"\n  }\n}\n",
        ),
        ("w1/etc/crio/crio.conf.d/10.conf", "[crio.runtime]\ncgroup_manager = \"systemd\"\n"),
        ("kubeadm/join.yaml", include_str!("cp/join.yaml")),
        (
            "kube-system/level.yaml",
            "apiVersion: flowcontrol.apiserver.k8s.io/v1\nkind: PriorityLevelConfiguration\nmetadata:\n  name: global-default\nspec:\n  type: Limited\n  limited:\n    nominalConcurrencyShares: 20\n    limitResponse:\n      type: Reject\n",
        ),
        ("kube-system/kube-proxy-pods.yaml", include_str!("cp/kube-proxy-daemon-set.yaml")),
        ("kube-system/kube-proxy.yaml", include_str!("cp/kube-proxy-config-map.yaml")),
        ("kube-system/kubeadm-config.json", include_str!("cp/kubeadm-config.json")),
    ];
    files.into_iter().map(|(path, text)| (path, text.to_string())).collect()
}

fn write(folder: &Path, tree: &Tree) {
    for (path, text) in tree {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Findings of `check .` in a folder: id, file, line, column.
fn found(folder: &Path, more: &[&str]) -> Vec<(String, String, u64, u64)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    let output = command.current_dir(folder).args(["check", ".", "--format", "json"]).args(more).output().unwrap();
    let document: Json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{:?} {}", output.status, String::from_utf8_lossy(&output.stderr)));
    let all = document["findings"].as_array().unwrap().iter();
    let mut out: Vec<_> = all
        .map(|f| {
            let label = &f["labels"][0];
            let text = |v: &Json| v.as_str().unwrap_or_default().trim_start_matches("./").to_string();
            (text(&f["id"]), text(&label["path"]), label["line"].as_u64().unwrap(), label["column"].as_u64().unwrap())
        })
        .collect();
    out.sort();
    out
}

/// What is changed, to what, and the finding that must come of it, at a word of the new text.
struct Fault {
    file: &'static str,
    old: &'static str,
    new: &'static str,
    id: &'static str,
    at: &'static str,
}

const fn fault(file: &'static str, old: &'static str, new: &'static str, id: &'static str, at: &'static str) -> Fault {
    Fault { file, old, new, id, at }
}

const KUBELET: &str = "cp1/var/lib/kubelet/config.yaml";
const UNIT: &str = "cp1/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf";
const SERVER: &str = "cp1/etc/kubernetes/manifests/kube-apiserver.yaml";
const CONTROLLERS: &str = "cp1/etc/kubernetes/manifests/kube-controller-manager.yaml";
const PROXY: &str = "kube-system/kube-proxy.yaml";
const KUBEADM: &str = "kube-system/kubeadm-config.json";

/// One or more for every reader.
const FAULTS: [Fault; 32] = [
    fault(KUBELET, "oomScoreAdj: -999", "oomScoreAdj: -9999", "out-of-range", "-9999"),
    fault(
        KUBELET,
        "cgroupDriver: systemd",
        "cgroupDriver: systemd\ncgroupDrive: systemd",
        "unknown-setting",
        "cgroupDrive:",
    ),
    fault(KUBELET, "GracefulNodeShutdown: true", "CPUManager: true", "unknown-gate", "CPUManager"),
    fault(KUBELET, "registryBurst: 10", "registryBurst: 10\nregistryBurst: 20", "key-twice", "registryBurst: 20"),
    fault(
        "cp1/etc/kubernetes/kubelet.conf.d/20-more.conf",
        "eventBurst: 100",
        "eventBurst: many",
        "wrong-type",
        "many",
    ),
    fault(UNIT, "--config=", "--config-dir=/x --max-pod=3 --config=", "unknown-setting", "--max-pod"),
    fault("cp1/var/lib/kubelet/kubeadm-flags.env", "--v=2", "--v=2 --kube-reserved=gpu=1", "unknown-key", "gpu=1"),
    fault(
        "cp1/etc/default/kubelet",
        "10.0.0.1",
        "10.0.0.1 --topology-manager-policy=single-numa",
        "unknown-word",
        "single-numa",
    ),
    fault(
        SERVER,
        "- --allow-privileged=true",
        "- --allow-privileged=true\n    - --goaway-chance=0.5",
        "out-of-range",
        "0.5",
    ),
    fault(SERVER, "--profiling=false", "--profiling=maybe", "wrong-type", "maybe"),
    fault(
        CONTROLLERS,
        "- --use-service-account-credentials=true",
        "- \"--pod-eviction-timeout=5m0s\"",
        "setting-of-another-version",
        "--pod",
    ),
    fault(
        CONTROLLERS,
        "--leader-elect=true",
        "--leader-elect=true\n    - --feature-gates=AllAlpha=false,NoSuchGate=true",
        "unknown-gate",
        "NoSuchGate",
    ),
    fault("cp1/etc/kubernetes/manifests/etcd.yaml", "value: \"250\"", "value: fast", "wrong-type", "fast"),
    fault(
        "cp1/etc/kubernetes/manifests/etcd.yaml",
        "--name=cp1",
        "--name=cp1\n    - --enable-v3=true",
        "unknown-setting",
        "--enable-v3",
    ),
    fault("cp1/etc/kubernetes/scheduler.yaml", "parallelism: 16", "parallelism: sixteen", "wrong-type", "sixteen"),
    fault("cp1/etc/sysctl.d/99-kubernetes.conf", "kernel.panic=10", "kernel.panic = ten", "wrong-type", "ten"),
    fault(
        "cp1/etc/containerd/config.toml",
        "discard_unpacked_layers = false",
        "discard_unpacked_layers = 0",
        "wrong-type",
        "0",
    ),
    fault("cp1/etc/systemd/logind.conf.d/k8s.conf", "=60", "=a while", "wrong-type", "a while"),
    fault(PROXY, "maxPerCore: 32768", "maxPerCore: many", "wrong-type", "many"),
    fault(PROXY, "mode: iptables", "mode: ebtables", "unknown-word", "ebtables"),
    fault(KUBEADM, "\\\"event-ttl\\\"", "\\\"event-tl\\\"", "unknown-setting", "\\\"event-tl"),
    fault("cp1/etc/systemd/system/kube.slice.d/10.conf", "512M", "half", "wrong-type", "half"),
    fault("w1/configz.json", "\"1m0s\"", "\"often\"", "wrong-type", "\"often\""),
    fault("w1/configz.json", "\"maxPods\": 110", "\"maxPod\": 110", "unknown-setting", "\"maxPod\""),
    fault("w1/etc/crio/crio.conf.d/10.conf", "= \"systemd\"", "= \"systemd\"\nconmon_cgroup = 5", "wrong-type", "5"),
    fault("kubeadm/join.yaml", "value: \"3\"", "value: \"many\"", "wrong-type", "many"),
    fault("kube-system/level.yaml", "20", "twenty", "wrong-type", "twenty"),
    fault("kube-system/kube-proxy-pods.yaml", "--v=2", "--conntrack-min=5", "flag-beside-file", "5"),
    fault(
        "cp1/etc/kubernetes/manifests/kube-scheduler.yaml",
        "--leader-elect=true",
        "--leader-elect=true\n    - --kube-api-qps=70",
        "flag-beside-file",
        "70",
    ),
    fault(
        "cp1/etc/kubernetes/scheduler.yaml",
        "  - schedulerName: default-scheduler",
        "  - schedulerName: default-scheduler\n    parallelism: 8",
        "unknown-setting",
        "parallelism",
    ),
    fault(
        "cp1/etc/kubernetes/kubelet.conf.d/20-more.conf",
        "eventBurst: 100",
        "eventBurst: 100\nmaxPods: \"60\"",
        "wrong-type",
        "\"60\"",
    ),
    fault(KUBELET, "maxPods: 110", "maxPods: 110\nimageGCLowThresholdPercent: 90", "image-gc-order", "90"),
];

fn place(text: &str, new: &str, at: &str) -> (u64, u64) {
    let start = text.find(new).unwrap();
    let within = if new.starts_with(at) { 0 } else { new.find(at).unwrap_or_default() };
    let before = &text[..start + within];
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    (before.matches('\n').count() as u64 + 1, column as u64)
}

#[test]
fn a_clean_control_plane_has_no_finding() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &clean());
    assert_eq!(found(folder.path(), &[]), []);
}

#[test]
fn each_fault_is_found_once_at_its_place() {
    let mut complaints = Vec::new();
    for fault in &FAULTS {
        let mut tree = clean();
        let text = tree.get_mut(fault.file).unwrap();
        assert!(text.contains(fault.old), "{} has no {}", fault.file, fault.old);
        *text = text.replacen(fault.old, fault.new, 1);
        let (line, column) = place(text, fault.new, fault.at);
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &tree);
        let wanted = (fault.id.to_string(), fault.file.to_string(), line, column);
        let found = found(folder.path(), &[]);
        // One fault may break more than one rule.
        if found.iter().filter(|f| **f == wanted).count() != 1 {
            complaints.push(format!("{} in {}:\n  wanted {wanted:?}\n  found  {found:?}", fault.new, fault.file));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_flag_that_wins_over_the_file_is_told_with_both_places() {
    let mut tree = clean();
    tree.insert("cp1/etc/default/kubelet", "KUBELET_EXTRA_ARGS=--max-pods=100\n".into());
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &tree);
    let found = found(folder.path(), &[]);
    let wins: Vec<_> = found.iter().filter(|f| f.0 == "overridden-by-flag").collect();
    assert_eq!(wins.len(), 1, "{found:?}");
    assert_eq!(wins[0].1, KUBELET);
}

#[test]
fn files_hide_each_other_as_systemd_has_it() {
    let mut tree = clean();
    tree.insert("cp1/usr/lib/sysctl.d/50-vendor.conf", "vm.max_map_count = many\n".into());
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &tree);
    assert_eq!(found(folder.path(), &[]).len(), 1);
    // The administrator's file of the same name hides the vendor's, and so does a link to /dev/null.
    fs::write(folder.path().join("cp1/etc/sysctl.d/50-vendor.conf"), "vm.max_map_count = 262144\n").unwrap();
    assert_eq!(found(folder.path(), &[]), []);
    fs::remove_file(folder.path().join("cp1/etc/sysctl.d/50-vendor.conf")).unwrap();
    symlink("/dev/null", folder.path().join("cp1/etc/sysctl.d/50-vendor.conf")).unwrap();
    assert_eq!(found(folder.path(), &[]), []);
}

#[test]
fn nodes_in_folders_of_their_own_are_checked_apart() {
    let kubelet = |more: &str| {
        format!("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncgroupDriver: systemd\n{more}")
    };
    let mut tree = clean();
    tree.insert("w1/var/lib/kubelet/config.yaml", kubelet("imageGCHighThresholdPercent: 80\n"));
    tree.insert("w2/var/lib/kubelet/config.yaml", kubelet("imageGCLowThresholdPercent: 70\n"));
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &tree);
    let found = found(folder.path(), &[]);
    // Merged into one, both would keep the order.
    assert_eq!(
        found.iter().map(|f| (f.0.as_str(), f.1.as_str())).collect::<Vec<_>>(),
        [("image-gc-order", "w1/var/lib/kubelet/config.yaml")]
    );
}

#[test]
fn a_file_that_the_kubelet_passes_over_is_told() {
    let mut tree = clean();
    tree.insert(
        "cp1/etc/kubernetes/kubelet.conf.d/30-more.yaml",
        include_str!("cp/drop-in.conf").replace("100", "many"),
    );
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &tree);
    let found = found(folder.path(), &[]);
    let ids: Vec<(&str, &str)> = found.iter().map(|f| (f.0.as_str(), f.1.as_str())).collect();
    assert_eq!(ids, [("drop-in-not-read", "cp1/etc/kubernetes/kubelet.conf.d/30-more.yaml")]);
}

#[test]
fn standard_input_is_read_and_an_empty_folder_refused() {
    use std::io::Write;
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    let mut child = command
        .args(["check", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let text = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\noomScoreAdj: -9999\n";
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && told.contains("<stdin>\n  3:14"), "{told}");
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_plimsoll")).arg("check").arg(folder.path()).output().unwrap();
    let talk = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && talk.contains("no configuration that can be checked"), "{talk}");
}

#[test]
fn a_flag_that_is_older_than_the_field_it_writes_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kube-proxy.flags"), "--config=/var/lib/kube-proxy/config.conf\n--v=2\n").unwrap();
    for minor in ["1.25", "1.27", "1.28", "1.37"] {
        assert_eq!(found(folder.path(), &["--kubernetes", minor]), [], "{minor}");
    }
}
