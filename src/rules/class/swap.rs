//! Swap: a kubelet that starts beside it, and what pods may take of it, by goal and version.

use crate::because;
use crate::catalog;
use crate::diag::Finding;
use crate::facts::{Cause, ClassFacts, Known, PodKind};
use crate::quantity::{Bytes, Kernel};
use crate::rules::{Draft, Origin, Rule};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&START, &BEHAVIOUR];

/// It starts.
pub static START: Rule = Rule {
    id: "swap-fail-on",
    why: "a kubelet does not start on a host with swap unless failSwapOn is false",
    source: "kubernetes/kubernetes pkg/kubelet/cm/container_manager_linux.go NewContainerManager",
};
/// What pods may take.
pub static BEHAVIOUR: Rule = Rule {
    id: "swap-behaviour",
    why: "swap lets more pods stay than memory holds and makes them slow when it is needed, so the goal decides whether pods get a part of it",
    source: "profiles/goals.toml; kubernetes/kubernetes pkg/kubelet/kuberuntime/kuberuntime_container_linux.go",
};

const FAIL: &str = "kubelet/failSwapOn";
const MODE: &str = "kubelet/memorySwap.swapBehavior";
const LIMITED: &str = "LimitedSwap";
const NONE: &str = "NoSwap";

/// Sets failSwapOn and memorySwap.swapBehavior where the host has swap.
pub fn decide(facts: &ClassFacts, draft: &mut Draft<'_>, findings: &mut Vec<Finding>) {
    let Some(swap) = facts.machine.swap.as_ref().filter(|s| s.value.0 > 0) else { return };
    let reason = format!("the host has {} of swap, and a kubelet that fails on it does not start", swap.value);
    draft.set(FAIL, false, Origin::Derived, &START).reason(reason).because(because![swap]);
    if let Some(pin) = draft.pin(FAIL).filter(|_| draft.get(FAIL) != Some(&Json::Bool(false))) {
        let message = format!("{}: the host has {} of swap, and failSwapOn is pinned to true", facts.name, swap.value);
        findings.push(
            Finding::error("swap-refused", message)
                .at(&facts.pin_place(pin), "the kubelet does not start")
                .note(format!("{} ({})", START.why, START.source)),
        );
    }
    behaviour(facts, draft, swap);
    remarks(facts, draft, swap, findings);
}

/// Whether the minor's kubelet limits swap without being told to by a gate.
fn limits(facts: &ClassFacts) -> bool {
    catalog::gate("NodeSwap", facts.minor()).is_none_or(|g| g.default)
}

fn behaviour(facts: &ClassFacts, draft: &mut Draft<'_>, swap: &Known<Bytes>) {
    if !limits(facts) {
        // A gate that upstream has off is nobody's to switch on in passing; a pin may.
        return;
    }
    let Some(wanted) = facts.goal.swap.as_deref() else { return };
    let cgroup = facts.cgroup.value;
    let (value, reason) = match wanted {
        LIMITED if cgroup == 1 => (NONE, format!("cgroup v{cgroup} cannot limit what a pod swaps")),
        LIMITED => (LIMITED, share(facts, swap)),
        _ => (NONE, format!("{} is for what is no pod: swapping makes pods slow when it matters", swap.value)),
    };
    let goal = facts.goal_cause.clone();
    let causes = because![swap, facts.goal_name, facts.cgroup, facts.version, facts.machine.memory; goal, Cause::Fact("behaviour/limited-swap".into())];
    draft.set(MODE, value, Origin::Derived, &BEHAVIOUR).reason(reason).because(causes);
}

/// What one pod of the largest kind that may swap gets: its request's part of the node's memory, of the swap.
fn share(facts: &ClassFacts, swap: &Known<Bytes>) -> String {
    let memory = facts.machine.memory.value;
    let burstable = |k: &&PodKind| !k.exclusive && k.memory.0 > 0;
    let Some(kind) = facts.mix.kinds().filter(burstable).max_by_key(|k| k.memory.0) else {
        return "no pod requests memory that it may exceed, so none swaps".into();
    };
    let part = i128::from(kind.memory.0) * i128::from(swap.value.0) / i128::from(memory.0.max(1));
    format!(
        "a burstable pod swaps at most request ÷ memory × swap: {} {} ÷ {memory} × {} = {}",
        kind.name,
        kind.memory,
        swap.value,
        mi(part)
    )
}

fn mi(bytes: i128) -> String {
    if bytes < 1 << 20 { format!("{}Ki", bytes >> 10) } else { super::logs::gib(bytes) }
}

fn remarks(facts: &ClassFacts, draft: &Draft<'_>, swap: &Known<Bytes>, findings: &mut Vec<Finding>) {
    let mode = draft.get(MODE).and_then(Json::as_str);
    let pinned = draft.pin(MODE).map(|p| facts.pin_place(p));
    let place = pinned.as_ref().unwrap_or(&facts.place);
    if mode == Some(LIMITED) && facts.cgroup.value == 1 {
        let message = format!("{}: swapBehavior is {LIMITED}, and the host mounts cgroup v1", facts.name);
        let finding = Finding::error("swap-cgroup-v1", message).at(place, "the kubelet does not start");
        let note = catalog::limit("limited-swap").map_or_else(String::new, |b| format!("{} ({})", b.summary, b.source));
        findings.push(finding.note(note));
    }
    if catalog::behaviour("swap-unlimited", facts.minor()).is_some() && mode.is_none() {
        let message =
            format!("{}: kubelet {} does not limit how much of {} pods swap", facts.name, facts.minor(), swap.value);
        let note =
            catalog::limit("swap-unlimited").map_or_else(String::new, |b| format!("{} ({})", b.summary, b.source));
        findings.push(
            Finding::warning("swap-unlimited", message)
                .at(&facts.place, "this class")
                .note(note)
                .help("switch swap off on these nodes, or plan a newer kubelet"),
        );
    }
    let least = catalog::limit_value("tmpfs-noswap-kernel");
    let old = |k: &Kernel| i64::from(k.0) * 100 + i64::from(k.1) < least;
    if let Some(kernel) = facts.kernel.as_ref().filter(|k| mode == Some(LIMITED) && old(&k.value)) {
        let message =
            format!("{}: kernel {} may swap secrets and other volumes in memory to disk", facts.name, kernel.value);
        findings.push(
            Finding::warning("swap-secrets", message)
                .at(place, "pods swap here")
                .note(format!("tmpfs can be kept out of swap from kernel {}.{} on", least / 100, least % 100))
                .help("encrypt the swap, or run a newer kernel"),
        );
    }
}
