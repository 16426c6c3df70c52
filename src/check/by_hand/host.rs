//! What services of the host and network plugins ask of Kubernetes' components: CPU affinity, kube-proxy beside Cilium.

use super::Find;
use super::cluster::whole;
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::expression::{Settings, Val};
use crate::check::report;
use crate::check::scene::At;
use crate::diag::{Finding, Place};
use crate::quantity::CpuSet;
use std::sync::Arc;

pub(super) const FIND: &[(&str, Find)] = &[
    ("affinity-outside-reserved", services),
    ("affinity-holds-containers", containers),
    ("proxy-beside-cilium", proxy),
    ("cilium-translations-beyond-connections", translations),
];

const RESERVED: &str = "kubelet/reservedSystemCPUs";
const MANAGER: &str = "systemd/system.conf.CPUAffinity";
const RUNTIMES: [&str; 2] = ["systemd/containerd.service.CPUAffinity", "systemd/crio.service.CPUAffinity"];

/// CPUs of a list of ranges; systemd takes spaces for commas.
fn cpus(at: &At<'_>, name: &str) -> Option<CpuSet> {
    let value = at.json(name).filter(|_| at.stated(name))?;
    let words: Vec<&str> = value.as_str()?.split([' ', ',', '\t']).filter(|w| !w.is_empty()).collect();
    CpuSet::parse(&words.join(",")).ok().filter(|set| !set.is_empty())
}

fn services(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let (Some(reserved), Some(services)) = (cpus(at, RESERVED), cpus(at, MANAGER)) else { return };
    if let Some(cpu) = services.0.difference(&reserved.0).next() {
        let says = format!("services of the host may run on CPU {cpu}, and the reserved CPUs are {reserved}");
        out.push(report::finding(at, constraint, &says, &[MANAGER.to_string(), RESERVED.to_string()]));
    }
}

fn containers(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(reserved) = cpus(at, RESERVED) else { return };
    for name in RUNTIMES {
        if let Some(runtime) = cpus(at, name).filter(|set| set.0.is_subset(&reserved.0)) {
            let unit = name.trim_start_matches("systemd/").split('.').next().unwrap_or(name);
            let says = format!("{unit} runs on CPUs {runtime}, all of which are kept back from pods: {reserved}");
            out.push(report::finding(at, constraint, &says, &[name.to_string(), RESERVED.to_string()]));
        }
    }
}

const REPLACES: &str = "cni/cilium.kubeProxyReplacement";

fn proxy(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(proxy) = at.scene.parts.get("kube-proxy") else { return };
    if at.value(REPLACES) == Some(Val::Text("true".into())) && at.stated(REPLACES) {
        let says = "Cilium does kube-proxy's work, and there is a configuration of kube-proxy";
        let finding = report::finding(at, constraint, says, &[REPLACES.to_string()]);
        let stated = proxy.stated.values().next().map(report::place);
        let file = || proxy.paths.first().map(|path| Place::new(&Arc::from(path.as_str()), 0..0));
        let place = stated.or_else(file);
        out.push(place.into_iter().fold(finding, |finding, place| report::beside(finding, &place, "kube-proxy's")));
    }
}

const TABLES: [&str; 3] = ["cni/cilium.bpf.natMax", "cni/cilium.bpf.ctTcpMax", "cni/cilium.bpf.ctAnyMax"];

fn translations(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let [Some(translations), Some(tcp), Some(any)] = TABLES.map(|name| whole(at, name).filter(|_| at.stated(name)))
    else {
        return;
    };
    // A plan says so itself.
    let is_file = at.scene.parts.get("cni").is_some_and(|cni| !cni.paths.is_empty());
    let is_default = translations == catalog::cilium().translations_default;
    if is_file && !is_default && translations > tcp.saturating_add(any) {
        let says = format!(
            "Cilium's table of translations has {translations} entries, and its tables of connections {}: {tcp} + {any}",
            tcp.saturating_add(any)
        );
        out.push(report::finding(at, constraint, &says, &TABLES.map(ToString::to_string)));
    }
}
