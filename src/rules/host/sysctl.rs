//! Sysctls that must have one value: forwarding, bridged traffic, process numbers, the source check of Calico.

use super::{Host, set};
use crate::because;
use crate::rules::{Draft, Rule};

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&FORWARD, &BRIDGE, &PID_MAX, &RP_FILTER];

/// Forwarding.
static FORWARD: Rule = Rule {
    id: "host-forwarding",
    why: "a node passes on the packets of its pods; kubeadm refuses a node that does not",
    source: "kubernetes/kubernetes cmd/kubeadm/app/preflight/checks.go ipv4Forward and ipv6DefaultForwarding",
};
/// Bridged traffic.
static BRIDGE: Rule = Rule {
    id: "host-bridge-traffic",
    why: "where pods hang on a bridge of the node, traffic between them reaches services only if it passes the packet filter",
    source: "kubernetes/kubernetes pkg/proxy/iptables/proxier.go NewProxier, which once warned where it was not set; flannel-io/cni-plugin flannel_linux.go doCmdAdd delegates to the bridge plugin",
};
/// Process numbers.
static PID_MAX: Rule = Rule {
    id: "host-pid-max",
    why: "PID limits and reservations are counted with this many processes, so the node must allow them",
    source: "torvalds/linux kernel/pid.c pid_max",
};
/// Source check.
static RP_FILTER: Rule = Rule {
    id: "host-rp-filter",
    why: "Calico's Felix stops where the check of source addresses is loose for all interfaces, and sets its own interfaces strict",
    source: "projectcalico/calico felix/dataplane/linux/int_dataplane.go, IgnoreLooseRPF",
};

/// Sets what has one right value.
pub(super) fn decide(host: &Host<'_>, draft: &mut Draft<'_>) {
    let (four, six) = host.families();
    let cluster = &host.facts.cluster;
    let by_family = [(four, "net.ipv4.ip_forward"), (six, "net.ipv6.conf.all.forwarding")];
    for (_, sysctl) in by_family.into_iter().filter(|(has, _)| *has) {
        let why = (&FORWARD, "the node passes on the packets of its pods".to_string());
        set(host, draft, sysctl, 1, why, host.family_causes());
    }
    let bridges = [(four, "net.bridge.bridge-nf-call-iptables"), (six, "net.bridge.bridge-nf-call-ip6tables")];
    if cluster.cni.value == "flannel" {
        for (_, sysctl) in bridges.into_iter().filter(|(has, _)| *has) {
            let why = (&BRIDGE, "flannel puts pods on a bridge".to_string());
            set(host, draft, sysctl, 1, why, host.family_causes());
        }
    }
    let pids = &host.class.kernel_pid_max;
    let why = (&PID_MAX, "PID limits are counted with it".to_string());
    set(host, draft, "kernel.pid_max", pids.value, why, because![pids]);
    // A strict check for all interfaces is accepted too; where the host has it, it is left.
    if cluster.cni.value == "calico" && host.has("net.ipv4.conf.all.rp_filter") != Some(1) {
        let reason = "the kernel's own: every interface keeps its check, and Felix does not start with 2 here";
        set(host, draft, "net.ipv4.conf.all.rp_filter", 0, (&RP_FILTER, reason.into()), because![cluster.cni]);
    }
}
