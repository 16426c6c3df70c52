//! What stands in a tree now.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::{TreeError, disk};

/// The kinds that can be carried over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Link,
    Dir,
}

/// One thing in the tree.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Its mode and owner, of the thing itself and never of a link's target.
    pub meta: Metadata,
}

/// Everything in the tree by path inside it; a directory comes right before what it holds.
pub(super) type Entries = BTreeMap<PathBuf, Entry>;

/// Walks the tree at `root` without opening a file. The root itself is not listed; a root that is not there is `None`.
pub(super) fn scan(root: &Path) -> Result<Option<Entries>, TreeError> {
    let Some(meta) = disk::lstat(root)? else { return Ok(None) };
    if meta.is_symlink() {
        return Err(TreeError::Symlink { path: root.to_owned() });
    }
    if !meta.is_dir() {
        return Err(TreeError::NotADirectory { path: root.to_owned() });
    }
    let mut entries = Entries::new();
    let mut open = vec![PathBuf::new()];
    while let Some(dir) = open.pop() {
        let full = root.join(&dir);
        for child in fs::read_dir(&full).map_err(TreeError::io("read", &full))? {
            let path = dir.join(child.map_err(TreeError::io("read", &full))?.file_name());
            let Some(entry) = look(&root.join(&path), meta.dev())? else { continue };
            if entry.kind == Kind::Dir {
                open.push(path.clone());
            }
            entries.insert(path, entry);
        }
    }
    Ok(Some(entries))
}

fn look(path: &Path, device: u64) -> Result<Option<Entry>, TreeError> {
    let Some(meta) = disk::lstat(path)? else { return Ok(None) };
    let special = |kind| Err(TreeError::Special { path: path.to_owned(), kind });
    let kind = match meta.file_type() {
        kind if kind.is_file() => Kind::File,
        kind if kind.is_symlink() => Kind::Link,
        // Asked of directories only: in an overlay, files report the device of the layer that they come from.
        kind if kind.is_dir() && meta.dev() != device => return special("a mount point"),
        kind if kind.is_dir() => Kind::Dir,
        kind if kind.is_fifo() => return special("a FIFO"),
        kind if kind.is_socket() => return special("a socket"),
        _ => return special("a device"),
    };
    Ok(Some(Entry { kind, meta }))
}
