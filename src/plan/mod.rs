//! The plan: every value with its origin and causes, frozen.

mod graph;
mod json;
mod judge;
mod load;
mod machine;
mod users;

pub use graph::{Chain, Graph, Node, cause, graph};
pub use json::{FORMAT, document, infeasible};

use crate::diag::{Finding, Severity, in_order};
use crate::facts::{ClassFacts, Facts};
use crate::quantity::{Bytes, Version};
use crate::rules::class::{self, Cap, ClassResult, Ledger, NodeUse, Planned};
use crate::rules::cluster::load::Load;
use crate::rules::{Unfit, Values, cluster};
use rayon::prelude::*;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A frozen plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Cluster name.
    pub cluster: String,
    /// Control-plane version.
    pub kubernetes: Version,
    /// etcd's version, when the spec states it.
    pub etcd: Option<Version>,
    /// Platform.
    pub platform: String,
    /// Network plugin.
    pub cni: String,
    /// Hash of the spec.
    pub spec_sha256: String,
    /// Whether each class has a kube-proxy of its own.
    pub proxy_per_class: bool,
    /// Classes by name.
    pub classes: BTreeMap<String, ClassPlan>,
    /// Scheduler, controller-manager and etcd.
    pub control_plane: Values,
    /// What nodes and pods ask of the control plane, where it is the user's.
    pub load: Option<Load>,
    /// kube-proxy, where all classes share it.
    pub shared: Values,
    /// Findings, in file order.
    pub findings: Vec<Finding>,
}

/// One planned class.
#[derive(Clone, Debug)]
pub struct ClassPlan {
    /// Nodes.
    pub count: i64,
    /// Kubelet version.
    pub kubernetes: Version,
    /// Role.
    pub role: String,
    /// Goal and its sentence.
    pub goal: (String, String),
    /// Reservation policy, for people.
    pub reservation: String,
    /// What the machine is called: an instance type or its size.
    pub machine_name: String,
    /// At which level of costs reservations are counted, where they are `fitted`.
    pub cost_level: Option<String>,
    /// What its goal gives up, to follow those words.
    pub gives_up: String,
    /// The machine, for the judge and for people.
    pub machine: Json,
    /// Whether capacity is what the kernel reports.
    pub exact: bool,
    /// `nominal 64Gi less 7.5%`, when capacity is nominal.
    pub basis_text: String,
    /// Container runtime: its name, and its version when stated.
    pub runtime: (String, Option<Version>),
    /// What is reserved and left.
    pub ledger: Ledger,
    /// What lies on each NUMA node, where pods have CPUs of their own.
    pub numa: Vec<NodeUse>,
    /// maxPods.
    pub pods: i64,
    /// Pods placed first: workloads with a count, static pods.
    pub placed_first: i64,
    /// Base file, as the spec names it.
    pub base: Option<(String, Json)>,
    /// Values.
    pub values: Values,
    /// Component costs that are assumptions, of those that the plan uses.
    pub assumptions: (usize, usize),
}

/// What planning comes to when it does not come to a plan.
#[derive(Debug)]
pub enum Stop {
    /// The input asks for what cannot be.
    Refused(Vec<Finding>),
    /// No plan fits.
    Unfit(Vec<Unfit>, Vec<Finding>),
    /// A bug of ours.
    Bug(String),
}

/// Told as each class is done; may be called from several threads.
pub type Progress<'a> = &'a (dyn Fn() + Sync);

/// Plans a cluster: the envelope, each class alone, the cluster with the classes' results.
///
/// # Errors
/// See [`Stop`].
pub fn plan(facts: &Facts, progress: Progress<'_>) -> Result<Plan, Stop> {
    let envelope = cluster::envelope(facts).map_err(|u| Stop::Unfit(vec![*u], facts.findings.clone()))?;
    let (classes, mut findings) = solve_classes(facts, envelope.cap.as_ref(), progress)?;
    let result =
        cluster::plan(facts, &envelope, &classes).map_err(|u| Stop::Unfit(vec![*u], facts.findings.clone()))?;
    findings.extend(facts.findings.iter().cloned());
    findings.extend(result.findings);
    in_order(&mut findings);
    if findings.iter().any(|f| f.severity == Severity::Error) {
        return Err(Stop::Refused(findings));
    }
    let mut per_class = result.per_class;
    let classes = classes
        .into_iter()
        .filter_map(|(name, mut result)| {
            result.values.append(&mut per_class.remove(&name).unwrap_or_default());
            let stated = facts.classes.get(&name)?;
            Some((name, class_plan(stated, result)))
        })
        .collect();
    let cluster = &facts.cluster;
    let mut plan = Plan {
        cluster: cluster.name.clone(),
        kubernetes: cluster.version.value,
        etcd: cluster.control_plane.as_ref().and_then(|c| c.etcd_version.as_ref()).map(|v| v.value),
        platform: cluster.platform.value.clone(),
        cni: cluster.cni.value.clone(),
        spec_sha256: cluster.spec_sha256.clone(),
        proxy_per_class: cluster.proxy_per_class.is_some(),
        classes,
        control_plane: result.control_plane,
        load: result.load,
        shared: result.shared,
        findings,
    };
    envelope_advice(facts, &mut plan);
    judge::judge(facts, &mut plan)?;
    Ok(plan)
}

/// Solves every class, in parallel; results do not depend on the order in which they come.
fn solve_classes(
    facts: &Facts,
    cap: Option<&Cap>,
    progress: Progress<'_>,
) -> Result<(BTreeMap<String, ClassResult>, Vec<Finding>), Stop> {
    let list: Vec<(&String, &ClassFacts)> = facts.classes.iter().collect();
    let solved: Vec<_> = list
        .par_iter()
        .map(|(name, stated)| {
            let planned = class::plan(stated, &facts.cluster, cap);
            progress();
            ((*name).clone(), planned)
        })
        .collect();
    let (mut fits, mut unfit, mut refused, mut findings) = (BTreeMap::new(), Vec::new(), Vec::new(), Vec::new());
    for (name, planned) in solved {
        match planned {
            Ok(Planned::Fits(result)) => {
                findings.extend(result.findings.iter().cloned());
                fits.insert(name, *result);
            }
            Ok(Planned::Unfit(one)) => unfit.push(*one),
            Ok(Planned::Refused(list)) => refused.extend(list),
            Err(fault) => return Err(Stop::Bug(format!("node class `{name}`: {fault}"))),
        }
    }
    if !refused.is_empty() {
        in_order(&mut refused);
        return Err(Stop::Refused(refused));
    }
    if !unfit.is_empty() {
        findings.extend(facts.findings.iter().cloned());
        in_order(&mut findings);
        return Err(Stop::Unfit(unfit, findings));
    }
    Ok((fits, findings))
}

fn class_plan(facts: &ClassFacts, result: ClassResult) -> ClassPlan {
    let machine = &facts.machine;
    let basis_text = match machine.overhead {
        Some(ppm) => {
            let percent = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
            format!("nominal {} less {}%", machine.nominal.value, percent.trim_end_matches('0').trim_end_matches('.'))
        }
        None => String::new(),
    };
    let machine_name = facts.instance_type.clone().unwrap_or_else(|| {
        let gib = (machine.memory.value.0 + (1 << 29)) >> 30;
        format!("{} CPUs, {gib}Gi", machine.cpus.value)
    });
    let reservation = match &facts.reservation.value {
        crate::facts::Reservation::Fitted => "fitted".to_string(),
        crate::facts::Reservation::Published(name, generation) => format!("{name} ({generation})"),
    };
    ClassPlan {
        count: facts.count.value,
        kubernetes: facts.version.value,
        role: facts.role.value.clone(),
        goal: (facts.goal_name.value.clone(), facts.goal.sentence.clone()),
        cost_level: facts.policy().is_none().then(|| facts.goal.cost_level.clone()),
        gives_up: facts.goal.gives_up.clone(),
        reservation,
        machine_name,
        machine: machine::json(facts),
        exact: machine.exact,
        basis_text,
        runtime: (facts.runtime.value.clone(), facts.runtime_version.as_ref().map(|v| v.value)),
        assumptions: assumptions(&result.values),
        ledger: result.ledger,
        numa: result.numa,
        pods: result.pods,
        placed_first: facts.mix.fixed_pods(),
        base: facts.base.as_ref().map(|b| (b.path.clone(), b.document.clone())),
        values: result.values,
    }
}

/// Component costs that values rest on: how many are assumptions, and how many there are.
fn assumptions(values: &Values) -> (usize, usize) {
    let mut ids: Vec<&str> = values
        .values()
        .flat_map(|v| &v.because)
        .filter_map(|c| match c {
            crate::facts::Cause::Fact(id) => id.strip_prefix("cost/"),
            _ => None,
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let assumed =
        ids.iter().filter(|id| crate::catalog::cost(id).is_some_and(|c| c.how == crate::catalog::How::Assumption));
    (assumed.count(), ids.len())
}

/// Beyond what upstream tests, the plan says so.
fn envelope_advice(facts: &Facts, plan: &mut Plan) {
    let limit = crate::catalog::limit_value;
    let pods: i64 = plan.classes.values().map(|c| c.count * c.pods).sum();
    let nodes = facts.cluster.nodes.value;
    let Some(first) = facts.classes.values().next() else { return };
    for (what, count, most) in [("nodes", nodes, limit("nodes-per-cluster")), ("pods", pods, limit("pods-per-cluster"))]
    {
        if count > most {
            let message = format!("{count} {what} are more than the {most} that upstream's scalability tests cover");
            plan.findings.push(Finding::warning("beyond-envelope", message).at(&first.place, "first class"));
        }
    }
    in_order(&mut plan.findings);
}

impl ClassPlan {
    /// How many values depart from upstream's defaults, of how many.
    #[must_use]
    pub fn departures(&self) -> (usize, usize) {
        (self.values.values().filter(|v| v.departs()).count(), self.values.len())
    }

    /// Allocatable memory.
    #[must_use]
    pub fn allocatable_memory(&self) -> Bytes {
        Bytes(self.ledger.allocatable_memory())
    }
}

impl Plan {
    /// Every value with the scope it belongs to: a class name, `cluster` or `control-plane`.
    pub fn all_values(&self) -> impl Iterator<Item = (&str, &str, &crate::rules::Value)> {
        let classes =
            self.classes.iter().flat_map(|(c, p)| p.values.iter().map(move |(n, v)| (c.as_str(), n.as_str(), v)));
        let shared = self.shared.iter().map(|(n, v)| ("cluster", n.as_str(), v));
        let control = self.control_plane.iter().map(|(n, v)| ("control-plane", n.as_str(), v));
        classes.chain(shared).chain(control)
    }
}
