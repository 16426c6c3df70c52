//! CPUs, memory, huge pages and NUMA nodes of the fragment.

use super::super::known::{Known, Node};
use super::Text;
use crate::quantity::{Bytes, CpuSet};
use std::collections::BTreeMap;

/// CPUs and memory, per NUMA node where there are several or their numbers have gaps. Returns the CPUs of the nodes that
/// the text has.
pub fn write(known: &Known, nodes: &[&Node], out: &mut Text) -> Vec<CpuSet> {
    let online = known.online.clone();
    if !known.offline.is_empty() {
        out.line(&format!("offline = \"{}\"", known.offline));
    }
    let gaps = online.as_ref().is_some_and(|s| *s != CpuSet::first(u32::try_from(s.len()).unwrap_or(u32::MAX)));
    let whole = online.clone().map(|cpus| Node { cpus, memory: known.memory, ..Node::default() });
    let one = whole.iter().collect::<Vec<&Node>>();
    let nodes = if nodes.is_empty() { one.as_slice() } else { nodes };
    // The memory of a machine's one node is the machine's, which a kubelet counts.
    let memory = |n: &Node| known.memory.filter(|_| nodes.len() == 1).or(n.memory).filter(|m| m.0 > 0);
    let all_known = !nodes.is_empty() && nodes.iter().all(|n| memory(n).is_some());
    if (nodes.len() > 1 || gaps) && all_known {
        numa(known, nodes, &memory, out);
        return nodes.iter().map(|n| n.cpus.clone()).collect();
    }
    if let Some(count) = known.count {
        out.line(&format!("cpus = {count}"));
    }
    if nodes.len() > 1 {
        let list = nodes.iter().map(|n| n.cpus.to_string()).collect::<Vec<_>>().join("; ");
        out.comment(&format!("NUMA nodes, left out since the memory of each is not known: {list}"));
    }
    match known.memory.or_else(|| nodes.first().filter(|_| nodes.len() == 1).and_then(|n| memory(n))) {
        Some(memory) => out.line(&format!("memory = \"{}\"", kib(memory))),
        None => out.comment("memory: not in what was read; add MemTotal of /proc/meminfo"),
    }
    let own = nodes.first().filter(|_| nodes.len() == 1).map(|n| &n.hugepages).filter(|p| !p.is_empty());
    if let Some(pages) = own.or(known.hugepages.as_ref()).filter(|p| !p.is_empty()) {
        out.line(&format!("hugepages = {}", sizes(pages)));
    }
    // The short form numbers CPUs from 0 without gaps; where they have some, their numbers mean nothing in it.
    online.filter(|_| !gaps).into_iter().collect()
}

fn numa(known: &Known, nodes: &[&Node], memory: &dyn Fn(&Node) -> Option<Bytes>, out: &mut Text) {
    out.line("numa = [");
    for node in nodes {
        let mut keys = vec![format!("cpus = \"{}\"", node.cpus)];
        keys.extend(memory(node).map(|m| format!("memory = \"{}\"", kib(m))));
        let pages = if nodes.len() == 1 && node.hugepages.is_empty() { known.hugepages.as_ref() } else { None };
        let pages = pages.unwrap_or(&node.hugepages);
        if !pages.is_empty() {
            keys.push(format!("hugepages = {}", sizes(pages)));
        }
        let row: Option<Vec<String>> = nodes.iter().map(|to| Some(node.distances.get(&to.id)?.to_string())).collect();
        keys.extend(row.filter(|_| nodes.len() > 1).map(|row| format!("distances = [{}]", row.join(", "))));
        out.line(&format!("  {{ {} }},", keys.join(", ")));
    }
    out.line("]");
}

/// Exact KiB, as the kernel states memory.
fn kib(bytes: Bytes) -> String {
    if bytes.0 % 1024 == 0 { format!("{}Ki", bytes.whole_ki()) } else { bytes.to_string() }
}

fn sizes(pages: &BTreeMap<Bytes, Bytes>) -> String {
    let list = pages.iter().map(|(size, sum)| format!("\"{size}\" = \"{sum}\"")).collect::<Vec<_>>();
    format!("{{ {} }}", list.join(", "))
}
