//! `render`: what is written, what `--check` sees, and what it does with files that somebody edited.

use crate::common::{EXAMPLES, run, tree};
use sha2::{Digest, Sha256};
use std::path::Path;

fn render(example: &str, out: &Path, more: &[&str]) -> crate::common::Run {
    let spec = format!("examples/{example}.toml");
    let mut args = vec!["render", &spec, "--out", out.to_str().unwrap()];
    args.extend(more);
    run(&args)
}

#[test]
fn check_says_whether_the_tree_is_what_would_be_written() {
    for name in EXAMPLES {
        let out = tempfile::tempdir().unwrap();
        let check = || render(name, out.path(), &["--check"]);
        let before = check();
        assert_eq!(before.code, 1, "{name}: nothing is there: {}", before.err);
        assert!(before.err.contains("missing"), "{}", before.err);
        assert!(tree(out.path()).is_empty(), "--check writes nothing");
        assert_eq!(render(name, out.path(), &[]).code, 0);
        assert_eq!(check().code, 0, "{name}: {}", check().err);
        assert_eq!(render(name, out.path(), &["--no-comments", "--check"]).code, 1, "comments are a difference");
    }
}

#[test]
fn the_manifest_names_every_file_with_its_hash() {
    for name in EXAMPLES {
        let out = tempfile::tempdir().unwrap();
        assert_eq!(render(name, out.path(), &[]).code, 0);
        let files = tree(out.path());
        let (manifest, text) = files.iter().find(|(n, _)| n.ends_with("SHA256SUMS")).unwrap();
        let folder = manifest.strip_suffix("SHA256SUMS").unwrap();
        let text = String::from_utf8(text.clone()).unwrap();
        let listed: Vec<(String, String)> = text
            .lines()
            .map(|l| l.split_once("  ").map(|(h, n)| (format!("{folder}{n}"), h.to_string())).unwrap())
            .collect();
        for (name, hash) in &listed {
            let actual: String = Sha256::digest(&files[name]).iter().map(|b| format!("{b:02x}")).collect();
            assert_eq!(*hash, actual, "{name}");
        }
        let names: Vec<&String> = listed.iter().map(|(n, _)| n).collect();
        let written = files.keys().filter(|n| n.starts_with(folder) && *n != manifest);
        assert_eq!(written.collect::<Vec<_>>(), names, "{name}");
    }
}

#[test]
fn comments_can_be_left_out() {
    let (with, without) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_eq!(render("bare-metal", with.path(), &[]).code, 0);
    assert_eq!(render("bare-metal", without.path(), &["--no-comments"]).code, 0);
    let (with, without) = (tree(with.path()), tree(without.path()));
    assert_eq!(with.keys().collect::<Vec<_>>(), without.keys().collect::<Vec<_>>());
    // Alerts carry their arithmetic as annotations, which are no comments.
    let yaml = |name: &String| (name.ends_with(".yaml") || name.contains(".conf.d/")) && !name.contains("/alerts/");
    for (name, bytes) in without.iter().filter(|(n, _)| yaml(n)) {
        let (plain, commented) = (std::str::from_utf8(bytes).unwrap(), std::str::from_utf8(&with[name]).unwrap());
        let reasons = |text: &str| text.lines().filter(|l| !l.starts_with('#') && l.contains(" # ")).count();
        assert_eq!(reasons(plain), 0, "{name}");
        // Where a file's format has no place for comments in its values, they stand above.
        let above = commented.lines().filter(|l| l.starts_with('#')).count();
        assert!(reasons(commented) > 0 || above > 2, "{name}");
        let parse = |text: &str| serde_yaml::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(parse(plain), parse(commented), "{name}: comments change no value");
    }
}

#[test]
fn a_file_edited_by_hand_stops_the_run_unless_forced() {
    let out = tempfile::tempdir().unwrap();
    assert_eq!(render("eks-web", out.path(), &[]).code, 0);
    let whole = tree(out.path());
    let file = out.path().join("prod-eu/node-class/web/kubelet.yaml");
    std::fs::write(&file, "maxPods: 500\n").unwrap();
    let stopped = render("eks-web", out.path(), &[]);
    assert_eq!(stopped.code, 2);
    assert!(
        stopped.err.contains("error[tree-edited]") && stopped.err.contains("node-class/web/kubelet.yaml"),
        "{}",
        stopped.err
    );
    assert_eq!(crate::common::read(&file), "maxPods: 500\n", "the edit is still there");
    assert_eq!(render("eks-web", out.path(), &["--check"]).code, 1);
    assert_eq!(render("eks-web", out.path(), &["--force"]).code, 0);
    assert_eq!(tree(out.path()), whole);
}

#[test]
fn files_of_others_stay_and_files_of_ours_that_are_no_longer_written_go() {
    let out = tempfile::tempdir().unwrap();
    let spec = out.path().join("spec.toml");
    let text = crate::common::example("eks-web");
    std::fs::write(&spec, &text).unwrap();
    let to = out.path().join("out");
    let render = || run(&["render", spec.to_str().unwrap(), "--out", to.to_str().unwrap()]);
    assert_eq!(render().code, 0);
    std::fs::write(to.join("prod-eu/README"), "ours\n").unwrap();
    std::fs::write(&spec, &text[..text.find("[node-class.system]").unwrap()]).unwrap();
    let second = render();
    assert_eq!(second.code, 0, "{}", second.err);
    assert!(second.err.contains("removed node-class/system/kubelet.yaml"), "{}", second.err);
    let files = tree(&to);
    assert!(
        files.contains_key("prod-eu/README") && !files.keys().any(|n| n.contains("node-class/system")),
        "{:?}",
        files.keys()
    );
}

#[test]
fn nothing_is_written_when_there_is_no_plan() {
    let out = tempfile::tempdir().unwrap();
    assert_eq!(render("infeasible", out.path(), &[]).code, 3);
    assert!(tree(out.path()).is_empty());
    let target = render("eks-web", out.path(), &["--target", "cobol"]);
    assert_eq!(target.code, 2, "{}", target.err);
}
