//! Static pod manifests: the flags of the control plane's containers.

use super::{Reading, flags};
use crate::diag::{Finding, Place};
use serde_json::Value as Json;
use std::sync::Arc;

/// What each container of the pod states, for components that are configured by flags.
pub(super) fn readings(path: &str, document: &Json) -> Result<Vec<Reading>, Box<Finding>> {
    let containers = document.pointer("/spec/containers").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let mut out = Vec::new();
    for container in containers {
        let words: Vec<&str> = ["command", "args"].iter().flat_map(|part| texts(container.get(part))).collect();
        let program = words.first().map(|w| w.rsplit('/').next().unwrap_or(w));
        let name = container.get("name").and_then(Json::as_str);
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
        });
    }
    Ok(out)
}

fn texts(list: Option<&Json>) -> impl Iterator<Item = &str> {
    list.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
}
