//! A node class with a little more of something, for what `explain` solves again.

use super::{ClassFacts, Known};
use crate::quantity::{Bytes, CpuSet};

/// What a node has more of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum More {
    /// One GiB of memory, on the first NUMA node.
    Memory,
    /// One physical core, on the first NUMA node.
    Core,
}

const GIB: i64 = 1 << 30;

impl ClassFacts {
    /// Gives every node of the class more.
    pub fn give(&mut self, more: More) {
        match more {
            More::Memory => self.memory(),
            More::Core => self.core(),
        }
    }

    fn memory(&mut self) {
        let machine = &mut self.machine;
        let stack = Known::limit("threads-max-bytes");
        let by_memory = |memory: i64| memory / stack.value.max(1);
        // The host's threads are limited by its memory, or by kernel.pid_max.
        if self.pid_max.value == by_memory(machine.memory.value.0) {
            self.pid_max.value = by_memory(machine.memory.value.0 + GIB).min(self.kernel_pid_max.value);
        }
        machine.memory.value = Bytes(machine.memory.value.0 + GIB);
        machine.nominal.value = Bytes(machine.nominal.value.0 + GIB);
        if let Some(node) = machine.numa.first_mut() {
            node.memory = Bytes(node.memory.0 + GIB);
        }
    }

    fn core(&mut self) {
        let machine = &mut self.machine;
        let threads = machine.threads_per_core.value.max(1);
        let off = machine.offline.as_ref().and_then(|o| o.value.0.last().copied());
        let last = machine.online.0.last().copied().max(off).unwrap_or_default();
        let new: CpuSet = CpuSet((1..=threads).filter_map(|n| last.checked_add(u32::try_from(n).ok()?)).collect());
        machine.cpus.value += threads;
        machine.online.0.extend(new.0.iter().copied());
        if let Some(node) = machine.numa.first_mut() {
            node.cpus.0.extend(new.0.iter().copied());
            if let Some(group) = node.caches.first_mut() {
                group.0.extend(new.0.iter().copied());
            }
            if !node.cores.is_empty() {
                node.cores.push(new);
            }
        }
    }
}
