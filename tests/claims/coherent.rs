//! Claims about several values at once.

use crate::common::none;
use crate::plans::{Planned, plans};
use plimsoll::catalog;
use plimsoll::quantity::Minor;
use serde_json::Value;

/// Runs a check on every plan; it must have had something to look at.
fn all(least: usize, check: impl Fn(&Planned) -> Option<Vec<String>>) {
    let seen: Vec<Vec<String>> = plans().iter().filter_map(check).collect();
    assert!(seen.len() >= least, "only {} plans have anything to look at", seen.len());
    none(&seen.concat());
}

fn value<'a>(plan: &'a Planned, name: &str) -> Option<&'a Value> {
    plan.values.iter().find(|(n, _)| n == name).map(|(_, v)| v)
}

/// The minor in the header of a file.
fn minor_of(plan: &Planned) -> Minor {
    let header = plan.files.iter().find_map(|(_, text)| text.lines().next()?.split(", Kubernetes ").nth(1));
    let word = header.unwrap().split(['.', ' ']).take(2).collect::<Vec<_>>().join(".");
    Minor::parse(&word).unwrap()
}

#[test]
fn no_controller_gets_fewer_workers_than_upstream_gives_it() {
    all(20, |plan| {
        let minor = minor_of(plan);
        let syncs: Vec<_> =
            plan.values.iter().filter(|(n, _)| n.starts_with("kube-controller-manager/concurrent-")).collect();
        let fewer = syncs.iter().filter(|(name, value)| {
            let default = catalog::find(name).and_then(|f| f.default_in(minor)).and_then(|d| d.as_i64());
            value.as_i64() < default
        });
        (!syncs.is_empty()).then(|| fewer.map(|(n, v)| format!("{}: {n} = {v}", plan.name)).collect())
    });
}

#[test]
fn audit_flags_come_with_a_policy_or_not_at_all() {
    all(20, |plan| {
        let flags = |f: &str| plan.values.iter().any(|(n, _)| n.starts_with(&format!("kube-apiserver/audit-{f}")));
        let fault = flags("") && !flags("policy-file") && !flags("webhook");
        Some(fault.then(|| format!("{}: audit flags without a policy", plan.name)).into_iter().collect())
    });
}

#[test]
fn etcd_takes_no_larger_requests_than_upstream_lets_through() {
    all(20, |plan| {
        let bytes = value(plan, "etcd/max-request-bytes")?.as_i64()?;
        Some((bytes > 3 << 20).then(|| format!("{}: {bytes}", plan.name)).into_iter().collect())
    });
}

#[test]
fn ipvs_is_planned_only_where_it_is_asked_for() {
    all(40, |plan| {
        let mode = value(plan, "kube-proxy/mode")?;
        let asked = plan.name.contains("metallb") || plan.name.contains("ipvs");
        Some((mode == "ipvs" && !asked).then(|| format!("{}: ipvs", plan.name)).into_iter().collect())
    });
}

#[test]
fn every_component_file_says_what_it_is() {
    all(40, |plan| {
        let objects = ["kubelet.yaml", "kube-proxy.yaml", "kube-scheduler.yaml"];
        let files = plan.files.iter().filter(|(path, _)| objects.iter().any(|o| path.ends_with(o)));
        let wrong = files.filter(|(_, text)| {
            let fields: Vec<&str> = text.lines().filter(|l| !l.starts_with('#')).take(2).collect();
            !(fields[0].starts_with("apiVersion: ") && fields[1].starts_with("kind: "))
        });
        Some(wrong.map(|(path, _)| format!("{}: {path}", plan.name)).collect())
    });
}

#[test]
fn rates_that_are_defaults_are_not_written() {
    all(40, |plan| {
        let since = Minor(1, 27);
        let names = ["kubeAPIQPS", "kubeAPIBurst", "eventRecordQPS", "eventBurst"];
        let set = names.iter().filter(|n| minor_of(plan) >= since && value(plan, &format!("kubelet/{n}")).is_some());
        // A base file may say what it likes.
        let based = plan.name.contains("scenarios") || plan.name.contains("bare-metal");
        Some(set.filter(|_| !based).map(|n| format!("{}: {n}", plan.name)).collect())
    });
}

#[test]
fn status_frequencies_come_together_or_not_at_all() {
    all(40, |plan| {
        let file = |path: &str, text: &str| {
            let has = |field: &str| text.lines().any(|l| l.starts_with(field));
            let alone = has("nodeStatusUpdateFrequency:") && !has("nodeStatusReportFrequency:");
            alone.then(|| format!("{}: {path}", plan.name))
        };
        let kubelets = plan.files.iter().filter(|(path, _)| path.contains("kubelet"));
        Some(kubelets.filter_map(|(path, text)| file(path, text)).collect())
    });
}

#[test]
fn eviction_thresholds_are_written_whole() {
    let signals =
        ["memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree"];
    all(40, |plan| {
        let whole = |text: &str| {
            let block: Vec<&str> = text.lines().skip_while(|l| !l.starts_with("evictionHard:")).skip(1).collect();
            let block: Vec<&str> = block.into_iter().take_while(|l| l.starts_with(' ')).collect();
            signals.iter().all(|s| block.iter().any(|l| l.trim_start().starts_with(s)))
        };
        let files =
            plan.files.iter().filter(|(path, text)| path.contains("kubelet") && text.contains("\nevictionHard:"));
        Some(files.filter(|(_, text)| !whole(text)).map(|(path, _)| format!("{}: {path}", plan.name)).collect())
    });
}

#[test]
fn more_nodes_than_upstream_tests_are_said_to_be_so() {
    let told = |nodes| {
        let text = crate::plans::sized(nodes, "1.37", "3.6", "cilium");
        crate::common::plan(&text).plan().findings.iter().any(|f| f.id == "beyond-envelope")
    };
    assert!(!told(100) && told(5_100));
}

/// Lines of a file that are no comments.
fn settings(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|l| !l.trim_start().starts_with(['#', ';']))
}

fn ending<'a>(plan: &'a Planned, end: &str) -> Vec<&'a (String, String)> {
    plan.files.iter().filter(|(path, _)| path.ends_with(end)).collect()
}

#[test]
fn parallelism_is_a_field_of_the_whole_configuration() {
    all(40, |plan| {
        let files = ending(plan, "kube-scheduler.yaml");
        let inside =
            files.iter().filter(|(_, text)| settings(text).any(|l| l.starts_with(' ') && l.contains("parallelism:")));
        (!files.is_empty()).then(|| inside.map(|(path, _)| format!("{}: {path}", plan.name)).collect())
    });
}

#[test]
fn the_schedulers_rates_stand_in_its_file() {
    all(40, |plan| {
        let file = ending(plan, "kube-scheduler.yaml");
        let rates = file.first().map(|(_, text)| text.contains("\n  qps: ") && text.contains("\n  burst: "))?;
        let flags = ending(plan, "kube-scheduler.flags").iter().any(|(_, text)| text.contains("--kube-api-"));
        Some(
            (!rates || flags)
                .then(|| format!("{}: qps in the file {rates}, as a flag {flags}", plan.name))
                .into_iter()
                .collect(),
        )
    });
}

#[test]
fn a_runtime_file_has_the_schema_of_its_version() {
    all(4, |plan| {
        let files = ending(plan, "containerd.toml");
        let mut wrong = Vec::new();
        for (path, text) in &files {
            let table: toml::Table = toml::from_str(text).unwrap();
            let version = table["version"].as_integer().unwrap();
            let plugins = table.get("plugins").and_then(toml::Value::as_table);
            for (name, plugin) in plugins.into_iter().flatten() {
                if (version == 2) != (name == "io.containerd.grpc.v1.cri") {
                    wrong.push(format!("{}: {path}: {name} in a file of version {version}", plan.name));
                }
                if name.contains("cri") && plugin.to_string().contains("max_concurrent_downloads") {
                    wrong.push(format!("{}: {path}: downloads are limited in {name}", plan.name));
                }
            }
        }
        (!files.is_empty()).then_some(wrong)
    });
}

#[test]
fn a_corefile_keeps_what_probes_rely_on() {
    // No Corefile of CoreDNS itself is written; the cache of a node has one of its own.
    let text = crate::plans::sized(50, "1.34", "3.6", "calico")
        .replace("[control-plane]", "[cluster.dns]\nnode-local = true\n\n[control-plane]");
    let files = crate::common::files(&crate::common::plan(&text).plan());
    let dns: Vec<_> = files.iter().filter(|(path, _)| path.contains("/dns/")).collect();
    assert!(dns.len() >= 2, "{:?}", files.keys());
    for (path, bytes) in dns {
        let text = std::str::from_utf8(bytes).unwrap();
        if text.contains("forward ") {
            for plugin in ["errors", "cache", "loop", "prometheus", "health"] {
                assert!(settings(text).any(|l| l.trim_start().starts_with(plugin)), "{path} has no {plugin}");
            }
        }
    }
}

/// One targets' worth of the plugin's environment.
fn environment(text: &str) -> Vec<String> {
    let names = ["WARM_ENI_TARGET", "WARM_IP_TARGET", "MINIMUM_IP_TARGET", "WARM_PREFIX_TARGET"];
    names.iter().filter(|n| settings(text).any(|l| l.contains(**n))).map(ToString::to_string).collect()
}

#[test]
fn warm_targets_do_not_override_each_other() {
    all(4, |plan| {
        let files = ending(plan, "cni/aws-vpc.yaml");
        let clash = |set: &[String]| {
            let has = |name: &str| set.iter().any(|s| s == name);
            let by_address = has("WARM_IP_TARGET") || has("MINIMUM_IP_TARGET");
            (by_address && (has("WARM_ENI_TARGET") || has("WARM_PREFIX_TARGET")))
                || (has("MINIMUM_IP_TARGET") && !has("WARM_IP_TARGET"))
        };
        let wrong = files.iter().filter(|(_, text)| clash(&environment(text)));
        (!files.is_empty())
            .then(|| wrong.map(|(path, text)| format!("{}: {path}: {:?}", plan.name, environment(text))).collect())
    });
}

#[test]
fn no_overlay_has_the_mtu_of_what_carries_it() {
    for (cni, encapsulation, overhead) in
        [("calico", "vxlan", 50), ("calico", "ipip", 20), ("cilium", "vxlan", 50), ("flannel", "vxlan", 50)]
    {
        let network = format!("[cluster.network]\nmtu = 1500\nencapsulation = \"{encapsulation}\"\n\n[control-plane]");
        let text = crate::plans::sized(50, "1.34", "3.6", cni).replace("[control-plane]", &network);
        let files = crate::common::files(&crate::common::plan(&text).plan());
        let said: Vec<i64> = files
            .iter()
            .filter(|(path, _)| path.contains("/cni/"))
            .flat_map(|(_, bytes)| {
                std::str::from_utf8(bytes).unwrap().lines().map(ToString::to_string).collect::<Vec<_>>()
            })
            .filter(|l| !l.trim_start().starts_with('#') && l.to_lowercase().contains("mtu"))
            .filter_map(|l| l.split(|c: char| !c.is_ascii_digit()).find(|n| n.len() >= 4)?.parse().ok())
            .collect();
        // The agents of Cilium and flannel take the underlay's and subtract by themselves; Calico takes what pods get.
        let right = if cni == "calico" { 1500 - overhead } else { 1500 };
        assert!(said.iter().all(|m| *m == right), "{cni} {encapsulation}: {said:?}");
    }
}
