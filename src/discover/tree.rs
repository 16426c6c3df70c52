//! The files of `/proc` and `/sys` that are read, held in memory, and their recorded form: a line per file.

use crate::quantity::Fault;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

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

/// The first line of a recording. `#` lines after it say which machine it is.
const MAGIC: &str = "# plimsoll discover recording 1";

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

    /// The recorded form.
    #[must_use]
    pub fn record(&self) -> String {
        let mut out = format!("{MAGIC}\n");
        for (path, text) in &self.0 {
            let text = text.trim_end().replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t");
            let _ = writeln!(out, "{path}\t{text}");
        }
        out
    }

    /// Whether a text is a recording.
    #[must_use]
    pub fn is_record(text: &str) -> bool {
        text.starts_with(MAGIC)
    }

    /// Reads a recording.
    ///
    /// # Errors
    /// Says which line has no tab.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut files = BTreeMap::new();
        for (at, line) in text.lines().enumerate().filter(|(_, l)| !l.starts_with('#') && !l.is_empty()) {
            let (path, text) =
                line.split_once('\t').ok_or_else(|| Fault(format!("line {} has no tab after its path", at + 1)))?;
            files.insert(path.to_string(), unescaped(text));
        }
        Ok(Self(files))
    }
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some(other)) => out.push(other),
            _ => out.push(c),
        }
    }
    out
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
        "proc/meminfo" => lines(&|l| first(l, &["MemTotal:", "HugePages_Total:", "Hugepagesize:"])),
        "proc/mounts" | "proc/self/mounts" => lines(&|l| l.split(' ').nth(1).is_some_and(wanted_mount)),
        "proc/self/mountinfo" => lines(&|l| l.split(' ').nth(4).is_some_and(wanted_mount)),
        _ if path.ends_with("/meminfo") => lines(&|l| l.contains("MemTotal:")),
        // Bridges, ports and controllers are no devices of pods: only displays and their relatives are looked at.
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
    /// Drops PCI devices that are no displays or accelerators, and block devices that no disk is.
    pub fn prune(&mut self) {
        let folder = "sys/bus/pci/devices/";
        let display = |tree: &Self, name: &str| {
            tree.get(&format!("{folder}{name}/class")).is_some_and(|class| class.starts_with("0x03"))
        };
        let drop: BTreeSet<String> =
            self.names(folder).into_iter().filter(|n| !display(self, n)).map(|n| format!("{folder}{n}/")).collect();
        self.0.retain(|path, _| {
            let block = path.strip_prefix("sys/block/");
            let pci = path.match_indices('/').nth(4).map(|(at, _)| &path[..=at]);
            !block.is_some_and(|b| ["loop", "ram", "zram"].iter().any(|k| b.starts_with(k)))
                && !pci.is_some_and(|p| drop.contains(p))
        });
    }
}
