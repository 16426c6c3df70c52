//! The node class as text: what is known as keys of a spec, what is not as comments.

use super::cores::{self, Cores};
use super::known::{Device, Disk, Known, Node};
use crate::quantity::{Bytes, CpuSet};
use std::collections::BTreeMap;

/// The fragment for a class of this name.
#[must_use]
pub fn fragment(known: &Known, class: &str) -> String {
    let mut out = Text::default();
    out.comment(&format!("Read from {}.", known.source));
    out.line(&format!("[node-class.{class}]"));
    if let Some(count) = known.machines.filter(|n| *n > 1) {
        out.line(&format!("count = {count}"));
    }
    host(known, &mut out);
    out.lines.push(String::new());
    out.line(&format!("[node-class.{class}.hardware]"));
    let nodes: Vec<&Node> = known.nodes.iter().flatten().filter(|n| !n.cpus.is_empty()).collect();
    let written = machine(known, &nodes, &mut out);
    processors(known, &written, &mut out);
    devices(known, &nodes, &mut out);
    disks(known, &mut out);
    if let Some(entries) = known.conntrack_max {
        out.line(&format!("sysctl = {{ \"net.netfilter.nf_conntrack_max\" = {entries} }}"));
    }
    for remark in &known.remarks {
        out.comment(remark);
    }
    out.lines.join("\n") + "\n"
}

#[derive(Default)]
struct Text {
    lines: Vec<String>,
}

impl Text {
    fn line(&mut self, line: &str) {
        self.lines.push(line.to_string());
    }

    /// A comment; what came from a file cannot end the line.
    fn comment(&mut self, text: &str) {
        let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.lines.push(format!("# {plain}"));
    }
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.into()).to_string()
}

fn host(known: &Known, out: &mut Text) {
    let mut os = vec!["family = \"linux\"".to_string()];
    match known.arch.as_deref() {
        Some(arch @ ("amd64" | "arm64")) => os.push(format!("arch = \"{arch}\"")),
        Some(other) => out.comment(&format!("architecture: `{other}`, which a spec cannot state yet")),
        None => out.comment("architecture: not in what was read"),
    }
    os.extend(known.cgroup.map(|n| format!("cgroup = {n}")));
    os.extend(known.kernel.map(|k| format!("kernel = \"{k}\"")));
    os.extend(known.pid_max.map(|n| format!("pid-max = {n}")));
    out.line(&format!("os = {{ {} }}", os.join(", ")));
    if let Some((name, version)) = &known.runtime {
        // Of a version a spec takes the numbers.
        let numbers = version.split(['-', '+', '~']).next().unwrap_or_default();
        match crate::quantity::Version::parse(numbers) {
            Ok(version) => out.line(&format!("runtime = {{ name = \"{name}\", version = \"{version}\" }}")),
            Err(_) => out.line(&format!("runtime = {{ name = \"{name}\" }}")),
        }
    }
    if let Some(kind) = &known.instance_type {
        out.comment(&format!("instance type: `{kind}`"));
    }
}

/// CPUs and memory, per NUMA node where there are several or their numbers have gaps. Returns the CPUs of the nodes that
/// the text has.
fn machine(known: &Known, nodes: &[&Node], out: &mut Text) -> Vec<CpuSet> {
    let online = known.online.clone();
    if !known.offline.is_empty() {
        out.comment(&format!("offline CPUs, not counted: {}", known.offline));
    }
    let gaps = online.as_ref().is_some_and(|s| *s != CpuSet::first(u32::try_from(s.len()).unwrap_or(u32::MAX)));
    let whole = online.clone().map(|cpus| Node { cpus, memory: known.memory, ..Node::default() });
    let one = whole.iter().collect::<Vec<&Node>>();
    let nodes = if nodes.is_empty() { one.as_slice() } else { nodes };
    // A machine's one node has the machine's memory where it states none itself.
    let memory = |n: &Node| n.memory.or(known.memory.filter(|_| nodes.len() == 1)).filter(|m| m.0 > 0);
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
    // Numbers of CPUs mean nothing in the short form when they have gaps, or nodes were left out.
    if gaps || nodes.len() > 1 { Vec::new() } else { nodes.iter().map(|n| n.cpus.clone()).collect() }
}

fn numa(known: &Known, nodes: &[&Node], memory: &dyn Fn(&Node) -> Option<Bytes>, out: &mut Text) {
    let bare: Vec<&Node> = known.nodes.iter().flatten().filter(|n| n.cpus.is_empty()).collect();
    for node in bare {
        let size = node.memory.map_or_else(|| "memory".to_string(), kib);
        out.comment(&format!("NUMA node {} has {size} and no CPU, which a spec cannot state; a kubelet counts it", node.id));
    }
    if nodes.iter().zip(0_u32..).any(|(n, at)| n.id != at) {
        let ids = nodes.iter().map(|n| n.id.to_string()).collect::<Vec<_>>().join(", ");
        out.comment(&format!("the kernel numbers these nodes {ids}; a spec counts from 0"));
    }
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

fn processors(known: &Known, nodes: &[CpuSet], out: &mut Text) {
    let list = |sets: &[CpuSet]| sets.iter().map(|s| format!("\"{s}\"")).collect::<Vec<_>>().join(", ");
    let sets: Vec<&CpuSet> = nodes.iter().collect();
    match (&known.cores, known.threads) {
        (Some(cores), _) if sets.is_empty() => {
            let threads = cores.iter().map(CpuSet::len).max().unwrap_or(1);
            if threads > 1 && cores.iter().all(|c| c.len() == threads) {
                out.line(&format!("threads-per-core = {threads}"));
            }
        }
        (Some(cores), _) => match cores::shape(cores, &sets) {
            Cores::Single => {}
            Cores::Adjacent(threads) => out.line(&format!("threads-per-core = {threads}\nsiblings = \"adjacent\"")),
            Cores::Split(threads) => out.line(&format!("threads-per-core = {threads}\nsiblings = \"split\"")),
            Cores::Listed(cores) => out.line(&format!("cores = [{}]", list(&cores))),
        },
        (None, Some(threads @ 2..=8)) if known.count.is_some_and(|n| n % threads == 0) => {
            out.line(&format!("threads-per-core = {threads}"));
            out.comment("which threads are siblings: not in what was read; `lscpu --json --extended` tells it");
        }
        (None, Some(1)) => {}
        (None, _) => out.comment("threads per core: not in what was read"),
    }
    let several = |n: &CpuSet| known.caches.iter().flatten().filter(|c| !c.0.is_disjoint(&n.0)).count() > 1;
    if let Some(caches) = known.caches.as_ref().filter(|_| nodes.iter().any(several)) {
        out.line(&format!("caches = [{}]", list(caches)));
    }
    if let Some(set) = known.efficiency.as_ref().filter(|_| !nodes.is_empty()) {
        out.line(&format!("efficiency = \"{set}\""));
    }
    match known.sockets {
        Some(sockets @ 1..=64) => out.line(&format!("sockets = {sockets}")),
        Some(many) => out.comment(&format!("sockets: {many}, more than a spec can state")),
        None => out.comment("sockets: not in what was read"),
    }
}

fn devices(known: &Known, nodes: &[&Node], out: &mut Text) {
    if known.devices.is_empty() {
        return;
    }
    // A spec counts nodes by their place in it.
    let place = |id: u32| nodes.iter().position(|n| n.id == id);
    out.line("devices = [");
    for Device { name, resource, count, numa } in &known.devices {
        let mut keys = vec![format!("name = {}", quoted(name))];
        keys.extend(resource.as_ref().map(|r| format!("resource = {}", quoted(r))));
        keys.extend(Some(count).filter(|c| **c > 1).map(|c| format!("count = {c}")));
        let at = numa.and_then(|id| if nodes.len() > 1 { place(id) } else { Some(0) });
        keys.extend(at.map(|at| format!("numa = {at}")));
        out.line(&format!("  {{ {} }},", keys.join(", ")));
    }
    out.line("]");
}

fn disks(known: &Known, out: &mut Text) {
    let disks = &known.disks;
    let Some(nodefs) = &disks.nodefs else {
        return out.comment("disks: not in what was read");
    };
    let both: &[&str] = &["nodefs", "imagefs"];
    let holds = if disks.shared == Some(true) { both } else { &both[..1] };
    let mut rows = Vec::new();
    let all = [(Some(nodefs), holds, "/var/lib/kubelet"), (disks.imagefs.as_ref(), &both[1..], "/var/lib/containerd")];
    for (disk, holds, folder) in all {
        let Some(disk) = disk else { continue };
        let Disk { mount, kind, size } = disk;
        let named = mount.as_deref().unwrap_or(folder);
        let what = holds.join(" and ");
        let Some(size) = size else {
            let kind = kind.as_deref().unwrap_or("disk of an unknown kind");
            out.comment(&format!(
                "the disk of {what}: `{named}` is on a {kind}; its size is not in what was read, a kubelet's `/stats/summary` tells it"
            ));
            continue;
        };
        if mount.is_none() {
            out.comment(&format!("where {what} is mounted is not in what was read; `{folder}` stands for it"));
        }
        let kind = kind.as_ref().map_or_else(String::new, |k| format!("kind = \"{k}\", "));
        let words = holds.iter().map(|h| format!("\"{h}\"")).collect::<Vec<_>>().join(", ");
        rows.push(format!("  {{ mount = {}, {kind}size = \"{size}\", holds = [{words}] }},", quoted(named)));
    }
    if disks.shared.is_none() {
        out.comment("which file system holds images: not in what was read");
    }
    if !rows.is_empty() {
        out.line(&format!("disks = [\n{}\n]", rows.join("\n")));
    }
}

/// Exact KiB, as the kernel states memory.
fn kib(bytes: Bytes) -> String {
    if bytes.0 % 1024 == 0 { format!("{}Ki", bytes.whole_ki()) } else { bytes.to_string() }
}

fn sizes(pages: &BTreeMap<Bytes, Bytes>) -> String {
    let list = pages.iter().map(|(size, sum)| format!("\"{size}\" = \"{sum}\"")).collect::<Vec<_>>();
    format!("{{ {} }}", list.join(", "))
}
