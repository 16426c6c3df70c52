//! The writer: replaces the tree `out/<cluster>` by another, whole, in one step, and leaves foreign files in it.
//!
//! Ours is what the tree's manifest lists, foreign is everything else. The order of a write is: lock, put the leavings
//! of killed runs in order, compare, refuse or go on, build beside the tree, sync, switch, remove the replaced tree.
//! Until the switch the old tree is untouched; after it the new one is complete. What is outside the guarantee: a file
//! that somebody changes between the comparison and the switch (carried ones excepted, which keep their identity).

mod build;
mod disk;
mod error;
mod lock;
mod manifest;
mod names;
mod scan;
mod survey;
mod switch;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

pub use error::TreeError;
use names::Places;
use survey::Survey;
use switch::{Kernel, System};

/// The files of a tree: path inside it (`/` between components) and bytes. The manifest is not among them.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Name of the manifest. `sha256sum -c SHA256SUMS` inside the tree checks every file of ours.
pub const MANIFEST: &str = "SHA256SUMS";

/// What a write did. All lists are sorted and hold paths inside the tree.
///
/// The manifest changes with every file and is named only when it alone is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files that are new or hold other bytes than before.
    pub written: Vec<String>,
    /// Files that hold what they held.
    pub unchanged: Vec<String>,
    /// Files of the old manifest that are gone.
    pub removed: Vec<String>,
    /// Foreign files, links and (with a `/` at the end) empty directories that are still there.
    pub kept_foreign: Vec<String>,
    /// Whether a killed run had left something to put in order.
    pub recovered: bool,
}

/// One way in which a tree is not what would be written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Path inside the tree; for `Interrupted` the cluster.
    pub path: String,
    /// What is different.
    pub kind: DifferenceKind,
}

/// The ways in which a tree is not what would be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// Not there.
    Missing,
    /// As written before, but to be written with other bytes.
    Changed,
    /// Written before, no longer to be written.
    Stale,
    /// Ours, but with other bytes than were written; a write stops here unless forced.
    Edited,
    /// Not ours, and where a file of ours must go; a write stops here unless forced.
    InTheWay,
    /// A killed run left the tree under its hidden name; the other differences are of that tree. The next write
    /// puts it back.
    Interrupted,
}

/// Replaces `out/<cluster>` by the given files, foreign files kept. With `force`, edited files and foreign files that
/// stand in the way are overwritten, and an unreadable manifest counts as none.
///
/// A tree that already is what would be written is left alone, down to its times.
///
/// # Errors
///
/// See [`TreeError`]; whatever the error, a tree under the name is the old or the new one, whole. An `Io` error may be
/// about the removal of the replaced tree, after the switch; then the next run removes it.
pub fn write(out: &Path, cluster: &str, files: &Files, force: bool) -> Result<Report, TreeError> {
    write_on(&Kernel, out, cluster, files, force)
}

fn write_on(system: &dyn System, out: &Path, cluster: &str, files: &Files, force: bool) -> Result<Report, TreeError> {
    let places = Places::of(out, cluster)?;
    names::check_files(files)?;
    disk::create_dirs(out)?;
    let _lock = lock::exclusive(&places.lock)?;
    let recovered = switch::recover(system, &places)?;
    let stands = scan::scan(&places.tree)?;
    let replaces = stands.is_some();
    let entries = stands.unwrap_or_default();
    let survey = Survey::of(&places.tree, &entries, files, force)?;
    survey.permit(force)?;
    if !(replaces && survey.nothing_changes()) {
        if let Err(error) = build::build(system, &places, &entries, &survey, files) {
            // A full disk should not stay full of our half tree; if this fails too, the next run does it.
            let _ = disk::remove(&places.new);
            return Err(error);
        }
        switch::switch(system, &places, replaces)?;
        disk::remove(&places.new)?;
    }
    Ok(report(survey, &entries, recovered))
}

fn report(survey: Survey, entries: &scan::Entries, recovered: bool) -> Report {
    let alone = survey.missing.is_empty() && survey.changed.is_empty() && survey.removed.is_empty();
    let manifest = (alone && !survey.manifest_stands).then(|| MANIFEST.to_owned());
    let mut written: Vec<String> = survey.missing.into_iter().chain(survey.changed).chain(manifest).collect();
    written.sort();
    let name = |path: &std::path::PathBuf| {
        let dir = entries.get(path).is_some_and(|entry| entry.kind == scan::Kind::Dir);
        format!("{}{}", path.display(), if dir { "/" } else { "" })
    };
    let kept_foreign = survey.carried.iter().map(name).collect();
    Report { written, unchanged: survey.unchanged, removed: survey.removed, kept_foreign, recovered }
}

/// The paths that the bytes of a manifest list, sorted.
///
/// # Errors
///
/// What is wrong with them, as a sentence without a subject.
pub fn listed(manifest: &[u8]) -> Result<Vec<String>, String> {
    manifest::parse(manifest).map(|lines| lines.into_keys().collect())
}

/// What a write would have to change, sorted by path; empty when the tree is right. Writes nothing.
///
/// # Errors
///
/// As for [`write()`], save that edited files and files in the way are differences here.
pub fn check(out: &Path, cluster: &str, files: &Files) -> Result<Vec<Difference>, TreeError> {
    let places = Places::of(out, cluster)?;
    names::check_files(files)?;
    let _lock = lock::shared(&places.lock)?;
    let mut differences = Vec::new();
    let mut root = &places.tree;
    let mut stands = scan::scan(root)?;
    if stands.is_none() && disk::lstat(&places.old)?.is_some() {
        root = &places.old;
        stands = scan::scan(root)?;
        differences.push(Difference { path: cluster.to_owned(), kind: DifferenceKind::Interrupted });
    }
    let survey = Survey::of(root, &stands.unwrap_or_default(), files, false)?;
    differences.extend(differ(&survey));
    differences.sort();
    Ok(differences)
}

/// Each path once, by the kind that decides what a write does with it.
fn differ(survey: &Survey) -> Vec<Difference> {
    use DifferenceKind::{Changed, Edited, InTheWay, Missing, Stale};
    let mut kinds = BTreeMap::new();
    let lists = [
        (InTheWay, &survey.blocking),
        (InTheWay, &survey.in_the_way),
        (Edited, &survey.edited),
        (Missing, &survey.missing),
        (Changed, &survey.changed),
        (Stale, &survey.removed),
    ];
    for (kind, list) in lists {
        for path in list {
            kinds.entry(path.clone()).or_insert(kind);
        }
    }
    if kinds.is_empty() && !survey.manifest_stands {
        kinds.insert(MANIFEST.to_owned(), if survey.manifest_found { Changed } else { Missing });
    }
    kinds.into_iter().map(|(path, kind)| Difference { path, kind }).collect()
}
