//! The plan as the JSON document of the design: what `plan --format json` prints and `plan.json` holds.

use super::{ClassPlan, Plan};
use crate::catalog;
use crate::diag::{Finding, Sources, formats};
use crate::facts::{Cause, entry};
use crate::quantity::{Bytes, Milli};
use crate::rules::class::NodeUse;
use crate::rules::{Unfit, Values, rule};
use crate::spec::Spec;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Version of the document's form.
pub const FORMAT: &str = "1.0";

/// The document of a plan. Line numbers of the spec appear only when `sources` are given: a written file has none.
#[must_use]
pub fn document(plan: &Plan, sources: Option<&Sources>) -> Value {
    let classes: Map<String, Value> = plan.classes.iter().map(|(name, c)| (name.clone(), class(plan, c))).collect();
    let mut facts: BTreeSet<&str> = BTreeSet::new();
    let mut rules: BTreeSet<&str> = BTreeSet::new();
    for (_, _, value) in plan.all_values() {
        rules.extend(value.rules.iter().map(String::as_str));
        rules.extend(value.binding.iter().chain(&value.behind).map(|b| b.rule.as_str()));
        rules.extend(value.next.iter().map(|n| n.rule.as_str()));
        facts.extend(value.because.iter().filter_map(|c| match c {
            Cause::Fact(id) => Some(id.as_str()),
            _ => None,
        }));
    }
    let facts: Map<String, Value> =
        facts.into_iter().filter_map(|id| Some((id.to_string(), json!(entry(id)?)))).collect();
    let rules: Map<String, Value> =
        rules.into_iter().filter_map(|id| Some((id.to_string(), json!(rule(id)?)))).collect();
    let findings = match sources {
        Some(sources) => formats::json(&plan.findings, sources),
        None => without_places(plan),
    };
    json!({
        "formatVersion": FORMAT,
        "tool": format!("plimsoll {}", env!("CARGO_PKG_VERSION")),
        "catalogDate": catalog::DATE,
        "cluster": plan.cluster,
        "kubernetes": plan.kubernetes.to_string(),
        "etcd": plan.etcd.map(|v| v.to_string()),
        "platform": plan.platform,
        "cni": plan.cni,
        "specSha256": plan.spec_sha256,
        "nodeClasses": classes,
        "controlPlane": control_plane(plan),
        "clusterValues": values(plan, &plan.shared),
        "facts": facts,
        "rules": rules,
        "findings": findings,
    })
}

/// Findings without labels: a written file must not change when a comment is added to the spec.
fn without_places(plan: &Plan) -> Value {
    let mut list: Vec<Value> = plan
        .findings
        .iter()
        .map(|f| {
            let notes: Vec<&String> = f.notes.iter().chain(&f.helps).collect();
            json!({ "id": f.id, "severity": f.severity, "message": f.message, "labels": [], "notes": notes, "fixes": [] })
        })
        .collect();
    // File order would let the order of tables in the spec show.
    list.sort_by_key(|f| (f["id"].to_string(), f["message"].to_string()));
    Value::Array(list)
}

fn control_plane(plan: &Plan) -> Value {
    let mut out = json!({ "values": values(plan, &plan.control_plane) });
    if let Some(load) = &plan.load {
        out["load"] = super::load::json(load);
    }
    out
}

/// Values by name; what is the provider's says so.
fn values(plan: &Plan, values: &Values) -> Value {
    let one = |name: &String, value| {
        let mut out = json!(value);
        if !plan.is_users(name) {
            out["settable"] = json!(false);
        }
        (name.clone(), out)
    };
    Value::Object(values.iter().map(|(name, value)| one(name, value)).collect())
}

/// Canonical storage text, or nothing when no disk is known.
fn storage(bytes: Option<i64>) -> Value {
    bytes.map_or(Value::Null, |b| json!(Bytes(b).to_string()))
}

fn class(plan: &Plan, c: &ClassPlan) -> Value {
    let l = &c.ledger;
    let basis = if c.exact { "exact" } else { "nominal" };
    let mut out = json!({
        "count": c.count,
        "kubernetes": c.kubernetes.to_string(),
        "role": c.role,
        "goal": c.goal.0,
        "reservation": c.reservation,
        "capacity": {
            "cpu": Milli(l.cpu[0]).to_string(),
            "memory": Bytes(l.memory[0]).to_string(),
            "ephemeral-storage": storage(l.storage.map(|s| s[0])),
            "pods": c.pods.to_string(),
            "basis": basis,
        },
        "allocatable": {
            "cpu": Milli(l.allocatable_cpu()).to_string(),
            "memory": Bytes(l.allocatable_memory()).to_string(),
            "ephemeral-storage": storage(l.allocatable_storage()),
            "pods": c.pods.to_string(),
        },
        "machine": c.machine,
        "values": values(plan, &c.values),
    });
    if let Some(level) = &c.cost_level {
        let quantile = catalog::cost_level(level).map(|l| l.quantile);
        out["costLevel"] = json!({ "name": level, "quantile": quantile });
    }
    if l.hugepages > 0 {
        out["capacity"]["hugepages"] = pages(&c.machine);
    }
    if !c.numa.is_empty() {
        out["numa"] = c.numa.iter().enumerate().map(|(id, node)| numa(id, node)).collect();
    }
    if let Some([low, high]) = l.spread {
        let less = |b: i64| Bytes((b - l.memory[3]).max(0)).to_string();
        out["allocatableSpread"] = json!({ "memory": { "low": less(low), "high": less(high) },
                                           "assumptions": c.assumptions.0, "costs": c.assumptions.1 });
    }
    if let Some((path, _)) = &c.base {
        out["baseFile"] = json!(path);
    }
    out
}

/// What lies on one NUMA node.
fn numa(id: usize, node: &NodeUse) -> Value {
    let pods: Map<String, Value> = node.pods.iter().map(|(name, count)| (name.clone(), json!(count))).collect();
    let mut out = json!({
        "node": id,
        "pods": pods,
        "reservedCpus": node.reserved_cpus.to_string(),
        "reservedMemory": Bytes(node.reserved_memory).to_string(),
    });
    if !node.across.is_empty() {
        out["across"] = json!(node.across);
    }
    if let Some((cpus, memory)) = node.free {
        out["free"] = json!({ "cpu": cpus.to_string(), "memory": Bytes(memory).to_string() });
    }
    out
}

/// Huge pages per size, over all nodes.
fn pages(machine: &Value) -> Value {
    let mut sums: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
    for node in machine["numa"].as_array().into_iter().flatten() {
        for (size, count) in node["hugepages"].as_object().into_iter().flatten() {
            let bytes = Bytes::parse(size).map_or(0, |b| b.0);
            *sums.entry(size.clone()).or_default() += bytes * count.as_i64().unwrap_or(0);
        }
    }
    Value::Object(sums.into_iter().map(|(size, bytes)| (size, json!(Bytes(bytes).to_string()))).collect())
}

/// The document of a plan that does not exist: why, and a way out.
#[must_use]
pub fn infeasible(spec: &Spec, list: &[Unfit], findings: &[Finding], sources: &Sources) -> Value {
    let conflicts: Vec<Value> = list
        .iter()
        .flat_map(|u| {
            u.conflicts
                .iter()
                .map(move |c| json!({ "nodeClass": u.class, "rules": c.rules, "arithmetic": c.arithmetic }))
        })
        .collect();
    let way_out: Vec<Value> = list
        .iter()
        .filter_map(|u| u.way_out.as_ref())
        .map(|w| json!({ "text": w.text, "spec": w.path, "value": w.replacement }))
        .collect();
    let classes: Map<String, Value> = spec.classes.keys().map(|name| (name.clone(), json!({ "values": {} }))).collect();
    json!({
        "formatVersion": FORMAT,
        "tool": format!("plimsoll {}", env!("CARGO_PKG_VERSION")),
        "catalogDate": catalog::DATE,
        "cluster": spec.cluster.name.value,
        "kubernetes": spec.cluster.kubernetes.value.to_string(),
        "specSha256": spec.sha256,
        "nodeClasses": classes,
        "conflicts": conflicts,
        "wayOut": if way_out.is_empty() { Value::Null } else { Value::Array(way_out) },
        "findings": formats::json(findings, sources),
    })
}
