//! `check --from-cluster`: what the user's own kubectl answers, as files. Nothing else is run, and only to read.

use super::cli;
use super::collect::Found;
use crate::diag::Finding;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A question that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// kubectl gives up before that, and says why.
const TIMEOUT: &str = "--request-timeout=20s";
/// Longer answers are cut off: the nodes of a cluster of thousands fit.
const LARGEST: u64 = 256 << 20;
/// Questions at once.
const AT_ONCE: usize = 8;
/// What kubeadm keeps in kube-system.
const CONFIG_MAPS: [&str; 3] = ["kubelet-config", "kube-proxy", "kubeadm-config"];

/// How kubectl is called.
struct Kubectl<'a> {
    program: &'a str,
    context: Option<&'a str>,
}

/// What was read, what could not be, and what a reader has to know of the choice.
pub(super) struct Answers {
    /// Answers as files.
    pub files: Vec<Found>,
    /// What could not be read.
    pub findings: Vec<Finding>,
    /// Sentences about what was looked at.
    pub talk: Vec<String>,
}

/// Asks for nodes, the configuration of some kubelets of each class, config maps and static pods.
pub(super) fn ask(args: &cli::Check) -> Answers {
    let kubectl = Kubectl { program: &args.kubectl, context: args.context.as_deref() };
    let mut out = Answers { files: Vec::new(), findings: Vec::new(), talk: Vec::new() };
    let nodes = match kubectl.run(&["get", "nodes", "--output=json"]) {
        Ok(text) => text,
        Err(what) => {
            let finding = Finding::error("cluster-unreadable", format!("`{}` does not list nodes", args.kubectl));
            out.findings.push(
                finding.note(what).help("see that `kubectl get nodes` answers, or give `--context` and `--kubectl`"),
            );
            return out;
        }
    };
    let classes = classes(&nodes, args.class_label.as_deref());
    out.files.push(file("nodes", None, versions(&nodes)));
    let mut asked = Vec::new();
    for (class, names) in &classes {
        let some = names.iter().take(args.sample.max(1));
        asked.extend(some.map(|name| (class.clone(), name.clone())));
        if names.len() > args.sample {
            out.talk.push(format!("{} of {} nodes of {class} are looked at (--sample)", args.sample, names.len()));
        }
    }
    kubelets(&kubectl, &asked, &mut out);
    for name in CONFIG_MAPS {
        let words = ["get", "configmap", name, "--namespace=kube-system", "--ignore-not-found", "--output=json"];
        optional(&kubectl, &words, &format!("configmap/{name}"), &mut out);
    }
    let words = ["get", "pods", "--namespace=kube-system", "--selector=tier=control-plane", "--output=json"];
    optional(&kubectl, &words, "pods", &mut out);
    out
}

fn file(name: &str, class: Option<String>, text: String) -> Found {
    Found { name: format!("cluster/{name}"), class, named: false, text }
}

/// Something that a cluster need not have, or that the user need not be allowed to see.
fn optional(kubectl: &Kubectl<'_>, words: &[&str], name: &str, out: &mut Answers) {
    match kubectl.run(words) {
        Ok(text) if text.trim().is_empty() => {}
        Ok(text) => out.files.push(file(name, None, text)),
        Err(what) => out.findings.push(unread(name, what)),
    }
}

fn unread(name: &str, what: String) -> Finding {
    Finding::warning("cluster-part-unread", format!("`{name}` could not be read, so nothing is said of it")).note(what)
}

/// Names of nodes by class: the value of the label, or all in one.
fn classes(nodes: &str, label: Option<&str>) -> BTreeMap<String, Vec<String>> {
    let list: Json = serde_json::from_str(nodes).unwrap_or_default();
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for node in list["items"].as_array().into_iter().flatten() {
        let Some(name) = node["metadata"]["name"].as_str().filter(|n| is_name(n)) else { continue };
        let value =
            label.map(|key| node["metadata"]["labels"][key].as_str().filter(|v| is_name(v)).unwrap_or("unlabelled"));
        out.entry(value.unwrap_or("nodes").to_string()).or_default().push(name.to_string());
    }
    out.values_mut().for_each(|names| names.sort());
    out
}

/// The nodes as far as they are read, one of each version: thousands of them with all they report are too long a text.
fn versions(nodes: &str) -> String {
    let list: Json = serde_json::from_str(nodes).unwrap_or_default();
    let mut one: BTreeMap<&str, Json> = BTreeMap::new();
    for node in list["items"].as_array().into_iter().flatten() {
        if let Some(version) = node["status"]["nodeInfo"]["kubeletVersion"].as_str() {
            let name = &node["metadata"]["name"];
            one.entry(version).or_insert_with(|| json!({ "kind": "Node", "metadata": { "name": name }, "status": { "nodeInfo": { "kubeletVersion": version } } }));
        }
    }
    format!("{:#}\n", json!({ "kind": "List", "items": one.into_values().collect::<Vec<_>>() }))
}

/// Names of nodes and values of labels become parts of paths.
fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    !text.is_empty() && text.len() <= 253 && text.chars().all(plain) && !text.contains("..")
}

/// The configuration that each kubelet answers with; of equal answers of one class the first is kept.
fn kubelets(kubectl: &Kubectl<'_>, asked: &[(String, String)], out: &mut Answers) {
    let answers: Mutex<BTreeMap<usize, Result<String, String>>> = Mutex::default();
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(asked.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some((_, name)) = asked.get(at) else { break };
                    let answer = kubectl.run(&["get", "--raw", &format!("/api/v1/nodes/{name}/proxy/configz")]);
                    if let Ok(mut answers) = answers.lock() {
                        answers.insert(at, answer);
                    }
                }
            });
        }
    });
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    for (at, answer) in answers.into_inner().unwrap_or_default() {
        let Some((class, name)) = asked.get(at) else { continue };
        match answer {
            Ok(text) => {
                // On one line a place says nothing; laid out, it does.
                let text = serde_json::from_str::<Json>(&text).map_or(text, |json| format!("{json:#}\n"));
                if seen.insert((class.clone(), text.clone())) {
                    out.files.push(file(&format!("{class}/{name}/configz"), Some(format!("{class}/{name}")), text));
                }
            }
            Err(what) => out.findings.push(unread(&format!("{name}/configz"), what)),
        }
    }
}

impl Kubectl<'_> {
    /// What kubectl prints, or why it does not.
    fn run(&self, words: &[&str]) -> Result<String, String> {
        let mut command = Command::new(self.program);
        command.args(self.context.map(|c| format!("--context={c}"))).arg(TIMEOUT).args(words);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| format!("{}: {e}", self.program))?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        std::thread::scope(|scope| {
            let out = scope.spawn(|| bytes(out, LARGEST));
            let err = scope.spawn(|| bytes(err, 1 << 16));
            let ended = wait(&mut child);
            let text =
                |bytes: std::thread::Result<Vec<u8>>| String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
            let (out, err) = (text(out.join()), text(err.join()));
            match ended {
                None => Err(format!("no answer within {} s", PATIENCE.as_secs())),
                Some(false) => Err(err
                    .lines()
                    .map(str::trim)
                    .find(|l| !l.is_empty())
                    .unwrap_or("it failed without a word")
                    .to_string()),
                Some(true) if out.len() as u64 >= LARGEST => {
                    Err(format!("the answer is longer than {} MiB", LARGEST >> 20))
                }
                Some(true) => Ok(out),
            }
        })
    }
}

fn bytes(pipe: Option<impl Read>, most: u64) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(mut pipe) = pipe {
        // What was read before an error is what there is.
        let _ = pipe.by_ref().take(most).read_to_end(&mut out);
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    }
    out
}

/// Whether it ended well; nothing when it had to be stopped.
fn wait(child: &mut Child) -> Option<bool> {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if begun.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(20)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}
