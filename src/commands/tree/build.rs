//! The new tree, built whole and made durable under its hidden name before any reader can see it.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown, lchown, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::names::Places;
use super::scan::{Entries, Entry, Kind};
use super::survey::Survey;
use super::switch::System;
use super::{Files, MANIFEST, TreeError, disk};

/// The directories of the new tree; one that is carried over has the old one's mode and owner.
type Dirs<'a> = BTreeMap<PathBuf, Option<&'a Metadata>>;

/// Builds `places.new`, where nothing may stand yet.
pub(super) fn build(
    system: &dyn System,
    places: &Places,
    entries: &Entries,
    survey: &Survey,
    files: &Files,
) -> Result<(), TreeError> {
    let dirs = dirs(entries, survey, files);
    for dir in dirs.keys() {
        let path = places.new.join(dir);
        // Nobody else looks in before it is done, and the owner can write into it whatever its mode will be.
        fs::DirBuilder::new().mode(0o700).create(&path).map_err(TreeError::io("create", &path))?;
    }
    let mut ours = Vec::new();
    for (path, bytes) in files.iter().map(|(path, bytes)| (path.as_str(), bytes)).chain([(MANIFEST, &survey.manifest)])
    {
        let path = places.new.join(path);
        write_file(&path, bytes)?;
        ours.push(path);
    }
    for path in &survey.carried {
        if let Some(entry) = entries.get(path).filter(|entry| entry.kind != Kind::Dir) {
            carry(system, &places.tree.join(path), &places.new.join(path), entry)?;
        }
    }
    for dir in dirs.iter().filter(|(_, meta)| meta.is_none()).map(|(dir, _)| places.new.join(dir)) {
        fs::set_permissions(&dir, Permissions::from_mode(0o755)).map_err(TreeError::io("finish", &dir))?;
        ours.push(dir);
    }
    disk::sync_many(&ours)?;
    // Deepest first: the mode of a directory may forbid its owner to reach what is in it.
    for (dir, meta) in dirs.iter().rev().filter_map(|(dir, meta)| Some((dir, (*meta)?))) {
        let path = places.new.join(dir);
        finish_carried(&path, meta).map_err(TreeError::io("finish", &path))?;
    }
    Ok(())
}

fn dirs<'a>(entries: &'a Entries, survey: &Survey, files: &Files) -> Dirs<'a> {
    let mut dirs = Dirs::from([(PathBuf::new(), None)]);
    for dir in files.keys().flat_map(|path| Path::new(path).ancestors().skip(1)) {
        dirs.insert(dir.to_owned(), None);
    }
    for dir in survey.carried.iter().flat_map(|path| path.ancestors()) {
        if let Some(entry) = entries.get(dir).filter(|entry| entry.kind == Kind::Dir) {
            dirs.entry(dir.to_owned()).or_insert(Some(&entry.meta));
        }
    }
    dirs
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), TreeError> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(path)?;
        file.write_all(bytes)?;
        // Said again, because the umask took its part at creation.
        file.set_permissions(Permissions::from_mode(0o644))
    };
    write().map_err(TreeError::io("write", path))
}

/// Takes a foreign file or link over, as a second name of the same file where that can be had.
///
/// A second name keeps owner, times and attributes, costs nothing for a large file, and keeps what its owner writes to
/// it at this moment. Its data is not synced here: it is as durable as its owner made it.
fn carry(system: &dyn System, from: &Path, to: &Path, entry: &Entry) -> Result<(), TreeError> {
    if system.link(from, to).is_ok() {
        return Ok(());
    }
    match entry.kind {
        Kind::Link => copy_link(from, to, &entry.meta).map_err(TreeError::io("carry over", from)),
        _ => {
            let source = disk::open(from, OFlags::RDONLY)?;
            copy_file(source, to).map_err(TreeError::io("carry over", from))
        }
    }
}

fn copy_link(from: &Path, to: &Path, meta: &Metadata) -> std::io::Result<()> {
    symlink(fs::read_link(from)?, to)?;
    let new = fs::symlink_metadata(to)?;
    if (new.uid(), new.gid()) != (meta.uid(), meta.gid()) {
        lchown(to, Some(meta.uid()), Some(meta.gid()))?;
    }
    Ok(())
}

fn copy_file(mut source: File, to: &Path) -> std::io::Result<()> {
    let meta = source.metadata()?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    std::io::copy(&mut source, &mut file)?;
    own(&file, &meta)?;
    file.set_modified(meta.modified()?)?;
    file.sync_all()
}

fn finish_carried(path: &Path, meta: &Metadata) -> std::io::Result<()> {
    // Opened first: the mode to come may forbid it.
    let dir = File::open(path)?;
    own(&dir, meta)?;
    dir.sync_all()
}

/// Gives a copy the owner and mode of its original, the mode last, since a change of owner clears bits of it.
fn own(file: &File, meta: &Metadata) -> std::io::Result<()> {
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (meta.uid(), meta.gid()) {
        fchown(file, Some(meta.uid()), Some(meta.gid()))?;
    }
    file.set_permissions(Permissions::from_mode(meta.mode() & 0o7777))
}
