//! Forms that consumers take: kubeadm's cluster file and patches, nodeadm's NodeConfig.

use super::tree::{Leaf, Tree, of_component};
use super::{Bug, Files, Options, fill, flags, object, yaml};
use crate::catalog;
use crate::plan::{ClassPlan, Plan};
use crate::rules::Origin;
use minijinja::context;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// Where the scheduler's file lies on control-plane nodes.
const SCHEDULER: &str = "/etc/kubernetes/kube-scheduler.yaml";

/// Names of all targets.
pub const TARGETS: [&str; 2] = ["kubeadm", "nodeadm"];

/// The target that a platform's users need.
#[must_use]
pub fn natural_target(platform: &str) -> Option<&'static str> {
    match platform {
        "kubeadm" => Some("kubeadm"),
        "eks" => Some("nodeadm"),
        _ => None,
    }
}

/// Adds the files of one target.
pub(super) fn files(plan: &Plan, target: &str, options: &Options, out: &mut Files) -> Result<(), Bug> {
    match target {
        "kubeadm" => kubeadm(plan, options, out),
        _ => nodeadm(plan, options, out),
    }
}

/// Planned kubelet values of a class: what a base would bring is the platform's own.
fn planned(class: &ClassPlan) -> Tree {
    of_component("kubelet", &class.values, |_, v| v.origin != Origin::Base)
}

fn nodeadm(plan: &Plan, options: &Options, out: &mut Files) -> Result<(), Bug> {
    for (name, class) in &plan.classes {
        let header = vec![
            object::written_by(plan, &format!("nodeadm, node class {name}"), class.kubernetes),
            "A part of the user data: nodeadm merges it with the NodeConfig that holds spec.cluster.".to_string(),
        ];
        let header = if options.comments { header } else { Vec::new() };
        let lines = yaml::lines(&planned(class), options.comments);
        let flags: Vec<String> = flags::of_component("kubelet", &class.values)
            .into_iter()
            .map(|(name, value, _)| yaml::scalar(&Json::from(format!("--{name}={value}"))).unwrap_or_default())
            .collect();
        let text =
            fill("nodeadm.yaml", include_str!("../../templates/nodeadm.yaml.j2"), context! { header, lines, flags })?;
        out.insert(format!("target/nodeadm/{name}.yaml"), text.into_bytes());
    }
    Ok(())
}

/// kubeadm has one kubelet file for the cluster and patches per node: the file carries what all classes share, each
/// class's patch the rest.
fn kubeadm(plan: &Plan, options: &Options, out: &mut Files) -> Result<(), Bug> {
    let common = common(plan);
    let mut documents = vec![];
    let header = [object::written_by(plan, "kubelet, what all node classes share", plan.kubernetes)];
    documents.push(object::text("kubelet", &header, &common, options)?);
    if super::shares_proxy(plan) {
        documents.push(object::object(plan, "cluster", "kube-proxy", &plan.shared, options)?);
    }
    let version =
        if catalog::behaviour("kubeadm-v1beta4", plan.kubernetes.minor).is_some() { "v1beta4" } else { "v1beta3" };
    let header = if options.comments {
        vec![
            object::written_by(plan, "kubeadm", plan.kubernetes),
            "Use it with `kubeadm init --config`, with the class's folder below patches/ as patches.directory of an InitConfiguration."
                .to_string(),
            format!("Put control-plane/kube-scheduler.yaml on every control-plane node as {SCHEDULER}."),
        ]
    } else {
        Vec::new()
    };
    let lines = yaml::lines(&cluster_configuration(plan, version == "v1beta4"), options.comments);
    let text = fill(
        "kubeadm.yaml",
        include_str!("../../templates/kubeadm.yaml.j2"),
        context! { header, version, lines, documents },
    )?;
    out.insert("target/kubeadm/kubeadm-config.yaml".into(), text.into_bytes());
    for (name, class) in &plan.classes {
        let tree = without(&planned(class), &common);
        let header = [object::written_by(plan, &format!("kubelet patch of node class {name}"), class.kubernetes)];
        let text = object::text("kubelet", &header, &tree, options)?;
        out.insert(format!("target/kubeadm/patches/{name}/kubeletconfiguration+merge.yaml"), text.into_bytes());
    }
    Ok(())
}

/// Fields that every class has with the same value.
fn common(plan: &Plan) -> Tree {
    let mut classes = plan.classes.values();
    let Some(first) = classes.next() else { return Tree::Map(BTreeMap::new()) };
    let rest: Vec<_> = classes.collect();
    let same = |name: &str, value: &crate::rules::Value| {
        value.origin != Origin::Base && rest.iter().all(|c| c.values.get(name).is_some_and(|v| v.value == value.value))
    };
    // Maps are all or nothing: half a map in the cluster's file would hide which half a patch adds.
    let whole = |name: &str| catalog::find(name).filter(|f| f.key.is_some()).map(|f| f.tunable.name);
    let split: Vec<&str> = first.values.iter().filter(|(n, v)| !same(n, v)).filter_map(|(n, _)| whole(n)).collect();
    let extra =
        rest.iter().flat_map(|c| c.values.keys()).filter(|n| !first.values.contains_key(*n)).filter_map(|n| whole(n));
    let split: Vec<&str> = split.into_iter().chain(extra).collect();
    of_component("kubelet", &first.values, |n, v| same(n, v) && whole(n).is_none_or(|w| !split.contains(&w)))
}

/// Top-level fields of `tree` that are not in `common`.
fn without(tree: &Tree, common: &Tree) -> Tree {
    match (tree, common) {
        (Tree::Map(all), Tree::Map(shared)) => Tree::Map(
            all.iter().filter(|(k, _)| !shared.contains_key(*k)).map(|(k, v)| (k.clone(), v.clone())).collect(),
        ),
        _ => tree.clone(),
    }
}

/// extraArgs, a map up to v1beta3 and a list of name and value from v1beta4.
fn extra_args(plan: &Plan, component: &str, as_list: bool) -> Json {
    let flags = flags::of_component(component, &plan.control_plane);
    let own = ["cluster-cidr", "service-cluster-ip-range", "allocate-node-cidrs"];
    let flags = flags.into_iter().filter(|(name, _, _)| !own.contains(&name.as_str()));
    if as_list {
        Json::Array(flags.map(|(name, value, _)| json!({ "name": name, "value": value })).collect())
    } else {
        Json::Object(flags.map(|(name, value, _)| (name, Json::from(value))).collect::<Map<_, _>>())
    }
}

fn cluster_configuration(plan: &Plan, as_list: bool) -> Tree {
    let leaf = |value: Json| Tree::Leaf(Leaf { value, reason: String::new() });
    let map = |entries: Vec<(&str, Tree)>| Tree::Map(entries.into_iter().map(|(k, v)| (k.to_string(), v)).collect());
    let ranges =
        |flag: &str| plan.control_plane.get(&format!("kube-controller-manager/{flag}")).map(|v| v.value.clone());
    let mut networking = Vec::new();
    networking.extend(ranges("cluster-cidr").map(|v| ("podSubnet", leaf(v))));
    networking.extend(ranges("service-cluster-ip-range").map(|v| ("serviceSubnet", leaf(v))));
    let args = |component: &str| extra_args(plan, component, as_list);
    let mut entries = vec![
        ("clusterName", leaf(plan.cluster.clone().into())),
        ("kubernetesVersion", leaf(kubernetes_version(plan).into())),
        ("controllerManager", map(vec![("extraArgs", leaf(args("kube-controller-manager")))])),
    ];
    if !flags::of_component("kube-apiserver", &plan.control_plane).is_empty() {
        entries.push(("apiServer", map(vec![("extraArgs", leaf(args("kube-apiserver")))])));
    }
    let (mut scheduler, mut volumes) = (args("kube-scheduler"), Vec::new());
    if plan.control_plane.contains_key("kube-scheduler/clientConnection.kubeconfig") {
        match &mut scheduler {
            Json::Array(list) => list.push(json!({ "name": "config", "value": SCHEDULER })),
            other => other["config"] = SCHEDULER.into(),
        }
        let volume = json!({ "name": "plimsoll-config", "hostPath": SCHEDULER, "mountPath": SCHEDULER, "readOnly": true, "pathType": "File" });
        volumes.push(("extraVolumes", leaf(json!([volume]))));
    }
    if scheduler.as_array().is_some_and(|l| !l.is_empty()) || scheduler.as_object().is_some_and(|o| !o.is_empty()) {
        let mut fields = vec![("extraArgs", leaf(scheduler))];
        fields.extend(volumes);
        entries.push(("scheduler", map(fields)));
    }
    if !networking.is_empty() {
        entries.push(("networking", map(networking)));
    }
    let replaced = plan.shared.get("cni/cilium.kubeProxyReplacement").is_some_and(|v| v.value == "true");
    if replaced && as_list {
        entries.push(("proxy", map(vec![("disabled", leaf(true.into()))])));
    }
    if plan.control_plane.keys().any(|n| n.starts_with("etcd/")) {
        let local = map(vec![("extraArgs", leaf(args("etcd")))]);
        entries.push(("etcd", map(vec![("local", local)])));
    }
    map(entries)
}

/// kubeadm wants an exact version; a minor stands for its first patch, which kubeadm replaces when told another.
fn kubernetes_version(plan: &Plan) -> String {
    format!("v{}.{}", plan.kubernetes.minor, plan.kubernetes.patch.unwrap_or(0))
}
