//! What runs on a node: pods placed first, and the mix that fills what remains.

use super::habits::Habits;
use super::known::{Cause, Known};
use super::machine::Machine;
use crate::catalog::{self, Goal};
use crate::diag::Place;
use crate::quantity::{Bytes, Milli};
use crate::spec::{Class, Spec, Workload};
use std::collections::BTreeMap;

/// One kind of pod, with its demand per pod.
#[derive(Clone, Debug)]
pub struct PodKind {
    /// Name in arithmetic.
    pub name: String,
    /// Pods per node for kinds placed first; millionths of the remaining pods for kinds of the mix.
    pub amount: i64,
    /// Milli-CPU requested.
    pub cpu: i64,
    /// Bytes requested.
    pub memory: Bytes,
    /// Uses the node's address.
    pub host_network: bool,
    /// Wants whole cores.
    pub exclusive: bool,
    /// Bytes in huge pages per page size.
    pub hugepages: BTreeMap<String, i64>,
    /// Devices by extended resource.
    pub devices: BTreeMap<String, i64>,
    /// Volumes of one pod that are attached to its node.
    pub volumes: i64,
    /// Containers.
    pub containers: i64,
    /// Long-lived connections.
    pub connections: i64,
    /// New connections per second.
    pub connection_rate: i64,
    /// Processes and threads at its peak.
    pub pids: i64,
    /// How it ends, logs, starts and grows.
    pub habits: Habits,
    /// Large enough that each pod of it is counted whole, where others are an average.
    pub whole: bool,
    /// Where its count is stated, and the key's path.
    pub stated: Option<(Place, String)>,
    /// What its numbers rest on.
    pub causes: Vec<Cause>,
}

/// Everything that runs on one node of a class.
#[derive(Clone, Debug)]
pub struct Mix {
    /// Placed first: DaemonSets, static pods, workloads with a count.
    pub fixed: Vec<PodKind>,
    /// Shares what remains.
    pub shared: Vec<PodKind>,
    /// Name of the preset, when nothing was stated.
    pub preset: Option<String>,
}

impl Mix {
    /// Every kind of pod, those placed first before the others.
    pub fn kinds(&self) -> impl Iterator<Item = &PodKind> {
        self.fixed.iter().chain(&self.shared)
    }

    /// Pods that are placed first.
    #[must_use]
    pub fn fixed_pods(&self) -> i64 {
        self.fixed.iter().map(|k| k.amount).sum()
    }

    /// What all pods placed first demand together.
    #[must_use]
    pub fn fixed(&self, demand: impl Fn(&PodKind) -> i64) -> i64 {
        self.fixed.iter().map(|k| k.amount.saturating_mul(demand(k))).fold(0, i64::saturating_add)
    }

    /// What one pod of the mix demands on average, in thousandths, rounded up: a node holds many, so the average counts.
    #[must_use]
    pub fn average_milli(&self, demand: impl Fn(&PodKind) -> i64) -> i64 {
        let sum: i128 = self.shared.iter().map(|k| i128::from(k.amount) * i128::from(demand(k))).sum();
        let milli = (sum * 1000).div_euclid(1_000_000) + i128::from((sum * 1000).rem_euclid(1_000_000) != 0);
        i64::try_from(milli).unwrap_or(i64::MAX)
    }

    /// How many pods of a kind a node with `pods` pods has: a count, or its share of the rest, rounded up.
    #[must_use]
    pub fn count_of(&self, kind: &PodKind, pods: i64) -> i64 {
        if self.fixed.iter().any(|k| k.name == kind.name) {
            return kind.amount;
        }
        let part = i128::from(kind.amount) * i128::from((pods - self.fixed_pods()).max(0));
        i64::try_from((part + 999_999) / 1_000_000).unwrap_or(i64::MAX)
    }

    /// Whether a kind is all of the mix, so that its share is every pod.
    #[must_use]
    pub fn alone(&self) -> bool {
        self.shared.len() == 1
    }

    /// What the pods of the mix demand together on a node with `pods` pods: large ones counted whole, the others as an
    /// average.
    #[must_use]
    pub fn demand(&self, pods: i64, demand: impl Fn(&PodKind) -> i64) -> i64 {
        let mix = i128::from((pods - self.fixed_pods()).max(0));
        let small = self.average_milli(|k| if k.whole { 0 } else { demand(k) });
        let large: i128 = self
            .shared
            .iter()
            .filter(|k| k.whole)
            .map(|k| i128::from(self.count_of(k, pods)) * i128::from(demand(k)))
            .sum();
        i64::try_from(mix * i128::from(small) / 1000 + large).unwrap_or(i64::MAX)
    }

    /// What the whole mix rests on.
    #[must_use]
    pub fn causes(&self) -> Vec<Cause> {
        let mut out: Vec<Cause> = self.fixed.iter().chain(&self.shared).flat_map(|k| k.causes.clone()).collect();
        out.sort();
        out.dedup();
        out
    }
}

/// A demand that the workload states, or the catalogue's typical one.
fn demand(stated: Option<&crate::spec::At<i64>>, cost: &str) -> Option<Known<i64>> {
    match stated {
        Some(at) => Some(Known::spec(at)),
        None => Some(Known::fact(catalog::cost(cost)?.typical, format!("cost/{cost}"))),
    }
}

fn kind(spec: &Spec, workload: &Workload) -> Option<PodKind> {
    let amount = workload.count.as_ref().or(workload.share.as_ref())?;
    let containers = demand(workload.containers.as_ref(), "demand-containers-pod")?;
    let connections = demand(workload.connections.as_ref(), "demand-connections-pod")?;
    let rate = demand(workload.connection_rate.as_ref(), "demand-connection-rate-pod")?;
    let pids = demand(workload.pids.as_ref(), "demand-pids-pod")?;
    let parts = [&containers, &connections, &rate, &pids];
    let mut causes: Vec<Cause> = parts.iter().flat_map(|k| k.causes().cloned()).collect();
    causes.extend([&amount.path, &workload.cpu.path, &workload.memory.path].map(|p| Cause::Spec(p.to_string())));
    let flag = |at: &Option<crate::spec::At<bool>>| at.as_ref().is_some_and(|b| b.value);
    causes.extend(workload.host_network.iter().chain(&workload.exclusive).map(|at| Cause::Spec(at.path.to_string())));
    causes.extend(workload.hugepages.values().map(|at| Cause::Spec(at.path.to_string())));
    causes.extend(workload.volumes.iter().map(|at| Cause::Spec(at.path.to_string())));
    causes.extend(workload.devices.values().map(|at| Cause::Spec(at.path.to_string())));
    Some(PodKind {
        name: workload.name.value.clone(),
        amount: amount.value,
        cpu: workload.cpu.value.0,
        memory: workload.memory.value,
        whole: false,
        stated: workload.count.as_ref().map(|at| (spec.place(at), at.path.to_string())),
        host_network: flag(&workload.host_network),
        exclusive: flag(&workload.exclusive),
        hugepages: workload.hugepages.iter().map(|(size, at)| (size.clone(), at.value.0)).collect(),
        devices: workload.devices.iter().map(|(name, at)| (name.clone(), at.value)).collect(),
        volumes: workload.volumes.as_ref().map_or(0, |v| v.value),
        containers: containers.value,
        connections: connections.value,
        connection_rate: rate.value,
        pids: pids.value,
        habits: Habits::stated(&workload.habits),
        causes,
    })
}

/// A stand-in with the catalogue's typical demand.
fn stand_in(name: &str, amount: i64, cpu: &str, memory: &str, host_network: bool, cause: Cause) -> Option<PodKind> {
    let typical = |id: &str| catalog::cost(id).map(|c| (c.typical, Cause::Fact(format!("cost/{id}"))));
    let (connections, a) = typical("demand-connections-pod")?;
    let (connection_rate, b) = typical("demand-connection-rate-pod")?;
    let (pids, c) = typical("demand-pids-pod")?;
    let (containers, d) = typical("demand-containers-pod")?;
    Some(PodKind {
        name: name.to_string(),
        amount,
        cpu: Milli::parse(cpu).ok()?.0,
        memory: Bytes::parse(memory).ok()?,
        host_network,
        whole: false,
        stated: None,
        exclusive: false,
        hugepages: BTreeMap::new(),
        devices: BTreeMap::new(),
        volumes: 0,
        containers,
        connections,
        connection_rate,
        pids,
        habits: Habits::default(),
        causes: vec![cause, a, b, c, d],
    })
}

/// The mix of a class: what it states, its role's static pods, and the goal's preset when it states nothing.
///
/// A pod of the mix that takes an eighth of the node or more, or CPUs of its own, is counted whole: a node holds few of them,
/// so an average would promise what is not there.
pub(super) fn mix(spec: &Spec, class: &Class, role: &Known<String>, goal: &Goal, machine: &Machine) -> Option<Mix> {
    let (mut fixed, mut shared) = (Vec::new(), Vec::new());
    for workload in &class.workloads {
        let kind = kind(spec, workload)?;
        if workload.count.is_some() { fixed.push(kind) } else { shared.push(kind) }
    }
    for pod in catalog::static_pods(&role.value) {
        let id = format!("static-pod/{}/{}", pod.role, pod.name);
        let mut kind = stand_in(&pod.name, 1, &pod.cpu, &pod.memory, true, Cause::Fact(id))?;
        kind.causes.extend(role.causes().cloned());
        kind.habits = Habits::node_critical();
        fixed.push(kind);
    }
    let mut preset = None;
    if class.workloads.is_empty() {
        let it = catalog::preset(&goal.preset)?;
        let cause = Cause::Fact(format!("preset/{}", goal.preset));
        shared.push(stand_in(&it.name, 1_000_000, &it.cpu, &it.memory, false, cause)?);
        preset = Some(goal.preset.clone());
    }
    let alone = shared.len() == 1;
    let part = catalog::menus().whole_pod_part;
    for kind in &mut shared {
        let large = |need: i64, has: i64| i128::from(need) * i128::from(part) >= i128::from(has);
        let size = large(kind.cpu, machine.cpus.value * 1000) || large(kind.memory.0, machine.memory.value.0);
        // The only kind of a mix is every pod of it: there is nothing to round.
        kind.whole = !alone && (kind.exclusive || size);
    }
    Some(Mix { fixed, shared, preset })
}
