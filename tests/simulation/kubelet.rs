//! The kubelet's eviction manager: every ten seconds it looks, and asks at most one pod to go.

use super::node::Node;
use super::pod::Pod;

/// Seconds between two looks (pkg/kubelet/kubelet.go evictionMonitoringPeriod).
pub const LOOK: i64 = 10;

/// What the eviction manager remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manager {
    /// A hard threshold was crossed and the minimum to reclaim has not been freed yet.
    reclaiming: bool,
    /// Since when a soft threshold is crossed.
    soft_since: Option<i64>,
}

impl Manager {
    /// Whether a pod has to go for memory's sake. `available` is the node's; `left` is what the pods' cgroup has left,
    /// which the kubelet holds against the same threshold (allocatableMemory.available).
    pub fn memory(&mut self, node: &Node, available: i64, left: i64, now: i64) -> bool {
        let least = available.min(left);
        let wanted = node.hard + if self.reclaiming { node.reclaim } else { 0 };
        self.reclaiming = least < wanted;
        let soft = node.soft.is_some_and(|(threshold, grace)| {
            self.soft_since = (available < threshold).then(|| self.soft_since.unwrap_or(now));
            self.soft_since.is_some_and(|since| now - since >= grace)
        });
        self.reclaiming || soft
    }
}

/// The pod that uses most beyond its request: whom memory eviction takes, and the kernel too, near enough.
pub fn greediest(pods: &[Pod], now: i64) -> Option<usize> {
    let running = pods.iter().enumerate().filter(|(_, p)| p.runs(now));
    running.max_by_key(|(i, p)| (p.memory - p.request, *i)).map(|(i, _)| i)
}

/// The pod with most of something.
pub fn most(pods: &[Pod], now: i64, of: impl Fn(&Pod) -> i64) -> Option<usize> {
    let running = pods.iter().enumerate().filter(|(_, p)| p.runs(now));
    running.max_by_key(|(i, p)| (of(p), *i)).map(|(i, _)| i)
}
