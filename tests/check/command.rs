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
        ("[[allow]]\nid = \"pods-beyond-tested\"\nreason = \"x\"\n", 0, "allow-unused", "nothing breaks it"),
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

const ALLOW: &str = "[[allow]]\nid = \"pods-beyond-tested\"\nreason = \"tested here\"\n";

#[test]
fn paths_of_what_is_allowed_are_those_from_its_folder() {
    let dir = folder(&[]);
    let below = dir.path().join("clusters/prod/web");
    fs::create_dir_all(&below).unwrap();
    fs::write(below.join("k.yaml"), kubelet("maxPods: 111\n")).unwrap();
    let allowed = |from: &str, path: &str, config: Option<&str>| {
        let config = config.map_or(vec![], |config| vec!["--config", config]);
        let done = run(
            &dir.path().join(from),
            &[&["check", path, "--format", "json", "--kubernetes", "1.34"], &config[..]].concat(),
        );
        assert!(done.code == 0, "{}{}", done.out, done.err);
        (json(&done)["allowed"]["pods-beyond-tested"] == 1, ids(&done))
    };
    let whole = dir.path().join("clusters/prod").display().to_string();
    let list = dir.path().join(".plimsoll-check.toml").display().to_string();
    for pattern in ["clusters/prod/web/*", "./clusters/prod/web/*", "clusters/*/k.yaml", "web/k.yaml", "k.yaml"] {
        fs::write(&list, format!("{ALLOW}paths = [\"{pattern}\"]\n")).unwrap();
        for path in ["clusters/prod", "./clusters/prod", "clusters/../clusters/prod", &whole] {
            assert_eq!(allowed("", path, None), (true, vec![]), "{pattern} {path}");
        }
        assert_eq!(allowed("clusters", "prod", Some("../.plimsoll-check.toml")), (true, vec![]), "{pattern}");
        assert_eq!(allowed("clusters/prod/web", "k.yaml", Some(&list)), (true, vec![]), "{pattern}");
    }
    // One that is for another folder is not told of: nothing there was checked.
    for pattern in ["web/*", "clusters/dev/*"] {
        fs::write(&list, format!("{ALLOW}paths = [\"{pattern}\"]\n")).unwrap();
        assert_eq!(allowed("", "clusters", None), (false, vec!["pods-beyond-tested".to_string()]), "{pattern}");
    }
}

#[test]
fn an_entry_is_idle_where_its_rule_was_asked_of_its_files() {
    let proxy = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nclusterCIDR: 10.0.0.0/8\n";
    let dir = folder(&[("k.yaml", &kubelet("maxPods: 110\n")), ("proxy.yaml", proxy)]);
    let told = |allow: &str, file: &str, version: &str| {
        fs::write(dir.path().join("allow.toml"), allow).unwrap();
        let done =
            run(dir.path(), &["check", file, "--config", "allow.toml", "--kubernetes", version, "--format", "json"]);
        assert_eq!(done.code, 0, "{}", done.out);
        ids(&done) == ["allow-unused"]
    };
    assert!(told(ALLOW, "k.yaml", "1.34"));
    assert!(!told(ALLOW, "proxy.yaml", "1.34"), "no kubelet was checked");
    assert!(!told(&format!("{ALLOW}paths = [\"other/*\"]\n"), "k.yaml", "1.34"));
    assert!(told(&format!("{ALLOW}paths = [\"k.*\"]\n"), "k.yaml", "1.34"));
    let newer = "[[allow]]\nid = \"cgroup-v1-refused\"\nreason = \"x\"\n";
    assert!(!told(newer, "k.yaml", "1.30") && told(newer, "k.yaml", "1.36"));
}

#[test]
fn what_is_allowed_is_in_forms_for_machines_with_its_reason() {
    let dir = folder(&[("k.yaml", &kubelet("maxPods: 111\nsyncFrequency: 30s\n")), (".plimsoll-check.toml", ALLOW)]);
    let document = json(&run(dir.path(), &["check", "k.yaml", "--format", "json"]));
    let allowed = &document["allowedFindings"][0];
    assert_eq!((&allowed["id"], &allowed["reason"]), (&"pods-beyond-tested".into(), &"tested here".into()));
    let sarif = json(&run(dir.path(), &["check", "k.yaml", "--format", "sarif"]));
    let results = sarif["runs"][0]["results"].as_array().unwrap().clone();
    let of = |id: &str| results.iter().find(|r| r["ruleId"] == id).unwrap()["suppressions"].clone();
    assert_eq!(of("sync-frequency"), Json::Null);
    assert_eq!(of("pods-beyond-tested"), serde_json::json!([{ "kind": "external", "justification": "tested here" }]));
}

#[test]
fn what_a_file_holds_does_not_steer_a_terminal() {
    let fields =
        "topologyManagerPolicy: \"x\\e[31m\\u009b1m\\ry\"\n\"k\\e[1mey\": 1\nfeatureGates: {\"A\\e[31m\": true}\n";
    let dir = folder(&[("a\u{1b}[31m.yaml", &kubelet(fields))]);
    for more in [
        &["--quiet"][..],
        &["--explain"],
        &["--format", "github"],
        &["--format", "junit"],
        &[],
        &["--fix", "--kubernetes", "1.34"],
    ] {
        let done = run(dir.path(), &[&["check", "."], more].concat());
        let told = format!("{}{}", done.out, done.err);
        assert!(done.code == 1 && !told.contains(|c: char| c.is_control() && c != '\n'), "{more:?} {told:?}");
    }
    fs::write(dir.path().join("b\u{1b}[31m.yaml"), "a: \u{1b}[31m").unwrap();
    let done = run(dir.path(), &["check", "b\u{1b}[31m.yaml"]);
    assert!(done.code == 2 && !done.err.contains('\u{1b}'), "{:?}", done.err);
}

#[test]
fn standard_input_is_not_fixed_and_its_findings_are_told() {
    let text = kubelet("maxPod: 120\nsyncFrequency: 30s\n");
    let dir = folder(&[("k.yaml", &text), ("other.yaml", &kubelet("maxPods: 100\nmaxPod: 1\n"))]);
    let with = |args: &[&str]| {
        let stdin = fs::File::open(dir.path().join("k.yaml")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        let done = command.current_dir(dir.path()).args(args).stdin(stdin).env("NO_COLOR", "1").output().unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, out, err) = with(&["check", "-", "--fix", "--kubernetes", "1.34"]);
    assert!(out.contains("unknown-setting") && out.contains("sync-frequency"), "{out}{err}");
    assert!(code == Some(1) && err.contains("<stdin>: nothing is changed"), "{out}{err}");
    // What is beside it is, and the text is there once.
    let (_, out, err) = with(&["check", "-", "other.yaml", "--fix", "--kubernetes", "1.34"]);
    assert!(out.contains("sync-frequency") && err.contains("other.yaml: 1 change"), "{out}{err}");
    assert_eq!(fs::read_to_string(dir.path().join("other.yaml")).unwrap(), kubelet("maxPods: 100\n"));
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
