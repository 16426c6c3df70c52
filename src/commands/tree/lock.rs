//! The lock that keeps two runs on one tree apart.
//!
//! `flock` ends with the process, however it ends. The file itself stays: a run that removed it could remove it between
//! another run's open and that run's lock, and a third run would then lock a new file of the same name.

use std::fs::File;
use std::io::ErrorKind::{NotFound, PermissionDenied};
use std::path::Path;

use rustix::fs::{FlockOperation, OFlags};
use rustix::io::Errno;

use super::{TreeError, disk};

/// Holds the lock until dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// The writer's lock. Opened for writing, since NFS grants an exclusive lock to nothing less.
pub(super) fn exclusive(path: &Path) -> Result<Lock, TreeError> {
    take(disk::open(path, OFlags::RDWR | OFlags::CREATE)?, path, FlockOperation::NonBlockingLockExclusive)
}

/// The reader's lock, where a lock file is there and may be read. Without one nobody has written here yet, or the tree
/// came here by a copy; `check` creates nothing, so it goes on unlocked.
pub(super) fn shared(path: &Path) -> Result<Option<Lock>, TreeError> {
    match disk::open(path, OFlags::RDONLY) {
        Ok(file) => take(file, path, FlockOperation::NonBlockingLockShared).map(Some),
        Err(TreeError::Io { error, .. }) if matches!(error.kind(), NotFound | PermissionDenied) => Ok(None),
        Err(error) => Err(error),
    }
}

fn take(file: File, path: &Path, operation: FlockOperation) -> Result<Lock, TreeError> {
    match rustix::fs::flock(&file, operation) {
        Ok(()) => Ok(Lock { _file: file }),
        Err(Errno::WOULDBLOCK) => Err(TreeError::Locked { path: path.to_owned() }),
        Err(errno) => Err(TreeError::io("lock", path)(errno)),
    }
}
