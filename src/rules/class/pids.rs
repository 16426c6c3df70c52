//! PIDs: what each pod may take, what the host needs, and how far the node's limit may be promised twice.

use super::model::ClassModel;
use super::reservation::{level, sum};
use crate::because;
use crate::catalog;
use crate::facts::{Cause, ClassFacts};
use crate::rules::{Choice, Draft, Origin, Rule, choose};
use plimsoll_solver::{Expr, Solution};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&NODE_PIDS, &EVICTION];

/// The sum of limits.
pub static NODE_PIDS: Rule = Rule {
    id: "node-pids",
    why: "pods seldom reach their PID limits together, so the limits may add up to a multiple of the node's, not to any number",
    source: "profiles/menus.toml; kubernetes/kubernetes pkg/kubelet/cm/node_container_manager_linux.go",
};
/// Eviction when the limits are promised more than once.
pub static EVICTION: Rule = Rule {
    id: "pid-overcommit-needs-eviction",
    why: "where PID limits add up to more than the node has, eviction must act before the host cannot fork",
    source: "opinion",
};

/// Name of the tunable.
const LIMIT: &str = "kubelet/podPidsLimit";

fn menu(facts: &ClassFacts) -> Vec<i64> {
    let demand = facts.mix.fixed.iter().chain(&facts.mix.shared).map(|k| k.pids).max().unwrap_or(1);
    let menu: Vec<i64> = catalog::menus().pod_pids_limit.iter().copied().filter(|l| *l >= demand).collect();
    // A pod that needs more than the menu holds gets exactly what it needs.
    if menu.is_empty() { vec![demand] } else { menu }
}

/// Allowed limits under the pin, best first.
fn allowed(facts: &ClassFacts) -> Vec<i64> {
    let menu: Vec<Json> = menu(facts).into_iter().map(Json::from).collect();
    let list = facts.pins.get(LIMIT).map_or(menu.clone(), |p| p.candidates(&menu));
    list.iter().filter_map(Json::as_i64).collect()
}

/// PIDs that pods may be promised, given the host's own.
fn budget(facts: &ClassFacts, host: i64) -> i64 {
    (facts.pid_max.value - host).max(0).saturating_mul(catalog::menus().pid_overcommit) / 1000
}

/// States that even the smallest allowed limit must fit.
pub fn constrain(facts: &ClassFacts, m: &mut ClassModel) {
    let pods = m.vars.pods;
    let (kube, system) =
        (sum(facts, "kubeReserved", "pid", level(facts)), sum(facts, "systemReserved", "pid", level(facts)));
    let mut because = because![facts.runtime, facts.machine.cpus];
    because.extend(kube.causes());
    because.extend(system.causes());
    let why = ClassModel::why_on(&mut m.causes, &NODE_PIDS, "host", because);
    let total = pods * (kube.pod_milli + system.pod_milli) + Expr::from((kube.node + system.node) * 1000);
    m.model.define_ceil(m.vars.host_pids, total, 1000).because(why);
    let Some(least) = allowed(facts).into_iter().filter(|l| *l > 0).min() else { return };
    let overcommit = catalog::menus().pid_overcommit;
    let mut because =
        because![facts.pid_max; Cause::Fact("menu/pod-pids-limit".into()), Cause::Fact("menu/pid-overcommit".into())];
    because.extend(facts.pins.get(LIMIT).map(|p| Cause::Spec(p.at.path.to_string())));
    because.extend(facts.mix.causes());
    let why = ClassModel::why(&mut m.causes, &NODE_PIDS, because);
    let text = format!("PIDs: {} × the node's {}", overcommit / 1000, facts.pid_max.value);
    let rhs = Expr::constant(facts.pid_max.value * overcommit / 1000, text);
    // limit × pods ≤ overcommit × (pid_max − host), stated whole: overcommit is a whole number of thousandths.
    m.model.at_most(pods * least + m.vars.host_pids * (overcommit / 1000), rhs).because(why);
}

/// Sets podPidsLimit and, where it is needed, PID eviction.
///
/// # Errors
/// The arithmetic of the limit that was tried last, when none is allowed.
pub fn decide(facts: &ClassFacts, m: &ClassModel, solution: &Solution, draft: &mut Draft<'_>) -> Result<(), String> {
    let pods = solution.value(m.vars.pods);
    let host = solution.value(m.vars.host_pids);
    let budget = budget(facts, host);
    let times = catalog::menus().pid_overcommit / 1000;
    let line = |limit: i64| format!("{pods} × {limit} of {times} × ({} − {host}) PIDs", facts.pid_max.value);
    let menu: Vec<Json> = menu(facts).into_iter().map(Json::from).collect();
    let accept = |value: &Json| match value.as_i64() {
        // Zero and below mean no limit: nothing is promised, and one pod may take all.
        Some(limit) if limit <= 0 || limit.saturating_mul(pods) <= budget => Ok(()),
        Some(limit) => Err(format!("{} = {} > {budget}", line(limit), limit.saturating_mul(pods))),
        None => Err("not a number".into()),
    };
    let chosen = match choose(draft, LIMIT, &menu, accept) {
        Choice::Taken(value) => value,
        Choice::None(why) => return Err(why),
    };
    let limit = chosen.as_i64().unwrap_or(0);
    let mut because = because![facts.pid_max; Cause::Value("kubelet/maxPods".into()), Cause::Fact("menu/pod-pids-limit".into()), Cause::Fact("menu/pid-overcommit".into())];
    because.extend(facts.mix.causes());
    draft.set(LIMIT, chosen, Origin::Derived, &NODE_PIDS).reason(line(limit)).because(because);
    let promised = limit.saturating_mul(pods);
    let overcommitted = limit <= 0 || promised > facts.pid_max.value - host;
    let because = because![facts.pid_max; Cause::Value(LIMIT.into()), Cause::Value("kubelet/maxPods".into())];
    let (value, reason) = if overcommitted {
        ("10%", format!("limits add up to {promised} of {} PIDs", facts.pid_max.value))
    } else {
        ("0%", format!("off: limits add up to {promised} of {} PIDs", facts.pid_max.value))
    };
    draft.set("kubelet/evictionHard.pid.available", value, Origin::Derived, &EVICTION).reason(reason).because(because);
    Ok(())
}
