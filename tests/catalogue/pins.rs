//! Settings that are only carried: pinned in a spec, they are checked and reach the file that upstream reads them from.

use crate::common::run_in;

const SPEC: &str = r#"
[cluster]
name = "c"
kubernetes = "1.34"
platform = "kubeadm"
cni = "calico"
pod-cidrs = ["10.0.0.0/12"]
service-cidrs = ["10.96.0.0/16"]
[control-plane]
node-class = "cp"
[control-plane.etcd]
version = "3.6"
[defaults]
os = { family = "linux", cgroup = 2, kernel = "6.8", pid-max = 4194304 }
[node-class.cp]
role = "control-plane"
count = 3
[node-class.cp.hardware]
cpus = 8
memory = "31Gi"
disks = [{ mount = "/", kind = "nvme", size = "200Gi", holds = ["nodefs", "imagefs"] }]
[node-class.web]
count = 3
[node-class.web.hardware]
cpus = 8
memory = "31Gi"
disks = [{ mount = "/", kind = "nvme", size = "200Gi", holds = ["nodefs", "imagefs"] }]
"#;

/// Renders with pins for the class `web` and the cluster; the files by name, or what was said.
fn render(class: &str, cluster: &str) -> Result<tempfile::TempDir, String> {
    let spec = format!("{SPEC}\n[node-class.web.pin]\n{class}\n[pin]\n{cluster}\n");
    let folder = tempfile::tempdir().unwrap();
    let run = run_in(folder.path(), &["render", "-", "--out", "out", "--target", "nodeadm"], &spec);
    if run.code == 0 { Ok(folder) } else { Err(run.err) }
}

fn file(folder: &tempfile::TempDir, name: &str) -> String {
    std::fs::read_to_string(folder.path().join("out/c").join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn flags_reach_flag_files_and_never_a_configuration_file() {
    let class = "\"kubelet/node-ip\" = \"10.1.2.3\"\n\"kubelet/node-labels.tier\" = \"web\"\n\"kubelet/node-labels.zone\" = \"a\"";
    let cluster = "\"kube-apiserver/event-ttl\" = \"30m\"\n\"kube-apiserver/max-requests-inflight\" = 800\n\
                   \"kube-apiserver/feature-gates.APIServerIdentity\" = false\n\
                   \"kube-controller-manager/feature-gates.JobManagedBy\" = false\n\
                   \"kube-scheduler/permit-port-sharing\" = true\n\
                   \"etcd/max-txn-ops\" = 256";
    let out = render(class, cluster);
    let out = out.unwrap_or_else(|e| panic!("{e}"));
    let kubelet = file(&out, "node-class/web/kubelet.flags");
    assert!(
        kubelet.contains("--node-ip=10.1.2.3\n") && kubelet.contains("--node-labels=tier=web,zone=a\n"),
        "{kubelet}"
    );
    let yaml = file(&out, "node-class/web/kubelet.yaml");
    assert!(!yaml.contains("node-ip") && !yaml.contains("node-labels"), "{yaml}");
    let api = file(&out, "control-plane/kube-apiserver.flags");
    assert!(api.contains("--event-ttl=30m0s\n") && api.contains("--max-requests-inflight=800\n"), "{api}");
    assert!(api.contains("--feature-gates=APIServerIdentity=false\n"), "{api}");
    assert!(file(&out, "control-plane/kube-scheduler.flags").contains("--permit-port-sharing=true\n"));
    assert!(file(&out, "control-plane/etcd.flags").contains("--max-txn-ops=256\n"));
    let kubeadm = file(&out, "target/kubeadm/kubeadm-config.yaml");
    assert!(kubeadm.contains("apiServer:") && kubeadm.contains("event-ttl"), "{kubeadm}");
    let nodeadm = file(&out, "target/nodeadm/web.yaml");
    assert!(nodeadm.contains("    flags:\n      - \"--node-ip=10.1.2.3\"\n"), "{nodeadm}");
}

#[test]
fn a_flag_that_writes_a_field_is_refused_with_the_field() {
    let err = render("\"kubelet/max-pods\" = 50", "").unwrap_err();
    assert!(err.contains("it is the flag that writes `kubelet/maxPods`"), "{err}");
}

#[test]
fn parts_and_structures_are_refused_with_what_to_pin() {
    let err =
        render("\"kubelet/authentication\" = { }\n\"kubelet/registerWithTaints[0].key\" = \"a\"", "").unwrap_err();
    assert!(err.contains("it is a structure: pin its fields"), "{err}");
    assert!(err.contains("it is a part of `kubelet/registerWithTaints`"), "{err}");
}

#[test]
fn values_are_held_to_type_and_range() {
    let err = render("", "\"kube-apiserver/goaway-chance\" = 0.5\n\"kube-apiserver/event-ttl\" = 3600").unwrap_err();
    assert!(err.contains("upstream accepts at least 0 and at most 0.02"), "{err}");
    assert!(err.contains("`kube-apiserver/event-ttl` is 3600, not a quoted text"), "{err}");
}

#[test]
fn a_gate_is_for_the_components_that_know_it() {
    let err =
        render("\"kubelet/featureGates.NoSuchGate\" = true", "\"kube-apiserver/feature-gates.NoSuchGate\" = true")
            .unwrap_err();
    assert_eq!(err.matches("has no feature gate `NoSuchGate`").count(), 2, "{err}");
}

#[test]
fn a_zero_that_upstream_takes_for_unset_is_refused() {
    let err = render("\"kubelet/syncFrequency\" = \"0s\"\n\"kubelet/cpuCFSQuota\" = false", "").unwrap_err();
    assert!(err.contains("`kubelet/syncFrequency` is 0s, which upstream takes for unset: it becomes 1m0s"), "{err}");
    assert!(!err.contains("cpuCFSQuota"), "{err}");
    assert!(render("", "\"kube-controller-manager/cidr-allocator-type\" = \"RangeAllocator\"").is_ok());
}

#[test]
fn a_value_that_needs_a_gate_needs_it_on() {
    let options = "\"kubelet/cpuCFSQuotaPeriod\" = \"50ms\"";
    let err = render(options, "").unwrap_err();
    assert!(err.contains("needs the feature gate CustomCPUCFSQuotaPeriod, which is off"), "{err}");
    let on = format!("{options}\n\"kubelet/featureGates.CustomCPUCFSQuotaPeriod\" = true");
    assert!(render(&on, "").is_ok());
    let err = render("", "\"kube-proxy/logging.options.json.splitStream\" = true").unwrap_err();
    assert!(err.contains("needs the feature gate LoggingAlphaOptions, which is off"), "{err}");
    let err = render("", "\"kube-proxy/detectLocalMode\" = \"BridgeInterface\"").unwrap_err();
    assert!(err.contains("detectLocal.bridgeInterface is empty"), "{err}");
}

#[test]
fn controllers_and_plugins_are_those_of_the_version() {
    let controllers = |list: &str| render("", &format!("\"kube-controller-manager/controllers\" = {list}"));
    let err = controllers("[\"*\", \"-daemonset-controler\"]").unwrap_err();
    assert!(
        err.contains("names `daemonset-controler`") && err.contains("did you mean `daemonset-controller`?"),
        "{err}"
    );
    // The names from before the renaming are still accepted.
    assert!(controllers("[\"*\", \"-daemonset\", \"bootstrap-signer-controller\"]").is_ok());
}
