//! Enforcement: whom the reservations bind, the slices that they are put on, and what protects the host where they do not.

use crate::because;
use crate::catalog;
use crate::check;
use crate::diag::Finding;
use crate::facts::{Cause, ClassFacts, ClusterFacts, Known};
use crate::quantity::Bytes;
use crate::rules::{Draft, Origin, Rule};
use serde_json::{Value as Json, json};

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&ENFORCE, &CGROUP, &SLICE, &PROTECT];

/// Who is held to the reservations.
pub static ENFORCE: Rule = Rule {
    id: "enforcement",
    why: "pods are held to what reservations leave; daemons can be held to what is reserved for them, and then do not get more even where memory is free",
    source: "kubernetes/kubernetes pkg/kubelet/cm/node_container_manager_linux.go enforceNodeAllocatableCgroups",
};
/// What they are held on.
pub static CGROUP: Rule = Rule {
    id: "enforcement-cgroup",
    why: "a reservation is enforced on a cgroup that exists before the kubelet starts; it makes none itself and exits without",
    source: "kubernetes/kubernetes pkg/kubelet/cm/node_container_manager_linux.go enforceExistingCgroup",
};
/// Daemons in their slice.
pub static SLICE: Rule = Rule {
    id: "enforcement-slice",
    why: "kubelet and runtime must run in the slice that is theirs, or its limits bind nobody",
    source: "systemd systemd.resource-control(5), Slice=",
};
/// Memory that pods cannot take.
pub static PROTECT: Rule = Rule {
    id: "host-memory-protection",
    why: "where daemons have no limit of their own, memory.min keeps what is reserved for them from being reclaimed for pods",
    source: "systemd systemd.resource-control(5), MemoryMin=; torvalds/linux Documentation/admin-guide/cgroup-v2.rst, memory.min",
};

/// The constraint that reserved CPUs and cgroups exclude each other.
const EXCLUDES: &str = "reserved-cpus-with-cgroup";
const LIST: &str = "kubelet/enforceNodeAllocatable";
const SYSTEM: &str = "system.slice";
const KUBE: &str = "kube.slice";

/// Sets what the class's `enforce` asks for. Needs reservations, and what was pinned and carried.
pub fn decide(facts: &ClassFacts, cluster: &ClusterFacts, draft: &mut Draft<'_>, findings: &mut Vec<Finding>) {
    names(facts, draft, findings);
    let Some((enforce, place)) = &facts.enforce else { return };
    let at = |finding: Finding, why: &str, source: &str| {
        finding.at(place, "asked for here").note(format!("{why} ({source})"))
    };
    let refuse = |finding: Finding, note: &Rule| at(finding, note.why, note.source);
    let name = &facts.name;
    let words: &[&str] = match enforce.value.as_str() {
        "compressible" => &["pods", "system-reserved-compressible", "kube-reserved-compressible"],
        "all" => &["pods", "system-reserved", "kube-reserved"],
        _ => &["pods"],
    };
    let known = catalog::setting(LIST).and_then(|t| t.words_in(facts.minor())).unwrap_or_default();
    if let Some(word) = words.iter().find(|w| !known.contains(&Json::from(**w))) {
        let message = format!("{name}: kubelet {} cannot enforce {word}", facts.minor());
        let finding = Finding::error("enforce-version", message);
        findings.push(refuse(finding, &ENFORCE).help("enforce `pods` or `all`, or plan a newer kubelet"));
        return;
    }
    let daemons = words.len() > 1;
    let cpus = draft.get("kubelet/reservedSystemCPUs").and_then(Json::as_str).filter(|c| daemons && !c.is_empty());
    if let Some(cpus) = cpus {
        let message = format!("{name}: `{}` names cgroups, and CPUs {cpus} are reserved by number", enforce.value);
        let finding = Finding::error("enforce-reserved-cpus", message);
        let upstream =
            check::constraint(EXCLUDES, facts.minor()).map_or(("", ""), |c| (c.why.as_str(), c.source.as_str()));
        findings.push(at(finding, upstream.0, upstream.1).help("enforce `pods`"));
        return;
    }
    if daemons && !cluster.platform_facts.settable("systemd/kubelet.service.Slice") {
        let message =
            format!("{name}: {} keeps its hosts to itself, so no slice can be made there", cluster.platform.value);
        let finding = Finding::error("enforce-platform", message);
        findings.push(refuse(finding, &CGROUP).help("enforce `pods`"));
        return;
    }
    let causes = because![enforce, facts.version];
    draft.set(LIST, json!(words), Origin::Derived, &ENFORCE).reason(outcome(&enforce.value)).because(causes);
    if daemons {
        slices(facts, enforce, draft);
    }
    if enforce.value == "all" {
        limited(facts, draft, place, findings);
    } else if facts.cgroup.value != 1 && cluster.platform_facts.settable("systemd/system.slice.MemoryMin") {
        protect(facts, enforce, draft, daemons);
    }
}

/// Whether a text names a slice: systemd's characters of a unit name, so that it can be a file's name as well.
fn is_slice(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.');
    text.strip_suffix(".slice")
        .is_some_and(|name| !name.is_empty() && !name.starts_with('.') && name.chars().all(plain))
}

/// Refuses pins that move a service into what is no slice.
fn names(facts: &ClassFacts, draft: &Draft<'_>, findings: &mut Vec<Finding>) {
    let slices = draft.values.iter().filter(|(n, _)| n.starts_with("systemd/") && n.ends_with(".Slice"));
    for (name, value) in slices {
        let text = value.value.as_str().unwrap_or_default();
        if !is_slice(text) {
            let place = draft.pin(name).map_or_else(|| facts.place.clone(), |p| facts.pin_place(p));
            let message = format!("{}: `{name}` is `{text}`, which names no slice", facts.name);
            findings.push(
                Finding::error("slice-name", message)
                    .at(&place, "here")
                    .help("a slice is letters, digits and `-`, `_`, `:` or `.`, and ends in `.slice`"),
            );
        }
    }
}

/// What comes of it, in one line.
fn outcome(enforce: &str) -> &'static str {
    match enforce {
        "compressible" => {
            "pods are held to what is left; daemons get CPU by their reservation, and memory without a limit"
        }
        "all" => {
            "pods are held to what is left, and daemons to what is reserved for them: CPU by weight, memory and PIDs by limit"
        }
        _ => {
            "pods are held to what is left; daemons may take more than is reserved for them, and then pods are evicted"
        }
    }
}

/// Names the slices, and moves kubelet and runtime into theirs.
fn slices(facts: &ClassFacts, enforce: &Known<String>, draft: &mut Draft<'_>) {
    for (field, slice, what) in [
        ("systemReservedCgroup", SYSTEM, "systemd keeps the host's daemons there"),
        ("kubeReservedCgroup", KUBE, "the rendered unit makes it"),
    ] {
        let name = format!("kubelet/{field}");
        draft
            .set(&name, format!("/{slice}"), Origin::Derived, &CGROUP)
            .reason(what)
            .because(because![enforce; Cause::Value(LIST.into())]);
    }
    // A pinned cgroup is the user's own, and so is what runs in it.
    let own = draft.get("kubelet/kubeReservedCgroup").and_then(Json::as_str) == Some("/kube.slice");
    let runtime = format!("{}.service", facts.runtime.value);
    for unit in ["kubelet.service", runtime.as_str()].into_iter().filter(|_| own) {
        let causes = because![enforce, facts.runtime; Cause::Value("kubelet/kubeReservedCgroup".into())];
        draft
            .set(&format!("systemd/{unit}.Slice"), KUBE, Origin::Derived, &SLICE)
            .reason("what is reserved for it is enforced on this slice")
            .because(causes);
    }
}

fn reserved(draft: &Draft<'_>, field: &str) -> i64 {
    let text = draft.get(&format!("kubelet/{field}.memory")).and_then(Json::as_str);
    text.and_then(|t| Bytes::parse(t).ok()).map_or(0, |b| b.0)
}

/// Keeps what is reserved from being reclaimed for pods.
fn protect(facts: &ClassFacts, enforce: &Known<String>, draft: &mut Draft<'_>, apart: bool) {
    let (kube, system) = (reserved(draft, "kubeReserved"), reserved(draft, "systemReserved"));
    let parts: Vec<(&str, i64, Vec<&str>)> = if apart {
        vec![(SYSTEM, system, vec!["systemReserved"]), (KUBE, kube, vec!["kubeReserved"])]
    } else {
        // Nobody moved kubelet and runtime, so they are among the host's daemons.
        vec![(SYSTEM, kube + system, vec!["kubeReserved", "systemReserved"])]
    };
    for (slice, bytes, fields) in parts.into_iter().filter(|(_, bytes, _)| *bytes > 0) {
        let values = fields.iter().map(|f| format!("kubelet/{f}.memory")).filter(|n| draft.get(n).is_some());
        let causes: Vec<Cause> = values.map(Cause::Value).chain(because![enforce, facts.cgroup]).collect();
        draft
            .set(&format!("systemd/{slice}.MemoryMin"), Bytes(bytes).to_string(), Origin::Derived, &PROTECT)
            .reason(format!(
                "{} are not limited, and this much of their memory is not reclaimed for pods",
                fields.join(" and ")
            ))
            .because(causes);
    }
}

/// Says where the kernel kills once memory is limited.
fn limited(facts: &ClassFacts, draft: &Draft<'_>, place: &crate::diag::Place, findings: &mut Vec<Finding>) {
    let (kube, system) = (reserved(draft, "kubeReserved"), reserved(draft, "systemReserved"));
    let message = format!(
        "{}: the kernel kills kubelet or runtime beyond {}, and the host's daemons beyond {}",
        facts.name,
        Bytes(kube),
        Bytes(system)
    );
    findings.push(
        Finding::advice("enforce-memory", message)
            .at(place, "`all` limits memory")
            .note("both are what is reserved; a pod that is evicted in time costs less than a kubelet that is killed")
            .help("`compressible` limits nobody's memory"),
    );
}
