//! Images: how many are pulled at once, and collection that acts before eviction does.

use crate::because;
use crate::catalog;
use crate::facts::{Cause, ClassFacts, Known};
use crate::quantity::{Bytes, Threshold, ceil_div};
use crate::rules::{Choice, Draft, Origin, Rule, choose};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&PULLS, &GC, &GC_AGE];

/// Parallel pulls.
pub static PULLS: Rule = Rule {
    id: "image-pulls-disk",
    why: "pulls that run at once share the disk that images are unpacked on; more than it can write only slow each other",
    source: "profiles/menus.toml; kubernetes/kubernetes pkg/kubelet/apis/config/validation/validation.go",
};
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

const SERIAL: &str = "kubelet/serializeImagePulls";
const PARALLEL: &str = "kubelet/maxParallelImagePulls";
const HIGH: &str = "kubelet/imageGCHighThresholdPercent";
const LOW: &str = "kubelet/imageGCLowThresholdPercent";

/// Pulls that the image disk carries at once; `None` when nothing is known of its speed.
fn pulls(facts: &ClassFacts) -> Option<(Known<i64>, String)> {
    let (menus, disks) = (catalog::menus(), &facts.machine.disks);
    let each = Bytes::parse(&menus.pull_write).map_or(1, |b| b.0.max(1));
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

/// Sets serializeImagePulls and maxParallelImagePulls.
fn set_pulls(facts: &ClassFacts, draft: &mut Draft<'_>) {
    let parallel_pin = draft.pin(PARALLEL).and_then(|p| p.bounds().0).is_some_and(|n| n > 1);
    let serial_pin = draft.pin(SERIAL).is_some_and(|p| p.allows(&Json::Bool(true)));
    let planned = pulls(facts).filter(|(n, _)| n.value > 1 && !serial_pin && draft.exists(PARALLEL));
    match planned {
        Some((count, text)) => {
            let because = because![count; Cause::Fact("menu/pulls".into())];
            draft.set(PARALLEL, count.value, Origin::Derived, &PULLS).reason(text).because(because);
            draft
                .set(SERIAL, false, Origin::Derived, &PULLS)
                .reason("the image disk carries several pulls")
                .because([Cause::Value(PARALLEL.into())]);
        }
        None if parallel_pin => {
            let pin = draft.pin(PARALLEL).map(|p| Cause::Spec(p.at.path.to_string()));
            // A pinned number of parallel pulls needs serial pulls off; a pin on that decides otherwise and is then judged.
            draft.set(SERIAL, false, Origin::Derived, &PULLS).reason("parallel pulls are pinned").because(pin.clone());
            let minor = facts.minor();
            draft
                .set(PARALLEL, draft.default_of(PARALLEL), Origin::Default, &PULLS)
                .because([Cause::Fact(format!("default/{minor}/{PARALLEL}"))]);
        }
        None => {
            let reason = match pulls(facts) {
                Some((_, text)) => text,
                None => "nothing is known of the disk's speed".to_string(),
            };
            draft.keep(SERIAL, &PULLS, &reason);
        }
    }
}

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

/// Sets the collection thresholds and ages. Needs the eviction values.
///
/// # Errors
/// The arithmetic of the last pair tried, when none leaves room.
pub fn decide(facts: &ClassFacts, draft: &mut Draft<'_>) -> Result<(), String> {
    set_pulls(facts, draft);
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
    let count = draft.get(PARALLEL).and_then(Json::as_i64).unwrap_or(1).max(1);
    let each = Bytes::parse(&menus.pull_image).map_or(0, |b| b.0);
    // The room for arriving images is never more than a tenth of the disk: small disks would have no thresholds left.
    let room = percent_of(each.saturating_mul(count), size.value.0).min(10);
    let line = |high: i64| format!("100 − {high} > {which} + {room}% for {count} arriving images");
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
    draft.set(HIGH, high, Origin::Derived, &GC).reason(line(high)).because(causes);
    let because = [Cause::Value(HIGH.into()), Cause::Fact("menu/image-gc".into())];
    draft.set(LOW, low, Origin::Derived, &GC).reason("collection frees a step, not one image").because(because);
    Ok(())
}
