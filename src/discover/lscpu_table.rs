//! `lscpu --json --extended`: one object per CPU. Numbers are texts in older versions, and so is whether it is online.

use super::known::{Known, Node};
use crate::quantity::{CpuSet, Fault};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// A CPU's row: its number, then what the columns that are there say.
struct Row {
    cpu: u32,
    online: bool,
    node: Option<u32>,
    socket: Option<u32>,
    core: Option<u32>,
    cache: Option<u32>,
}

/// Reads the list below `cpus`.
pub fn read(list: &[Json]) -> Result<Known, Fault> {
    let rows = list.iter().enumerate().map(|(at, r)| row(at, r)).collect::<Result<Vec<Row>, _>>()?;
    let mut seen = BTreeSet::new();
    if let Some(row) = rows.iter().find(|r| !seen.insert(r.cpu)) {
        return Err(Fault(format!("has two rows for CPU {}", row.cpu)));
    }
    let (on, off): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|r| r.online);
    if on.is_empty() {
        return Err(Fault("has no row of an online CPU".into()));
    }
    let cpus = |rows: &[&Row]| CpuSet(rows.iter().map(|r| r.cpu).collect());
    let cores = groups(&on, |r| r.core);
    let nodes = groups(&on, |r| r.node)
        .map(|groups| groups.into_iter().map(|(id, cpus)| Node { id, cpus, ..Node::default() }).collect::<Vec<_>>());
    let sets = |g: BTreeMap<u32, CpuSet>| {
        let mut sets: Vec<CpuSet> = g.into_values().collect();
        sets.sort();
        sets
    };
    Ok(Known {
        online: Some(cpus(&on)),
        offline: cpus(&off),
        cores: cores.map(sets),
        sockets: groups(&on, |r| r.socket).and_then(|g| i64::try_from(g.len()).ok()),
        nodes,
        caches: groups(&on, |r| r.cache).map(sets),
        ..Known::default()
    })
}

fn row(at: usize, row: &Json) -> Result<Row, Fault> {
    let number = |v: &Json| match v {
        Json::Number(n) => n.as_u64().and_then(|n| u32::try_from(n).ok()),
        Json::String(text) => text.parse::<u32>().ok(),
        _ => None,
    };
    let cpu = number(&row["cpu"]).filter(|n| *n < 65_536);
    let cpu = cpu.ok_or_else(|| Fault(format!("row {} has no CPU number", at + 1)))?;
    let online = match &row["online"] {
        Json::Null => true,
        Json::Bool(on) => *on,
        Json::String(word) => word == "yes" || word == "Y",
        _ => return Err(Fault(format!("row {} says neither `yes` nor `no` of being online", at + 1))),
    };
    // One column holds the numbers of all caches, the last level at the end of its name and of its value.
    let caches = row.as_object().and_then(|o| o.iter().find(|(key, _)| key.to_lowercase().ends_with(":l3")));
    let cache = caches.and_then(|(_, v)| v.as_str()?.rsplit(':').next()?.parse().ok());
    let (node, socket, core) = (number(&row["node"]), number(&row["socket"]), number(&row["core"]));
    Ok(Row { cpu, online, node, socket, core, cache })
}

/// CPUs by a column; `None` where not every row has it.
fn groups(rows: &[&Row], by: impl Fn(&Row) -> Option<u32>) -> Option<BTreeMap<u32, CpuSet>> {
    let mut out: BTreeMap<u32, CpuSet> = BTreeMap::new();
    for row in rows {
        out.entry(by(row)?).or_default().0.insert(row.cpu);
    }
    Some(out)
}
