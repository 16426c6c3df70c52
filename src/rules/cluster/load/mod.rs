//! What nodes and pods ask of the control plane: objects of each kind, requests of each client, watches, and the largest burst.
//!
//! One model for all that rests on it: etcd's database, the API servers' concurrency and memory, the controllers' rates. Rates
//! are in thousandths per second; every number knows what it rests on.

mod churn;
mod flow;
mod objects;
mod pods;
mod watch;

pub use churn::{Burst, Churn};
pub use flow::{Client, Flow};
pub use objects::EVENTS;
pub use watch::Watch;

use super::Totals;
use crate::facts::{Facts, Known};
use crate::quantity::Bytes;
use crate::rules::class::ClassResult;
use std::collections::BTreeMap;

/// One kind of object that the cluster keeps.
#[derive(Clone, Debug)]
pub struct Kind {
    /// What it is called in arithmetic, in the plural.
    pub name: String,
    /// How many there are.
    pub count: Known<i64>,
    /// Bytes of one revision of one object, as stored.
    pub bytes: Known<i64>,
    /// Steady writes of the kind, in thousandths of a write per second.
    pub writes: Known<i64>,
    /// What the burst adds to them, in thousandths of a write per second.
    pub burst: Known<i64>,
}

/// The load of the cluster.
#[derive(Clone, Debug)]
pub struct Load {
    /// Every kind of object.
    pub kinds: Vec<Kind>,
    /// Pods that start and end.
    pub churn: Churn,
    /// Steady requests.
    pub steady: Vec<Flow>,
    /// Requests that the burst adds.
    pub burst: Vec<Flow>,
    /// Open watches.
    pub watches: Vec<Watch>,
}

impl Load {
    /// The load of the nodes, pods and objects that the spec and the planned classes come to. `event_ttl` is how many seconds
    /// the API servers keep an event.
    #[must_use]
    pub fn of(
        facts: &Facts,
        totals: &Totals,
        classes: &BTreeMap<String, ClassResult>,
        churn: Churn,
        event_ttl: &Known<i64>,
    ) -> Self {
        let steady = flow::steady(facts, classes, &churn);
        let burst = pods::burst(&churn);
        let mut kinds = objects::kinds(facts, totals, &churn, event_ttl);
        for kind in &mut kinds {
            kind.writes = flow::stored(&steady, &kind.name);
            kind.burst = flow::stored(&burst, &kind.name);
        }
        let watches = watch::watches(facts, classes, &kinds);
        Self { kinds, churn, steady, burst, watches }
    }

    /// Bytes of all objects, one revision of each.
    #[must_use]
    pub fn objects(&self) -> Known<i128> {
        self.sum(|k| k.count.join(&k.bytes, |count, bytes| i128::from(*count) * i128::from(*bytes)))
    }

    /// How many objects there are.
    #[must_use]
    pub fn count(&self) -> Known<i128> {
        self.sum(|k| k.count.map(|c| i128::from(*c)))
    }

    /// Bytes of the revisions that steady writes leave within `seconds`.
    #[must_use]
    pub fn history(&self, seconds: i64) -> Known<i128> {
        self.sum(|k| k.writes.join(&k.bytes, |w, b| i128::from(*w) * i128::from(seconds) * i128::from(*b) / 1000))
    }

    /// Bytes of the revisions that the burst adds while it lasts.
    #[must_use]
    pub fn burst_history(&self) -> Known<i128> {
        let bytes = self.sum(|k| k.burst.join(&k.bytes, |w, b| i128::from(*w) * i128::from(*b)));
        bytes.join(&self.churn.burst.seconds, |b, seconds| b * i128::from(*seconds) / 1000)
    }

    /// Steady writes of all kinds to etcd, in thousandths of a write per second.
    #[must_use]
    pub fn writes(&self) -> Known<i128> {
        self.sum(|k| k.writes.map(|w| i128::from(*w)))
    }

    /// Writes to etcd while the burst lasts, the steady ones included, in thousandths of a write per second.
    #[must_use]
    pub fn peak_writes(&self) -> Known<i128> {
        self.sum(|k| k.writes.join(&k.burst, |w, b| i128::from(*w) + i128::from(*b)))
    }

    /// Bytes per second that steady writes bring to etcd.
    #[must_use]
    pub fn bytes_per_second(&self) -> Known<i128> {
        self.history(1)
    }

    /// Bytes per second that reach etcd while the burst lasts, the steady ones included.
    #[must_use]
    pub fn peak_bytes_per_second(&self) -> Known<i128> {
        let of = |k: &Kind| k.writes.join(&k.burst, |w, b| i128::from(*w) + i128::from(*b));
        self.sum(|k| of(k).join(&k.bytes, |w, b| w * i128::from(*b) / 1000))
    }

    /// Steady requests of one kind of client, reads and writes, in thousandths of a request per second.
    #[must_use]
    pub fn requests(&self, client: Client) -> Known<i64> {
        flow::sum(&self.steady, |f| f.client == client)
    }

    /// Requests of one kind of client while the burst lasts, the steady ones included.
    #[must_use]
    pub fn peak_requests(&self, client: Client) -> Known<i64> {
        let more = flow::sum(&self.burst, |f| f.client == client);
        self.requests(client).join(&more, |a, b| a.saturating_add(*b))
    }

    /// One kind of object by its name.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.kinds.iter().find(|k| k.name == name)
    }

    /// Watches that all API servers have open together.
    #[must_use]
    pub fn open_watches(&self) -> Known<i64> {
        let open: Vec<Known<i64>> = self.watches.iter().map(|w| w.open.clone()).collect();
        Known::<i64>::fold(0, &open, |sum, open| i64::saturating_add(sum, *open))
    }

    /// Watchers that are handed each write of a kind.
    #[must_use]
    pub fn watchers(&self, kind: &str) -> Known<i64> {
        let each: Vec<Known<i64>> = self.watches.iter().filter(|w| w.kind == kind).map(|w| w.receive.clone()).collect();
        Known::<i64>::fold(0, &each, |sum, each| i64::saturating_add(sum, *each))
    }

    /// Changes handed to watchers, in thousandths per second; with `burst` while it lasts.
    #[must_use]
    pub fn deliveries(&self, burst: bool) -> Known<i128> {
        self.sum(|k| {
            let writes = if burst { k.writes.join(&k.burst, |w, b| w.saturating_add(*b)) } else { k.writes.clone() };
            writes.join(&self.watchers(&k.name), |w, n| i128::from(*w) * i128::from(*n))
        })
    }

    /// Bytes per second handed to watchers, counted as stored; with `burst` while it lasts.
    #[must_use]
    pub fn delivered_bytes(&self, burst: bool) -> Known<i128> {
        self.sum(|k| {
            let writes = if burst { k.writes.join(&k.burst, |w, b| w.saturating_add(*b)) } else { k.writes.clone() };
            let out = writes.join(&self.watchers(&k.name), |w, n| i128::from(*w) * i128::from(*n));
            out.join(&k.bytes, |out, bytes| out * i128::from(*bytes) / 1000)
        })
    }

    /// Bytes that all nodes list when all of them start anew at once: what each watches whole, and its own pods.
    #[must_use]
    pub fn relist(&self) -> Known<i128> {
        self.sum(|k| {
            let whole = k.count.join(&k.bytes, |count, bytes| i128::from(*count) * i128::from(*bytes));
            let nodes: Vec<Known<i64>> =
                self.watches.iter().filter(|w| w.kind == k.name && w.node).map(|w| w.receive.clone()).collect();
            let times = Known::<i64>::fold(0, &nodes, |sum, n| i64::saturating_add(sum, *n));
            whole.join(&times, |bytes, times| bytes * i128::from(*times))
        })
    }

    /// The kind that takes the most bytes, with its arithmetic.
    #[must_use]
    pub fn largest(&self) -> String {
        let bytes = |k: &&Kind| i128::from(k.count.value) * i128::from(k.bytes.value);
        let largest = self.kinds.iter().max_by_key(bytes);
        largest.map_or_else(String::new, |k| format!("{} {} × {}", k.count.value, k.name, Bytes(k.bytes.value)))
    }

    fn sum(&self, of: impl Fn(&Kind) -> Known<i128>) -> Known<i128> {
        let parts: Vec<Known<i128>> = self.kinds.iter().map(of).collect();
        Known::<i128>::fold(0, &parts, |sum, part| sum + part)
    }
}
