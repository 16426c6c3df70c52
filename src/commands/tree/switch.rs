//! The moment in which the new tree takes the old one's name, and the way back from a run killed near it.
//!
//! | a killed run leaves | what that means | the next run |
//! | --- | --- | --- |
//! | tree, new | killed while building, or after the switch | removes new |
//! | old, new | killed between the two renames | undoes: old is the tree again |
//! | tree, old | killed after the two renames | completes: removes old |

use std::path::Path;

use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;

use super::names::Places;
use super::{TreeError, disk};

/// What is asked of the file system that not every file system can do. Tests answer in the place of such a one.
pub(super) trait System {
    /// Exchanges two names in one step.
    fn exchange(&self, a: &Path, b: &Path) -> rustix::io::Result<()> {
        rustix::fs::renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE)
    }
    /// Renames, unless the new name is taken.
    fn rename_free(&self, from: &Path, to: &Path) -> rustix::io::Result<()> {
        rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)
    }
    /// Renames.
    fn rename(&self, from: &Path, to: &Path) -> rustix::io::Result<()> {
        rustix::fs::rename(from, to)
    }
    /// Gives a file, or a link itself, a second name.
    fn link(&self, from: &Path, to: &Path) -> rustix::io::Result<()> {
        rustix::fs::linkat(CWD, from, CWD, to, rustix::fs::AtFlags::empty())
    }
}

/// The kernel's own answers.
#[derive(Debug)]
pub(super) struct Kernel;

impl System for Kernel {}

/// Gives the new tree the name. Afterwards a replaced tree stands under the new one's hidden name, as rubbish.
pub(super) fn switch(system: &dyn System, places: &Places, replaces: bool) -> Result<(), TreeError> {
    let Places { out, new, old, .. } = places;
    // The hidden name first, or a power cut could undo it and leave the exchange without its other side.
    disk::sync(out)?;
    if let Err(error) = take_name(system, places, replaces) {
        // Nothing was switched unless the old tree has its hidden name; then the next run must find both.
        if disk::lstat(old)?.is_none() {
            let _ = disk::remove(new);
        }
        return Err(error);
    }
    disk::sync(out)
}

fn take_name(system: &dyn System, places: &Places, replaces: bool) -> Result<(), TreeError> {
    let Places { tree, new, .. } = places;
    let one_step = if replaces { system.exchange(new, tree) } else { system.rename_free(new, tree) };
    match one_step {
        Ok(()) => Ok(()),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) if replaces => two_renames(system, places),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => rename_if_free(system, new, tree),
        Err(errno) => Err(TreeError::io("replace", tree)(errno)),
    }
}

/// For file systems that do not exchange. Between the renames no tree has the name; `recover` knows that state.
fn two_renames(system: &dyn System, places: &Places) -> Result<(), TreeError> {
    let Places { out, tree, new, old, .. } = places;
    rename_if_free(system, tree, old)?;
    if let Err(error) = rename_if_free(system, new, tree) {
        // If this is refused as well, the next run does it.
        let _ = system.rename(old, tree);
        return Err(error);
    }
    // Both must be durable before the old tree becomes rubbish.
    disk::sync(out)?;
    rename_if_free(system, old, new)
}

/// A plain rename after a look: under our lock only a stranger could take the name between the two.
fn rename_if_free(system: &dyn System, from: &Path, to: &Path) -> Result<(), TreeError> {
    if disk::lstat(to)?.is_some() {
        return Err(TreeError::io("replace", to)(Errno::EXIST));
    }
    system.rename(from, to).map_err(TreeError::io("rename", from))
}

/// Brings the names back in order after a killed run. True when there was something to do.
pub(super) fn recover(system: &dyn System, places: &Places) -> Result<bool, TreeError> {
    let Places { out, tree, new, old, .. } = places;
    let [tree_stands, new_stands, old_stands] =
        [disk::lstat(tree)?, disk::lstat(new)?, disk::lstat(old)?].map(|meta| meta.is_some());
    match (tree_stands, old_stands) {
        // No killed run leaves all three, so the tree is somebody's, and either may hold what the other lacks.
        (true, true) if new_stands => {
            return Err(TreeError::Unclear { tree: tree.clone(), old: old.clone() });
        }
        // Under the name of rubbish first: a kill while it is being removed must not make half of it the tree again.
        (true, true) => rename_if_free(system, old, new)?,
        (false, true) => {
            rename_if_free(system, old, tree)?;
            disk::sync(out)?;
        }
        (_, false) => {}
    }
    disk::remove(new)?;
    Ok(new_stands || old_stands)
}
