//! Shutdown of a node: how long it waits for ordinary and critical pods, and that logind lets it.

use crate::because;
use crate::catalog;
use crate::diag::Finding;
use crate::facts::{Cause, ClassFacts, ClusterFacts, Known, PodKind};
use crate::quantity::GoDuration;
use crate::rules::{Draft, Origin, Rule};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&GRACE, &CRITICAL, &PRIORITIES, &INHIBIT];

/// Long enough for ordinary pods.
pub static GRACE: Rule = Rule {
    id: "shutdown-grace",
    why: "a shutdown ends ordinary pods first and critical ones after them, each side at once, so the longest grace of either side adds up",
    source: "kubernetes/kubernetes pkg/kubelet/nodeshutdown/nodeshutdown_manager.go killPods",
};
/// The part of critical pods.
pub static CRITICAL: Rule = Rule {
    id: "shutdown-critical",
    why: "critical pods, such as the network's, end last, and what they get is taken from the whole",
    source: "kubernetes/kubernetes pkg/kubelet/nodeshutdown/nodeshutdown_manager.go migrateConfig",
};
/// One step per priority.
pub static PRIORITIES: Rule = Rule {
    id: "shutdown-priorities",
    why: "pods whose priorities differ end in their order, lowest first, and each step has its own time",
    source: "kubernetes/kubernetes pkg/kubelet/nodeshutdown/nodeshutdown_manager.go groupByPriority",
};
/// logind must wait as long.
pub static INHIBIT: Rule = Rule {
    id: "shutdown-inhibit-delay",
    why: "logind shuts down without the kubelet when its InhibitDelayMaxSec is over; a kubelet that may not raise it does nothing at all",
    source: "kubernetes/kubernetes pkg/kubelet/nodeshutdown/nodeshutdown_manager_linux.go start",
};

const TOTAL: &str = "kubelet/shutdownGracePeriod";
const LAST: &str = "kubelet/shutdownGracePeriodCriticalPods";
const STEPS: &str = "kubelet/shutdownGracePeriodByPodPriority";
const DELAY: &str = "logind/InhibitDelayMaxSec";

/// Pods that end together: the longest of their graces, whose that is, and what it rests on.
#[derive(Clone, Debug)]
struct Step {
    seconds: i64,
    of: String,
    causes: Vec<Cause>,
}

/// Grace and priority of a kind of pod, with upstream's own where it does not say.
fn habits(kind: &PodKind) -> (Known<i64>, Known<i64>) {
    let grace = kind.habits.grace.clone().unwrap_or_else(|| Known::limit("pod-grace-default"));
    (grace, kind.habits.priority.clone().unwrap_or_else(|| Known::limit("pod-priority-default")))
}

/// The steps of a shutdown by the lowest priority of each. Critical pods are one step, ordinary ones one per priority.
fn steps(facts: &ClassFacts) -> BTreeMap<i64, Step> {
    let critical = catalog::limit_value("pod-priority-critical");
    let mut out: BTreeMap<i64, Step> = BTreeMap::new();
    for kind in facts.mix.kinds() {
        let (grace, priority) = habits(kind);
        let at = priority.value.min(critical);
        let step = out.entry(at).or_insert_with(|| Step { seconds: -1, of: String::new(), causes: Vec::new() });
        step.causes.extend(because![grace, priority]);
        if grace.value > step.seconds {
            (step.seconds, step.of) = (grace.value, kind.name.clone());
        }
    }
    let or = || Step {
        seconds: GoDuration::parse(&catalog::menus().shutdown_critical).map_or(0, |d| d.0 / GoDuration::SECOND),
        of: "none stated".into(),
        causes: vec![Cause::Fact("menu/shutdown-critical".into())],
    };
    out.entry(critical).or_insert_with(or).causes.push(Cause::Fact("behaviour/pod-priority-critical".into()));
    out
}

fn text(seconds: i64) -> String {
    GoDuration::seconds(seconds).to_string()
}

/// Sets how long a shutdown waits, where a workload states grace or priority, or the goal asks for it.
pub fn decide(facts: &ClassFacts, draft: &mut Draft<'_>, findings: &mut Vec<Finding>) {
    let by_spec = |h: &&Known<i64>| h.causes().any(|c| matches!(c, Cause::Spec(_)));
    let of_kind = |k: &PodKind| [&k.habits.grace, &k.habits.priority].into_iter().flatten().any(|h| by_spec(&h));
    let stated = facts.mix.kinds().any(of_kind);
    if !stated && !facts.goal.graceful_shutdown {
        return;
    }
    let by_hand = facts.pins.contains_key(STEPS);
    let mut steps = steps(facts);
    let critical = catalog::limit_value("pod-priority-critical");
    let Some(last) = steps.remove(&critical) else { return };
    if by_hand {
        return;
    }
    let halves = [TOTAL, LAST].iter().any(|n| facts.pins.contains_key(*n));
    if steps.len() > 1 && !halves {
        return by_priority(draft, &steps, (critical, &last));
    }
    // With both halves pinned or one priority only, all ordinary pods end together.
    let mut first = Step { seconds: 0, of: "none".into(), causes: Vec::new() };
    for step in steps.into_values() {
        first.causes.extend(step.causes);
        if step.seconds >= first.seconds {
            (first.seconds, first.of) = (step.seconds, step.of);
        }
    }
    let goal = facts.goal_cause.clone();
    let asked: Vec<Cause> = if stated { Vec::new() } else { vec![goal] };
    draft
        .set(LAST, text(last.seconds), Origin::Derived, &CRITICAL)
        .reason(format!("the longest grace of critical pods ({})", last.of))
        .because(last.causes.iter().chain(&asked).cloned());
    let kept = seconds_of(draft, LAST);
    let reason = format!(
        "{} for ordinary pods ({}) + {} for critical ones = {}",
        text(first.seconds),
        first.of,
        text(kept),
        text(first.seconds + kept)
    );
    let causes = first.causes.iter().chain(&asked).cloned().chain([Cause::Value(LAST.into())]);
    draft.set(TOTAL, text(first.seconds + kept), Origin::Derived, &GRACE).reason(reason).because(causes);
    let base = facts.stated("shutdownGracePeriodByPodPriority");
    if let Some(base) = base.filter(|b| b.value.as_array().is_some_and(|l| !l.is_empty())) {
        let reason = "the base gives grace by priority, which excludes the two values above";
        draft.set(STEPS, json!([]), Origin::Derived, &GRACE).reason(reason).because(because![base]);
    }
    short(facts, draft, &first, findings);
}

/// Writes one entry per step, and switches off the two values that exclude it.
fn by_priority(draft: &mut Draft<'_>, steps: &BTreeMap<i64, Step>, last: (i64, &Step)) {
    let all: Vec<(i64, &Step)> = steps.iter().map(|(p, s)| (*p, s)).chain([last]).collect();
    let list: Vec<Json> = all
        .iter()
        .map(|(priority, step)| json!({ "priority": priority, "shutdownGracePeriodSeconds": step.seconds }))
        .collect();
    let parts: Vec<String> =
        all.iter().map(|(priority, s)| format!("{} from priority {priority} ({})", text(s.seconds), s.of)).collect();
    let sum: i64 = all.iter().map(|(_, s)| s.seconds).sum();
    let causes = all.iter().flat_map(|(_, s)| s.causes.clone());
    draft
        .set(STEPS, Json::Array(list), Origin::Derived, &PRIORITIES)
        .reason(format!("{} = {}", parts.join(" + "), text(sum)))
        .because(causes);
    for name in [TOTAL, LAST] {
        draft.keep_because(name, &PRIORITIES, "grace is given by priority", [Cause::Value(STEPS.into())]);
    }
}

/// Says so when a pin leaves ordinary pods less than the grace they state.
fn short(facts: &ClassFacts, draft: &Draft<'_>, first: &Step, findings: &mut Vec<Finding>) {
    let (total, kept) = (seconds_of(draft, TOTAL), seconds_of(draft, LAST));
    let left = total - kept;
    if left >= first.seconds {
        return;
    }
    let message = format!(
        "{}: a shutdown waits {} for ordinary pods, and `{}` states a grace of {}",
        facts.name,
        text(left.max(0)),
        first.of,
        text(first.seconds)
    );
    let pin = facts.pins.get(TOTAL).or_else(|| facts.pins.get(LAST));
    let place = pin.map_or_else(|| facts.place.clone(), |p| facts.pin_place(p));
    findings.push(Finding::warning("shutdown-short", message).at(&place, "cuts it short").note(format!(
        "{} in all − {} for critical pods",
        text(total),
        text(kept)
    )));
}

/// Whole seconds of a planned duration, rounded up; 0 where none is planned.
fn seconds_of(draft: &Draft<'_>, name: &str) -> i64 {
    let planned = draft.get(name).and_then(Json::as_str).and_then(|t| GoDuration::parse(t).ok());
    planned.map_or(0, |d| d.0 / GoDuration::SECOND + i64::from(d.0 % GoDuration::SECOND != 0))
}

/// Seconds that the kubelet asks of logind, and the value they come from.
fn asked(draft: &Draft<'_>) -> (i64, &'static str) {
    let list = draft.get(STEPS).and_then(Json::as_array);
    let by_priority = list.into_iter().flatten().filter_map(|s| s.get("shutdownGracePeriodSeconds")?.as_i64());
    match by_priority.fold(0, i64::saturating_add) {
        0 => (seconds_of(draft, TOTAL), TOTAL),
        sum => (sum, STEPS),
    }
}

/// Sets logind's delay from the finished values, whoever stated them. Needs what was pinned and carried.
/// Nothing is written where the platform keeps the host to itself: there the kubelet asks logind by itself.
pub fn logind(facts: &ClassFacts, cluster: &ClusterFacts, draft: &mut Draft<'_>, findings: &mut Vec<Finding>) {
    if !cluster.platform_facts.settable(DELAY) && !facts.pins.contains_key(DELAY) {
        return;
    }
    let own = catalog::default_number(DELAY, facts.minor()) / GoDuration::SECOND;
    let (asked, from) = asked(draft);
    let pin = draft.pin(DELAY);
    if asked > own {
        let reason =
            format!("the kubelet holds up a shutdown for {}; logind by itself waits {}", text(asked), text(own));
        let default = Cause::Fact(format!("default/{}/{DELAY}", facts.minor()));
        draft
            .set(DELAY, text(asked), Origin::Derived, &INHIBIT)
            .reason(reason)
            .because([Cause::Value(from.into()), default]);
    }
    let waits = seconds_of(draft, DELAY);
    if let Some(pinned) = pin.filter(|_| waits < asked) {
        let message =
            format!("{}: the kubelet asks logind for {}, and its delay is {}", facts.name, text(asked), text(waits));
        findings.push(
            Finding::error("logind-delay-short", message)
                .at(&facts.pin_place(pinned), "pinned here")
                .note(format!("{} ({})", INHIBIT.why, INHIBIT.source))
                .help(format!("pin at least {}, or leave it out", text(asked))),
        );
    }
}
