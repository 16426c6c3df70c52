//! One machine from several sources: of each fact the most exact one, and a finding where sources differ.

use super::device;
use super::known::{Disk, Disks, Known, Node};
use crate::diag::{Finding, Severity};
use crate::quantity::{Bytes, CpuSet};
use std::collections::BTreeMap;

/// Combines what sources tell. `Error` findings say that they are not of one machine, or do not tell enough.
#[must_use]
pub fn combine(mut sources: Vec<Known>) -> (Known, Vec<Finding>) {
    sources.sort_by(|a, b| (a.rank, &a.source).cmp(&(b.rank, &b.source)));
    let mut merge = Merge { sources: &sources, findings: Vec::new() };
    let (hard, soft) = (Severity::Error, Severity::Warning);
    let count = |k: &Known| k.online.as_ref().map(|s| s.len() as i64).or(k.count);
    let mut out = Known {
        source: sources.iter().map(|s| s.source.clone()).collect::<Vec<_>>().join(", "),
        machines: sources.iter().find_map(|k| k.machines),
        count: merge.pick("the number of CPUs", hard, count, i64::to_string),
        online: merge.pick("the online CPUs", hard, |k| k.online.clone(), CpuSet::to_string),
        arch: merge.pick("the architecture", hard, |k| k.arch.clone(), Clone::clone),
        sockets: merge.pick("the number of sockets", soft, |k| k.sockets, i64::to_string),
        cores: merge.pick("the cores", hard, |k| k.cores.clone(), |c| lists(c)),
        caches: merge.pick("the last-level caches", soft, |k| k.caches.clone(), |c| lists(c)),
        memory: merge.pick("MemTotal", soft, |k| k.memory, Bytes::to_string),
        kernel: merge.pick("the kernel", soft, |k| k.kernel, ToString::to_string),
        threads: sources.iter().find_map(|k| k.threads),
        cgroup: sources.iter().find_map(|k| k.cgroup),
        pid_max: sources.iter().find_map(|k| k.pid_max),
        conntrack_max: sources.iter().find_map(|k| k.conntrack_max),
        runtime: sources.iter().find_map(|k| k.runtime.clone()),
        instance_type: sources.iter().find_map(|k| k.instance_type.clone()),
        efficiency: sources.iter().find_map(|k| k.efficiency.clone()),
        hugepages: merge.pick("the huge pages", soft, |k| k.hugepages.clone(), pages),
        remarks: sources.iter().flat_map(|k| k.remarks.clone()).collect(),
        ..Known::default()
    };
    let members =
        |nodes: &Vec<Node>| nodes.iter().map(|n| format!("{}: {}", n.id, n.cpus)).collect::<Vec<_>>().join("; ");
    // Sources that list CPUs only do not know nodes without one.
    let placed = |k: &Known| {
        let nodes = k.nodes.as_ref()?.iter().filter(|n| !n.cpus.is_empty());
        Some(nodes.map(|n| Node { id: n.id, cpus: n.cpus.clone(), ..Node::default() }).collect::<Vec<_>>())
    };
    merge.pick("the CPUs of NUMA nodes", hard, placed, members);
    out.nodes = sources.iter().find_map(|k| k.nodes.clone());
    out.offline = sources.iter().map(|k| &k.offline).find(|s| !s.is_empty()).cloned().unwrap_or_default();
    out.offline.0.retain(|cpu| out.online.as_ref().is_none_or(|online| !online.0.contains(cpu)));
    out.disks = disks(&mut merge);
    for source in &sources {
        if out.devices.is_empty() {
            out.devices.clone_from(&source.devices);
        } else {
            device::join(&mut out.devices, source.devices.clone());
        }
    }
    let mut findings = merge.findings;
    sums(&out, &mut findings);
    numbers(&out, &mut findings);
    if out.count.is_none() {
        let message = format!("nothing tells how many CPUs the machine has: read were {}", named(&sources));
        findings.push(Finding::error("discover-no-cpus", message).help(
            "add `lscpu --json --extended` or `kubectl get node NAME -o json` of the machine, or a copy of its /sys",
        ));
    }
    (out, findings)
}

struct Merge<'k> {
    sources: &'k [Known],
    findings: Vec<Finding>,
}

impl Merge<'_> {
    /// The value of the most exact source that has one; others that differ are told.
    fn pick<T: PartialEq>(
        &mut self,
        what: &str,
        severity: Severity,
        of: impl Fn(&Known) -> Option<T>,
        show: impl Fn(&T) -> String,
    ) -> Option<T> {
        let mut first: Option<(&str, T)> = None;
        for source in self.sources {
            let Some(value) = of(source) else { continue };
            match &first {
                Some((name, kept)) if *kept != value => {
                    let (a, b) = (short(&show(kept)), short(&show(&value)));
                    let message = format!("{what} differs: `{name}` says {a}, `{}` says {b}", source.source);
                    self.findings.push(if severity == Severity::Error {
                        let finding = Finding::error("discover-other-machine", message);
                        finding.help("give dumps of one machine, taken while the same CPUs were online")
                    } else {
                        Finding::warning("discover-differs", message)
                            .note(format!("written is what `{name}` says, which is the more exact source"))
                    });
                }
                Some(_) => {}
                None => first = Some((&source.source, value)),
            }
        }
        first.map(|(_, value)| value)
    }
}

/// The kubelet counts the machine's MemTotal; a spec with NUMA nodes states theirs.
fn sums(out: &Known, findings: &mut Vec<Finding>) {
    let nodes = out.nodes.as_deref().unwrap_or_default();
    let each: Option<Vec<Bytes>> = nodes.iter().map(|n| n.memory).collect();
    let (Some(each), Some(whole)) = (each.filter(|e| !e.is_empty()), out.memory) else { return };
    let sum = Bytes(each.iter().map(|b| b.0).fold(0, i64::saturating_add));
    if sum != whole {
        let message = format!("MemTotal differs: the machine has {whole}, its NUMA nodes have {sum}");
        let written = if each.len() == 1 { "the machine has" } else { "the nodes have" };
        findings.push(Finding::warning("discover-differs", message).note(format!(
            "written is what {written}; a kubelet reports the machine's as its capacity, and its memory manager counts the nodes'"
        )));
    }
}

/// A spec counts nodes from 0, and each has CPUs.
fn numbers(out: &Known, findings: &mut Vec<Finding>) {
    let nodes = out.nodes.as_deref().unwrap_or_default();
    let of = |bare: bool| nodes.iter().filter(move |n| n.cpus.is_empty() == bare).map(|n| n.id).collect::<Vec<u32>>();
    let list = |ids: &[u32]| ids.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    let (ids, bare) = (of(false), of(true));
    if !bare.is_empty() {
        let message = format!("NUMA nodes without a CPU cannot be stated in a spec: {}", list(&bare));
        let finding = Finding::warning("discover-nodes", message);
        findings.push(finding.note("a kubelet counts their memory in its capacity; what is written does not have it"));
    }
    if ids.iter().zip(0_u32..).any(|(id, at)| *id != at) {
        let message = format!("the kernel numbers NUMA nodes {}, and a spec counts them from 0", list(&ids));
        let finding = Finding::warning("discover-nodes", message);
        findings.push(finding.note("`reservedMemory` of a plan would name nodes that this machine does not have"));
    }
}

fn disks(merge: &mut Merge<'_>) -> Disks {
    let shared = merge.pick(
        "whether images lie on the kubelet's file system",
        Severity::Warning,
        |k| k.disks.shared,
        |b| (if *b { "yes" } else { "no" }).to_string(),
    );
    let mut one = |what: &str, of: &dyn Fn(&Known) -> Option<&Disk>| {
        let size = merge.pick(what, Severity::Warning, |k| of(k)?.size, Bytes::to_string);
        let all = || merge.sources.iter().filter_map(of);
        let found = all().next().is_some();
        let first = |get: &dyn Fn(&Disk) -> Option<String>| all().find_map(get);
        found.then(|| Disk { size, mount: first(&|d| d.mount.clone()), kind: first(&|d| d.kind.clone()) })
    };
    let nodefs = one("the size of the kubelet's file system", &|k| k.disks.nodefs.as_ref());
    let imagefs = one("the size of the images' file system", &|k| k.disks.imagefs.as_ref());
    Disks { nodefs, imagefs: imagefs.filter(|_| shared != Some(true)), shared }
}

fn named(sources: &[Known]) -> String {
    sources.iter().map(|s| format!("`{}`", s.source)).collect::<Vec<_>>().join(", ")
}

fn lists(sets: &[CpuSet]) -> String {
    sets.iter().map(|s| format!("[{s}]")).collect::<Vec<_>>().join(" ")
}

fn pages(pages: &BTreeMap<Bytes, Bytes>) -> String {
    let list = pages.iter().map(|(size, sum)| format!("{sum} in pages of {size}")).collect::<Vec<_>>();
    if list.is_empty() { "none".into() } else { list.join(", ") }
}

fn short(text: &str) -> String {
    if text.chars().count() <= 60 {
        text.to_string()
    } else {
        format!("{} …", text.chars().take(60).collect::<String>())
    }
}
