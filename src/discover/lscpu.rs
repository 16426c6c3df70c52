//! `lscpu --json`: a list of fields and their texts, nested in some versions.

use super::known::{Known, Node};
use super::mask;
use super::sys::kubernetes;
use crate::quantity::{CpuSet, Fault};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Reads the list below `lscpu`.
pub fn read(fields: &[Json]) -> Result<Known, Fault> {
    let mut all = BTreeMap::new();
    flatten(fields, &mut all, 0);
    let number = |key: &str| all.get(key).and_then(|v| v.parse::<i64>().ok()).filter(|n| *n > 0);
    let set = |key: &str| {
        let fault = |f: Fault| Fault(format!("`{key}` has a fault: {}", f.0));
        all.get(key).map(|v| mask::list(v).map_err(fault)).transpose()
    };
    let count = number("CPU(s)").ok_or_else(|| Fault("has no `CPU(s)` with a number in it".into()))?;
    let online = set("On-line CPU(s) list")?.filter(|s| !s.is_empty());
    let offline = set("Off-line CPU(s) list")?.unwrap_or_default();
    let nodes = nodes(&all, online.as_ref())?;
    Ok(Known {
        arch: all.get("Architecture").map(|a| kubernetes(a)),
        // Without a list the count is that of the online ones only if none is known to be off.
        count: Some(count).filter(|_| online.is_none() && offline.is_empty()),
        online,
        offline,
        threads: number("Thread(s) per core"),
        sockets: number("Socket(s)"),
        nodes,
        ..Known::default()
    })
}

fn flatten(fields: &[Json], out: &mut BTreeMap<String, String>, depth: u8) {
    for field in fields {
        if let (Some(key), Some(data)) = (field["field"].as_str(), field["data"].as_str()) {
            out.entry(key.trim_end_matches(':').to_string()).or_insert_with(|| data.trim().to_string());
        }
        if let Some(children) = field["children"].as_array().filter(|_| depth < 8) {
            flatten(children, out, depth + 1);
        }
    }
}

fn nodes(all: &BTreeMap<String, String>, online: Option<&CpuSet>) -> Result<Option<Vec<Node>>, Fault> {
    let id = |key: &str| key.strip_prefix("NUMA node")?.strip_suffix(" CPU(s)")?.parse::<u32>().ok();
    let mut out = BTreeMap::new();
    for (key, text) in all {
        let Some(id) = id(key) else { continue };
        let mut cpus = mask::list(text).map_err(|f| Fault(format!("`{key}` has a fault: {}", f.0)))?;
        if let Some(online) = online {
            cpus.0.retain(|cpu| online.0.contains(cpu));
        }
        out.insert(id, Node { id, cpus, ..Node::default() });
    }
    Ok(Some(out.into_values().collect::<Vec<_>>()).filter(|nodes| !nodes.is_empty()))
}
