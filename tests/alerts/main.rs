//! Alerts: thresholds are the plan's, metrics are the catalogue's, and with `PROMTOOL` set each alert is shown to fire and to
//! stay silent (`tests/alerts/run`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

use common::{EXAMPLES, example, plan};
use plimsoll::alerts::{Alert, alerts};
use plimsoll::catalog;
use plimsoll::plan::Plan;
use plimsoll::render::{Options, files};
use plimsoll::rules::rule;
use std::collections::BTreeSet;

fn planned(name: &str) -> Plan {
    plan(&example(name)).plan()
}

fn of<'a>(list: &'a [Alert], scope: &str, name: &str) -> &'a Alert {
    list.iter().find(|a| a.scope == scope && a.name == name).unwrap_or_else(|| panic!("{scope} {name}"))
}

/// Words of an expression that look like metrics: with an underscore, not within quotes, no label.
fn metrics_in(expr: &str) -> BTreeSet<String> {
    let bare: String = expr.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let words = bare.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|w| w.contains('_'));
    let labels = ["node_class", "priority_level", "operation_type", "histogram_quantile"];
    words.filter(|w| !labels.contains(w)).map(|w| w.trim_end_matches("_bucket").to_string()).collect()
}

#[test]
fn every_alert_reads_metrics_of_the_catalogue_and_guards_planned_values() {
    for name in EXAMPLES {
        let plan = planned(name);
        let list = alerts(&plan);
        assert!(list.len() > plan.classes.len() * 5, "{name}: {}", list.len());
        let known: BTreeSet<(&str, &str)> = plan.all_values().map(|(scope, tunable, _)| (scope, tunable)).collect();
        for alert in &list {
            let told: BTreeSet<String> = alert.metrics.iter().map(|m| (*m).to_string()).collect();
            assert_eq!(metrics_in(&alert.expr), told, "{name}: {}", alert.expr);
            let version = if alert.scope == "etcd" { plan.etcd.unwrap().minor } else { plan.kubernetes.minor };
            for metric in &alert.metrics {
                let found = catalog::metric(metric, version).unwrap_or_else(|| panic!("{metric} in {version}"));
                assert_eq!(alert.expr.contains("_bucket"), found.kind == "histogram", "{}", alert.expr);
            }
            assert!(!alert.guards.is_empty() && !alert.rules.is_empty(), "{alert:?}");
            for guard in &alert.guards {
                let class = alert.scope.strip_prefix("node-class/").unwrap_or("control-plane");
                let scopes = [class, "cluster", "control-plane"];
                assert!(scopes.iter().any(|s| known.contains(&(*s, guard.as_str()))), "{name}: {guard} is not planned");
            }
            for id in &alert.rules {
                assert!(rule(id).is_some(), "{id}");
            }
            assert!(!alert.hold.is_empty() && !alert.summary.is_empty() && !alert.arithmetic.is_empty(), "{alert:?}");
        }
        let mut keys: Vec<_> = list.iter().map(|a| (&a.scope, a.name)).collect();
        keys.dedup();
        assert_eq!(keys.len(), list.len(), "{name}: no alert twice");
    }
}

#[test]
fn thresholds_are_those_of_the_plan() {
    let plan = planned("bare-metal");
    let list = alerts(&plan);
    let dense = &plan.classes["dense"];
    let pods = of(&list, "node-class/dense", "NodePodsNearMaxPods");
    assert!(pods.expr.ends_with(&format!("> {}", dense.pods * 90 / 100)), "{}", pods.expr);
    let reserved = of(&list, "node-class/dense", "NodeSystemMemoryAboveReservation");
    let [_, kube, system, _] = dense.ledger.memory;
    assert!(reserved.expr.ends_with(&format!("> {}", kube + system)), "{}", reserved.expr);
    let value = |name: &str| plan.shared[name].value.as_i64().unwrap();
    let (core, min) = (value("kube-proxy/conntrack.maxPerCore"), value("kube-proxy/conntrack.min"));
    let table = (core * dense.machine["cpus"].as_i64().unwrap()).max(min);
    let small = of(&list, "node-class/dense", "NodeConntrackSmallerThanPlanned");
    assert!(small.expr.ends_with(&format!("< {table}")), "{}", small.expr);
    let quota = plan.control_plane["etcd/quota-backend-bytes"].value.as_i64().unwrap();
    let size = of(&list, "etcd", "EtcdDatabaseNearQuota");
    assert!(size.expr.ends_with(&format!("> {}", i128::from(quota) * 80 / 100)), "{}", size.expr);
    // Another plan, other thresholds.
    let fewer = example("bare-metal").replace("{ max = 250 }", "60");
    let other = alerts(&common::plan(&fewer).plan());
    assert!(of(&other, "node-class/dense", "NodePodsNearMaxPods").expr.ends_with("> 54"));
}

#[test]
fn older_minors_have_the_metrics_they_expose() {
    let own = "[cluster]\nname = \"a\"\ncni = \"flannel\"\npod-cidrs = [\"10.0.0.0/12\"]\nservice-cidrs = [\"10.96.0.0/16\"]\n\
               [node-class.a.hardware]\ncpus = 8\nmemory = \"31Gi\"\n";
    for (minor, used) in [
        ("1.25", "request_concurrency_in_use"),
        ("1.27", "request_concurrency_in_use"),
        ("1.28", "current_executing_seats"),
        ("1.37", "current_executing_seats"),
    ] {
        let text = own.replace("name = \"a\"\n", &format!("name = \"a\"\nkubernetes = \"{minor}\"\n"));
        let list = alerts(&common::plan(&text).plan());
        let seats = list.iter().find(|a| a.name == "APIServerPriorityLevelNearLimit");
        assert!(seats.is_some_and(|a| a.expr.contains(used)), "{minor}: {seats:?}");
    }
}

#[test]
fn both_files_hold_the_same_groups_and_a_platform_without_its_own_control_plane_has_none_for_it() {
    let plan = planned("eks-web");
    let all = files(&plan, &Options { comments: true, targets: Vec::new() }).unwrap_or_else(|b| panic!("{}", b.0));
    let text = |path: &str| String::from_utf8(all[path].clone()).unwrap();
    let (operator, plain) = (text("cluster/alerts/prometheus-rule.yaml"), text("cluster/alerts/rules.yaml"));
    assert!(operator.contains("kind: PrometheusRule") && operator.contains("NodeAddressesNearMaxPods"), "{operator}");
    assert!(!operator.contains("Etcd") && !operator.contains("APIServer"), "{operator}");
    let exprs =
        |text: &str| text.lines().filter(|l| l.contains("expr:")).map(|l| l.trim().to_string()).collect::<Vec<_>>();
    assert_eq!(exprs(&operator), exprs(&plain));
}

/// Series of metrics, each with its values.
type Series = Vec<(String, String)>;

/// What makes an alert fire, and what does not: series over 90 minutes.
fn series(alert: &Alert) -> (Series, Series) {
    let number = |text: &str| text.parse::<f64>().unwrap();
    let threshold = alert.expr.rsplit(' ').next().map(number).unwrap();
    let class = alert.scope.strip_prefix("node-class/").unwrap_or_default();
    let (over, under) = (threshold * 1.01 + 1.0, threshold * 0.99 - 0.001);
    let flat = |value: f64| format!("{value}+0x90");
    let node = |metric: &str, more: &str| format!("{metric}{{node_class=\"{class}\",instance=\"n\"{more}}}");
    let one = |name: String, fires: f64, quiet: f64| (vec![(name.clone(), flat(fires))], vec![(name, flat(quiet))]);
    let metric = alert.metrics[0];
    match alert.name {
        "NodeConntrackSmallerThanPlanned" => one(node(metric, ""), under, threshold),
        "NodeSystemMemoryAboveReservation" => {
            let pods = (node(metric, ",id=\"/kubepods.slice\""), flat(1e9));
            let root = |value: f64| (node(metric, ",id=\"/\""), flat(1e9 + value));
            (vec![pods.clone(), root(over)], vec![pods, root(under)])
        }
        "NodeMemoryNearEviction" => {
            let all = (node(metric, ""), flat(1e12));
            let used = |free: f64| (node(alert.metrics[1], ",id=\"/\""), flat(1e12 - free));
            (vec![all.clone(), used(under)], vec![all, used(over)])
        }
        name if alert.expr.contains("histogram_quantile") => {
            let job = if name.starts_with("Controller") { ",job=\"kube-controller-manager\"" } else { "" };
            let bucket = |le: &str| node(&format!("{metric}_bucket"), &format!("{job},le=\"{le}\""));
            // All observations lie above, or below, the threshold.
            let low = format!("{}", threshold / 2.0);
            let high = format!("{}", threshold * 2.0);
            let grow = |by: i64| format!("0+{by}x90");
            let at = |slow: bool| {
                let within = if slow { grow(0) } else { grow(60) };
                vec![(bucket(&low), within), (bucket(&high), grow(60)), (bucket("+Inf"), grow(60))]
            };
            (at(true), at(false))
        }
        "APIServerPriorityLevelNearLimit" => {
            let level = |metric: &str, more: &str| format!("{metric}{{instance=\"a\",priority_level=\"l\"{more}}}");
            let seats = (level(alert.metrics[1], ""), flat(100.0));
            let used = |value: f64| (level(metric, ",flow_schema=\"f\""), flat(value));
            (vec![seats.clone(), used(95.0)], vec![seats, used(85.0)])
        }
        "APIServerRejectsRequests" | "EtcdLeaderChangesOften" => {
            let name = format!("{metric}{{instance=\"a\"}}");
            (vec![(name.clone(), "0+1x90".into())], vec![(name, flat(7.0))])
        }
        "ZoneNodesUnhealthy" => {
            let size = ("node_collector_zone_size{zone=\"z\"}".to_string(), flat(100.0));
            let bad = |value: f64| ("node_collector_unhealthy_nodes_in_zone{zone=\"z\"}".to_string(), flat(value));
            // 50 * 0.55 = 27.5 nodes of a hundred.
            (vec![size.clone(), bad(29.0)], vec![size, bad(26.0)])
        }
        _ => one(node(metric, ""), over, under),
    }
}

/// PromQL's own tests of the rules: each alert fires on its series, and is silent on those just below.
#[test]
fn each_alert_fires_and_stays_silent() {
    let Some(promtool) = std::env::var_os("PROMTOOL") else { return };
    // The third example has the same alerts as these, for more classes.
    for name in ["eks-web", "bare-metal"] {
        let plan = planned(name);
        let all = files(&plan, &Options::default()).unwrap_or_else(|b| panic!("{}", b.0));
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rules.yaml"), &all["cluster/alerts/rules.yaml"]).unwrap();
        let mut tests = Vec::new();
        for alert in alerts(&plan) {
            let (fires, quiet) = series(&alert);
            for (series, expected) in [(fires, true), (quiet, false)] {
                let input: Vec<_> =
                    series.into_iter().map(|(s, v)| serde_json::json!({ "series": s, "values": v })).collect();
                let scope = alert.scope.replace('/', "-");
                let expr = format!(
                    "count(ALERTS{{alertname=\"{}\",plimsoll_scope=\"{}\",alertstate=\"firing\"}}) or vector(0)",
                    alert.name, alert.scope
                );
                tests.push(serde_json::json!({
                    "name": format!("{scope} {} {expected}", alert.name),
                    "interval": "1m",
                    "input_series": input,
                    "promql_expr_test": [{ "expr": expr, "eval_time": "85m",
                        "exp_samples": [{ "labels": "{}", "value": i32::from(expected) }] }],
                }));
            }
        }
        let document = serde_json::json!({ "rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": tests });
        std::fs::write(folder.path().join("tests.yaml"), document.to_string()).unwrap();
        for args in [["check", "rules", "rules.yaml"], ["test", "rules", "tests.yaml"]] {
            let done = std::process::Command::new(&promtool).args(args).current_dir(folder.path()).output().unwrap();
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            assert!(done.status.success(), "{name}: {}{}", text(&done.stdout), text(&done.stderr));
        }
    }
}
