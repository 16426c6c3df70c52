//! What runs beside the pods: kubelet, runtime, shims, daemons and the kernel, with the memory, CPU and tasks they take.

use super::inputs::Inputs;
use super::node::Node;
use super::random::Dice;

/// One node's programs, drawn once.
#[derive(Clone, Debug)]
pub struct Side {
    /// KiB of kubelet and runtime without pods; per pod; per container.
    heap: [i64; 3],
    /// KiB per pod that does not breathe: shim and kernel.
    still_pod: i64,
    /// KiB whatever runs.
    still: i64,
    pull: i64,
    /// Bytes of an entry, and KiB of the table's buckets.
    entry: i64,
    buckets: i64,
    /// Micro-CPU: whatever runs, per pod.
    cpu: [i64; 2],
    /// Milliseconds per exec probe, and per container that starts or stops.
    exec: i64,
    pub start: i64,
    /// Tasks: whatever runs, per pod.
    tasks: [i64; 2],
}

/// What is running at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    pub pods: i64,
    pub containers: i64,
    pub probes: i64,
    pub pulls: i64,
    pub entries: i64,
}

impl Side {
    /// Draws a node's programs.
    pub fn new(node: &Node, inputs: &Inputs, dice: Dice) -> Self {
        let dice = dice.named("side");
        let draw = |name: &str| inputs.draw(name, dice);
        Self {
            heap: [
                draw("kubelet-memory") + draw("runtime-memory"),
                draw("kubelet-memory-pod"),
                draw("runtime-memory-container"),
            ],
            still_pod: draw("shim-memory") + draw("kernel-memory-pod") + draw("kernel-percpu-pod") * node.cpus,
            still: draw("daemon-memory") + draw("kernel-memory"),
            pull: draw("pull-memory"),
            entry: draw("conntrack-entry"),
            // kube-proxy makes a quarter as many buckets as entries, of one pointer each.
            buckets: node.entries / 4 * 8 / 1024,
            cpu: [draw("kubelet-cpu") + draw("daemon-cpu"), draw("kubelet-cpu-pod") + draw("runtime-cpu-pod")],
            exec: draw("exec-cost"),
            start: draw("start-cost"),
            tasks: [
                draw("kubelet-tasks") + draw("runtime-tasks") + draw("system-tasks") + draw("cpu-tasks") * node.cpus,
                draw("shim-tasks"),
            ],
        }
    }

    /// KiB in use; `garbage` is the percentage to which heaps have grown.
    pub fn memory(&self, load: Load, garbage: i64) -> i64 {
        let heap = self.heap[0] + self.heap[1] * load.pods + self.heap[2] * load.containers;
        let still = self.still + self.still_pod * load.pods + self.buckets + self.entry * load.entries / 1024;
        heap * garbage / 100 + still + self.pull * load.pulls
    }

    /// Micro-CPU that cannot wait: status, housekeeping, probes (each every ten seconds).
    pub fn cpu(&self, load: Load, noise: i64) -> i64 {
        (self.cpu[0] + self.cpu[1] * load.pods) * noise / 100 + self.exec * load.probes * 100
    }

    /// Tasks.
    pub fn tasks(&self, load: Load) -> i64 {
        self.tasks[0] + self.tasks[1] * load.pods
    }
}
