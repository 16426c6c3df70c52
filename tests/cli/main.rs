//! The command as people and pipelines use it: exit statuses, formats, and what is derived from definitions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod compare;
mod derived;
mod explain;
mod formats;
mod render;
mod xml;

use common::{EXAMPLES, example, root, run, run_in};

#[test]
fn exit_statuses_are_those_that_are_documented() {
    for name in EXAMPLES {
        let run = run(&["plan", &format!("examples/{name}.toml")]);
        assert_eq!(run.code, 0, "{name}: {}", run.err);
        assert!(!run.err.contains("error["), "{}", run.err);
    }
    let unfit = run(&["plan", "examples/infeasible.toml"]);
    assert_eq!((unfit.code, unfit.out.as_str()), (3, ""), "{}", unfit.err);
    assert!(unfit.err.starts_with("error[plan-infeasible]: "), "{}", unfit.err);
    let missing = run(&["plan", "examples/no-such-file.toml"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.starts_with("error[spec-unreadable]: "), "{}", missing.err);
    let folder = run(&["plan", "examples"]);
    assert_eq!(folder.code, 2, "{}", folder.err);
    assert_eq!(run(&["plan"]).code, 2, "an argument is missing");
    assert_eq!(run(&["plam", "spec.toml"]).code, 2, "no such command");
    assert_eq!(run(&["plan", "examples/eks-web.toml", "--format", "yaml"]).code, 2, "no such format");
    for flag in ["--help", "--version"] {
        let run = run(&[flag]);
        assert_eq!((run.code, run.err.as_str()), (0, ""));
        assert!(run.out.contains("plimsoll"));
    }
}

#[test]
fn a_dash_reads_standard_input() {
    let text = example("eks-web");
    let piped = run_in(&root(), &["plan", "-", "--format", "json"], &text);
    assert_eq!(piped.code, 0, "{}", piped.err);
    let named = run(&["plan", "examples/eks-web.toml", "--format", "json"]);
    let plan = |text: &str| {
        let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
        // Labels carry the file's name.
        value.as_object_mut().unwrap().remove("findings");
        value
    };
    assert_eq!(plan(&piped.out), plan(&named.out));
    let broken = run_in(&root(), &["plan", "-"], "[cluster\n");
    assert_eq!(broken.code, 2);
    assert!(broken.err.contains("--> <stdin>:1"), "{}", broken.err);
    let bytes = run_in(&root(), &["plan", "-"], "");
    assert_eq!(bytes.code, 2, "an empty spec: {}", bytes.err);
}

#[test]
fn data_goes_out_and_talk_goes_to_standard_error() {
    let run = run(&["plan", "examples/fleet.toml"]);
    assert!(run.out.contains("masters") && !run.out.contains("warning["), "{}", run.out);
    assert!(run.err.contains("warning[") && !run.err.contains("allocatable"), "{}", run.err);
    assert!(!run.out.contains('\u{1b}') && !run.err.contains('\u{1b}'), "no colour where no terminal is");
    assert!(run.err.ends_with("in examples/fleet.toml\n"), "{}", run.err);
}

#[test]
fn init_prints_a_spec_that_plans() {
    for goal in ["density", "balanced", "latency"] {
        for kind in [None, Some("m6i.4xlarge"), Some("c7g.large")] {
            let mut args = vec!["init", "--goal", goal];
            args.extend(kind.map(|_| "--instance-type"));
            args.extend(kind);
            let init = run(&args);
            assert_eq!((init.code, init.err.as_str()), (0, ""), "{args:?}");
            let plan = run_in(&root(), &["plan", "-"], &init.out);
            assert_eq!(plan.code, 0, "{args:?}\n{}\n{}", plan.err, init.out);
            assert!(!plan.err.contains("error["), "{}", plan.err);
            assert!(plan.out.contains(&format!("goal {goal}")), "{args:?}: {}", plan.out);
            assert!(kind.is_none_or(|k| plan.out.contains(k)), "{args:?}: {}", plan.out);
            assert!(init.out.lines().filter(|l| l.contains('#')).count() >= 5, "{args:?} is commented\n{}", init.out);
        }
    }
    let typo = run(&["init", "--instance-type", "m5.lagre"]);
    assert_eq!(typo.code, 2);
    assert!(typo.err.contains("did you mean `m5.large`?"), "{}", typo.err);
    let goal = run(&["init", "--goal", "fast"]);
    assert_eq!(goal.code, 2);
    assert!(goal.err.contains("density") && goal.err.contains("goal-unknown"), "{}", goal.err);
}
