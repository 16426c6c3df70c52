//! The container runtime: one cgroup driver for it and the kubelet, and as many downloads as there are pulls.

use super::Host;
use crate::because;
use crate::catalog::{self, containerd_schema, containerd_table, runtime_feature};
use crate::diag::{Finding, Place};
use crate::facts::{Allowed, Cause, Known};
use crate::quantity::Minor;
use crate::rules::{Draft, Origin, Rule};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&DRIVER, &DOWNLOADS];

/// One cgroup driver.
static DRIVER: Rule = Rule {
    id: "cgroup-driver",
    why: "kubelet and runtime must have cgroups made by the same hand, or pods do not start; a kubelet that asks the runtime takes its answer",
    source: "kubernetes/kubernetes cmd/kubelet/app/server.go getCgroupDriverFromCRI; kubernetes/website setup/production-environment/container-runtimes",
};
/// Downloads for parallel pulls.
static DOWNLOADS: Rule = Rule {
    id: "containerd-downloads",
    why: "where all pulls share one limit of downloads, pulls that run at once need a download each, or they wait for each other",
    source: "containerd/containerd core/transfer/local/transfer.go NewTransferService",
};

const KUBELET: &str = "kubelet/cgroupDriver";
const CONTAINERD: &str = "containerd/SystemdCgroup";
const CRIO: &str = "crio/cgroup_manager";
const CONMON: &str = "crio/conmon_cgroup";
const DOWNLOAD: &str = "containerd/max_concurrent_downloads";
const PARALLEL: &str = "kubelet/maxParallelImagePulls";
/// The feature by which all pulls share one limit of downloads.
const SHARED: &str = "containerd-shared-downloads";

/// Sets the runtime's file, and the kubelet's side of what both must say.
pub(super) fn decide(host: &Host<'_>, draft: &mut Draft<'_>, findings: &mut Vec<Finding>) {
    let containerd = host.class.runtime.value == "containerd";
    let schema = schema(host).filter(|_| containerd);
    unused(host, containerd, schema.is_some(), findings);
    driver(host, draft, schema, findings);
    if let Some((version, _)) = schema {
        downloads(host, draft, version);
        local(host, version, findings);
    }
}

/// containerd's minor and what it rests on, where its file can be written.
fn schema<'h>(host: &'h Host<'_>) -> Option<(Minor, &'h Known<crate::quantity::Version>)> {
    let known = host.class.runtime_version.as_ref()?;
    containerd_schema(known.value.minor).map(|_| (known.value.minor, known))
}

/// Pins of a runtime that the class does not run, or whose file cannot be written.
fn unused(host: &Host<'_>, containerd: bool, written: bool, findings: &mut Vec<Finding>) {
    let own = if containerd { "containerd/" } else { "crio/" };
    let runtime = &host.class.runtime.value;
    for (name, pin) in &host.class.pins {
        let place = host.class.pin_place(pin);
        if ["containerd/", "crio/"].iter().any(|c| name.starts_with(c) && *c != own) {
            let message = format!("`{name}` is pinned, and node class `{}` runs {runtime}", host.class.name);
            findings.push(Finding::error("runtime-other", message).at(&place, "would have no effect"));
        } else if containerd && !written && name.starts_with(own) {
            findings.push(unknown(host, &place, format!("`{name}` is pinned, and no file is written for it")));
        }
    }
}

/// That containerd's file cannot be written without its version.
fn unknown(host: &Host<'_>, place: &Place, message: String) -> Finding {
    let least = catalog::runtime_features().next().map_or("", |f| f.since());
    let finding = Finding::warning("runtime-version-unknown", message).at(place, "stated here");
    match &host.class.runtime_version {
        Some(known) => finding
            .note(format!("the catalogue knows the file of containerd {least} and newer, not of {}", known.value)),
        None => finding
            .note("where a setting stands in containerd's file depends on its version")
            .help("add `version` to the class's `runtime`"),
    }
}

/// What somebody insists on for the driver: where, and which.
fn insisted(host: &Host<'_>) -> Vec<(&'static str, String)> {
    let exact = |name: &str| match &host.class.pins.get(name)?.allowed {
        Allowed::Exactly(value) => Some(value.clone()),
        _ => None,
    };
    let word = |value: Json| match value {
        Json::Bool(true) => "systemd".to_string(),
        Json::Bool(false) => "cgroupfs".to_string(),
        value => value.as_str().unwrap_or_default().to_string(),
    };
    let runtime = if host.class.runtime.value == "containerd" { CONTAINERD } else { CRIO };
    [KUBELET, runtime].into_iter().filter_map(|name| Some((name, word(exact(name)?)))).collect()
}

/// Decides the driver once, and says it to kubelet and runtime, or to neither where the runtime's file is not written.
fn driver(
    host: &Host<'_>,
    draft: &mut Draft<'_>,
    schema: Option<(Minor, &Known<crate::quantity::Version>)>,
    findings: &mut Vec<Finding>,
) {
    let insisted = insisted(host);
    if let [(first, a), (second, b)] = insisted.as_slice()
        && a != b
        && let (Some(here), Some(there)) = (host.pin_place(second), host.pin_place(first))
    {
        let message =
            format!("{}: the kubelet's cgroup driver is pinned to {a}, the runtime's to {b}", host.class.name);
        findings.push(
            Finding::error("cgroup-driver", message)
                .at(&here, format!("the runtime: {b}"))
                .clash(&there, format!("the kubelet: {a}"))
                .note(format!("{} ({})", DRIVER.why, DRIVER.source)),
        );
        return;
    }
    let base = host.class.stated("cgroupDriver");
    let opinion = catalog::opinion("host/cgroup-driver").and_then(|o| o.value.as_str()).unwrap_or_default();
    let (word, mut causes) = match (insisted.first(), &base) {
        (Some((name, word)), _) => (word.clone(), vec![Cause::Spec(path(host, name))]),
        (None, Some(base)) => (base.value.as_str().unwrap_or_default().to_string(), because![base]),
        (None, None) => (opinion.to_string(), vec![Cause::Fact("opinion/host/cgroup-driver".into())]),
    };
    let crio = host.class.runtime.value == "crio";
    let name = if crio { CRIO } else { CONTAINERD };
    causes.extend(host.class.runtime.causes().cloned());
    if !host.settable(name) || !host.settable(KUBELET) {
        return;
    }
    if !crio && schema.is_none() {
        silent(host, &word, findings);
        return;
    }
    causes.extend(schema.iter().flat_map(|(_, known)| known.causes().cloned()));
    let kept = host.result.values.get(KUBELET).is_some_and(|v| v.value == word.as_str());
    if !kept {
        draft.set(KUBELET, word.as_str(), Origin::Derived, &DRIVER).reason(said(&word)).because(causes.clone());
    }
    let value = if crio { Json::from(word.as_str()) } else { Json::Bool(word == "systemd") };
    draft
        .set(name, value, Origin::Derived, &DRIVER)
        .reason("the kubelet's cgroupDriver says the same")
        .because(causes.iter().cloned().chain([Cause::Value(KUBELET.into())]));
    if crio && word == "cgroupfs" {
        let reason = "with cgroupfs the monitor runs in the pod's own cgroup; CRI-O refuses a slice";
        draft.set(CONMON, "pod", Origin::Derived, &DRIVER).reason(reason).because([Cause::Value(CRIO.into())]);
    }
}

fn said(word: &str) -> &'static str {
    if word == "systemd" {
        "systemd is the first process, and the runtime is told the same"
    } else {
        "the runtime is told the same"
    }
}

fn path(host: &Host<'_>, name: &str) -> String {
    host.class.pins.get(name).map_or_else(String::new, |p| p.at.path.to_string())
}

/// The kubelet is told something other than containerd's default, and containerd's file is not written.
fn silent(host: &Host<'_>, word: &str, findings: &mut Vec<Finding>) {
    let kubelet = host.result.values.contains_key(KUBELET);
    let ours =
        catalog::find(CONTAINERD).and_then(|f| f.default_in(host.class.minor())) == Some(Json::Bool(word == "systemd"));
    if kubelet && !ours {
        let place = host.pin_place(KUBELET).unwrap_or_else(|| host.class.place.clone());
        let message =
            format!("{}: the kubelet's cgroup driver is {word}, and no file says so to containerd", host.class.name);
        let finding = unknown(host, &place, message);
        findings.push(Finding { severity: crate::diag::Severity::Advice, ..finding });
    }
}

/// A download for each pull, where all share the limit.
fn downloads(host: &Host<'_>, draft: &mut Draft<'_>, version: Minor) {
    let Some(pulls) = host.result.values.get(PARALLEL).and_then(|v| v.value.as_i64()) else { return };
    let serial = host.get("kubelet/serializeImagePulls") == Json::Bool(true);
    let own = draft.default_of(DOWNLOAD).as_i64().unwrap_or(0);
    if serial || pulls <= own || !host.settable(DOWNLOAD) || !runtime_feature(SHARED).is_some_and(|f| f.holds(version))
    {
        return;
    }
    let reason = format!("{pulls} pulls at once share the downloads, and {own} is containerd's own");
    let mut causes = vec![Cause::Value(PARALLEL.into()), Cause::Fact(format!("runtime/{SHARED}"))];
    causes.extend(host.class.runtime_version.iter().flat_map(|k| k.causes().cloned()));
    draft.set(DOWNLOAD, pulls, Origin::Derived, &DOWNLOADS).reason(reason).because(causes);
}

/// A pin that makes containerd pull without the service whose limit is set above.
fn local(host: &Host<'_>, version: Minor, findings: &mut Vec<Finding>) {
    let name = "containerd/discard_unpacked_layers";
    let shared = runtime_feature(SHARED).is_some_and(|f| f.holds(version));
    let Some(pin) = host.class.pins.get(name).filter(|p| shared && p.allows(&true.into())) else { return };
    let table = containerd_table("discard_unpacked_layers", version).map_or_else(String::new, |t| t.join("."));
    findings.push(
        Finding::advice("containerd-local-pull", format!("{}: containerd {version} pulls without its transfer service", host.class.name))
            .at(&host.class.pin_place(pin), "that service does not have this")
            .note(format!("with {table}.discard_unpacked_layers it pulls as before 2.1, and the transfer service's limit of downloads counts no more"))
            .help("leave the pin out, unless the disk is worth more than the pulls"),
    );
}
