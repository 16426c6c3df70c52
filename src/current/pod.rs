//! Manifests of pods: the flags and environment of the control plane's containers, and the versions of their images.

use super::flags::{self, Word};
use super::{Layer, Reading, Said, etcd, program};
use crate::catalog;
use crate::diag::{Finding, Place};
use crate::yaml::Node;
use std::sync::Arc;

/// Has releases of its own.
const AUTOSCALER: &str = "cluster-autoscaler";

/// What each container of the pod, or of the template of a workload, states.
pub(super) fn readings(path: &str, document: &Node) -> Result<Vec<Reading>, Box<Finding>> {
    let spec = document.at(&["spec", "template", "spec"]).or_else(|| document.get("spec"));
    let containers = spec.and_then(|s| s.get("containers")).map_or(&[][..], Node::items);
    let mut out = Vec::new();
    for container in containers {
        let parts = ["command", "args"].into_iter().filter_map(|part| container.get(part));
        let words: Vec<Word> = parts.flat_map(Node::items).filter_map(flags::word).collect();
        let program = words.first().map(|w| w.text.rsplit('/').next().unwrap_or(&w.text));
        let name = container.get("name").and_then(Node::text);
        let is = |component: &&str| program == Some(*component) || name == Some(*component);
        let called = || flags::COMMANDS.into_iter().chain([AUTOSCALER]).find(is).map(|component| (component, 0));
        let Some((component, from)) = program::started(&words).or_else(called) else { continue };
        if let Some(shell) = program.filter(|p| matches!(*p, "sh" | "bash" | "ash" | "dash")) {
            let message = format!("cannot read the flags of {component} in `{path}`: it is started through `{shell}`");
            let finding = Finding::error("current-shell", message)
                .at(&Place::new(&Arc::from(path), 0..0), "")
                .help(format!("write its flags into a file `{component}.flags`, one `--flag=value` a line"));
            return Err(Box::new(finding));
        }
        let mut reading = flags::reading(path, component, &words[from..]);
        if component == AUTOSCALER {
            // Of its flags the catalogue names some.
            reading.stated.retain(|name, _| catalog::find(name).is_some());
        }
        if component.starts_with("etcd") {
            etcd::environment(&environment(container), &mut reading);
        }
        let said = if component == AUTOSCALER { Vec::new() } else { image(component, container) };
        out.push(Reading { layer: Layer::Flags, said, ..reading });
    }
    Ok(out)
}

/// Variables with a value that is stated, by name.
fn environment(container: &Node) -> Vec<(Word<'_>, Word<'_>)> {
    let all = container.get("env").map_or(&[][..], Node::items);
    all.iter().filter_map(|one| Some((flags::word(one.get("name")?)?, flags::word(one.get("value")?)?))).collect()
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
