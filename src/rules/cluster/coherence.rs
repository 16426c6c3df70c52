//! Rules that upstream holds over the finished settings of the cluster's components: what a pin could still break.

use crate::catalog;
use crate::diag::{Finding, Place};
use crate::facts::Facts;
use crate::quantity::{GoDuration, Minor};
use crate::rules::{Rule, Values, gates};
use serde_json::Value as Json;
use std::sync::Arc;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&SYNC, &BACKOFF, &LEADER, &SIGNING, &ELECTION, &DETECT];

/// Sync periods.
static SYNC: Rule = Rule {
    id: "kube-proxy-sync-order",
    why: "minSyncPeriod must not be longer than syncPeriod, or kube-proxy does not start",
    source: "kubernetes/kubernetes pkg/proxy/apis/config/validation/validation.go",
};
/// Backoff.
static BACKOFF: Rule = Rule {
    id: "kube-scheduler-backoff-order",
    why: "podMaxBackoffSeconds must not be below podInitialBackoffSeconds, or the scheduler does not start",
    source: "kubernetes/kubernetes pkg/scheduler/apis/config/validation/validation.go",
};
/// Leader election.
static LEADER: Rule = Rule {
    id: "leader-election-order",
    why: "a lease must outlast the renewal deadline, and that 1.2 retry periods above zero, or the component does not start",
    source: "kubernetes/kubernetes staging/src/k8s.io/client-go/tools/leaderelection NewLeaderElector",
};
/// The name that a way of detecting local traffic goes by.
static DETECT: Rule = Rule {
    id: "kube-proxy-detect-local",
    why: "kube-proxy refuses to tell local traffic by a bridge or an interface prefix whose name is empty",
    source: "kubernetes/kubernetes pkg/proxy/apis/config/validation/validation.go",
};
/// Certificate and key.
static SIGNING: Rule = Rule {
    id: "kube-controller-manager-signing-pair",
    why: "a signer needs both its certificate and its key, or the controller-manager does not start",
    source: "kubernetes/kubernetes cmd/kube-controller-manager/app/certificates.go",
};
/// Heartbeat and election.
static ELECTION: Rule = Rule {
    id: "etcd-election-order",
    why: "etcd refuses an election timeout below five heartbeats or above 50 seconds",
    source: "etcd-io/etcd server/embed/config.go Validate",
};

/// The finished values of some components, with defaults behind them.
pub struct Effective<'a> {
    /// For places of pins.
    pub facts: &'a Facts,
    /// Planned values.
    pub values: &'a Values,
    /// Version whose defaults stand behind them.
    pub version: Minor,
}

impl Effective<'_> {
    fn get(&self, name: &str) -> Json {
        let planned = self.values.get(name).map(|v| v.value.clone());
        planned.or_else(|| catalog::find(name)?.default_in(self.version)).unwrap_or(Json::Null)
    }

    fn nanos(&self, name: &str) -> Option<i64> {
        GoDuration::parse(self.get(name).as_str()?).ok().map(|d| d.0)
    }

    fn broken(&self, rule: &'static Rule, message: String, names: &[&str]) -> Finding {
        let mut finding = Finding::error(rule.id, message).note(format!("{} ({})", rule.why, rule.source));
        let classes = self.facts.classes.values();
        let class_pins = classes.clone().flat_map(|c| c.pins.iter());
        let file = classes.map(|c| Arc::clone(&c.file)).next().unwrap_or_else(|| Arc::from(""));
        for (_, pinned) in self.facts.cluster.pins.iter().chain(class_pins).filter(|(n, _)| names.contains(&n.as_str()))
        {
            finding = finding.at(&Place::new(&file, pinned.at.span.clone()), "pinned here");
        }
        finding
    }
}

/// kube-proxy's rules.
pub fn proxy(e: &Effective<'_>) -> Vec<Finding> {
    let blocks = ["iptables", "ipvs", "nftables"];
    let broken = |block: &&str| {
        let (min, sync) = (format!("kube-proxy/{block}.minSyncPeriod"), format!("kube-proxy/{block}.syncPeriod"));
        let (least, most) = (e.nanos(&min)?, e.nanos(&sync)?);
        (least > most).then(|| {
            let message = format!(
                "kube-proxy's {block}.minSyncPeriod {} is longer than its syncPeriod {}",
                GoDuration(least),
                GoDuration(most)
            );
            e.broken(&SYNC, message, &[&min, &sync])
        })
    };
    let mut out: Vec<Finding> = blocks.iter().filter_map(broken).collect();
    let text = |name: &str| e.get(name).as_str().map(ToString::to_string).unwrap_or_default();
    let mode = "kube-proxy/detectLocalMode";
    for (word, field) in [("BridgeInterface", "bridgeInterface"), ("InterfaceNamePrefix", "interfaceNamePrefix")] {
        let name = format!("kube-proxy/detectLocal.{field}");
        if text(mode) == word && text(&name).is_empty() {
            out.push(e.broken(
                &DETECT,
                format!("detectLocalMode is {word}, and detectLocal.{field} is empty"),
                &[mode],
            ));
        }
    }
    for missing in gates::missing("kube-proxy", e.values, e.version) {
        let names: Vec<&str> = missing.names.iter().map(String::as_str).collect();
        out.push(e.broken(missing.rule, missing.message, &names));
    }
    out
}

/// Rules of scheduler, controller-manager and etcd.
pub fn control_plane(e: &Effective<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    let number = |name: &str| e.get(name).as_i64();
    let (first, last) = ("kube-scheduler/podInitialBackoffSeconds", "kube-scheduler/podMaxBackoffSeconds");
    if let (Some(initial), Some(most)) = (number(first), number(last))
        && most < initial
    {
        out.push(e.broken(
            &BACKOFF,
            format!("podMaxBackoffSeconds {most} is below podInitialBackoffSeconds {initial}"),
            &[first, last],
        ));
    }
    let names = |component: &str, sep: &str, words: [&str; 3]| words.map(|w| format!("{component}/{sep}{w}"));
    for [lease, renew, retry] in [
        names("kube-scheduler", "leaderElection.", ["leaseDuration", "renewDeadline", "retryPeriod"]),
        names("kube-controller-manager", "leader-elect-", ["lease-duration", "renew-deadline", "retry-period"]),
    ] {
        let (Some(a), Some(b), Some(c)) = (e.nanos(&lease), e.nanos(&renew), e.nanos(&retry)) else { continue };
        if c <= 0 || a <= b || i128::from(b) * 10 <= i128::from(c) * 12 {
            let message = format!(
                "{lease} {}, {renew} {}, {retry} {} are not in order",
                GoDuration(a),
                GoDuration(b),
                GoDuration(c)
            );
            out.push(e.broken(&LEADER, message, &[&lease, &renew, &retry]));
        }
    }
    for signer in ["kubelet-serving", "kubelet-client", "kube-apiserver-client", "legacy-unknown"] {
        let [cert, key] = ["cert", "key"].map(|w| format!("kube-controller-manager/cluster-signing-{signer}-{w}-file"));
        let set = |name: &str| e.get(name).as_str().is_some_and(|t| !t.is_empty());
        if set(&cert) != set(&key) {
            let (has, lacks) = if set(&cert) { (&cert, &key) } else { (&key, &cert) };
            out.push(e.broken(&SIGNING, format!("{has} is set, and {lacks} is not"), &[has]));
        }
    }
    let (heartbeat, election) = ("etcd/heartbeat-interval", "etcd/election-timeout");
    if let (Some(beat), Some(wait)) = (number(heartbeat), number(election))
        && e.values.contains_key(heartbeat)
        && (beat.saturating_mul(5) > wait || wait > catalog::limit_value("etcd-election-most"))
    {
        let message = format!("etcd's election timeout of {wait}ms does not fit a heartbeat of {beat}ms");
        out.push(e.broken(&ELECTION, message, &[heartbeat, election]));
    }
    out
}
