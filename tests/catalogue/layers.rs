//! The two layers: every setting that a person may tune has a hand-written entry, and what upstream adds is there without.

use plimsoll::catalog::{self, Form, Role, Type};
use plimsoll::quantity::Minor;
use std::collections::BTreeSet;

#[test]
fn every_field_of_a_configuration_file_has_an_entry() {
    let bare: Vec<&str> = catalog::rows()
        .iter()
        .filter(|t| t.role == Role::Setting && t.form() == Form::Field && t.facts.is_none())
        .map(|t| t.name)
        .collect();
    assert!(bare.is_empty(), "catalog/tunables says nothing of {bare:#?}");
}

#[test]
fn all_components_of_every_covered_minor_are_there() {
    let components: Vec<&str> = catalog::components().collect();
    let wanted = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubelet"];
    // The others, of the host and of add-ons, have no minors and nobody extracts them.
    assert!(wanted.iter().all(|c| components.contains(c)), "{components:?}");
    assert!(components.iter().all(|c| catalog::home(c).is_some()), "{components:?}");
    let versions = catalog::versions();
    for minor in versions.oldest.1..=versions.newest.1 {
        let minor = Minor(versions.oldest.0, minor);
        for component in wanted.iter().filter(|c| **c != "etcd") {
            let rows: Vec<_> =
                catalog::rows().iter().filter(|t| t.component() == *component && t.exists_in(minor)).collect();
            assert!(rows.len() > 50, "{component} {minor}: {} rows", rows.len());
            // Flags are extracted apart from fields, so both must be there.
            assert!(rows.iter().any(|t| t.form() == Form::Flag), "{component} {minor} has no flag");
        }
        assert!(catalog::gates().iter().filter(|g| g.state(minor).is_some()).count() > 100, "gates of {minor}");
    }
    for minor in versions.etcd_oldest.1..=versions.etcd_newest.1 {
        let minor = Minor(versions.etcd_oldest.0, minor);
        assert!(catalog::starting("etcd/").filter(|t| t.exists_in(minor)).count() > 60, "etcd {minor}");
    }
}

#[test]
fn a_flag_that_writes_a_field_leads_to_it() {
    let aliases: Vec<_> = catalog::rows()
        .iter()
        .filter_map(|t| match t.role {
            Role::Alias(field) => Some((t, field)),
            _ => None,
        })
        .collect();
    assert!(aliases.len() > 100, "{} flags write fields", aliases.len());
    for (flag, field) in &aliases {
        assert_eq!(flag.form(), Form::Flag, "{}", flag.name);
        assert!(catalog::row(field).is_some(), "{} writes {field}, which is no row", flag.name);
        assert!(catalog::find(flag.name).is_none_or(|f| f.tunable.name != flag.name), "{} can be pinned", flag.name);
    }
    let max_pods = aliases.iter().find(|(t, _)| t.name == "kubelet/max-pods").unwrap();
    assert_eq!(max_pods.1, "kubelet/maxPods");
}

#[test]
fn defaults_have_the_type_and_range_that_the_catalogue_states() {
    let versions = catalog::versions();
    for t in catalog::rows().iter().filter(|t| t.role == Role::Setting) {
        let (first, last) = match t.component() {
            "etcd" => (versions.etcd_oldest, versions.etcd_newest),
            _ => (versions.oldest, versions.newest),
        };
        for minor in (first.1..=last.1).map(|m| Minor(first.0, m)).filter(|m| t.exists_in(*m)) {
            let Some(default) = t.default_in(minor) else { continue };
            if t.kind == Type::Map {
                assert!(default.is_object() || default.is_string(), "{} in {minor}: {default}", t.name);
                continue;
            }
            let canonical = plimsoll::facts::typed::canonical(&default, t.kind_in(minor));
            assert!(canonical.is_ok(), "{} in {minor}: {default} is no {:?}: {canonical:?}", t.name, t.kind);
            // Upstream's zero often stands for "not set", below a range that starts above it.
            let zero = matches!(default.to_string().as_str(), "0" | "\"0s\"");
            assert!(zero || !plimsoll::facts::typed::outside(t, &default), "{} in {minor}: {default}", t.name);
            if let Some(words) = t.words_in(minor).filter(|_| !default.is_array()) {
                assert!(words.contains(&default), "{} in {minor}: {default} is none of {words:?}", t.name);
            }
        }
    }
}

#[test]
fn platforms_name_tunables_that_exist() {
    let names: BTreeSet<&str> = catalog::rows().iter().map(|t| t.name).collect();
    assert_eq!(catalog::platforms().len(), 9);
    for (name, platform) in catalog::platforms() {
        for pattern in platform.settable_patterns().chain(platform.closed_patterns()) {
            let known = match pattern.strip_suffix('*') {
                // A component may have no settings yet; a name below one must be there.
                Some(start) => {
                    start.is_empty()
                        || names.iter().any(|n| n.starts_with(start))
                        || start.strip_suffix('/').is_some_and(|c| catalog::home(c).is_some())
                }
                None => catalog::find(pattern).is_some() || names.contains(pattern),
            };
            assert!(known, "{name}: nothing is called {pattern}");
        }
        assert!(!platform.settable_source.is_empty() && !platform.settable_note.is_empty(), "{name}");
    }
    assert!(catalog::self_managed().settable("kube-apiserver/event-ttl"));
    assert!(!catalog::platform("gke").unwrap().settable("kubelet/nodeStatusUpdateFrequency"));
}

#[test]
fn gates_that_values_need_exist() {
    let versions = catalog::versions();
    let mut needed = 0;
    for t in catalog::rows() {
        for minor in (versions.oldest.1..=versions.newest.1).map(|m| Minor(1, m)).filter(|m| t.exists_in(*m)) {
            for needs in t.needs(&serde_json::Value::from("TieredReservation"), minor) {
                needed += 1;
                assert!(catalog::gate_names().any(|g| g == needs.gate), "{}: {}", t.name, needs.gate);
                assert!(!needs.source.is_empty());
            }
        }
    }
    assert!(needed > 50, "{needed}");
}

#[test]
fn sysctls_that_somebody_sets_have_entries() {
    assert!(catalog::owners().len() > 5);
    for owner in catalog::owners() {
        let name = format!("sysctl/{}", owner.sysctl);
        let tunable = catalog::setting(&name).unwrap_or_else(|| panic!("{name}"));
        let value = serde_json::Value::from(owner.value);
        assert!(!plimsoll::facts::typed::outside(tunable, &value), "{name} = {value}");
        assert!(catalog::sysctl_counts(&owner.sysctl) && catalog::home(&owner.by).is_some(), "{name}");
        for (setting, values) in &owner.when {
            assert!(catalog::find(setting).is_some() && !values.is_empty(), "{name}: {setting}");
        }
    }
}

#[test]
fn every_key_of_containerd_stands_somewhere() {
    for tunable in catalog::starting("containerd/") {
        for version in [Minor(1, 6), Minor(1, 7), Minor(2, 0), Minor(2, 1), Minor(2, 4)] {
            assert!(catalog::containerd_table(tunable.path(), version).is_some(), "{} in {version}", tunable.name);
        }
        assert!(catalog::containerd_table(tunable.path(), Minor(1, 2)).is_none(), "{}", tunable.name);
    }
    assert_eq!(catalog::containerd_schema(Minor(1, 7)).map(|(v, _)| v), Some(2));
    assert_eq!(catalog::containerd_schema(Minor(2, 1)).map(|(v, _)| v), Some(3));
    assert!(catalog::runtime_features().all(|f| !f.source.is_empty() && !f.summary.is_empty()));
}
