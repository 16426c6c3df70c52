//! How many seats the load takes in each priority level: requests per second times the time for which each holds its seats.

use super::seats::Watchers;
use super::servers::Servers;
use crate::catalog;
use crate::facts::{Facts, Known};
use crate::quantity::ceil_div;
use crate::rules::cluster::load::{Client, Flow, Load};

/// What one level has to carry on one server.
#[derive(Clone, Debug)]
pub struct Demand {
    /// The level.
    pub level: String,
    /// Its shares, as upstream ships it; 0 for a level that is not upstream's.
    pub shares: i64,
    /// Thousandths of a request per second, on all servers together, at the peak.
    pub rate: i64,
    /// Millionths of a seat that these take on one server on average.
    pub mean: i64,
    /// Seats that the level needs on one server, so that it is not busier than it may be.
    pub seats: Known<i64>,
}

/// Whose requests a level of one's own takes: its name for one client.
#[must_use]
pub fn client_level(client: &str) -> String {
    format!("client-{client}")
}

/// Microseconds of a seat that one request takes.
fn seat_time(load: &Load, flow: &Flow, alive: &Known<i64>) -> Known<i64> {
    let Some(kind) = flow.writes else { return Known::cost("apiserver-seat-read") };
    let numbers = ["watches-per-seat", "watch-event-duration", "write-seats-most"].map(Known::limit);
    let watchers = load.watchers(kind).join(alive, |all, servers| ceil_div(*all, (*servers).max(1)));
    let time = Known::cost("apiserver-seat-write").join(&watchers, |time, watchers| {
        Watchers { per_seat: numbers[0].value, held: numbers[1].value, most: numbers[2].value }
            .seat_time(*time, *watchers)
    });
    numbers.iter().fold(time, |time, number| time.join(number, |t, _| *t))
}

/// The demand of every level that the load reaches, upstream's in its order and then those of single clients.
#[must_use]
pub fn demands(facts: &Facts, load: &Load, servers: Option<&Servers>) -> Vec<Demand> {
    let alive = servers.map_or_else(|| Known::fact(1, "opinion/api-server/servers-away"), |s| s.alive.clone());
    let busy = Known::opinion("api-server/busy");
    let mut out = Vec::new();
    for level in catalog::priority_levels() {
        let client = Client::ALL.into_iter().find(|c| c.level() == level.name);
        let flows: Vec<&Flow> = load.steady.iter().chain(&load.burst).filter(|f| Some(f.client) == client).collect();
        let parts: Vec<(i64, Known<i128>)> = flows
            .iter()
            .map(|f| (f.rate.value, f.rate.join(&seat_time(load, f, &alive), |r, t| i128::from(*r) * i128::from(*t))))
            .collect();
        out.push(demand(&level.name, level.shares, &parts, &alive, &busy, &format!("priority-level/{}", level.name)));
    }
    for client in &facts.cluster.load.clients {
        let rate = client.requests.map(|r| r.saturating_mul(1000));
        let part = rate.join(&Known::cost("apiserver-seat-write"), |r, t| i128::from(*r) * i128::from(*t));
        out.push(demand(
            &client_level(&client.name),
            0,
            &[(rate.value, part)],
            &alive,
            &busy,
            "priority-level/workload-low",
        ));
    }
    out
}

fn demand(
    level: &str,
    shares: i64,
    parts: &[(i64, Known<i128>)],
    alive: &Known<i64>,
    busy: &Known<i64>,
    fact: &str,
) -> Demand {
    let rate = parts.iter().fold(0, |sum: i64, (rate, _)| sum.saturating_add(*rate));
    let work = Known::<i128>::fold(0, parts.iter().map(|(_, work)| work), |sum, work| sum + work);
    // Thousandths of a request per second times microseconds are 10⁻⁹ seats.
    let mean = work.join(alive, |work, alive| i64::try_from(work / 1000 / i128::from(*alive)).unwrap_or(i64::MAX));
    let seats = mean.join(busy, |mean, busy| ceil_div(mean.saturating_mul(100), 1_000_000 * (*busy).max(1)));
    let seats = seats.and(crate::facts::Cause::Fact(fact.to_string()));
    Demand { level: level.to_string(), shares, rate, mean: mean.value, seats }
}
