//! `compare`: what moves when keys of a spec are set, and what is said of keys that cannot be.

use crate::common::{example, run, run_in};
use serde_json::Value;

const SPEC: &str = "examples/bare-metal.toml";

fn json(args: &[&str]) -> (i32, Value) {
    let all: Vec<&str> = ["compare", SPEC, "--format", "json"].iter().chain(args).copied().collect();
    let run = run(&all);
    (run.code, serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {} {}", run.out, run.err)))
}

#[test]
fn a_hundred_nodes_and_five_thousand_show_every_value_that_moves_and_why() {
    // The fleet of 5,000 that etcd carries has fewer pods a node.
    let (few, many) = ("node-class.dense.count=100", "node-class.dense.count=5000");
    let pods = "node-class.dense.pin.kubelet/maxPods=30";
    let small = json(&["--set", few, "--set", pods]).1;
    let (code, large) = json(&["--set", many, "--set", pods]);
    assert_eq!(code, 0);
    let values = |document: &Value| document["variants"][0]["scopes"].clone();
    assert_ne!(values(&small), values(&large));
    let mut moves = 0;
    for (scope, planned) in values(&large).as_object().unwrap() {
        for change in planned["changes"].as_array().unwrap() {
            moves += 1;
            assert_ne!(change["before"], change["after"], "{scope}: {change}");
            assert!(!change["reason"].as_str().unwrap().is_empty(), "{scope}: {change}");
            let gone = change["planned"]["after"] == false;
            assert!(gone || !change["rules"].as_array().unwrap().is_empty(), "{scope}: {change}");
        }
    }
    assert_eq!(large["variants"][0]["moves"], moves);
    let added = large["variants"][0]["findings"]["added"].as_array().unwrap();
    assert!(added.iter().any(|f| f["id"] == "beyond-envelope"), "5,003 nodes are more than upstream tests: {added:?}");
    let screen = run(&["compare", SPEC, "--set", many, "--set", pods]);
    assert!(screen.out.contains("dense   40 → 5000 nodes"), "{}", screen.out);
    assert!(screen.err.contains("warning[beyond-envelope]"), "{}", screen.err);
}

#[test]
fn a_set_is_what_the_same_words_in_the_file_are() {
    let text = example("bare-metal");
    for (set, from, to) in [
        ("node-class.dense.count=90", "count = 40", "count = 90"),
        ("cluster.kubernetes=1.33", "kubernetes    = \"1.34\"", "kubernetes    = \"1.33\""),
        ("node-class.dense.workload[services].memory=1Gi", "memory = \"768Mi\"", "memory = \"1Gi\""),
        ("node-class.dense.pin.kubelet/maxPods=110", "{ max = 250 }", "110"),
        ("node-class.dense.pin.\"kubelet/maxPods\"={ max = 99 }", "{ max = 250 }", "{ max = 99 }"),
        ("control-plane.etcd.member-rtt='9ms'", "member-rtt = \"1ms\"", "member-rtt = \"9ms\""),
        ("control-plane.objects.custom[certificates].count=9", "count = 8000", "count = 9"),
        ("cluster.pod-cidrs=[\"10.0.0.0/13\"]", "[\"10.0.0.0/12\"]", "[\"10.0.0.0/13\"]"),
    ] {
        assert!(text.contains(from), "{from}");
        let edited = run_in(
            &crate::common::root().join("examples"),
            &["plan", "-", "--format", "json"],
            &text.replacen(from, to, 1),
        );
        let edited: Value = serde_json::from_str(&edited.out).unwrap();
        let (_, compared) = json(&["--set", set]);
        assert_eq!(compared["variants"][0]["specSha256"], edited["specSha256"], "{set}");
        assert_ne!(compared["variants"][0]["specSha256"], compared["specSha256"], "{set}");
    }
}

#[test]
fn what_cannot_be_set_is_said_with_a_way_out() {
    for (set, told) in [
        ("node-class.dens.count=1", "did you mean `dense`?"),
        ("node-class.dense.cuont=1", "did you mean `count`?"),
        ("node-class.dense.count=many", "`many` is not a TOML value"),
        ("node-class.dense.count=0.5", "a decimal number, not a whole number"),
        ("node-class.dense.count=-1", "must be"),
        ("node-class.dense.goal=dense", "no goal is called `dense`"),
        ("node-class.dense.count.most=1", "has nothing below it"),
        ("node-class.dense.workload[servces].cpu=1", "did you mean `services`?"),
        ("node-class.dense[0].count=1", "is no list"),
        ("node-class..count=1", "is no path of a key"),
        ("[dense]=1", "is no path of a key"),
        ("node-class.dense.pin.kubelet/maxPod=1", "did you mean `kubelet/maxPods`?"),
        ("cluster.kubernetes=1.4", "the catalogue knows"),
        ("control-plane.etcd.disk.kind=tape", "which is none of"),
    ] {
        let run = run(&["compare", SPEC, "--set", set]);
        assert_eq!(run.code, 2, "{set}: {}{}", run.out, run.err);
        assert!(run.err.contains(told), "{set}: {}", run.err);
        assert!(run.err.contains("bare-metal.toml with --set:"), "{set} has a place: {}", run.err);
    }
    for args in [
        vec!["compare", SPEC],
        vec!["compare", SPEC, "--set", "count"],
        vec!["compare", SPEC, "--set", "node-class.dense.count=4", "--set", "node-class.dense.count=5"],
        vec!["compare", SPEC, "--sweep", "node-class.dense.count=9..3"],
        vec!["compare", SPEC, "--sweep", "node-class.dense.count=a..3"],
        vec!["compare", SPEC, "--sweep", "node-class.dense.goal=1,2"],
    ] {
        assert_eq!(run(&args).code, 2, "{args:?}");
    }
}

#[test]
fn a_variant_without_a_plan_is_exit_3_with_its_conflict() {
    let unfit = run(&["compare", SPEC, "--set", "node-class.dense.count=5000"]);
    assert_eq!((unfit.code, unfit.out.as_str()), (3, ""), "{}", unfit.err);
    assert!(unfit.err.contains("error[plan-infeasible]") && unfit.err.contains("conflict 1 of"), "{}", unfit.err);
    let swept = run(&["compare", SPEC, "--sweep", "node-class.dense.count=40,5000"]);
    assert_eq!(swept.code, 3, "{}", swept.err);
    assert!(swept.out.contains("no plan") && swept.err.contains("plan-infeasible"), "{}{}", swept.out, swept.err);
    let (code, document) = json(&["--sweep", "node-class.dense.count=40,5000"]);
    assert_eq!((code, &document["variants"][1]["unfit"][0]["id"]), (3, &Value::from("plan-infeasible")));
}

#[test]
fn a_sweep_doubles_between_its_ends() {
    let swept = run(&["compare", SPEC, "--sweep", "node-class.dense.count=40..200"]);
    assert_eq!(swept.code, 0, "{}", swept.err);
    let head: Vec<&str> = swept.out.lines().nth(2).unwrap().split_whitespace().collect();
    assert_eq!(head, ["40", "80", "160", "200"], "{}", swept.out);
    let (_, document) = json(&["--sweep", "node-class.dense.count=40..200"]);
    assert_eq!(document["variants"].as_array().unwrap().len(), 4);
    assert_eq!(document["variants"][0]["moves"], 0, "the first value is the spec's own");
}
