//! What a workload states of its pods beside CPU and memory: how they end, log, start and grow.

use super::get::{self, Get};
use super::node::Table;
use super::shape::At;
use crate::diag::Finding;
use crate::quantity::{Bytes, GoDuration};

/// Keys of a workload about how its pods behave.
#[derive(Clone, Debug, Default)]
pub struct Habits {
    /// Termination grace period.
    pub grace: Option<At<GoDuration>>,
    /// Value of its priority class.
    pub priority: Option<At<i64>>,
    /// Bytes that one container logs per second.
    pub log_rate: Option<At<Bytes>>,
    /// Bytes of one pod's images, unpacked.
    pub image_size: Option<At<Bytes>>,
    /// How many different sets of images its pods have.
    pub images: Option<At<i64>>,
    /// Memory of one pod at its peak.
    pub peak_memory: Option<At<Bytes>>,
    /// Memory that its pods on one node take per second together.
    pub memory_growth: Option<At<Bytes>>,
}

/// Reads them from a workload's table.
pub(super) fn habits(t: &Table) -> Habits {
    Habits {
        grace: get::duration(t, "grace"),
        priority: get::int(t, "priority"),
        log_rate: get::bytes(t, "log-rate"),
        image_size: get::bytes(t, "image-size"),
        images: get::int(t, "images"),
        peak_memory: get::bytes(t, "peak-memory"),
        memory_growth: get::bytes(t, "memory-growth"),
    }
}

/// A number of images says nothing without their size, and a pod's grace is a whole number of seconds upstream.
pub(super) fn check(get: &mut Get<'_>, habits: &Habits, memory: &At<Bytes>) {
    if let Some(grace) = habits.grace.as_ref().filter(|g| g.value.0 % GoDuration::SECOND != 0) {
        let message = format!("`grace` is {}, and a pod's grace is whole seconds", grace.value);
        let finding = Finding::error("workload-grace", message)
            .at(&get.place(&grace.span), "a part of a second")
            .help("write the pod's terminationGracePeriodSeconds, such as `\"30s\"`");
        get.report(finding);
    }
    if let (Some(images), None) = (&habits.images, &habits.image_size) {
        let finding = Finding::error("workload-images", "`images` counts images whose size is not stated")
            .at(&get.place(&images.span), "would have no effect")
            .help("add `image-size`, what one pod's images take unpacked");
        get.report(finding);
    }
    if let Some(peak) = habits.peak_memory.as_ref().filter(|p| p.value < memory.value) {
        let message = format!("`peak-memory` is {}, less than the request of {}", peak.value, memory.value);
        let finding = Finding::error("workload-peak", message)
            .at(&get.place(&peak.span), "below the request")
            .clash(&get.place(&memory.span), "requested here")
            .help("state what a pod uses when it uses most");
        get.report(finding);
    }
}
