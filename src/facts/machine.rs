//! The machine of a class: CPUs, memory with its basis, NUMA nodes, disks.

use super::disks;
use super::known::{Cause, Known, stated_or};
use super::topology::{self, Beside, NumaNode};
use crate::catalog::Instance;
use crate::diag::Finding;
use crate::quantity::{Bytes, CpuSet};
use crate::spec::{At, Class, Hardware, Spec};

/// A machine as its kernel reports it.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Online logical CPUs.
    pub cpus: Known<i64>,
    /// The CPUs' numbers.
    pub online: CpuSet,
    /// CPUs that are there and switched off, and where that is stated.
    pub offline: Option<Known<CpuSet>>,
    /// Siblings per physical core.
    pub threads_per_core: Known<i64>,
    /// Sockets.
    pub sockets: Known<i64>,
    /// MemTotal.
    pub memory: Known<Bytes>,
    /// Whether `memory` is what the kernel reports, to the byte.
    pub exact: bool,
    /// The vendor's figure, where there is one; else MemTotal. Published formulas of clouds start from it.
    pub nominal: Known<Bytes>,
    /// Millionths by which the nominal figure was reduced, when it was.
    pub overhead: Option<i64>,
    /// Where the memory is stated, by size or by instance type.
    pub stated_at: Option<crate::diag::Place>,
    /// NUMA nodes; one when none are stated.
    pub numa: Vec<NumaNode>,
    /// Swap that is on, when stated.
    pub swap: Option<Known<Bytes>>,
    /// Devices on no node, efficiency cores, and whether nodes were stated.
    pub beside: Beside,
    /// Disks.
    pub disks: Disks,
}

impl Machine {
    /// Bytes in huge pages, over all nodes.
    #[must_use]
    pub fn hugepages(&self) -> i64 {
        self.numa.iter().map(|n| n.memory.0 - n.ordinary()).fold(0, i64::saturating_add)
    }

    /// Whether it is known which CPUs share a core.
    #[must_use]
    pub fn cores_known(&self) -> bool {
        self.numa.iter().all(|n| !n.cores.is_empty())
    }
}

/// The file systems that matter to the kubelet.
#[derive(Clone, Debug, Default)]
pub struct Disks {
    /// Size of nodefs, when known.
    pub nodefs: Option<Known<Bytes>>,
    /// Size of imagefs where it is a file system of its own.
    pub imagefs: Option<Known<Bytes>>,
    /// Where it is stated that containers' layers lie on nodefs while images have a file system of their own.
    pub split: Option<Known<()>>,
    /// Write rate of the disk that images are unpacked on.
    pub image_write: Option<Known<Bytes>>,
    /// Operations per second of that disk.
    pub image_iops: Option<Known<i64>>,
    /// Kind of that disk.
    pub image_kind: Option<Known<String>>,
    /// Path of the stated disks, for causes.
    pub path: Option<String>,
}

impl Disks {
    /// The file system that images lie on, when known.
    #[must_use]
    pub fn images(&self) -> Option<&Known<Bytes>> {
        self.imagefs.as_ref().or(self.nodefs.as_ref())
    }
}

/// Reads the machine; `None` when CPUs or memory cannot be known, which is reported.
pub(super) fn machine(
    spec: &Spec,
    name: &str,
    at: &At<Class>,
    instance: Option<&Instance>,
    findings: &mut Vec<Finding>,
) -> Option<Machine> {
    let hardware = &at.value.hardware;
    for (key, stated) in hardware.sysctl.iter().filter(|(k, _)| !crate::catalog::sysctl_counts(k)) {
        let finding = Finding::error("sysctl-unused", format!("the sysctl `{key}` has no part in any rule"))
            .at(&spec.key_place(stated), "would have no effect")
            .help("docs/host-files.md lists those that have; `os.pid-max` states kernel.pid_max");
        findings.push(finding);
    }
    let numa = numa(spec, hardware, findings);
    let cpus = cpus(spec, name, at, instance, findings);
    let memory = memory(spec, name, at, instance, findings);
    let (cpus, (memory, exact, nominal, overhead)) = (cpus?, memory?);
    let offline = hardware.offline.as_ref().filter(|o| !o.value.is_empty());
    let cpus = offline.iter().fold(cpus, |cpus, o| cpus.and(Cause::Spec(o.path.to_string())));
    let whole = || NumaNode { cpus: numbered(cpus.value, offline), memory: memory.value, ..NumaNode::default() };
    let mut numa = if numa.is_empty() { vec![whole()] } else { numa };
    let online = CpuSet(numa.iter().flat_map(|n| n.cpus.0.iter().copied()).collect());
    let threads = stated_or(hardware.threads_per_core.as_ref(), "threads-per-core", serde_json::Value::as_i64)?;
    // A core of which some threads are off is still one.
    let off = offline.filter(|_| hardware.numa.is_empty()).map_or(0, |o| i64::try_from(o.value.len()).unwrap_or(0));
    if (cpus.value + off) % threads.value != 0
        && let Some(stated) = &hardware.threads_per_core
    {
        let message = format!("{} CPUs are not a multiple of {} threads per core", cpus.value, threads.value);
        findings.push(Finding::error("threads-per-core", message).at(&spec.place(stated), "does not divide the CPUs"));
    }
    let beside = topology::fill(spec, hardware, threads.value, &mut numa, findings);
    Some(Machine {
        online,
        offline: offline.map(Known::spec),
        beside,
        threads_per_core: threads,
        sockets: stated_or(hardware.sockets.as_ref(), "sockets", serde_json::Value::as_i64)?,
        cpus,
        memory,
        exact,
        nominal,
        overhead,
        stated_at: stated_at(spec, at),
        numa,
        swap: hardware.swap.as_ref().map(Known::spec),
        disks: disks::holders(hardware),
    })
}

/// The numbers of a machine's CPUs where only their count is stated: from 0 on, without those that are off.
fn numbered(count: i64, offline: Option<&At<CpuSet>>) -> CpuSet {
    let on = |cpu: &u32| offline.is_none_or(|o| !o.value.0.contains(cpu));
    CpuSet((0..=u32::MAX).filter(on).take(usize::try_from(count).unwrap_or_default()).collect())
}

fn stated_at(spec: &Spec, at: &At<Class>) -> Option<crate::diag::Place> {
    let hardware = &at.value.hardware;
    let first_node = hardware.numa.first().map(|n| spec.place(&n.memory));
    let sizes = [&hardware.memory, &hardware.memory_nominal].into_iter().flatten().map(|m| spec.place(m)).next();
    first_node.or(sizes).or_else(|| at.value.instance_type.as_ref().map(|t| spec.place(t)))
}

fn numa(spec: &Spec, hardware: &Hardware, findings: &mut Vec<Finding>) -> Vec<NumaNode> {
    for (at, node) in hardware.numa.iter().enumerate() {
        if let Some(off) = &hardware.offline
            && let Some(cpu) = node.cpus.value.0.intersection(&off.value.0).next()
        {
            let finding = Finding::error("cpu-offline", format!("CPU {cpu} is switched off, and on a NUMA node"))
                .at(&spec.place(&node.cpus), "online CPUs only")
                .clash(&spec.place(off), "off")
                .note("a kubelet counts online CPUs only (google/cadvisor utils/sysinfo/sysinfo.go getCoresInfo)");
            findings.push(finding);
        }
        for other in &hardware.numa[..at] {
            if let Some(cpu) = node.cpus.value.0.intersection(&other.cpus.value.0).next() {
                let finding = Finding::error("numa-overlap", format!("CPU {cpu} is on two NUMA nodes"))
                    .at(&spec.place(&node.cpus), "again here")
                    .clash(&spec.place(&other.cpus), "first here");
                findings.push(finding);
            }
        }
    }
    let node = |cpus: &CpuSet, memory| NumaNode { cpus: cpus.clone(), memory, ..NumaNode::default() };
    hardware.numa.iter().map(|n| node(&n.cpus.value, n.memory.value)).collect()
}

fn cpus(
    spec: &Spec,
    name: &str,
    at: &At<Class>,
    instance: Option<&Instance>,
    findings: &mut Vec<Finding>,
) -> Option<Known<i64>> {
    let hardware = &at.value.hardware;
    if let Some(first) = hardware.numa.first() {
        let sum: usize = hardware.numa.iter().map(|n| n.cpus.value.len()).sum();
        let sum = i64::try_from(sum).ok()?;
        if let Some(stated) = hardware.cpus.as_ref().filter(|c| c.value != sum) {
            let message = format!("`cpus` is {}, but the NUMA nodes have {sum}", stated.value);
            let finding = Finding::error("numa-sum", message)
                .at(&spec.place(stated), "not the sum")
                .clash(&spec.place(&first.cpus), "the first of the NUMA nodes")
                .help("leave `cpus` out: it is the sum of the NUMA nodes' CPUs");
            findings.push(finding);
        }
        let causes = hardware.numa.iter().map(|n| Cause::Spec(n.cpus.path.to_string()));
        return causes.fold(None, |known: Option<Known<i64>>, cause| match (known, cause) {
            (None, Cause::Spec(path)) => Some(Known::spec(&first.cpus.with(sum)).and(Cause::Spec(path))),
            (known, cause) => known.map(|k| k.and(cause)),
        });
    }
    if let Some(stated) = &hardware.cpus {
        if let (Some(instance), Some(kind)) = (instance, &at.value.instance_type)
            && instance.vcpus != stated.value
        {
            let message = format!("{} has {} CPUs, and `cpus` says {}", instance.name, instance.vcpus, stated.value);
            let finding = Finding::error("hardware-twice", message)
                .at(&spec.place(stated), "another number")
                .clash(&spec.place(kind), "this type has its own")
                .help("leave `cpus` out, or the instance type");
            findings.push(finding);
        }
        return Some(Known::spec(stated));
    }
    if let (Some(instance), Some(stated)) = (instance, &at.value.instance_type) {
        let id = format!("aws/{}/vcpus", instance.name);
        return Some(Known::fact(instance.vcpus, id).and(Cause::Spec(stated.path.to_string())));
    }
    if at.value.instance_type.is_none() {
        let finding =
            Finding::error("hardware-unknown", format!("node class `{name}` does not say how many CPUs it has"))
                .at(&spec.key_place(at), "this class")
                .help("add `cpus` (or `numa`) to its `hardware`, or name an `instance-type`");
        findings.push(finding);
    }
    None
}

type Memory = (Known<Bytes>, bool, Known<Bytes>, Option<i64>);

fn memory(
    spec: &Spec,
    name: &str,
    at: &At<Class>,
    instance: Option<&Instance>,
    findings: &mut Vec<Finding>,
) -> Option<Memory> {
    let hardware = &at.value.hardware;
    let stated_nominal = hardware.memory_nominal.as_ref().map(Known::spec);
    let catalogued = instance.zip(at.value.instance_type.as_ref()).map(|(i, stated)| {
        let id = format!("aws/{}/memory", i.name);
        Known::fact(Bytes::mi(i.memory_mib), id).and(Cause::Spec(stated.path.to_string()))
    });
    let nominal = stated_nominal.or(catalogued);
    if let Some(first) = hardware.numa.first() {
        let sum = Bytes(hardware.numa.iter().map(|n| n.memory.value.0).fold(0, i64::saturating_add));
        if let Some(stated) = hardware.memory.as_ref().filter(|m| m.value != sum) {
            let message = format!("`memory` is {}, but the NUMA nodes have {sum}", stated.value);
            let finding = Finding::error("numa-sum", message)
                .at(&spec.place(stated), "not the sum")
                .clash(&spec.place(&first.memory), "the first of the NUMA nodes")
                .help("leave `memory` out: it is the sum of the NUMA nodes' memory");
            findings.push(finding);
        }
        let known = hardware
            .numa
            .iter()
            .fold(Known::spec(&first.memory.with(sum)), |k, n| k.and(Cause::Spec(n.memory.path.to_string())));
        return Some((known.clone(), true, nominal.unwrap_or(known), None));
    }
    if let Some(stated) = &hardware.memory {
        if let Some(overhead) = &hardware.memory_overhead {
            let finding =
                Finding::error("memory-overhead", "`memory-overhead` reduces a nominal size, but `memory` is exact")
                    .at(&spec.place(overhead), "would have no effect")
                    .clash(&spec.place(stated), "MemTotal stated here");
            findings.push(finding);
        }
        return Some((Known::spec(stated), true, nominal.unwrap_or_else(|| Known::spec(stated)), None));
    }
    let Some(nominal) = nominal else {
        if at.value.instance_type.is_none() {
            let finding =
                Finding::error("hardware-unknown", format!("node class `{name}` does not say how much memory it has"))
                    .at(&spec.key_place(at), "this class")
                    .help("add `memory` (MemTotal) or `memory-nominal` to its `hardware`, or name an `instance-type`");
            findings.push(finding);
        }
        return None;
    };
    let overhead = match &hardware.memory_overhead {
        Some(stated) => Known::spec(stated),
        None => Known::limit("vm-memory-overhead"),
    };
    // Whole MiB: nothing finer is known of a nominal size.
    let reported = nominal.join(&overhead, |n, ppm| {
        let kept = i128::from(n.0) * i128::from(1_000_000 - ppm) / 1_000_000;
        Bytes::mi(i64::try_from(kept >> 20).unwrap_or(i64::MAX >> 20))
    });
    Some((reported, false, nominal, Some(overhead.value)))
}
