//! Limits of systemd units: none is planned, since the runtime's own unit has none; a pinned one must hold what runs in it.

use super::Host;
use crate::catalog;
use crate::diag::Finding;
use crate::rules::Rule;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&TASKS];

/// Shims count as containerd's.
static TASKS: Rule = Rule {
    id: "containerd-tasks-short",
    why: "every pod's shim runs in containerd's cgroup, so a limit of its tasks is a limit of pods",
    source: "systemd systemd.resource-control(5), TasksMax=; containerd/containerd containerd.service; catalog/costs/containerd.toml",
};

/// Refuses a pinned limit of tasks that the shims of a full node exceed.
pub(super) fn check(host: &Host<'_>, findings: &mut Vec<Finding>) {
    let name = "systemd/containerd.service.TasksMax";
    let text = host.result.values.get(name).and_then(|v| v.value.as_str());
    let (Some(pin), Some(most)) = (host.class.pins.get(name), text.and_then(|t| t.parse::<i64>().ok())) else { return };
    let typical = |id: &str| catalog::cost_typical(id);
    let (own, shim, pods) = (typical("containerd-pids"), typical("containerd-shim-pids"), host.result.pods);
    let need = shim.saturating_mul(pods).saturating_add(own);
    if need > most && host.class.runtime.value == "containerd" {
        let message =
            format!("{}: containerd and the shims of {pods} pods are more tasks than {most}", host.class.name);
        findings.push(
            Finding::error(TASKS.id, message)
                .at(&host.class.pin_place(pin), "pinned here")
                .note(format!("{pods} × {shim} + {own} = {need}"))
                .note(format!("{} ({})", TASKS.why, TASKS.source))
                .help("leave it out: containerd's own unit has `infinity`"),
        );
    }
}
