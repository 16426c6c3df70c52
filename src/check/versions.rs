//! One set of files checked for several versions: a finding is told once, with the versions that have it.

use super::{Scene, check};
use crate::diag::{Finding, in_order};
use crate::quantity::Minor;

/// Everything wrong with any of the scenes at any of the versions, in file order.
#[must_use]
pub fn check_all(scenes: &[Scene], versions: &[Minor], etcd: Minor) -> Vec<Finding> {
    let mut found: Vec<(Finding, Vec<Minor>)> = Vec::new();
    for version in versions {
        for finding in scenes.iter().flat_map(|scene| check(scene, *version, etcd)) {
            // What comes of it can be another thing in another minor.
            let same = |other: &Finding| {
                (other.id, other.consequence, &other.labels) == (finding.id, finding.consequence, &finding.labels)
            };
            match found.iter_mut().find(|(other, _)| same(other)) {
                Some((_, list)) if list.contains(version) => {}
                Some((_, list)) => list.push(*version),
                None => found.push((finding, vec![*version])),
            }
        }
    }
    let told = found.into_iter().map(|(mut finding, list)| {
        finding.versions = list.iter().map(ToString::to_string).collect();
        if list.len() == versions.len() {
            return finding;
        }
        let note = format!("this is so in {}", finding.versions.join(", "));
        finding.note(note)
    });
    let mut out: Vec<Finding> = told.collect();
    in_order(&mut out);
    out
}
