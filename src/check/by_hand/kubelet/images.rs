//! Images on the node: which need no credentials, and when they are removed.

use super::super::Find;
use super::super::asked::{broken, broken_at, gate, stated_as, text};
use super::eviction::Limit;
use crate::check::constraint::Constraint;
use crate::check::scene::At;
use crate::diag::Finding;
use serde_json::Value as Json;

pub(in super::super) const FIND: &[(&str, Find)] =
    &[("image-allowlist-pattern", patterns), ("image-gc-after-eviction", after_eviction)];

const ALLOWED: &str = "preloadedImagesVerificationAllowlist";

fn patterns(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let policy = text(at, "imagePullCredentialsVerificationPolicy");
    let read = policy.as_deref() == Some("NeverVerifyAllowlistedImages");
    let Some(stated) = stated_as(at, ALLOWED).filter(|_| read && gate(at, "KubeletEnsureSecretPulledImages")) else {
        return;
    };
    for item in stated.node.items() {
        if let Some(what) = item.text().and_then(fault) {
            let says = format!("`{ALLOWED}` holds `{}`, which {what}", item.text().unwrap_or_default());
            out.push(broken_at(at, constraint, &says, stated, &item.span));
        }
    }
}

/// Why upstream refuses a pattern.
fn fault(pattern: &str) -> Option<&'static str> {
    if pattern != pattern.trim() {
        return Some("begins or ends with a space");
    }
    let (image, wildcard) = match pattern.strip_suffix("/*") {
        Some(image) => (image, true),
        None => (pattern, false),
    };
    match image {
        "" => Some("names no image and no registry"),
        _ if image.contains('*') => Some("has a `*` elsewhere than after the last `/`"),
        _ if wildcard => None,
        _ if image.contains('@') => Some("has a digest"),
        _ if image.rsplit('/').next().is_some_and(|last| last.contains(':')) => Some("has a tag"),
        _ if !is_name(image) => Some("is no name of an image"),
        _ => (!is_whole(image)).then_some("is short for another name: upstream wants the registry, and the folder"),
    }
}

/// Whether an image's name says its registry, so that the reference parser adds nothing: of Docker's own, the folder, too.
fn is_whole(image: &str) -> bool {
    let Some((first, rest)) = image.split_once('/') else { return false };
    let registry = first == "localhost" || first.contains(['.', ':']) || first.to_ascii_lowercase() != first;
    registry && first != "index.docker.io" && (first != "docker.io" || rest.contains('/'))
}

/// `[domain/]path`, as the distribution's reference grammar has it.
fn is_name(image: &str) -> bool {
    let mut parts = image.split('/');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let domain = !rest.is_empty() && is_domain(first);
    image.len() <= 255 && (domain || is_path(first)) && rest.iter().all(|part| is_path(part))
}

fn is_domain(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, "0"));
    let label = |l: &str| {
        !l.is_empty()
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && host.split('.').all(label)
}

/// Words of small letters and digits, with `.`, `_`, `__` or dashes between them.
fn is_path(text: &str) -> bool {
    let words = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends = bytes.first().is_some_and(|b| words(*b)) && bytes.last().is_some_and(|b| words(*b));
    let between = text.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    ends && between.into_iter().all(|s| matches!(s, "" | "." | "_" | "__") || s.bytes().all(|b| b == b'-'))
}

fn after_eviction(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    const HIGH: &str = "imageGCHighThresholdPercent";
    // Where images have no filesystem of their own, both signals are of one disk.
    const SIGNALS: [&str; 2] = ["evictionHard.imagefs.available", "evictionHard.nodefs.available"];
    let Some(high) = at.json(HIGH).as_ref().and_then(Json::as_i64).filter(|h| (0..100).contains(h)) else { return };
    let share = |name: &'static str| match Limit::read(&text(at, name)?) {
        Ok(Limit::Share(share)) => Some((name, share)),
        _ => None,
    };
    let Some((signal, share)) = SIGNALS.into_iter().filter_map(share).find(|(_, share)| *share > 0.0) else { return };
    #[allow(clippy::cast_precision_loss)]
    let free = (100 - high) as f32 / 100.0;
    if free < share {
        let says = format!(
            "unused images are collected below {}% of free disk, and the node is under pressure below {{{signal}}} already",
            100 - high
        );
        out.push(broken(at, constraint, &says, &[HIGH, signal]));
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn patterns_are_those_that_upstream_takes() {
        for good in [
            "registry.k8s.io/pause",
            "localhost:5000/a/b",
            "docker.io/library/busybox",
            "registry.k8s.io/*",
            "a.io/x__y/z-1",
            "host/*",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in [
            " busybox",
            "",
            "*",
            "/*",
            "a*/b",
            "a/*/b",
            "busybox:1",
            "a.io/b@sha256:0",
            "a.io/B",
            "a//b",
            "a.io/-b",
            "busybox",
            "docker.io/busybox",
        ] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}
