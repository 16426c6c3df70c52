//! What upstream makes of a configuration: the stated value, else the default, with the defaults that depend on other
//! fields.

use super::{Current, expand, zero};
use crate::catalog::{self, Found};
use crate::quantity::Minor;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// The map whose stated form replaces the default map as a whole.
const THRESHOLDS: &str = "kubelet/evictionHard";
const MERGED: &str = "kubelet/mergeDefaultEvictionSettings";
const GATES: &str = "kubelet/featureGates";
const OFF: &str = "0%";
const PULLS: &str = "kubelet/maxParallelImagePulls";
const SERIAL: &str = "kubelet/serializeImagePulls";
const UPDATE: &str = "kubelet/nodeStatusUpdateFrequency";
const REPORT: &str = "kubelet/nodeStatusReportFrequency";
/// Tunables whose default depends on another one.
const FOLLOWS: [(&str, &str); 2] = [(SERIAL, PULLS), (REPORT, UPDATE)];

impl Current {
    /// What is stated of a tunable and is not taken for unset.
    #[must_use]
    pub fn stated(&self, name: &str, version: Minor) -> Option<&Json> {
        let stated = self.counting(name, version).filter(|_| !self.is_open(name));
        stated.filter(|s| !Self::counts_as_unset(s, name, version)).map(|s| &s.value)
    }

    /// The effective value of a tunable; null where upstream leaves it unset.
    #[must_use]
    pub fn effective(&self, name: &str, version: Minor) -> Json {
        match self.is_open(name) {
            true => Json::Null,
            false => self.stated(name, version).cloned().unwrap_or_else(|| self.default_of(name, version)),
        }
    }

    /// Every tunable that this configuration says something of, keys that it switches off by leaving them out included.
    #[must_use]
    pub fn names(&self, version: Minor) -> BTreeSet<String> {
        let empty = |name: &str, value: &Json| {
            value.as_object().is_some_and(serde_json::Map::is_empty) && catalog::find(name).is_some()
        };
        let stated = self.stated.iter().filter(|(n, s)| !empty(n, &s.value)).map(|(n, _)| n.clone());
        let mut out: BTreeSet<String> = stated.collect();
        out.extend(self.odd_names(version).map(ToString::to_string));
        let moved = FOLLOWS.iter().filter(|(_, leader)| self.main(leader, version).is_some());
        out.extend(moved.map(|(name, _)| (*name).to_string()));
        if self.replaces_thresholds() && !self.merges_thresholds(version) {
            let whole = catalog::find(THRESHOLDS).and_then(|f| f.default_in(version));
            out.extend(
                whole
                    .iter()
                    .filter_map(Json::as_object)
                    .flat_map(|m| m.keys())
                    .map(|key| format!("{THRESHOLDS}.{key}")),
            );
        }
        out
    }

    /// Why the value of a tunable that is not stated is what it is, where that is a surprise.
    #[must_use]
    pub fn surprise(&self, name: &str, version: Minor) -> Option<&'static str> {
        let plain = catalog::find(name).and_then(|f| f.default_in(version));
        if self.stated(name, version).is_some() || plain.unwrap_or_default() == self.default_of(name, version) {
            return None;
        }
        match name {
            SERIAL => Some("was off because several parallel pulls are stated"),
            REPORT => Some("followed the stated nodeStatusUpdateFrequency"),
            _ if name.starts_with(THRESHOLDS) && self.replaces_thresholds() => {
                Some("was off because the map left it out")
            }
            _ => None,
        }
    }

    fn main(&self, name: &str, version: Minor) -> Option<&Json> {
        let stated = self.of_main(name).filter(|s| !s.late).map(|s| &s.value);
        stated.filter(|v| !zero::is_unset(name, v, version))
    }

    /// The default of a tunable beside what else the main file states.
    #[must_use]
    pub fn default_of(&self, name: &str, version: Minor) -> Json {
        let Some(found) = catalog::find(name).filter(|f| f.tunable.exists_in(version)) else { return Json::Null };
        if found.tunable.name == THRESHOLDS && found.key.is_some() {
            return self.threshold(&found, version);
        }
        if found.tunable.name == GATES && found.key.is_some() {
            // Go reads null as the zero of the map's values.
            if self.is_null_in_main(name) {
                return Json::from(false);
            }
            return found.key.and_then(|k| catalog::gate(k, version)).map_or(Json::Null, |g| Json::from(g.default));
        }
        if self.lacks_element(name) {
            return Json::Null;
        }
        if let Some(value) = self.of_default_list(name, version) {
            return value;
        }
        match name {
            SERIAL if exists(PULLS, version) && self.leader(name, PULLS, version).is_some_and(|n| several(&n)) => {
                false.into()
            }
            REPORT => {
                self.leader(name, UPDATE, version).unwrap_or_else(|| found.default_in(version).unwrap_or_default())
            }
            _ => found.default_in(version).unwrap_or_default(),
        }
    }

    /// What the default of a tunable follows: what the main file states, or, where the default is set once more after drop-ins
    /// were merged, what they came to.
    fn leader(&self, name: &str, leader: &str, version: Minor) -> Option<Json> {
        if !self.defaulted_again(name, version) {
            return self.main(leader, version).cloned();
        }
        // The leader has its own default by then, unless that is set once more as well.
        let merged = self.stated(leader, version).cloned();
        merged.or_else(|| (!self.defaulted_again(leader, version)).then(|| self.effective(leader, version)))
    }

    /// A stated map of thresholds replaces the default map, so what it leaves out is off.
    fn threshold(&self, found: &Found<'_>, version: Minor) -> Json {
        let name = format!("{THRESHOLDS}.{}", found.key.unwrap_or_default());
        let comes_back = self.default_comes_back(THRESHOLDS, version);
        let kept = !self.replaces_thresholds() || self.merges_thresholds(version) || comes_back;
        let kept = kept && !self.map_is_taken_back(THRESHOLDS, version);
        let kept = kept && !self.takes_key_out(&name, version);
        found.default_in(version).filter(|_| kept).unwrap_or_else(|| Json::from(OFF))
    }

    fn replaces_thresholds(&self) -> bool {
        // A drop-in adds to the map; the command line replaces it, as the file does.
        self.main_states(THRESHOLDS) || self.stated_by_flags(THRESHOLDS)
    }

    fn merges_thresholds(&self, version: Minor) -> bool {
        exists(MERGED, version) && self.main(MERGED, version) == Some(&Json::Bool(true))
    }

    /// Whether the tunable is of a list element that is not there: nothing gives it a default then. Without any profile,
    /// upstream adds one.
    fn lacks_element(&self, name: &str) -> bool {
        let Some((element, list, key)) = expand::element(name) else { return false };
        let has = |prefix: &str| self.stated.keys().any(|n| n.starts_with(prefix));
        let added = key == expand::PROFILE && !has(&format!("{list}["));
        !has(element) && !added
    }
}

impl Current {
    /// What upstream's default list has of an element. A list that is stated replaces it as a whole.
    fn of_default_list(&self, name: &str, version: Minor) -> Option<Json> {
        let (list, rest) = name.split_at(name.rfind('[')?);
        let (key, field) = rest.strip_prefix('[')?.split_once("].")?;
        let found = catalog::find(list).filter(|f| f.key.is_none() && !self.states(list))?;
        let default = found.default_in(version)?;
        let keyed_by = found.tunable.list_key?;
        let own = |item: &&Json| item.get(keyed_by).and_then(Json::as_str) == Some(key);
        default.as_array()?.iter().find(own)?.get(field).cloned()
    }
}

fn several(pulls: &Json) -> bool {
    pulls.as_i64().is_some_and(|n| n >= 2)
}

fn exists(name: &str, version: Minor) -> bool {
    catalog::find(name).is_some_and(|f| f.tunable.exists_in(version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::current::read;
    use serde_json::json;

    fn kubelet(fields: &str) -> Current {
        let text = format!("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n{fields}");
        Current::new(read("kubelet.yaml", &text).unwrap().remove(0))
    }

    const MEMORY: &str = "kubelet/evictionHard.memory.available";
    const IMAGES: &str = "kubelet/evictionHard.imagefs.available";

    #[test]
    fn a_stated_map_of_thresholds_replaces_the_default_one() {
        let version = Minor(1, 34);
        assert_eq!(kubelet("").effective(IMAGES, version), json!("15%"));
        let partial = kubelet("evictionHard: {memory.available: 200Mi}");
        assert_eq!(partial.effective(MEMORY, version), json!("200Mi"));
        assert_eq!(partial.effective(IMAGES, version), json!("0%"));
        assert!(partial.names(version).contains(IMAGES));
        assert_eq!(kubelet("evictionHard: {}").effective(MEMORY, version), json!("0%"));
    }

    #[test]
    fn merging_with_the_default_thresholds_is_newer_than_the_map() {
        let merged = kubelet("mergeDefaultEvictionSettings: true\nevictionHard: {memory.available: 200Mi}");
        assert_eq!(merged.effective(IMAGES, Minor(1, 33)), json!("15%"));
        assert_eq!(merged.effective(IMAGES, Minor(1, 32)), json!("0%"));
    }

    #[test]
    fn a_drop_in_adds_to_the_defaults() {
        let mut current = kubelet("");
        let drop_in = read(
            "d.conf",
            "kind: KubeletConfiguration\nevictionHard: {memory.available: 200Mi}\nmaxParallelImagePulls: 5\n",
        );
        current.drop_in(drop_in.unwrap().remove(0));
        assert_eq!(current.effective(MEMORY, Minor(1, 34)), json!("200Mi"));
        assert_eq!(current.effective(IMAGES, Minor(1, 34)), json!("15%"));
        assert_eq!(current.effective(SERIAL, Minor(1, 34)), json!(true));
    }

    /// A kubelet with a main file and drop-ins.
    fn merged(main: &str, drop_ins: &[&str]) -> Current {
        let mut out = kubelet(main);
        for text in drop_ins {
            out.drop_in(read("d.conf", &format!("kind: KubeletConfiguration\n{text}")).unwrap().remove(0));
        }
        out
    }

    #[test]
    fn drop_ins_are_merged_as_structures_at_first() {
        let (structures, documents) = (Minor(1, 28), Minor(1, 30));
        let current =
            merged("maxPods: 50\nfailSwapOn: false\nevictionHard: {memory.available: 1Gi}", &["registryBurst: 20"]);
        let of = |name: &str, version| current.effective(&format!("kubelet/{name}"), version);
        // Each drop-in comes with its defaults, and those win over the file.
        assert_eq!((of("maxPods", structures), of("maxPods", documents)), (json!(110), json!(50)));
        assert_eq!(of("failSwapOn", structures), json!(true));
        assert_eq!(current.effective(MEMORY, structures), json!("100Mi"));
        assert_eq!(current.effective(IMAGES, structures), json!("15%"));
        assert_eq!(
            (current.effective(MEMORY, documents), current.effective(IMAGES, documents)),
            (json!("1Gi"), json!("0%"))
        );
        assert_eq!((of("registryBurst", structures), of("registryBurst", documents)), (json!(20), json!(20)));
        // Zero and false say nothing in a structure.
        let zero =
            merged("serializeImagePulls: true\nmakeIPTablesUtilChains: true", &["makeIPTablesUtilChains: false"]);
        let of = |version| zero.effective("kubelet/makeIPTablesUtilChains", version);
        assert_eq!((of(structures), of(documents)), (json!(true), json!(false)));
    }

    #[test]
    fn null_takes_back_where_documents_have_the_names_of_the_file() {
        let current =
            merged("maxPods: 50", &["maxPods: null\nevictionHard: {imagefs.available: null}", "registryBurst: 20"]);
        let of = |name: &str, version| current.effective(name, version);
        assert_eq!((of("kubelet/maxPods", Minor(1, 31)), of("kubelet/maxPods", Minor(1, 32))), (json!(50), json!(110)));
        assert_eq!((of(IMAGES, Minor(1, 31)), of(IMAGES, Minor(1, 32))), (json!("15%"), json!("0%")));
        let again = merged("maxPods: 50", &["maxPods: null", "maxPods: 60"]);
        assert_eq!(again.effective("kubelet/maxPods", Minor(1, 34)), json!(60));
    }

    #[test]
    fn flags_win_and_replace_maps_whole_but_gates_key_by_key() {
        let mut current =
            kubelet("maxPods: 50\nevictionHard: {memory.available: 1Gi}\nfeatureGates: {A: true, B: true}");
        let unit = "[Service]\nExecStart=/usr/bin/kubelet --max-pods=60 --eviction-hard=nodefs.available<5% --feature-gates=B=false\n";
        let flags = crate::current::commands(&[("kubelet.service", unit)]).unwrap().remove(0);
        current.lay(flags, false);
        let of = |name: &str| current.effective(name, Minor(1, 34));
        assert_eq!((of("kubelet/maxPods"), of(MEMORY)), (json!(60), json!("0%")));
        assert_eq!(of("kubelet/evictionHard.nodefs.available"), json!("5%"));
        assert_eq!((of("kubelet/featureGates.A"), of("kubelet/featureGates.B")), (json!(true), json!(false)));
        let lost: Vec<&str> = current.overridden.iter().map(|o| o.name.as_str()).collect();
        assert_eq!(lost, [MEMORY, "kubelet/featureGates.B", "kubelet/maxPods"]);
    }

    #[test]
    fn defaults_that_follow_other_fields() {
        let pulls = kubelet("maxParallelImagePulls: 2");
        assert_eq!(pulls.effective(SERIAL, Minor(1, 27)), json!(false));
        assert_eq!(pulls.effective(SERIAL, Minor(1, 26)), json!(true));
        assert_eq!(kubelet("maxParallelImagePulls: 1").effective(SERIAL, Minor(1, 34)), json!(true));
        let paced = kubelet("nodeStatusUpdateFrequency: 30s");
        assert_eq!(paced.effective(REPORT, Minor(1, 34)), json!("30s"));
        assert_eq!(kubelet("").effective(REPORT, Minor(1, 34)), json!("5m0s"));
    }

    #[test]
    fn a_zero_is_unset_only_where_go_cannot_tell() {
        let zeros = kubelet("maxPods: 0\ncpuCFSQuotaPeriod: 0s\nkubeAPIQPS: 0\nfileCheckFrequency: 0s");
        let effective = |name: &str| zeros.effective(&format!("kubelet/{name}"), Minor(1, 34));
        assert_eq!(effective("maxPods"), json!(110));
        assert_eq!(effective("fileCheckFrequency"), json!("20s"));
        assert_eq!(effective("cpuCFSQuotaPeriod"), json!("0s"));
        assert_eq!(effective("kubeAPIQPS"), json!(0));
    }

    #[test]
    fn a_list_that_is_not_stated_has_the_elements_of_the_default() {
        let read = |text: &str| Current::new(read("s", text).unwrap().remove(0));
        let of = |resource: &str| {
            let fit = "kube-scheduler/profiles[default-scheduler].pluginConfig[NodeResourcesFit]";
            format!("{fit}.args.scoringStrategy.resources[{resource}].weight")
        };
        let current = read("kind: KubeSchedulerConfiguration\nparallelism: 16\n");
        assert_eq!(current.effective(&of("cpu"), Minor(1, 34)), json!(1));
        assert_eq!(current.effective(&of("nvidia.com/gpu"), Minor(1, 34)), Json::Null);
        let head = "kind: KubeSchedulerConfiguration\nprofiles: [{schedulerName: default-scheduler, pluginConfig: [{name: NodeResourcesFit, args: ";
        let current = read(&format!("{head}{{scoringStrategy: {{resources: [{{name: cpu, weight: 3}}]}}}}}}]}}]\n"));
        assert_eq!(current.effective(&of("cpu"), Minor(1, 34)), json!(3));
        assert_eq!(current.effective(&of("memory"), Minor(1, 34)), Json::Null);
    }

    #[test]
    fn an_element_that_is_not_there_has_no_defaults() {
        let text = "kind: KubeSchedulerConfiguration\nprofiles: [{schedulerName: other}]\n";
        let current = Current::new(read("s", text).unwrap().remove(0));
        let of = |profile: &str| {
            format!("kube-scheduler/profiles[{profile}].pluginConfig[NodeResourcesFit].args.scoringStrategy.type")
        };
        assert_eq!(current.effective(&of("other"), Minor(1, 34)), json!("LeastAllocated"));
        assert_eq!(current.effective(&of("default-scheduler"), Minor(1, 34)), Json::Null);
        let unnamed =
            Current::new(read("s", "kind: KubeSchedulerConfiguration\nprofiles: [{plugins: {}}]\n").unwrap().remove(0));
        assert_eq!(unnamed.effective(&of("default-scheduler"), Minor(1, 34)), json!("LeastAllocated"));
        assert_eq!(Current::default().effective(&of("default-scheduler"), Minor(1, 34)), json!("LeastAllocated"));
    }
}
