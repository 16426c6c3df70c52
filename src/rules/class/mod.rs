//! One node class, planned: its program stated, solved, and every value that follows from the solution.

mod affinity;
pub mod aligned;
mod bounds;
mod capacity;
mod carry;
mod coherence;
mod conflict;
mod conntrack;
mod disks;
mod enforcement;
mod eviction;
mod fewer;
mod growth;
mod host;
mod images;
mod ledger;
mod logs;
mod model;
mod pids;
mod pods;
mod pulls;
mod remarks;
pub mod reservation;
mod shutdown;
mod swap;
mod throttling;
mod verify;
mod volumes;

pub use aligned::NodeUse;
pub use ledger::Ledger;

use super::follow::follow;
use super::{Draft, Origin, Rule, Unfit, Values};
use crate::diag::Finding;
use crate::facts::{Allowed, Cause, ClassFacts, ClusterFacts};
use aligned::packing::Effort;
use aligned::{Aligned, Placement};
use model::ClassModel;
use plimsoll_solver::{Expr, Fault, Outcome, Solution, solve};

/// Rules of all concerns of a node class.
pub static RULES: &[&[&Rule]] = &[
    reservation::RULES,
    pods::RULES,
    capacity::RULES,
    pids::RULES,
    logs::RULES,
    disks::RULES,
    eviction::RULES,
    pulls::RULES,
    images::RULES,
    conntrack::RULES,
    host::RULES,
    aligned::RULES,
    affinity::RULES,
    volumes::RULES,
    carry::RULES,
    coherence::RULES,
    shutdown::RULES,
    swap::RULES,
    enforcement::RULES,
    throttling::RULES,
];

/// Addresses that the largest allowed node range has.
#[derive(Clone, Debug)]
pub struct Cap {
    /// Host bits of the range.
    pub bits: u32,
    /// What that rests on.
    pub because: Vec<Cause>,
}

/// A solved class.
#[derive(Clone, Debug)]
pub struct ClassResult {
    /// Class name.
    pub name: String,
    /// Planned values.
    pub values: Values,
    /// Pods (maxPods).
    pub pods: i64,
    /// Conntrack entries needed.
    pub entries: i64,
    /// What is reserved and left.
    pub ledger: Ledger,
    /// What lies on each NUMA node, where pods have CPUs of their own.
    pub numa: Vec<NodeUse>,
    /// Findings.
    pub findings: Vec<Finding>,
    /// Size of the program: integers, rows, largest coefficient ratio.
    pub size: (usize, usize, f64),
    /// How much was searched.
    pub effort: Effort,
}

/// What planning a class comes to.
pub enum Planned {
    /// Values.
    Fits(Box<ClassResult>),
    /// No plan fits.
    Unfit(Box<Unfit>),
    /// The spec asks for what upstream would refuse.
    Refused(Vec<Finding>),
}

/// States the program of a class. With `headroom`, the goal's free part is kept.
fn state(
    facts: &ClassFacts,
    cluster: &ClusterFacts,
    cap: Option<&Cap>,
    headroom: bool,
    findings: &mut Vec<Finding>,
) -> ClassModel {
    let mut m = ClassModel::new(facts);
    eviction::prepare(facts, &mut m);
    reservation::constrain(facts, &mut m);
    conntrack::constrain(facts, &mut m);
    pods::constrain(facts, cluster, cap, &mut m);
    pods::opinions(facts, cluster, &mut m, findings);
    if let Some(aligned) = Aligned::of(facts) {
        aligned.constrain(&mut m);
        aligned.remarks(findings);
    }
    aligned::constrain_devices(facts, &mut m);
    volumes::constrain(facts, &mut m);
    capacity::constrain(facts, &mut m, headroom);
    pids::constrain(facts, &mut m);
    logs::constrain(facts, &mut m);
    goals(facts, &mut m);
    m
}

/// The goal's tiers, in its order.
fn goals(facts: &ClassFacts, m: &mut ClassModel) {
    let v = m.vars;
    for tier in &facts.goal.tiers {
        match tier.as_str() {
            "pods" => m.model.maximize("pods", v.pods),
            "allocatable" => {
                m.model.minimize("reserved memory", v.kube_memory + v.system_memory);
                m.model.minimize("reserved cpu", v.kube_cpu + v.system_cpu);
            }
            "departures" => {
                let default = crate::catalog::limit_value("pods-per-node");
                let away = m.model.derived(
                    "pods away from upstream's default",
                    plimsoll_solver::Unit::COUNT,
                    model::MOST_PODS,
                );
                let because = vec![Cause::Fact("behaviour/pods-per-node".into())];
                let why = ClassModel::why(&mut m.causes, &host::DEPARTURES, because);
                m.model.define(away, v.pods - default).because(why.clone());
                m.model.define(away, -v.pods + default).because(why);
                m.model.minimize("departures", away);
            }
            // Promises are rows of their own: what the spec asks for is never traded.
            _ => {}
        }
    }
}

/// Pins that the program itself obeys: a choice among several values is tried value by value, in the order stated.
const DECIDED: [&str; 6] = [
    "kubelet/maxPods",
    "kubelet/kubeReserved.memory",
    "kubelet/kubeReserved.cpu",
    "kubelet/systemReserved.memory",
    "kubelet/systemReserved.cpu",
    "kubelet/evictionHard.memory.available",
];

/// Plans one class.
///
/// # Errors
/// A fault of the solver, which is a bug of ours.
pub fn plan(facts: &ClassFacts, cluster: &ClusterFacts, cap: Option<&Cap>) -> Result<Planned, Fault> {
    let choice = DECIDED.iter().find_map(|name| match &facts.pins.get(*name)?.allowed {
        Allowed::AnyOf(values) => Some((*name, values.clone())),
        _ => None,
    });
    let Some((name, values)) = choice else { return plan_one(facts, cluster, cap) };
    let mut first = None;
    for value in values {
        let mut facts = facts.clone();
        if let Some(pinned) = facts.pins.get_mut(name) {
            pinned.allowed = Allowed::Exactly(value);
        }
        match plan(&facts, cluster, cap)? {
            Planned::Fits(result) => return Ok(Planned::Fits(result)),
            other => {
                first.get_or_insert(other);
            }
        }
    }
    // An empty choice is refused where pins are read, so there always is a first.
    Ok(first.unwrap_or_else(|| Planned::Refused(Vec::new())))
}

fn plan_one(facts: &ClassFacts, cluster: &ClusterFacts, cap: Option<&Cap>) -> Result<Planned, Fault> {
    let mut findings = Vec::new();
    let mut m = state(facts, cluster, cap, true, &mut findings);
    let (solution, placement) = match settled(facts, &mut m)? {
        Some(both) => both,
        None => {
            findings.clear();
            m = state(facts, cluster, cap, false, &mut findings);
            match settled(facts, &mut m)? {
                Some(both) => {
                    let message = format!(
                        "{}: the part that goal `{}` keeps free is needed for the pods",
                        facts.name, facts.goal_name.value
                    );
                    findings.push(
                        Finding::warning("headroom-dropped", message)
                            .at(&facts.place, "this class")
                            .note(capacity::HEADROOM_CPU.why),
                    );
                    both
                }
                None => {
                    let mut unfit = conflict::explain(facts, &m)?;
                    if unfit.way_out.is_none() {
                        unfit.way_out = fewer::way_out(facts, cluster, cap)?;
                    }
                    return Ok(Planned::Unfit(Box::new(unfit)));
                }
            }
        }
    };
    let mut draft = Draft::new(facts.minor(), &facts.pins);
    let bounds = bounds::of(&m, &solution)?;
    decide_pods(facts, &m, &solution, bounds, &mut draft);
    reservation::decide(facts, &m, &solution, &mut draft);
    eviction::decide(facts, &mut draft);
    if let (Some(aligned), Some(placement)) = (Aligned::of(facts), &placement) {
        aligned.decide(placement, &mut draft);
    }
    if draft.get("kubelet/reservedSystemCPUs").is_some() || facts.reserved_cpus().is_some() {
        // Upstream ignores CPU reservations beside reservedSystemCPUs; written, they would say what is not so.
        draft.values.retain(|n, _| !["kubelet/kubeReserved.cpu", "kubelet/systemReserved.cpu"].contains(&n.as_str()));
    }
    let menus = [
        pids::decide(facts, &m, &solution, &mut draft),
        logs::decide(facts, &m, &solution, &mut draft, &mut findings),
        images::decide(facts, &mut draft, &mut findings),
    ];
    let rules = [&pids::NODE_PIDS, &logs::LOGS, &images::GC];
    let failed: Vec<_> = menus.into_iter().zip(rules).filter_map(|(r, rule)| r.err().map(|why| (rule, why))).collect();
    if !failed.is_empty() {
        return Ok(Planned::Unfit(Box::new(conflict::menus(facts, &failed))));
    }
    host::decide(facts, solution.value(m.vars.pods), &mut draft);
    swap::decide(facts, &mut draft, &mut findings);
    shutdown::decide(facts, &mut draft, &mut findings);
    carry::pins(&mut draft);
    carry::base(facts, &mut draft);
    disks::decide(facts, &mut draft, &mut findings);
    enforcement::decide(facts, cluster, &mut draft, &mut findings);
    affinity::decide(facts, cluster, &mut draft, &mut findings);
    throttling::decide(facts, &mut draft, &mut findings);
    shutdown::logind(facts, cluster, &mut draft, &mut findings);
    follow("kubelet", Some(facts), &mut draft);
    let refused = coherence::check(facts, &draft.values);
    if !refused.is_empty() {
        return Ok(Planned::Refused(refused));
    }
    let ledger = ledger::of(facts, &m, &solution, &draft.values);
    verify::written(facts, &ledger, solution.value(m.vars.pods), &draft.values)
        .map_err(plimsoll_solver::Fault::Check)?;
    let (pods, entries) = (solution.value(m.vars.pods), solution.value(m.vars.entries));
    growth::short(facts, ledger.memory[3], &mut findings);
    volumes::remarks(facts, &mut findings);
    findings.extend(remarks::remarks(facts, &ledger, pods, entries, &draft.values));
    if let Some(effort) = placement.as_ref().map(|p| p.effort).filter(|e| e.undecided > 0) {
        let message = format!(
            "{}: {} of {} searches for NUMA nodes gave up after {} steps, so more pods might find theirs",
            facts.name,
            effort.undecided,
            effort.packings,
            aligned::packing::STEPS
        );
        findings.push(Finding::advice("numa-search-gave-up", message).at(&facts.place, "this class"));
    }
    let statistics = m.model.statistics()?;
    let size = (statistics.integers, statistics.rows, statistics.largest_coefficient_ratio);
    Ok(Planned::Fits(Box::new(ClassResult {
        name: facts.name.clone(),
        pods,
        entries,
        size,
        values: draft.values,
        ledger,
        effort: Effort { solves: solution.solves(), ..placement.as_ref().map(|p| p.effort).unwrap_or_default() },
        numa: placement.map(|p| p.nodes).unwrap_or_default(),
        findings,
    })))
}

/// A solution whose pods find their NUMA nodes; `None` where there is none.
///
/// Where the pods of a solution do not, the most that do become a row of the program, with their cause, and it is solved once
/// more: placement never enters it.
fn settled(facts: &ClassFacts, m: &mut ClassModel) -> Result<Option<(Solution, Option<Placement>)>, Fault> {
    let Outcome::Solved(first) = solve(&m.model)? else { return Ok(None) };
    let Some(aligned) = Aligned::of(facts) else { return Ok(Some((first, None))) };
    let pinned = facts.pins.get("kubelet/maxPods").and_then(|p| p.bounds().0).unwrap_or(1);
    let least = facts.mix.fixed_pods().max(pinned).max(1).min(first.value(m.vars.pods));
    let capped = match aligned.settle(m, least, &first) {
        Ok(placement) => return Ok(Some((first, Some(placement)))),
        Err(capped) => capped,
    };
    let why = ClassModel::why(&mut m.causes, &aligned::ALIGNED, facts.mix.causes());
    let most = Expr::constant(capped.most, format!("find their NUMA nodes; one more: {}", capped.arithmetic));
    m.model.at_most(m.vars.pods, most).because(why);
    let Outcome::Solved(second) = solve(&m.model)? else { return Ok(None) };
    match aligned.settle(m, least, &second) {
        Ok(placement) => Ok(Some((second, Some(placement)))),
        Err(_) => Err(Fault::Check(format!(
            "node class `{}`: fewer pods do not find the NUMA nodes that more did",
            facts.name
        ))),
    }
}

fn decide_pods(facts: &ClassFacts, m: &ClassModel, solution: &Solution, bounds: bounds::Bounds, draft: &mut Draft<'_>) {
    let reason = bounds.tight.first().map_or_else(|| "the goal wants no more".to_string(), |b| b.arithmetic.clone());
    let mut because: Vec<Cause> = Vec::new();
    for bound in &bounds.tight {
        for (_, causes) in m.causes.iter().filter(|(why, _)| why.rule == bound.rule) {
            because.extend(causes.clone());
        }
    }
    because.push(facts.goal_cause.clone());
    because.extend(facts.goal_name.causes().cloned());
    let rules: Vec<String> = bounds.tight.iter().map(|b| b.rule.clone()).collect();
    draft
        .set("kubelet/maxPods", solution.value(m.vars.pods), Origin::Solved, &host::GOAL)
        .reason(reason)
        .bounds(bounds.tight, bounds.next, bounds.behind)
        .because(because);
    if let Some(value) = draft.values.get_mut("kubelet/maxPods") {
        value.rules.splice(0..0, rules);
        value.rules.dedup();
    }
}
