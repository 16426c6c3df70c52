//! Facts by id: the value, source, date and kind behind each name that a because-chain may end in.

use crate::catalog::{self, How};
use crate::quantity::Minor;
use serde::Serialize;
use serde_json::{Value, json};

/// What stands behind a fact's id.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// The value.
    pub value: Value,
    /// Where it was read.
    pub source: String,
    /// When.
    pub date: String,
    /// `fact`, `assumption` or `measured`.
    pub kind: &'static str,
}

/// Looks up a fact. Ids name their table first: `aws/TYPE/COLUMN`, `cost/ID`, `behaviour/ID`, `platform/NAME`,
/// `goal/NAME`, `preset/NAME`, `static-pod/ROLE/NAME`, `reservation/POLICY/GENERATION`, `default/MINOR/TUNABLE`,
/// `level/NAME`, `menu/NAME`, `priority-level/NAME`, `opinion/FILE/KEY`, `size/PODS`, `unstated/KEY`.
#[must_use]
pub fn entry(id: &str) -> Option<Entry> {
    let (table, rest) = id.split_once('/')?;
    let fact = |value: Value, source: &str, date: &str| Entry {
        value,
        source: source.into(),
        date: date.into(),
        kind: "fact",
    };
    let opinion = |value: Value, source: &str| Entry { kind: "assumption", ..fact(value, source, catalog::DATE) };
    Some(match table {
        "aws" => aws(rest)?,
        "cost" => {
            let cost = catalog::cost(rest)?;
            let kind = match cost.how {
                How::Measured => "measured",
                How::Published => "fact",
                How::Assumption => "assumption",
            };
            let value = json!({ "low": cost.low, "typical": cost.typical, "cautious": cost.cautious(), "high": cost.high, "unit": cost.unit, "per": cost.per });
            Entry { kind, ..fact(value, &cost.source, &cost.date) }
        }
        "behaviour" => {
            let it = catalog::limit(rest)?;
            let value = it.value.map_or_else(|| json!(it.summary), |v| json!(v));
            fact(value, &format!("{}: {}", it.source, it.summary), &it.date)
        }
        "priority-level" => {
            let it = catalog::priority_level(rest)?;
            let (source, date) = catalog::priority_levels_source();
            fact(json!({ "shares": it.shares, "lendablePercent": it.lendable_percent }), source, date)
        }
        "platform" => {
            let it = catalog::platform(rest)?;
            let ceilings: Vec<_> = it.pods_ceiling.iter().map(|c| json!({ "cpus": c.cpus, "pods": c.pods })).collect();
            fact(
                json!({ "controlPlane": it.control_plane, "cni": it.cni, "podsCeiling": ceilings }),
                &it.source,
                &it.date,
            )
        }
        "goal" => opinion(json!(catalog::goal(rest)?.sentence), "profiles/goals.toml"),
        "level" => opinion(json!(catalog::cost_level(rest)?.sentence), "profiles/levels.toml"),
        "menu" => opinion(menu(rest)?, "profiles/menus.toml"),
        "opinion" => {
            let it = catalog::opinion(rest)?;
            let file = rest.split_once('/').map_or(rest, |(file, _)| file);
            opinion(it.value.clone(), &format!("profiles/opinions/{file}.toml: {}", it.why))
        }
        "size" => {
            let it = catalog::size(rest.parse().ok()?)?;
            opinion(json!({ "syncs": it.syncs, "qps": it.qps, "burst": it.burst }), "profiles/cluster-sizes.toml")
        }
        "unstated" => {
            let it = catalog::unstated(rest)?;
            opinion(it.value.clone(), &format!("profiles/unstated.toml: {}", it.why))
        }
        "preset" => {
            let it = catalog::preset(rest)?;
            opinion(json!({ "cpu": it.cpu, "memory": it.memory }), &it.source)
        }
        "static-pod" => {
            let (role, name) = rest.split_once('/')?;
            let it = catalog::static_pods(role).find(|p| p.name == name)?;
            fact(json!({ "cpu": it.cpu, "memory": it.memory }), &it.source, catalog::DATE)
        }
        "reservation" => {
            let (name, generation) = rest.split_once('/')?;
            let it = catalog::policy(name, Some(generation), catalog::versions().newest)?;
            fact(json!(it.generation), &it.source, &it.date)
        }
        "default" => {
            let (minor, name) = rest.split_once('/')?;
            let found = catalog::find(name)?;
            let value = found.default_in(Minor::parse(minor)?).unwrap_or(Value::Null);
            fact(value, found.tunable.source(), catalog::DATE)
        }
        _ => return None,
    })
}

fn aws(rest: &str) -> Option<Entry> {
    let (name, column) = rest.rsplit_once('/')?;
    let it = catalog::instance(name)?;
    let value = match column {
        "vcpus" => json!(it.vcpus),
        "memory" => json!(format!("{}Mi", it.memory_mib)),
        "arch" => json!(it.arch),
        "enis" => json!(it.enis),
        "ipv4-per-eni" => json!(it.ipv4_per_eni),
        "hypervisor" => json!(it.hypervisor),
        _ => return None,
    };
    let (interfaces, rest) = catalog::instance_dates();
    let source = format!(
        "catalog/aws/instances.tsv: karpenter-provider-aws instance-types reference ({rest}), \
         amazon-vpc-cni-k8s vpc_ip_resource_limit ({interfaces})"
    );
    Some(Entry { value, source, date: interfaces.into(), kind: "fact" })
}

/// A number or list of `profiles/menus.toml` by its key; what only works together goes by one id.
fn menu(name: &str) -> Option<Value> {
    let menus = catalog::menus();
    Some(match name {
        "pulls" => {
            json!({ "write": menus.pull_write, "iops": menus.pull_iops, "most": menus.pulls_most, "image": menus.pull_image })
        }
        "terminated-pods" => json!({ "menu": menus.terminated_pods, "share": menus.terminated_share }),
        _ => serde_json::to_value(menus).ok()?.get(name)?.clone(),
    })
}
