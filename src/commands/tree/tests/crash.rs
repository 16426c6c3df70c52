//! Death at each of the steps that name a tree, one after the other, with and without an exchange.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use rustix::io::{Errno, Result};

use super::super::switch::{Kernel, System};
use super::super::{check, write, write_on};
use super::{C, assert_tidy, clean, new, old, picture};

/// Dies at the n-th call: before it for an even number left, after it for an odd one.
struct Dies {
    exchanges: bool,
    left: Cell<usize>,
}

impl Dies {
    fn step(&self, call: impl FnOnce() -> Result<()>) -> Result<()> {
        self.tick();
        let answer = call();
        self.tick();
        answer
    }
    fn tick(&self) {
        if self.left.get() == 0 {
            // Not `panic!`: the hook would print each of these deaths.
            resume_unwind(Box::new("killed"));
        }
        self.left.set(self.left.get() - 1);
    }
}

impl System for Dies {
    fn exchange(&self, a: &Path, b: &Path) -> Result<()> {
        self.step(|| if self.exchanges { Kernel.exchange(a, b) } else { Err(Errno::INVAL) })
    }
    fn rename_free(&self, from: &Path, to: &Path) -> Result<()> {
        self.step(|| Kernel.rename_free(from, to))
    }
    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        self.step(|| Kernel.rename(from, to))
    }
    fn link(&self, from: &Path, to: &Path) -> Result<()> {
        self.step(|| Kernel.link(from, to))
    }
}

#[test]
fn the_old_or_the_new_tree_is_there_after_death_at_any_step() {
    let [before, after] = [clean(&old()), clean(&new())];
    for exchanges in [true, false] {
        let (mut olds, mut news, mut absent) = (0, 0, 0);
        for steps in 0.. {
            let out = tempfile::tempdir().unwrap();
            let tree = out.path().join(C);
            write(out.path(), C, &old(), false).unwrap();
            let system = Dies { exchanges, left: Cell::new(steps) };
            let run = catch_unwind(AssertUnwindSafe(|| write_on(&system, out.path(), C, &new(), false)));
            if run.is_ok() {
                break;
            }
            if tree.exists() {
                let now = picture(&tree);
                assert!(now == before || now == after, "step {steps}");
                if now == before { olds += 1 } else { news += 1 }
            } else {
                assert!(!exchanges, "an exchange leaves no moment without a tree");
                absent += 1;
                assert!(!check(out.path(), C, &old()).unwrap().is_empty());
            }
            assert!(write(out.path(), C, &old(), false).unwrap().recovered, "step {steps}");
            assert_eq!(picture(&tree), before);
            assert_tidy(out.path());
        }
        assert_eq!((olds, news, absent), if exchanges { (1, 1, 0) } else { (3, 3, 2) });
    }
}

#[test]
fn death_while_recovering_is_recovered_from() {
    for steps in 0..3 {
        for later in 0.. {
            let out = tempfile::tempdir().unwrap();
            write(out.path(), C, &old(), false).unwrap();
            let dies = |left| Dies { exchanges: false, left: Cell::new(left) };
            let run = |left| catch_unwind(AssertUnwindSafe(|| write_on(&dies(left), out.path(), C, &new(), false)));
            // The exchange is refused in two ticks; then come the renames.
            assert!(run(3 + steps).is_err());
            let done = run(later).is_ok();
            let report = write(out.path(), C, &new(), false).unwrap();
            assert_eq!(picture(&out.path().join(C)), clean(&new()), "{steps} {later}");
            assert_tidy(out.path());
            if done {
                assert!(!report.recovered);
                break;
            }
        }
    }
}
