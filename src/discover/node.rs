//! `kubectl get node -o json`: what kubelets reported of their machines.

use super::known::{Device, Disk, Disks, Known};
use crate::quantity::{Bytes, Fault, Kernel};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Reads a node object.
pub fn read(node: &Json) -> Result<Known, Fault> {
    let name = node["metadata"]["name"].as_str().unwrap_or("without a name");
    let capacity = node["status"]["capacity"]
        .as_object()
        .ok_or_else(|| Fault(format!("has the node `{name}`, which states no capacity")))?;
    let fault = |key: &str, f: &Fault| Fault(format!("has the node `{name}`, whose capacity of `{key}` {}", f.0));
    let bytes = |key: &str| {
        let text = capacity.get(key).and_then(Json::as_str);
        text.map(|t| Bytes::parse(t).map_err(|f| fault(key, &f))).transpose()
    };
    let count = |v: &Json| v.as_str().and_then(|t| t.parse::<i64>().ok()).filter(|n| (1..=1_024).contains(n));
    let cpus = capacity.get("cpu").and_then(Json::as_str).and_then(|t| t.parse::<i64>().ok()).filter(|n| *n > 0);
    let mut pages = BTreeMap::new();
    let mut devices = Vec::new();
    for (key, value) in capacity {
        if let Some(size) = key.strip_prefix("hugepages-") {
            let size = Bytes::parse(size).map_err(|f| fault(key, &f))?;
            pages.extend(bytes(key)?.filter(|sum| sum.0 > 0).map(|sum| (size, sum)));
        } else if let Some((_, short)) = key.split_once('/').filter(|(domain, _)| *domain != "kubernetes.io")
            && let Some(count) = count(value)
        {
            devices.push(Device { name: short.into(), resource: Some(key.clone()), count, numa: None });
        }
    }
    let info = |key: &str| node["status"]["nodeInfo"][key].as_str();
    let runtime = info("containerRuntimeVersion").and_then(|v| v.split_once("://")).and_then(|(name, version)| {
        let name = if name == "cri-o" { "crio" } else { name };
        ["containerd", "crio"].contains(&name).then(|| (name.to_string(), version.to_string()))
    });
    let nodefs = bytes("ephemeral-storage")?.filter(|b| b.0 > 0);
    Ok(Known {
        machines: Some(1),
        arch: info("architecture").map(ToString::to_string),
        kernel: info("kernelVersion").and_then(|k| Kernel::parse(k).ok()),
        runtime,
        instance_type: node["metadata"]["labels"]["node.kubernetes.io/instance-type"].as_str().map(ToString::to_string),
        count: cpus,
        memory: bytes("memory")?.filter(|b| b.0 > 0),
        hugepages: Some(pages),
        devices,
        disks: Disks { nodefs: nodefs.map(|size| Disk { size: Some(size), ..Disk::default() }), ..Disks::default() },
        ..Known::default()
    })
}

/// Reads a list of nodes, which have to be alike: of sizes that differ a little from machine to machine, the smallest.
pub fn read_all(nodes: &[Json]) -> Result<Known, Fault> {
    let mut all = nodes.iter().map(read).collect::<Result<Vec<_>, _>>()?.into_iter();
    let mut first = all.next().ok_or_else(|| Fault("lists no node".into()))?;
    let mut machines = 1;
    for next in all {
        let differs = [
            ("CPUs", first.count != next.count),
            ("architecture", first.arch != next.arch),
            ("huge pages", first.hugepages != next.hugepages),
            ("devices", first.devices != next.devices),
            ("instance type", first.instance_type != next.instance_type),
        ];
        if let Some((what, _)) = differs.iter().find(|(_, differs)| *differs) {
            return Err(Fault(format!("lists nodes that differ in {what}, so they are of several classes")));
        }
        let smaller = |a: Option<Bytes>, b: Option<Bytes>| a.zip(b).map(|(a, b)| a.min(b));
        first.memory = smaller(first.memory, next.memory);
        let size = |k: &Known| k.disks.nodefs.as_ref().and_then(|d| d.size);
        let nodefs = smaller(size(&first), size(&next));
        first.disks.nodefs = nodefs.map(|size| Disk { size: Some(size), ..Disk::default() });
        // What is not the same everywhere is said of none.
        first.kernel = first.kernel.filter(|k| next.kernel == Some(*k));
        first.runtime = first.runtime.take().filter(|r| next.runtime.as_ref() == Some(r));
        machines += 1;
    }
    if machines > 1 {
        first.remarks.push(format!("sizes are the smallest of {machines} nodes"));
    }
    first.machines = Some(machines);
    Ok(first)
}
