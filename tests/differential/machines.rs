//! Machines for a kubelet's start-up: what the judge is told of them, and the same as conditions name it.

use super::random::Random;
use plimsoll::quantity::Bytes;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

const GIB: i64 = 1 << 30;

/// A machine of nodes, each with CPUs, bytes, and huge pages of 2Mi.
fn machine(nodes: &[(i64, i64, i64)], threads: i64, sockets: i64) -> Json {
    let mut first = 0;
    let numa: Vec<Json> = nodes
        .iter()
        .enumerate()
        .map(|(id, (cpus, bytes, pages))| {
            let list = format!("{first}-{}", first + cpus - 1);
            first += cpus;
            let pages = if *pages > 0 { json!({"2Mi": pages}) } else { json!({}) };
            json!({"id": id, "cpus": list, "memoryBytes": bytes, "hugepages": pages})
        })
        .collect();
    json!({
        "cpus": first, "onlineCpus": format!("0-{}", first - 1), "threadsPerCore": threads, "sockets": sockets,
        "memoryBytes": nodes.iter().map(|n| n.1).sum::<i64>(), "numa": numa, "cgroup": 2, "swapBytes": 0,
        "ephemeralStorageBytes": 200 * GIB,
    })
}

/// Machines that no example has: uneven, many nodes, huge pages, small.
pub fn odd() -> Vec<Json> {
    vec![
        machine(&[(8, 32 * GIB, 0), (8, 32 * GIB, 0)], 2, 2),
        machine(&[(4, 16 * GIB + 1, 0), (12, 48 * GIB - 4097, 0)], 1, 1),
        machine(&[(8, 32 * GIB, 512), (8, 16 * GIB, 0)], 2, 1),
        machine(&[(2, 2 * GIB, 0)], 1, 1),
        machine(&[(4, 8 * GIB, 0); 9], 1, 1),
        machine(&[(4, 8 * GIB, 0); 8], 2, 4),
    ]
}

/// A machine with facts as conditions name them; of the rest, as much as those ask for.
pub fn made(facts: &BTreeMap<String, Json>, random: &mut Random) -> Json {
    let number = |name: &str| facts.get(name).and_then(Json::as_i64);
    let list = |name: &str| facts.get(name).and_then(Json::as_array).cloned().unwrap_or_default();
    let (memory, pages) = (list("numa-memory"), list("numa-hugepages"));
    let count = number("numa-nodes").unwrap_or(1 + i64::try_from(random.below(2)).unwrap_or(0));
    let nodes = usize::try_from(count).unwrap_or(1).max(memory.len());
    let threads = number("threads-per-core").unwrap_or(1);
    let cpus = number("cpus").unwrap_or(4 * count) / i64::try_from(nodes).unwrap_or(1);
    let each = number("memory").map_or(8 * GIB, |all| all / count);
    let of = |at: usize| {
        let bytes = memory.get(at).and_then(Json::as_i64).unwrap_or(each);
        (cpus.max(threads), bytes, pages.get(at).and_then(Json::as_i64).unwrap_or(0) / (2 << 20))
    };
    let parts: Vec<(i64, i64, i64)> = (0..nodes).map(of).collect();
    let mut out = machine(&parts, threads, number("sockets").unwrap_or(1));
    out["cgroup"] = number("cgroup").unwrap_or(2).into();
    if facts.get("swap") == Some(&Json::Bool(true)) {
        out["swapBytes"] = GIB.into();
    }
    if let Some(bytes) = number("nodefs") {
        out["ephemeralStorageBytes"] = bytes.into();
    }
    out["sysctl"] = json!({"kernel.pid_max": number("pid-max").unwrap_or(4_194_304)});
    out
}

/// The machine with something else about it, now and then.
pub fn vary(machine: &Json, random: &mut Random) -> Json {
    let mut out = machine.clone();
    match random.below(30) {
        0 => out["cgroup"] = 1.into(),
        1 => out["swapBytes"] = GIB.into(),
        // One byte less than what was planned for.
        2 => {
            out["memoryBytes"] = (machine["memoryBytes"].as_i64().unwrap_or(GIB) - 1).into();
            let first = machine["numa"][0]["memoryBytes"].as_i64().unwrap_or(GIB);
            out["numa"][0]["memoryBytes"] = (first - 1).into();
        }
        3 => out["ephemeralStorageBytes"] = GIB.into(),
        _ => {}
    }
    out
}

/// The facts of a machine as conditions name them.
pub fn facts(machine: Option<&Json>) -> BTreeMap<String, Json> {
    let Some(machine) = machine else { return BTreeMap::new() };
    let nodes: Vec<&Json> = machine["numa"].as_array().into_iter().flatten().collect();
    let pages = |node: &Json| -> i64 {
        let sizes = node["hugepages"].as_object().into_iter().flatten();
        sizes.map(|(size, count)| Bytes::parse(size).map_or(0, |b| b.0) * count.as_i64().unwrap_or(0)).sum()
    };
    let huge: Vec<i64> = nodes.iter().map(|node| pages(node)).collect();
    let facts = [
        ("cpus", machine["cpus"].clone()),
        ("online", machine["onlineCpus"].clone()),
        ("threads-per-core", machine["threadsPerCore"].clone()),
        ("sockets", machine["sockets"].clone()),
        ("memory", machine["memoryBytes"].clone()),
        ("numa-nodes", nodes.len().into()),
        ("numa-memory", nodes.iter().map(|n| n["memoryBytes"].clone()).collect()),
        ("hugepages", huge.iter().sum::<i64>().into()),
        ("numa-hugepages", huge.into()),
        ("nodefs", machine["ephemeralStorageBytes"].clone()),
        ("swap", (machine["swapBytes"].as_i64() != Some(0)).into()),
        ("cgroup", machine["cgroup"].clone()),
    ];
    let pids =
        ["kernel.pid_max", "kernel.threads-max"].iter().filter_map(|name| machine["sysctl"][*name].as_i64()).min();
    let pids = pids.map(|most| ("pid-max", most.into()));
    facts.into_iter().chain(pids).map(|(name, value)| (name.to_string(), value)).collect()
}
