//! The machine that the test runs on: what is printed agrees with what the kernel says, and plans.

use super::common::{Outcome, plan, run, run_in};
use super::spec;

#[test]
fn this_machine_is_described_and_planned() {
    let run = run(&["discover", "--class", "here"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("[node-class.here.hardware]"), "{}", run.out);
    let table: toml::Value = toml::from_str(&run.out).unwrap();
    let hardware = &table["node-class"]["here"]["hardware"];
    let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap();
    let total: i64 = meminfo.lines().next().unwrap().split_whitespace().nth(1).unwrap().parse().unwrap();
    if let Some(memory) = hardware.get("memory") {
        assert_eq!(memory.as_str().unwrap(), format!("{total}Ki"));
    }
    match plan(&spec(&run.out)) {
        Outcome::Fits(_) | Outcome::Unfit(_) => {}
        Outcome::Refused(list) => panic!("{:?}\n{}", list.iter().map(|f| &f.message).collect::<Vec<_>>(), run.out),
        Outcome::Bug(bug) => panic!("{bug}"),
    }
}

#[test]
fn a_recording_of_this_machine_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let live = run(&["discover", "--class", "x"]);
    let record = run(&["discover", "--record"]);
    assert_eq!((record.code, record.err.as_str()), (0, ""));
    let piped = run_in(folder.path(), &["discover", "-", "--class", "x"], &record.out);
    assert_eq!(piped.code, 0, "{}", piped.err);
    let body = |text: &str| {
        text.lines().filter(|l| !l.starts_with("# Read from")).map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(body(&piped.out), body(&live.out));
}

/// A copy of the tree, links kept as they are: `cp -a` of what is read.
#[test]
fn a_copied_folder_says_what_the_machine_says() {
    let folder = tempfile::tempdir().unwrap();
    let record = run(&["discover", "--record"]).out;
    let tree = plimsoll::discover::Tree::parse(&record).unwrap();
    for (path, text) in tree.0.iter().filter(|(p, _)| !p.starts_with('@')) {
        let at = folder.path().join(path);
        std::fs::create_dir_all(if path.ends_with('/') { at.as_path() } else { at.parent().unwrap() }).unwrap();
        if !path.ends_with('/') {
            std::fs::write(at, text).unwrap();
        }
    }
    let copied = run(&["discover", folder.path().to_str().unwrap()]);
    assert_eq!(copied.code, 0, "{}", copied.err);
    let lines = |text: &str, key: &str| {
        text.lines().filter(|l| l.starts_with(key)).map(ToString::to_string).collect::<Vec<_>>()
    };
    let live = run(&["discover"]);
    for key in ["cpus", "memory", "  { cpus", "siblings", "sockets"] {
        assert_eq!(lines(&copied.out, key), lines(&live.out, key), "{}", copied.out);
    }
    // Sizes of file systems are not in a copy, and no number is made up for them.
    assert!(!copied.out.contains("size ="), "{}", copied.out);
}
