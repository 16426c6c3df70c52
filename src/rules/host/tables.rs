//! Sysctls that bound a table of the kernel: inotify, neighbours, tracked connections. They are only ever raised.

use super::{Host, set};
use crate::because;
use crate::catalog;
use crate::facts::{Cause, Known};
use crate::quantity::{Bytes, ceil_div};
use crate::rules::{Draft, Rule};

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&INOTIFY, &NEIGHBOURS, &CONNTRACK];

/// inotify.
static INOTIFY: Rule = Rule {
    id: "host-inotify",
    why: "inotify is limited per user, and containers that run as root share root's limit with the node's daemons",
    source: "torvalds/linux fs/notify/inotify/inotify_user.c; profiles/opinions/host.toml",
};
/// Neighbours.
static NEIGHBOURS: Rule = Rule {
    id: "host-neighbours",
    why: "a pod and its node are neighbours of each other in one table, with the nodes of the same network; a table that is full drops what is in use",
    source: "torvalds/linux Documentation/networking/ip-sysctl.rst neigh/default/gc_thresh3; net/core/neighbour.c neigh_alloc",
};
/// Tracked connections without kube-proxy.
static CONNTRACK: Rule = Rule {
    id: "host-conntrack",
    why: "where kube-proxy leaves the table of connections alone, or there is none, the host's own file makes it large enough",
    source: "kubernetes/kubernetes pkg/proxy/conntrack/sysctls.go getConntrackMax; torvalds/linux Documentation/networking/nf_conntrack-sysctl.rst",
};

/// The largest that the kernel takes for these.
const MOST: i64 = i32::MAX as i64;

/// Raises what is too small.
pub(super) fn decide(host: &Host<'_>, draft: &mut Draft<'_>) {
    inotify(host, draft);
    let (four, six) = host.families();
    if four {
        neighbours(host, draft, "ipv4");
    }
    if six {
        neighbours(host, draft, "ipv6");
    }
    if !super::owners::proxy_owns_table(host) {
        conntrack(host, draft);
    }
}

/// Containers on a full node.
fn containers(host: &Host<'_>) -> i64 {
    let mix = &host.class.mix;
    mix.fixed(|k| k.containers).saturating_add(mix.demand(host.result.pods, |k| k.containers))
}

fn inotify(host: &Host<'_>, draft: &mut Draft<'_>) {
    let count = containers(host);
    let causes = || {
        let mut out = host.class.mix.causes();
        out.push(Cause::Value("kubelet/maxPods".into()));
        out
    };
    let sysctl = "fs.inotify.max_user_instances";
    let (each, own) =
        (Known::opinion("host/inotify-instances-per-container"), draft.default_of(&format!("sysctl/{sysctl}")));
    let own = own.as_i64().unwrap_or(0);
    let need = power_of_two(own.saturating_add(count.saturating_mul(each.value)));
    if host.has(sysctl).is_none_or(|has| has < need) {
        let reason = format!("{count} containers × {} + {own} of the node, rounded up to a power of two", each.value);
        let default = Cause::Fact(format!("default/{}/sysctl/{sysctl}", host.class.minor()));
        set(
            host,
            draft,
            sysctl,
            need,
            (&INOTIFY, reason),
            causes().into_iter().chain(because![each; default]).collect(),
        );
    }
    let sysctl = "fs.inotify.max_user_watches";
    let each = Known::opinion("host/inotify-watches-per-container");
    let (least, most) = (Known::limit("inotify-watches-least"), Known::limit("inotify-watches-most"));
    let bytes = Known::limit("inotify-watch-bytes");
    let need = least.value.saturating_add(count.saturating_mul(each.value));
    // A newer kernel may allow more by itself, and must not be lowered.
    let by_itself = (host.class.machine.memory.value.0 / bytes.value).clamp(least.value, most.value);
    let value = power_of_two(need).max(by_itself);
    if host.has(sysctl).is_none_or(|has| has < need) {
        let reason = format!(
            "{count} containers × {} + {} of the node; from 5.11 on the kernel itself may give {by_itself}",
            each.value, least.value
        );
        let more = because![each, least, most, bytes, host.class.machine.memory];
        set(host, draft, sysctl, value, (&INOTIFY, reason), causes().into_iter().chain(more).collect());
    }
}

fn power_of_two(value: i64) -> i64 {
    let value = value.clamp(1, MOST / 2 + 1);
    u64::try_from(value).ok().and_then(|v| i64::try_from(v.next_power_of_two()).ok()).unwrap_or(MOST).min(MOST)
}

fn neighbours(host: &Host<'_>, draft: &mut Draft<'_>, family: &str) {
    let sysctls = [1, 2, 3].map(|n| format!("net.{family}.neigh.default.gc_thresh{n}"));
    let own = sysctls.clone().map(|s| draft.default_of(&format!("sysctl/{s}")).as_i64().unwrap_or(0));
    let cluster = &host.facts.cluster;
    let (pods, nodes) = (host.result.pods, cluster.nodes.value);
    // With addresses of the nodes' own network, every pod of the cluster may be a neighbour.
    let far = if cluster.cni.value == "aws-vpc" { cluster_pods(host) } else { 0 };
    let need = pods.saturating_mul(2).saturating_add(nodes).saturating_add(far);
    if need <= own[1] || own[1] == 0 {
        return;
    }
    let times = power_of_two(ceil_div(need, own[1]));
    let mut text = format!("2 × {pods} pods + {nodes} nodes");
    if far > 0 {
        text = format!("{text} + {far} pods of the cluster");
    }
    for (sysctl, own) in sysctls.iter().zip(own) {
        let value = own.saturating_mul(times).min(MOST);
        if host.has(sysctl).is_some_and(|has| has >= value) {
            continue;
        }
        let reason = format!(
            "{text} = {need} are more than the {} that stay undisturbed by default: × {times}",
            own_second(draft, family)
        );
        let default = Cause::Fact(format!("default/{}/sysctl/{sysctl}", host.class.minor()));
        let causes = because![cluster.nodes, cluster.cni; Cause::Value("kubelet/maxPods".into()), default];
        set(host, draft, sysctl, value, (&NEIGHBOURS, reason), causes);
    }
}

fn own_second(draft: &Draft<'_>, family: &str) -> i64 {
    draft.default_of(&format!("sysctl/net.{family}.neigh.default.gc_thresh2")).as_i64().unwrap_or(0)
}

/// Pods of the cluster, were every class as full as this one.
fn cluster_pods(host: &Host<'_>) -> i64 {
    host.facts.cluster.nodes.value.saturating_mul(host.result.pods)
}

/// The table of connections, where it is the host's.
fn conntrack(host: &Host<'_>, draft: &mut Draft<'_>) {
    let (entries, step) = (host.result.entries, catalog::menus().conntrack_min_step);
    let own = Known::limit("conntrack-kernel-own");
    let value = (ceil_div(entries, step).saturating_mul(step)).max(own.value).min(MOST);
    let table = "net.netfilter.nf_conntrack_max";
    if host.has(table).is_some_and(|has| has >= entries) {
        return;
    }
    let owner =
        if host.has_proxy() { "conntrack.maxPerCore is 0, so kube-proxy leaves it" } else { "there is no kube-proxy" };
    let reason = format!("{entries} needed, at least the kernel's own {}; {owner}", own.value);
    let mut causes = host.class.mix.causes();
    causes.extend(
        because![own, host.class.goal_name; host.class.goal_cause.clone(), Cause::Value("kubelet/maxPods".into()),
        Cause::Fact("menu/conntrack-min-step".into())],
    );
    if host.has_proxy() {
        causes.push(host.cause("kube-proxy/conntrack.maxPerCore"));
    }
    set(host, draft, table, value, (&CONNTRACK, reason), causes.clone());
    let size = Bytes(value.saturating_mul(8));
    let reason = format!("one bucket a connection, as newer kernels have it: {size} of pointers");
    set(host, draft, "net.netfilter.nf_conntrack_buckets", value, (&CONNTRACK, reason), causes);
}
