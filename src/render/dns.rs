//! Files of the cluster's DNS: what the proportional autoscaler reads, the size of a replica, and the node's own cache.

use super::cni::{config_map, documents, framed, header, map, of, reasons};
use super::tree::{Leaf, Tree};
use super::{Bug, Options, Texts, fill};
use crate::plan::Plan;
use minijinja::context;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// DNS files; none where nothing of it is planned. CoreDNS's own Corefile stays the cluster's.
pub(super) fn dns(plan: &Plan, options: &Options) -> Result<Texts, Bug> {
    let mut out = Texts::new();
    let linear = of(plan, "coredns/autoscaler.");
    if !linear.is_empty() {
        let json: Map<String, Json> = linear.iter().map(|(name, v)| ((*name).to_string(), v.value.clone())).collect();
        let how =
            "For the cluster-proportional-autoscaler with --configmap=kube-dns-autoscaler and CoreDNS as its target.";
        let mut header = header(plan, "DNS autoscaler", how, options);
        header.extend(reasons(&linear, options));
        let text = config_map(header, ("kube-dns-autoscaler", "kube-system"), "linear", &Json::Object(json))?;
        out.insert("dns/coredns-autoscaler.yaml".into(), text);
    }
    let resources = of(plan, "coredns/resources.");
    if !resources.is_empty() {
        let mut kinds: BTreeMap<String, Tree> = BTreeMap::new();
        for (name, value) in resources {
            let Some((kind, resource)) = name.split_once('.') else { continue };
            let leaf = Tree::Leaf(Leaf { value: value.value.clone(), reason: value.reason.clone() });
            let of_kind = kinds.entry(kind.to_string()).or_insert_with(|| Tree::Map(BTreeMap::new()));
            if let Tree::Map(fields) = of_kind {
                fields.insert(resource.to_string(), leaf);
            }
        }
        let container = map(vec![("resources", Tree::Map(kinds))]);
        let containers = Tree::List("name".into(), BTreeMap::from([("coredns".to_string(), container)]));
        let template = map(vec![("spec", map(vec![("containers", containers)]))]);
        let name = ("coredns", Some("kube-system"));
        let tree = framed("apps/v1", "Deployment", name, map(vec![("template", template)]));
        let how = "A strategic merge patch: kubectl patch -n kube-system deployment coredns --patch-file.";
        out.insert("dns/coredns.yaml".into(), documents(plan, "CoreDNS", how, &[tree], options)?);
    }
    out.extend(node_local(plan, options)?);
    Ok(out)
}

fn node_local(plan: &Plan, options: &Options) -> Result<Option<(String, String)>, Bug> {
    let values = of(plan, "coredns/node-local.");
    let text = |key: &str| values.get(key).and_then(|v| v.value.as_str()).unwrap_or_default();
    let Some(bind) = values.get("bind").and_then(|v| v.value.as_array()) else { return Ok(None) };
    let bind: Vec<&str> = bind.iter().filter_map(Json::as_str).collect();
    let context = context! {
        domain => text("domain"), address => text("address"), bind => bind.join(" "),
        reverse => ["in-addr.arpa", "ip6.arpa"],
    };
    let corefile = fill("node-local.corefile", include_str!("../../templates/node-local.corefile.j2"), context)?;
    let how = format!(
        "The ConfigMap of nodelocaldns.yaml; give its node-cache `-localip {}`. The cache fills in the remaining placeholders.",
        bind.join(",")
    );
    let mut header = header(plan, "NodeLocal DNSCache", &how, options);
    header.extend(reasons(&values, options));
    let lines: Vec<String> = corefile.lines().map(String::from).collect();
    let context = context! { header, name => "node-local-dns", namespace => "kube-system", key => "Corefile", lines };
    let text = fill("configmap.yaml", include_str!("../../templates/configmap.yaml.j2"), context)?;
    Ok(Some(("dns/node-local-dns.yaml".into(), text)))
}
