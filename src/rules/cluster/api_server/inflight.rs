//! How many requests an API server works on at once, and which priority levels get more shares than upstream gives them.

use super::demand::{Demand, client_level};
use super::seats::nominal;
use super::servers::Servers;
use crate::because;
use crate::catalog;
use crate::diag::Finding;
use crate::facts::{Cause, Facts, Known};
use crate::quantity::ceil_div;
use crate::rules::{Draft, Origin, Rule};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Seats.
pub static SEATS: Rule = Rule {
    id: "apiserver-seats",
    why: "priority and fairness adds both limits up to the seats of one server and divides them by shares; each level must carry its part of the load's peak",
    source: "kubernetes/kubernetes staging/src/k8s.io/apiserver/pkg/util/flowcontrol/apf_controller.go finishQueueSetReconfigsLocked; profiles/opinions/api-server.toml",
};
/// Shares.
pub static SHARES: Rule = Rule {
    id: "priority-level-shares",
    why: "a level that needs more than its part gets more shares where more seats for all would be more than the machine can work on",
    source: "kubernetes/kubernetes staging/src/k8s.io/apiserver/pkg/util/flowcontrol/apf_controller.go finishQueueSetReconfigsLocked",
};
/// A client of its own.
pub static CLIENT: Rule = Rule {
    id: "client-priority-level",
    why: "a client with a level of its own neither waits for others nor keeps them waiting",
    source: "kubernetes/website concepts/cluster-administration/flow-control",
};

const READS: &str = "kube-apiserver/max-requests-inflight";
const WRITES: &str = "kube-apiserver/max-mutating-requests-inflight";

/// Shares of upstream's levels, and of those that clients have of their own.
pub type Shares = BTreeMap<String, i64>;

/// Shares as they are shipped.
#[must_use]
pub fn shipped() -> Shares {
    catalog::priority_levels().iter().map(|l| (l.name.clone(), l.shares)).collect()
}

/// Sets the limits, then what single levels need beside them.
pub fn decide(
    facts: &Facts,
    demands: &[Demand],
    servers: Option<&Servers>,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) {
    limits(demands, servers, draft);
    let limit = [READS, WRITES].iter().filter_map(|n| draft.get(n)?.as_i64()).fold(0, i64::saturating_add);
    let (raised, fits) = raise(demands, limit);
    for (level, shares) in &raised {
        let Some(demand) = demands.iter().find(|d| d.level == *level) else { continue };
        let all: i64 = all_shares(&raised);
        let reason =
            format!("{}: {shares} of {all} shares are {} of {limit}", say(demand), nominal(limit, *shares, all));
        let rule = if demand.shares == 0 { &CLIENT } else { &SHARES };
        let causes = because![demand.seats; Cause::Value(READS.into()), Cause::Value(WRITES.into())];
        draft
            .set(&format!("priority-level/shares.{level}"), *shares, Origin::Derived, rule)
            .reason(reason)
            .because(causes);
    }
    for client in &facts.cluster.load.clients {
        let (name, level) = (&client.name, client_level(&client.name));
        let mut set = |key: &str, value: Json, reason: &str, causes: Vec<Cause>| {
            draft
                .set(&format!("flow-schema/{key}.{level}"), value, Origin::Derived, &CLIENT)
                .reason(reason)
                .because(causes);
        };
        let stated = because![client.requests];
        set("level", Json::from(level.as_str()), &format!("{name} waits in a level of its own"), stated);
        set("service-account", Json::from(client.account.value.as_str()), "as stated", because![client.account]);
        let precedence = Known::opinion("api-server/client-precedence");
        set(
            "precedence",
            Json::from(precedence.value),
            "before upstream's schemas of service accounts",
            because![precedence],
        );
    }
    if !fits {
        findings.extend(short(facts, demands, servers, limit));
    }
}

/// `workload-high: 52.31 requests a second at the peak take 3.20 seats a server on average, so 7`.
fn say(demand: &Demand) -> String {
    // Down to a hundredth: small clusters take that little.
    let hundredths = |n: i64, unit: i64| format!("{}.{:02}", n / unit, n % unit * 100 / unit);
    format!(
        "{}: {} requests a second at the peak take {} seats a server on average, so {}",
        demand.level,
        hundredths(demand.rate, 1000),
        hundredths(demand.mean, 1_000_000),
        demand.seats.value
    )
}

/// The level that is nearest to its limit.
fn tightest(demands: &[Demand]) -> Option<&Demand> {
    demands.iter().filter(|d| d.shares > 0).max_by_key(|d| d.mean.saturating_mul(1000) / d.shares.max(1))
}

fn limits(demands: &[Demand], servers: Option<&Servers>, draft: &mut Draft<'_>) {
    let version = draft.version();
    let [reads, writes] = [READS, WRITES].map(|name| Known::default_of(name, version));
    let total: i64 = shipped().values().sum();
    // What clients with levels of their own need comes on top.
    let own = total_of(demands.iter().filter(|d| d.shares == 0));
    let fits = |limit: i64| {
        demands.iter().all(|d| d.shares == 0 || nominal(limit.saturating_sub(own), d.shares, total) >= d.seats.value)
    };
    let both = |reads_limit: i64| reads_limit + reads_limit * writes.value / reads.value.max(1);
    let per_cpu = Known::opinion("api-server/seats-per-cpu");
    let most = servers.map(|s| s.cpus.join(&per_cpu, |cpus, each| cpus.saturating_mul(*each)));
    let menu: Vec<i64> = catalog::opinion("api-server/inflight")
        .and_then(|o| o.value.as_array().map(|list| list.iter().filter_map(Json::as_i64).collect()))
        .unwrap_or_default();
    let within = |n: &i64| *n == reads.value || most.as_ref().is_none_or(|m| both(*n) <= m.value);
    let allowed: Vec<i64> = menu.into_iter().filter(|n| *n >= reads.value && within(n)).collect();
    let chosen = allowed.iter().copied().find(|n| fits(both(*n))).or(allowed.last().copied()).unwrap_or(reads.value);
    let mut causes = because![reads, writes, per_cpu; Cause::Fact("opinion/api-server/inflight".into())];
    causes.extend(demands.iter().flat_map(|d| d.seats.causes().cloned()));
    causes.extend(most.iter().flat_map(|m| m.causes().cloned()));
    let reason = tightest(demands).map_or_else(String::new, |d| {
        format!("{} of {}", say(d), nominal(both(chosen).saturating_sub(own), d.shares, total))
    });
    let origin = if chosen == reads.value { Origin::Default } else { Origin::Derived };
    draft.set(READS, chosen, origin, &SEATS).reason(reason.clone()).because(causes.clone());
    draft.set(WRITES, both(chosen) - chosen, origin, &SEATS).reason(reason).because(causes);
}

/// Seats that some levels need together, each at least one.
fn total_of<'d>(demands: impl IntoIterator<Item = &'d Demand>) -> i64 {
    demands.into_iter().fold(0, |sum: i64, d| sum.saturating_add(d.seats.value.max(1)))
}

fn all_shares(raised: &Shares) -> i64 {
    let mut shares = shipped();
    shares.extend(raised.iter().map(|(name, n)| (name.clone(), *n)));
    shares.values().sum()
}

/// Levels that need other shares than they are shipped with, and whether all levels get what they need.
#[must_use]
pub fn raise(demands: &[Demand], limit: i64) -> (Shares, bool) {
    let mut short: Vec<&Demand> = demands.iter().filter(|d| d.shares == 0).collect();
    loop {
        let needs = total_of(short.iter().copied());
        let rest: i64 = demands.iter().filter(|d| !short.iter().any(|s| s.level == d.level)).map(|d| d.shares).sum();
        if needs >= limit {
            // Nobody gets more than upstream gives where there is not enough for all; single clients keep one share.
            let own = demands.iter().filter(|d| d.shares == 0).map(|d| (d.level.clone(), 1)).collect();
            return (own, false);
        }
        // A part of the seats that is as large as the need; what remains is divided by the others' shares.
        let part = |need: i64| ceil_div(need.max(1).saturating_mul(rest), limit - needs).max(1);
        let mut raised: Shares = short.iter().map(|d| (d.level.clone(), part(d.seats.value))).collect();
        // Rounding up one level's part can take a seat from another's.
        let lacks = |raised: &Shares| {
            let all = all_shares(raised);
            let lacking = |d: &&&Demand| raised.get(&d.level).is_some_and(|n| nominal(limit, *n, all) < d.seats.value);
            short.iter().find(lacking).map(|d| d.level.clone())
        };
        while let Some(level) = lacks(&raised) {
            *raised.entry(level).or_default() += 1;
        }
        let all = all_shares(&raised);
        let next = demands.iter().find(|d| {
            let shares = raised.get(&d.level).copied().unwrap_or(d.shares);
            !raised.contains_key(&d.level) && nominal(limit, shares, all) < d.seats.value
        });
        match next {
            Some(demand) => short.push(demand),
            None => return (raised, true),
        }
    }
}

/// Not enough seats, whatever the shares.
fn short(facts: &Facts, demands: &[Demand], servers: Option<&Servers>, limit: i64) -> Option<Finding> {
    let class = facts.classes.values().next()?;
    let place = servers.map_or(&class.place, |s| &s.place);
    let needs = total_of(demands);
    let message = format!("the peak of the load needs {needs} seats of each API server, which has {limit}");
    let finding = Finding::warning("apiserver-seats-short", message).at(place, "API servers run here");
    Some(
        finding
            .note(tightest(demands).map_or_else(String::new, say))
            .note("requests that find no seat wait in queues, and are refused when these are full")
            .help("give the control plane more or larger machines, raise a pinned limit, or let the burst take longer"),
    )
}
