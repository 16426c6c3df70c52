//! The cluster as meant: platform, network plugin, ranges, totals.

use super::audit::AuditFacts;
use super::autoscaling::Autoscaling;
use super::class::ClassFacts;
use super::etcd::{self, EtcdFacts};
use super::goals::Goals;
use super::known::{Cause, Known, stated_or};
use super::load::LoadFacts;
use super::network::{self, NetworkFacts};
use super::pins::{self, Pinned};
use crate::catalog::{self, Platform};
use crate::diag::Finding;
use crate::quantity::{Minor, Version};
use crate::spec::{self, Spec};
use ipnet::IpNet;
use std::collections::BTreeMap;

/// The cluster.
#[derive(Clone, Debug)]
pub struct ClusterFacts {
    /// Goals that classes may name.
    pub goals: Goals,
    /// Name.
    pub name: String,
    /// Control-plane version.
    pub version: Known<Version>,
    /// Platform name.
    pub platform: Known<String>,
    /// What the platform brings.
    pub platform_facts: &'static Platform,
    /// Network plugin.
    pub cni: Known<String>,
    /// Pod ranges.
    pub pod_cidrs: Vec<Known<IpNet>>,
    /// Service ranges.
    pub service_cidrs: Vec<Known<IpNet>>,
    /// Services.
    pub services: Known<i64>,
    /// Endpoints.
    pub endpoints: Known<i64>,
    /// Whether each class has a kube-proxy of its own.
    pub proxy_per_class: Option<Known<bool>>,
    /// The network between pods, and DNS.
    pub network: NetworkFacts,
    /// The control plane, when it is stated and the user's.
    pub control_plane: Option<ControlPlaneFacts>,
    /// What scales workloads and nodes.
    pub autoscaling: Autoscaling,
    /// What happens in the cluster.
    pub load: LoadFacts,
    /// Nodes of all classes.
    pub nodes: Known<i64>,
    /// Pins.
    pub pins: BTreeMap<String, Pinned>,
    /// Hash of the spec.
    pub spec_sha256: String,
}

/// The control plane.
#[derive(Clone, Debug)]
pub struct ControlPlaneFacts {
    /// The audit log of the API servers, when stated.
    pub audit: Option<AuditFacts>,
    /// What stands before several API servers, when stated.
    pub load_balancer: Option<Known<String>>,
    /// Secrets.
    pub secrets: Known<i64>,
    /// Config maps.
    pub config_maps: Known<i64>,
    /// Custom resources: how many, and bytes of one.
    pub custom: BTreeMap<String, (Known<i64>, Known<i64>)>,
    /// Writes beyond those of nodes and pods.
    pub writes_per_second: Known<i64>,
    /// etcd's surroundings.
    pub etcd: EtcdFacts,
    /// etcd version, when stated.
    pub etcd_version: Option<Known<Version>>,
}

/// Reads the cluster.
pub(super) fn cluster(spec: &Spec, goals: Goals, findings: &mut Vec<Finding>) -> ClusterFacts {
    let stated = &spec.cluster;
    let text = |v: &serde_json::Value| v.as_str().map(ToString::to_string);
    let platform = stated_or(stated.platform.as_ref(), "platform", text)
        .unwrap_or_else(|| Known::fact("self-managed".into(), "unstated/platform"));
    // Every word the shape accepts has an entry; a test holds them together.
    let platform_facts = catalog::platform(&platform.value).unwrap_or_else(catalog::self_managed);
    let cni = match (&stated.cni, &platform_facts.cni) {
        (Some(at), _) => Known::spec(at),
        (None, Some(cni)) => platform
            .map(|p| (cni.clone(), p.clone()))
            .map(|(c, _)| c.clone())
            .and(Cause::Fact(format!("platform/{}", platform.value))),
        (None, None) => {
            let place = spec.place(&stated.name);
            let finding = Finding::error("cni-unknown", "the spec does not say which network plugin the cluster has")
                .at(&place, "this cluster")
                .note("the plugin decides how many pod addresses a node has")
                .help("add `cni` to `[cluster]`: aws-vpc, calico, cilium, flannel or other");
            findings.push(finding);
            Known::fact("other".into(), "unstated/platform")
        }
    };
    let etcd_version = spec.control_plane.as_ref().and_then(|c| c.value.etcd.version.as_ref());
    if let Some(at) = etcd_version.filter(|at| !catalog::covers(at.value.minor, true)) {
        let versions = catalog::versions();
        let message = format!(
            "etcd {} is not in the catalogue, which knows {} to {}",
            at.value, versions.etcd_oldest, versions.etcd_newest
        );
        findings.push(Finding::error("version-unknown", message).at(&spec.place(at), "not in the catalogue"));
    }
    mask_flags(spec, findings);
    if stated.pod_cidrs.is_empty() && platform_facts.control_plane && cni.value != "aws-vpc" {
        let finding = Finding::advice(
            "pod-cidrs-unknown",
            "the spec states no pod range, so node ranges and their mask are not planned",
        )
        .at(&spec.place(&stated.name), "this cluster")
        .note("a node's range is taken to be upstream's /24 where the plugin has one")
        .help("add `pod-cidrs` to `[cluster]`");
        findings.push(finding);
    }
    let minor = stated.kubernetes.value.minor;
    ClusterFacts {
        goals,
        name: stated.name.value.clone(),
        version: Known::spec(&stated.kubernetes),
        control_plane: control_plane(spec, &platform, platform_facts, findings),
        load: LoadFacts::of(spec.control_plane.as_ref().map(|c| &c.value)),
        pins: pins::pins(
            spec,
            &spec.pins,
            pins::Table::Cluster(stated.kube_proxy_per_class.as_ref().is_some_and(|p| p.value)),
            minor,
            etcd_version.map(|v| v.value.minor),
            findings,
        ),
        network: network::network(spec, &cni.value, platform_facts, findings),
        platform,
        platform_facts,
        cni,
        pod_cidrs: stated.pod_cidrs.iter().map(Known::spec).collect(),
        service_cidrs: stated.service_cidrs.iter().map(Known::spec).collect(),
        services: number(stated.services.as_ref(), "services"),
        endpoints: number(stated.endpoints.as_ref(), "endpoints"),
        proxy_per_class: stated.kube_proxy_per_class.as_ref().filter(|p| p.value).map(Known::spec),
        autoscaling: Autoscaling::stated(spec),
        nodes: Known::spec(&stated.name.with(0)),
        spec_sha256: spec.sha256.clone(),
    }
}

/// Single-stack clusters have one mask flag, dual-stack ones a flag per family; upstream refuses the other.
fn mask_flags(spec: &Spec, findings: &mut Vec<Finding>) {
    let dual = spec.cluster.pod_cidrs.len() == 2;
    let single = "kube-controller-manager/node-cidr-mask-size";
    for (name, at) in &spec.pins {
        let per_family = name.strip_prefix(single).is_some_and(|rest| rest.starts_with("-ipv"));
        let message = match (dual, name == single, per_family) {
            (true, true, _) => format!("`{name}` is for one address family, and the cluster has two"),
            (false, _, true) => format!("`{name}` is for clusters with two address families"),
            _ => continue,
        };
        let help =
            if dual { "pin `-ipv4` and `-ipv6` apart" } else { "pin `kube-controller-manager/node-cidr-mask-size`" };
        findings.push(
            Finding::error("pin-wrong-stack", message)
                .at(&spec.key_place(at), "the controller-manager refuses it")
                .help(help),
        );
    }
}

fn number(stated: Option<&spec::At<i64>>, key: &str) -> Known<i64> {
    stated_or(stated, key, serde_json::Value::as_i64).unwrap_or_else(|| Known::fact(0, format!("unstated/{key}")))
}

fn control_plane(
    spec: &Spec,
    platform: &Known<String>,
    facts: &Platform,
    findings: &mut Vec<Finding>,
) -> Option<ControlPlaneFacts> {
    let at = spec.control_plane.as_ref()?;
    if !facts.control_plane {
        let message = format!("`[control-plane]` cannot be planned on {}", platform.value);
        let mut finding = Finding::error("control-plane-not-yours", message)
            .at(&spec.key_place(at), "nothing here would have an effect")
            .note(facts.control_plane_reason.clone())
            .help("remove `[control-plane]`");
        if let Some(stated) = &spec.cluster.platform {
            finding = finding.clash(&spec.place(stated), "the platform");
        }
        findings.push(finding);
        return None;
    }
    let stated = &at.value;
    if let Some(named) = &stated.node_class
        && let Some(class) = spec.classes.get(&named.value)
        && class.value.role.as_ref().is_none_or(|r| r.value != "control-plane")
    {
        let finding = Finding::error(
            "control-plane-role",
            format!("node class `{}` does not have the role `control-plane`", named.value),
        )
        .at(&spec.place(named), "named as the control plane's class")
        .clash(&spec.key_place(class), "its role is another")
        .help(format!("add `role = \"control-plane\"` to `[node-class.{}]`", named.value));
        findings.push(finding);
    }
    Some(ControlPlaneFacts {
        audit: stated.audit.as_ref().map(|audit| AuditFacts::of(spec, audit)),
        load_balancer: stated.load_balancer.as_ref().map(Known::spec),
        secrets: number(stated.secrets.as_ref(), "secrets"),
        config_maps: number(stated.config_maps.as_ref(), "config-maps"),
        custom: stated
            .custom
            .iter()
            .map(|c| (c.name.value.clone(), (Known::spec(&c.count), Known::spec(&c.size).map(|b| b.0))))
            .collect(),
        writes_per_second: number(stated.writes_per_second.as_ref(), "writes-per-second"),
        etcd: etcd::etcd(spec, findings)?,
        etcd_version: stated.etcd.version.as_ref().map(Known::spec),
    })
}

impl ClusterFacts {
    /// The cluster with what its classes add up to.
    #[must_use]
    pub(super) fn with_totals(mut self, classes: &BTreeMap<String, ClassFacts>) -> Self {
        let sum = classes.values().map(|c| c.count.value).fold(0, i64::saturating_add);
        // One path for all counts: a fleet of ten thousand classes would repeat it in every value that rests on the nodes.
        self.nodes = Known::caused(sum, Cause::Spec("node-class.*.count".into()));
        self
    }

    /// Addresses of one of Calico's blocks: as stated or pinned, upstream's own, or fewer where nodes are too many for that.
    #[must_use]
    pub fn block(&self) -> Known<i64> {
        let of = |bits: &i64| 1_i64 << (32 - bits).clamp(0, 12);
        let pinned = self.pins.get("cni/calico.blockSize").and_then(|p| Some(Known::spec(&p.at.with(p.bounds().1?))));
        if let Some(stated) = pinned.as_ref().or(self.network.block_size.as_ref()) {
            return stated.map(of);
        }
        let own = Known::limit("calico-block-bits");
        let Some(ipnet::IpNet::V4(net)) = self.pod_cidrs.first().map(|n| n.value) else { return own.map(of) };
        let each = (1_i64 << (32 - net.prefix_len())) / self.nodes.value.max(1);
        if each >= of(&own.value) {
            return own.map(of);
        }
        // A power of two of addresses for every node; with none at all the pool is too small, which is told elsewhere.
        let fewer = if each < 1 { 1 } else { 1 << (63 - each.leading_zeros()) };
        own.join(&self.nodes, |_, _| fewer)
    }

    /// Control-plane minor.
    #[must_use]
    pub fn minor(&self) -> Minor {
        self.version.value.minor
    }
}
