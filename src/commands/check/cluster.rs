//! What a cluster answers, as the files of its nodes.

use super::super::collect::Found;
use super::super::{cli, cluster, output};
use crate::diag::Finding;
use crate::diff::usage;
use crate::facts::Facts;
use std::collections::{BTreeMap, BTreeSet};

/// Config maps that hold configuration of something that is checked.
const CONFIG_MAPS: [&str; 4] = ["kubelet-config", "kube-proxy", "kubeadm-config", "cilium-config"];

/// Karpenter's classes of nodes.
const LISTS: [(&str, &str); 1] = [("ec2nodeclasses", "/apis/karpenter.k8s.aws/v1/ec2nodeclasses")];

/// Asks the cluster, says what was looked at, and gives what was answered.
pub(super) fn files(args: &cli::Check, facts: Option<&Facts>) -> (Vec<Found>, Vec<Finding>) {
    let label = args.class_label.as_deref();
    // With a spec, nodes are of its classes or are left out.
    let class = |labels: &BTreeMap<String, String>| match facts {
        Some(facts) => {
            let machine = |of: &crate::facts::ClassFacts| of.instance_type.clone().unwrap_or_default();
            let named: Vec<(&String, String)> = facts.classes.iter().map(|(name, of)| (name, machine(of))).collect();
            usage::class_by_labels(named.iter().map(|(n, m)| (n.as_str(), m.as_str())), labels, label)
        }
        None => Ok(cluster::by_label(label, labels)),
    };
    let options = &args.cluster;
    let wanted = cluster::Wanted { options, class: &class, config_maps: &CONFIG_MAPS, lists: &LISTS };
    let answers = cluster::ask(&wanted);
    answers.talk.iter().for_each(|line| output::talk(&format!("{line}\n")));
    let mut files = answers.files;
    files.extend(of_nodes(&answers.kubelets));
    (files, answers.findings)
}

/// The answers of the nodes. Equal ones of one class are the same file, so that what is wrong with them is told once; a node
/// that reports the same of itself as well is not looked at again.
fn of_nodes(kubelets: &[cluster::Kubelet]) -> Vec<Found> {
    let mut out = Vec::new();
    let mut first: BTreeMap<(&str, &str), String> = BTreeMap::new();
    let mut seen: BTreeSet<(&str, &str, String)> = BTreeSet::new();
    for kubelet in kubelets {
        let node = |class| Found { name: kubelet.file("node"), class, named: false, text: kubelet.object.clone() };
        let Some(configz) = &kubelet.configz else {
            out.push(node(None));
            continue;
        };
        let name = first.entry((&kubelet.class, configz)).or_insert_with(|| kubelet.file("configz"));
        if !seen.insert((&kubelet.class, configz, kubelet.object.replace(&kubelet.node, ""))) {
            continue;
        }
        let class = Some(format!("{}/{}", kubelet.class, kubelet.node));
        out.push(Found { name: name.clone(), class: class.clone(), named: false, text: configz.clone() });
        out.push(node(class));
    }
    out
}
