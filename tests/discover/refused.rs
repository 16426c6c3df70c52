//! What cannot be read ends with 2 and says why, and nothing is printed as data.

use super::common::{run, run_in};

#[test]
fn unusable_arguments_end_with_two() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("empty")).unwrap();
    std::fs::write(at("bytes"), [0xff, 0xfe, 0x00]).unwrap();
    std::fs::write(at("large"), vec![b' '; plimsoll::discover::LARGEST + 1]).unwrap();
    let made = std::process::Command::new("mkfifo").arg(at("fifo")).status();
    assert!(made.is_ok_and(|s| s.success()));
    for (args, says) in [
        (vec!["empty"], "nothing of `/sys` or `/proc`"),
        (vec!["bytes"], "not UTF-8 from byte 0"),
        (vec!["large"], "more than 16 MiB"),
        (vec!["fifo"], "neither a file nor a folder"),
        (vec!["gone"], "No such file"),
        (vec!["-"], "is not JSON"),
        (vec!["--class", "Two Words"], "is not a name"),
        (vec!["--record", "bytes"], "records one folder"),
        (vec!["--record", "empty"], "nothing of `/sys` or `/proc`"),
    ] {
        let run = run_in(folder.path(), &[&["discover"], args.as_slice()].concat(), "");
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?}: {}", run.err);
        assert!(run.err.contains(says), "{args:?}: {}", run.err);
    }
}

#[test]
fn all_unusable_dumps_are_told_in_one_run() {
    let run = run(&["discover", "gone-a.json", "gone-b.json", "Cargo.toml"]);
    assert_eq!(run.code, 2);
    for part in ["gone-a.json", "gone-b.json", "`Cargo.toml` is not JSON", "3 errors in 3 dumps"] {
        assert!(run.err.contains(part), "{}", run.err);
    }
}

#[test]
fn siblings_that_contradict_each_other_are_told() {
    let cpu = "sys/devices/system/cpu/";
    let text = format!(
        "# plimsoll discover recording 1\n{cpu}online\t0-1\n{cpu}cpu0/topology/core_cpus_list\t0-1\n{cpu}cpu1/topology/core_cpus_list\t1\n"
    );
    let run = run_in(std::path::Path::new("/"), &["discover", "-"], &text);
    assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
    assert!(run.err.contains("CPU 0 shares with CPUs 0-1, but CPU 1 tells of others"), "{}", run.err);
}

/// A line may expand to many files; it cannot fill the memory.
#[test]
fn a_recording_does_not_expand_without_end() {
    let line = format!("sys/devices/system/cpu/cpu{{0-65535}}/x\t{}\n", "y".repeat(10_000));
    let run =
        run_in(std::path::Path::new("/"), &["discover", "-"], &format!("# plimsoll discover recording 1\n{line}"));
    assert_eq!(run.code, 2);
    assert!(run.err.contains("line 2 expands to more than any machine has"), "{}", run.err);
}
