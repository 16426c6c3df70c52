//! CPU affinity of the host's services: on the CPUs that pods do not get, and the runtime on all, since containers inherit it.

use crate::because;
use crate::diag::Finding;
use crate::facts::{Cause, ClassFacts, ClusterFacts};
use crate::quantity::CpuSet;
use crate::rules::{Draft, Origin, Rule};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&SYSTEM, &RUNTIME];

/// Services stay on the system's CPUs.
pub static SYSTEM: Rule = Rule {
    id: "system-affinity",
    why: "reservedSystemCPUs keeps CPUs from pods and moves nobody onto them; systemd starts the host's services, and the kubelet, where CPUAffinity says",
    source: "kubernetes/website tasks/administer-cluster/reserve-compute-resources, Explicitly Reserved CPU List; systemd/systemd man/systemd-system.conf.xml CPUAffinity=",
};
/// The runtime does not.
pub static RUNTIME: Rule = Rule {
    id: "runtime-affinity",
    why: "a container is started by the runtime and inherits its CPU affinity, unless kernel or OCI runtime resets it, which a spec does not tell",
    source: "torvalds/linux da019032819a; opencontainers/runc PR 4858 and issue 4814; containers/crun PR 1315; containerd/containerd issue 11345",
};

const RESERVED: &str = "kubelet/reservedSystemCPUs";
const MANAGER: &str = "systemd/system.conf.CPUAffinity";

fn cpus(draft: &Draft<'_>, name: &str) -> Option<CpuSet> {
    let text = draft.get(name).and_then(Json::as_str)?;
    CpuSet::parse(text).ok().filter(|set| !set.is_empty())
}

/// Sets both where CPUs are reserved by number and the host is the user's.
pub fn decide(facts: &ClassFacts, cluster: &ClusterFacts, draft: &mut Draft<'_>, findings: &mut Vec<Finding>) {
    let Some(reserved) = cpus(draft, RESERVED).filter(|_| cluster.platform_facts.settable(MANAGER)) else { return };
    let online = &facts.machine.online;
    draft
        .set(MANAGER, reserved.to_string(), Origin::Derived, &SYSTEM)
        .reason("the CPUs that pods do not get as their own")
        .because([Cause::Value(RESERVED.into())]);
    let runtime = format!("systemd/{}.service.CPUAffinity", facts.runtime.value);
    let because = because![facts.runtime, facts.machine.cpus; Cause::Value(MANAGER.into()), Cause::Fact("behaviour/cpu-affinity-kept".into()), Cause::Fact("behaviour/oci-runtime-resets-affinity".into())];
    draft
        .set(&runtime, online.to_string(), Origin::Derived, &RUNTIME)
        .reason("all CPUs: containers inherit it, and their cpusets narrow it")
        .because(because);
    let place = |name: &str| facts.pins.get(name).map(|p| facts.pin_place(p));
    if let (Some(set), Some(place)) = (cpus(draft, MANAGER), place(MANAGER))
        && let Some(cpu) = set.0.difference(&reserved.0).next()
    {
        let message =
            format!("{}: services may run on CPU {cpu}, which is not among the reserved {reserved}", facts.name);
        findings.push(
            Finding::warning("affinity-apart", message)
                .at(&place, "pinned here")
                .note("a pod that has this CPU of its own then shares it with the host")
                .help("pin CPUs that reservedSystemCPUs names, or leave it out"),
        );
    }
    if let (Some(set), Some(place)) = (cpus(draft, &runtime), place(&runtime))
        && let Some(cpu) = online.0.difference(&set.0).next()
    {
        let message = format!("{}: containers may inherit an affinity without CPU {cpu}", facts.name);
        findings.push(
            Finding::warning("affinity-inherited", message)
                .at(&place, "pinned here")
                .note(format!("{} ({})", RUNTIME.why, RUNTIME.source))
                .help("leave it out, unless the hosts' runc or crun is known to reset it"),
        );
    }
}
