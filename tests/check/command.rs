//! The command: options, formats, what is allowed, and what `--fix` does.

use serde_json::Value as Json;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

/// How a run ended.
pub(crate) struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs the program in a folder.
pub(crate) fn run(folder: &Path, args: &[&str]) -> Done {
    let done =
        Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(args).current_dir(folder).env("NO_COLOR", "1").output();
    let done = done.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Done { code: done.status.code().unwrap(), out: text(done.stdout), err: text(done.stderr) }
}

/// What it printed, as JSON.
pub(crate) fn json(done: &Done) -> Json {
    serde_json::from_str(&done.out).unwrap_or_else(|e| panic!("{e}: {}{}", done.out, done.err))
}

pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

const HEAD: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

pub(crate) fn kubelet(fields: &str) -> String {
    format!("{HEAD}{fields}")
}

pub(crate) fn ids(done: &Done) -> Vec<String> {
    json(done)["findings"].as_array().unwrap().iter().map(|f| f["id"].as_str().unwrap().to_string()).collect()
}

#[test]
fn a_severity_below_the_threshold_is_no_failure() {
    let text = kubelet("maxPods: 111\nsyncFrequency: 30s\n");
    let dir = folder(&[("k.yaml", &text)]);
    for (least, code) in [("advice", 1), ("warning", 0), ("error", 0)] {
        let done = run(dir.path(), &["check", "k.yaml", "--fail-on", least]);
        assert_eq!(done.code, code, "{least}: {}{}", done.out, done.err);
    }
}

#[test]
fn what_is_allowed_is_counted_and_not_told() {
    let text = kubelet("maxPods: 111\nsyncFrequency: 30s\n");
    let allow = "[[allow]]\nid = \"pods-beyond-tested\"\nreason = \"tested here\"\npaths = [\"k.*\"]\n";
    let dir = folder(&[("k.yaml", &text), (".plimsoll-check.toml", allow)]);
    let done = run(dir.path(), &["check", "k.yaml", "--format", "json"]);
    assert_eq!(ids(&done), ["sync-frequency"]);
    assert_eq!(json(&done)["allowed"]["pods-beyond-tested"], 1);
    let told = run(dir.path(), &["check", "k.yaml"]);
    assert!(told.err.contains("1 more is allowed: pods-beyond-tested 1"), "{}", told.err);
}

#[test]
fn a_list_of_what_is_allowed_is_checked_itself() {
    let text = kubelet("maxPods: 110\n");
    let cases = [
        (
            "[[allow]]\nid = \"pods-beyond-testd\"\nreason = \"x\"\n",
            2,
            "allow-unknown",
            "did you mean `pods-beyond-tested`?",
        ),
        ("[[allow]]\nid = \"pods-beyond-tested\"\nreason = \" \"\n", 2, "allow-reason", "without a reason"),
        ("[[allow]]\nid = \"pods-beyond-tested\"\n", 2, "allow-unreadable", "missing field `reason`"),
        ("[[allow]]\nid = \"pods-beyond-tested\"\nreason = \"x\"\n", 1, "allow-unused", "nothing breaks it"),
    ];
    for (allow, code, id, says) in cases {
        let dir = folder(&[("k.yaml", &text), ("allow.toml", allow)]);
        let done = run(dir.path(), &["check", "k.yaml", "--config", "allow.toml"]);
        let told = format!("{}{}", done.out, done.err);
        assert_eq!(done.code, code, "{told}");
        assert!(told.contains(id) && told.contains(says), "{told}");
    }
}

#[test]
fn several_versions_are_told_apart() {
    let flags = "--pod-eviction-timeout=5m0s\n";
    let dir = folder(&[("kube-controller-manager.flags", flags)]);
    let done = run(
        dir.path(),
        &["check", ".", "--kubernetes", "1.26", "--kubernetes", "1.30", "--kubernetes", "1.36", "--format", "json"],
    );
    let document = json(&done);
    let of = |id: &str| document["findings"].as_array().unwrap().iter().find(|f| f["id"] == id).unwrap().clone();
    let (gone, unread) = (of("setting-of-another-version"), of("pod-eviction-timeout-unread"));
    assert!(gone["notes"].to_string().contains("this is so in 1.30, 1.36"), "{gone}");
    assert_eq!(gone["consequence"], "refuses");
    assert!(unread["notes"].to_string().contains("this is so in 1.26\""), "{unread}");
    assert_eq!(document["kubernetes"], serde_json::json!(["1.26", "1.30", "1.36"]));
}

const SPEC: &str = r#"
[cluster]
name = "c"
kubernetes = "1.36"
platform = "self-managed"
cni = "calico"

[node-class.big]
count = 3
workload = [{ name = "web", share = 1.0, cpu = "100m", memory = "256Mi" }]
[node-class.big.hardware]
cpus = 64
memory = "250Gi"
"#;

#[test]
fn a_spec_says_version_and_machine() {
    let proxy = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nconntrack: {maxPerCore: 32768, min: 2097152}\n";
    let dir = folder(&[("proxy.yaml", proxy), ("spec.toml", SPEC)]);
    let alone = run(dir.path(), &["check", "proxy.yaml", "--kubernetes", "1.36", "--format", "json"]);
    assert_eq!(ids(&alone), Vec::<String>::new());
    for path in ["proxy.yaml", "big=proxy.yaml"] {
        let with = run(dir.path(), &["check", path, "--spec", "spec.toml", "--format", "json"]);
        assert_eq!(ids(&with), ["conntrack-above-the-cap"], "{}", with.err);
        assert_eq!(json(&with)["kubernetes"], serde_json::json!(["1.36"]));
    }
    let other = run(dir.path(), &["check", "bog=proxy.yaml", "--spec", "spec.toml"]);
    assert_eq!(other.code, 2);
    assert!(other.err.contains("no node class is called `bog`") && other.err.contains("did you mean `big`?"));
}

/// Settings that upstream takes no notice of, beside others.
const IDLE: &str = "maxPod: 120\nmaxPods: 100\nkubeAPIQPS: 50\nevictionHard:\n  memory.available: 200Mi\n  nodefs.available: 10%\n  nodefs.inodesFree: 5%\n  imagefs.available: 15%\n  imagefs.inodesFree: 5%\n# kept\nclusterDomain: cluster.local\n";

#[test]
fn what_is_mended_is_found_no_more_and_nothing_else_changes() {
    let before = kubelet(IDLE);
    let dir = folder(&[("k.yaml", &before)]);
    let path = dir.path().join("k.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let dry = run(dir.path(), &["check", "k.yaml", "--fix", "--dry-run", "--kubernetes", "1.34"]);
    assert!(dry.out.contains("\n-maxPod: 120\n") && dry.out.contains("\n-kubeAPIQPS: 50\n"), "{}", dry.out);
    assert_eq!(fs::read_to_string(&path).unwrap(), before, "a dry run writes nothing");
    let done = run(dir.path(), &["check", "k.yaml", "--fix", "--kubernetes", "1.34"]);
    assert!(done.err.contains("k.yaml: 2 changes: remove maxPod, remove kubeAPIQPS"), "{}", done.err);
    let after = fs::read_to_string(&path).unwrap();
    assert_eq!(after, before.replace("maxPod: 120\n", "").replace("kubeAPIQPS: 50\n", ""));
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o640);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    let again = run(dir.path(), &["check", "k.yaml", "--kubernetes", "1.34", "--fail-on", "advice"]);
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    same_effect(&before, &after);
}

/// Every setting that both texts could have an opinion of is effectively the same.
fn same_effect(before: &str, after: &str) {
    use plimsoll::catalog;
    use plimsoll::current::{Current, read_as_upstream};
    use plimsoll::quantity::Minor;
    let read = |text: &str| Current::new(read_as_upstream("k.yaml", text).unwrap().remove(0));
    let (before, after) = (read(before), read(after));
    for name in catalog::names().filter(|n| n.starts_with("kubelet/")) {
        assert_eq!(before.effective(name, Minor(1, 34)), after.effective(name, Minor(1, 34)), "{name}");
    }
}

#[test]
fn flags_of_manifests_and_maps_in_one_line_are_mended_too() {
    let manifest = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: kube-apiserver\n    command:\n    - kube-apiserver\n    - --default-watch-cache-size=200\n    - --event-ttl=1h0m0s\n";
    let flow = kubelet("featureGates: {NodeSwap: true, GracefulNodeShutdown: false}\n");
    let dir = folder(&[("apiserver.yaml", manifest), ("k.yaml", &flow)]);
    run(dir.path(), &["check", ".", "--fix", "--kubernetes", "1.34"]);
    let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
    assert_eq!(read("apiserver.yaml"), manifest.replace("    - --default-watch-cache-size=200\n", ""));
    assert_eq!(read("k.yaml"), flow.replace("NodeSwap: true, ", ""));
}

#[test]
fn nothing_is_written_through_a_link() {
    let text = kubelet("maxPod: 120\n");
    let dir = folder(&[("real.yaml", &text)]);
    symlink(dir.path().join("real.yaml"), dir.path().join("link.yaml")).unwrap();
    let done = run(dir.path(), &["check", "link.yaml", "--fix", "--kubernetes", "1.34"]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("it is a symbolic link"), "{}", done.err);
    assert_eq!(fs::read_to_string(dir.path().join("real.yaml")).unwrap(), text);
}

#[test]
fn changes_that_mean_something_are_offered_and_not_made() {
    let text = kubelet(
        "cpuManagerPolicyOptions: {full-pcpus-only: true}\ncpuManagerPolicy: static\nsystemReserved: {cpu: '1'}\noomScoreAdj: -2000\nmaxPod: 5\n",
    );
    let dir = folder(&[("k.yaml", &text)]);
    let done = run(dir.path(), &["check", "k.yaml", "--format", "json", "--kubernetes", "1.34"]);
    let document = json(&done);
    let fixes: Vec<(String, bool)> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|f| f["fixes"].as_array().unwrap())
        .map(|f| (f["title"].as_str().unwrap().to_string(), f["safe"].as_bool().unwrap()))
        .collect();
    for wanted in [
        ("quote cpuManagerPolicyOptions.full-pcpus-only", false),
        ("set oomScoreAdj to -1000", false),
        ("rename it to maxPods", false),
        ("remove maxPod", true),
    ] {
        assert!(fixes.contains(&(wanted.0.to_string(), wanted.1)), "{wanted:?} of {fixes:?}");
    }
}

#[test]
fn every_format_has_every_finding() {
    let dir = folder(&[("k.yaml", &kubelet("maxPod: 120\nsyncFrequency: 30s\n"))]);
    let with = |format: &str| run(dir.path(), &["check", "k.yaml", "--format", format]);
    let sarif = json(&with("sarif"));
    let results = sarif["runs"][0]["results"].as_array().unwrap().clone();
    assert_eq!(results.len(), 2);
    assert_eq!(results[0]["ruleId"], "unknown-setting");
    assert!(results[0]["fixes"][0]["artifactChanges"][0]["replacements"][0]["deletedRegion"]["startLine"].is_u64());
    assert!(sarif["runs"][0]["tool"]["driver"]["rules"][0]["fullDescription"]["text"].is_string());
    assert_eq!(with("junit").out.matches("<testcase").count(), 2);
    assert_eq!(with("github").out.lines().count(), 2);
    assert!(with("github").out.contains("file=k.yaml,line="));
    let quiet = run(dir.path(), &["check", "k.yaml", "--quiet"]);
    assert_eq!(quiet.out.lines().count(), 2, "{}", quiet.out);
    let explained = run(dir.path(), &["check", "k.yaml", "--explain"]);
    assert!(explained.out.contains("3 | maxPod: 120"), "{}", explained.out);
}
