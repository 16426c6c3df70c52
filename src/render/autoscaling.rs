//! Files of the autoscaler of nodes: Karpenter's NodePool and the kubelet part of its EC2NodeClass, or Cluster Autoscaler's
//! flags and the tags by which it knows a group without nodes.

use super::tree::of_component;
use super::{Bug, Options, Texts, fill, object, yaml};
use crate::catalog;
use crate::compare::allocatable;
use crate::plan::{ClassPlan, Plan};
use crate::rules::Value;
use minijinja::context;
use serde_json::{Map, Value as Json, json};

/// The files; none where the spec names no autoscaler.
pub(super) fn files(plan: &Plan, options: &Options) -> Result<Texts, Bug> {
    let mut out = Texts::new();
    for (name, class) in &plan.classes {
        if class.values.keys().any(|n| n.starts_with("karpenter/")) {
            out.insert(format!("autoscaling/karpenter-{name}.yaml"), karpenter(plan, name, class, options)?);
        }
    }
    out.extend(cluster_autoscaler(plan, options)?);
    out.extend(recommender(plan, options)?);
    Ok(out)
}

fn header(lines: Vec<String>, options: &Options) -> Vec<String> {
    if options.comments { lines.iter().map(|l| yaml::one_line(l)).collect() } else { Vec::new() }
}

/// Two documents: the NodePool, and what the plan says of its EC2NodeClass.
fn karpenter(plan: &Plan, name: &str, class: &ClassPlan, options: &Options) -> Result<String, Bug> {
    let kubelet = of_component("kubelet", &class.values, |_, _| true).json();
    let fields = &catalog::karpenter().kubelet_fields;
    let taken: Map<String, Json> = fields.iter().filter_map(|f| Some((f.clone(), known(kubelet.get(f)?)?))).collect();
    let mut left: Vec<&str> = class
        .values
        .iter()
        .filter(|(n, v)| n.starts_with("kubelet/") && v.departs())
        .filter_map(|(n, _)| n.strip_prefix("kubelet/")?.split(['.', '[']).next())
        .filter(|field| !fields.iter().any(|f| f == field))
        .collect();
    left.dedup();
    let lines = vec![
        object::written_by(plan, &format!("Karpenter of node class {name}"), class.kubernetes),
        "The EC2NodeClass is a part: amiSelectorTerms, role and the selector terms of subnets and security groups are yours.".into(),
        "Its root volume has to be as large as the nodefs that is planned for; Karpenter counts ephemeral storage by it.".into(),
        match left.is_empty() {
            true => "Every planned field of the kubelet that departs from its default is in spec.kubelet.".into(),
            false => format!("spec.kubelet has no place for {}: give them in userData.", left.join(", ")),
        },
    ];
    let arch = class.machine["arch"].as_str().unwrap_or_default();
    let mut pool = of_component("karpenter", &class.values, |_, _| true).json();
    let spec = &mut pool["template"]["spec"];
    spec["nodeClassRef"] = json!({ "group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": name });
    spec["requirements"] = json!([
        { "key": "node.kubernetes.io/instance-type", "operator": "In", "values": [class.machine_name] },
        { "key": "kubernetes.io/arch", "operator": "In", "values": [arch] },
    ]);
    let label = crate::alerts::opinion_text("class-label");
    pool["template"]["metadata"] = json!({ "labels": { label: name } });
    let documents = [
        ("karpenter.sh/v1", "NodePool", header(lines, options), pool),
        ("karpenter.k8s.aws/v1", "EC2NodeClass", Vec::new(), json!({ "kubelet": taken })),
    ];
    let texts = documents.into_iter().map(|(api_version, kind, header, spec)| {
        let lines = yaml::json_lines(&json!({ "metadata": { "name": name }, "spec": spec }));
        fill(
            "object.yaml",
            include_str!("../../templates/object.yaml.j2"),
            context! { header, api_version, kind, lines },
        )
    });
    Ok(texts.collect::<Result<Vec<_>, Bug>>()?.join("---\n"))
}

/// A value without what is unset.
fn known(value: &Json) -> Option<Json> {
    match value {
        Json::Null => None,
        Json::Object(map) => {
            let map: Map<String, Json> = map.iter().filter_map(|(k, v)| Some((k.clone(), known(v)?))).collect();
            (!map.is_empty()).then_some(Json::Object(map))
        }
        other => Some(other.clone()),
    }
}

const PREFIX: &str = "cluster-autoscaler/";
const GROUP: &str = "cluster-autoscaler/nodes";

/// One flag a line, and the tags of each group.
fn cluster_autoscaler(plan: &Plan, options: &Options) -> Result<Texts, Bug> {
    let groups: Vec<(&String, &ClassPlan)> =
        plan.classes.iter().filter(|(_, c)| c.values.contains_key(GROUP)).collect();
    if groups.is_empty() {
        return Ok(Texts::new());
    }
    let shared = plan.shared.iter().filter(|(name, value)| name.starts_with(PREFIX) && !value.value.is_null());
    let of_groups = groups.iter().filter_map(|(_, c)| c.values.get_key_value(GROUP));
    let lines = vec![
        object::written_by(plan, "Cluster Autoscaler", plan.kubernetes),
        "Replace the last part of each --nodes by the name that the group has at your provider.".into(),
    ];
    let text = flags(shared.chain(of_groups), lines, options)?;
    let mut tags = Map::new();
    for (name, class) in groups {
        let amounts = allocatable(class).into_iter().filter(|(_, text)| !text.is_empty());
        let of_class: Map<String, Json> = amounts
            .map(|(what, text)| (format!("k8s.io/cluster-autoscaler/node-template/resources/{what}"), json!(text)))
            .collect();
        tags.insert(name.clone(), Json::Object(of_class));
    }
    let lines = vec![
        object::written_by(plan, "tags of Auto Scaling groups", plan.kubernetes),
        "Without a node to look at, Cluster Autoscaler takes a machine's nominal size for what pods can have; with these tags,".into(),
        "it takes what the plan leaves for them.".into(),
    ];
    let tags = fill(
        "lines.yaml",
        include_str!("../../templates/lines.yaml.j2"),
        context! { header => header(lines, options), lines => yaml::json_lines(&Json::Object(tags)) },
    )?;
    Ok(Texts::from([
        ("autoscaling/cluster-autoscaler.flags".into(), text),
        ("autoscaling/node-group-tags.yaml".into(), tags),
    ]))
}

/// The recommender's flags; none where the spec states no VerticalPodAutoscaler.
fn recommender(plan: &Plan, options: &Options) -> Result<Texts, Bug> {
    let values: Vec<_> =
        plan.shared.iter().filter(|(name, v)| name.starts_with("vpa-recommender/") && !v.value.is_null()).collect();
    if values.is_empty() {
        return Ok(Texts::new());
    }
    let lines = vec![object::written_by(plan, "the VerticalPodAutoscaler's recommender", plan.kubernetes)];
    Ok(Texts::from([("autoscaling/vpa-recommender.flags".into(), flags(values.into_iter(), lines, options)?)]))
}

/// One flag a line, with the reason above it.
fn flags<'v>(
    values: impl Iterator<Item = (&'v String, &'v Value)>,
    lines: Vec<String>,
    options: &Options,
) -> Result<String, Bug> {
    let flags: Vec<_> = values
        .map(|(name, value)| {
            let reason = if options.comments { yaml::one_line(&value.reason) } else { String::new() };
            let text = value.value.as_str().map_or_else(|| value.value.to_string(), ToString::to_string);
            let flag = name.split_once('/').map_or(name.as_str(), |(_, flag)| flag);
            context! { name => flag, value => yaml::one_line(&text), reason }
        })
        .collect();
    fill("flags", include_str!("../../templates/flags.j2"), context! { header => header(lines, options), flags })
}
