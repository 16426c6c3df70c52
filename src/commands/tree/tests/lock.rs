//! Two runs on one tree do not meet.

use std::fs;

use super::super::{TreeError, check, lock, write};
use super::{C, clean, new, old, picture};

#[test]
fn a_second_run_is_told_and_a_dropped_lock_is_free() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join(format!(".{C}.plimsoll-lock"));
    let held = lock::exclusive(&path).unwrap();
    let error = write(out.path(), C, &old(), false).unwrap_err();
    assert_eq!(error.to_string(), format!("another run holds the lock `{}`", path.display()));
    assert!(matches!(check(out.path(), C, &old()), Err(TreeError::Locked { .. })));
    assert!(!out.path().join(C).exists());
    write(out.path(), "other", &old(), false).unwrap();
    drop(held);
    write(out.path(), C, &old(), false).unwrap();
    let _reader = lock::shared(&path).unwrap().unwrap();
    assert!(check(out.path(), C, &old()).unwrap().is_empty());
}

#[test]
fn runs_at_once_end_in_one_of_their_trees() {
    let out = tempfile::tempdir().unwrap();
    let won: Vec<bool> = std::thread::scope(|scope| {
        let run = |files| {
            move |out: &std::path::Path| match write(out, C, &files, false) {
                Ok(_) => true,
                Err(TreeError::Locked { .. }) => false,
                Err(error) => panic!("{error}"),
            }
        };
        let threads: Vec<_> = (0..16)
            .map(|at| {
                let (out, run) = (out.path(), run(if at % 2 == 0 { old() } else { new() }));
                scope.spawn(move || run(out))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(won.contains(&true));
    let tree = picture(&out.path().join(C));
    assert!(tree == clean(&old()) || tree == clean(&new()));
    assert!(fs::metadata(out.path().join(format!(".{C}.plimsoll-lock"))).unwrap().is_file());
}
