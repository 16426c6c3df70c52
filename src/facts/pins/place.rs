//! Whether a pinned tunable is there at all: in the catalogue, in this version, in this table of the spec, on this platform.

use super::Table;
use crate::catalog::{self, Found, Home, Role, Scope, Tunable};
use crate::diag::{Finding, Place, nearest};
use crate::quantity::Minor;
use crate::spec::{At, Pin, Spec};
use serde_json::Value;

pub(super) fn unknown(spec: &Spec, name: &str, at: &At<Pin>) -> Finding {
    let component = name.split('/').next().unwrap_or_default();
    let place = spec.key_place(at);
    let finding =
        Finding::error("unknown-tunable", format!("no tunable is called `{name}`")).at(&place, "not in the catalogue");
    if let Some((row, of)) = catalog::instead(name) {
        let help = match (row.role, of) {
            (Role::Alias(field), _) => format!("it is the flag that writes `{field}`: pin that"),
            (_, Some(whole)) => format!("it is a part of `{whole}`: pin that whole"),
            _ => format!("it is a structure: pin its fields, such as `{}`", first_field(row)),
        };
        let message = format!("`{name}` has no value of its own");
        return Finding::error("unknown-tunable", message).at(&place, "cannot be pinned").help(help);
    }
    if !name.contains('/') {
        let close = catalog::names().find(|n| n.ends_with(&format!("/{name}")));
        return finding
            .help_if(close.map(|c| format!("did you mean `{c}`?")))
            .help("a tunable is named `component/path`");
    }
    if !catalog::components().any(|c| c == component) {
        let all: Vec<_> = catalog::components().collect();
        return finding.help(format!("the components are {}", all.join(", ")));
    }
    finding.help_if(nearest(name, catalog::names()).map(|c| format!("did you mean `{c}`?")))
}

pub(super) fn belongs(
    spec: &Spec,
    name: &str,
    at: &At<Pin>,
    table: Table,
    tunable: &Tunable,
    findings: &mut Vec<Finding>,
) {
    let per_class =
        tunable.scope() != Scope::Cluster || (tunable.component() == "kube-proxy" && table == Table::Class(true));
    let place = spec.key_place(at);
    match table {
        Table::Class(_) if !per_class => {
            let finding = Finding::error("pin-wrong-scope", format!("`{name}` has one value for the whole cluster"))
                .at(&place, "pinned for one class")
                .help("pin it in `[pin]`");
            let proxy = (tunable.component() == "kube-proxy").then(|| {
                "with one kube-proxy DaemonSet per class, say so: `kube-proxy-per-class = true` in `[cluster]`"
                    .to_string()
            });
            findings.push(finding.help_if(proxy));
        }
        Table::Cluster(true) if tunable.component() == "kube-proxy" => {
            let finding = Finding::error(
                "pin-wrong-scope",
                format!("each node class has a kube-proxy of its own, so `{name}` has no one value"),
            )
            .at(&place, "pinned for the cluster")
            .help("pin it in `[defaults.pin]` or `[node-class.NAME.pin]`");
            findings.push(finding);
        }
        Table::Cluster(_) if tunable.scope() != Scope::Cluster => {
            let finding = Finding::error("pin-wrong-scope", format!("`{name}` differs between node classes"))
                .at(&place, "pinned for the cluster")
                .help("pin it in `[defaults.pin]` or `[node-class.NAME.pin]`");
            findings.push(finding);
        }
        _ => {}
    }
}

pub(super) fn exists(
    spec: &Spec,
    name: &str,
    at: &At<Pin>,
    found: &Found<'_>,
    version: Minor,
    findings: &mut Vec<Finding>,
) {
    let tunable = found.tunable;
    let component = tunable.component();
    let place = spec.key_place(at);
    if !tunable.exists_in(version) {
        let when = match (tunable.since().filter(|s| *s > version), tunable.removed()) {
            (Some(since), _) => format!("added in {since}"),
            (None, Some(removed)) => format!("removed in {removed}"),
            (None, None) => "never there".to_string(),
        };
        let message = format!("{component} {version} has no `{}`", tunable.name.split_once('/').map_or("", |(_, p)| p));
        findings.push(Finding::error("version-unsupported-field", message).at(&place, when));
        return;
    }
    if let (Some(keys), Some(key)) = (tunable.key_values, found.key)
        && !keys.contains(&key)
    {
        let finding = Finding::error("unknown-key", format!("`{}` has no key `{key}`", tunable.name))
            .at(&place, "upstream refuses it")
            .help_if(nearest(key, keys.iter().copied()).map(|c| format!("did you mean `{c}`?")))
            .note(format!("its keys are {}", keys.join(", ")));
        findings.push(finding);
    }
    let below = format!("{}.", tunable.name);
    let mut entries = catalog::starting(&below).map(|t| t.name).peekable();
    if let (Some(key), Some(_)) = (found.key, entries.peek()) {
        // The catalogue lists this map's keys one by one, so one that it lacks does not exist.
        let keys: Vec<&str> = entries.filter_map(|n| n.strip_prefix(&below)).collect();
        let finding = Finding::error("unknown-key", format!("`{}` has no key `{key}`", tunable.name))
            .at(&place, "upstream refuses it")
            .help_if(nearest(key, keys.iter().copied()).map(|c| format!("did you mean `{c}`?")))
            .note(format!("its keys are {}", keys.join(", ")));
        findings.push(finding);
    }
    if let Some((_, rest)) = name.split_once(".pluginConfig[")
        && let Some((plugin, _)) = rest.split_once(']')
        && catalog::plugins().iter().all(|p| p.name != plugin || p.default_in(version).is_none())
    {
        let known = catalog::plugins().iter().filter(|p| p.default_in(version).is_some()).map(|p| p.name);
        let finding = Finding::warning("plugin-unknown", format!("kube-scheduler {version} has no plugin `{plugin}`"))
            .at(&place, "only a scheduler that is built with it reads this")
            .help_if(nearest(plugin, known).map(|c| format!("did you mean `{c}`?")));
        findings.push(finding);
    }
    if let Some(gate) = found.gate() {
        gate_exists(name, gate, &at.value, version, &place, findings);
    }
}

fn gate_exists(name: &str, gate: &str, pin: &Pin, version: Minor, place: &Place, findings: &mut Vec<Finding>) {
    match catalog::gate(gate, version) {
        None => {
            let ever = catalog::gate_names().any(|g| g == gate);
            let label = if ever { "not in this minor" } else { "no minor has it" };
            let close = nearest(gate, catalog::gate_names().filter(|g| catalog::gate(g, version).is_some()));
            let finding =
                Finding::error("unknown-feature-gate", format!("Kubernetes {version} has no feature gate `{gate}`"))
                    .at(place, label)
                    .note("a component that is given an unknown gate does not start")
                    .help_if(close.filter(|_| !ever).map(|c| format!("did you mean `{c}`?")));
            findings.push(finding);
        }
        Some(state) if !state.components.iter().any(|c| name.starts_with(&format!("{c}/"))) => {
            let component = name.split('/').next().unwrap_or_default();
            let finding =
                Finding::error("unknown-feature-gate", format!("{component} {version} does not know `{gate}`"))
                    .at(place, "not a gate of this component")
                    .note("a component that is given an unknown gate does not start")
                    .note(format!("it is a gate of {}", state.components.join(", ")));
            findings.push(finding);
        }
        Some(state) if state.locked => {
            let sets_default = matches!(pin, Pin::Default) || *pin == Pin::Value(Value::Bool(state.default));
            let message = format!("feature gate `{gate}` is locked to {} in {version}", state.default);
            let note = if sets_default {
                "setting it says nothing and will be fatal once the gate is removed"
            } else {
                "a component does not start with another value"
            };
            findings.push(
                Finding::error("locked-feature-gate", message).at(place, format!("`{name}` cannot be set")).note(note),
            );
        }
        Some(_) => {}
    }
}

fn first_field(group: &Tunable) -> &'static str {
    let below = format!("{}.", group.name);
    catalog::starting(&below).next().map_or("", |t| t.name)
}

/// Says when the platform, and not the user, decides. Components that the platform runs are refused elsewhere.
pub(super) fn settable(spec: &Spec, name: &str, at: &At<Pin>, findings: &mut Vec<Finding>) {
    let Some(platform) = spec.cluster.platform.as_ref() else { return };
    let Some(facts) = catalog::platform(&platform.value) else { return };
    let of_control_plane = catalog::home_of(name) == Some(Home::ControlPlane);
    if (of_control_plane && !facts.control_plane) || facts.settable(name) {
        return;
    }
    let message = format!("`{name}` is not among what {} lets a user set", platform.value);
    findings.push(
        Finding::warning("pin-not-settable", message)
            .at(&spec.key_place(at), "planned as pinned, but the platform decides")
            .note(facts.settable_note.clone()),
    );
}
