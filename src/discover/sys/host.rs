//! The host's own facts: architecture, kernel, cgroup version, limits.

use super::super::known::Known;
use super::super::tree::Tree;
use super::number;
use crate::quantity::{Bytes, Kernel};

/// Adds them.
pub fn read(tree: &Tree, known: &mut Known) {
    let arch = tree.get("@machine").or_else(|| tree.get("proc/sys/kernel/arch")).map(ToString::to_string);
    known.arch = arch.as_deref().map(kubernetes).or_else(|| by_processor(tree.get("proc/cpuinfo")?));
    let version = || tree.get("proc/version")?.strip_prefix("Linux version ")?.split(' ').next();
    known.kernel = tree.get("proc/sys/kernel/osrelease").or_else(version).and_then(|r| Kernel::parse(r).ok());
    known.cgroup = cgroup(tree);
    known.pid_max = number(tree, "proc/sys/kernel/pid_max").filter(|n| (1_024..=4_194_304).contains(n));
    known.conntrack_max = number(tree, "proc/sys/net/netfilter/nf_conntrack_max").filter(|n| *n >= 0);
    known.memory = tree.get("proc/meminfo").and_then(total);
}

/// The architecture as Kubernetes spells it.
pub fn kubernetes(machine: &str) -> String {
    match machine {
        "x86_64" => "amd64".into(),
        "aarch64" => "arm64".into(),
        other => other.to_string(),
    }
}

fn by_processor(cpuinfo: &str) -> Option<String> {
    let value =
        |key: &str| cpuinfo.lines().find_map(|l| Some(l.split_once(':').filter(|(k, _)| k.trim() == key)?.1.trim()));
    if value("flags").is_some_and(|f| f.split(' ').any(|f| f == "lm")) {
        return Some("amd64".into());
    }
    value("CPU architecture").filter(|v| *v == "8").map(|_| "arm64".into())
}

/// The unified hierarchy is version 2; anything else at that place is 1, hybrid ones included: the kubelet asks the same.
fn cgroup(tree: &Tree) -> Option<i64> {
    if tree.get("sys/fs/cgroup/cgroup.controllers").is_some() {
        return Some(2);
    }
    let at = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        (before.split(' ').nth(4)? == "/sys/fs/cgroup").then(|| after.split(' ').next().unwrap_or_default().to_string())
    };
    let kind = tree.get("proc/self/mountinfo").and_then(|t| t.lines().filter_map(at).next_back()).or_else(|| {
        let mounts = tree.get("proc/self/mounts").or_else(|| tree.get("proc/mounts"))?;
        let mut fields = mounts.lines().map(|l| l.split(' ').collect::<Vec<_>>());
        fields.find_map(|f| (f.get(1) == Some(&"/sys/fs/cgroup")).then(|| f.get(2).map(ToString::to_string)).flatten())
    })?;
    Some(if kind == "cgroup2" { 2 } else { 1 })
}

/// MemTotal of a `meminfo` file, the machine's or a node's.
pub fn total(meminfo: &str) -> Option<Bytes> {
    let line = meminfo.lines().find_map(|l| l.split_once("MemTotal:"))?.1;
    let kib: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024).filter(|b| (0..=1 << 50).contains(b)).map(Bytes)
}
