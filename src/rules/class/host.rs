//! What follows from the goal or the host by itself.

use crate::because;
use crate::catalog;
use crate::facts::{Cause, ClassFacts};
use crate::rules::{Draft, Origin, Rule};

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&GOAL, &DEPARTURES, &CGROUP_V1];

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

/// Sets failCgroupV1 where the host needs it.
pub fn decide(facts: &ClassFacts, draft: &mut Draft<'_>) {
    let refuses = catalog::behaviour("kubelet-fails-on-cgroup-v1", facts.minor()).is_some();
    if facts.cgroup.value == 1 && refuses {
        draft
            .set("kubelet/failCgroupV1", false, Origin::Derived, &CGROUP_V1)
            .reason("the host mounts cgroup v1")
            .because(because![facts.cgroup, facts.version; Cause::Fact("behaviour/kubelet-fails-on-cgroup-v1".into())]);
    }
}
