//! The comparison of what stands in a tree with what is to stand there. It reads and decides; it changes nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::manifest::{self, Lines};
use super::scan::{Entries, Kind};
use super::{Files, MANIFEST, TreeError, disk};

/// A manifest of a million files is smaller; what is larger is not one.
const MANIFEST_LIMIT: u64 = 256 << 20;

/// What a write would do. All lists are sorted.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Files that are not there, or not as files.
    pub missing: Vec<String>,
    /// Files whose bytes become others.
    pub changed: Vec<String>,
    /// Files that stay as they are.
    pub unchanged: Vec<String>,
    /// Files of the old manifest that are there and no longer written.
    pub removed: Vec<String>,
    /// Files of ours that hold neither what their manifest line says nor what is to be written.
    pub edited: Vec<String>,
    /// Foreign things that `force` replaces.
    pub in_the_way: Vec<String>,
    /// Foreign things inside a directory where a file must go. Not even `force` deletes a directory of theirs.
    pub blocking: Vec<String>,
    /// Foreign files and links, and foreign directories that hold nothing.
    pub carried: BTreeSet<PathBuf>,
    /// The new manifest.
    pub manifest: Vec<u8>,
    /// Whether there is a manifest now.
    pub manifest_found: bool,
    /// Whether it holds exactly these bytes.
    pub manifest_stands: bool,
}

impl Survey {
    /// Compares. `force` only makes an unreadable manifest count as none; what it permits is asked of `permit`.
    pub(super) fn of(root: &Path, entries: &Entries, files: &Files, force: bool) -> Result<Self, TreeError> {
        let wanted = manifest::lines(files);
        refuse_links(root, entries, wanted.keys().map(String::as_str).chain([MANIFEST]))?;
        let mut survey = Self { manifest: manifest::print(&wanted), ..Self::default() };
        let old = survey.read_manifest(root, entries, force)?;
        survey.compare_wanted(root, entries, &wanted, &old)?;
        survey.compare_old(root, entries, &wanted, &old)?;
        survey.find_foreign(entries, &wanted, &old);
        for list in [&mut survey.edited, &mut survey.in_the_way] {
            list.sort();
            list.dedup();
        }
        Ok(survey)
    }

    /// Whether the tree already is what a write would make of it.
    pub(super) fn nothing_changes(&self) -> bool {
        self.missing.is_empty() && self.changed.is_empty() && self.removed.is_empty() && self.manifest_stands
    }

    /// Refuses what only `force` permits, or nothing does.
    pub(super) fn permit(&self, force: bool) -> Result<(), TreeError> {
        if !self.blocking.is_empty() {
            return Err(TreeError::InTheWay { files: self.blocking.clone() });
        }
        if !force && !self.edited.is_empty() {
            return Err(TreeError::EditedByHand { files: self.edited.clone() });
        }
        if !force && !self.in_the_way.is_empty() {
            return Err(TreeError::InTheWay { files: self.in_the_way.clone() });
        }
        Ok(())
    }

    fn read_manifest(&mut self, root: &Path, entries: &Entries, force: bool) -> Result<Lines, TreeError> {
        let Some(entry) = entries.get(Path::new(MANIFEST)) else { return Ok(Lines::new()) };
        let path = root.join(MANIFEST);
        self.manifest_found = true;
        let fault = if entry.kind == Kind::Dir {
            "is a directory".to_owned()
        } else if let Some(bytes) = disk::read(&path, MANIFEST_LIMIT)? {
            self.manifest_stands = bytes == self.manifest;
            match manifest::parse(&bytes) {
                Ok(lines) => return Ok(lines),
                Err(fault) => fault,
            }
        } else {
            "is larger than 256Mi".to_owned()
        };
        if force { Ok(Lines::new()) } else { Err(TreeError::Manifest { path, fault }) }
    }

    fn compare_wanted(&mut self, root: &Path, entries: &Entries, wanted: &Lines, old: &Lines) -> Result<(), TreeError> {
        for (path, new) in wanted {
            let line = old.get(path);
            match entries.get(Path::new(path)).map(|entry| entry.kind) {
                Some(Kind::File) => {
                    let stands = disk::digest(&root.join(path))?;
                    if stands == *new {
                        // Edited or foreign, it loses nothing by being ours now.
                        self.unchanged.push(path.clone());
                        continue;
                    }
                    self.changed.push(path.clone());
                    match line {
                        None => self.in_the_way.push(path.clone()),
                        Some(line) if *line != stands => self.edited.push(path.clone()),
                        Some(_) => {}
                    }
                }
                Some(Kind::Dir | Kind::Link) if line.is_some() => {
                    self.missing.push(path.clone());
                    self.edited.push(path.clone());
                }
                _ => self.missing.push(path.clone()),
            }
        }
        Ok(())
    }

    fn compare_old(&mut self, root: &Path, entries: &Entries, wanted: &Lines, old: &Lines) -> Result<(), TreeError> {
        for (path, line) in old.iter().filter(|(path, _)| !wanted.contains_key(*path)) {
            match entries.get(Path::new(path)).map(|entry| entry.kind) {
                Some(Kind::File) => {
                    self.removed.push(path.clone());
                    if disk::digest(&root.join(path))? != *line {
                        self.edited.push(path.clone());
                    }
                }
                Some(Kind::Dir | Kind::Link) => self.edited.push(path.clone()),
                None => {}
            }
        }
        Ok(())
    }

    fn find_foreign(&mut self, entries: &Entries, wanted: &Lines, old: &Lines) {
        let is_wanted = |path: &Path| path == MANIFEST || path.to_str().is_some_and(|path| wanted.contains_key(path));
        let is_old = |path: &Path| path.to_str().is_some_and(|path| old.contains_key(path));
        let wanted_dirs = dirs_of(wanted);
        let old_dirs = dirs_of(old);
        let mut following = entries.keys().skip(1);
        for (path, entry) in entries {
            // A directory comes right before what it holds, so the next one tells whether it is empty.
            let empty = !following.next().is_some_and(|next| next.starts_with(path));
            let ours = match entry.kind {
                Kind::File => is_old(path) || is_wanted(path),
                Kind::Link => false,
                Kind::Dir => !empty || old_dirs.contains(path.as_path()) || wanted_dirs.contains(path.as_path()),
            };
            let name = || path.to_string_lossy().into_owned();
            if ours {
                continue;
            } else if is_wanted(path) || wanted_dirs.contains(path.as_path()) {
                self.in_the_way.push(name());
            } else {
                if path.ancestors().skip(1).any(is_wanted) {
                    self.blocking.push(name());
                }
                self.carried.insert(path.clone());
            }
        }
    }
}

/// Nothing of ours goes through a symbolic link or in the place of one, whoever put it there.
fn refuse_links<'a>(root: &Path, entries: &Entries, paths: impl Iterator<Item = &'a str>) -> Result<(), TreeError> {
    for path in paths {
        for step in Path::new(path).ancestors() {
            if entries.get(step).is_some_and(|entry| entry.kind == Kind::Link) {
                return Err(TreeError::Symlink { path: root.join(step) });
            }
        }
    }
    Ok(())
}

/// The directories that the files of a manifest are in. Empty once those are gone, they are not foreign.
fn dirs_of(lines: &Lines) -> BTreeSet<&Path> {
    lines.keys().flat_map(|path| Path::new(path).ancestors().skip(1)).collect()
}
