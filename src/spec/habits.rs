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
}

/// Reads them from a workload's table.
pub(super) fn habits(t: &Table) -> Habits {
    Habits {
        grace: get::duration(t, "grace"),
        priority: get::int(t, "priority"),
        log_rate: get::bytes(t, "log-rate"),
        image_size: get::bytes(t, "image-size"),
        images: get::int(t, "images"),
    }
}

/// A number of images says nothing without their size, and a pod's grace is a whole number of seconds upstream.
pub(super) fn check(get: &mut Get<'_>, habits: &Habits) {
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
}
