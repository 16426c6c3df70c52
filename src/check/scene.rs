//! What is checked: configurations of components as one node or control plane has them, and the versions they are for.

use super::expression::{Settings, Val};
use crate::catalog::{self, Type};
use crate::current::Current;
use crate::quantity::Minor;
use crate::yaml::Node;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The configurations that belong together: those of one node class with what the cluster shares, or of a control plane.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// Its name: a node class or folder; empty when there is only one.
    pub name: String,
    /// Its node class, where the command line or a cluster's labels say one.
    pub class: Option<String>,
    /// Configurations by component; those of a control plane are shared by the classes of its nodes.
    pub parts: BTreeMap<&'static str, Arc<Current>>,
    /// What is known of the machine, by the names that conditions use after `machine/`. What is not known is left out, and
    /// a condition that needs it is then not broken.
    ///
    /// | name | JSON | meaning |
    /// | --- | --- | --- |
    /// | `cpus` | number | online logical CPUs |
    /// | `online` | text | the same as a list of ranges: `0-3,8` |
    /// | `threads-per-core` | number | logical CPUs of a physical core |
    /// | `sockets` | number | CPU sockets |
    /// | `memory` | number | `MemTotal` in bytes; left out where only the vendor's figure is known |
    /// | `numa-nodes` | number | NUMA nodes |
    /// | `numa-memory` | list of numbers | memory of each NUMA node in bytes, by its number |
    /// | `numa-hugepages` | list of numbers | huge pages of each NUMA node in bytes, by its number |
    /// | `hugepages` | number | huge pages of all sizes in bytes |
    /// | `nodefs` | number | size of the filesystem of the kubelet's root directory in bytes |
    /// | `swap` | true, false | whether swap is on |
    /// | `cgroup` | number | version of cgroups: 1 or 2 |
    /// | `pid-max` | number | smaller of kernel.pid_max and kernel.threads-max |
    /// | `kernel` | text | release of the kernel, where the node reports it |
    pub machine: BTreeMap<String, Json>,
    /// Minors of components that are older than the cluster, such as the kubelets of a class.
    pub versions: BTreeMap<&'static str, Minor>,
}

/// A scene at a version.
#[derive(Clone, Copy, Debug)]
pub struct At<'s> {
    /// The scene.
    pub scene: &'s Scene,
    /// Minor of Kubernetes.
    pub kubernetes: Minor,
    /// Minor of etcd.
    pub etcd: Minor,
    /// The component whose settings are named without a prefix.
    pub component: &'s str,
}

impl<'s> At<'s> {
    /// What the node reports of itself, with the file that it stands in.
    #[must_use]
    pub fn node(&self) -> Option<&'s (Arc<str>, Node)> {
        self.scene.parts.get("kubelet").and(self.scene.parts.get("node"))?.documents.first()
    }

    /// The minor of a component.
    #[must_use]
    pub fn minor(&self, component: &str) -> Minor {
        let cluster = if component.starts_with("etcd") { self.etcd } else { self.kubernetes };
        self.scene.versions.get(component).copied().unwrap_or(cluster)
    }

    /// A setting's full name.
    #[must_use]
    pub fn full(&self, name: &str) -> String {
        self.named(name).into_owned()
    }

    /// The same; names that are full already are what conditions between components are made of.
    fn named<'n>(&self, name: &'n str) -> Cow<'n, str> {
        let qualified = name.split_once('/').is_some_and(|(front, _)| !front.contains(['.', '[']));
        if qualified { Cow::Borrowed(name) } else { Cow::Owned(format!("{}/{name}", self.component)) }
    }

    /// The configuration that a full name belongs to.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<(&'s str, &'s Current)> {
        let component = name.split_once('/')?.0;
        self.scene.parts.get_key_value(component).map(|(c, current)| (*c, current.as_ref()))
    }

    /// The effective value of a setting; null where it is unset, and nothing where it is not known.
    #[must_use]
    pub fn json(&self, name: &str) -> Option<Json> {
        let name = self.named(name);
        if let Some(fact) = name.strip_prefix("machine/") {
            return self.scene.machine.get(fact).cloned();
        }
        let (component, current) = self.part(&name)?;
        if current.is_open(&name) {
            return None;
        }
        let version = self.minor(component);
        let value = current.effective(&name, version);
        if !value.is_null() {
            return Some(value);
        }
        Some(current.whole(&name))
    }
}

impl Settings for At<'_> {
    fn value(&self, name: &str) -> Option<Val> {
        let full = self.named(name);
        let json = self.json(&full)?;
        let kind = match catalog::find(&full) {
            Some(found) => found.kind_in(self.minor(found.tunable.component())),
            None => Type::String,
        };
        Val::of(&json, kind)
    }

    fn stated(&self, name: &str) -> bool {
        let full = self.named(name);
        self.part(&full).is_some_and(|(_, current)| current.states(&full))
    }

    fn tells(&self, name: &str) -> bool {
        let full = self.named(name);
        self.part(&full).is_none_or(|(_, current)| current.states(&full) || !current.is_open(&full))
    }

    fn exists(&self, name: &str) -> bool {
        let full = self.named(name);
        catalog::find(&full).is_some_and(|f| f.tunable.exists_in(self.minor(f.tunable.component())))
    }

    fn gate(&self, name: &str) -> Option<bool> {
        let (component, gate) = name.split_once('/').unwrap_or((self.component, name));
        let state = catalog::gate(gate, self.minor(component))?;
        let current = self.scene.parts.get(component)?;
        if ["featureGates", "feature-gates"].iter().any(|map| current.is_open(&format!("{component}/{map}"))) {
            return None;
        }
        let stated = |gate: &str| {
            ["featureGates", "feature-gates"].iter().find_map(|map| {
                current.stated(&format!("{component}/{map}.{gate}"), self.minor(component)).and_then(Json::as_bool)
            })
        };
        // A gate that is not named follows the name that stands for its stage.
        let stage = match state.stage {
            "ALPHA" => stated("AllAlpha"),
            "BETA" => stated("AllBeta"),
            _ => None,
        };
        Some(stated(gate).or(stage).unwrap_or(state.default))
    }
}
