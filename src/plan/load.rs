//! The load of the control plane as JSON: what the plan of its components rests on.

use crate::quantity::Bytes;
use crate::rules::cluster::load::{Client, Kind, Load};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A rate in thousandths per second as a number.
fn rate(milli: i128) -> Value {
    if milli % 1000 == 0 { json!(narrow(milli / 1000)) } else { json!(narrow(milli) as f64 / 1000.0) }
}

fn narrow(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The whole load.
pub(super) fn json(load: &Load) -> Value {
    let kinds: Map<String, Value> = load
        .kinds
        .iter()
        .filter(|k| k.count.value > 0 || k.writes.value > 0)
        .map(|k| (k.name.clone(), kind(k)))
        .collect();
    let client = |c: Client| {
        let mut each: BTreeMap<&str, i64> = BTreeMap::new();
        for flow in load.steady.iter().filter(|f| f.client == c && f.rate.value > 0) {
            let sum = each.entry(flow.what).or_default();
            *sum = sum.saturating_add(flow.rate.value);
        }
        let each: Map<String, Value> = each.into_iter().map(|(what, n)| (what.into(), rate(i128::from(n)))).collect();
        let requests = |n: i64| rate(i128::from(n));
        let of = json!({ "level": c.level(), "requestsPerSecond": requests(load.requests(c).value),
                         "peakRequestsPerSecond": requests(load.peak_requests(c).value), "requests": each });
        (c.name().to_string(), of)
    };
    let clients: Map<String, Value> = Client::ALL.into_iter().map(client).collect();
    json!({
        "objects": narrow(load.count().value),
        "bytes": narrow(load.objects().value),
        "writesPerSecond": rate(load.writes().value),
        "bytesPerSecond": narrow(load.bytes_per_second().value),
        "podStartsPerSecond": rate(i128::from(load.churn.starts.value)),
        "burst": {
            "pods": load.churn.burst.pods.value,
            "seconds": load.churn.burst.seconds.value,
            "writesPerSecond": rate(load.peak_writes().value),
            "bytesPerSecond": narrow(load.peak_bytes_per_second().value),
        },
        "watches": {
            "open": load.open_watches().value,
            "changesPerSecond": rate(load.deliveries(false).value),
            "peakChangesPerSecond": rate(load.deliveries(true).value),
            "peakBytesPerSecond": narrow(load.delivered_bytes(true).value),
        },
        "relistBytes": narrow(load.relist().value),
        "kinds": kinds,
        "clients": clients,
    })
}

fn kind(kind: &Kind) -> Value {
    json!({
        "count": kind.count.value,
        "size": Bytes(kind.bytes.value).to_string(),
        "writesPerSecond": rate(i128::from(kind.writes.value)),
        "peakWritesPerSecond": rate(i128::from(kind.writes.value) + i128::from(kind.burst.value)),
    })
}
