//! What one simulated hour came to: which limits broke, and how far each was used.

/// A limit of the node that can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// The node ran out of memory before the kubelet evicted.
    Memory,
    /// What the system needs all the time exceeded what is reserved for it, for longer than a node may be silent.
    Cpu,
    /// The connection table was full.
    Connections,
    /// No process could be started.
    Tasks,
    /// The disk was full.
    Disk,
}

impl Limit {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 5] = [Self::Memory, Self::Cpu, Self::Connections, Self::Tasks, Self::Disk];

    /// Name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Cpu => "cpu",
            Self::Connections => "connections",
            Self::Tasks => "tasks",
            Self::Disk => "disk",
        }
    }
}

/// One hour under one seed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Second at which each limit first broke, in the order of `Limit::ALL`.
    pub broken: [Option<i64>; 5],
    /// Most KiB used outside of pods.
    pub outside: i64,
    /// Most micro-CPU that the system needed, averaged over the time that a node may be silent.
    pub cpu: i64,
    /// Longest time in seconds in which starting pods had to wait for CPU.
    pub wait: i64,
    /// Most entries, tasks, KiB of disk, KiB of logs.
    pub entries: i64,
    pub tasks: i64,
    pub disk: i64,
    pub logs: i64,
    /// Pods that were evicted, and containers killed inside of the pods' limit: what the plan means to happen instead.
    pub evicted: i64,
    pub killed: i64,
}

impl Outcome {
    /// Notes that a limit broke.
    pub fn broke(&mut self, limit: Limit, second: i64) {
        self.broken[limit as usize].get_or_insert(second);
    }

    /// Whether a limit broke.
    pub fn has(&self, limit: Limit) -> bool {
        self.broken[limit as usize].is_some()
    }

    /// Whether the node broke: any limit but CPU, which only slows down (see the README).
    pub fn node_broke(&self) -> bool {
        Limit::ALL.into_iter().any(|l| l != Limit::Cpu && self.has(l))
    }
}
