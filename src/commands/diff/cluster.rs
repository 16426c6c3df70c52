//! `diff --from-cluster`: what a cluster runs as one side of the comparison. A class is compared by the configuration that
//! most of its nodes have; those that have another are named.

use crate::catalog::{self, Scope};
use crate::check::{report, reported};
use crate::commands::collect::Found;
use crate::commands::{cli, cluster, output};
use crate::current::{self, Reading};
use crate::diag::{Finding, Sources};
use crate::diff::{Given, Minors, usage};
use crate::plan::Plan;
use crate::quantity::Minor;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Config maps that hold what a component runs with. kubeadm's are what it wrote once: kubelets and static pods say what
/// they have.
const CONFIG_MAPS: [&str; 1] = ["kube-proxy"];
/// Nodes that a finding tells of one by one.
const MOST_NODES: usize = 3;
/// Settings that it names of each.
const MOST_SETTINGS: usize = 4;

/// What the cluster answered.
#[derive(Default)]
pub(super) struct Answered {
    /// Its configurations.
    pub given: Vec<Given>,
    /// What could not be read, and where nodes differ among themselves.
    pub findings: Vec<Finding>,
    /// The minors that it runs.
    pub minors: Minors,
}

/// A configuration and whose it is.
struct Own {
    name: String,
    reading: Reading,
}

/// Asks the cluster, and says what was looked at.
pub(super) fn read(args: &cli::Diff, plan: Option<&Plan>, sources: &mut Sources) -> Answered {
    let label = args.class_label.as_deref();
    let class = |labels: &BTreeMap<String, String>| match plan {
        Some(plan) => {
            let classes = plan.classes.iter().map(|(name, class)| (name.as_str(), class.machine_name.as_str()));
            usage::class_by_labels(classes, labels, label)
        }
        None => Ok(cluster::by_label(label, labels)),
    };
    let options = &args.cluster;
    let wanted = cluster::Wanted { options, class: &class, config_maps: &CONFIG_MAPS, lists: &[] };
    let answers = cluster::ask(&wanted);
    answers.talk.iter().for_each(|line| output::talk(&format!("{line}\n")));
    let mut out = Answered { findings: answers.findings, ..Answered::default() };
    let asked = !out.findings.iter().any(|f| f.id == "cluster-unreadable");
    let silent = plan.into_iter().flat_map(|plan| plan.classes.keys()).filter(|_| asked);
    let silent = silent.filter(|class| !answers.kubelets.iter().any(|k| k.class == **class && k.configz.is_some()));
    out.findings.extend(silent.map(|class| {
        let message = format!("{class} is not compared: no kubelet of this class has answered");
        Finding::warning("cluster-class-unread", message)
    }));
    out.minors.nodes = minor(&answers.kubelets);
    out.minors.servers = answers.files.iter().find(|f| f.name == "cluster/version").and_then(|f| server(&f.text));
    let mut classes: BTreeMap<&str, Vec<Own>> = BTreeMap::new();
    for kubelet in &answers.kubelets {
        let Some(text) = &kubelet.configz else { continue };
        let list = readings(&kubelet.file("configz"), text, sources, &mut out.findings);
        let own = list.into_iter().map(|reading| Own { name: kubelet.node.clone(), reading });
        classes.entry(&kubelet.class).or_default().extend(own);
    }
    for (class, own) in classes {
        // Without a plan and without a label, they are of no class.
        let named = (plan.is_some() || label.is_some()).then(|| class.to_string());
        let reading = most(own, &format!("nodes of {class}"), &mut out.findings);
        out.given.extend(reading.map(|reading| given(named, reading)));
    }
    shared(answers.files, sources, &mut out);
    out
}

fn given(class: Option<String>, reading: Reading) -> Given {
    Given { class, node: String::new(), drop_in: false, reading }
}

/// What the cluster has once, or once for each server of the control plane.
fn shared(files: Vec<Found>, sources: &mut Sources, out: &mut Answered) {
    let mut components: BTreeMap<&str, Vec<Own>> = BTreeMap::new();
    for file in files.into_iter().flat_map(each) {
        for reading in readings(&file.name, &file.text, sources, &mut out.findings) {
            let mut servers = reading.said.iter().filter(|_| reading.component == "kube-apiserver");
            out.minors.servers = out.minors.servers.or_else(|| servers.find_map(|said| covered(&said.version)));
            let name = file.name.rsplit('/').next().unwrap_or_default().to_string();
            components.entry(reading.component).or_default().push(Own { name, reading });
        }
    }
    for (component, own) in components {
        // One config map is for the kube-proxy of every class.
        let class = (component == "kube-proxy").then(|| "*".to_string());
        let reading = most(own, component, &mut out.findings);
        out.given.extend(reading.map(|reading| given(class, reading)));
    }
}

/// The objects of a list as files of their own, by name, so that each can be told from the others.
fn each(file: Found) -> Vec<Found> {
    let list: Json = serde_json::from_str(&file.text).unwrap_or_default();
    let Some(items) = list["items"].as_array() else { return vec![file] };
    let name = |item: &Json| item.pointer("/metadata/name").and_then(Json::as_str).map(ToString::to_string);
    let own = items.iter().enumerate().map(|(at, item)| {
        let name = format!("{}/{}", file.name, name(item).unwrap_or_else(|| (at + 1).to_string()));
        Found { name, class: None, named: false, text: format!("{item:#}\n") }
    });
    own.collect()
}

fn readings(name: &str, text: &str, sources: &mut Sources, findings: &mut Vec<Finding>) -> Vec<Reading> {
    sources.add(name, text);
    match current::read(name, text) {
        Ok(list) => list.into_iter().filter(|r| current::is_compared(r.component)).collect(),
        Err(fault) => {
            findings.push(*fault);
            Vec::new()
        }
    }
}

/// The minor that the kubelets have, where it is one.
fn minor(kubelets: &[cluster::Kubelet]) -> Option<Minor> {
    let version = |object: &str| {
        let object: Json = serde_json::from_str(object).ok()?;
        covered(object.pointer("/status/nodeInfo/kubeletVersion")?.as_str()?)
    };
    let answered = kubelets.iter().filter(|k| k.configz.is_some());
    let minors: BTreeSet<Minor> = answered.filter_map(|k| version(&k.object)).collect();
    let mut minors = minors.into_iter();
    minors.next().filter(|_| minors.next().is_none())
}

/// The minor of the API server that answers at `/version`.
fn server(answer: &str) -> Option<Minor> {
    let answer: Json = serde_json::from_str(answer).ok()?;
    covered(answer.get("gitVersion")?.as_str()?)
}

fn covered(version: &str) -> Option<Minor> {
    reported::minor(version).filter(|minor| catalog::covers(*minor, false))
}

/// What a configuration states of what can be the same on every node.
fn alike(reading: &Reading) -> BTreeMap<&str, &Json> {
    let own =
        |name: &str| catalog::find(name).is_some_and(|f| f.tunable.facts.is_none() || f.tunable.scope() == Scope::Node);
    reading.stated.iter().filter(|(name, _)| !own(name)).map(|(name, e)| (name.as_str(), &e.value)).collect()
}

/// The configuration that most have, of equally many the first; says who has another. `what`: what each of them is.
fn most(list: Vec<Own>, what: &str, findings: &mut Vec<Finding>) -> Option<Reading> {
    let mut groups: Vec<Vec<&Own>> = Vec::new();
    for own in &list {
        let same = |group: &&mut Vec<&Own>| group.iter().all(|o| alike(&o.reading) == alike(&own.reading));
        match groups.iter_mut().find(same) {
            Some(group) => group.push(own),
            None => groups.push(vec![own]),
        }
    }
    let largest = groups.iter().map(Vec::len).max()?;
    let chosen = groups.iter().find(|g| g.len() == largest)?.first()?;
    let others: Vec<&Own> = list.iter().filter(|own| alike(&own.reading) != alike(&chosen.reading)).collect();
    if !others.is_empty() {
        findings.push(differ(&others, list.len(), chosen, what));
    }
    let reading = chosen.reading.clone();
    Some(reading)
}

fn differ(others: &[&Own], all: usize, chosen: &Own, what: &str) -> Finding {
    let has = if others.len() == 1 { "has" } else { "have" };
    let message = format!("{} of {all} {what} {has} another configuration than {}", others.len(), chosen.name);
    let finding = Finding::warning("cluster-nodes-differ", message);
    let finding = others.iter().take(MOST_NODES).fold(finding, |finding, other| finding.note(instead(other, chosen)));
    let more = others.len().saturating_sub(MOST_NODES);
    let finding = if more > 0 { finding.note(format!("{more} more")) } else { finding };
    finding.help(format!(
        "the comparison is with {}; make the others like it, or give them a class of their own",
        chosen.name
    ))
}

/// What one has where the other has something else.
fn instead(other: &Own, chosen: &Own) -> String {
    let (theirs, ours) = (alike(&other.reading), alike(&chosen.reading));
    let names: BTreeSet<&str> = theirs.keys().chain(ours.keys()).copied().collect();
    let shown = |value: Option<&&Json>| value.map_or("unset".to_string(), |v| report::shown(v));
    let differing: Vec<String> = names
        .into_iter()
        .filter(|name| theirs.get(name) != ours.get(name))
        .map(|name| format!("{name} {} instead of {}", shown(theirs.get(name)), shown(ours.get(name))))
        .collect();
    let more = differing.len().saturating_sub(MOST_SETTINGS);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let told: Vec<&str> = differing.iter().take(MOST_SETTINGS).map(String::as_str).collect();
    format!("{}: {}{more}", other.name, told.join(", "))
}
