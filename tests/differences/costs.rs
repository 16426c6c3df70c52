//! What changes take, by the catalogue: every kind of cost, and the steps that come of it.

use crate::{change, differs, folder, kubelet};
use serde_json::{Value as Json, json};

/// Two kubelet configurations of 1.34 compared.
fn between(old: &str, new: &str) -> Json {
    let (old, new) = (kubelet(old), kubelet(new));
    let folder = folder(&[("old.yaml", &old), ("new.yaml", &new)]);
    differs(folder.path(), &["--current", "old.yaml", "--against", "new.yaml", "--kubernetes", "1.34"])
}

/// Cost and files of the change of a tunable, and the first step.
fn cost(old: &str, new: &str, tunable: &str) -> (String, String, String) {
    let found = between(old, new);
    let change = change(&found, "nodes", tunable);
    let step = found["order"][0].as_str().unwrap().trim_start_matches("canary: 1 node: ").to_string();
    (change["cost"].as_str().unwrap().into(), change["costText"].as_str().unwrap().into(), step)
}

fn parts(cost: &str, text: &str, step: &str) -> (String, String, String) {
    (cost.into(), text.into(), step.into())
}

#[test]
fn every_kind_of_cost_of_a_kubelet() {
    let cpu_state = "drain, stop the kubelet, remove cpu_manager_state, start it";
    let memory_state = "drain, stop the kubelet, remove memory_manager_state, start it";
    let with_static = "cpuManagerPolicy: static\n";
    let with_memory = "memoryManagerPolicy: Static\n";
    let zone = |size: &str| format!("{with_memory}reservedMemory: [{{numaNode: 0, limits: {{memory: {size}}}}}]\n");
    let of_static = |text: &str| format!("{with_static}{text}");
    let of_memory = |text: &str| format!("{with_memory}{text}");
    let cases = [
        (
            "maxPods: 1".into(),
            "maxPods: 2".into(),
            "kubelet/maxPods",
            parts("restart", "restart", "restart the kubelet"),
        ),
        (
            String::new(),
            "hairpinMode: none".into(),
            "kubelet/hairpinMode",
            parts("drain", "drain, restart", "drain, restart the kubelet"),
        ),
        (
            String::new(),
            "cgroupDriver: systemd".into(),
            "kubelet/cgroupDriver",
            parts("drain-runtime", "drain, restart with the runtime", "drain, restart the runtime and the kubelet"),
        ),
        (
            "cgroupRoot: /".into(),
            "cgroupRoot: /\nsystemCgroups: /system".into(),
            "kubelet/systemCgroups",
            parts("reboot", "drain, reboot", "drain, reboot"),
        ),
        (
            String::new(),
            "providerID: aws:///a/i-1".into(),
            "kubelet/providerID",
            parts("new-node", "new nodes", "replace the node"),
        ),
        (
            String::new(),
            with_static.into(),
            "kubelet/cpuManagerPolicy",
            parts("remove-state", "drain, remove cpu_manager_state", cpu_state),
        ),
        (
            of_static("reservedSystemCPUs: '0'"),
            of_static("reservedSystemCPUs: 0-1"),
            "kubelet/reservedSystemCPUs",
            parts("remove-state", "drain, remove cpu_manager_state", cpu_state),
        ),
        (
            of_static("reservedSystemCPUs: '0'"),
            of_static("reservedSystemCPUs: '0'\ncpuManagerPolicyOptions: {strict-cpu-reservation: 'true'}"),
            "kubelet/cpuManagerPolicyOptions.strict-cpu-reservation",
            parts("remove-state", "drain, remove cpu_manager_state", cpu_state),
        ),
        // Without the static policies nothing of it is in a state file.
        (
            "reservedSystemCPUs: '0'".into(),
            "reservedSystemCPUs: 0-1".into(),
            "kubelet/reservedSystemCPUs",
            parts("restart", "restart", "restart the kubelet"),
        ),
        (
            of_static("kubeReserved: {cpu: '1'}"),
            of_static("kubeReserved: {cpu: '2'}"),
            "kubelet/kubeReserved.cpu",
            parts("remove-state", "drain, remove cpu_manager_state", cpu_state),
        ),
        // A named set is what counts, and the sum is not looked at.
        (
            of_static("reservedSystemCPUs: '0'\nkubeReserved: {cpu: '1'}"),
            of_static("reservedSystemCPUs: '0'\nkubeReserved: {cpu: '2'}"),
            "kubelet/kubeReserved.cpu",
            parts("restart", "restart", "restart the kubelet"),
        ),
        (
            String::new(),
            with_memory.into(),
            "kubelet/memoryManagerPolicy",
            parts("remove-state", "drain, remove memory_manager_state", memory_state),
        ),
        (
            zone("1Gi"),
            zone("2Gi"),
            "kubelet/reservedMemory[0].limits.memory",
            parts("remove-state", "drain, remove memory_manager_state", memory_state),
        ),
        (
            of_memory("kubeReserved: {memory: 1Gi}"),
            of_memory("kubeReserved: {memory: 2Gi}"),
            "kubelet/kubeReserved.memory",
            parts("remove-state", "drain, remove memory_manager_state", memory_state),
        ),
        (
            "kubeReserved: {memory: 1Gi}".into(),
            "kubeReserved: {memory: 2Gi}".into(),
            "kubelet/kubeReserved.memory",
            parts("restart", "restart", "restart the kubelet"),
        ),
    ];
    for (old, new, tunable, wanted) in cases {
        assert_eq!(cost(&old, &new, tunable), wanted, "{tunable}: {old} to {new}");
    }
}

#[test]
fn costs_add_up_to_one_visit_of_a_node() {
    let found = between(
        "reservedSystemCPUs: '0'\ncgroupRoot: /",
        "cpuManagerPolicy: static\nmemoryManagerPolicy: Static\nreservedSystemCPUs: 0-1\ncgroupRoot: /\ncgroupDriver: systemd",
    );
    let step = found["order"][0].as_str().unwrap();
    assert_eq!(
        step,
        "canary: 1 node: drain, stop the kubelet, remove cpu_manager_state and memory_manager_state, restart the runtime, start the kubelet"
    );
    let change = change(&found, "nodes", "kubelet/cpuManagerPolicy");
    assert_eq!(change["remove"], json!(["cpu_manager_state"]));
    assert_eq!(change["risk"], "the kubelet does not start beside a cpu_manager_state of the other policy");
}

#[test]
fn the_control_plane_goes_in_the_order_in_which_its_parts_rely_on_each_other() {
    let folder = folder(&[
        ("old/etcd.flags", "--snapshot-count=10000\n"),
        ("old/kube-apiserver.flags", "--max-requests-inflight=400\n"),
        ("old/kube-controller-manager.flags", "--node-monitor-grace-period=1m\n--kube-api-qps=20\n"),
        ("old/kubelet.yaml", &kubelet("nodeStatusUpdateFrequency: 10s")),
        (
            "old/kube-proxy.yaml",
            "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: iptables\n",
        ),
        ("new/etcd.flags", "--snapshot-count=20000\n"),
        ("new/kube-apiserver.flags", "--max-requests-inflight=500\n"),
        ("new/kube-controller-manager.flags", "--node-monitor-grace-period=30s\n--kube-api-qps=30\n"),
        ("new/kubelet.yaml", &kubelet("nodeStatusUpdateFrequency: 5s")),
        (
            "new/kube-proxy.yaml",
            "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables\n",
        ),
    ]);
    let found =
        differs(folder.path(), &["--current", "old", "--against", "new", "--kubernetes", "1.34", "--etcd", "3.6"]);
    let order: Vec<&str> = found["order"].as_array().unwrap().iter().filter_map(Json::as_str).collect();
    let begins = [
        "etcd: one member at a time",
        "kube-apiserver:",
        "canary: 1 node:",
        "the other nodes",
        "kube-proxy: drain",
        "kube-controller-manager:",
    ];
    assert_eq!(order.len(), begins.len(), "{order:?}");
    for (step, start) in order.iter().zip(begins) {
        assert!(step.starts_with(start), "{order:?}");
    }
    // The controller manager may only get impatient once the nodes report at the new pace.
    assert!(order[5].contains("after the nodes"), "{order:?}");
    for step in found["rollout"].as_array().unwrap() {
        assert!(!step["why"].as_str().unwrap().is_empty() && !step["why"].as_str().unwrap().contains('\n'));
    }
}
