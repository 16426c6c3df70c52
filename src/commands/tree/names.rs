//! Which names are allowed, and the four names a cluster has in the output directory.

use std::path::{Path, PathBuf};

use super::{Files, MANIFEST, TreeError};

/// What file systems in use hold in one component.
const COMPONENT: usize = 255;
/// Well under the kernel's 4096 for a whole path, so that the output directory has room in front.
const PATH: usize = 1024;
/// The longest of what is put around a cluster's name below.
const AROUND: usize = ".".len() + ".plimsoll-lock".len();

/// The names of one cluster. All are siblings, since a rename works only within one file system.
#[derive(Debug)]
pub(super) struct Places {
    /// The output directory.
    pub out: PathBuf,
    /// The tree that readers see.
    pub tree: PathBuf,
    /// The tree being built and, after the switch, the replaced one. Whatever a run finds here is rubbish.
    pub new: PathBuf,
    /// The whole old tree, for the moment between two renames where the exchange is refused.
    pub old: PathBuf,
    /// The lock file.
    pub lock: PathBuf,
}

impl Places {
    /// The names of `cluster` in `out`. A leading dot is refused: it could be one of another cluster's hidden names.
    pub(super) fn of(out: &Path, cluster: &str) -> Result<Self, TreeError> {
        let fault = if cluster.contains('/') {
            Some("has a `/`")
        } else if cluster.starts_with('.') {
            Some("begins with a `.`")
        } else if cluster.len() > COMPONENT - AROUND {
            Some("is longer than 240 bytes")
        } else {
            component_fault(cluster)
        };
        if let Some(fault) = fault {
            return Err(TreeError::BadCluster { name: cluster.to_owned(), fault });
        }
        let hidden = |what: &str| out.join(format!(".{cluster}.plimsoll-{what}"));
        Ok(Self {
            out: out.to_owned(),
            tree: out.join(cluster),
            new: hidden("new"),
            old: hidden("old"),
            lock: hidden("lock"),
        })
    }
}

/// Refuses every path that could leave the tree, and every pair of which one would have to be a directory.
pub(super) fn check_files(files: &Files) -> Result<(), TreeError> {
    for path in files.keys() {
        let above = |dir: &&str| files.contains_key(*dir) || *dir == MANIFEST;
        let fault = if path == MANIFEST {
            Some("is the manifest, which the writer makes")
        } else if path.match_indices('/').map(|(at, _)| &path[..at]).any(|dir| above(&dir)) {
            Some("has another file as a directory")
        } else {
            path_fault(path)
        };
        if let Some(fault) = fault {
            return Err(TreeError::BadPath { path: path.clone(), fault });
        }
    }
    Ok(())
}

/// What is wrong with a path inside the tree, if anything is.
pub(super) fn path_fault(path: &str) -> Option<&'static str> {
    if path.starts_with('/') {
        return Some("is absolute");
    }
    if path.len() > PATH {
        return Some("is longer than 1024 bytes");
    }
    path.split('/').find_map(component_fault)
}

fn component_fault(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("has an empty component"),
        "." | ".." => Some("has a component `.` or `..`"),
        _ if name.len() > COMPONENT => Some("has a component longer than 255 bytes"),
        // sha256sum escapes a line whose name has one of these, and a backslash separates paths elsewhere.
        _ if name.contains(|c: char| c == '\\' || c.is_control()) => Some("has a backslash or a control character"),
        _ => None,
    }
}
