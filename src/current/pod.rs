//! Manifests of pods: the flags and environment of the control plane's containers, and the versions of their images.

use super::expand::Entries;
use super::flags::{self, Word};
use super::known::Known;
use super::shell::{self, Line};
use super::{Layer, Reading, Said, etcd, program};
use crate::catalog;
use crate::yaml::Node;
use std::borrow::Cow;

/// Has releases of its own.
const AUTOSCALER: &str = "cluster-autoscaler";

/// What each container of the pod, or of the template of a workload, states.
pub(super) fn readings(path: &str, document: &Node) -> Vec<Reading> {
    let spec = document.at(&["spec", "template", "spec"]).or_else(|| document.get("spec"));
    let containers = spec.and_then(|s| s.get("containers")).map_or(&[][..], Node::items);
    let mut out = Vec::new();
    for container in containers {
        let parts = ["command", "args"].into_iter().filter_map(|part| container.get(part));
        let environment = environment(container);
        let mut known = Known::default();
        environment.iter().for_each(|(name, value)| known.add(name, value));
        let words = parts.flat_map(Node::items).filter_map(flags::word).map(|word| known.filled(word));
        let words: Vec<Word> = words.collect();
        let program = words.first().map(|w| w.text.rsplit('/').next().unwrap_or(&w.text).to_string());
        let name = container.get("name").and_then(Node::text);
        let is = |component: &&str| program.as_deref() == Some(*component) || name == Some(*component);
        let called = flags::COMMANDS.into_iter().chain([AUTOSCALER]).find(is);
        let words = match shell::line(&words, called) {
            Line::Plain => words,
            Line::Read(words) => words,
            Line::Script(component, script) => {
                out.push(unread(path, component, container, &script));
                continue;
            }
        };
        let Some((component, from)) = program::started(&words).or(called.map(|component| (component, 0))) else {
            continue;
        };
        let mut reading = flags::reading_of_list(path, component, &words[from..]);
        if component == AUTOSCALER {
            // Of its flags the catalogue names some.
            reading.stated.retain(|name, _| catalog::find(name).is_some());
        }
        if component.starts_with("etcd") {
            etcd::environment(&environment, &mut reading);
        }
        let said = if component == AUTOSCALER { Vec::new() } else { image(component, container) };
        out.push(Reading { layer: Layer::Flags, said, ..reading });
    }
    out
}

/// A container whose flags nobody knows. Its image says its version all the same; to have it judged by defaults would be wrong.
fn unread(path: &str, component: &'static str, container: &Node, script: &Word<'_>) -> Reading {
    let said = if component == AUTOSCALER { Vec::new() } else { image(component, container) };
    let unread = vec![shell::unread(path, component, script)];
    Reading { said, unread, ..Reading::new(path, "kubeadm", Entries::new()) }
}

/// Variables in the order in which they are set, each with those before it filled in. The text of one whose value is kept
/// elsewhere is its own name as a variable: not known.
fn environment(container: &Node) -> Vec<(Word<'_>, Word<'_>)> {
    let mut out: Vec<(Word<'_>, Word<'_>)> = Vec::new();
    let mut known = Known::default();
    for one in container.get("env").map_or(&[][..], Node::items) {
        let Some(name) = one.get("name").and_then(flags::word) else { continue };
        let value = match one.get("value").and_then(flags::word) {
            Some(value) => known.filled(value),
            None if one.get("valueFrom").is_none() => Word { text: Cow::Borrowed(""), ..name.clone() },
            None => Word { text: Cow::Owned(format!("$({})", name.text)), mixed: true, ..name.clone() },
        };
        known.add(&name, &value);
        out.push((name, value));
    }
    out
}

/// The version in the tag of the image: `registry.k8s.io/kube-apiserver:v1.34.2`, `…/etcd:3.6.4-0`.
fn image(component: &'static str, container: &Node) -> Vec<Said> {
    let Some((node, text)) = container.get("image").and_then(|node| Some((node, node.text()?))) else {
        return Vec::new();
    };
    let tagged = text.split('@').next().unwrap_or(text);
    let version = tagged.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/'));
    let of = if component.starts_with("etcd") { "etcd" } else { "kubernetes" };
    version.map(|v| Said { of, version: v.to_string(), at: node.span.clone() }).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn variables_of_the_container_are_filled_in() {
        let text = "kind: Pod\nspec:\n  containers:\n  - name: etcd\n    command: [etcd, --quota-backend-bytes=$(Q), --name=$(N), --snapshot-count=$(A)]\n    env:\n    - {name: A, value: '5'}\n    - {name: Q, value: $(A)00}\n    - {name: N, valueFrom: {}}\n    - {name: ETCD_HEARTBEAT_INTERVAL, value: $(A)$(A)}\n    - {name: ETCD_ELECTION_TIMEOUT, value: $(B)}\n";
        let found = &readings("etcd.yaml", &crate::yaml::documents(text).unwrap()[0])[0];
        let value = |flag: &str| found.stated.get(&format!("etcd/{flag}")).map(|e| e.value.clone());
        assert_eq!(value("quota-backend-bytes"), Some(json!(500)));
        assert_eq!(value("snapshot-count"), Some(json!(5)));
        assert_eq!(value("heartbeat-interval"), Some(json!(55)));
        assert_eq!(found.open.iter().collect::<Vec<_>>(), ["etcd/election-timeout", "etcd/name"]);
    }
}
