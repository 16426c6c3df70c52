//! What `plimsoll diff` refuses to read, and that nothing it reads makes it panic.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use plimsoll::current::read;
use proptest::prelude::*;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

const SPEC: &str = "tests/fixtures/diff/web.toml";

/// Status and talk of a diff against `current`.
fn diff(current: &Path) -> (Option<i32>, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    let output = command.current_dir(folder).args(["diff", SPEC, "--current"]).arg(current).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn refused(current: &Path, why: &str) {
    let (status, text) = diff(current);
    assert!(status == Some(2) && text.contains(why), "{status:?} {text}");
}

#[test]
fn large_files_pipes_and_deep_folders_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("large.yaml"), vec![b'#'; (4 << 20) + 1]).unwrap();
    refused(&at("large.yaml"), "more than 4 MiB");
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    refused(&at("pipe"), "it is a FIFO");
    fs::write(at("latin.yaml"), b"a: \xff\n").unwrap();
    refused(&at("latin.yaml"), "not UTF-8 from byte 3");
    refused(&at("missing.yaml"), "No such file");
    fs::write(at("other.yaml"), "kind: Deployment\n").unwrap();
    refused(&at("other.yaml"), "no configuration that can be compared");
    fs::create_dir_all(at("deep/1/2/3/4/5/6/7/8/9")).unwrap();
    refused(&at("deep"), "more than 8 folders deep");
    fs::create_dir(at("empty")).unwrap();
    refused(&at("empty"), "nothing under `--current`");
}

#[test]
fn links_out_of_a_folder_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (inside, outside) = (folder.path().join("inside"), folder.path().join("outside"));
    fs::create_dir_all(&inside).unwrap();
    fs::create_dir_all(&outside).unwrap();
    let text = "kind: KubeletConfiguration\nmaxPods: 50\n";
    fs::write(outside.join("kubelet.yaml"), text).unwrap();
    symlink(outside.join("kubelet.yaml"), inside.join("kubelet.yaml")).unwrap();
    refused(&inside, "a symbolic link out of the folder");
    fs::remove_file(inside.join("kubelet.yaml")).unwrap();
    symlink(&outside, inside.join("web")).unwrap();
    refused(&inside, "a symbolic link to a folder");
    fs::remove_file(inside.join("web")).unwrap();
    // As a mounted config map is laid out.
    fs::create_dir(inside.join("..data")).unwrap();
    fs::write(inside.join("..data/kubelet.yaml"), text).unwrap();
    symlink("..data/kubelet.yaml", inside.join("kubelet.yaml")).unwrap();
    assert_eq!(diff(&inside).0, Some(1));
}

#[test]
fn two_files_for_one_class_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.yaml", "b.yaml"] {
        fs::write(folder.path().join(name), "kind: KubeletConfiguration\n").unwrap();
    }
    refused(folder.path(), "are both kubelet files for web");
}

/// Words that files are made of.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("kind: KubeletConfiguration\n".to_string()),
        Just("evictionHard: {}\n".to_string()),
        Just("kind: Pod\nspec: {containers: [{command: [etcd, --a]}]}\n".to_string()),
        Just("--flag=".to_string()),
        Just("reservedMemory: [{numaNode: 0, limits: {memory: 1Gi}}]\n".to_string()),
        Just("\"".to_string()),
        Just("[".to_string()),
        Just("{\"kubeletconfig\": {".to_string()),
        "\\PC{0,8}",
        "[ \\t\\n:#'-]{0,4}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_text_makes_reading_panic(words in proptest::collection::vec(word(), 0..12)) {
        let text = words.concat();
        if let Err(fault) = read("file", &text) {
            for label in &fault.labels {
                prop_assert!(text.get(label.span.clone()).is_some(), "{:?} in {text:?}", label.span);
            }
        }
    }
}
