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

#[test]
fn the_chain_is_a_tree_down_to_facts_and_the_spec() {
    let out = run(&["explain", "examples/eks-web.toml", "web", "kubelet/kubeReserved.memory"]).out;
    let lines: Vec<&str> = out.lines().collect();
    let at = |start: &str| lines.iter().position(|l| l.starts_with(start)).unwrap_or_else(|| panic!("{start}\n{out}"));
    let value = at("    └─ kubelet/maxPods = 110   110 pods of 110");
    assert!(lines[value + 1].starts_with("       ├─ aws/m6i.4xlarge/vcpus = 16"), "{out}");
    assert!(at("       └─ spec: node-class.web.instance-type") > value);
    // What several values rest on is told once.
    let deep = run(&["explain", "examples/bare-metal.toml", "control-plane", "etcd/quota-backend-bytes"]).out;
    let told: Vec<&str> = deep.lines().filter(|l| l.contains("─ ") && l.contains("kubelet/maxPods = ")).collect();
    assert!(!told.is_empty() && told.iter().filter(|l| !l.ends_with("(above)")).count() <= 2, "{deep}");
}

/// Nodes and edges of a drawing in Graphviz' language, by its grammar: one statement a line, texts in quotes.
fn read_dot(text: &str) -> (usize, Vec<(usize, usize)>) {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("digraph because {"));
    let (mut nodes, mut edges) = (0, Vec::new());
    let number = |text: &str| text.strip_prefix('n').and_then(|n| n.parse::<usize>().ok()).unwrap();
    for line in lines {
        if line == "}" {
            return (nodes, edges);
        }
        let statement = line.trim().strip_suffix(';').unwrap_or_else(|| panic!("{line}"));
        if let Some((from, to)) = statement.split_once(" -> ") {
            edges.push((number(from), number(to)));
        } else if let Some((name, rest)) =
            statement.split_once(" [label=\"").filter(|(name, _)| name.starts_with('n') && *name != "node")
        {
            assert_eq!(number(name), nodes);
            let mut escaped = false;
            let end = rest.char_indices().find(|(_, c)| {
                let ends = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                ends
            });
            let (end, _) = end.unwrap_or_else(|| panic!("no end of the text: {line}"));
            assert!(["\", shape=box]", "\", shape=ellipse]", "\", shape=note]"].contains(&&rest[end..]), "{line}");
            nodes += 1;
        } else {
            assert!(statement.starts_with("rankdir=") || statement.starts_with("node ["), "{line}");
        }
    }
    panic!("not closed");
}

/// The same of a flowchart in Mermaid's language.
fn read_mermaid(text: &str) -> (usize, Vec<(usize, usize)>) {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("flowchart LR"));
    let (mut nodes, mut edges) = (0, Vec::new());
    let number = |text: &str| text.strip_prefix('n').and_then(|n| n.parse::<usize>().ok()).unwrap();
    for line in lines.map(str::trim) {
        if let Some((from, to)) = line.split_once(" --> ") {
            edges.push((number(from), number(to)));
            continue;
        }
        let forms = [("[\"", "\"]"), ("([\"", "\"])"), ("[/\"", "\"/]")];
        let (open, close) = forms
            .into_iter()
            .find(|(open, close)| line.contains(&format!("n{nodes}{open}")) && line.ends_with(close))
            .unwrap_or_else(|| panic!("{line}"));
        let inner = &line[format!("n{nodes}{open}").len()..line.len() - close.len()];
        assert!(!inner.contains(['"', '<', '>', '`', '&']), "{line}");
        for part in inner.split('#').skip(1) {
            let (code, _) = part.split_once(';').unwrap_or_else(|| panic!("{line}"));
            assert!(code.parse::<u32>().is_ok(), "{line}");
        }
        nodes += 1;
    }
    (nodes, edges)
}

#[test]
fn drawings_and_json_are_the_same_graph() {
    for name in EXAMPLES {
        let spec = format!("examples/{name}.toml");
        let draw = |format: &str| {
            let run = run(&["explain", &spec, "--format", format]);
            assert_eq!(run.code, 0, "{}", run.err);
            run.out
        };
        let (dot, mermaid) = (draw("dot"), draw("mermaid"));
        assert_eq!(read_dot(&dot), read_mermaid(&mermaid), "{name}");
        assert!(read_dot(&dot).1.len() > 50, "{name}");
        // Graphviz' own reading, where it is installed.
        if let Ok(mut child) = std::process::Command::new("dot")
            .arg("-Tcanon")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
        {
            std::io::Write::write_all(&mut child.stdin.take().unwrap(), dot.as_bytes()).unwrap();
            assert!(child.wait().unwrap().success(), "{name}");
        }
    }
    let of =
        |format: &str| run(&["explain", "examples/eks-web.toml", "web", "kubelet/maxPods", "--format", format]).out;
    let json: serde_json::Value = serde_json::from_str(&of("json")).unwrap();
    let chain = &json["values"][0]["chain"];
    let (nodes, edges) = read_dot(&of("dot"));
    assert_eq!(chain["nodes"].as_array().unwrap().len(), nodes);
    let listed: Vec<(usize, usize)> = chain["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["from"].as_u64().unwrap() as usize, e["to"].as_u64().unwrap() as usize))
        .collect();
    assert_eq!(listed, edges);
    let kinds: Vec<&str> = chain["nodes"].as_array().unwrap().iter().filter_map(|n| n["kind"].as_str()).collect();
    assert!(kinds.contains(&"value") && kinds.contains(&"fact") && kinds.contains(&"spec"), "{kinds:?}");
    assert_eq!(run(&["plan", "examples/eks-web.toml", "--format", "dot"]).code, 2, "a drawing of `explain` alone");
}

#[test]
fn one_thing_more_is_solved_and_not_guessed() {
    let class = run(&["explain", "examples/eks-web.toml", "web"]).out;
    for part in [
        "one more on every node, solved again",
        "one pod more    memory 59055Mi → 59044Mi; pods 110 → 111; kubelet/kubeReserved.memory 1465Mi → 1476Mi",
        "one GiB more    memory 59055Mi → 60079Mi",
        "one core more   cpu 15890m → 16888m; kubelet/kubeReserved.cpu 110m → 112m",
    ] {
        assert!(class.contains(part), "{part}\n{class}");
    }
    // The same as the plan of a spec that says so.
    let set = "node-class.dense.hardware.memory=252Gi";
    let stated = run_json(&["compare", "examples/bare-metal.toml", "--set", set, "--format", "json"]);
    let solved = run_json(&["explain", "examples/bare-metal.toml", "dense", "--format", "json"]);
    let gib = &solved["oneMore"][1];
    assert_eq!(gib["what"], "one GiB more");
    assert_eq!(gib["result"]["scopes"]["dense"]["class"], stated["variants"][0]["scopes"]["dense"]["class"]);
    let tunable = run(&["explain", "examples/eks-web.toml", "web", "kubelet/maxPods"]).out;
    assert!(
        tunable.contains("  one pod more: 111\n  one GiB more: it stays\n  one core more: it stays\n"),
        "{tunable}"
    );
    let asked = run(&["explain", "examples/eks-web.toml", "web", "kubelet/kubeReserved.memory", "--what-if"]).out;
    assert!(asked.contains("  one pod more: 1476Mi\n"), "{asked}");
    let plain = run(&["explain", "examples/eks-web.toml", "web", "kubelet/kubeReserved.memory"]).out;
    assert!(!plain.contains("one pod more"), "{plain}");
    let which = run(&["explain", "examples/bare-metal.toml", "kubelet/maxPods", "--what-if"]);
    assert!(which.code == 2 && which.err.contains("needs a node class: cp, dense"), "{}", which.err);
}

#[test]
fn a_pod_too_much_is_told_with_its_conflict() {
    let out = run(&["explain", "examples/fleet.toml", "large"]).out;
    let line = out.lines().find(|l| l.contains("one pod more")).unwrap();
    assert!(line.contains("no plan: node-memory, reservation-published (memory): 171 × 352Mi"), "{line}");
    assert!(line.contains("63762Mi > 63504Mi") && !line.contains("is pinned"), "{line}");
}

#[test]
fn an_upgrade_is_solved_at_both_versions() {
    let out = run(&["explain", "examples/bare-metal.toml", "--upgrade", "1.37"]);
    assert_eq!(out.code, 0, "{}", out.err);
    for part in [
        "dc-north   upgrade from 1.34 to 1.37, solved at both",
        "kube-controller-manager/concurrent-service-syncs",
        "1 → not planned   gone in 1.37",
        "new in 1.36",
        "upstream itself",
        "plimsoll fields --changed-since 1.34 --kubernetes 1.37",
    ] {
        let words: Vec<&str> = part.split_whitespace().collect();
        assert!(
            out.out.lines().any(|l| l.split_whitespace().collect::<Vec<_>>().join(" ").contains(&words.join(" "))),
            "{part}\n{}",
            out.out
        );
    }
    let json =
        run_json(&["explain", "examples/bare-metal.toml", "control-plane", "--upgrade", "1.37", "--format", "json"]);
    assert_eq!(json["upgrade"], serde_json::json!({ "from": "1.34", "to": "1.37" }));
    assert_eq!(json["scopes"].as_object().unwrap().keys().collect::<Vec<_>>(), ["control-plane"]);
    let changes = json["scopes"]["control-plane"]["changes"].as_array().unwrap();
    let gone = changes.iter().find(|c| c["tunable"] == "kube-controller-manager/concurrent-service-syncs").unwrap();
    assert_eq!((&gone["why"], &gone["after"]), (&serde_json::json!("gone in 1.37"), &serde_json::Value::Null));
    for (version, wanted) in
        [("1.34", "nothing is upgraded"), ("1.99", "the catalogue covers"), ("new", "is not a version")]
    {
        let run = run(&["explain", "examples/bare-metal.toml", "--upgrade", version]);
        assert!(run.code == 2 && run.err.contains(wanted), "{version}: {}", run.err);
    }
    let one = run(&["explain", "examples/bare-metal.toml", "dense", "kubelet/maxPods", "--upgrade", "1.37"]);
    assert!(one.code == 2 && one.err.contains("upgrade-of-one"), "{}", one.err);
}
