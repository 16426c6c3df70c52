//! How long events are kept: what they take of etcd's database, since every API server keeps them there.

use super::super::load::Churn;
use crate::because;
use crate::catalog;
use crate::facts::{Cause, Known};
use crate::quantity::{Bytes, GoDuration};
use crate::rules::{Choice, Draft, Origin, Rule, choose};
use serde_json::Value as Json;

/// Events fit.
pub static EVENT_TTL: Rule = Rule {
    id: "apiserver-event-ttl",
    why: "events stay in etcd until their time to live ends; they may take a share of the largest database that etcd suggests",
    source: "kubernetes/kubernetes pkg/registry/core/event/storage; etcd-io/etcd server/storage/quota.go; profiles/opinions/load.toml",
};

const NAME: &str = "kube-apiserver/event-ttl";

/// Sets the time to live of events; its seconds.
pub fn decide(churn: &Churn, draft: &mut Draft<'_>) -> Known<i64> {
    let (rate, bytes, most) = (churn.events(), Known::cost("etcd-event-bytes"), Known::limit("etcd-quota-suggested"));
    let share = Known::opinion("load/events-share");
    let most = most.join(&share, |quota, percent| quota / 100 * percent);
    let default = draft.default_of(NAME);
    let seconds = |value: &Json| {
        let nanos = value.as_str().and_then(|text| GoDuration::parse(text).ok()).map_or(0, |d| d.0);
        nanos / GoDuration::SECOND
    };
    let taken = |ttl: i64| i128::from(rate.value) * i128::from(ttl) * i128::from(bytes.value) / 1000;
    let line = |ttl: i64| {
        let mi = |b: i128| format!("{}Mi", (b + (1 << 20) - 1) >> 20);
        let (whole, part) = (rate.value / 1000, rate.value % 1000 / 100);
        format!(
            "{whole}.{part} events a second × {ttl}s × {} = {} of {}",
            Bytes(bytes.value),
            mi(taken(ttl)),
            mi(i128::from(most.value))
        )
    };
    let shorter = catalog::opinion("load/event-ttls").and_then(|o| o.value.as_array().cloned()).unwrap_or_default();
    let menu: Vec<Json> = std::iter::once(default.clone()).chain(shorter).collect();
    let accept = |value: &Json| match seconds(value) {
        ttl if taken(ttl) <= i128::from(most.value) => Ok(()),
        ttl => Err(line(ttl)),
    };
    // The shortest of the menu is kept where even it takes more: the quota of etcd then says what does not fit.
    let chosen = match choose(draft, NAME, &menu, accept) {
        Choice::Taken(value) => value,
        Choice::None(_) => menu.last().cloned().unwrap_or_default(),
    };
    let origin = if chosen == default { Origin::Default } else { Origin::Derived };
    let reason = line(seconds(&chosen));
    let fact = Cause::Fact(format!("default/{}/{NAME}", draft.version()));
    draft
        .set(NAME, chosen, origin, &EVENT_TTL)
        .reason(reason)
        .because(because![rate, bytes, most; fact, Cause::Fact("opinion/load/event-ttls".into())]);
    let planned = draft.get(NAME).map_or(0, seconds);
    Known::caused(planned, Cause::Value(NAME.into()))
}
