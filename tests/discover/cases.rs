//! Dumps of other kinds, and several at once: what is printed and said is stored in each case's folder.

use super::common::{expect, none, run_in};
use super::folder;

#[test]
fn dumps_come_out_as_stored() {
    let mut complaints = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder("cases")).unwrap() {
        let case = entry.unwrap().path();
        let args = super::common::read(case.join("args"));
        let run = run_in(&case, &args.lines().collect::<Vec<_>>(), "");
        let text = format!("{}# exit {}\n# said:\n{}", run.out, run.code, run.err);
        complaints.extend(expect(&case.join("expected.txt"), &text).err());
        assert!(run.code != 0 || run.out.contains("[node-class."), "{}", run.err);
        count += 1;
    }
    none(&complaints);
    assert!(count >= 6, "cases are found");
}
