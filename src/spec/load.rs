//! `[control-plane.load]` as types.

use super::get;
use super::node::Table;
use super::shape::At;
use crate::quantity::GoDuration;

/// What happens in the cluster, as stated.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// Pods that start in a minute, beside those of jobs and rollouts.
    pub pod_starts: Option<At<i64>>,
    /// Jobs that start in a minute.
    pub jobs: Option<At<i64>>,
    /// Deployments rolled out in an hour.
    pub rollouts: Option<At<i64>>,
    /// Pods that start at once, and the time within which they are to run.
    pub burst: Option<(At<i64>, At<GoDuration>)>,
    /// Secrets that one pod uses.
    pub secrets_per_pod: Option<At<i64>>,
    /// Config maps that one pod uses.
    pub config_maps_per_pod: Option<At<i64>>,
}

/// Reads `[control-plane.load]` from the table of the control plane.
pub(super) fn load(control_plane: &Table) -> Load {
    let Some(t) = get::table(control_plane, "load") else { return Load::default() };
    let burst = get::table(t, "burst").and_then(|b| get::int(b, "pods").zip(get::duration(b, "within")));
    Load {
        pod_starts: get::int(t, "pod-starts-per-minute"),
        jobs: get::int(t, "jobs-per-minute"),
        rollouts: get::int(t, "rollouts-per-hour"),
        burst,
        secrets_per_pod: get::int(t, "secrets-per-pod"),
        config_maps_per_pod: get::int(t, "config-maps-per-pod"),
    }
}
