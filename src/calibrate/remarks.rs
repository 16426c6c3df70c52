//! What must be said beside the lines: what could not be fitted, what is missing, and what makes a figure doubtful.

use super::fit::{Fit, Short};
use super::read::Observed;
use super::sample::Container;
use crate::diag::{Finding, in_order};
use std::collections::{BTreeMap, BTreeSet};
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
                .note("the kubelet measures about every 10 s; documents that are taken more often say nothing new"),
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
    out.extend(short(fits));
    in_order(&mut out);
    out
}

/// A container that some node does not report.
fn missing(observed: &Observed, container: Container) -> Option<Finding> {
    let with: BTreeSet<&Arc<str>> =
        observed.samples.iter().filter(|s| s.container == container).map(|s| &s.node).collect();
    let linux = observed.nodes.keys().filter(|n| !observed.pods_only.contains(n));
    let without: Vec<&Arc<str>> = linux.clone().filter(|n| !with.contains(n)).collect();
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

/// Lines that are not there: each cause is said once, with all that it concerns.
fn short(fits: &[Fit]) -> Vec<Finding> {
    let mut causes: BTreeMap<Cause, Vec<&Fit>> = BTreeMap::new();
    for fit in fits {
        let cause = match fit.result.as_ref().err() {
            Some(Short::Samples { least }) => Cause::Samples(fit.samples, *least),
            Some(Short::Spread { .. }) => Cause::Spread(fit.pods.0),
            Some(Short::Shared { with }) => Cause::Shared(*with, fit.container),
            None => continue,
        };
        causes.entry(cause).or_default().push(fit);
    }
    causes.into_iter().map(|(cause, fits)| cause.finding(&fits)).collect()
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    /// So many samples of so many that are needed.
    Samples(i64, i64),
    /// One number of pods.
    Spread(i64),
    /// One cgroup under two names.
    Shared(Container, Container),
}

impl Cause {
    fn finding(&self, fits: &[&Fit]) -> Finding {
        let what = fits.iter().map(|f| format!("`{}` {}", f.container.name(), f.resource.name())).collect::<Vec<_>>();
        let what = what.join(", ");
        match self {
            Self::Samples(samples, least) => {
                let samples = if *samples == 1 { "1 sample".to_string() } else { format!("{samples} samples") };
                let message = format!("too few samples for the quantile, which needs {least}: {samples} of {what}");
                Finding::warning("stats-too-few", message)
                    .note(
                        "with fewer, less than one sample is expected above the quantile: it would be the largest one",
                    )
                    .help("add documents of more nodes and moments, or ask for a lower `--quantile`")
            }
            Self::Spread(pods) => {
                let message =
                    format!("the slope cannot be told from a constant: only nodes with {pods} pods have {what}");
                Finding::warning("stats-no-spread", message)
                    .note(format!("the table shows what holds at {pods} pods, which says nothing of any other number"))
                    .help("add documents of nodes with fewer and with more pods")
            }
            Self::Shared(with, same) => {
                let message =
                    format!("`{}` and `{}` have the same figures: they are one cgroup", with.name(), same.name());
                Finding::warning("stats-same-cgroup", message).note(
                    "the line of the one holds both; the catalogue's costs of the other are added to it in a plan",
                )
            }
        }
    }
}

/// Up to three names, and how many more.
fn names<'n>(all: impl Iterator<Item = &'n Arc<str>>) -> String {
    let all: Vec<String> = all.map(|n| format!("`{n}`")).collect();
    match all.len() {
        0..=3 => all.join(", "),
        more => format!("{} and {} more", all[..3].join(", "), more - 3),
    }
}
