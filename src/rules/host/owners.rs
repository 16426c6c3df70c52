//! One owner per sysctl: what the kubelet and kube-proxy set by themselves, what they demand, and who else sets the same.

use super::{Host, set};
use crate::catalog::{self, Owner};
use crate::diag::Finding;
use crate::facts::Cause;
use crate::rules::cluster::conntrack;
use crate::rules::{Draft, Rule};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&DEMANDED, &PIDS];

/// What protectKernelDefaults demands.
static DEMANDED: Rule = Rule {
    id: "kubelet-kernel-defaults",
    why: "with protectKernelDefaults the kubelet sets no sysctl itself and does not start where one has another value than it would set",
    source: "kubernetes/kubernetes pkg/kubelet/cm/container_manager_linux.go setupKernelTunables",
};
/// A pinned number of processes that the plan did not count with.
static PIDS: Rule = Rule {
    id: "pid-max-differs",
    why: "PID limits were counted with what the spec states, so the node must have just that",
    source: "opinion",
};

const PROTECT: &str = "kubelet/protectKernelDefaults";
const TABLE: &str = "net.netfilter.nf_conntrack_max";

/// Whether kube-proxy sizes the table of connections.
pub(super) fn proxy_owns_table(host: &Host<'_>) -> bool {
    host.has_proxy() && host.get("kube-proxy/conntrack.maxPerCore").as_i64().unwrap_or(0) > 0
}

/// Sets what the kubelet demands, and names every sysctl that has two owners.
pub(super) fn decide(host: &Host<'_>, draft: &mut Draft<'_>, findings: &mut Vec<Finding>) {
    let protects = host.get(PROTECT) == Json::Bool(true);
    for owner in catalog::owners() {
        let fact = Cause::Fact(format!("sysctl-owner/{}/{}", owner.by, owner.sysctl));
        if owner.by == "kubelet" && protects {
            let reason = "protectKernelDefaults: the kubelet starts with no other value".to_string();
            set(host, draft, &owner.sysctl, owner.value, (&DEMANDED, reason), vec![host.cause(PROTECT), fact]);
            demanded(host, owner, findings);
        } else if sets(host, owner) {
            twice(host, draft, (&owner.by, &owner.sysctl, owner.value), findings);
        }
    }
    table(host, draft, findings);
    pids(host, findings);
    stated(host, draft, findings);
}

/// Whether a component sets its sysctl under this plan.
fn sets(host: &Host<'_>, owner: &Owner) -> bool {
    let met = |name: &str, values: &[Json]| {
        let exists = catalog::find(name).is_some_and(|f| f.tunable.exists_in(host.minor_of(name)));
        let value = match host.get(name) {
            Json::Null => Json::from(""),
            value => value,
        };
        !exists || values.contains(&value)
    };
    let there = owner.by != "kube-proxy" || host.has_proxy();
    there && owner.when.iter().all(|(name, values)| met(name, values))
}

/// A pin that the kubelet would not start with.
fn demanded(host: &Host<'_>, owner: &Owner, findings: &mut Vec<Finding>) {
    let name = format!("sysctl/{}", owner.sysctl);
    let Some(pin) = host.class.pins.get(&name).filter(|p| !p.allows(&owner.value.into())) else { return };
    let message = format!("{}: the kubelet does not start unless {} is {}", host.class.name, owner.sysctl, owner.value);
    let finding = Finding::error(DEMANDED.id, message)
        .at(&host.class.pin_place(pin), "pinned to another value")
        .note(format!("{} ({})", DEMANDED.why, DEMANDED.source));
    findings.push(match host.pin_place(PROTECT) {
        Some(place) => finding.clash(&place, "this makes it a condition"),
        None => finding.note("the base sets protectKernelDefaults"),
    });
}

/// What else sets a sysctl that a component sets: a pin, or what the host already has.
fn twice(host: &Host<'_>, draft: &Draft<'_>, (by, sysctl, value): (&str, &str, i64), findings: &mut Vec<Finding>) {
    let name = format!("sysctl/{sysctl}");
    let class = &host.class.name;
    if let Some(pin) = draft.pin(&name).filter(|p| !p.allows(&value.into())) {
        let message = format!("{class}: {by} sets {sysctl} to {value}, and the pin to another value");
        findings.push(
            Finding::warning("sysctl-two-owners", message)
                .at(&host.class.pin_place(pin), "pinned here")
                .note(format!("{by} writes it whenever it starts, so the last to start decides"))
                .help(way_out(by, sysctl)),
        );
    } else if let Some((known, place)) = host.class.host_sysctls.get(sysctl).filter(|(k, _)| k.value != value)
        // Where the plan's own file sets it, that is said instead.
        && draft.get(&name).is_none()
    {
        let message = format!("{class}: the host sets {sysctl} to {}, {by} to {value}", known.value);
        findings.push(
            Finding::warning("sysctl-two-owners", message)
                .at(place, "the host has it from elsewhere")
                .help(way_out(by, sysctl)),
        );
    }
}

/// How one of the two can be had to leave it.
fn way_out(by: &str, sysctl: &str) -> String {
    match (by, sysctl) {
        (_, TABLE) => {
            "let one own it: pin `kube-proxy/conntrack.maxPerCore` to 0, or leave the sysctl to kube-proxy".into()
        }
        ("kubelet", _) => format!("leave {sysctl} to the kubelet; it needs the value it sets"),
        _ => format!("leave {sysctl} to {by}, or change the setting of {by} that asks for it"),
    }
}

/// A pin on the table of connections beside kube-proxy. What the host has of it is compared where kube-proxy is planned.
fn table(host: &Host<'_>, draft: &Draft<'_>, findings: &mut Vec<Finding>) {
    let number = |name: &str| host.get(name).as_i64().unwrap_or(0);
    let (per_core, min) = (number("kube-proxy/conntrack.maxPerCore"), number("kube-proxy/conntrack.min"));
    let version = host.minor_of("kube-proxy/conntrack.min");
    if !proxy_owns_table(host) || draft.pin(&format!("sysctl/{TABLE}")).is_none() {
        return;
    }
    let pinned = draft.pin(&format!("sysctl/{TABLE}")).and_then(|p| p.bounds().0);
    let set = conntrack::effective(per_core, min, host.class.machine.cpus.value, pinned, version);
    if let Some(set) = set {
        twice(host, draft, ("kube-proxy", TABLE, set), findings);
    }
}

/// A pin on the number of processes that differs from what limits were counted with.
fn pids(host: &Host<'_>, findings: &mut Vec<Finding>) {
    let name = "sysctl/kernel.pid_max";
    let counted = host.class.kernel_pid_max.value;
    let Some(pin) = host.class.pins.get(name).filter(|p| !p.allows(&counted.into())) else { return };
    let message = format!("{}: PID limits are counted with a kernel.pid_max of {counted}", host.class.name);
    findings.push(
        Finding::error(PIDS.id, message)
            .at(&host.class.pin_place(pin), "pinned to another value")
            .note(PIDS.why)
            .help("state it as `os.pid-max` of the class, and leave the pin out"),
    );
}

/// What the host already has and the plan's own file sets to something else.
fn stated(host: &Host<'_>, draft: &Draft<'_>, findings: &mut Vec<Finding>) {
    for (sysctl, (known, place)) in &host.class.host_sysctls {
        let Some(value) = draft.get(&format!("sysctl/{sysctl}")).and_then(Json::as_i64) else { continue };
        if value != known.value {
            let message = format!(
                "{}: the host sets {sysctl} to {}, the plan's sysctl.conf to {value}",
                host.class.name, known.value
            );
            findings.push(
                Finding::warning("sysctl-two-owners", message)
                    .at(place, "the host has it from elsewhere")
                    .help("remove it there: files are read in order of their names, and the last one decides"),
            );
        }
    }
}
