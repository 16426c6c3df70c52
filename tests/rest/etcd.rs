//! etcd's timing for many round trips, its disk against many loads, events apart, and what a platform keeps for itself.

use crate::common::{Outcome, document, files, plan};
use serde_json::Value;

/// A cluster with these keys of etcd and of its objects, and these lines of the whole.
fn cluster(platform: &str, etcd: &str, objects: &str, more: &str) -> String {
    format!(
        "[cluster]\nname = \"etcd\"\nkubernetes = \"1.34\"\nplatform = \"{platform}\"\ncni = \"flannel\"\n\
         pod-cidrs = [\"10.0.0.0/16\"]\n\n[control-plane.etcd]\n{etcd}\n\n[control-plane.objects]\n{objects}\n\n\
         [node-class.a]\nos = {{ kernel = \"6.8\" }}\n\n[node-class.a.hardware]\ncpus = 16\nmemory = \"62Gi\"\n\n\
         [[node-class.a.workload]]\nname = \"web\"\nshare = 1.0\ncpu = \"100m\"\nmemory = \"256Mi\"\n\n{more}"
    )
}

fn own(etcd: &str, objects: &str) -> String {
    cluster("self-managed", etcd, objects, "")
}

fn number(document: &Value, name: &str) -> i64 {
    document["controlPlane"]["values"][name]["value"].as_i64().unwrap_or_else(|| panic!("{name} is planned"))
}

#[test]
fn an_election_outlasts_five_heartbeats_for_every_round_trip() {
    for version in ["3.4", "3.5", "3.6", "3.7"] {
        for rtt in [1, 7, 66, 67, 100, 333, 999, 3000, 6666, 6667, 9000, 60_000] {
            for fsync in [1, 40, 101, 5000] {
                let keys = format!(
                    "version = \"{version}\"\nmember-rtt = \"{rtt}ms\"\ndisk = {{ fsync-p99 = \"{fsync}ms\" }}"
                );
                let document = document(&plan(&own(&keys, "")).plan());
                let [beat, wait] =
                    ["heartbeat-interval", "election-timeout"].map(|f| number(&document, &format!("etcd/{f}")));
                assert!(5 * beat <= wait && wait <= 50_000, "{version}, {rtt}ms, {fsync}ms: {beat} and {wait}");
                assert!(beat >= 100, "never below upstream's");
                // Where both fit below upstream's longest election, the heartbeat covers round trip and sync.
                assert!(beat >= rtt.max(fsync) || beat == 10_000, "{rtt}ms, {fsync}ms: {beat}");
            }
        }
    }
    let pinned = cluster(
        "self-managed",
        "version = \"3.6\"\nmember-rtt = \"200ms\"",
        "",
        "[pin]\n\"etcd/election-timeout\" = 1000\n",
    );
    assert_eq!(number(&document(&plan(&pinned).plan()), "etcd/heartbeat-interval"), 200, "a fifth of what is pinned");
}

/// Puts what a conflict's way out says into the spec.
fn followed(text: &str) -> Option<String> {
    let Outcome::Unfit(list) = plan(text) else { return None };
    assert!(list[0].conflicts.iter().all(|c| c.rules == ["etcd-disk"]), "{:?}", list[0].conflicts);
    let way = list[0].way_out.as_ref().unwrap_or_else(|| panic!("a way out of {:?}", list[0].conflicts));
    let span = way.place.span.clone();
    Some(format!("{}{}{}", &text[..span.start], way.replacement, &text[span.end..]))
}

#[test]
fn what_a_disk_does_not_carry_has_a_way_out_that_works() {
    let mut unfit = 0;
    for writes in [0, 50, 400, 1200, 2200] {
        for disk in ["iops = 20", "iops = 120", "iops = 3000", "write = \"300Ki/s\"", "iops = 9000, write = \"20Mi/s\""]
        {
            let spec =
                own(&format!("version = \"3.6\"\ndisk = {{ {disk} }}"), &format!("writes-per-second = {writes}"));
            let Some(changed) = followed(&spec) else { continue };
            unfit += 1;
            match plan(&changed) {
                Outcome::Fits(_) => {}
                Outcome::Unfit(list) => panic!("{writes}, {disk}: {:?}", list[0].conflicts),
                _ => panic!("{writes}, {disk}"),
            }
        }
    }
    assert!(unfit > 5, "{unfit} specs that do not fit");
}

#[test]
fn events_go_apart_where_one_etcd_does_not_carry_everything() {
    let servers = "events-servers = [\"https://10.0.0.1:2379\", \"https://10.0.0.2:2379\"]";
    let made = plan(&own(&format!("version = \"3.6\"\nevents = \"apart\"\n{servers}"), "")).plan();
    let written = files(&made);
    let flags = String::from_utf8(written["control-plane/etcd-events.flags"].clone()).unwrap();
    assert!(flags.contains("--quota-backend-bytes=2147483648"), "{flags}");
    let flags = String::from_utf8(written["control-plane/kube-apiserver.flags"].clone()).unwrap();
    assert!(flags.contains("--etcd-servers-overrides=/events#https://10.0.0.1:2379;https://10.0.0.2:2379"), "{flags}");
    let made = plan(&own(&format!("version = \"3.6\"\n{servers}"), "")).plan();
    assert!(!files(&made).contains_key("control-plane/etcd-events.flags"), "one carries a small cluster");
}

#[test]
fn only_what_is_the_users_is_written() {
    let gke = "[cluster]\nname = \"etcd\"\nkubernetes = \"1.34\"\nplatform = \"gke\"\n\n[node-class.a]\nos = { kernel = \"6.8\" }\n\n\
               [node-class.a.hardware]\ncpus = 16\nmemory = \"62Gi\"\n\n\
               [[node-class.a.workload]]\nname = \"web\"\nshare = 1.0\ncpu = \"100m\"\nmemory = \"256Mi\"\n";
    let made = plan(gke).plan();
    let kubelet = String::from_utf8(files(&made)["node-class/a/kubelet.yaml"].clone()).unwrap();
    assert!(kubelet.contains("maxPods:") && !kubelet.contains("evictionHard"), "{kubelet}");
    let document = document(&made);
    let values = &document["nodeClasses"]["a"]["values"];
    assert_eq!(values["kubelet/evictionHard.memory.available"]["settable"], false, "planned, and the provider's");
    assert!(values["kubelet/maxPods"]["settable"].is_null());
}
