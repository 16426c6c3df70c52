//! kube-apiserver: seats of priority and fairness from the load, events, timeouts, and what its servers need.

pub mod audit;
pub mod demand;
pub mod events;
pub mod inflight;
pub mod machine;
mod options;
pub mod seats;
pub mod servers;

use super::load::{Client, Load};
use crate::diag::Finding;
use crate::facts::{Facts, Known};
use crate::rules::class::ClassResult;
use crate::rules::{Draft, Rule};
use machine::Need;
use servers::Servers;
use std::collections::BTreeMap;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[
    &events::EVENT_TTL,
    &inflight::SEATS,
    &inflight::SHARES,
    &inflight::CLIENT,
    &options::TIMEOUTS,
    &options::COMPACTION,
    &options::GOAWAY,
    &audit::LOG,
    &audit::FILES,
    &audit::SLOW,
];

/// Sets the API servers' flags, and priority levels where the plan needs others than upstream's.
pub fn decide(
    facts: &Facts,
    load: &Load,
    classes: &BTreeMap<String, ClassResult>,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) {
    let servers = Servers::of(facts, classes);
    let demands = demand::demands(facts, load, servers.as_ref());
    inflight::decide(facts, &demands, servers.as_ref(), draft, findings);
    options::decide(facts, servers.as_ref(), draft);
    audit::decide(facts, load, servers.as_ref(), draft, findings);
    if let Some(servers) = &servers {
        findings.extend(machine::findings(&Need::of(facts, load, &servers.alive), servers, draft));
    }
}

/// Seats that a client's priority level has on all servers that are there while some may be away, as planned so far.
#[must_use]
pub fn seats_of(client: Client, servers: Option<&Servers>, draft: &Draft<'_>) -> Known<i64> {
    let names = ["kube-apiserver/max-requests-inflight", "kube-apiserver/max-mutating-requests-inflight"];
    let limit = names.iter().filter_map(|n| draft.get(n)?.as_i64()).fold(0, i64::saturating_add);
    let mut shares = inflight::shipped();
    for (name, value) in &draft.values {
        if let (Some(level), Some(planned)) = (name.strip_prefix("priority-level/shares."), value.value.as_i64()) {
            shares.insert(level.to_string(), planned);
        }
    }
    let own = shares.get(client.level()).copied().unwrap_or(0);
    let each = seats::nominal(limit, own, shares.values().sum());
    let alive = servers.map_or_else(|| Known::fact(1, "opinion/api-server/servers-away"), |s| s.alive.clone());
    names.iter().fold(alive.map(|n| n.saturating_mul(each)), |known, name| {
        known.and(crate::facts::Cause::Value((*name).to_string()))
    })
}
