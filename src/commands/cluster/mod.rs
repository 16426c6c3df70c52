//! `--from-cluster`: what the user's own kubectl answers. Nothing else is run, and only to read.

mod kubectl;
mod node;

use super::cli;
use super::collect::Found;
use crate::diag::Finding;
use kubectl::Kubectl;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Questions at once.
const AT_ONCE: usize = 8;
/// Class of nodes where nothing says one.
pub(super) const NODES: &str = "nodes";

/// The class of a node by its labels, or why it has none and is left out.
type ClassOf<'a> = dyn Fn(&BTreeMap<String, String>) -> Result<String, String> + 'a;

/// What is asked of a cluster.
pub(super) struct Wanted<'a> {
    /// How, and of how many nodes.
    pub options: &'a cli::FromCluster,
    /// The class of a node.
    pub class: &'a ClassOf<'a>,
    /// Config maps of kube-system.
    pub config_maps: &'a [&'a str],
    /// Lists of objects that a cluster need not know: what they are called, and their path.
    pub lists: &'a [(&'a str, &'a str)],
}

/// What kubectl says of a path that the API server does not have.
const UNKNOWN: &str = "could not find the requested resource";

/// A node whose kubelet was asked.
pub(super) struct Kubelet {
    /// Its class.
    pub class: String,
    /// Its name.
    pub node: String,
    /// What it runs with, laid out over lines; nothing where it does not say.
    pub configz: Option<String>,
    /// The node's object, as far as it is read.
    pub object: String,
}

impl Kubelet {
    /// What a file of this node is called.
    pub(super) fn file(&self, what: &str) -> String {
        format!("cluster/{}/{}/{what}", self.class, self.node)
    }
}

/// What was read, what could not be, and what a reader has to know of the choice.
#[derive(Default)]
pub(super) struct Answers {
    /// The kubelets, by class and name.
    pub kubelets: Vec<Kubelet>,
    /// All other answers as files.
    pub files: Vec<Found>,
    /// What could not be read.
    pub findings: Vec<Finding>,
    /// Sentences about what was looked at.
    pub talk: Vec<String>,
}

/// Asks for nodes, the configuration of some kubelets of each class, config maps and static pods.
pub(super) fn ask(wanted: &Wanted<'_>) -> Answers {
    let kubectl = Kubectl::new(wanted.options);
    let mut out = Answers::default();
    let nodes = match kubectl.run(&["get", "nodes", "--output=json"]) {
        Ok(text) => node::list(&text),
        Err(what) => {
            let message = format!("`{}` does not list nodes", wanted.options.kubectl);
            let help = "see that `kubectl get nodes` answers, or give `--context` and `--kubectl`";
            out.findings.push(Finding::error("cluster-unreadable", message).note(what).help(help));
            return out;
        }
    };
    let asked = choose(wanted, &nodes, &mut out);
    out.files.push(file("nodes", node::others(&nodes, &asked)));
    kubelets(&kubectl, asked, &mut out);
    optional(&kubectl, &["get", "--raw", "/version"], "version", &mut out);
    for name in wanted.config_maps {
        let words = ["get", "configmap", name, "--namespace=kube-system", "--ignore-not-found", "--output=json"];
        optional(&kubectl, &words, &format!("configmap/{name}"), &mut out);
    }
    for (name, path) in wanted.lists {
        optional(&kubectl, &["get", "--raw", path], name, &mut out);
    }
    let words = ["get", "pods", "--namespace=kube-system", "--selector=tier=control-plane", "--output=json"];
    optional(&kubectl, &words, "pods", &mut out);
    out
}

/// The first nodes of each class by name, as many as are to be looked at.
fn choose<'n>(wanted: &Wanted<'_>, nodes: &'n [Json], out: &mut Answers) -> Vec<(String, &'n Json)> {
    let mut classes: BTreeMap<String, Vec<&Json>> = BTreeMap::new();
    let mut left: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for node in nodes {
        match (wanted.class)(&node::labels(node)) {
            Ok(class) => classes.entry(class).or_default().push(node),
            Err(why) => left.entry(why).or_default().push(node::name(node)),
        }
    }
    let most = wanted.options.sample.max(1);
    let mut asked = Vec::new();
    for (class, nodes) in classes {
        if nodes.len() > most {
            out.talk.push(format!("{most} of {} nodes of {class} are looked at (--sample)", nodes.len()));
        }
        asked.extend(nodes.into_iter().take(most).map(|node| (class.clone(), node)));
    }
    for (why, names) in left {
        let more = if names.len() > 1 { format!(" and {} more", names.len() - 1) } else { String::new() };
        out.talk.push(format!("{}{more} of no class: {why}", names[0]));
    }
    asked
}

fn file(name: &str, text: String) -> Found {
    Found { name: format!("cluster/{name}"), class: None, named: false, text }
}

/// Something that a cluster need not have, or that the user need not be allowed to see.
fn optional(kubectl: &Kubectl<'_>, words: &[&str], name: &str, out: &mut Answers) {
    match kubectl.run(words) {
        Ok(text) if text.trim().is_empty() => {}
        Ok(text) => out.files.push(file(name, text)),
        Err(what) if what.contains(UNKNOWN) => {}
        Err(what) => out.findings.push(unread(name, what)),
    }
}

fn unread(name: &str, what: String) -> Finding {
    Finding::warning("cluster-part-unread", format!("`{name}` could not be read, so nothing is said of it")).note(what)
}

/// The configuration that each kubelet answers with.
fn kubelets(kubectl: &Kubectl<'_>, asked: Vec<(String, &Json)>, out: &mut Answers) {
    let answers: Mutex<BTreeMap<usize, Result<String, String>>> = Mutex::default();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(asked.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((_, node)) = asked.get(at) else { break };
                    let path = format!("/api/v1/nodes/{}/proxy/configz", node::name(node));
                    let answer = kubectl.run(&["get", "--raw", &path]);
                    if let Ok(mut answers) = answers.lock() {
                        answers.insert(at, answer);
                    }
                }
            });
        }
    });
    let mut answers = answers.into_inner().unwrap_or_default();
    for (at, (class, object)) in asked.into_iter().enumerate() {
        let node = node::name(object).to_string();
        let configz = match answers.remove(&at) {
            // On one line a place says nothing; laid out, it does.
            Some(Ok(text)) => Some(serde_json::from_str::<Json>(&text).map_or(text, |json| format!("{json:#}\n"))),
            Some(Err(what)) => {
                out.findings.push(unread(&format!("{node}/configz"), what));
                None
            }
            None => None,
        };
        let object = format!("{:#}\n", node::trimmed(object));
        out.kubelets.push(Kubelet { class, node, configz, object });
    }
}

/// The class that a label says, or one for all.
pub(super) fn by_label(label: Option<&str>, labels: &BTreeMap<String, String>) -> String {
    let value = |key| labels.get(key).filter(|v| node::is_name(v)).map_or("unlabelled", String::as_str);
    label.map_or(NODES, value).to_string()
}

/// A list as kubectl prints one.
fn list_of(items: Vec<Json>) -> String {
    format!("{:#}\n", json!({ "kind": "List", "items": items }))
}
