//! Component costs measured on the user's own nodes, as meant: which line stands in for which costs, and what is doubtful.

use super::class::Reservation;
use super::known::{Cause, Known};
use crate::calibrate::{Container, Line, Resource, least_samples};
use crate::diag::{Finding, Place};
use crate::spec::{At, Class, MeasuredCost, Spec};

/// Measured costs of a class.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// One per container and resource that was measured.
    pub lines: Vec<MeasuredLine>,
    /// `0.95 quantile of 240 samples, …`, with what of it is stated; empty when nothing is.
    pub basis: String,
    /// Most pods on a measured node, when stated.
    pub pods_max: Option<Known<i64>>,
    /// Where that is stated.
    pub pods_max_at: Option<Place>,
}

/// A measured cost.
#[derive(Clone, Debug)]
pub struct MeasuredLine {
    /// Whose cgroup. The catalogue's costs that are in it are replaced.
    pub container: Container,
    /// Of what.
    pub resource: Resource,
    /// In KiB or µCPU.
    pub line: Line,
    /// The keys of the spec.
    pub causes: Vec<Cause>,
}

impl Measured {
    /// The line that stands in for the costs in a container, when it was measured.
    #[must_use]
    pub fn line(&self, container: &str, resource: &str) -> Option<&MeasuredLine> {
        self.lines.iter().find(|l| l.container.name() == container && l.resource.name() == resource)
    }
}

/// Reads what a class states, and says what of it cannot be used or is doubtful.
pub(super) fn measured(
    spec: &Spec,
    name: &str,
    at: &At<Class>,
    reservation: Option<&Known<Reservation>>,
    findings: &mut Vec<Finding>,
) -> Measured {
    let Some(stated) = &at.value.measured else { return Measured::default() };
    let key = spec.key_place(stated);
    if let Some(Reservation::Published(policy, _)) = reservation.map(|r| &r.value) {
        let message = format!("{name}: `measured` states component costs, and the policy `{policy}` sums none");
        let finding = Finding::error("measured-not-fitted", message).at(&key, "would have no effect");
        findings.push(
            match &at.value.reservation {
                Some(policy) => finding.clash(&spec.place(policy), "a published formula"),
                None => finding,
            }
            .help("plan with `reservation = \"fitted\"`, or take `measured` out"),
        );
        return Measured::default();
    }
    if stated.value.costs.is_empty() {
        let message = format!("{name}: `measured` states no cost of `kubelet`, `runtime` or `system`");
        findings.push(Finding::error("measured-empty", message).at(&key, "would have no effect"));
        return Measured::default();
    }
    let lines = stated.value.costs.iter().filter_map(|cost| line(spec, cost, findings)).collect();
    let value = &stated.value;
    if let (Some(quantile), Some(samples)) = (&value.quantile, &value.samples)
        && samples.value < least_samples(quantile.value)
    {
        let least = least_samples(quantile.value);
        let message = format!(
            "{name}: {} samples do not tell the {} quantile, which needs {least}",
            samples.value,
            share(quantile.value)
        );
        findings.push(
            Finding::warning("measured-few-samples", message)
                .at(&spec.place(samples), "fewer than it needs")
                .clash(&spec.place(quantile), "asked for here")
                .note("less than one sample is expected above it: what is called the quantile is the largest sample"),
        );
    }
    let unsaid: Vec<&str> = [
        ("`quantile`", value.quantile.is_none()),
        ("`samples`", value.samples.is_none()),
        ("`pods-max`", value.pods_max.is_none()),
    ]
    .iter()
    .filter_map(|(key, missing)| missing.then_some(*key))
    .collect();
    if !unsaid.is_empty() {
        let message = format!("{name}: `measured` does not say {}", unsaid.join(", "));
        findings.push(
            Finding::advice("measured-basis-unknown", message)
                .at(&key, "how far these costs hold is not known")
                .help("`plimsoll calibrate` prints them with the costs"),
        );
    }
    Measured {
        lines,
        basis: basis(value),
        pods_max: value.pods_max.as_ref().map(Known::spec),
        pods_max_at: value.pods_max.as_ref().map(|p| spec.place(p)),
    }
}

/// A cost with both its parts; with one alone, the other would have to be guessed.
fn line(spec: &Spec, cost: &MeasuredCost, findings: &mut Vec<Finding>) -> Option<MeasuredLine> {
    let key = cost.resource.name();
    match (&cost.node, &cost.pod) {
        (Some(node), Some(pod)) => Some(MeasuredLine {
            container: cost.container,
            resource: cost.resource,
            line: Line { node: node.value, pod: pod.value },
            causes: vec![Cause::Spec(node.path.to_string()), Cause::Spec(pod.path.to_string())],
        }),
        (Some(only), None) | (None, Some(only)) => {
            let (has, lacks) = match cost.node.is_some() {
                true => (key.to_string(), format!("{key}-per-pod")),
                false => (format!("{key}-per-pod"), key.to_string()),
            };
            let owner = cost.container.key();
            let message = format!("the measured `{owner}` has `{has}` and no `{lacks}`");
            findings.push(
                Finding::error("measured-half", message)
                    .at(&spec.key_place(only), "half of a cost")
                    .help(format!("add `{lacks}`; `\"0\"` says that there is none")),
            );
            None
        }
        (None, None) => None,
    }
}

/// What the figures are, for reasons: `0.95 quantile of 240 samples, plimsoll calibrate, 12 nodes`.
fn basis(stated: &crate::spec::Measured) -> String {
    let quantile = stated.quantile.as_ref().map(|q| format!("{} quantile", share(q.value)));
    let samples = stated.samples.as_ref().map(|s| format!("{} samples", s.value));
    let first = match (quantile, samples) {
        (Some(quantile), Some(samples)) => Some(format!("{quantile} of {samples}")),
        (one, other) => one.or(other),
    };
    let up_to = stated.pods_max.as_ref().map(|p| format!("up to {} pods", p.value));
    let source = stated.source.as_ref().map(|s| s.value.clone());
    [first, up_to, source].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Millionths as a decimal number.
fn share(ppm: i64) -> String {
    let text = format!("{}.{:06}", ppm / 1_000_000, ppm % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}
