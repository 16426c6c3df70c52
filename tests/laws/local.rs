//! A change stays where it belongs: one input changed changes the files that depend on it, and no others.

use crate::common::{example, files, plan};
use crate::same_bytes::differing;

/// An example, what is replaced in it by what, files that must change, and files that may.
struct Change(&'static str, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const CHANGES: &[Change] = &[
    // Pods stay at the platform's ceiling, so nothing beyond the class can see it.
    Change("eks-web", "memory = \"256Mi\"", "memory = \"260Mi\"", &["plan.json"], &["node-class/web/"]),
    // Fewer pods need fewer conntrack entries, which kube-proxy's arithmetic names.
    Change(
        "eks-web",
        "memory = \"256Mi\"",
        "memory = \"2Gi\"",
        &["plan.json", "node-class/web/kubelet.yaml"],
        &["node-class/web/", "cluster/"],
    ),
    Change(
        "eks-web",
        "size = \"80Gi\"",
        "size = \"90Gi\"",
        &["plan.json", "node-class/system/kubelet.yaml"],
        &["node-class/system/"],
    ),
    // One node more is one more replica's share of DNS, and one more neighbour of every other node.
    Change(
        "eks-web",
        "count         = 3",
        "count         = 4",
        &["plan.json"],
        &["cluster/dns/", "node-class/system/sysctl.conf", "node-class/web/sysctl.conf"],
    ),
    Change(
        "bare-metal",
        "secrets           = 20000",
        "secrets           = 30000",
        &["plan.json", "control-plane/etcd.flags"],
        &["control-plane/etcd-defragmentation"],
    ),
    Change(
        "bare-metal",
        "member-rtt = \"1ms\"",
        "member-rtt = \"200ms\"",
        &["plan.json", "control-plane/etcd.flags", "control-plane/kube-controller-manager.flags"],
        &["control-plane/"],
    ),
    Change(
        "fleet",
        "pid-max = 32768",
        "pid-max = 65536",
        &["plan.json", "node-class/edge/kubelet.yaml"],
        &["node-class/edge/"],
    ),
    Change(
        "fleet",
        "any-of = [\"20Mi\", \"10Mi\"]",
        "any-of = [\"10Mi\", \"20Mi\"]",
        &["plan.json", "node-class/legacy/kubelet.yaml"],
        &["node-class/legacy/"],
    ),
    Change(
        "fleet",
        "memory-overhead = 0.031",
        "memory-overhead = 0.2",
        &["plan.json", "node-class/large/kubelet.yaml"],
        &["node-class/large/", "cluster/", "control-plane/"],
    ),
];

#[test]
fn a_change_reaches_only_what_depends_on_it() {
    for Change(name, from, to, must, may) in CHANGES {
        let text = example(name);
        assert_eq!(text.matches(from).count(), 1, "`{from}` stands once in {name}");
        let changed = text.replace(from, to);
        let differ = differing(&files(&plan(&text).plan()), &files(&plan(&changed).plan()));
        for file in *must {
            assert!(differ.iter().any(|d| d == file), "{name}, {to}: {file} should change, {differ:?} do");
        }
        // Alerts take their thresholds from every class and component, so they may follow anything.
        let may = |d: &String| may.iter().chain(&["cluster/alerts/"]).any(|m| d.starts_with(m));
        let strays: Vec<_> = differ.iter().filter(|d| !must.contains(&d.as_str()) && !may(d)).collect();
        assert!(strays.is_empty(), "{name}, {to}: {strays:?} change too");
    }
}

#[test]
fn comments_do_not_reach_any_file() {
    for name in crate::common::EXAMPLES {
        let text = example(name);
        let changed = format!("# a remark above all\n\n{}", text.replace("\n[", "\n\n# a remark\n["));
        assert_eq!(
            differing(&files(&plan(&text).plan()), &files(&plan(&changed).plan())),
            Vec::<String>::new(),
            "{name}"
        );
    }
}
