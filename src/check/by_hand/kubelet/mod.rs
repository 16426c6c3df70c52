//! What a kubelet asks of its configuration where one line cannot say it.

pub(super) mod cgroups;
pub(super) mod cpus;
pub(super) mod eviction;
pub(super) mod images;
pub(super) mod labels;
pub(super) mod late_gates;
pub(super) mod loading;
pub(super) mod memory;
pub(super) mod node;
pub(super) mod reservations;
pub(super) mod start;
pub(super) mod topology;

use super::asked::{gate, text};
use crate::catalog;
use crate::check::scene::At;

/// Whether the kubelet never looks at what a setting says, so that nothing is wrong with it: options of a policy that is
/// off, and policies of managers that are off.
pub(super) fn unread(at: &At<'_>, name: &str) -> bool {
    let Some(path) = name.strip_prefix("kubelet/") else { return false };
    match path {
        "memoryManagerPolicy" => !gate(at, "MemoryManager"),
        "cpuManagerPolicy" => !gate(at, "CPUManager"),
        // The map itself is a field, which a version has or not.
        _ if path.starts_with("topologyManagerPolicyOptions.") => {
            let passed_over = catalog::behaviour("topology-none-reads-no-options", at.minor("kubelet")).is_some();
            !gate(at, "TopologyManager") || (passed_over && no_topology_policy(at))
        }
        _ => false,
    }
}

/// Whether nothing asks for hints, so that options of the topology manager do nothing.
fn no_topology_policy(at: &At<'_>) -> bool {
    text(at, "kubelet/topologyManagerPolicy").as_deref() == Some("none") || !gate(at, "TopologyManager")
}
