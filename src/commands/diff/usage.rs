//! The files that `--usage` names.

use crate::commands::{cli, input};
use crate::diag::{Finding, Place};
use crate::diff::usage::{self, Nodes};
use std::sync::Arc;

/// Larger than what kubectl prints of the pods of a large cluster.
const LARGEST: usize = 1 << 30;

/// What the files say of nodes; nothing where none is named.
pub(super) fn read(args: &cli::Diff, findings: &mut Vec<Finding>) -> Option<Nodes> {
    let mut nodes = Nodes::new();
    for path in &args.usage {
        let name = input::name(path);
        let read = input::text(path, LARGEST).and_then(|text| match text.len() {
            0..=LARGEST => usage::read(&text, &mut nodes).map_err(|what| format!("it {what}")),
            _ => Err("it is more than 1 GiB long".into()),
        });
        if let Err(what) = read {
            let finding = Finding::error("usage-unreadable", format!("cannot read the usage file `{name}`: {what}"));
            let help =
                "give what `kubectl get pods -A -o json` or `kubectl get nodes -o json` prints, or a map of nodes";
            findings.push(finding.at(&Place::new(&Arc::from(name.as_str()), 0..0), "").help(help));
        }
    }
    (!args.usage.is_empty()).then_some(nodes)
}
