//! Images: collection that acts before eviction does, even while a burst of them arrives.

use super::pulls::{self, PARALLEL, SERIAL, Storm};
use crate::because;
use crate::catalog;
use crate::diag::Finding;
use crate::facts::{Cause, ClassFacts};
use crate::quantity::{Bytes, Threshold, ceil_div};
use crate::rules::{Choice, Draft, Origin, Rule, choose};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&GC, &GC_AGE];

/// Collection before eviction.
pub static GC: Rule = Rule {
    id: "image-gc-before-eviction",
    why: "images are collected every five minutes; the disk must not reach an eviction threshold before that, even while images arrive",
    source: "kubernetes/kubernetes pkg/kubelet/images/image_gc_manager.go, pkg/kubelet/eviction",
};
/// Ages.
pub static GC_AGE: Rule = Rule {
    id: "image-gc-age",
    why: "the space thresholds collect what must go; an age limit is only for disks that images fill with history",
    source: "kubernetes/kubernetes pkg/kubelet/images/image_gc_manager.go",
};

const HIGH: &str = "kubelet/imageGCHighThresholdPercent";
const LOW: &str = "kubelet/imageGCLowThresholdPercent";

/// The largest disk threshold in percent on the file system that images lie on, hard or soft.
fn largest_eviction(facts: &ClassFacts, draft: &Draft<'_>, size: Bytes) -> (i64, String) {
    let own = facts.machine.disks.imagefs.is_some();
    let mut most = (0, String::from("no disk eviction"));
    for (name, value) in &draft.values {
        let Some((_, signal)) = name.split_once('.') else { continue };
        let eviction = name.starts_with("kubelet/evictionHard.") || name.starts_with("kubelet/evictionSoft.");
        let here = signal == "imagefs.available" || (signal == "nodefs.available" && !own);
        if !eviction || !here {
            continue;
        }
        let percent = match value.value.as_str().and_then(|t| Threshold::parse(t).ok()) {
            Some(Threshold::Share(ppm)) => (ppm + 9_999) / 10_000,
            Some(Threshold::Absolute(bytes)) => percent_of(bytes.0, size.0),
            None => 0,
        };
        // Exactly 100% is off, as 0% is.
        if percent > most.0 && percent < 100 {
            most = (percent, format!("{}: {percent}%", name.trim_start_matches("kubelet/")));
        }
    }
    most
}

/// `part` of `whole` in percent, rounded up.
fn percent_of(part: i64, whole: i64) -> i64 {
    ceil_div(part.saturating_mul(100), whole.max(1))
}

/// Bytes of images that may arrive before the next collection, and what they are: where the images of a node are stated, as
/// many of them as can be pulled until then; else one large image for each pull.
fn arriving(draft: &Draft<'_>, storm: Option<&Storm>) -> (i64, String) {
    let count = draft.get(PARALLEL).and_then(Json::as_i64).unwrap_or(1).max(1);
    if let Some(storm) = storm.filter(|s| s.complete) {
        let period = catalog::limit_value("image-gc-period");
        let burst = storm.bytes.min(storm.rate.saturating_mul(period));
        return (burst, format!("{} of images that arrive between two collections", super::logs::gib(burst.into())));
    }
    let each = Bytes::parse(&catalog::menus().pull_image).map_or(0, |b| b.0);
    let each = storm.map_or(each, |s| each.max(s.largest));
    (each.saturating_mul(count), format!("{count} arriving images"))
}

/// Says so when the images that a full node uses leave collection nothing to reach for: images in use are never removed.
fn crowded(facts: &ClassFacts, storm: &Storm, size: Bytes, low: i64, findings: &mut Vec<Finding>) {
    let target = i128::from(size.0) * i128::from(low) / 100;
    if i128::from(storm.bytes) <= target {
        return;
    }
    let (bytes, target) = (super::logs::gib(storm.bytes.into()), super::logs::gib(target));
    let message = format!("{}: a full node uses {bytes} of images, and collection aims at {target} in all", facts.name);
    findings.push(
        Finding::warning("images-crowded", message)
            .at(&facts.place, "this class")
            .note(format!("{low}% of {size}; images in use are not removed, so the disk fills until pods are evicted"))
            .help("give images a larger disk, or fewer and smaller ones to a node"),
    );
}

/// Sets the collection thresholds and ages. Needs the eviction values.
///
/// # Errors
/// The arithmetic of the last pair tried, when none leaves room.
pub fn decide(facts: &ClassFacts, draft: &mut Draft<'_>, findings: &mut Vec<Finding>) -> Result<(), String> {
    let storm = pulls::decide(facts, draft, findings);
    draft.keep("kubelet/imageMinimumGCAge", &GC_AGE, "young images are likely to be used again");
    draft.keep("kubelet/imageMaximumGCAge", &GC_AGE, "unused images go when their space is needed");
    let Some(size) = facts.machine.disks.images().cloned() else {
        draft.keep(HIGH, &GC, "no disk is stated, so upstream's default stays");
        let high = draft.get(HIGH).and_then(Json::as_i64).unwrap_or(85);
        if draft.default_of(LOW).as_i64().is_some_and(|low| low < high) {
            draft.keep(LOW, &GC, "no disk is stated, so upstream's default stays");
        } else {
            let reason = "a step below the pinned high threshold";
            draft.set(LOW, (high - 5).max(0), Origin::Derived, &GC).reason(reason).because([Cause::Value(HIGH.into())]);
        }
        return Ok(());
    };
    let menus = catalog::menus();
    let (eviction, which) = largest_eviction(facts, draft, size.value);
    let (arriving, what) = arriving(draft, storm.as_ref());
    // The room for arriving images is never more than a tenth of the disk: small disks would have no thresholds left.
    let room = percent_of(arriving, size.value.0).min(10);
    let line = |high: i64| format!("100 − {high} > {which} + {room}% for {what}");
    let highs: Vec<Json> = menus.image_gc.iter().map(|(h, _)| Json::from(*h)).collect();
    let accept = |value: &Json| match value.as_i64() {
        Some(high) if 100 - high > eviction + room => Ok(()),
        // A threshold of 100 switches collection off, which only a pin can ask for.
        Some(100) => Ok(()),
        Some(high) => Err(format!("{}: {} ≤ {}", line(high), 100 - high, eviction + room)),
        None => Err("not a number".into()),
    };
    let high = match choose(draft, HIGH, &highs, accept) {
        Choice::Taken(value) => value.as_i64().unwrap_or(85),
        Choice::None(why) => return Err(why),
    };
    let low = menus.image_gc.iter().find(|(h, _)| *h == high).map_or((high - 5).max(0), |(_, l)| *l);
    let mut causes = because![size; Cause::Fact("menu/image-gc".into()), Cause::Fact("menu/pulls".into())];
    causes.extend(
        draft
            .values
            .keys()
            .filter(|n| n.starts_with("kubelet/eviction") && n.ends_with("fs.available"))
            .map(|n| Cause::Value(n.clone())),
    );
    // How many images arrive at once depends on these, where the version has them.
    causes.extend([SERIAL, PARALLEL].into_iter().filter(|n| draft.get(n).is_some()).map(|n| Cause::Value(n.into())));
    if let Some(storm) = &storm {
        causes.extend(storm.causes.iter().cloned());
        causes.push(Cause::Fact("behaviour/image-gc-period".into()));
        crowded(facts, storm, size.value, low, findings);
    }
    draft.set(HIGH, high, Origin::Derived, &GC).reason(line(high)).because(causes);
    let because = [Cause::Value(HIGH.into()), Cause::Fact("menu/image-gc".into())];
    draft.set(LOW, low, Origin::Derived, &GC).reason("collection frees a step, not one image").because(because);
    Ok(())
}
