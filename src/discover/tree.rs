//! The files of `/proc` and `/sys` that are read, held in memory.

use std::collections::{BTreeMap, BTreeSet};

/// Files below the root, one pattern a line; `*` stands for any name. A slash at the end asks only whether it is there.
pub const WANTED: &[&str] = &[
    "proc/cpuinfo",
    "proc/meminfo",
    "proc/mounts",
    "proc/self/mountinfo",
    "proc/self/mounts",
    "proc/sys/kernel/arch",
    "proc/sys/kernel/osrelease",
    "proc/sys/kernel/pid_max",
    "proc/sys/net/netfilter/nf_conntrack_max",
    "proc/version",
    "sys/block/*/*/dev",
    "sys/block/*/dev",
    "sys/block/*/device/model",
    "sys/block/*/device/vendor",
    "sys/block/*/queue/rotational",
    "sys/block/*/slaves/*/",
    "sys/bus/pci/devices/*/class",
    "sys/bus/pci/devices/*/numa_node",
    "sys/bus/pci/devices/*/physfn/",
    "sys/bus/pci/devices/*/vendor",
    "sys/class/net/*/device/",
    "sys/class/net/*/device/numa_node",
    "sys/class/net/*/device/physfn/",
    "sys/devices/cpu_atom/cpus",
    "sys/devices/system/cpu/cpu*/cache/index*/level",
    "sys/devices/system/cpu/cpu*/cache/index*/shared_cpu_list",
    "sys/devices/system/cpu/cpu*/cache/index*/shared_cpu_map",
    "sys/devices/system/cpu/cpu*/cpu_capacity",
    "sys/devices/system/cpu/cpu*/online",
    "sys/devices/system/cpu/cpu*/topology/core_cpus_list",
    "sys/devices/system/cpu/cpu*/topology/physical_package_id",
    "sys/devices/system/cpu/cpu*/topology/thread_siblings",
    "sys/devices/system/cpu/cpu*/topology/thread_siblings_list",
    "sys/devices/system/cpu/offline",
    "sys/devices/system/cpu/online",
    "sys/devices/system/node/node*/cpulist",
    "sys/devices/system/node/node*/cpumap",
    "sys/devices/system/node/node*/distance",
    "sys/devices/system/node/node*/hugepages/*/nr_hugepages",
    "sys/devices/system/node/node*/meminfo",
    "sys/devices/system/node/online",
    "sys/fs/cgroup/cgroup.controllers",
    "sys/kernel/mm/hugepages/*/nr_hugepages",
];

/// No file among them is larger: a busy node's mount table has a few MiB.
pub const LARGEST: usize = 16 << 20;

/// Files by path from the root. Own entries begin with `@`: `@machine` is what `uname` says, `@size/MOUNT` the bytes of a
/// file system; only the machine itself can tell them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree(pub BTreeMap<String, String>);

impl Tree {
    /// A file's text without white space around it.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(|text| text.trim())
    }

    /// Paths below `folder`, from its end on.
    pub fn below(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> + use<'_> {
        let folder = folder.to_string();
        let from = self.0.range(folder.clone()..);
        from.map_while(move |(path, text)| Some((path.strip_prefix(&folder)?, text.trim())))
    }

    /// The names directly below `folder`, which ends in a slash.
    #[must_use]
    pub fn names(&self, folder: &str) -> BTreeSet<&str> {
        let mut out = BTreeSet::new();
        for (path, _) in self.below(folder) {
            out.extend(path.split('/').next().filter(|name| !name.is_empty()));
        }
        out
    }

    /// The numbers of what is called `prefix` and a number: `cpu` and 17.
    #[must_use]
    pub fn numbers(&self, folder: &str, prefix: &str) -> BTreeSet<u32> {
        let names = self.names(folder).into_iter();
        names.filter_map(|name| name.strip_prefix(prefix)?.parse().ok()).collect()
    }
}

/// What is kept of a file: all of most, but only the first CPU of `cpuinfo`, the memory's size, and of the mount table
/// what the kubelet and the runtime may lie on. The rest says nothing about hardware, and a recording should not carry it.
#[must_use]
pub fn kept(path: &str, text: &str) -> Option<String> {
    let lines = |keep: &dyn Fn(&str) -> bool| Some(text.lines().filter(|l| keep(l)).collect::<Vec<_>>().join("\n"));
    let first = |line: &str, words: &[&str]| words.iter().any(|w| line.starts_with(w));
    match path {
        "proc/cpuinfo" => {
            let words = ["vendor_id", "model name", "flags", "CPU architecture", "CPU implementer"];
            let one = text.split("\n\n").find(|cpu| cpu.lines().any(|l| first(l, &words)))?;
            let kept = one.lines().filter(|l| first(l, &words));
            // Of a hundred flags one is asked for: whether the processor is of 64 bits.
            let flag = |l: &str| match l.split_once(':') {
                Some((key, list)) if key.trim() == "flags" => {
                    format!("flags\t:{}", if list.split(' ').any(|f| f == "lm") { " lm" } else { "" })
                }
                _ => l.to_string(),
            };
            Some(kept.map(flag).collect::<Vec<_>>().join("\n"))
        }
        "proc/version" => Some(text.split(' ').take(3).collect::<Vec<_>>().join(" ")),
        "proc/meminfo" => lines(&|l| first(l, &["MemTotal:", "HugePages_Total:", "Hugepagesize:"])),
        "proc/mounts" | "proc/self/mounts" => lines(&|l| l.split(' ').nth(1).is_some_and(wanted_mount)),
        "proc/self/mountinfo" => lines(&|l| l.split(' ').nth(4).is_some_and(wanted_mount)),
        _ if path.ends_with("/meminfo") => lines(&|l| l.contains("MemTotal:")),
        _ => Some(text.to_string()),
    }
}

/// Whether something that matters can lie on what is mounted here.
fn wanted_mount(mount: &str) -> bool {
    let prefix = mount.trim_end_matches('/');
    let on = |folder: &str| folder.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    on(super::sys::KUBELET) || super::sys::RUNTIMES.iter().any(|r| on(r)) || mount == "/sys/fs/cgroup"
}

impl Tree {
    /// Drops what nothing is read from: PCI devices that are no displays or accelerators, block devices that no disk is, caches
    /// below the last level, and files that say again what a newer one says.
    pub fn prune(&mut self) {
        let pci = "sys/bus/pci/devices/";
        let display = |name: &&str| self.get(&format!("{pci}{name}/class")).is_some_and(|c| c.starts_with("0x03"));
        let mut drop: BTreeSet<String> =
            self.names(pci).into_iter().filter(|n| !display(n)).map(|n| format!("{pci}{n}/")).collect();
        let blocks = self.names("sys/block/").into_iter();
        let memory = |name: &&str| ["loop", "ram", "zram"].iter().any(|kind| name.starts_with(kind));
        drop.extend(blocks.filter(memory).map(|n| format!("sys/block/{n}/")));
        for cpu in self.names("sys/devices/system/cpu/") {
            let folder = format!("sys/devices/system/cpu/{cpu}/cache/");
            let level = |index: &str| self.get(&format!("{folder}{index}/level")).and_then(|l| l.parse::<u8>().ok());
            let caches: Vec<(Option<u8>, &str)> = self.names(&folder).into_iter().map(|i| (level(i), i)).collect();
            let last = caches.iter().map(|(level, _)| *level).max().flatten();
            drop.extend(caches.iter().filter(|(l, _)| *l != last).map(|(_, index)| format!("{folder}{index}/")));
        }
        let newer = [("thread_siblings", "thread_siblings_list"), ("thread_siblings_list", "core_cpus_list")];
        let again = newer.into_iter().chain([("shared_cpu_map", "shared_cpu_list"), ("cpumap", "cpulist")]);
        let again: Vec<(&str, &str)> = again.collect();
        let old: Vec<String> = self.0.keys().filter(|path| self.told_by_another(path, &again)).cloned().collect();
        drop.extend(old);
        for (old, new) in [
            ("proc/mounts", "proc/self/mounts"),
            ("proc/mounts", "proc/self/mountinfo"),
            ("proc/self/mounts", "proc/self/mountinfo"),
            ("proc/version", "proc/sys/kernel/osrelease"),
        ] {
            drop.extend(self.0.contains_key(new).then(|| old.to_string()));
        }
        self.0.retain(|path, _| {
            let folders = path.match_indices('/').map(|(at, _)| &path[..=at]);
            !drop.contains(path) && !folders.into_iter().any(|folder| drop.contains(folder))
        });
    }

    fn told_by_another(&self, path: &str, again: &[(&str, &str)]) -> bool {
        let Some((folder, name)) = path.rsplit_once('/') else { return false };
        again.iter().any(|(old, new)| name == *old && self.0.contains_key(&format!("{folder}/{new}")))
    }
}
