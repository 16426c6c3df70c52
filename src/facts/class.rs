//! A node class as meant.

use super::addresses::{self, Addresses};
use super::autoscaling::{self, NodeRange};
use super::base::{self, Base};
use super::cluster::ClusterFacts;
use super::disks;
use super::goals::Goals;
use super::known::{Cause, Known, stated_or};
use super::machine::{self, Machine};
use super::measured::{self, Measured};
use super::mix::{self, Mix};
use super::pins::{self, Pinned};
use super::volumes::{self, Volumes};
use crate::catalog::{self, Goal, Instance, Policy};
use crate::diag::{Finding, Place, Sources, nearest};
use crate::quantity::{Kernel, Minor, Version};
use crate::spec::{At, Class, Spec};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A node class.
#[derive(Clone, Debug)]
pub struct ClassFacts {
    /// Name.
    pub name: String,
    /// Where it is stated.
    pub place: Place,
    /// Nodes.
    pub count: Known<i64>,
    /// Nodes that an autoscaler may leave, and make.
    pub autoscale: Option<NodeRange>,
    /// Role.
    pub role: Known<String>,
    /// Name of its goal.
    pub goal_name: Known<String>,
    /// The goal.
    pub goal: Arc<Goal>,
    /// What the goal's numbers rest on.
    pub goal_cause: Cause,
    /// Kubelet version.
    pub version: Known<Version>,
    /// The machine.
    pub machine: Machine,
    /// Instance type, when one was named.
    pub instance_type: Option<String>,
    /// Where pod addresses come from.
    pub addresses: Addresses,
    /// How many volumes can be attached.
    pub volumes: Volumes,
    /// Processes and threads that the host can have.
    pub pid_max: Known<i64>,
    /// Kernel, when stated.
    pub kernel: Option<Known<Kernel>>,
    /// cgroup version.
    pub cgroup: Known<i64>,
    /// Processor architecture.
    pub arch: Known<String>,
    /// Runtime.
    pub runtime: Known<String>,
    /// Runtime version, when stated.
    pub runtime_version: Option<Known<Version>>,
    /// kernel.pid_max of the host, whatever its memory allows.
    pub kernel_pid_max: Known<i64>,
    /// nf_conntrack_max that the host already has, when stated.
    pub host_conntrack: Option<Known<i64>>,
    /// Every sysctl that the host already has, as stated, and where.
    pub host_sysctls: BTreeMap<String, (Known<i64>, Place)>,
    /// Reservation policy.
    pub reservation: Known<Reservation>,
    /// Who is held to the reservations, and where that is stated.
    pub enforce: Option<(Known<String>, Place)>,
    /// Millionths of the way from request to limit at which containers are slowed down, and where that is stated.
    pub throttling: Option<(Known<i64>, Place)>,
    /// Where the system's CPUs go.
    pub system_cpus: SystemCpus,
    /// Component costs measured on the user's own nodes; empty when none are stated.
    pub measured: Measured,
    /// Pods.
    pub mix: Mix,
    /// Base file.
    pub base: Option<Base>,
    /// Pins.
    pub pins: BTreeMap<String, Pinned>,
    /// The spec's file, for labels.
    pub file: std::sync::Arc<str>,
}

/// Where the system's CPUs go, as stated.
#[derive(Clone, Debug, Default)]
pub struct SystemCpus {
    /// `pack` or `spread`.
    pub place: Option<Known<String>>,
    /// A device whose NUMA node comes first.
    pub near: Option<Known<String>>,
}

impl SystemCpus {
    /// What it rests on.
    #[must_use]
    pub fn causes(&self) -> Vec<Cause> {
        [&self.place, &self.near].into_iter().flatten().flat_map(|k| k.causes().cloned()).collect()
    }
}

/// How much is reserved.
#[derive(Clone, Debug, PartialEq)]
pub enum Reservation {
    /// The sum of component costs.
    Fitted,
    /// A provider's formula.
    Published(&'static str, &'static str),
}

impl ClassFacts {
    /// Kubelet minor.
    #[must_use]
    pub fn minor(&self) -> Minor {
        self.version.value.minor
    }

    /// The published formula, when one is used.
    #[must_use]
    pub fn policy(&self) -> Option<&'static Policy> {
        match self.reservation.value {
            Reservation::Fitted => None,
            Reservation::Published(name, generation) => catalog::policy(name, Some(generation), self.minor()),
        }
    }

    /// What a pin insists on, or the base sets, for a kubelet field that is not planned.
    #[must_use]
    pub fn stated(&self, field: &str) -> Option<Known<serde_json::Value>> {
        if let Some(pinned) = self.pins.get(&format!("kubelet/{field}")) {
            let super::pins::Allowed::Exactly(value) = &pinned.allowed else { return None };
            return Some(Known::spec(&pinned.at.with(value.clone())));
        }
        let base = self.base.as_ref()?;
        let value = base.document.get(field)?.clone();
        Some(Known::caused(value, Cause::Spec(base.spec_path.clone())))
    }

    /// The CPUs of reservedSystemCPUs, when it is set: upstream then ignores every other CPU reservation.
    #[must_use]
    pub fn reserved_cpus(&self) -> Option<Known<i64>> {
        let text = self.stated("reservedSystemCPUs")?;
        let set = crate::quantity::CpuSet::parse(text.value.as_str()?).ok()?;
        let count = i64::try_from(set.len()).ok().filter(|n| *n > 0)?;
        Some(text.map(|_| count))
    }

    /// Where a pin of this class stands.
    #[must_use]
    pub fn pin_place(&self, pinned: &Pinned) -> Place {
        Place::new(&self.file, pinned.at.span.clone())
    }
}

fn text(value: &serde_json::Value) -> Option<String> {
    value.as_str().map(ToString::to_string)
}

/// Reads a class; `None` when something is missing that the plan cannot do without, which is reported.
pub(super) fn class(
    spec: &Spec,
    name: &str,
    at: &At<Class>,
    cluster: &ClusterFacts,
    bases: &BTreeMap<String, String>,
    sources: &mut Sources,
    findings: &mut Vec<Finding>,
) -> Option<ClassFacts> {
    let stated = &at.value;
    if let Some(family) = stated.os.family.as_ref().filter(|f| f.value == "windows") {
        let message = format!("node class `{name}` runs Windows, which is not planned yet");
        findings.push(
            Finding::error("windows-not-planned", message).at(&spec.place(family), "only Linux classes are planned"),
        );
        return None;
    }
    let instance = instance(spec, at, findings);
    let version = version(spec, at, cluster, findings);
    let goal_name = stated_or(stated.goal.as_ref(), "goal", text)?;
    let goal = goal(spec, stated, &goal_name, &cluster.goals, findings);
    let role = stated_or(stated.role.as_ref(), "role", text)?;
    let reservation = reservation(spec, stated, version.value.minor, findings);
    let measured = measured::measured(spec, name, at, reservation.as_ref(), findings);
    let machine = machine::machine(spec, name, at, instance.as_ref(), findings);
    disks::check(spec, stated, &version, findings);
    let addresses = addresses_of(spec, name, at, instance.as_ref(), cluster, findings);
    let per_class = cluster.proxy_per_class.is_some();
    let pins = pins::pins(spec, &stated.pins, pins::Table::Class(per_class), version.value.minor, None, findings);
    let base = base_of(spec, stated, version.value.minor, bases, sources, findings);
    let arch = arch(spec, stated, instance.as_ref(), findings)?;
    let (machine, (goal, goal_cause)) = (machine?, goal?);
    let count = stated_or(stated.count.as_ref(), "count", serde_json::Value::as_i64)?;
    Some(ClassFacts {
        autoscale: autoscaling::range(spec, stated.autoscale.as_ref(), &count, findings),
        name: name.to_string(),
        place: spec.key_place(at),
        count,
        pid_max: pid_max(stated, &machine)?,
        kernel: stated.os.kernel.as_ref().map(Known::spec),
        cgroup: stated_or(stated.os.cgroup.as_ref(), "cgroup", serde_json::Value::as_i64)?,
        runtime: stated_or(stated.runtime.as_ref(), "runtime", text)?,
        runtime_version: stated.runtime_version.as_ref().map(Known::spec),
        kernel_pid_max: stated_or(stated.os.pid_max.as_ref(), "pid-max", serde_json::Value::as_i64)?,
        host_sysctls: host_sysctls(spec, stated),
        host_conntrack: stated.hardware.sysctl.get("net.netfilter.nf_conntrack_max").map(Known::spec),
        enforce: stated.enforce.as_ref().map(|e| (Known::spec(e), spec.place(e))),
        throttling: stated.memory_throttling.as_ref().map(|t| (Known::spec(t), spec.place(t))),
        mix: mix::mix(spec, stated, &role, &goal, &machine)?,
        system_cpus: system_cpus(spec, stated, &machine, findings),
        volumes: volumes::volumes(at, instance.as_ref()),
        instance_type: instance.map(|i| i.name.to_string()),
        file: std::sync::Arc::clone(&spec.file),
        measured,
        addresses: addresses?,
        reservation: reservation?,
        arch,
        role,
        goal_name,
        goal,
        goal_cause,
        version,
        machine,
        base,
        pins,
    })
}

fn instance(spec: &Spec, at: &At<Class>, findings: &mut Vec<Finding>) -> Option<Instance> {
    let stated = at.value.instance_type.as_ref()?;
    let found = catalog::instance(&stated.value);
    if found.is_none() {
        findings.push(addresses::unknown_instance(&stated.value, &spec.place(stated)));
    }
    found
}

/// The kubelet's version: the class's own, or the cluster's. Never newer than the control plane, and not too old for it.
fn version(spec: &Spec, at: &At<Class>, cluster: &ClusterFacts, findings: &mut Vec<Finding>) -> Known<Version> {
    let Some(stated) = &at.value.kubernetes else { return cluster.version.clone() };
    let (kubelet, server) = (stated.value.minor, cluster.minor());
    let most = catalog::limit_value("kubelet-skew");
    let finding = if kubelet > server {
        Some(format!("kubelet {kubelet} is newer than the control plane {server}"))
    } else if i64::from(server.1) - i64::from(kubelet.1) > most {
        Some(format!("kubelet {kubelet} is more than {most} minors older than the control plane {server}"))
    } else {
        None
    };
    if let Some(message) = finding {
        let finding = Finding::error("version-skew", message)
            .at(&spec.place(stated), "kubelet")
            .clash(&spec.place(&spec.cluster.kubernetes), "control plane");
        findings.push(finding);
    }
    Known::spec(stated)
}

fn goal(
    spec: &Spec,
    stated: &Class,
    name: &Known<String>,
    goals: &Goals,
    findings: &mut Vec<Finding>,
) -> Option<(Arc<Goal>, Cause)> {
    let goal = goals.get(&name.value);
    if let (None, Some(at)) = (&goal, &stated.goal) {
        let names = goals.names();
        let finding = Finding::error("goal-unknown", format!("no goal is called `{}`", at.value))
            .at(&spec.place(at), "not a profile")
            .help(match nearest(&at.value, names.iter().map(String::as_str)) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("the goals are {}", names.join(", ")),
            });
        findings.push(finding);
    }
    goal
}

fn reservation(spec: &Spec, stated: &Class, version: Minor, findings: &mut Vec<Finding>) -> Option<Known<Reservation>> {
    let name = stated_or(stated.reservation.as_ref(), "reservation", text)?;
    if name.value == "fitted" {
        if let Some(formula) = &stated.formula {
            let finding = Finding::error(
                "formula-unknown",
                "`formula` names a generation of a published policy, and `fitted` has none",
            )
            .at(&spec.place(formula), "would have no effect");
            findings.push(finding);
        }
        return Some(name.map(|_| Reservation::Fitted));
    }
    let wanted = stated.formula.as_ref();
    let Some(policy) = catalog::policy(&name.value, wanted.map(|f| f.value.as_str()), version) else {
        let all: Vec<_> = catalog::policy_generations(&name.value).collect();
        let at = wanted.or(stated.reservation.as_ref())?;
        let message = match wanted {
            Some(f) => format!("the policy `{}` has no formula `{}`", name.value, f.value),
            None => format!("the policy `{}` has no formula for kubelet {version}", name.value),
        };
        findings.push(
            Finding::error("formula-unknown", message)
                .at(&spec.place(at), "no such generation")
                .help(format!("it has {}", all.join(", "))),
        );
        return None;
    };
    let mut known = name.map(|_| Reservation::Published(policy.policy.as_str(), policy.generation.as_str()));
    known = known.and(Cause::Fact(format!("reservation/{}/{}", policy.policy, policy.generation)));
    Some(match wanted {
        Some(f) => known.and(Cause::Spec(f.path.to_string())),
        None => known,
    })
}

fn addresses_of(
    spec: &Spec,
    name: &str,
    at: &At<Class>,
    instance: Option<&Instance>,
    cluster: &ClusterFacts,
    findings: &mut Vec<Finding>,
) -> Option<Addresses> {
    let network = &at.value.hardware.network;
    if cluster.cni.value != "aws-vpc" {
        let stated = [
            network.enis.as_ref().map(|a| a.with(())),
            network.ipv4_per_eni.as_ref().map(|a| a.with(())),
            network.prefix_delegation.as_ref().map(|a| a.with(())),
            network.custom_networking.as_ref().map(|a| a.with(())),
            network.reserved_enis.as_ref().map(|a| a.with(())),
        ];
        if let Some(first) = stated.iter().flatten().next() {
            let message =
                format!("`hardware.network` is about the AWS VPC CNI, and the cluster has {}", cluster.cni.value);
            findings
                .push(Finding::error("network-not-aws", message).at(&spec.key_place(first), "would have no effect"));
        }
    }
    let taken = |limit: &str| Some(Addresses::NodeRange { taken: cluster.cni.join(&Known::limit(limit), |_, n| *n) });
    match cluster.cni.value.as_str() {
        "aws-vpc" if at.value.instance_type.is_some() && instance.is_none() => None,
        "aws-vpc" => addresses::interfaces(spec, name, at, instance, findings),
        "flannel" => taken("host-local-addresses"),
        "cilium" => taken("cilium-addresses"),
        "calico" => Some(match cluster.pod_cidrs.first() {
            Some(net) => {
                let bits = net.value.max_prefix_len() - net.value.prefix_len();
                Addresses::Pool { addresses: net.map(|_| if bits >= 40 { 1 << 40 } else { 1 << bits }) }
            }
            None => Addresses::Elsewhere,
        }),
        _ if cluster.pod_cidrs.is_empty() || !cluster.platform_facts.control_plane => Some(Addresses::Elsewhere),
        // What is not known is taken for host-local, which most plugins use.
        _ => taken("host-local-addresses"),
    }
}

fn base_of(
    spec: &Spec,
    stated: &Class,
    version: Minor,
    bases: &BTreeMap<String, String>,
    sources: &mut Sources,
    findings: &mut Vec<Finding>,
) -> Option<Base> {
    let at = stated.base.as_ref()?;
    match bases.get(&at.value) {
        Some(content) => base::base(&at.value, &at.path, content, version, sources, findings),
        None => {
            let message = format!("the base `{}` cannot be read", at.value);
            findings.push(
                Finding::error("base-missing", message)
                    .at(&spec.place(at), "no regular UTF-8 file, seen from the spec's folder"),
            );
            None
        }
    }
}

fn arch(
    spec: &Spec,
    stated: &Class,
    instance: Option<&Instance>,
    findings: &mut Vec<Finding>,
) -> Option<Known<String>> {
    if let (Some(instance), Some(at)) = (instance, &stated.os.arch)
        && instance.arch != at.value
    {
        let message = format!("{} has {} processors, not {}", instance.name, instance.arch, at.value);
        let finding = Finding::error("arch-mismatch", message).at(&spec.place(at), "stated here");
        findings.push(match &stated.instance_type {
            Some(kind) => finding.clash(&spec.place(kind), format!("{} in the catalogue", instance.arch)),
            None => finding,
        });
    }
    match instance {
        Some(instance) if stated.os.arch.is_none() => {
            Some(Known::fact(instance.arch.to_string(), format!("aws/{}/arch", instance.name)))
        }
        _ => stated_or(stated.os.arch.as_ref(), "arch", text),
    }
}

/// What is stated of the system's CPUs; the device they should be near must be on a NUMA node.
fn system_cpus(spec: &Spec, stated: &Class, machine: &Machine, findings: &mut Vec<Finding>) -> SystemCpus {
    if let Some(near) = &stated.system_cpus_near
        && !machine.numa.iter().any(|n| n.devices.contains_key(&near.value))
    {
        let message = format!("no device `{}` is on a NUMA node of this hardware", near.value);
        let known = machine.numa.iter().flat_map(|n| n.devices.keys()).map(String::as_str);
        let finding = Finding::error("device-unknown", message)
            .at(&spec.place(near), "not among `hardware.devices`")
            .help(match nearest(&near.value, known) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("add `{{ name = \"{}\", numa = … }}` to `hardware.devices`", near.value),
            });
        findings.push(finding);
    }
    SystemCpus {
        place: stated.system_cpus_place.as_ref().map(Known::spec),
        near: stated.system_cpus_near.as_ref().map(Known::spec),
    }
}

/// What is stated of the host's own sysctls.
fn host_sysctls(spec: &Spec, stated: &Class) -> BTreeMap<String, (Known<i64>, Place)> {
    let all = stated.hardware.sysctl.iter();
    all.map(|(name, at)| (name.clone(), (Known::spec(at), spec.place(at)))).collect()
}

/// How many processes and threads the host can have: the smaller of kernel.pid_max and what its memory allows.
fn pid_max(stated: &Class, machine: &Machine) -> Option<Known<i64>> {
    let limit = stated_or(stated.os.pid_max.as_ref(), "pid-max", serde_json::Value::as_i64)?;
    let threads = machine.memory.join(&Known::limit("threads-max-bytes"), |memory, stack| memory.0 / stack);
    Some(if threads.value < limit.value { threads.join(&limit, |t, _| *t) } else { limit.join(&threads, |l, _| *l) })
}
