//! Image pulls: how many at once, how many a second, and how long a full node takes to start.

use crate::because;
use crate::catalog;
use crate::diag::Finding;
use crate::facts::{Cause, ClassFacts, Known, PodKind};
use crate::quantity::{Bytes, GoDuration, ceil_div};
use crate::rules::{Draft, Origin, Rule};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&PULLS, &RATE];

/// Parallel pulls.
pub static PULLS: Rule = Rule {
    id: "image-pulls-disk",
    why: "pulls that run at once share the disk that images are unpacked on; more than it can write only slow each other",
    source: "profiles/menus.toml; kubernetes/kubernetes pkg/kubelet/apis/config/validation/validation.go",
};
/// Pulls per second.
pub static RATE: Rule = Rule {
    id: "image-pulls-rate",
    why: "a pull beyond the limit is not delayed but fails, and its pod backs off; so where a full node pulls faster than the limit, the limit must follow",
    source: "kubernetes/kubernetes pkg/kubelet/images/helpers.go throttledImageService PullImage",
};

/// Whether pulls wait for each other.
pub const SERIAL: &str = "kubelet/serializeImagePulls";
/// How many run at once.
pub const PARALLEL: &str = "kubelet/maxParallelImagePulls";
const QPS: &str = "kubelet/registryPullQPS";
const BURST: &str = "kubelet/registryBurst";

/// What an empty node pulls until it is full, as far as workloads state it.
pub struct Storm {
    /// Bytes of all images, each once.
    pub bytes: i64,
    /// Bytes of the largest pod's images.
    pub largest: i64,
    /// Bytes per second that arrive.
    pub rate: i64,
    /// Whether every workload states its images.
    pub complete: bool,
    /// What these rest on.
    pub causes: Vec<Cause>,
    pulls: i64,
}

/// Adds up the images of a full node.
fn storm(facts: &ClassFacts, draft: &Draft<'_>) -> Option<Storm> {
    let mix = &facts.mix;
    if !mix.kinds().any(|k| k.habits.image_size.is_some()) {
        return None;
    }
    let rest = (draft.get("kubelet/maxPods").and_then(Json::as_i64).unwrap_or(0) - mix.fixed_pods()).max(0);
    let fixed = mix.fixed.iter().map(|k| (k, k.amount));
    let shared = mix.shared.iter().map(|k| (k, ceil_div(k.amount.saturating_mul(rest), 1_000_000)));
    let mut out = Storm {
        bytes: 0,
        largest: 0,
        rate: 0,
        complete: true,
        causes: vec![Cause::Value("kubelet/maxPods".into())],
        pulls: 0,
    };
    for (kind, pods) in fixed.chain(shared) {
        out.add(kind, pods);
    }
    Some(out)
}

impl Storm {
    fn add(&mut self, kind: &PodKind, pods: i64) {
        let Some(size) = &kind.habits.image_size else {
            self.complete = false;
            return;
        };
        let sets = kind.habits.images.as_ref().map_or(1, |i| i.value).min(pods);
        self.causes.extend(size.causes().chain(kind.habits.images.iter().flat_map(Known::causes)).cloned());
        self.bytes = self.bytes.saturating_add(size.value.0.saturating_mul(sets));
        self.pulls = self.pulls.saturating_add(sets.saturating_mul(kind.containers));
        self.largest = self.largest.max(size.value.0);
    }

    /// `12.3Gi of images in 1m5s`.
    fn text(&self) -> String {
        let seconds = GoDuration::seconds(ceil_div(self.bytes, self.rate.max(1)).min(1 << 32));
        format!(
            "a full node pulls {} images, {}, in {seconds} at {}/s",
            self.pulls,
            super::logs::gib(self.bytes.into()),
            super::logs::gib(self.rate.into())
        )
    }

    /// Pulls that finish per second, rounded up; never more than there are.
    fn per_second(&self) -> i64 {
        let milli = i128::from(self.rate) * i128::from(self.pulls) * 1000 / i128::from(self.bytes.max(1));
        let milli = i64::try_from(milli).unwrap_or(i64::MAX);
        ceil_div(milli, 1000).min(self.pulls).max(1)
    }
}

/// Pulls that the image disk carries at once; `None` when nothing is known of its speed.
fn at_once(facts: &ClassFacts) -> Option<(Known<i64>, String)> {
    let (menus, disks) = (catalog::menus(), &facts.machine.disks);
    let each = each();
    let by_write = disks.image_write.as_ref().map(|w| {
        (w.map(|b| b.0 / each), format!("{}/s ÷ {}/s a pull", super::logs::gib(w.value.0.into()), menus.pull_write))
    });
    let by_iops = disks.image_iops.as_ref().map(|i| {
        (i.map(|n| n / menus.pull_iops.max(1)), format!("{} ÷ {} operations/s a pull", i.value, menus.pull_iops))
    });
    let by_kind = disks
        .image_kind
        .as_ref()
        .filter(|k| k.value == "hdd")
        .map(|k| (k.map(|_| 1), "a spinning disk takes one".to_string()));
    let all = [by_write, by_iops, by_kind].into_iter().flatten();
    let (count, text) = all.min_by_key(|(k, _)| k.value)?;
    Some((count.map(|n| (*n).clamp(1, menus.pulls_most)), text))
}

/// Bytes that one pull writes per second.
fn each() -> i64 {
    Bytes::parse(&catalog::menus().pull_write).map_or(1, |b| b.0.max(1))
}

/// Sets how many images are pulled at once and per second, and says what a full node pulls where workloads state it.
pub fn decide(facts: &ClassFacts, draft: &mut Draft<'_>, findings: &mut Vec<Finding>) -> Option<Storm> {
    let mut storm = storm(facts, draft);
    let planned = at_once(facts);
    if let Some(storm) = &mut storm {
        let serial = !draft.exists(PARALLEL) || draft.pin(SERIAL).is_some_and(|p| p.allows(&Json::Bool(true)));
        let pinned = draft.pin(PARALLEL).and_then(|p| p.bounds().0);
        let count = pinned.or(planned.as_ref().map(|(n, _)| n.value)).filter(|_| !serial).unwrap_or(1);
        let disk = facts.machine.disks.image_write.as_ref().map_or(i64::MAX, |w| w.value.0);
        storm.rate = each().saturating_mul(count.max(1)).min(disk).max(1);
        storm.causes.push(Cause::Fact("menu/pulls".into()));
        storm.causes.extend(facts.machine.disks.image_write.iter().flat_map(Known::causes).cloned());
    }
    count(draft, facts, planned, storm.as_ref());
    if let Some(storm) = &storm {
        rate(facts, draft, storm, findings);
    }
    storm
}

/// Sets serializeImagePulls and maxParallelImagePulls.
fn count(draft: &mut Draft<'_>, facts: &ClassFacts, planned: Option<(Known<i64>, String)>, storm: Option<&Storm>) {
    let with = |text: &str| storm.map_or_else(|| text.to_string(), |s| format!("{text}; {}", s.text()));
    let further: Vec<Cause> = storm.map(|s| s.causes.clone()).unwrap_or_default();
    let parallel_pin = draft.pin(PARALLEL).and_then(|p| p.bounds().0).is_some_and(|n| n > 1);
    let serial_pin = draft.pin(SERIAL).is_some_and(|p| p.allows(&Json::Bool(true)));
    let several = planned.as_ref().filter(|(n, _)| n.value > 1 && !serial_pin && draft.exists(PARALLEL));
    match several {
        Some((count, text)) => {
            let because = because![count; Cause::Fact("menu/pulls".into())];
            draft.set(PARALLEL, count.value, Origin::Derived, &PULLS).reason(text.clone()).because(because);
            draft
                .set(SERIAL, false, Origin::Derived, &PULLS)
                .reason(with("the image disk carries several pulls"))
                .because(further.into_iter().chain([Cause::Value(PARALLEL.into())]));
        }
        None if parallel_pin => {
            let pin = draft.pin(PARALLEL).map(|p| Cause::Spec(p.at.path.to_string()));
            // A pinned number of parallel pulls needs serial pulls off; a pin on that decides otherwise and is then judged.
            draft
                .set(SERIAL, false, Origin::Derived, &PULLS)
                .reason(with("parallel pulls are pinned"))
                .because(further.into_iter().chain(pin));
            let minor = facts.minor();
            draft
                .set(PARALLEL, draft.default_of(PARALLEL), Origin::Default, &PULLS)
                .because([Cause::Fact(format!("default/{minor}/{PARALLEL}"))]);
        }
        None => {
            let reason = planned.map_or_else(|| "nothing is known of the disk's speed".to_string(), |(_, text)| text);
            draft.keep_because(SERIAL, &PULLS, &with(&reason), further);
        }
    }
}

/// Sets registryPullQPS and registryBurst: upstream's, unless a full node's images come faster.
fn rate(facts: &ClassFacts, draft: &mut Draft<'_>, storm: &Storm, findings: &mut Vec<Finding>) {
    let default = |name: &str| catalog::default_number(name, facts.minor());
    let (limit, burst, wanted) = (default(QPS), default(BURST), storm.per_second());
    let text = format!("{}, up to {wanted} a second", storm.text());
    let pulls = [SERIAL, PARALLEL].into_iter().filter(|n| draft.get(n).is_some()).map(|n| Cause::Value(n.into()));
    let causes: Vec<Cause> = storm.causes.iter().cloned().chain(pulls).collect();
    if storm.pulls <= burst || wanted <= limit {
        let reason = format!("{text}; upstream lets {burst} begin at once and {limit} a second after that");
        draft.keep_because(QPS, &RATE, &reason, causes.clone());
        draft.keep_because(BURST, &RATE, &reason, causes);
    } else {
        // Upstream's burst is twice its rate, and stays so.
        draft.set(QPS, wanted, Origin::Derived, &RATE).reason(text.clone()).because(causes.clone());
        draft.set(BURST, wanted * 2, Origin::Derived, &RATE).reason(text).because(causes);
    }
    let number = |name: &str, or: i64| draft.get(name).and_then(Json::as_i64).unwrap_or(or);
    let (limit, burst) = (number(QPS, limit), number(BURST, burst));
    // Zero is no limit.
    if let Some(pin) = draft.pin(QPS).filter(|_| limit > 0 && limit < wanted && storm.pulls > burst) {
        let message = format!("{}: images can come {wanted} a second, and {limit} are let through", facts.name);
        findings.push(
            Finding::warning("pull-rate-short", message)
                .at(&facts.pin_place(pin), "pinned here")
                .note(storm.text())
                .note(RATE.why),
        );
    }
}
