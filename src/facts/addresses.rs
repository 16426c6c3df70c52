//! How many pod addresses a node has: what the network plugin hands out.

use super::known::{Cause, Known};
use crate::catalog::{Instance, instance_dates, instance_names};
use crate::diag::{Finding, Place};
use crate::spec::{At, Class, Spec};

/// The interfaces that a class's pods get their addresses from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interfaces {
    /// Interfaces that the machine takes.
    pub most: i64,
    /// Interfaces that pods do not use.
    pub unused: i64,
    /// Pods that one of the others has addresses for.
    pub each: i64,
    /// Pods counted beyond the addresses, since they use the node's own.
    pub host: i64,
}

/// Where pod addresses come from.
#[derive(Clone, Debug)]
pub enum Addresses {
    /// Interfaces of the machine: at most so many pods, with the arithmetic.
    Interfaces {
        /// Most pods, host-network ones included.
        pods: Known<i64>,
        /// How that came about.
        arithmetic: String,
        /// The interfaces behind it.
        of: Interfaces,
        /// What the plugin fills with addresses.
        limits: InterfaceLimits,
    },
    /// A range per node whose mask is planned; the plugin takes this many addresses of it for itself.
    NodeRange {
        /// Addresses of the range that no pod gets.
        taken: Known<i64>,
    },
    /// Blocks of a pool that all nodes share.
    Pool {
        /// Addresses in the pool.
        addresses: Known<i64>,
    },
    /// Not planned: the plugin is not one whose addresses are known here.
    Elsewhere,
}

/// A machine's interfaces, as far as they are the plugin's.
#[derive(Clone, Debug)]
pub struct InterfaceLimits {
    /// Interfaces that pods' addresses may lie on.
    pub count: Known<i64>,
    /// Addresses or prefixes of one, its own address not counted.
    pub each: Known<i64>,
    /// Whether they hold prefixes, and where that is stated.
    pub prefixes: Option<Known<bool>>,
    /// Whether pods use other subnets than the node.
    pub custom: Option<Known<bool>>,
}

/// The AWS VPC CNI's addresses; `None` when a needed fact is missing, which is reported.
pub(super) fn interfaces(
    spec: &Spec,
    name: &str,
    at: &At<Class>,
    instance: Option<&Instance>,
    findings: &mut Vec<Finding>,
) -> Option<Addresses> {
    let network = &at.value.hardware.network;
    let catalogued = |value: Option<i64>, column: &str| {
        let (instance, stated) = (instance?, at.value.instance_type.as_ref()?);
        Some(Known::fact(value?, format!("aws/{}/{column}", instance.name)).and(Cause::Spec(stated.path.to_string())))
    };
    let enis = network.enis.as_ref().map(Known::spec).or_else(|| catalogued(instance.and_then(|i| i.enis), "enis"));
    let ips = network.ipv4_per_eni.as_ref().map(Known::spec);
    let ips = ips.or_else(|| catalogued(instance.and_then(|i| i.ipv4_per_eni), "ipv4-per-eni"));
    let (Some(enis), Some(ips)) = (enis, ips) else {
        let message = format!("node class `{name}` uses the AWS VPC CNI, but its interfaces are not known");
        let finding = Finding::error("eni-unknown", message)
            .at(&spec.key_place(at), "this class")
            .help("add `enis` and `ipv4-per-eni` to its `hardware.network`, or name an `instance-type` that the catalogue knows");
        findings.push(finding);
        return None;
    };
    let prefix = network.prefix_delegation.as_ref().filter(|p| p.value);
    if let (Some(prefix), Some(instance)) = (prefix, instance)
        && !matches!(instance.hypervisor, Some("nitro"))
    {
        let what = instance.hypervisor.unwrap_or("an unknown hypervisor");
        let message = format!("{} runs on {what}, and prefix delegation needs Nitro", instance.name);
        findings.push(Finding::error("prefix-delegation-nitro", message).at(&spec.place(prefix), "not possible here"));
    }
    let custom = network.custom_networking.as_ref().filter(|c| c.value);
    let reserved = network.reserved_enis.as_ref();
    let lost = i64::from(custom.is_some()) + reserved.map_or(0, |r| r.value);
    if lost >= enis.value {
        let message = format!("no interface of node class `{name}` is left for pods: {} − {lost}", enis.value);
        let place = reserved.map_or_else(|| spec.key_place(at), |r| spec.place(r));
        findings.push(Finding::error("eni-none-left", message).at(&place, "takes the last one"));
        return None;
    }
    let each = if prefix.is_some() { Known::limit("aws-prefix-addresses") } else { enis.map(|_| 1) };
    // aws-node and kube-proxy use the node's own address.
    let host = Known::limit("aws-host-network-pods");
    let left = if lost == 0 { enis.value.to_string() } else { format!("({} − {lost})", enis.value) };
    let times = if prefix.is_some() { format!(" × {}", each.value) } else { String::new() };
    let arithmetic = format!("{left} interfaces × ({} − 1){times} + {}", ips.value, host.value);
    let of = Interfaces { most: enis.value, unused: lost, each: (ips.value - 1) * each.value, host: host.value };
    let pods = enis.join(&ips, |e, i| (e - lost) * (i - 1));
    let mut pods = pods.join(&each, |p, each| p * each).join(&host, |p, host| p + host);
    let paths = [prefix.map(|p| &p.path), custom.map(|c| &c.path), reserved.map(|r| &r.path)];
    for path in paths.into_iter().flatten() {
        pods = pods.and(Cause::Spec(path.to_string()));
    }
    let limits = InterfaceLimits {
        count: enis.map(|e| e - lost),
        each: ips.map(|i| i - 1),
        prefixes: prefix.map(Known::spec),
        custom: custom.map(Known::spec),
    };
    Some(Addresses::Interfaces { pods, arithmetic, of, limits })
}

/// What is said of an instance type that the catalogue does not have.
pub(super) fn unknown_instance(typed: &str, place: &Place) -> Finding {
    let message = format!("unknown instance type `{typed}`");
    let (count, (date, _)) = (instance_names().count(), instance_dates());
    let family = typed.split('.').next().unwrap_or(typed);
    let close = crate::diag::nearest(typed, instance_names());
    let same: Vec<&str> = instance_names().filter(|n| n.split('.').next() == Some(family)).take(6).collect();
    let help = match close {
        Some(close) => format!("did you mean `{close}`?"),
        None if !same.is_empty() => format!("of that family it knows {}", same.join(", ")),
        None => "describe the machine under `hardware` instead".into(),
    };
    Finding::error("instance-type-unknown", message)
        .at(place, "not in the catalogue")
        .note(format!("the catalogue `catalog/aws/instances.tsv` is dated {date} and holds {count} types"))
        .help(help)
        .help("if the type is newer than the catalogue, describe the machine under `hardware`")
}
