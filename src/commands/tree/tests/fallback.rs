//! File systems that do not exchange names, and the recovery of runs killed between two renames.

use std::fs;
use std::path::Path;

use rustix::io::{Errno, Result};

use super::super::switch::{Kernel, System};
use super::super::{TreeError, write, write_on};
use super::{C, assert_tidy, clean, new, old, picture};

/// Answers every flag of `renameat2` with this error.
struct NoFlags(Errno);

impl System for NoFlags {
    fn exchange(&self, _: &Path, _: &Path) -> Result<()> {
        Err(self.0)
    }
    fn rename_free(&self, _: &Path, _: &Path) -> Result<()> {
        Err(self.0)
    }
}

#[test]
fn refused_exchange_falls_back_to_renames() {
    for errno in [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP] {
        let out = tempfile::tempdir().unwrap();
        let tree = out.path().join(C);
        write_on(&NoFlags(errno), out.path(), C, &old(), false).unwrap();
        assert_eq!(picture(&tree), clean(&old()));
        let report = write_on(&NoFlags(errno), out.path(), C, &new(), false).unwrap();
        assert_eq!(picture(&tree), clean(&new()));
        assert!(!report.recovered);
        assert_tidy(out.path());
    }
}

#[test]
fn other_errors_of_the_exchange_are_errors_and_leave_the_old_tree_alone() {
    let out = tempfile::tempdir().unwrap();
    write(out.path(), C, &old(), false).unwrap();
    let error = write_on(&NoFlags(Errno::XDEV), out.path(), C, &new(), false).unwrap_err();
    assert!(matches!(error, TreeError::Io { doing: "replace", .. }), "{error:?}");
    assert_eq!(picture(&out.path().join(C)), clean(&old()));
    assert_tidy(out.path());
}

/// Exchanges nothing, and refuses the second of the two renames.
struct NoSecond;

impl System for NoSecond {
    fn exchange(&self, _: &Path, _: &Path) -> Result<()> {
        Err(Errno::INVAL)
    }
    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        if from.to_string_lossy().ends_with("-new") { Err(Errno::IO) } else { Kernel.rename(from, to) }
    }
}

#[test]
fn refused_second_rename_puts_the_old_tree_back() {
    let out = tempfile::tempdir().unwrap();
    write(out.path(), C, &old(), false).unwrap();
    assert!(matches!(write_on(&NoSecond, out.path(), C, &new(), false), Err(TreeError::Io { .. })));
    assert_eq!(picture(&out.path().join(C)), clean(&old()));
    assert_tidy(out.path());
}

#[test]
fn killed_after_the_first_rename_is_undone() {
    let out = tempfile::tempdir().unwrap();
    let hidden = |what: &str| out.path().join(format!(".{C}.plimsoll-{what}"));
    write(out.path(), C, &old(), false).unwrap();
    fs::write(out.path().join(C).join("foreign"), "x").unwrap();
    fs::rename(out.path().join(C), hidden("old")).unwrap();
    fs::create_dir(hidden("new")).unwrap();
    let report = write(out.path(), C, &old(), false).unwrap();
    assert!(report.recovered && report.written.is_empty());
    assert_eq!(report.kept_foreign, ["foreign"]);
    assert_tidy(out.path());
}

#[test]
fn killed_after_the_second_rename_is_completed() {
    let out = tempfile::tempdir().unwrap();
    write(out.path(), C, &old(), false).unwrap();
    fs::rename(out.path().join(C), out.path().join(format!(".{C}.plimsoll-old"))).unwrap();
    let whole = tempfile::tempdir_in(out.path()).unwrap();
    write(whole.path(), C, &new(), false).unwrap();
    fs::rename(whole.path().join(C), out.path().join(C)).unwrap();
    drop(whole);
    let report = write(out.path(), C, &new(), false).unwrap();
    assert!(report.recovered && report.written.is_empty());
    assert_eq!(picture(&out.path().join(C)), clean(&new()));
    assert_tidy(out.path());
}

#[test]
fn a_tree_made_by_hand_between_is_not_decided_about() {
    let out = tempfile::tempdir().unwrap();
    let hidden = |what: &str| out.path().join(format!(".{C}.plimsoll-{what}"));
    write(out.path(), C, &old(), false).unwrap();
    fs::rename(out.path().join(C), hidden("old")).unwrap();
    fs::create_dir(hidden("new")).unwrap();
    fs::create_dir(out.path().join(C)).unwrap();
    let before = picture(out.path());
    let error = write(out.path(), C, &new(), true).unwrap_err();
    assert!(matches!(error, TreeError::Unclear { .. }), "{error:?}");
    assert_eq!(picture(out.path()), before);
}
