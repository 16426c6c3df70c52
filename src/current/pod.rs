//! Static pod manifests: the flags of the control plane's containers.

use super::Reading;
use super::flags::{self, Word};
use crate::diag::{Finding, Place};
use crate::yaml::Node;
use std::sync::Arc;

/// What each container of the pod states, for components that are configured by flags.
pub(super) fn readings(path: &str, document: &Node) -> Result<Vec<Reading>, Box<Finding>> {
    let containers = document.at(&["spec", "containers"]).map_or(&[][..], Node::items);
    let mut out = Vec::new();
    for container in containers {
        let parts = ["command", "args"].into_iter().filter_map(|part| container.get(part));
        let words: Vec<Word> = parts.flat_map(Node::items).filter_map(flags::word).collect();
        let program = words.first().map(|w| w.text.rsplit('/').next().unwrap_or(w.text));
        let name = container.get("name").and_then(Node::text);
        let component = flags::COMPONENTS.into_iter().find(|c| program == Some(*c) || name == Some(*c));
        let Some(component) = component else { continue };
        if let Some(shell) = program.filter(|p| matches!(*p, "sh" | "bash" | "ash" | "dash")) {
            let message = format!("cannot read the flags of {component} in `{path}`: it is started through `{shell}`");
            let finding = Finding::error("current-shell", message)
                .at(&Place::new(&Arc::from(path), 0..0), "")
                .help(format!("write its flags into a file `{component}.flags`, one `--flag=value` a line"));
            return Err(Box::new(finding));
        }
        out.push(Reading {
            path: path.to_string(),
            component,
            stated: flags::stated(component, &words),
            verbatim: false,
            twice: Vec::new(),
            document: None,
        });
    }
    Ok(out)
}
