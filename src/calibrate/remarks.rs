//! What must be said beside the lines: what could not be fitted, what is missing, and what makes a figure doubtful.

use super::fit::{Fit, Short};
use super::read::Observed;
use super::sample::{Container, Resource};
use crate::diag::{Finding, in_order};
use std::sync::Arc;

/// Findings about what was observed and fitted. One that is an error means that there is nothing to fit at all.
#[must_use]
pub fn remarks(observed: &Observed, fits: &[Fit]) -> Vec<Finding> {
    let mut out = Vec::new();
    if observed.samples.is_empty() {
        let message = "no document has a figure of `kubelet`, `runtime` or `misc`, so there is nothing to fit";
        let finding = Finding::error("stats-nothing-to-fit", message);
        return vec![finding.note("Windows nodes report `pods` only; on Linux the kubelet reports its own cgroup")];
    }
    if !observed.pods_only.is_empty() {
        let nodes = names(observed.pods_only.iter());
        let message = format!("only `pods` is reported by {nodes}, as Windows nodes do; nothing was measured there");
        out.push(Finding::warning("stats-pods-only", message));
    }
    if observed.repeated > 0 {
        let message = format!("{} figures were read before and count once", observed.repeated);
        out.push(
            Finding::advice("stats-repeated", message)
                .note("the kubelet measures every 10 s or so; read it less often"),
        );
    }
    let linux = observed.nodes.len() - observed.pods_only.len();
    if linux == 1 && observed.samples.len() > 1 {
        let message = "all samples come from one node, and its moments do not tell how nodes differ";
        out.push(Finding::warning("stats-one-node", message).help("add documents of other nodes of the class"));
    }
    if observed.held.is_empty() && observed.holding.1 > 0 && observed.holding.0 == observed.holding.1 {
        let message = "`misc` has at least the memory of `kubelet` and `runtime` together in every document";
        out.push(
            Finding::warning("stats-misc-holds", message)
                .note("where the kubelet's `systemCgroups` is a slice such as `/system.slice`, it holds their services, too")
                .help("if so, add `--misc-holds kubelet --misc-holds runtime`, or they are reserved for twice"),
        );
    }
    for container in Container::ALL {
        out.extend(missing(observed, container));
    }
    out.extend(fits.iter().filter_map(short));
    in_order(&mut out);
    out
}

/// A container that some node does not report.
fn missing(observed: &Observed, container: Container) -> Option<Finding> {
    let has = |n: &&Arc<str>| observed.samples.iter().any(|s| s.container == container && s.node == **n);
    let linux = observed.nodes.keys().filter(|n| !observed.pods_only.contains(n));
    let without: Vec<&Arc<str>> = linux.clone().filter(|n| !has(n)).collect();
    let (missing, all) = (without.len(), linux.count());
    if missing == 0 {
        return None;
    }
    let name = container.name();
    let message = match missing == all {
        true => format!("no node reports `{name}`: the catalogue's costs stay for it"),
        false => format!("`{name}` is not reported by {}", names(without.into_iter())),
    };
    let why = match container {
        Container::Kubelet => "a kubelet whose cgroups for CPU and memory differ does not find its own",
        Container::Runtime => {
            "a kubelet reports it when started with `--runtime-cgroups`, such as `/system.slice/containerd.service`"
        }
        Container::Misc => {
            "a kubelet reports it where `systemCgroups` is set, and then moves the host's processes there"
        }
    };
    Some(Finding::advice("stats-container-missing", message).note(why))
}

/// A line that is not there.
fn short(fit: &Fit) -> Option<Finding> {
    let what = format!("{} of `{}`", fit.resource.name(), fit.container.name());
    match fit.result.as_ref().err()? {
        Short::Samples { least } => {
            let message = format!("{what} has {}, and the quantile needs {least}", samples(fit.samples));
            Some(
                Finding::warning("stats-too-few", message)
                    .note(
                        "with fewer, less than one sample is expected above the quantile: it would be the largest one",
                    )
                    .help("add documents of more nodes and moments, or ask for a lower `--quantile`"),
            )
        }
        Short::Spread { constant } => {
            let unit = if fit.resource == Resource::Memory { "Ki" } else { "u" };
            let message =
                format!("{what} was measured at {} pods only: the slope cannot be told from a constant", fit.pods.0);
            Some(
                Finding::warning("stats-no-spread", message)
                    .note(format!("{constant}{unit} at {} pods, which says nothing of any other number", fit.pods.0))
                    .help("add documents of nodes with fewer and with more pods"),
            )
        }
        Short::Shared { with } if fit.resource == Resource::Memory => {
            let message =
                format!("`{}` and `{}` have the same figures: they are one cgroup", with.name(), fit.container.name());
            Some(
                Finding::warning("stats-same-cgroup", message).note(
                    "the line of the one holds both; the catalogue's costs of the other are added to it in a plan",
                ),
            )
        }
        Short::Shared { .. } => None,
    }
}

fn samples(count: i64) -> String {
    if count == 1 { "1 sample".into() } else { format!("{count} samples") }
}

/// Up to three names, and how many more.
fn names<'n>(all: impl Iterator<Item = &'n Arc<str>>) -> String {
    let all: Vec<String> = all.map(|n| format!("`{n}`")).collect();
    match all.len() {
        0..=3 => all.join(", "),
        more => format!("{} and {} more", all[..3].join(", "), more - 3),
    }
}
