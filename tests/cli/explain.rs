//! `explain`: values, classes and rules, and suggestions for what does not exist.

use crate::common::{EXAMPLES, run};

#[test]
fn every_value_of_the_examples_can_be_explained() {
    for name in EXAMPLES {
        let spec = format!("examples/{name}.toml");
        let plan = crate::common::plan(&crate::common::example(name)).plan();
        for (class, planned) in &plan.classes {
            let overview = run(&["explain", &spec, class]);
            assert_eq!(overview.code, 0, "{class}: {}", overview.err);
            assert!(overview.out.contains(class.as_str()) && overview.out.contains("maxPods"), "{}", overview.out);
            assert!(!planned.values.is_empty());
        }
        let (class, planned) = plan.classes.iter().next().unwrap();
        for tunable in planned.values.keys() {
            let run = run(&["explain", &spec, class, tunable]);
            assert_eq!(run.code, 0, "{tunable}: {}", run.err);
            assert!(run.out.starts_with(&format!("{tunable} = ")), "{}", run.out);
        }
    }
}

#[test]
fn max_pods_is_explained_with_its_arithmetic() {
    let run = run(&["explain", "examples/eks-web.toml", "web", "kubelet/maxPods"]);
    for part in [
        "kubelet/maxPods = 110",
        "platform-pods-ceiling",
        "node-cpu",
        "node-memory",
        "aws-pod-addresses",
        "8 interfaces × (30 − 1) × 16 + 2",
    ] {
        assert!(run.out.contains(part), "{part}\n{}", run.out);
    }
    let json = run_json(&["explain", "examples/eks-web.toml", "web", "kubelet/maxPods", "--format", "json"]);
    assert_eq!(json["values"][0]["value"]["value"], 110);
    assert_eq!(json["values"][0]["scope"], "web");
}

fn run_json(args: &[&str]) -> serde_json::Value {
    let run = run(args);
    assert_eq!(run.code, 0, "{}", run.err);
    serde_json::from_str(&run.out).unwrap()
}

#[test]
fn every_rule_is_explained_without_a_spec() {
    let rules: Vec<_> = plimsoll::rules::rules().values().collect();
    assert!(rules.len() > 40);
    for rule in rules {
        let run = run(&["explain", "--rule", rule.id]);
        assert_eq!(run.code, 0, "{}: {}", rule.id, run.err);
        assert!(run.out.contains(rule.id) && run.out.contains(rule.source), "{}", run.out);
    }
    let typo = run(&["explain", "--rule", "node-memry"]);
    assert_eq!(typo.code, 2);
    assert!(typo.err.contains("error[rule-unknown]") && typo.err.contains("`node-memory`"), "{}", typo.err);
}

#[test]
fn what_does_not_exist_is_answered_with_what_does() {
    let class = run(&["explain", "examples/eks-web.toml", "wbe"]);
    assert_eq!(class.code, 2);
    assert!(class.err.contains("error[class-unknown]") && class.err.contains("did you mean `web`?"), "{}", class.err);
    let tunable = run(&["explain", "examples/eks-web.toml", "kubelet/maxPosd"]);
    assert_eq!(tunable.code, 2);
    assert!(
        tunable.err.contains("error[unknown-tunable]") && tunable.err.contains("did you mean `kubelet/maxPods`?"),
        "{}",
        tunable.err
    );
    let carried = run(&["explain", "examples/eks-web.toml", "kubelet/nodeStatusReportFrequency"]);
    assert_eq!(carried.code, 0, "known and not planned: {}", carried.err);
    assert!(carried.out.contains("nodeStatusReportFrequency"), "{}", carried.out);
    assert_eq!(run(&["explain"]).code, 2);
}
