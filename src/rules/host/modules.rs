//! Kernel modules that the node loads when it starts, because nobody later can or in time does.

use super::Host;
use crate::facts::Cause;
use crate::rules::{Draft, Origin, Rule};

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&OF_SYSCTL, &OF_PROXY];

/// Modules that bring a sysctl.
static OF_SYSCTL: Rule = Rule {
    id: "host-module-sysctl",
    why: "a sysctl of a module exists only once that is loaded, and the file of sysctls is read when the node starts",
    source: "systemd sysctl.d(5) and modules-load.d(5)",
};
/// Modules of kube-proxy's mode.
static OF_PROXY: Rule = Rule {
    id: "host-module-proxy",
    why: "kube-proxy runs in a container, which may not load what its mode needs",
    source: "kubernetes/kubernetes pkg/util/ipvs/ipvs.go GetRequiredIPVSModules, while kube-proxy still asked for its modules; pkg/proxy/nftables/proxier.go",
};

const MODE: &str = "kube-proxy/mode";

/// Sets the modules.
pub(super) fn decide(host: &Host<'_>, draft: &mut Draft<'_>) {
    for (start, module) in [("net.bridge.", "br_netfilter"), ("net.netfilter.", "nf_conntrack")] {
        let first = draft.values.keys().find(|n| n.starts_with(&format!("sysctl/{start}"))).cloned();
        if let Some(first) = first {
            let reason = format!("it brings {}", first.trim_start_matches("sysctl/"));
            load(host, draft, module, (&OF_SYSCTL, &reason), vec![Cause::Value(first)]);
        }
    }
    if !host.has_proxy() {
        return;
    }
    let mode = host.get(MODE);
    let modules: &[&str] = match mode.as_str() {
        Some("ipvs") => &["ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh", "nf_conntrack"],
        Some("nftables") => &["nf_tables"],
        _ => &[],
    };
    for module in modules {
        let reason = format!("kube-proxy's mode is {}", mode.as_str().unwrap_or_default());
        load(host, draft, module, (&OF_PROXY, &reason), vec![host.cause(MODE)]);
    }
}

fn load(
    host: &Host<'_>,
    draft: &mut Draft<'_>,
    module: &str,
    (rule, reason): (&'static Rule, &str),
    causes: Vec<Cause>,
) {
    let name = format!("module/{module}");
    if host.settable(&name) && !draft.values.contains_key(&name) {
        draft.set(&name, true, Origin::Derived, rule).reason(reason).because(causes);
    }
}
