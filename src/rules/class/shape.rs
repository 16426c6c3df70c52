//! Kubelet values that a range and a list of words cannot tell right from wrong, and options that exclude each other.

use super::coherence::Effective;
use crate::catalog;
use crate::diag::Finding;
use crate::quantity::GoDuration;
use crate::rules::Rule;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&SHUTDOWN_LEAST, &USER_IDS, &OPTIONS_EXCLUDE, &BITS, &TOPOLOGY_NODES];

const KV: &str = "kubernetes/kubernetes pkg/kubelet/apis/config/validation/validation.go";

/// Nothing between none and a second.
static SHUTDOWN_LEAST: Rule = Rule {
    id: "kubelet-shutdown-least",
    why: "grace on shutdown is none, or at least a second: logind is asked for whole seconds",
    source: KV,
};
/// Ids in whole blocks.
static USER_IDS: Rule = Rule {
    id: "kubelet-user-ids-block",
    why: "ids of a pod's user namespace are handed out in blocks of 65536",
    source: "kubernetes/kubernetes pkg/kubelet/apis/config/validation/validation_linux.go",
};
/// Two ways of handing out CPUs.
static OPTIONS_EXCLUDE: Rule = Rule {
    id: "kubelet-cpu-options-exclude",
    why: "packing CPUs and spreading them exclude each other, and the CPU manager does not start with both",
    source: "kubernetes/kubernetes pkg/kubelet/cm/cpumanager/policy_options.go NewStaticPolicyOptions",
};

/// One bit for each mark.
static BITS: Rule = Rule {
    id: "kubelet-iptables-bits",
    why: "packets to drop and packets to masquerade are marked with different bits, or the kubelet does not start",
    source: "kubernetes/kubernetes pkg/kubelet/kubelet.go NewMainKubelet",
};

/// No more NUMA nodes than the topology manager starts with.
static TOPOLOGY_NODES: Rule = Rule {
    id: "kubelet-topology-nodes",
    why: "a topology manager policy other than none does not start on more NUMA nodes than upstream allows, unless an option raises it",
    source: "kubernetes/kubernetes pkg/kubelet/cm/topologymanager/topology_manager.go NewManager",
};

/// Ids in a block.
const BLOCK: i64 = 1 << 16;
/// Options of the static CPU manager that it refuses together.
const EXCLUDE: [[&str; 2]; 4] = [
    ["full-pcpus-only", "distribute-cpus-across-cores"],
    ["distribute-cpus-across-numa", "distribute-cpus-across-cores"],
    ["prefer-align-cpus-by-uncorecache", "distribute-cpus-across-cores"],
    ["prefer-align-cpus-by-uncorecache", "distribute-cpus-across-numa"],
];

/// Every one of these rules that the finished values of a class break.
pub fn check(e: &Effective<'_>, out: &mut Vec<Finding>) {
    let second = 1_000_000_000;
    for field in ["shutdownGracePeriod", "shutdownGracePeriodCriticalPods"] {
        let grace = e.text(field).and_then(|t| GoDuration::parse(&t).ok());
        if let Some(grace) = grace.filter(|g| g.0 > 0 && g.0 < second) {
            out.push(e.broken(&SHUTDOWN_LEAST, format!("{field} is {grace}, less than a second"), &[field]));
        }
    }
    let (drop, masquerade, chains) = ("iptablesDropBit", "iptablesMasqueradeBit", "makeIPTablesUtilChains");
    let asked = catalog::behaviour("kubelet-iptables-bits-differ", e.facts.minor()).is_some();
    if let Some(bit) = e.get(drop).as_i64().filter(|bit| e.get(masquerade).as_i64() == Some(*bit))
        && asked
        && e.get(chains) != false
    {
        out.push(e.broken(&BITS, format!("{drop} and {masquerade} are both {bit}"), &[drop, masquerade, chains]));
    }
    let ids = "userNamespaces.idsPerPod";
    if let Some(count) = e.get(ids).as_i64().filter(|n| n % BLOCK != 0) {
        out.push(e.broken(&USER_IDS, format!("{ids} is {count}, not a multiple of {BLOCK}"), &[ids]));
    }
    let policy = e.text("topologyManagerPolicy").filter(|p| p != "none");
    let option = "max-allowable-numa-nodes";
    let raised = e.text(&format!("topologyManagerPolicyOptions.{option}"));
    let raised = raised.or_else(|| Some(e.get("topologyManagerPolicyOptions").get(option)?.as_str()?.to_string()));
    let most = catalog::limit_value("topology-manager-nodes").max(raised.and_then(|t| t.parse().ok()).unwrap_or(0));
    let nodes = i64::try_from(e.facts.machine.numa.len()).unwrap_or(i64::MAX);
    if let Some(policy) = policy.filter(|_| nodes > most) {
        let message = format!(
            "topologyManagerPolicy is {policy} on {nodes} NUMA nodes, and the kubelet starts with {most} at most"
        );
        out.push(e.broken(&TOPOLOGY_NODES, message, &["topologyManagerPolicy", "topologyManagerPolicyOptions"]));
    }
    let whole = e.get("cpuManagerPolicyOptions");
    let on = |option: &str| {
        let single = e.text(&format!("cpuManagerPolicyOptions.{option}"));
        single.or_else(|| Some(whole.get(option)?.as_str()?.to_string())).as_deref() == Some("true")
    };
    for [pack, spread] in EXCLUDE.into_iter().filter(|pair| pair.iter().all(|o| on(o))) {
        let fields = [pack, spread].map(|o| format!("cpuManagerPolicyOptions.{o}"));
        out.push(e.broken(
            &OPTIONS_EXCLUDE,
            format!("CPU manager policy options {pack} and {spread} are both on"),
            &[&fields[0], &fields[1], "cpuManagerPolicyOptions"],
        ));
    }
}
