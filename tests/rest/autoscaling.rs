//! Autoscalers of nodes: Karpenter's prediction by its own arithmetic, and files that agree with the plan.

use crate::common::{example, plan};
use plimsoll::diag::Severity;
use plimsoll::plan::Plan;
use plimsoll::render::{Options, files};

fn scaled(nodes: &str, extra: &str) -> Plan {
    let text = example("eks-web");
    let text = text.replacen("[cluster]\n", &format!("[cluster]\nautoscaling = {{ nodes = \"{nodes}\" }}\n"), 1);
    let class = format!("[node-class.web]\nautoscale = {{ max = 120 }}\n{extra}");
    plan(&text.replacen("[node-class.web]\n", &class, 1)).plan()
}

fn file(plan: &Plan, path: &str) -> String {
    let all = files(plan, &Options::default()).unwrap_or_else(|b| panic!("{}", b.0));
    let found = all.get(path).unwrap_or_else(|| panic!("{path} of {:?}", all.keys().collect::<Vec<_>>()));
    String::from_utf8(found.clone()).unwrap()
}

/// 64 GiB: 65536 MiB less 4916 (7.5%, rounded up) = 60620; less 1465 and the soft threshold of 150.
#[test]
fn karpenter_counts_the_soft_threshold_and_the_finding_says_by_how_much() {
    let made = scaled("karpenter", "");
    let finding = made.findings.iter().find(|f| f.id == "karpenter-prediction").unwrap();
    assert_eq!(finding.severity, Severity::Advice, "it expects less than there is");
    assert!(
        finding.message.contains("15890m and 59005Mi") && finding.message.contains("15890m and 59055Mi"),
        "{finding:?}"
    );
    assert!(
        finding.notes[0].contains("60620Mi capacity") && finding.notes[0].contains("150Mi eviction"),
        "{finding:?}"
    );
}

#[test]
fn without_a_soft_threshold_above_the_hard_one_karpenter_predicts_what_the_plan_leaves() {
    let pins = "[node-class.web.pin]\n\"kubelet/evictionHard.memory.available\" = \"200Mi\"\n\"kubelet/evictionSoft.memory.available\" = \"0%\"\n";
    let text = example("eks-web").replacen("[cluster]\n", "[cluster]\nautoscaling = { nodes = \"karpenter\" }\n", 1);
    let text = text.replacen("[node-class.web]\n", "[node-class.web]\nautoscale = { max = 120 }\n", 1);
    match plan(&format!("{text}\n{pins}")) {
        crate::common::Outcome::Fits(made) => {
            let found = made.findings.iter().any(|f| f.id == "karpenter-prediction");
            assert!(!found, "{:?}", made.findings.iter().map(|f| &f.message).collect::<Vec<_>>());
        }
        other => {
            let _ = other.plan();
        }
    }
}

#[test]
fn the_node_pool_and_its_class_hold_the_plan() {
    let made = scaled("karpenter", "");
    let text = file(&made, "cluster/autoscaling/karpenter-web.yaml");
    for line in [
        "kind: NodePool",
        "    cpu: \"1920\"",
        "            - \"m6i.4xlarge\"",
        "kind: EC2NodeClass",
        "    maxPods: 110",
        "      memory: \"1465Mi\"",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    assert!(!text.contains("podPidsLimit:"), "spec.kubelet has no such field\n{text}");
    assert!(!text.contains("amiSelectorTerms:"), "{text}");
}

#[test]
fn groups_without_nodes_are_tagged_with_what_the_plan_leaves() {
    let made = scaled("cluster-autoscaler", "");
    let flags = file(&made, "cluster/autoscaling/cluster-autoscaler.flags");
    let fixed: i64 = made.classes.iter().filter(|(name, _)| *name != "web").map(|(_, c)| c.count).sum();
    assert!(flags.contains("--nodes=0:120:web\n"), "{flags}");
    assert!(flags.contains(&format!("--max-nodes-total={}\n", fixed + 120)), "{flags}");
    assert!(flags.contains("--scale-down-utilization-threshold=0.7\n"), "density\n{flags}");
    let tags = file(&made, "cluster/autoscaling/node-group-tags.yaml");
    assert!(tags.contains("node-template/resources/memory: \"59055Mi\""), "{tags}");
    assert!(tags.contains("node-template/resources/pods: \"110\""), "{tags}");
}

#[test]
fn recommendations_stay_within_what_the_largest_class_leaves() {
    let base = example("eks-web");
    let with = |vpas: i64| {
        plan(&base.replacen("[cluster]\n", &format!("[cluster]\nautoscaling = {{ vpas = {vpas} }}\n"), 1)).plan()
    };
    let made = with(400);
    let flags = file(&made, "cluster/autoscaling/vpa-recommender.flags");
    let flag = |flags: &str, name: &str| {
        let line = flags.lines().find_map(|l| l.strip_prefix(&format!("--{name}="))).map(ToString::to_string);
        line.unwrap_or_else(|| panic!("{name}\n{flags}"))
    };
    let memory = flag(&flags, "container-recommendation-max-allowed-memory");
    let most = made.classes.values().map(|c| c.ledger.allocatable_memory()).max().unwrap();
    let memory = plimsoll::quantity::Bytes::parse(&memory).unwrap().0;
    assert!(memory <= most && memory > most / 2, "{memory} of {most}");
    // 400 × 3 requests in 30 s are 40 a second; 4000 are 400.
    assert_eq!(flag(&flags, "kube-api-qps"), "50");
    let many = file(&with(4000), "cluster/autoscaling/vpa-recommender.flags");
    assert_eq!((flag(&many, "kube-api-qps"), flag(&many, "kube-api-burst")), ("400".into(), "800".into()));
}
