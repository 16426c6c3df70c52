//! kube-controller-manager: node lifecycle, workers of each controller, request rates, endpoints, autoscalers, pod collection.

mod autoscalers;
mod endpoints;
mod lifecycle;
pub mod rates;
mod terminated;
mod workers;

use super::election;
use super::load::Load;
use crate::diag::Finding;
use crate::facts::Facts;
use crate::rules::class::ClassResult;
use crate::rules::{Draft, Rule};
use std::collections::BTreeMap;

pub use autoscalers::not_yours;
pub use lifecycle::grace_for;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[
    &lifecycle::GRACE,
    &lifecycle::LIFECYCLE,
    &workers::CONCURRENCY,
    &rates::RATES,
    &endpoints::SLICES,
    &endpoints::BATCHES,
    &autoscalers::AUTOSCALERS,
    &terminated::TERMINATED,
];

/// What all flags' names begin with.
const PREFIX: &str = "kube-controller-manager/";

/// Sets the controller-manager's flags. etcd's are planned before: how long an election takes, and what its quota is.
pub fn decide(
    facts: &Facts,
    classes: &BTreeMap<String, ClassResult>,
    load: &Load,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) {
    lifecycle::decide(facts, classes, draft);
    let time = rates::request_time(facts);
    let works = workers::works(load);
    rates::decide(facts, &works, &time, draft, findings);
    workers::decide(facts, &works, &time, draft);
    autoscalers::decide(facts, draft, findings);
    endpoints::decide(facts, &works, draft);
    election::decide(&election::CONTROLLERS, draft);
    terminated::decide(facts, draft);
}

/// Thousandths as a decimal number: `92.5`.
pub(super) fn decimal(thousandths: i64) -> String {
    let (whole, part) = (thousandths / 1000, thousandths % 1000 / 10);
    match part {
        0 => whole.to_string(),
        part if part % 10 == 0 => format!("{whole}.{}", part / 10),
        part => format!("{whole}.{part:02}"),
    }
}

/// A number that may not fit, at the nearest end.
fn fitting(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The quotient of two numbers that are not negative, rounded up; `by` is positive.
fn up(value: i128, by: i128) -> i64 {
    fitting((value + by - 1) / by)
}
