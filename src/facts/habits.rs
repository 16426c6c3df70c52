//! How pods behave beside what they request: each habit only where the workload states it.

use super::known::Known;
use crate::quantity::{Bytes, GoDuration};
use crate::spec::StatedHabits;

/// What a kind of pod does beside asking for CPU and memory.
#[derive(Clone, Debug, Default)]
pub struct Habits {
    /// Termination grace period in seconds.
    pub grace: Option<Known<i64>>,
    /// Value of its priority class.
    pub priority: Option<Known<i64>>,
    /// Bytes that one container logs per second.
    pub log_rate: Option<Known<Bytes>>,
    /// Bytes of one pod's images, unpacked.
    pub image_size: Option<Known<Bytes>>,
    /// How many different sets of images its pods have.
    pub images: Option<Known<i64>>,
    /// Bytes of memory of one pod at its peak.
    pub peak_memory: Option<Known<Bytes>>,
    /// Bytes of memory that its pods on one node take per second together.
    pub memory_growth: Option<Known<Bytes>>,
}

impl Habits {
    /// What a workload states.
    pub(super) fn stated(it: &StatedHabits) -> Self {
        Self {
            grace: it.grace.as_ref().map(|g| Known::spec(g).map(|g| g.0 / GoDuration::SECOND)),
            priority: it.priority.as_ref().map(Known::spec),
            log_rate: it.log_rate.as_ref().map(Known::spec),
            image_size: it.image_size.as_ref().map(Known::spec),
            images: it.images.as_ref().map(Known::spec),
            peak_memory: it.peak_memory.as_ref().map(Known::spec),
            memory_growth: it.memory_growth.as_ref().map(Known::spec),
        }
    }

    /// A static pod of the control plane: the most critical there is.
    pub(super) fn node_critical() -> Self {
        Self { priority: Some(Known::limit("pod-priority-node-critical")), ..Self::default() }
    }
}
