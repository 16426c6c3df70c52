//! What follows from the goal or the host by itself.

use crate::because;
use crate::catalog;
use crate::facts::{Cause, ClassFacts};
use crate::rules::{Draft, Origin, Rule};

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&GOAL, &DEPARTURES, &CGROUP_V1, &API_RATE];

/// The goal decides.
pub static GOAL: Rule =
    Rule { id: "goal", why: "the class's goal says what is wanted most", source: "profiles/goals.toml" };
/// Stay near upstream.
pub static DEPARTURES: Rule = Rule {
    id: "fewest-departures",
    why: "between equally good values the one nearer to upstream's default is taken",
    source: "opinion",
};
/// Hosts with cgroup v1.
pub static CGROUP_V1: Rule = Rule {
    id: "cgroup-v1-host",
    why: "a kubelet of this minor refuses to start on a cgroup v1 host unless it is told not to",
    source: "kubernetes/kubernetes pkg/kubelet/apis/config/validation/validation_linux.go failCgroupV1",
};

/// Rates of older kubelets.
pub static API_RATE: Rule = Rule {
    id: "kubelet-api-rate",
    why: "a kubelet reports every change of a pod, and older defaults throttle a node of more pods than upstream tests; upstream raised them since",
    source: "kubernetes/kubernetes pkg/kubelet/apis/config/v1beta1/defaults.go; catalog/generated/fields.tsv",
};

/// Raises the kubelet's request rates to the newest defaults where the minor has lower ones and the node many pods.
fn api_rate(facts: &ClassFacts, pods: i64, draft: &mut Draft<'_>) {
    let tested = catalog::limit_value("pods-per-node");
    if pods <= tested {
        return;
    }
    for field in ["kubeAPIQPS", "kubeAPIBurst", "eventRecordQPS", "eventBurst"] {
        let name = format!("kubelet/{field}");
        let default = |minor| catalog::find(&name).and_then(|f| f.default_in(minor)).and_then(|d| d.as_i64());
        let newest = catalog::versions().newest;
        if let (Some(now), Some(later)) = (default(facts.minor()), default(newest))
            && now < later
        {
            draft
                .set(&name, later, Origin::Derived, &API_RATE)
                .reason(format!(
                    "{pods} pods are more than {tested}; the default of {newest}, where {} has {now}",
                    facts.minor()
                ))
                .because(because![facts.version; Cause::Value("kubelet/maxPods".into()),
                    Cause::Fact("behaviour/pods-per-node".into()), Cause::Fact(format!("default/{newest}/{name}"))]);
        }
    }
}

/// Sets failCgroupV1 where the host needs it.
pub fn decide(facts: &ClassFacts, pods: i64, draft: &mut Draft<'_>) {
    api_rate(facts, pods, draft);
    let refuses = catalog::behaviour("kubelet-fails-on-cgroup-v1", facts.minor()).is_some();
    if facts.cgroup.value == 1 && refuses {
        draft
            .set("kubelet/failCgroupV1", false, Origin::Derived, &CGROUP_V1)
            .reason("the host mounts cgroup v1")
            .because(because![facts.cgroup, facts.version; Cause::Fact("behaviour/kubelet-fails-on-cgroup-v1".into())]);
    }
}
