//! Rules that upstream holds over the finished kubelet configuration: what a pin or a base could still break.
//!
//! Every one of them was a reason for a kubelet not to start, or to start with less than what was asked for.

use super::shape;
use crate::catalog;
use crate::diag::{Finding, Place};
use crate::facts::ClassFacts;
use crate::quantity::{Bytes, CpuSet, Milli, Threshold};
use crate::rules::{Rule, Value, Values, gates};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[
    &RESERVED_MEMORY_SUM,
    &RESERVED_MEMORY_NODE,
    &PARALLEL_PULLS,
    &SOFT_GRACE,
    &SOFT_HARD,
    &GC_ORDER,
    &GC_AGE_ORDER,
    &EVICTION_WHOLE,
    &EVICTION_OFF,
    &RESERVED_CGROUP,
    &RESERVED_CPUS,
    &ENFORCED_CGROUP,
    &STATIC_NEEDS_CPU,
    &OPTIONS_NEED_STATIC,
    &LOG_QUERY,
    &SHUTDOWN_ORDER,
    &SHUTDOWN_KIND,
    &THROTTLING,
    &GATES,
];

const KV: &str = "kubernetes/kubernetes pkg/kubelet/apis/config/validation/validation.go";

/// Exact sum under the Static memory manager.
pub static RESERVED_MEMORY_SUM: Rule = Rule {
    id: "kubelet-reserved-memory-sum",
    why: "with the Static memory manager the reservedMemory of all NUMA nodes must equal kubeReserved + systemReserved + hard eviction, to the byte",
    source: "kubernetes/kubernetes pkg/kubelet/cm/memorymanager/memory_manager.go validateReservedMemory",
};
/// No more than a node has.
pub static RESERVED_MEMORY_NODE: Rule = Rule {
    id: "kubelet-reserved-memory-node",
    why: "a NUMA node in reservedMemory must exist, or the kubelet does not start; that the amount fits is not checked and wraps around",
    source: "kubernetes/kubernetes pkg/kubelet/cm/memorymanager/memory_manager.go getTotalMemoryTypeReserved, policy_static.go getDefaultMachineState",
};
/// Parallel pulls need serial pulls off.
pub static PARALLEL_PULLS: Rule = Rule {
    id: "kubelet-parallel-pulls-serial",
    why: "maxParallelImagePulls above 1 needs serializeImagePulls to be false",
    source: KV,
};
/// Grace for each soft signal.
pub static SOFT_GRACE: Rule = Rule {
    id: "kubelet-soft-eviction-grace",
    why: "each signal of evictionSoft needs a grace period, or the kubelet does not start",
    source: "kubernetes/kubernetes pkg/kubelet/eviction/helpers.go ParseThresholdConfig",
};
/// Soft before hard.
pub static SOFT_HARD: Rule = Rule {
    id: "kubelet-soft-below-hard",
    why: "a soft threshold that is not above the hard one never acts",
    source: "kubernetes/kubernetes pkg/kubelet/eviction/eviction_manager.go",
};
/// Low below high.
pub static GC_ORDER: Rule = Rule {
    id: "kubelet-image-gc-order",
    why: "imageGCLowThresholdPercent must be below imageGCHighThresholdPercent",
    source: KV,
};
/// Maximum above minimum age.
pub static GC_AGE_ORDER: Rule = Rule {
    id: "kubelet-image-gc-age-order",
    why: "imageMaximumGCAge, when set, must be above imageMinimumGCAge",
    source: KV,
};
/// A pinned map is all of the map.
pub static EVICTION_WHOLE: Rule = Rule {
    id: "kubelet-eviction-map-partial",
    why: "evictionHard replaces upstream's whole map, so each signal must be in it; one that shall be off is \"0%\"",
    source: "kubernetes/kubernetes cmd/kubelet/app/server.go loadConfigFile",
};
/// memory.available is absolute and on.
pub static EVICTION_OFF: Rule = Rule {
    id: "kubelet-eviction-memory-absolute",
    why: "a percentage follows the memory that the kubelet finds, which a plan does not know to the byte; and without it nothing is evicted before the kernel kills",
    source: "kubernetes/kubernetes pkg/kubelet/eviction/api/types.go GetThresholdQuantity",
};
/// reservedSystemCPUs excludes cgroups.
pub static RESERVED_CGROUP: Rule = Rule {
    id: "kubelet-reserved-cpus-cgroup",
    why: "reservedSystemCPUs cannot stand beside systemReservedCgroup or kubeReservedCgroup, even where nothing enforces them",
    source: KV,
};
/// reservedSystemCPUs are online.
pub static RESERVED_CPUS: Rule = Rule {
    id: "kubelet-reserved-cpus-online",
    why: "reservedSystemCPUs must be CPUs that the machine has online",
    source: "kubernetes/kubernetes cmd/kubelet/app/server.go getReservedCPUs",
};
/// Enforcement needs a cgroup.
pub static ENFORCED_CGROUP: Rule = Rule {
    id: "kubelet-enforced-cgroup",
    why: "enforcing a reservation needs the cgroup it is enforced on, and cgroups per QoS class",
    source: KV,
};
/// Static CPU manager needs a CPU reservation.
pub static STATIC_NEEDS_CPU: Rule = Rule {
    id: "kubelet-static-cpu-reservation",
    why: "the static CPU manager does not start without reserved CPU",
    source: "kubernetes/kubernetes pkg/kubelet/cm/cpumanager/cpu_manager.go NewManager",
};
/// Options need the static policy.
pub static OPTIONS_NEED_STATIC: Rule = Rule {
    id: "kubelet-cpu-options-policy",
    why: "cpuManagerPolicyOptions are refused by the policy `none`",
    source: "kubernetes/kubernetes pkg/kubelet/cm/cpumanager/policy_none.go NewNonePolicy",
};
/// Log queries need the handler.
pub static LOG_QUERY: Rule =
    Rule { id: "kubelet-log-query-handler", why: "enableSystemLogQuery needs enableSystemLogHandler", source: KV };
/// Critical within total.
pub static SHUTDOWN_ORDER: Rule = Rule {
    id: "kubelet-shutdown-order",
    why: "shutdownGracePeriodCriticalPods is a part of shutdownGracePeriod",
    source: KV,
};
/// One kind of shutdown grace.
pub static SHUTDOWN_KIND: Rule = Rule {
    id: "kubelet-shutdown-kind",
    why: "grace on shutdown is given by pod priority or for all pods, not both",
    source: KV,
};
/// Throttling without its gate.
pub static THROTTLING: Rule = Rule {
    id: "kubelet-memory-throttling-gate",
    why: "with MemoryQoS off this minor refuses every memoryThrottlingFactor but 0.9",
    source: KV,
};
/// Gates exist.
pub static GATES: Rule = Rule {
    id: "kubelet-feature-gates",
    why: "a kubelet does not start with a feature gate that its minor does not know or has locked to another value",
    source: "kubernetes/kubernetes staging/src/k8s.io/component-base/featuregate/feature_gate.go",
};

/// The finished values of one class, with defaults behind them.
pub(super) struct Effective<'a> {
    pub(super) facts: &'a ClassFacts,
    values: &'a Values,
}

impl Effective<'_> {
    pub(super) fn get(&self, field: &str) -> Json {
        let name = format!("kubelet/{field}");
        if let Some(value) = self.values.get(&name) {
            return value.value.clone();
        }
        catalog::find(&name).and_then(|f| f.default_in(self.facts.minor())).unwrap_or(Json::Null)
    }

    pub(super) fn text(&self, field: &str) -> Option<String> {
        self.get(field).as_str().map(ToString::to_string)
    }

    /// Keys of a map with their texts, as planned.
    fn map<'m>(&'m self, field: &str) -> impl Iterator<Item = (String, &'m Value)> + use<'m> {
        let below = format!("kubelet/{field}.");
        self.values.iter().filter_map(move |(n, v)| Some((n.strip_prefix(&below)?.to_string(), v)))
    }

    /// An error of a rule, with every pin that has a part in it as a label; the base or the class where there is none.
    pub(super) fn broken(&self, rule: &'static Rule, message: String, fields: &[&str]) -> Finding {
        let mut finding = Finding::error(rule.id, format!("{}: {message}", self.facts.name));
        let mut places: Vec<Place> = Vec::new();
        let mut labelled = false;
        for (name, pinned) in &self.facts.pins {
            if fields
                .iter()
                .any(|f| name.strip_prefix("kubelet/").is_some_and(|n| n == *f || n.starts_with(&format!("{f}."))))
            {
                let place = self.facts.pin_place(pinned);
                if places.contains(&place) {
                    continue;
                }
                places.push(place.clone());
                finding =
                    if labelled { finding.clash(&place, "and this pin") } else { finding.at(&place, "pinned here") };
                labelled = true;
            }
        }
        if let (false, Some(base)) = (labelled, &self.facts.base) {
            finding = finding.at(&Place::new(&std::sync::Arc::from(base.path.as_str()), 0..0), "set in this base");
            labelled = true;
        }
        if !labelled {
            finding = finding.at(&self.facts.place, "this class");
        }
        finding.note(format!("{} ({})", rule.why, rule.source))
    }
}

/// Every rule that the finished values of a class break.
pub fn check(facts: &ClassFacts, values: &Values) -> Vec<Finding> {
    let e = Effective { facts, values };
    let mut out = Vec::new();
    eviction(&e, &mut out);
    images(&e, &mut out);
    reserved_memory(&e, &mut out);
    cpus(&e, &mut out);
    enforcement(&e, &mut out);
    rest(&e, &mut out);
    shape::check(&e, &mut out);
    out
}

fn eviction(e: &Effective<'_>, out: &mut Vec<Finding>) {
    let memory = e.facts.machine.memory.value;
    let whole =
        ["memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree"];
    let missing: Vec<&str> = whole.iter().copied().filter(|s| !e.map("evictionHard").any(|(k, _)| k == *s)).collect();
    // With the merge flag upstream fills in its own defaults for what a map leaves out.
    let merges = e.get("mergeDefaultEvictionSettings") == Json::Bool(true);
    if !missing.is_empty() && !merges {
        let message = format!("evictionHard leaves out {}, which would be switched off", missing.join(", "));
        out.push(
            e.broken(&EVICTION_WHOLE, message, &["evictionHard"])
                .help("pin single signals, such as `kubelet/evictionHard.memory.available`"),
        );
    }
    let parse = |v: &Value| v.value.as_str().and_then(|t| Threshold::parse(t).ok());
    for (signal, value) in e.map("evictionHard") {
        if signal == "memory.available" && matches!(parse(value), Some(Threshold::Share(_))) {
            let message = format!("evictionHard.memory.available is {}, not an absolute quantity", value.value);
            out.push(e.broken(&EVICTION_OFF, message, &["evictionHard.memory.available", "evictionHard"]));
        }
    }
    let off = |v: &Value| parse(v).is_some_and(|t| matches!(t, Threshold::Share(0 | 1_000_000)));
    for (signal, soft) in e.map("evictionSoft").filter(|(_, v)| !off(v)) {
        let grace = e.map("evictionSoftGracePeriod").any(|(k, _)| k == signal);
        if !grace {
            let message = format!("evictionSoft.{signal} has no evictionSoftGracePeriod");
            out.push(e.broken(&SOFT_GRACE, message, &["evictionSoft", "evictionSoftGracePeriod"]));
        }
        let hard = e.map("evictionHard").find(|(k, _)| *k == signal).and_then(|(_, v)| parse(v));
        let (Some(soft), Some(hard)) = (parse(soft), hard) else { continue };
        let capacity = if signal == "memory.available" {
            memory
        } else {
            e.facts.machine.disks.nodefs.as_ref().map_or(Bytes(1 << 40), |n| n.value)
        };
        if soft.of(capacity) <= hard.of(capacity) && hard.of(capacity).0 > 0 {
            let message = format!("soft eviction of {signal} begins at {soft}, hard eviction at {hard}");
            out.push(e.broken(
                &SOFT_HARD,
                message,
                &[&format!("evictionSoft.{signal}"), &format!("evictionHard.{signal}"), "evictionSoft", "evictionHard"],
            ));
        }
    }
}

fn images(e: &Effective<'_>, out: &mut Vec<Finding>) {
    let number = |field: &str| e.get(field).as_i64();
    if e.get("serializeImagePulls") == Json::Bool(true)
        && let Some(n) = number("maxParallelImagePulls").filter(|n| *n > 1)
    {
        let message = format!("maxParallelImagePulls is {n} while serializeImagePulls is true");
        out.push(e.broken(&PARALLEL_PULLS, message, &["serializeImagePulls", "maxParallelImagePulls"]));
    }
    if let (Some(low), Some(high)) = (number("imageGCLowThresholdPercent"), number("imageGCHighThresholdPercent"))
        && low >= high
    {
        let message = format!("image collection goes from {high}% down to {low}%, which is not below");
        out.push(e.broken(&GC_ORDER, message, &["imageGCLowThresholdPercent", "imageGCHighThresholdPercent"]));
    }
    let nanos =
        |field: &str| e.text(field).and_then(|t| crate::quantity::GoDuration::parse(&t).ok()).map_or(0, |d| d.0);
    let (least, most) = (nanos("imageMinimumGCAge"), nanos("imageMaximumGCAge"));
    if most > 0 && most <= least {
        let message = "imageMaximumGCAge is not above imageMinimumGCAge".to_string();
        out.push(e.broken(&GC_AGE_ORDER, message, &["imageMaximumGCAge", "imageMinimumGCAge"]));
    }
}

fn reserved_memory(e: &Effective<'_>, out: &mut Vec<Finding>) {
    let list = e.get("reservedMemory");
    let items = list.as_array().cloned().unwrap_or_default();
    let is_static = e.text("memoryManagerPolicy").as_deref() == Some("Static");
    let bytes = |v: &Json| v.as_str().and_then(|t| Bytes::parse(t).ok());
    let mut sum: i64 = 0;
    for item in &items {
        let node = item.get("numaNode").and_then(Json::as_i64).unwrap_or(0);
        let amount = item.get("limits").and_then(|l| l.get("memory")).and_then(bytes);
        sum = sum.saturating_add(amount.map_or(0, |b| b.0));
        let huge =
            item.get("limits").and_then(Json::as_object).is_some_and(|l| l.keys().any(|k| k.starts_with("hugepages-")));
        let has = usize::try_from(node).ok().and_then(|n| e.facts.machine.numa.get(n)).map(|n| n.memory);
        let message = match (has, amount) {
            _ if huge => format!("reservedMemory of NUMA node {node} names huge pages, which cannot be reserved"),
            (None, _) => {
                format!("reservedMemory names NUMA node {node}; the machine has {}", e.facts.machine.numa.len())
            }
            (Some(has), Some(amount)) if amount > has => {
                format!("NUMA node {node} has {has}, and {amount} of it shall be reserved")
            }
            _ => continue,
        };
        out.push(e.broken(&RESERVED_MEMORY_NODE, message, &["reservedMemory"]));
    }
    if !is_static {
        return;
    }
    let part = |field: &str| e.text(field).and_then(|t| Bytes::parse(&t).ok()).map_or(0, |b| b.0);
    let eviction = e.text("evictionHard.memory.available").and_then(|t| Threshold::parse(&t).ok());
    let eviction = eviction.map_or(0, |t| t.of(e.facts.machine.memory.value).0);
    let (kube, system) = (part("kubeReserved.memory"), part("systemReserved.memory"));
    if sum != kube + system + eviction {
        let message = format!(
            "reservedMemory adds up to {}, but {} + {} + {} = {} is reserved",
            Bytes(sum),
            Bytes(kube),
            Bytes(system),
            Bytes(eviction),
            Bytes(kube + system + eviction)
        );
        let fields = [
            "reservedMemory",
            "memoryManagerPolicy",
            "kubeReserved.memory",
            "systemReserved.memory",
            "evictionHard.memory.available",
        ];
        out.push(e.broken(&RESERVED_MEMORY_SUM, message, &fields));
    }
}

fn cpus(e: &Effective<'_>, out: &mut Vec<Finding>) {
    let reserved = e.text("reservedSystemCPUs").filter(|t| !t.is_empty());
    if let Some(text) = &reserved {
        match CpuSet::parse(text) {
            Ok(set) if set.0.is_subset(&e.facts.machine.online.0) => {}
            Ok(set) => {
                let message =
                    format!("reservedSystemCPUs {text} are not all among the online CPUs {}", e.facts.machine.online);
                let broken = e.broken(&RESERVED_CPUS, message, &["reservedSystemCPUs"]);
                let off = e.facts.machine.offline.as_ref().map(|o| CpuSet(&set.0 & &o.value.0));
                out.push(match off.filter(|o| !o.is_empty()) {
                    Some(off) => broken.note(format!("switched off, as the spec says: {off}")),
                    None => broken,
                });
            }
            Err(fault) => {
                out.push(e.broken(&RESERVED_CPUS, format!("reservedSystemCPUs {fault}"), &["reservedSystemCPUs"]))
            }
        }
        for cgroup in ["systemReservedCgroup", "kubeReservedCgroup"] {
            if e.text(cgroup).is_some_and(|t| !t.is_empty()) {
                let message = format!("{cgroup} stands beside reservedSystemCPUs");
                out.push(e.broken(&RESERVED_CGROUP, message, &[cgroup, "reservedSystemCPUs"]));
            }
        }
    }
    let policy = e.text("cpuManagerPolicy").unwrap_or_else(|| "none".into());
    let milli: i64 = ["kubeReserved.cpu", "systemReserved.cpu"]
        .iter()
        .filter_map(|f| Milli::parse(&e.text(f)?).ok())
        .map(|m| m.0)
        .sum();
    if policy == "static" && milli == 0 && reserved.is_none() {
        out.push(e.broken(
            &STATIC_NEEDS_CPU,
            "cpuManagerPolicy is static and no CPU is reserved".into(),
            &["cpuManagerPolicy", "kubeReserved.cpu", "systemReserved.cpu"],
        ));
    }
    let options = e.get("cpuManagerPolicyOptions").as_object().is_some_and(|o| !o.is_empty())
        || e.map("cpuManagerPolicyOptions").next().is_some();
    if policy == "none" && options {
        out.push(e.broken(
            &OPTIONS_NEED_STATIC,
            "cpuManagerPolicyOptions are set and the policy is none".into(),
            &["cpuManagerPolicyOptions", "cpuManagerPolicy"],
        ));
    }
}

fn enforcement(e: &Effective<'_>, out: &mut Vec<Finding>) {
    let list = e.get("enforceNodeAllocatable");
    let words: Vec<&str> = list.as_array().map(|l| l.iter().filter_map(Json::as_str).collect()).unwrap_or_default();
    for (word, cgroup) in [("system-reserved", "systemReservedCgroup"), ("kube-reserved", "kubeReservedCgroup")] {
        let enforced = words.iter().find(|w| **w == word || **w == format!("{word}-compressible"));
        if let Some(enforced) = enforced
            && e.text(cgroup).is_none_or(|t| t.is_empty())
        {
            let message = format!("enforceNodeAllocatable has {enforced}, and {cgroup} is not set");
            out.push(e.broken(&ENFORCED_CGROUP, message, &["enforceNodeAllocatable", cgroup]));
        }
        if words.contains(&word) && words.contains(&format!("{word}-compressible").as_str()) {
            out.push(e.broken(
                &ENFORCED_CGROUP,
                format!("{word} is enforced twice, whole and compressible"),
                &["enforceNodeAllocatable"],
            ));
        }
    }
    if let Some(twice) = words.iter().enumerate().find_map(|(at, w)| words[..at].contains(w).then_some(w)) {
        let message = format!("enforceNodeAllocatable has {twice} twice");
        out.push(e.broken(&ENFORCED_CGROUP, message, &["enforceNodeAllocatable"]));
    }
    if words.contains(&"none") && words.len() > 1 {
        out.push(e.broken(
            &ENFORCED_CGROUP,
            "enforceNodeAllocatable has `none` beside others".into(),
            &["enforceNodeAllocatable"],
        ));
    }
    if e.get("cgroupsPerQOS") == Json::Bool(false) && words.iter().any(|w| *w != "none") {
        out.push(e.broken(
            &ENFORCED_CGROUP,
            "cgroupsPerQOS is false and something is enforced".into(),
            &["cgroupsPerQOS", "enforceNodeAllocatable"],
        ));
    }
}

fn rest(e: &Effective<'_>, out: &mut Vec<Finding>) {
    let nanos =
        |field: &str| e.text(field).and_then(|t| crate::quantity::GoDuration::parse(&t).ok()).map_or(0, |d| d.0);
    if nanos("shutdownGracePeriodCriticalPods") > nanos("shutdownGracePeriod") {
        let message = "shutdownGracePeriodCriticalPods is longer than shutdownGracePeriod".to_string();
        out.push(e.broken(&SHUTDOWN_ORDER, message, &["shutdownGracePeriodCriticalPods", "shutdownGracePeriod"]));
    }
    if e.get("enableSystemLogQuery") == true && e.get("enableSystemLogHandler") == false {
        let message = "enableSystemLogQuery is on, and enableSystemLogHandler is off".to_string();
        out.push(e.broken(&LOG_QUERY, message, &["enableSystemLogQuery", "enableSystemLogHandler"]));
    }
    let by_priority = e.get("shutdownGracePeriodByPodPriority").as_array().is_some_and(|l| !l.is_empty());
    if by_priority && nanos("shutdownGracePeriod").max(nanos("shutdownGracePeriodCriticalPods")) > 0 {
        let message = "shutdownGracePeriodByPodPriority stands beside shutdownGracePeriod".to_string();
        out.push(e.broken(
            &SHUTDOWN_KIND,
            message,
            &["shutdownGracePeriodByPodPriority", "shutdownGracePeriod", "shutdownGracePeriodCriticalPods"],
        ));
    }
    let factor = e.values.get("kubelet/memoryThrottlingFactor").and_then(|v| v.value.as_f64());
    let minor = e.facts.minor();
    if let (Some(factor), Some(only)) = (factor, catalog::behaviour("memory-throttling-factor-locked", minor)) {
        let by_default = catalog::gate("MemoryQoS", minor).is_some_and(|g| g.default);
        let on = e.get("featureGates.MemoryQoS").as_bool().unwrap_or(by_default);
        #[allow(clippy::cast_possible_truncation)]
        let ppm = (factor * 1_000_000.0).round() as i64;
        if !on && only.value != Some(ppm) {
            let message = format!("memoryThrottlingFactor is {factor}, and feature gate MemoryQoS is off");
            out.push(e.broken(
                &THROTTLING,
                message,
                &["memoryThrottlingFactor", "featureGates.MemoryQoS", "featureGates"],
            ));
        }
    }
    for missing in gates::missing("kubelet", e.values, minor) {
        let names: Vec<&str> = missing.names.iter().filter_map(|n| n.strip_prefix("kubelet/")).collect();
        out.push(e.broken(missing.rule, missing.message, &names));
    }
    for (gate, value) in e.map("featureGates") {
        let minor = e.facts.minor();
        let message = match (catalog::gate(&gate, minor), value.value.as_bool()) {
            (None, _) => format!("Kubernetes {minor} has no feature gate `{gate}`"),
            (Some(state), Some(on)) if state.locked && on != state.default => {
                format!("feature gate `{gate}` is locked to {} in {minor}", state.default)
            }
            _ => continue,
        };
        out.push(e.broken(&GATES, message, &[&format!("featureGates.{gate}"), "featureGates"]));
    }
}
