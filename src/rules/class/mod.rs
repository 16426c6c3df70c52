//! One node class, planned: its program stated, solved, and every value that follows from the solution.

mod bounds;
mod capacity;
mod carry;
mod coherence;
mod conflict;
mod conntrack;
mod eviction;
mod host;
mod images;
mod logs;
mod model;
mod pids;
mod pods;
pub mod reservation;

use super::{Draft, Origin, Rule, Unfit, Values};
use crate::diag::Finding;
use crate::facts::{Cause, ClassFacts, ClusterFacts};
use crate::quantity::{Bytes, Milli, Threshold, ceil_div};
use model::ClassModel;
use plimsoll_solver::{Outcome, Solution, solve};
use reservation::Level;

/// Rules of all concerns of a node class.
pub static RULES: &[&[&Rule]] = &[
    reservation::RULES,
    pods::RULES,
    capacity::RULES,
    pids::RULES,
    logs::RULES,
    eviction::RULES,
    images::RULES,
    conntrack::RULES,
    host::RULES,
    carry::RULES,
    coherence::RULES,
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
    /// Findings.
    pub findings: Vec<Finding>,
    /// Size of the program: integers, rows, largest coefficient ratio.
    pub size: (usize, usize, f64),
}

/// The table that `plan` opens with.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Milli-CPU: capacity, kube-reserved, system-reserved.
    pub cpu: [i64; 3],
    /// Bytes: capacity, kube-reserved, system-reserved, hard eviction.
    pub memory: [i64; 4],
    /// Bytes of nodefs: capacity, kube-reserved, system-reserved, hard eviction; when known.
    pub storage: Option<[i64; 4]>,
    /// Milli-CPU that the pods request.
    pub used_cpu: i64,
    /// Bytes that the pods request.
    pub used_memory: i64,
    /// Bytes of allocatable memory when component costs are all low, and all high.
    pub spread: Option<[i64; 2]>,
}

impl Ledger {
    /// Allocatable milli-CPU.
    #[must_use]
    pub fn allocatable_cpu(&self) -> i64 {
        (self.cpu[0] - self.cpu[1] - self.cpu[2]).max(0)
    }

    /// Allocatable bytes of memory.
    #[must_use]
    pub fn allocatable_memory(&self) -> i64 {
        (self.memory[0] - self.memory[1] - self.memory[2] - self.memory[3]).max(0)
    }

    /// Allocatable bytes of storage.
    #[must_use]
    pub fn allocatable_storage(&self) -> Option<i64> {
        self.storage.map(|s| (s[0] - s[1] - s[2] - s[3]).max(0))
    }
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
                let default = crate::catalog::limit("pods-per-node").and_then(|l| l.value).unwrap_or(110);
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

/// Plans one class.
///
/// # Errors
/// A fault of the solver, which is a bug of ours.
pub fn plan(facts: &ClassFacts, cluster: &ClusterFacts, cap: Option<&Cap>) -> Result<Planned, plimsoll_solver::Fault> {
    let mut findings = Vec::new();
    let mut m = state(facts, cluster, cap, true, &mut findings);
    let solution = match solve(&m.model)? {
        Outcome::Solved(solution) => solution,
        Outcome::Infeasible => {
            findings.clear();
            m = state(facts, cluster, cap, false, &mut findings);
            match solve(&m.model)? {
                Outcome::Solved(solution) => {
                    let message = format!(
                        "{}: the part that goal `{}` keeps free is needed for the pods",
                        facts.name, facts.goal_name.value
                    );
                    findings.push(
                        Finding::warning("headroom-dropped", message)
                            .at(&facts.place, "this class")
                            .note(capacity::HEADROOM_CPU.why),
                    );
                    solution
                }
                Outcome::Infeasible => return Ok(Planned::Unfit(Box::new(conflict::explain(facts, &m)?))),
            }
        }
    };
    let mut draft = Draft::new(facts.minor(), &facts.pins);
    let bounds = bounds::of(&m, &solution)?;
    decide_pods(facts, &m, &solution, bounds, &mut draft);
    reservation::decide(facts, &m, &solution, &mut draft);
    eviction::decide(facts, &mut draft);
    let menus = [
        pids::decide(facts, &m, &solution, &mut draft),
        logs::decide(facts, &m, &solution, &mut draft),
        images::decide(facts, &mut draft),
    ];
    let rules = [&pids::NODE_PIDS, &logs::LOGS, &images::GC];
    let failed: Vec<_> = menus.into_iter().zip(rules).filter_map(|(r, rule)| r.err().map(|why| (rule, why))).collect();
    if !failed.is_empty() {
        return Ok(Planned::Unfit(Box::new(conflict::menus(facts, &failed))));
    }
    host::decide(facts, &mut draft);
    carry::pins(facts, &mut draft);
    carry::base(facts, &mut draft);
    let refused = coherence::check(facts, &draft.values);
    if !refused.is_empty() {
        return Ok(Planned::Refused(refused));
    }
    let ledger = ledger(facts, cluster, cap, &m, &solution, &draft.values)?;
    findings.extend(remarks(facts, &ledger, solution.value(m.vars.entries)));
    let statistics = m.model.statistics()?;
    let size = (statistics.integers, statistics.rows, statistics.largest_coefficient_ratio);
    Ok(Planned::Fits(Box::new(ClassResult {
        name: facts.name.clone(),
        pods: solution.value(m.vars.pods),
        entries: solution.value(m.vars.entries),
        size,
        values: draft.values,
        ledger,
        findings,
    })))
}

fn decide_pods(facts: &ClassFacts, m: &ClassModel, solution: &Solution, bounds: bounds::Bounds, draft: &mut Draft<'_>) {
    let reason = bounds.tight.first().map_or_else(|| "the goal wants no more".to_string(), |b| b.arithmetic.clone());
    let mut because: Vec<Cause> = Vec::new();
    for bound in &bounds.tight {
        for (why, causes) in m.causes.iter().filter(|(why, _)| why.rule == bound.rule) {
            let _ = why;
            because.extend(causes.clone());
        }
    }
    because.push(Cause::Fact(format!("goal/{}", facts.goal_name.value)));
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

/// What is reserved and left, computed from the values that are written.
fn ledger(
    facts: &ClassFacts,
    cluster: &ClusterFacts,
    cap: Option<&Cap>,
    m: &ClassModel,
    solution: &Solution,
    values: &Values,
) -> Result<Ledger, plimsoll_solver::Fault> {
    let text = |name: &str| values.get(name).and_then(|v| v.value.as_str());
    let bytes = |name: &str| text(name).and_then(|t| Bytes::parse(t).ok()).map_or(0, |b| b.0);
    let milli = |name: &str| text(name).and_then(|t| Milli::parse(t).ok()).map_or(0, |c| c.0);
    let threshold = |name: &str, of: Bytes| text(name).and_then(|t| Threshold::parse(t).ok()).map_or(0, |t| t.of(of).0);
    let memory = facts.machine.memory.value;
    let pods = solution.value(m.vars.pods);
    let (first, mix) = (facts.mix.fixed_pods(), &facts.mix);
    let shared = |average_milli: i64| {
        i64::try_from(i128::from(pods - first) * i128::from(average_milli) / 1000).unwrap_or(i64::MAX)
    };
    let storage = facts.machine.disks.nodefs.as_ref().map(|n| {
        let reserved = |field: &str| bytes(&format!("kubelet/{field}.ephemeral-storage"));
        [
            n.value.0,
            reserved("kubeReserved"),
            reserved("systemReserved"),
            threshold("kubelet/evictionHard.nodefs.available", n.value),
        ]
    });
    Ok(Ledger {
        cpu: [facts.machine.cpus.value * 1000, milli("kubelet/kubeReserved.cpu"), milli("kubelet/systemReserved.cpu")],
        memory: [
            memory.0,
            bytes("kubelet/kubeReserved.memory"),
            bytes("kubelet/systemReserved.memory"),
            threshold("kubelet/evictionHard.memory.available", memory),
        ],
        storage,
        used_cpu: mix.fixed(|k| k.cpu) + shared(mix.average_milli(|k| k.cpu)),
        used_memory: mix.fixed(|k| k.memory.0) + shared(mix.average_milli(|k| k.memory.0)),
        spread: spread(facts, cluster, cap, pods, solution.value(m.vars.entries)),
    })
}

/// Allocatable memory at this number of pods when every component cost is low, and when every one is high.
fn spread(facts: &ClassFacts, _: &ClusterFacts, _: Option<&Cap>, pods: i64, entries: i64) -> Option<[i64; 2]> {
    if facts.policy().is_some() {
        return None;
    }
    let at = |level: Level| {
        let total: i64 = ["kubeReserved", "systemReserved"]
            .iter()
            .map(|pays| {
                let sum = reservation::sum(facts, pays, "memory", level);
                let table = if *pays == "systemReserved" { reservation::conntrack_kib(entries, level) } else { 0 };
                ceil_div(sum.node + ceil_div(sum.pod_milli * pods, 1000) + table, 1024)
            })
            .sum();
        (facts.machine.memory.value.0 - Bytes::mi(total).0).max(0)
    };
    let eviction = 0;
    Some([at(Level::Low) - eviction, at(Level::High) - eviction])
}

/// Findings about a class that fits.
fn remarks(facts: &ClassFacts, ledger: &Ledger, entries: i64) -> Vec<Finding> {
    let mut out = Vec::new();
    let name = &facts.name;
    if !facts.machine.exact {
        let message = format!("{name}: memory is the vendor's figure; measure MemTotal for exact promises");
        out.push(Finding::warning("capacity-nominal", message).at(&facts.place, "this class"));
    }
    if facts.machine.disks.nodefs.is_none() {
        let message = format!(
            "{name}: no disk holds `nodefs`, so storage, logs and image collection stay at upstream's defaults"
        );
        out.push(
            Finding::advice("disk-unknown", message)
                .at(&facts.place, "this class")
                .help("add a disk with its size to `hardware.disks`"),
        );
    }
    if let Some(preset) = &facts.mix.preset {
        let message = format!("{name}: no workload is stated, so the preset `{preset}` stands in");
        out.push(
            Finding::advice("workload-preset", message)
                .at(&facts.place, "this class")
                .help("add `[[node-class.NAME.workload]]`"),
        );
    }
    if facts.mix.fixed.iter().chain(&facts.mix.shared).any(|k| k.exclusive)
        && !facts.pins.contains_key("kubelet/cpuManagerPolicy")
    {
        let message = format!("{name}: exclusive cores need the static CPU manager, which is not planned yet");
        out.push(
            Finding::warning("exclusive-not-planned", message)
                .at(&facts.place, "this class")
                .help("pin `kubelet/cpuManagerPolicy` to `static`"),
        );
    }
    if let Some(policy) = facts.policy() {
        shortfall(facts, ledger, entries, policy, &mut out);
    }
    out
}

/// What a published formula does not cover is compared with what it leaves.
fn shortfall(
    facts: &ClassFacts,
    ledger: &Ledger,
    entries: i64,
    policy: &crate::catalog::Policy,
    out: &mut Vec<Finding>,
) {
    let pods = facts.mix.fixed_pods();
    let _ = pods;
    let table = reservation::conntrack_kib(entries, Level::Typical) / 1024;
    let planned = ledger.memory[1] + ledger.memory[2];
    let low = spread_total(facts, entries, ledger, Level::Low);
    if low > planned {
        let message = format!(
            "{}: `{}` reserves {}, less than the {} that components use even at the low end",
            facts.name,
            policy.policy,
            Bytes(planned),
            Bytes::mi(low / Bytes::MI)
        );
        out.push(
            Finding::warning("reservation-shortfall", message)
                .at(&facts.place, "this class")
                .note(format!("the sum includes {table}Mi of conntrack table for {entries} entries"))
                .help("use `reservation = \"fitted\"`, or pin more"),
        );
    }
}

/// Bytes that all components use on this class at a level.
fn spread_total(facts: &ClassFacts, entries: i64, ledger: &Ledger, level: Level) -> i64 {
    let average = facts.mix.average_milli(|k| k.memory.0).max(1);
    let shared = i128::from(ledger.used_memory - facts.mix.fixed(|k| k.memory.0)) * 1000 / i128::from(average);
    let pods = facts.mix.fixed_pods() + i64::try_from(shared).unwrap_or(0);
    ["kubeReserved", "systemReserved"]
        .iter()
        .map(|pays| {
            let sum = reservation::sum(facts, pays, "memory", level);
            let table = if *pays == "systemReserved" { reservation::conntrack_kib(entries, level) } else { 0 };
            (sum.node + ceil_div(sum.pod_milli * pods, 1000) + table) * 1024
        })
        .sum()
}
