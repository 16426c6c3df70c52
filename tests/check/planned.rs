//! The third judge: what `check` asks of files holds for the values of every plan, in every minor.

use plimsoll::catalog::versions;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn examples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut out = Vec::new();
    for folder in [root.clone(), root.join("scenarios"), root.join("sizes")] {
        let specs = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
        out.extend(specs.filter(|p| p.extension().is_some_and(|e| e == "toml") && !p.ends_with("infeasible.toml")));
    }
    out.sort();
    out
}

/// A copy of a folder with all that is in it: what a test writes beside the originals, another test would read.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// The spec for another minor.
fn of_minor(spec: &Path, minor: &str) -> String {
    let text = fs::read_to_string(spec).unwrap();
    let line = |line: &str| match line.trim_start().starts_with("kubernetes ") && line.contains('=') {
        true => format!("kubernetes = \"{minor}\""),
        false => line.to_string(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn no_plan_breaks_a_constraint_by_itself() {
    let (oldest, newest) = (versions().oldest, versions().newest);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copies = tempfile::tempdir().unwrap();
    copy(&root.join("examples"), &copies.path().join("examples"));
    let mut faults = Vec::new();
    for spec in examples() {
        let file = copies.path().join(spec.strip_prefix(root).unwrap());
        let mut planned = 0;
        for minor in oldest.1..=newest.1 {
            fs::write(&file, of_minor(&spec, &format!("1.{minor}"))).unwrap();
            let done = Command::new(env!("CARGO_BIN_EXE_plimsoll")).arg("plan").arg(&file).output().unwrap();
            let err = String::from_utf8_lossy(&done.stderr);
            planned += usize::from(done.status.code() == Some(0));
            // Not every example can be planned in every minor; none may be a fault of the planner's.
            if done.status.code() == Some(70) {
                faults.push(format!("{} 1.{minor}: {}", spec.display(), err.lines().next().unwrap_or_default()));
            }
        }
        assert!(planned > 0, "{} is planned in no minor", spec.display());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_pin_that_breaks_one_is_told_at_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let spec = dir.path().join("spec.toml");
    fs::write(&spec, SPEC).unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_plimsoll")).arg("plan").arg(&spec).output().unwrap();
    let err = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(0), "{err}");
    assert!(
        err.contains("warning[evented-pleg]") && err.contains("\"kubelet/featureGates.EventedPLEG\" = true"),
        "{err}"
    );
}

const SPEC: &str = r#"
[cluster]
name = "c"
kubernetes = "1.34"
platform = "self-managed"
cni = "calico"

[node-class.w]
count = 3
workload = [{ name = "web", share = 1.0, cpu = "100m", memory = "256Mi" }]
[node-class.w.hardware]
cpus = 8
memory = "30Gi"
[node-class.w.pin]
"kubelet/featureGates.EventedPLEG" = true
"#;
