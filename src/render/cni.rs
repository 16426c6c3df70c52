//! Files of the network plugin: a patch of its DaemonSet, objects of its own, or values of its chart.

use super::tree::{Leaf, Tree};
use super::{Bug, Options, Texts, fill, object, yaml};
use crate::plan::Plan;
use crate::rules::Value;
use minijinja::context;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// The plugin's file; none where nothing of it is planned.
pub(super) fn cni(plan: &Plan, options: &Options) -> Result<Texts, Bug> {
    let mut out = Texts::new();
    for (plugin, write) in PLUGINS {
        let values = of(plan, &format!("cni/{plugin}."));
        if !values.is_empty() {
            out.insert(format!("cni/{plugin}.yaml"), write(plan, &values, options)?);
        }
    }
    Ok(out)
}

/// Planned values by what stands behind the prefix, with what is unset left out.
pub(super) fn of<'p>(plan: &'p Plan, prefix: &str) -> BTreeMap<&'p str, &'p Value> {
    let set = plan.shared.iter().filter(|(_, v)| !v.value.is_null());
    set.filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, value))).collect()
}

type Write = fn(&Plan, &BTreeMap<&str, &Value>, &Options) -> Result<String, Bug>;
const PLUGINS: [(&str, Write); 4] = [("aws-vpc", aws), ("calico", calico), ("cilium", cilium), ("flannel", flannel)];

/// A value of the plan, or its text where the reader takes texts only.
fn leaf(value: &Value, as_text: bool) -> Tree {
    let text = value.value.as_str().map_or_else(|| value.value.to_string(), ToString::to_string);
    let json = if as_text { Json::from(text) } else { value.value.clone() };
    Tree::Leaf(Leaf { value: json, reason: value.reason.clone() })
}

/// A word of an object's frame.
pub(super) fn word(text: &str) -> Tree {
    Tree::Leaf(Leaf { value: text.into(), reason: String::new() })
}

/// Fields by name.
pub(super) fn map(fields: Vec<(&str, Tree)>) -> Tree {
    Tree::Map(fields.into_iter().map(|(key, tree)| (key.to_string(), tree)).collect())
}

/// An object's frame around its `spec` or other content.
pub(super) fn framed(api: &str, kind: &str, name: (&str, Option<&str>), spec: Tree) -> Tree {
    let mut metadata = vec![("name", word(name.0))];
    metadata.extend(name.1.map(|n| ("namespace", word(n))));
    map(vec![("apiVersion", word(api)), ("kind", word(kind)), ("metadata", map(metadata)), ("spec", spec)])
}

/// A file of several documents below one header.
pub(super) fn documents(plan: &Plan, what: &str, how: &str, trees: &[Tree], options: &Options) -> Result<String, Bug> {
    let header = header(plan, what, how, options);
    let documents: Vec<Vec<String>> = trees.iter().map(|t| yaml::lines(t, options.comments)).collect();
    fill("documents.yaml", include_str!("../../templates/documents.yaml.j2"), context! { header, documents })
}

/// First lines of a file, where comments are wanted.
pub(super) fn header(plan: &Plan, what: &str, how: &str, options: &Options) -> Vec<String> {
    let lines = [object::written_by(plan, what, plan.kubernetes), how.to_string()];
    if options.comments { lines.iter().map(|l| yaml::one_line(l)).collect() } else { Vec::new() }
}

fn aws(plan: &Plan, values: &BTreeMap<&str, &Value>, options: &Options) -> Result<String, Bug> {
    let env = values.iter().map(|(name, v)| ((*name).to_string(), map(vec![("value", leaf(v, true))]))).collect();
    let container = map(vec![("env", Tree::List("name".into(), env))]);
    let containers = Tree::List("name".into(), BTreeMap::from([("aws-node".to_string(), container)]));
    let template = map(vec![("spec", map(vec![("containers", containers)]))]);
    let tree = framed("apps/v1", "DaemonSet", ("aws-node", Some("kube-system")), map(vec![("template", template)]));
    let how = "A strategic merge patch: kubectl patch -n kube-system daemonset aws-node --patch-file; with the EKS add-on the same variables are `env` of its configuration.";
    documents(plan, "AWS VPC CNI", how, &[tree], options)
}

fn calico(plan: &Plan, values: &BTreeMap<&str, &Value>, options: &Options) -> Result<String, Bug> {
    let api = "projectcalico.org/v3";
    let apart = ["mtu", "wireguardEnabled"];
    let pool = values.iter().filter(|(name, _)| !apart.contains(name)).map(|(name, v)| (*name, leaf(v, false)));
    let pool: Vec<(&str, Tree)> = pool.collect();
    let mut trees = Vec::new();
    if !pool.is_empty() {
        trees.push(framed(api, "IPPool", ("default-ipv4-ippool", None), map(pool)));
    }
    if let Some(value) = values.get("wireguardEnabled") {
        let spec = map(vec![("wireguardEnabled", leaf(value, false))]);
        trees.push(framed(api, "FelixConfiguration", ("default", None), spec));
    }
    if let Some(value) = values.get("mtu") {
        let spec = map(vec![("calicoNetwork", map(vec![("mtu", leaf(value, false))]))]);
        trees.push(framed("operator.tigera.io/v1", "Installation", ("default", None), spec));
    }
    let how = "blockSize is set when the pool is made. A FelixConfiguration or Installation here is a merge patch of the one that is there; without the operator the MTU is veth_mtu of the ConfigMap calico-config.";
    documents(plan, "Calico", how, &trees, options)
}

fn cilium(plan: &Plan, values: &BTreeMap<&str, &Value>, options: &Options) -> Result<String, Bug> {
    let mut root = Tree::Map(BTreeMap::new());
    for (name, value) in values {
        let mut at = &mut root;
        for part in name.split('.') {
            let Tree::Map(fields) = at else { return Err(Bug(format!("cni/cilium.{name} lies within a value"))) };
            at = fields.entry(part.to_string()).or_insert_with(|| Tree::Map(BTreeMap::new()));
        }
        *at = leaf(value, false);
    }
    let how = "Values of the chart, beside your own: helm upgrade cilium cilium/cilium -n kube-system -f values.yaml -f this file. Tables of another size are made anew, and their connections lost.";
    documents(plan, "Cilium", how, &[root], options)
}

fn flannel(plan: &Plan, values: &BTreeMap<&str, &Value>, options: &Options) -> Result<String, Bug> {
    let (mut conf, mut backend) = (Map::new(), Map::new());
    for (name, value) in values {
        match name.strip_prefix("Backend.") {
            Some(key) => backend.insert(key.to_string(), value.value.clone()),
            None => conf.insert((*name).to_string(), value.value.clone()),
        };
    }
    if !backend.is_empty() {
        conf.insert("Backend".into(), Json::Object(backend));
    }
    let how = "A merge patch: kubectl patch -n kube-flannel configmap kube-flannel-cfg --patch-file; cni-conf.json stays as it is.";
    let mut header = header(plan, "flannel", how, options);
    header.extend(reasons(values, options));
    config_map(header, ("kube-flannel-cfg", "kube-flannel"), "net-conf.json", &Json::Object(conf))
}

/// Reasons as lines of a header, for files whose content takes no comments.
pub(super) fn reasons(values: &BTreeMap<&str, &Value>, options: &Options) -> Vec<String> {
    let line = |(name, value): (&&str, &&Value)| yaml::one_line(&format!("{name}: {}", value.reason));
    if options.comments { values.iter().map(line).collect() } else { Vec::new() }
}

/// A ConfigMap with one JSON text.
pub(super) fn config_map(header: Vec<String>, of: (&str, &str), key: &str, json: &Json) -> Result<String, Bug> {
    let text = serde_json::to_string_pretty(json).map_err(|e| Bug(e.to_string()))?;
    let lines: Vec<String> = text.lines().map(String::from).collect();
    let context = context! { header, name => of.0, namespace => of.1, key, lines };
    fill("configmap.yaml", include_str!("../../templates/configmap.yaml.j2"), context)
}
